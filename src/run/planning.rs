//! What one provider said -> its plan.

use std::collections::BTreeSet;

use super::{Aim, Job, Reading};
use crate::core::diff::undo::{self as diff_undo, Aside, TakenBack};
use crate::core::diff::{self, Basis};
use crate::core::model::PersonHandle;
use crate::core::plan::Plan;
use crate::core::policy::{partners, recall, waiting};
use crate::providers::ProviderConfig;

/// The plan of one provider, before anything is judged.
pub(super) fn plan_one(
    job: &Job<'_>,
    config: &ProviderConfig,
    reading: &Reading,
    gone: &BTreeSet<PersonHandle>,
) -> TakenBack {
    let basis = Basis {
        roster: job.roster,
        provider: &config.name,
        target: &config.target(),
        identities: &reading.identities,
        remembered: &reading.remembered,
        gone,
        protected: &config.limits.protected.value,
        day: job.day,
    };
    let has = job.scope(&config.name);
    if let Aim::Undo(undo) = job.aim {
        return diff_undo::undo(basis, &reading.live, undo.traced(&config.name), &has);
    }
    let mut plan = diff::plan(basis, &reading.live, &has);
    recall::recall(job.roster, &reading.live, &reading.remembered, &mut plan);
    waiting::withhold(job.roster, job.day, &reading.identities, &mut plan);
    if let Some(named) = job.named_at(&config.name) {
        partners::keep(named, &reading.remembered.moves, &mut plan);
    }
    TakenBack { plan, aside: Aside::default() }
}

/// The plan and what is said beside it; nothing of a provider that could not be read.
pub(super) fn apart(planned: Option<TakenBack>) -> (Option<Plan>, Aside) {
    planned.map_or_else(Default::default, |TakenBack { plan, aside }| (Some(plan), aside))
}
