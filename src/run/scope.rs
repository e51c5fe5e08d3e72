//! What a run covers, and what it only looks at.

use std::collections::BTreeSet;

use super::{Aim, Connected, Job};
use crate::core::model::{GroupHandle, ProviderName};
use crate::core::policy::{self, partners};
use crate::core::roster::Roster;

/// The providers that a run of these has to look at as well: their groups are separated from groups of the
/// run, and nobody is added beside a group that was not read.
#[must_use]
pub fn beside(
    roster: &Roster,
    providers: &[&ProviderName],
    group: Option<&GroupHandle>,
) -> BTreeSet<ProviderName> {
    let together = group.map(|group| together(roster, providers.iter().copied(), group));
    let is_in_run = |provider: &ProviderName, handle: &GroupHandle| {
        providers.contains(&provider) && together.as_ref().is_none_or(|groups| groups.contains(handle))
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

    /// The group that was named, of a provider of the run.
    pub(super) fn named_at(&self, provider: &ProviderName) -> Option<&GroupHandle> {
        self.group.as_ref().filter(|_| self.runs(provider))
    }

    /// Whether a group is one of the run, or could have to do with moves to or from the one that was named.
    fn has(&self) -> impl Fn(&ProviderName, &GroupHandle) -> bool {
        let providers = self.providers.iter().map(|connected| &connected.config.name);
        let together = self.group.as_ref().map(|group| together(self.roster, providers, group));
        move |provider, group| match self.aim {
            Aim::Roster => {
                self.runs(provider) && together.as_ref().is_none_or(|groups| groups.contains(group))
            }
            Aim::Undo(undo) => undo.has(provider, group),
        }
    }

    fn runs(&self, provider: &ProviderName) -> bool {
        self.providers.iter().any(|connected| connected.config.name == *provider)
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
        policy::beside(self.roster, &self.has())
    }

    /// Which groups of a provider are planned: those of the run, and all that it is only looked at for.
    pub(super) fn scope<'a>(&'a self, provider: &'a ProviderName) -> impl Fn(&GroupHandle) -> bool + 'a {
        let is_beside = self.beside.iter().any(|connected| connected.config.name == *provider);
        let beside = if is_beside { self.beside_groups() } else { BTreeSet::new() };
        let has = self.has();
        move |group| has(provider, group) || beside.contains(&(provider, group))
    }
}

/// A group with those that people may move to or from; a group is named together with its provider alone.
fn together<'r, 'p>(
    roster: &'r Roster,
    providers: impl Iterator<Item = &'p ProviderName>,
    group: &GroupHandle,
) -> BTreeSet<&'r GroupHandle> {
    providers.flat_map(|provider| partners::with(roster, provider, group)).collect()
}
