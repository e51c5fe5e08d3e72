//! How the last run of each target went, and what was told of it.

use super::records::{RUN, TOLD};
use super::{State, StateError, records};
use crate::core::model::Target;
use crate::core::summary::Runs;

/// As much of an error is kept: a row has room for little, and the log has the whole of it.
const LONGEST_ERROR: usize = 500;

impl State {
    /// How the last run went; none before there was one.
    pub fn runs(&self, target: &Target) -> Result<Option<Runs>, StateError> {
        self.one(&RUN.of(target))
    }

    /// Keeps how a run went.
    pub fn set_runs(&self, target: &Target, runs: &Runs) -> Result<(), StateError> {
        let mut runs = runs.clone();
        runs.last.error = runs.last.error.map(|error| error.chars().take(LONGEST_ERROR).collect());
        self.store.write([(RUN.of(target), Some(records::small(&runs)))])
    }

    /// What a webhook was told of; none where nothing is kept of it.
    pub fn told(&self, webhook: &str) -> Result<Option<Vec<String>>, StateError> {
        self.one(&TOLD.of(&webhook.into()))
    }

    /// Keeps what a webhook was told of.
    pub fn set_told(&self, webhook: &str, told: &[String]) -> Result<(), StateError> {
        self.set(TOLD.of(&webhook.into()), &told)
    }
}
