//! What people decided, for one plan.

use std::collections::BTreeMap;

use super::{Connected, Job};
use crate::core::digest;
use crate::core::guard::Mode;
use crate::core::model::ProviderName;
use crate::providers::ProviderConfig;
use crate::state::{Approval, Suspension};
use crate::stores::StoreError;

/// What people decided, for one plan.
pub(super) struct Decided<'a> {
    /// Approvals of this command: digests, whole or their first digits.
    pub(super) typed: &'a [String],
    /// Approvals that were given before.
    pub(super) given: Vec<Approval>,
    /// Who is suspended.
    pub(super) suspended: BTreeMap<ProviderName, Suspension>,
}

impl<'a> Decided<'a> {
    pub(super) fn of(job: &Job<'_>, typed: &'a [String]) -> Result<Self, StoreError> {
        let mut decided = Self { typed, given: Vec::new(), suspended: BTreeMap::new() };
        for Connected { config, .. } in &job.providers {
            let target = config.target();
            decided.given.extend(job.stores.approvals(&target, job.now)?);
            let suspension = job.stores.suspension(&target, job.now)?;
            // What one undo suspends, another need not wait for; what a person does, it must.
            let suspension = suspension.filter(|it| !(it.by_undo && job.is_undo()));
            decided.suspended.extend(suspension.map(|suspension| (config.name.clone(), suspension)));
        }
        Ok(decided)
    }

    pub(super) fn mode(&self, config: &ProviderConfig) -> Mode {
        if self.suspended.contains_key(&config.name) { Mode::Suspended } else { config.mode }
    }

    pub(super) fn approvals(&self) -> Vec<String> {
        let given = self.given.iter().map(|approval| approval.digest.clone());
        self.typed.iter().cloned().chain(given).collect()
    }

    /// The approval that was used, where it is not one of this command.
    pub(super) fn given(&self, digest: &str) -> Option<&Approval> {
        let is_typed = self.typed.iter().any(|typed| digest::is_named_by(digest, typed));
        self.given.iter().find(|approval| !is_typed && approval.digest == digest)
    }
}
