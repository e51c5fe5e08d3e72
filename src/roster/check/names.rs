//! Which people and teams there are.

use std::cell::{Cell, OnceCell};
use std::collections::HashMap;

use super::ids::Wrong;
use crate::core::model::{PersonHandle, TeamHandle};
use crate::document::nearest;
use crate::roster::file::Written;

/// Comparisons spent on finding what was meant. Names are few, but a wrong list can be long, and so
/// can the roster.
const COMPARISONS: usize = 2_000_000;

/// Every name that is defined. A handle that is found is a clone of one shared text, so that a million
/// references to it cost no more than one.
#[derive(Debug)]
pub(in crate::roster) struct Names<'a> {
    people: Defined<'a, PersonHandle>,
    teams: Defined<'a, TeamHandle>,
    /// A file that may define more was left out, so that nobody can say what is undefined.
    incomplete: bool,
    comparisons: Cell<usize>,
}

/// The handles of one sort.
#[derive(Debug)]
struct Defined<'a, T> {
    handles: HashMap<&'a str, T>,
    /// In order, so that of two equally near the same is always suggested.
    sorted: OnceCell<Vec<&'a str>>,
}

impl<'a> Names<'a> {
    pub(super) fn new(written: &'a Written, incomplete: bool) -> Self {
        let people = written.people.iter().map(|person| (&*person.handle, (&*person.handle).into()));
        let teams = written.teams.iter().map(|team| (&*team.handle, (&*team.handle).into()));
        Self {
            people: Defined { handles: people.collect(), sorted: OnceCell::new() },
            teams: Defined { handles: teams.collect(), sorted: OnceCell::new() },
            incomplete,
            comparisons: Cell::new(COMPARISONS),
        }
    }

    /// The person; else what to say, if anything.
    pub(in crate::roster) fn person(&self, name: &str) -> Result<PersonHandle, Option<Wrong>> {
        self.people.handles.get(name).cloned().ok_or_else(|| {
            let help = if self.teams.handles.contains_key(name) {
                format!("did you mean the team `@{name}`?")
            } else if let Some(person) = self.nearest(name, &self.people) {
                format!("did you mean `{person}`?")
            } else {
                format!("define it with [people.{}]", as_key(name))
            };
            self.undefined(format!("there is no person `{name}`"), help)
        })
    }

    /// The team, named without `@`; else what to say, if anything.
    pub(in crate::roster) fn team(&self, name: &str) -> Result<TeamHandle, Option<Wrong>> {
        self.teams.handles.get(name).cloned().ok_or_else(|| {
            let help = if name.is_empty() {
                "write the handle of a team after the `@`".to_owned()
            } else if self.people.handles.contains_key(name) {
                format!("did you mean the person `{name}`, without `@`?")
            } else if let Some(team) = self.nearest(name, &self.teams) {
                format!("did you mean `@{team}`?")
            } else {
                format!("define it with [teams.{}]", as_key(name))
            };
            self.undefined(format!("there is no team `@{name}`"), help)
        })
    }

    fn undefined(&self, message: String, help: String) -> Option<Wrong> {
        (!self.incomplete).then_some((message, help))
    }

    fn nearest<T>(&self, name: &str, defined: &Defined<'_, T>) -> Option<String> {
        let left = self.comparisons.get().checked_sub(defined.handles.len())?;
        self.comparisons.set(left);
        let sorted = defined.sorted.get_or_init(|| {
            let mut sorted: Vec<_> = defined.handles.keys().copied().collect();
            sorted.sort_unstable();
            sorted
        });
        nearest(name, sorted.iter().copied())
    }
}

/// A name as a key of TOML, in quotes where it needs them.
pub(super) fn as_key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(bare) { name.to_owned() } else { format!("\"{name}\"") }
}
