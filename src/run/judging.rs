//! All plans of a run judged together: people leave, and groups are kept apart, over all providers.

use super::claims::{Claims, Judging};
use super::{Decided, Job, Reading};
use crate::core::guard::{self, Case, Judged};
use crate::core::plan::Plan;
use crate::core::policy::ways::{self, Seen};
use crate::core::policy::{findings, partners};
use crate::providers::Fault;
use crate::stores::StoreError;

/// Finds the way of additions to groups that are kept apart, judges, and says what is broken and stays so.
/// One verdict for each reading of a provider of the run, in their order.
pub(super) fn judge(
    job: &Job<'_>,
    readings: &mut [Result<Reading, Fault>],
    mut plans: Vec<Option<Plan>>,
    decided: &Decided<'_>,
) -> Result<Vec<Judged>, StoreError> {
    let mut judging = job.claims.map(Claims::judging);
    if let Some(judging) = &judging {
        count_others(job, readings, judging)?;
    }
    if job.group.is_some() {
        let count = job.providers.len().min(plans.len());
        let (own, others) = plans.split_at_mut(count);
        let others: Vec<&Plan> = others.iter().flatten().collect();
        for plan in own.iter_mut().flatten() {
            partners::stay(job.roster, plan, &others);
        }
    }
    ways::find(job.roster, &mut seen(readings, plans.iter_mut().flatten()));
    // What is only looked at is neither judged nor changed.
    let mut beside = plans.split_off(job.providers.len().min(plans.len()));
    let cases = job.providers.iter().zip(&*readings).zip(plans).filter_map(|((connected, reading), plan)| {
        let config = connected.config;
        let remembered = &reading.as_ref().ok()?.remembered;
        Some(Case { plan: plan?, limits: &config.limits, mode: decided.mode(config), remembered })
    });
    let mut judged = guard::judge(cases.collect(), &decided.approvals());
    if let Some(judging) = &mut judging {
        judging.claim(&judged);
    }
    let plans = judged.iter_mut().map(|judged| &mut judged.plan);
    findings::find(job.roster, &mut seen(readings, plans.chain(beside.iter_mut().flatten())));
    Ok(judged)
}

/// Other runs may have sent something while this one read, and may be about to.
fn count_others(
    job: &Job<'_>,
    readings: &mut [Result<Reading, Fault>],
    judging: &Judging<'_>,
) -> Result<(), StoreError> {
    for (connected, reading) in job.providers.iter().zip(readings) {
        let Ok(reading) = reading else { continue };
        reading.remembered.recent = job.stores.recent(&connected.config.target(), job.now)?;
        reading.remembered.recent.leavers.extend(judging.of_others(&connected.config.name));
    }
    Ok(())
}

/// Everything that was read, each beside its plan.
fn seen<'a>(
    readings: &'a [Result<Reading, Fault>],
    plans: impl Iterator<Item = &'a mut Plan>,
) -> Vec<Seen<'a>> {
    let readings = readings.iter().filter_map(|reading| reading.as_ref().ok());
    let seen = readings.zip(plans).map(|(reading, plan)| {
        let Reading { live, identities, remembered, .. } = reading;
        Seen { live, identities, remembered, plan }
    });
    seen.collect()
}
