//! `[people.HANDLE]`

use super::{Identity, KnownAs, Mark, Marks, Person, check_handle};
use crate::document::{Item, Table, Value, Written};

const LOGIN: &str = "write the name that the person logs in with";
const ID_OR_LOGIN: &str = "write the id in quotes, or { login = \"…\" }";

pub(super) fn lower(mut table: Table<'_>, marks: Marks) -> Vec<Person> {
    let mut people = Vec::new();
    for (handle, value) in table.entries() {
        check_handle("person", handle.value, &handle.span, &table);
        let mark = marks.mark(&handle.span);
        let person = Person {
            handle: handle.value.to_owned(),
            mark,
            name: None,
            email: None,
            ids: Vec::new(),
            until: None,
        };
        // A person who is no table was complained about, but the handle is defined.
        people.push(match value.table() {
            Some(table) => lower_person(table, person, marks),
            None => person,
        });
    }
    people
}

fn lower_person(mut table: Table<'_>, mut person: Person, marks: Marks) -> Person {
    person.name = table.string("name").map(|name| name.value.to_owned());
    person.email = table.string("email").map(|email| {
        check_email(&email, &table);
        (email.value.to_owned(), marks.mark(&email.span))
    });
    if let Some(mut ids) = table.table("ids") {
        for (provider, value) in ids.entries() {
            person.ids.push(Identity {
                provider: provider.value.to_owned(),
                provider_mark: marks.mark(&provider.span),
                known_as: known_as(&value, marks),
            });
        }
    }
    person.until = table.date("until").map(|until| until.value);
    table.finish();
    person
}

fn check_email(email: &Written<&str>, table: &Table<'_>) {
    let whole = match email.value.split_once('@') {
        Some((local, domain)) => !local.is_empty() && !domain.is_empty() && !domain.contains('@'),
        None => false,
    };
    if !whole || email.value.chars().any(|c| c.is_whitespace() || c.is_control()) {
        let message = format!("\"{}\" is not an email address", email.value);
        table.complain(&email.span, message, "write one `@` with text on both sides, and no blanks");
    }
}

fn known_as(value: &Value<'_>, marks: Marks) -> Option<(KnownAs, Mark)> {
    let mark = marks.mark(&value.span());
    match value.clone().item() {
        Item::Text(id) => Some((KnownAs::Id(id.value.to_owned()), mark)),
        Item::Table(mut table) => {
            let login = table.string("login");
            if !table.contains("login") {
                table.missing("login", ID_OR_LOGIN);
            }
            let login = login.filter(|login| {
                let bad = login.trim().is_empty() || login.chars().any(char::is_control);
                if bad {
                    table.complain(&login.span, "a login cannot be empty or hold control characters", LOGIN);
                }
                !bad
            });
            table.finish();
            login.map(|login| (KnownAs::Login(login.value.to_owned()), mark))
        }
        _ => {
            value.complain(format!("{} must be an id or a login", value.label()), ID_OR_LOGIN);
            None
        }
    }
}
