//! What the providers were sent, told by handles.

use std::fmt;
use std::ops::Deref;

use rosterd::sandbox::Seen;
use serde_json::Value;

use super::book::Book;

/// More people than this in one call are counted.
const NAMED: usize = 12;

/// Lines that compare and snapshot well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines(pub Vec<String>);

impl Lines {
    /// In the order of the alphabet, for what is sent side by side.
    pub fn sorted(mut self) -> Lines {
        self.0.sort();
        self
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl Deref for Lines {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0
    }
}

impl<const N: usize> PartialEq<[&str; N]> for Lines {
    fn eq(&self, other: &[&str; N]) -> bool {
        self.0 == *other
    }
}

/// A write by its effect, as `PUT emporix/buyers +bob -> 201`. What has no such effect is shown as it came.
pub(super) fn write(book: &Book, provider: &str, seen: &Seen) -> String {
    effect(book, provider, seen).map_or_else(
        || format!("{provider} {seen}"),
        |(group, effect)| {
            let status = seen.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
            format!("{} {group} {effect} -> {status}", seen.method)
        },
    )
}

/// Any request, with ids turned into handles.
pub(super) fn request(book: &Book, provider: &str, seen: &Seen) -> String {
    let mut line = seen.to_string();
    for (path, id) in &book.group_ids {
        if path.starts_with(&format!("{provider}/")) {
            line = line.replace(id.as_str(), &format!("{{{path}}}"));
        }
    }
    for ((_, handle), id) in book.ids.iter().filter(|((at, _), _)| at == provider) {
        // An id may be the beginning of another one.
        for (before, after) in [("/", " "), ("/", "/"), ("\"", "\""), ("=", "&"), ("=", " ")] {
            line = line.replace(&format!("{before}{id}{after}"), &format!("{before}{{{handle}}}{after}"));
        }
    }
    line
}

fn effect(book: &Book, provider: &str, seen: &Seen) -> Option<(String, String)> {
    let path: Vec<&str> = seen.path.trim_matches('/').split('/').collect();
    let person = |sign: char, id: &str| format!("{sign}{}", book.person(provider, id));
    match (provider, seen.method.as_str(), path.as_slice()) {
        ("emporix", "PUT", ["iam", _, "groups", group, "users", _, user]) => {
            Some((book.group(provider, group), person('+', user)))
        }
        ("emporix", "DELETE", ["iam", _, "groups", group, "users", user])
        | ("finance", "DELETE", ["api", "v1", "usergroups", group, "users", user]) => {
            Some((book.group(provider, group), person('-', user)))
        }
        ("finance", "POST", ["api", "v1", "usergroups", group, "users"]) => {
            let user = seen.body.as_ref()?.as_object()?.values().next()?.as_str()?;
            Some((book.group(provider, group), person('+', user)))
        }
        ("travel", "PATCH", ["v3", "companies", _, "user-groups", group, "members"]) => {
            Some((book.group(provider, group), patch(book, seen.body.as_ref()?)?))
        }
        _ => None,
    }
}

/// `+ann +bob`, in the order of handles; the field that adds is the only one that is documented.
fn patch(book: &Book, body: &Value) -> Option<String> {
    let mut parts = Vec::new();
    for (field, ids) in body.as_object()? {
        let sign = if field == "userIdsToAdd" { '+' } else { '-' };
        let ids = ids.as_array()?;
        if ids.len() > NAMED {
            parts.push(format!("{sign}{} people", ids.len()));
            continue;
        }
        let people = ids.iter().filter_map(Value::as_str);
        let mut people: Vec<String> =
            people.map(|id| format!("{sign}{}", book.person("travel", id))).collect();
        people.sort();
        parts.extend(people);
    }
    Some(parts.join(" "))
}
