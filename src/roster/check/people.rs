//! People, and that no two of them are one.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::Kinds;
use super::ids::user_id;
use crate::complaint::{Complaint, Complaints};
use crate::core::model::{PersonHandle, ProviderName};
use crate::core::roster::{Person, PersonId};
use crate::document::nearest;
use crate::roster::file::{self, Identity, KnownAs, Mark, Written};

/// Every person, under the handle that was defined first.
pub(super) fn check(
    written: &Written,
    kinds: Kinds<'_>,
    complaints: &mut Complaints,
) -> BTreeMap<PersonHandle, Person> {
    let mut people = BTreeMap::new();
    let mut first: BTreeMap<PersonHandle, Mark> = BTreeMap::new();
    let mut taken = Taken { written, keys: BTreeMap::new() };
    for person in &written.people {
        let handle = PersonHandle::from(&*person.handle);
        match first.entry(handle.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(person.mark);
            }
            Entry::Occupied(entry) => {
                let what = format!("the person `{}`", person.handle);
                complaints.push(twice(written, &what, person.mark, *entry.get()));
                continue;
            }
        }
        if let Some((email, mark)) = &person.email {
            let key = Key::Email(email.to_lowercase());
            taken.claim(key, person, *mark, complaints);
        }
        let ids = identities(person, kinds, &mut taken, complaints);
        let email = person.email.as_ref().map(|(email, _)| email.clone());
        let place = written.place(person.mark);
        people.insert(handle, Person { name: person.name.clone(), email, ids, until: person.until, place });
    }
    people
}

/// What is said of a handle that was defined before.
pub(super) fn twice(written: &Written, what: &str, second: Mark, first: Mark) -> Complaint {
    Complaint::new(written.at(second), format!("{what} is defined twice"))
        .also(written.at(first), "first defined here")
        .help("keep one of the two, or give one another handle")
}

/// What is said of a provider that is not configured.
pub(super) fn no_provider(written: &Written, mark: Mark, provider: &str, kinds: Kinds<'_>) -> Complaint {
    let help = match nearest(provider, kinds.names()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => match kinds.names().collect::<Vec<_>>().join("`, `") {
            names if names.is_empty() => format!("the configuration has no [providers.{provider}]"),
            names => format!("the configuration has `{names}`"),
        },
    };
    Complaint::new(written.at(mark), format!("there is no provider `{provider}`")).help(help)
}

fn identities<'a>(
    person: &'a file::Person,
    kinds: Kinds<'_>,
    taken: &mut Taken<'a>,
    complaints: &mut Complaints,
) -> BTreeMap<ProviderName, PersonId> {
    let written = taken.written;
    let mut ids = BTreeMap::new();
    for Identity { provider, provider_mark, known_as } in &person.ids {
        if kinds.lacks(provider) {
            complaints.push(no_provider(written, *provider_mark, provider, kinds));
        }
        let Some((known_as, mark)) = known_as else { continue };
        let kind = kinds.of(provider);
        let id = match known_as {
            KnownAs::Id(id) => match user_id(id, kind) {
                Ok(id) => PersonId::Id(id),
                Err((message, help)) => {
                    complaints.push(Complaint::new(written.at(*mark), message).help(help));
                    continue;
                }
            },
            KnownAs::Login(login) => {
                if let Some(kind) = kind.filter(|kind| !kind.finds_by_login()) {
                    let message = format!("`{provider}` has no logins: it is of the kind {}", kind.as_str());
                    let help = "write the person's id in quotes, or only an `email` to be found by";
                    complaints.push(Complaint::new(written.at(*mark), message).help(help));
                }
                PersonId::Login(login.clone())
            }
        };
        let key = match &id {
            PersonId::Id(id) => Key::Id(provider.clone(), id.as_str().to_owned()),
            PersonId::Login(login) => Key::Login(provider.clone(), login.to_lowercase()),
        };
        taken.claim(key, person, *mark, complaints);
        ids.insert(ProviderName::from(&**provider), id);
    }
    ids
}

/// What can belong to one person only.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Email(String),
    Id(String, String),
    Login(String, String),
}

/// Who had what first.
struct Taken<'a> {
    written: &'a Written,
    keys: BTreeMap<Key, (&'a str, Mark)>,
}

impl<'a> Taken<'a> {
    fn claim(&mut self, key: Key, person: &'a file::Person, mark: Mark, complaints: &mut Complaints) {
        let what = match &key {
            Key::Email(_) => "the same email".to_owned(),
            Key::Id(provider, _) => format!("the same id at `{provider}`"),
            Key::Login(provider, _) => format!("the same login at `{provider}`"),
        };
        match self.keys.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert((&person.handle, mark));
            }
            Entry::Occupied(entry) => {
                let (first, first_mark) = *entry.get();
                let message = format!("`{first}` and `{}` have {what}", person.handle);
                let complaint = Complaint::new(self.written.at(mark), message)
                    .also(self.written.at(first_mark), format!("`{first}` has it here"))
                    .help("correct one of the two, or make them one person");
                complaints.push(complaint);
            }
        }
    }
}
