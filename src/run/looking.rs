//! Between planning and judging: whoever is about to be added is looked at, so that a plan promises only what an apply
//! can keep. No removal rests on what is seen here; one that makes room for an impossible addition waits.

use futures_util::future::join_all;

use super::{Decided, Job, Reading};
use crate::core::diff;
use crate::core::guard::Mode;
use crate::core::plan::Plan;
use crate::core::policy::waiting;
use crate::providers::{Fault, Provider};

/// Looks at everybody whom plans would add, and withholds what cannot be. Where nothing would be sent, nobody is
/// looked at.
pub(super) async fn look(
    job: &Job<'_>,
    readings: &[Result<Reading, Fault>],
    plans: &mut [Option<Plan>],
    decided: &Decided<'_>,
) {
    let planned = job.connected().zip(readings).zip(plans).enumerate();
    let looks = planned.filter_map(|(number, ((connected, reading), plan))| {
        let (reading, plan) = (reading.as_ref().ok()?, plan.as_mut()?);
        let is_sent = number < job.providers.len() && decided.mode(connected.config) == Mode::Enforce;
        Some(async move {
            if is_sent {
                look_at(job, &*connected.adapter, reading, plan).await;
            }
            waiting::keep(job.roster, plan);
        })
    });
    join_all(looks.collect::<Vec<_>>()).await;
}

async fn look_at(job: &Job<'_>, adapter: &dyn Provider, reading: &Reading, plan: &mut Plan) {
    let additions = diff::additions(plan);
    if additions.is_empty() {
        return;
    }
    let looked = adapter.look_at(&reading.live, &reading.hints, &additions).await;
    if !looked.unseen.is_empty() && !job.is_stopping() {
        let (provider, accounts) = (&plan.provider, looked.unseen.len());
        tracing::warn!(%provider, accounts, "Could not look at {accounts} accounts that are to be added.");
    }
    diff::refuse(plan, &looked);
}
