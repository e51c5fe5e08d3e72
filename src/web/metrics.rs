//! The metrics of the contract.

use crate::core::model::ProviderName;
use crate::situation::{LastRun, Situation};

/// All families.
#[derive(Debug, Default)]
pub struct Metrics {}

impl Metrics {
    /// Shows what is going on.
    pub fn show(&self, _situation: &Situation) {}

    /// Counts a run that ended.
    pub fn ended(&self, _provider: &ProviderName, _last: &LastRun) {}
}
