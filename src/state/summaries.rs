//! How the last run of each target went.

use super::records::RUN;
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
}
