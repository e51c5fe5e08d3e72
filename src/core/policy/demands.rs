//! What the roster demands of one group on one day, beside what is live there: ready to be judged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::ways::Way;
use crate::core::diff::Basis;
use crate::core::expand::{self, Subject};
use crate::core::model::{LiveGroup, PersonHandle, UserId};
use crate::core::plan::{Action, Change};
use crate::core::roster::{Group, Placed, Who};

/// The policies of one group.
#[derive(Debug, Clone, Default)]
pub struct Demands {
    /// Who must be in it.
    pub must_contain: Vec<Required>,
    /// How many at least.
    pub min_members: Option<Bound>,
    /// How many at most.
    pub max_members: Option<Bound>,
    /// What additions need done first, by user; only additions that need anything.
    pub ways: BTreeMap<UserId, Way>,
}

/// Somebody who must be in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Required {
    /// A handle, or an id that is nobody's.
    pub who: String,
    /// The id; none for somebody who is not identified.
    pub id: Option<UserId>,
    /// Whether that id is a member now.
    pub is_live: bool,
    /// Where the roster says so.
    pub set_at: Arc<str>,
}

/// A number of members, and where the roster sets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// The number.
    pub count: usize,
    /// Where.
    pub set_at: Arc<str>,
}

/// A policy of one group that a set of changes leaves broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken<'a> {
    /// These are missing.
    MustContain(Vec<&'a Required>),
    /// So many would be left.
    MinMembers(&'a Bound, usize),
    /// So many there would be.
    MaxMembers(&'a Bound, usize),
}

impl Demands {
    /// What the roster demands of a group today.
    #[must_use]
    pub fn of(
        basis: Basis<'_>,
        group: &Group,
        live: &LiveGroup,
        owner: &dyn Fn(&UserId) -> Option<PersonHandle>,
    ) -> Self {
        let bound = |placed: &Option<Placed<usize>>| {
            placed.map(|it| Bound { count: it.value, set_at: basis.roster.show(it.place).into() })
        };
        Self {
            must_contain: required(basis, group, live, owner),
            min_members: bound(&group.policies.min_members),
            max_members: bound(&group.policies.max_members),
            ways: BTreeMap::new(),
        }
    }

    /// Whom the group would still lack once these changes stand.
    #[must_use]
    pub fn missing<'a>(&'a self, changes: &Standing<'_>) -> Vec<&'a Required> {
        self.must_contain.iter().filter(|required| !changes.leave(required)).collect()
    }
}

/// Changes of one group that are taken to stand.
#[derive(Debug, Default)]
pub struct Standing<'a> {
    added: BTreeSet<&'a UserId>,
    removed: BTreeSet<&'a UserId>,
}

impl<'a> Standing<'a> {
    /// These.
    pub fn of(changes: impl Iterator<Item = &'a Change>) -> Self {
        let mut standing = Self::default();
        for change in changes {
            let side = match change.action {
                Action::Add => &mut standing.added,
                Action::Remove => &mut standing.removed,
            };
            side.extend(&change.id);
        }
        standing
    }

    /// How many members there are afterwards.
    #[must_use]
    pub fn members(&self, now: usize) -> usize {
        (now + self.added.len()).saturating_sub(self.removed.len())
    }

    fn leave(&self, required: &Required) -> bool {
        let Some(id) = &required.id else { return false };
        self.added.contains(id) || (required.is_live && !self.removed.contains(id))
    }
}

/// Everybody who must be in a group. A person who is named and has left is still asked for; a team is
/// whoever is in it today.
fn required(
    basis: Basis<'_>,
    group: &Group,
    live: &LiveGroup,
    owner: &dyn Fn(&UserId) -> Option<PersonHandle>,
) -> Vec<Required> {
    let mut subjects: BTreeMap<Subject, Arc<str>> = BTreeMap::new();
    for member in group.policies.must_contain.iter().filter(|it| it.bounds.contains(basis.day)) {
        let set_at: Arc<str> = basis.roster.show(member.place).into();
        let named: Vec<Subject> = match &member.who {
            Who::Person(person) => vec![Subject::Person(person.clone())],
            Who::Id(id) => vec![owner(id).map_or_else(|| Subject::Id(id.clone()), Subject::Person)],
            Who::Team(_) => {
                let one = std::slice::from_ref(member);
                expand::list(basis.roster, one, Some(basis.day), owner).into_keys().collect()
            }
        };
        for subject in named {
            subjects.entry(subject).or_insert_with(|| Arc::clone(&set_at));
        }
    }
    let required = subjects.into_iter().map(|(subject, set_at)| {
        let (who, id) = match subject {
            Subject::Person(person) => (person.to_string(), basis.identities.id_of(&person).ok().cloned()),
            Subject::Id(id) => (id.to_string(), Some(id)),
        };
        let is_live = id.as_ref().is_some_and(|id| live.members.contains(id));
        Required { who, id, is_live, set_at }
    });
    required.collect()
}
