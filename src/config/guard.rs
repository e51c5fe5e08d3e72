//! `[guard]` and `[providers.NAME.guard]`.

use std::collections::BTreeSet;
use std::ops::Range;

use super::Protected;
use super::file::Origin;
use crate::core::guard::{Adopt, Limit, Limits, OnTrip, Setting};
use crate::core::model::PersonHandle;
use crate::document::{Item, Table, nearest};

/// Whose rules they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everybody's.
    Everything,
    /// One provider's own.
    Provider,
}

/// A larger limit would never hold anything, and was hardly meant.
const MOST: i64 = 1_000_000;

/// Puts what a section says over the limits, key by key.
pub fn read(
    mut table: Table<'_>,
    origin: &Origin,
    scope: Scope,
    limits: &mut Limits,
    protected: &mut Vec<Protected>,
) {
    limit(&mut table, origin, "max_removals", MOST, &mut limits.max_removals);
    limit(&mut table, origin, "max_removal_percent", 100, &mut limits.max_removal_percent);
    match scope {
        Scope::Everything => limit(&mut table, origin, "max_leavers", MOST, &mut limits.max_leavers),
        Scope::Provider => refuse_leavers(&mut table),
    }
    if let Some(adopt) = table.one_of("adopt", &[("hold", Adopt::Hold), ("enforce", Adopt::Enforce)]) {
        limits.adopt = set(origin, &table, &adopt.span, adopt.value);
    }
    let trips = [("hold-removals", OnTrip::HoldRemovals), ("hold-all", OnTrip::HoldAll)];
    if let Some(on_trip) = table.one_of("on_trip", &trips) {
        limits.on_trip = set(origin, &table, &on_trip.span, on_trip.value);
    }
    if let Some((span, people)) = people(&mut table, protected) {
        limits.protected = set(origin, &table, &span, people);
    }
    table.finish();
}

fn set<T>(origin: &Origin, table: &Table<'_>, span: &Range<usize>, value: T) -> Setting<T> {
    Setting { value, set_at: origin.set_at(table, span).into() }
}

/// A number from 1, or the word that means none.
fn limit(table: &mut Table<'_>, origin: &Origin, key: &'static str, most: i64, into: &mut Limit) {
    let Some(value) = table.value(key) else { return };
    let span = value.span();
    let label = value.label().to_owned();
    let found = match value.clone().item() {
        Item::Text(word) if word.value == "off" => Some(None),
        Item::Text(word) => {
            let help = match word.parse::<i64>() {
                Ok(number) if number > 0 => format!("write it without quotes: {number}"),
                _ if nearest(word.value, ["off"]).is_some() => "did you mean \"off\"?".to_owned(),
                _ => format!("write a whole number from 1 to {most}, or \"off\" for no limit"),
            };
            value.complain(format!("{label} must be a whole number or \"off\""), help);
            None
        }
        Item::Integer(number) if number.value == 0 => {
            value.complain(
                format!("{label} cannot be 0, which could mean no limit as well as no removal"),
                "write \"off\" for no limit; to remove nothing at a provider, give it mode = \"observe\"",
            );
            None
        }
        _ => value.integer(1..=most).and_then(|number| u32::try_from(number.value).ok()).map(Some),
    };
    if let Some(found) = found {
        *into = set(origin, table, &span, found);
    }
}

fn refuse_leavers(table: &mut Table<'_>) {
    let Some(span) = table.key_span("max_leavers") else { return };
    table.value("max_leavers");
    table.complain(
        &span,
        "a provider cannot override `max_leavers`, which counts people over all providers",
        "write it in [guard]",
    );
}

fn people(
    table: &mut Table<'_>,
    protected: &mut Vec<Protected>,
) -> Option<(Range<usize>, BTreeSet<PersonHandle>)> {
    let span = table.value("protected")?.span();
    let mut people = BTreeSet::new();
    for name in table.strings("protected")? {
        if name.starts_with('@') {
            table.complain(
                &name.span,
                format!("`protected` names people, and `{}` is a team", name.value),
                "write the handles of its people",
            );
            continue;
        }
        let person = PersonHandle::from(name.value);
        protected.push(Protected { person: person.clone(), at: table.source().at(name.span.clone()) });
        people.insert(person);
    }
    Some((span, people))
}
