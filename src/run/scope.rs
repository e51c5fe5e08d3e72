//! What a run covers, and what it only looks at.

use std::collections::BTreeSet;

use super::{Aim, Connected, Job};
use crate::core::model::{GroupHandle, ProviderName};
use crate::core::policy;
use crate::core::roster::Roster;

/// The providers that a run of these has to look at as well: their groups are separated from groups of the
/// run, and nobody is added beside a group that was not read.
#[must_use]
pub fn beside(
    roster: &Roster,
    providers: &[&ProviderName],
    group: Option<&GroupHandle>,
) -> BTreeSet<ProviderName> {
    let is_in_run = |provider: &ProviderName, handle: &GroupHandle| {
        providers.contains(&provider) && group.is_none_or(|only| only == handle)
    };
    let groups = policy::beside(roster, &is_in_run);
    let others = groups.into_iter().map(|(provider, _)| provider).filter(|it| !providers.contains(it));
    others.cloned().collect()
}

impl Job<'_> {
    /// Everything that is read: the providers of the run, then those that are only looked at.
    pub(super) fn connected(&self) -> impl Iterator<Item = &Connected<'_>> {
        self.providers.iter().chain(&self.beside)
    }

    /// Whether a group is one of the run.
    fn has(&self, provider: &ProviderName, group: &GroupHandle) -> bool {
        match self.aim {
            Aim::Roster => {
                self.providers.iter().any(|connected| connected.config.name == *provider)
                    && self.group.as_ref().is_none_or(|only| only == group)
            }
            Aim::Undo(undo) => undo.has(provider, group),
        }
    }

    /// Whether all groups are planned for.
    pub(super) fn is_whole(&self) -> bool {
        self.group.is_none() && !self.is_undo()
    }

    pub(super) fn is_undo(&self) -> bool {
        matches!(self.aim, Aim::Undo(_))
    }

    /// Groups that are kept apart from groups of the run.
    pub(super) fn beside_groups(&self) -> BTreeSet<(&ProviderName, &GroupHandle)> {
        policy::beside(self.roster, &|provider, group| self.has(provider, group))
    }

    /// Which groups of a provider are planned: those of the run, and all that it is only looked at for.
    pub(super) fn scope<'a>(&'a self, provider: &'a ProviderName) -> impl Fn(&GroupHandle) -> bool + 'a {
        let is_beside = self.beside.iter().any(|connected| connected.config.name == *provider);
        let beside = if is_beside { self.beside_groups() } else { BTreeSet::new() };
        move |group| self.has(provider, group) || beside.contains(&(provider, group))
    }
}
