//! The entries of `members` and `except`.

use super::{Marks, Reference, Whom};
use crate::core::roster::Bounds;
use crate::document::{Item, Table, Value};

const FORMS: &str = "write \"alice\", \"@team\", { id = \"…\" }, or { who = \"…\", from = DATE, until = DATE, reason = \"…\" }";

/// Every reference that could be understood; the others were complained about.
pub(super) fn lower(values: &[Value<'_>], marks: Marks) -> Vec<Reference> {
    values.iter().filter_map(|value| reference(value, marks)).collect()
}

fn reference(value: &Value<'_>, marks: Marks) -> Option<Reference> {
    let span = value.span();
    let mark = marks.mark(&span);
    match value.clone().item() {
        Item::Text(text) => match whom(text.value) {
            Ok(whom) => Some(Reference { whom, mark, bounds: Bounds::default(), reason: None }),
            Err((message, help)) => {
                value.complain(message, help);
                None
            }
        },
        Item::Table(table) => bounded(table, marks),
        _ => {
            value.complain("a member is a person, a team or an id", FORMS);
            None
        }
    }
}

fn bounded(mut table: Table<'_>, marks: Marks) -> Option<Reference> {
    let span = table.span();
    let (who, id) = (table.string("who"), table.string("id"));
    let (from, until) = (table.date("from"), table.date("until"));
    let reason = table.string("reason").map(|reason| reason.value.into());
    let whom = match (table.contains("who"), table.contains("id")) {
        (true, true) => {
            table.complain(&span, "a reference has either `who` or `id`, not both", "remove one of the two");
            None
        }
        (false, false) => {
            table.complain(&span, "this names nobody", FORMS);
            None
        }
        _ => None.or_else(|| Some(Whom::Id(id?.value.into()))).or_else(|| {
            let who = who?;
            whom(who.value).map_err(|(message, help)| table.complain(&who.span, message, help)).ok()
        }),
    };
    if let (Some(from), Some(until)) = (&from, &until)
        && from.value > until.value
    {
        let message = format!("this begins on {} and ends before, on {}", from.value, until.value);
        table.complain(
            &until.span,
            message,
            "`until` is the last day: write the same day as `from`, or a later one",
        );
    }
    table.finish();
    let bounds = Bounds { from: from.map(|day| day.value), until: until.map(|day| day.value) };
    Some(Reference { whom: whom?, mark: marks.mark(&span), bounds, reason })
}

fn whom(text: &str) -> Result<Whom, (String, String)> {
    let wrong = |message: &str, help: String| Err((message.to_owned(), help));
    if let Some(id) = text.strip_prefix("id:") {
        let message = "an id is written as a table here; `id:` is for list files";
        return wrong(message, format!("write {{ id = \"{id}\" }}"));
    }
    match text.strip_prefix('@') {
        Some("") => wrong("a team has a name", "write it after the `@`: \"@team\"".to_owned()),
        Some(team) => Ok(Whom::Team(team.into())),
        None if text.is_empty() => wrong("this names nobody", FORMS.to_owned()),
        None => Ok(Whom::Person(text.into())),
    }
}
