//! What is logged of a run: counts and ids, no names.

use super::{Job, Planned, Ready};
use crate::apply::{Run, Sent, Trail};
use crate::clean::{clean, clean_message};
use crate::core::fights::Stage;
use crate::core::model::ProviderName;
use crate::core::plan::{Action, Plan};
use crate::providers::Fault;
use crate::providers::gate::Closed;

impl Job<'_> {
    /// Whether rosterd was told to stop: what cannot be read any more is no trouble, and no warning.
    pub(super) fn is_stopping(&self) -> bool {
        self.gate.is_some_and(|gate| gate.why() == Some(Closed::Stopping))
    }
}

/// One line a provider: counts, no names. A run of the daemon says more at its end.
pub(super) fn log_plan(
    job: &Job<'_>,
    provider: &ProviderName,
    outcome: &Result<Ready, Fault>,
    requests: u64,
) {
    match outcome {
        Ok(ready) => {
            let plan = &ready.judged.plan;
            let changes: usize = plan.groups.iter().map(|group| group.changes.len()).sum();
            let withheld: usize = plan.groups.iter().map(|group| group.withheld.len()).sum();
            let (groups, unread) = (plan.groups.len(), ready.live.unread.len());
            if job.gate.is_some() {
                tracing::debug!(%provider, groups, unread, changes, withheld, requests, "Planned {provider}: {changes} to send, {withheld} withheld.");
            } else {
                tracing::info!(%provider, groups, unread, changes, withheld, requests, "Planned {provider}: {changes} to send, {withheld} withheld.");
            }
            warn_of_fights(provider, plan);
        }
        Err(fault) => {
            let fault = clean_message(&fault.detail);
            if job.gate.is_some() {
                tracing::debug!(%provider, %fault, requests, "Could not read {provider}; it is left alone.");
            } else {
                tracing::warn!(%provider, %fault, requests, "Could not read {provider}; it is left alone.");
            }
        }
    }
}

/// One line a run. The head of the journal in it shows later whether the journal was cut. The daemon has a line of its
/// own, which knows what woke the run.
pub(super) fn log_run(
    job: &Job<'_>,
    planned: &Planned<'_>,
    ready: &Ready,
    (run, outcome): (&Run, &str),
    sent: &Sent,
    trail: &Trail,
) {
    if job.gate.is_some() {
        return;
    }
    let provider = &planned.config.name;
    let (run, calls, changes) = (run.id(), sent.calls, sent.results.len());
    let (groups, unread) = (&ready.judged.plan.groups, ready.live.unread.len());
    let withheld: usize = groups.iter().map(|group| group.withheld.len()).sum();
    let (groups, requests) = (groups.len(), planned.adapter.requests());
    let head = trail.head();
    tracing::info!(
        %provider, run, outcome, changes, calls, withheld, groups, unread, requests, journal_count = head.count, journal_hash = %head.hash,
        "Ran {provider}: {outcome}; changes: {changes}, calls: {calls}."
    );
}

/// The same of a run that had nothing to go by; why was said when it was planned.
pub(super) fn log_unreadable(job: &Job<'_>, provider: &ProviderName, sent: &Sent, trail: &Trail) {
    if job.gate.is_some() {
        return;
    }
    let (run, outcome, head) = (sent.run.as_deref(), sent.outcome, trail.head());
    tracing::info!(
        %provider, run, outcome, journal_count = head.count, journal_hash = %head.hash,
        "Ran {provider}: unreadable; changes: 0, calls: 0."
    );
}

/// One line a fight: ids, no names.
fn warn_of_fights(provider: &ProviderName, plan: &Plan) {
    for group in &plan.groups {
        for fight in group.fights.iter().filter(|fight| fight.stage != Stage::Over) {
            let (group, user) = (clean(group.group.as_str()), clean(fight.user.as_str()));
            let undone = fight.undone;
            let (undoes, rosterd) = match fight.action {
                Action::Add => ("removes", "adds it no more"),
                Action::Remove => ("adds", "goes on removing it"),
            };
            tracing::warn!(
                %provider, %group, %user, undone,
                "Somebody else {undoes} {user} in {group} of {provider} again and again; rosterd {rosterd}."
            );
        }
    }
}
