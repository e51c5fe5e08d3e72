//! What no date has a part in: memberships without bounds, and what they contradict.
//!
//! A roster is never valid on one day and invalid on the next. So only what holds without looking at any
//! bound is an error; what a bound brings about shows in the plan of its days.

use std::collections::BTreeMap;

use super::{Apart, Side, written_owners};
use crate::core::expand::{self, Expansion, Subject};
use crate::core::model::{PersonHandle, ProviderName, UserId};
use crate::core::plan::Because;
use crate::core::roster::{Group, Member, Membership, Person, Roster};

/// Whose ids are whose at one provider.
pub type Owners = BTreeMap<UserId, PersonHandle>;

/// Whom a group names, as far as dates have no part in it.
#[derive(Debug)]
pub struct Named {
    /// On any day at all.
    ever: Expansion,
    excepted: Expansion,
}

/// Somebody who is in two groups that are kept apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash<'a> {
    /// Who.
    pub subject: Subject,
    /// The group that comes first in the roster, and how it names the subject.
    pub first: (Side<'a>, Because),
    /// The other.
    pub second: (Side<'a>, Because),
}

impl Named {
    /// Of one group.
    #[must_use]
    pub fn of(roster: &Roster, group: &Group, owners: &Owners) -> Self {
        let owner = |id: &UserId| owners.get(id).cloned();
        let ever = expand::ever(roster, group, &owner);
        let excepted = expand::excepted(roster, group, &owner);
        Self { ever, excepted }
    }

    /// Whether there is a day on which the group may have the subject.
    #[must_use]
    pub fn ever_has(&self, subject: &Subject) -> bool {
        self.ever.contains_key(subject) && unbounded(&self.excepted, subject).is_none()
    }

    /// How many it may have at most, were all of them in it at once.
    #[must_use]
    pub fn most(&self) -> usize {
        self.ever.keys().filter(|subject| self.ever_has(subject)).count()
    }

    /// How many it has whatever the day; people who have a last day are left out.
    #[must_use]
    pub fn least(&self, roster: &Roster) -> usize {
        let stays = |subject: &&Subject| {
            unbounded(&self.ever, subject).is_some()
                && !self.excepted.contains_key(*subject)
                && person(roster, subject).is_none_or(|person| person.until.is_none())
        };
        self.ever.keys().filter(stays).count()
    }

    /// Everybody it has on every day that no exception takes out, with the reason.
    fn always(self) -> impl Iterator<Item = (Subject, Because)> {
        let Self { ever, excepted } = self;
        ever.into_iter().filter_map(move |(subject, because)| {
            let because = because.into_iter().find(is_unbounded)?;
            unbounded(&excepted, &subject).is_none().then_some((subject, because))
        })
    }
}

/// Whom a reference of `must_contain` asks for, on any day.
#[must_use]
pub fn required(roster: &Roster, member: &Member, owners: &Owners) -> Vec<Subject> {
    let owner = |id: &UserId| owners.get(id).cloned();
    expand::list(roster, std::slice::from_ref(member), None, &owner).into_keys().collect()
}

/// Everybody who is in two groups that are kept apart, though no date says so.
#[must_use]
pub fn clashes<'a>(roster: &Roster, apart: &Apart<'a>) -> Vec<Clash<'a>> {
    let mut owners: BTreeMap<&ProviderName, Owners> = BTreeMap::new();
    let mut first: BTreeMap<(Option<&ProviderName>, Subject), (Side<'a>, Because)> = BTreeMap::new();
    let mut clashes = Vec::new();
    for side in &apart.groups {
        let Some(group) = roster.groups.get(side.provider).and_then(|groups| groups.get(side.group)) else {
            continue;
        };
        let owners = owners.entry(side.provider).or_insert_with(|| written_owners(roster, side.provider));
        for (subject, because) in Named::of(roster, group, owners).always() {
            // An id means somebody at one provider only; a person is the same everywhere.
            let at = match subject {
                Subject::Person(_) => None,
                Subject::Id(_) => Some(side.provider),
            };
            let second = (*side, because);
            match first.get(&(at, subject.clone())) {
                Some(first) => clashes.push(Clash { subject, first: first.clone(), second }),
                None => drop(first.insert((at, subject), second)),
            }
        }
    }
    clashes
}

/// Whether others than those it names may be in a group.
#[must_use]
pub fn is_open(group: &Group) -> bool {
    group.membership == Membership::Include
}

fn unbounded<'a>(expansion: &'a Expansion, subject: &Subject) -> Option<&'a Because> {
    expansion.get(subject)?.iter().find(|because| is_unbounded(because))
}

fn is_unbounded(because: &Because) -> bool {
    because.from.is_none() && because.until.is_none()
}

fn person<'a>(roster: &'a Roster, subject: &Subject) -> Option<&'a Person> {
    match subject {
        Subject::Person(person) => roster.people.get(person),
        Subject::Id(_) => None,
    }
}
