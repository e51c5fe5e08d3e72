//! Removals that were approved and may not stand in the journal yet, for runs that are on side by side.
//!
//! The limit on people who leave counts over all providers. Runs of one command are judged together; those
//! of the daemon are judged one after another, and each counts what the others are about to send.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::core::guard::Judged;
use crate::core::model::{PersonHandle, ProviderName};
use crate::core::plan::Cause;

/// Who is about to leave, by the provider whose run removes them.
#[derive(Debug, Default)]
pub struct Claims(Mutex<BTreeMap<ProviderName, BTreeSet<PersonHandle>>>);

/// The claims while one run is judged; every other run waits.
pub(super) struct Judging<'a>(MutexGuard<'a, BTreeMap<ProviderName, BTreeSet<PersonHandle>>>);

impl Claims {
    /// Holds every other run back until this one is judged.
    pub(super) fn judging(&self) -> Judging<'_> {
        Judging(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The run of a provider ended: what it did stands in the journal.
    pub fn release(&self, provider: &ProviderName) {
        self.judging().0.remove(provider);
    }
}

impl Judging<'_> {
    /// Who is about to leave through the runs of other providers.
    pub(super) fn of_others(&self, provider: &ProviderName) -> BTreeSet<PersonHandle> {
        let others = self.0.iter().filter(|(name, _)| *name != provider);
        others.flat_map(|(_, people)| people.iter().cloned()).collect()
    }

    /// Notes who leaves through what was approved.
    pub(super) fn claim(&mut self, judged: &[Judged]) {
        for judged in judged {
            let changes = judged.approved.groups().iter().flat_map(|group| &group.changes);
            // What an approval covers is not counted against the limit.
            let leaving = changes.filter(|it| it.change.cause == Cause::Leaver && it.approval.is_none());
            let people = leaving.filter_map(|it| it.change.person.clone()).collect();
            self.0.insert(judged.approved.provider().clone(), people);
        }
    }
}
