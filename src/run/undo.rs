//! What is different in a run that undoes others: what is read, and the suspension that keeps the next apply from
//! doing it all again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::{Aim, Job};
use crate::apply::Trail;
use crate::core::model::{GroupHandle, PersonHandle, ProviderName};
use crate::core::policy;
use crate::core::roster::Roster;
use crate::core::undo::Traced;
use crate::core::undo::extent::Extent;
use crate::journal::{PastRun, Record, Suspension};
use crate::providers::ProviderConfig;
use crate::stores::{StoreError, Stores};

/// For how long an undo suspends the providers at which it changes something.
pub const SUSPENDED_FOR: SignedDuration = SignedDuration::from_hours(4);

/// The runs that are undone, and what the audit trail tells of them.
pub struct Undo {
    runs: Vec<PastRun>,
    traced: BTreeMap<ProviderName, Vec<Traced>>,
    extent: Extent,
}

impl Undo {
    /// For these runs. Those of a target that is not configured change nothing.
    ///
    /// # Errors
    /// When the state or the journal cannot be read.
    pub fn new(
        roster: &Roster,
        configured: &BTreeMap<ProviderName, ProviderConfig>,
        stores: &Stores,
        runs: Vec<PastRun>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let ids: BTreeSet<String> = runs.iter().map(|past| past.run.run.clone()).collect();
        let mut by_target = stores.trace(&ids)?;
        let (mut traced, mut remembered) = (BTreeMap::new(), BTreeMap::new());
        for config in configured.values() {
            let target = config.target();
            if runs.iter().any(|past| past.run.target == target) {
                traced.insert(config.name.clone(), by_target.remove(&target).unwrap_or_default());
                remembered.insert(config.name.clone(), stores.remembered(&target, now)?);
            }
        }
        let extent = Extent::of(roster, &traced, &remembered);
        Ok(Self { runs, traced, extent })
    }

    /// The runs, oldest first.
    #[must_use]
    pub fn runs(&self) -> &[PastRun] {
        &self.runs
    }

    /// The providers at which something is taken back.
    #[must_use]
    pub fn providers(&self) -> Vec<ProviderName> {
        self.traced.keys().cloned().collect()
    }

    /// The providers that have to be looked at as well: see [`super::beside`].
    #[must_use]
    pub fn beside(&self, roster: &Roster) -> BTreeSet<ProviderName> {
        let groups = policy::beside(roster, &|provider, group| self.has(provider, group));
        let others = groups.into_iter().map(|(provider, _)| provider);
        others.filter(|provider| !self.traced.contains_key(*provider)).cloned().collect()
    }

    pub(super) fn has(&self, provider: &ProviderName, group: &GroupHandle) -> bool {
        self.extent.concerned.get(provider).is_some_and(|groups| groups.contains(group))
    }

    pub(super) fn people(&self) -> &BTreeSet<PersonHandle> {
        &self.extent.people
    }

    pub(super) fn traced(&self, provider: &ProviderName) -> &[Traced] {
        self.traced.get(provider).map_or(&[], Vec::as_slice)
    }

    /// The runs that are undone at a provider.
    fn ids(&self, config: &ProviderConfig) -> Vec<String> {
        let target = config.target();
        let here = self.runs.iter().filter(|past| past.run.target == target);
        here.map(|past| past.run.run.clone()).collect()
    }
}

/// The runs that a run undoes at a provider; none where it is for the roster.
pub(super) fn undoes(job: &Job<'_>, config: &ProviderConfig) -> Vec<String> {
    match job.aim {
        Aim::Roster => Vec::new(),
        Aim::Undo(undo) => undo.ids(config),
    }
}

/// Suspends a provider before the first change is sent there: a crash in the middle must not leave it to a timer
/// that does everything again.
pub(super) fn suspend(job: &Job<'_>, config: &ProviderConfig, trail: &Trail) -> Result<(), StoreError> {
    let undoes = undoes(job, config);
    if undoes.is_empty() {
        return Ok(());
    }
    let now = Timestamp::now();
    let reason = format!("undo of run {}: {}", undoes.join(", "), trail.reason());
    let record = Record::Suspension(Suspension {
        provider: config.name.clone(),
        target: config.target(),
        until: Some(now.checked_add(SUSPENDED_FOR).unwrap_or(Timestamp::MAX)),
        reason: Some(reason),
        by: trail.by().to_owned(),
        undoes,
    });
    job.stores.decide(now, &record)
}
