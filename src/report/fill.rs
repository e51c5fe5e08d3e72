//! What a run did, as a report says it.

use std::fmt::Write as _;

use super::undo::{UndoReport, UndoneRun};
use super::{ChangeResult, GroupReport, Outcome, ProviderOutcome, ProviderReport};
use crate::apply::Sent;
use crate::core::plan::{Change, GroupPlan};
use crate::core::verify;
use crate::providers::ProviderConfig;
use crate::run::{Applied, Job, Planned, Undo};
use crate::state::Suspension;

/// What there is to say of a provider after a plan.
#[must_use]
pub fn of_planned(planned: &Planned<'_>) -> ProviderReport {
    provider_report(planned, None)
}

/// What there is to say of a provider after an apply.
#[must_use]
pub fn of_applied(applied: &Applied<'_>) -> ProviderReport {
    provider_report(&applied.planned, applied.sent.as_ref())
}

/// What an undo says beside its plan. After it was applied, the suspensions are those that stand.
#[must_use]
pub fn of_undo<'a>(
    undo: &Undo,
    planned: impl Iterator<Item = &'a Planned<'a>>,
    applied: Option<&Job<'_>>,
) -> UndoReport {
    let runs = undo.runs().iter();
    let runs = runs.map(|past| UndoneRun {
        run: past.run.run.clone(),
        provider: past.run.provider.clone(),
        at: past.at,
    });
    let (mut left_out, mut edits, mut suspended) = (Vec::new(), Vec::new(), Vec::new());
    for Planned { config, outcome, writes, .. } in planned {
        let Ok(ready) = outcome else { continue };
        let name = &config.name;
        left_out.extend(ready.aside.left_out.iter().map(|it| (name.clone(), it.clone())));
        edits.extend(ready.aside.edits.iter().map(|it| (name.clone(), it.clone())));
        if *writes > 0 {
            let stands = applied.and_then(|job| job.stores.suspension(&config.target(), job.now).ok()?);
            suspended.push((name.clone(), stands.map(|suspension| suspension.until)));
        }
    }
    UndoReport { runs: runs.collect(), left_out, edits, suspended }
}

fn provider_report(planned: &Planned<'_>, sent: Option<&Sent>) -> ProviderReport {
    let ProviderConfig { name, kind, .. } = planned.config;
    let (outcome, judged) = match &planned.outcome {
        Ok(ready) => (outcome(planned), Some(&ready.judged)),
        Err(fault) => (ProviderOutcome::Unreadable { error: fault.to_string() }, None),
    };
    let groups = judged.into_iter().flat_map(|judged| &judged.plan.groups);
    ProviderReport {
        provider: name.clone(),
        kind: kind.name().as_str(),
        outcome,
        digest: judged.and_then(|judged| judged.digest.clone()),
        held: judged.map(|judged| judged.held.clone()).unwrap_or_default(),
        groups: groups.map(|plan| group_report(plan, sent)).collect(),
        reads: sent
            .map_or(planned.reads, |sent| planned.adapter.requests().saturating_sub(sent.calls as u64)),
        writes: sent.map_or(planned.writes, |sent| sent.calls) as u64,
    }
}

fn outcome(planned: &Planned<'_>) -> ProviderOutcome {
    match &planned.suspended {
        None => ProviderOutcome::Planned,
        Some(Suspension { until, reason, by, .. }) => {
            ProviderOutcome::Suspended { until: *until, reason: reason.clone(), by: by.clone() }
        }
    }
}

fn group_report(plan: &GroupPlan, sent: Option<&Sent>) -> GroupReport {
    let result = |sent: &Sent, change: &Change| {
        let key = (plan.id.clone()?, change.action, change.id.clone()?);
        sent.results.get(&key).map(|result| ChangeResult {
            result: match result.outcome {
                _ if sent.unsent.contains(&key) => Outcome::Held,
                verify::Outcome::Applied => Outcome::Applied,
                verify::Outcome::Failed => Outcome::Failed,
                verify::Outcome::Unknown => Outcome::Unknown,
            },
            detail: result.detail.clone(),
        })
    };
    let results = sent.map(|sent| plan.changes.iter().map(|change| result(sent, change)).collect());
    GroupReport { plan: plan.clone(), results: results.unwrap_or_default() }
}

/// What tells one plan from another that would change something else, or says something else of it.
#[must_use]
pub fn fingerprint(report: &ProviderReport) -> String {
    let mut text = String::new();
    for group in &report.groups {
        let GroupPlan { group, changes, withheld, problems, unreadable, .. } = &group.plan;
        let changes = changes.iter().map(|change| (None, change));
        let withheld = withheld.iter().map(|it| (Some(it.why), &it.change));
        for (why, change) in changes.chain(withheld) {
            let _ = writeln!(
                text,
                "{group} {:?} {:?} {:?} {:?} {why:?}",
                change.action, change.person, change.id, change.cause
            );
        }
        for problem in problems {
            let _ = writeln!(text, "{group} {} {}", problem.code, problem.detail);
        }
        let _ = writeln!(text, "{group} {unreadable:?}");
    }
    text
}
