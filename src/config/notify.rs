//! `[[notify]]`: webhooks that are told when something begins and when it ends.

use std::collections::BTreeSet;

use super::file::Origin;
use super::reference;
use crate::document::{Table, Value};
use crate::providers::secret::SecretRef;

/// One webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notify {
    /// Where it is: a secret, since whoever knows it can write there.
    pub url: SecretRef,
    /// What it is told of.
    pub events: BTreeSet<Event>,
    /// How it is told.
    pub form: Form,
}

/// What a webhook can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// The guard holds changes.
    Held,
    /// A run could not do, or could not read, everything.
    Failed,
    /// Others changed memberships.
    Drift,
    /// The roster or the configuration that was found last does not check.
    RosterInvalid,
    /// One of the others is over.
    Recovered,
}

/// How a webhook is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Form {
    /// An object with fields.
    #[default]
    Json,
    /// An object with a `text`, as Slack and Teams take it.
    Text,
}

impl Event {
    /// Every event, with its word.
    pub const ALL: [(&'static str, Self); 5] = [
        ("held", Self::Held),
        ("failed", Self::Failed),
        ("drift", Self::Drift),
        ("roster-invalid", Self::RosterInvalid),
        ("recovered", Self::Recovered),
    ];

    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, event)| *event == self).map_or("", |(word, _)| word)
    }
}

/// Reads every `[[notify]]`.
pub fn read_all(root: &mut Table<'_>, origin: &Origin) -> Vec<Notify> {
    let entries = root.array("notify").unwrap_or_default();
    entries.into_iter().filter_map(|entry| read(entry.table()?, origin)).collect()
}

fn read(mut table: Table<'_>, origin: &Origin) -> Option<Notify> {
    if !table.contains("url") {
        table.missing("url", "write url = { env = \"NAME\" }: whoever knows the address can write there");
    }
    let url = reference::read(&mut table, "url", origin);
    let events = match table.array("events") {
        Some(words) => words.iter().filter_map(event).collect(),
        None => Event::ALL.iter().map(|(_, event)| *event).collect(),
    };
    let forms = [("json", Form::Json), ("text", Form::Text)];
    let form = table.one_of("format", &forms).map(|form| form.value).unwrap_or_default();
    table.finish();
    Some(Notify { url: url?, events, form })
}

fn event(word: &Value<'_>) -> Option<Event> {
    let written = word.string()?;
    let found = Event::ALL.iter().find(|(known, _)| *known == written.value).map(|(_, event)| *event);
    if found.is_none() {
        let known: Vec<&str> = Event::ALL.iter().map(|(known, _)| *known).collect();
        word.complain(
            format!("`{}` is no event", written.value),
            format!("write some of {}", known.join(", ")),
        );
    }
    found
}
