//! What an undo must look at: the groups it may change, and people.

use std::collections::{BTreeMap, BTreeSet};

use super::Traced;
use crate::core::model::{GroupHandle, PersonHandle, ProviderName};
use crate::core::remembered::{Identity, Remembered};
use crate::core::roster::{Group, GroupBinding, PersonId, Roster};

/// The groups of each provider.
pub type Groups = BTreeMap<ProviderName, BTreeSet<GroupHandle>>;

/// What an undo must look at.
#[derive(Debug, Clone, Default)]
pub struct Extent {
    /// The groups of the roster that it may change.
    pub concerned: Groups,
    /// People of the roster to look for everywhere, since a membership may be theirs.
    pub people: BTreeSet<PersonHandle>,
}

impl Extent {
    /// For what is to be taken back, with what is remembered of each provider.
    #[must_use]
    pub fn of(
        roster: &Roster,
        traced: &BTreeMap<ProviderName, Vec<Traced>>,
        remembered: &BTreeMap<ProviderName, Remembered>,
    ) -> Self {
        let mut extent = Self::default();
        let nothing = Remembered::default();
        for (provider, traced) in traced {
            let remembered = remembered.get(provider).unwrap_or(&nothing);
            extent.people.extend(people(roster, traced, remembered));
            let groups = roster.groups.get(provider).into_iter().flatten();
            let concerned = groups.filter(|(handle, group)| {
                traced.iter().any(|traced| traced.group == **handle || means(group, traced, remembered))
            });
            let concerned: BTreeSet<GroupHandle> = concerned.map(|(handle, _)| handle.clone()).collect();
            extent.concerned.insert(provider.clone(), concerned);
        }
        extent
    }
}

/// Whether a group of the roster is, or last was, the group of a membership.
fn means(group: &Group, traced: &Traced, remembered: &Remembered) -> bool {
    match &group.binding {
        GroupBinding::Id(id) => *id == traced.group_id,
        GroupBinding::Name(name) => remembered.names.get(name) == Some(&traced.group_id),
    }
}

/// People of the roster whom the trail names, and those who are found by what once led to the same ids or to the
/// same people: a handle may have been renamed since.
fn people(roster: &Roster, traced: &[Traced], remembered: &Remembered) -> BTreeSet<PersonHandle> {
    let ids: BTreeSet<_> = traced.iter().map(|traced| &traced.user).collect();
    let touched = traced.iter().flat_map(|traced| &traced.touches).filter_map(|touch| touch.person.as_ref());
    let names: BTreeSet<_> = traced.iter().flat_map(|traced| &traced.names).chain(touched).collect();
    let concerns = |(person, identity): &(&PersonHandle, &Identity)| {
        names.contains(person) || ids.contains(&identity.id)
    };
    let known: Vec<_> = remembered.identities.iter().filter(concerns).collect();
    let keys: BTreeSet<&str> = known.iter().filter_map(|(_, identity)| identity.key.as_deref()).collect();
    let is_meant =
        |handle: &PersonHandle| names.contains(handle) || known.iter().any(|(person, _)| *person == handle);
    let people = roster.people.iter().filter(|(handle, person)| {
        let logins = person.ids.values().filter_map(|id| match id {
            PersonId::Login(login) => Some(login),
            PersonId::Id(_) => None,
        });
        is_meant(handle)
            || logins.chain(&person.email).any(|key| keys.contains(key.trim().to_lowercase().as_str()))
    });
    people.map(|(handle, _)| handle.clone()).collect()
}
