//! The line of a run in the log: one a run, whatever became of it. Counts and ids, no names.

use super::work::Done;
use crate::clean::clean_message;
use crate::providers::Access;
use crate::situation::LastRun;

/// Says what happened in a run. What went wrong is a warning.
pub(super) fn log(done: &Done) {
    match (done.access, &done.report) {
        (Access::Read, Some(_)) => log_planned(done),
        (Access::Read | Access::Write, _) => log_ran(done),
    }
}

/// Of a run that neither did nor failed to do anything there is a line where the audit trail has lines of it.
pub(super) fn log_given_up(done: &Done) {
    let (provider, wake) = (&done.provider, &done.last.wake);
    if done.last.run.is_some() {
        log_ran(done);
    } else {
        tracing::debug!(%provider, wake, "The run of {provider} gave way: nothing was sent.");
    }
}

fn log_planned(done: &Done) {
    let (provider, last) = (&done.provider, &done.last);
    let (wake, outcome, counts) = (&last.wake, &last.outcome, &last.counts);
    let (add, remove) = (counts.pending_add, counts.pending_remove);
    let (held, withheld, drift, unread) =
        (counts.held, counts.withheld, counts.drift, counts.unreadable_groups);
    let elapsed_ms = elapsed_ms(last);
    let journal_count = done.head.as_ref().map(|head| head.count);
    let journal_hash = done.head.as_ref().map(|head| head.hash.as_str());
    tracing::info!(
        %provider, wake, outcome, add, remove, held, withheld, drift, unread, elapsed_ms, journal_count, journal_hash,
        "Planned {provider} ({wake}): {add} to add, {remove} to remove, {held} held."
    );
}

/// The head of the journal in it shows later whether the journal was cut.
fn log_ran(done: &Done) {
    let (provider, last, report) = (&done.provider, &done.last, done.report.as_ref());
    let (wake, run, outcome, counts) = (&last.wake, last.run.as_deref(), &last.outcome, &last.counts);
    let changes: usize = counts.results().iter().map(|(_, _, number)| number).sum();
    let (failed, unknown) =
        (counts.failed_add + counts.failed_remove, counts.unknown_add + counts.unknown_remove);
    let (held, withheld, drift, unread) =
        (counts.held, counts.withheld, counts.drift, counts.unreadable_groups);
    let groups = report.map_or(0, |report| report.groups.len());
    let calls = report.map_or(0, |report| report.writes);
    let requests = report.map(|report| report.reads + report.writes);
    let elapsed_ms = elapsed_ms(last);
    let journal_count = done.head.as_ref().map(|head| head.count);
    let journal_hash = done.head.as_ref().map(|head| head.hash.as_str());
    let error = last.error.as_deref().map(clean_message);
    let error = error.as_deref();
    // The journal of systemd shows the sentence alone.
    let why = error.map(|error| format!("; {error}")).unwrap_or_default();
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                %provider, wake, run, outcome, changes, failed, unknown, calls, held, withheld, drift, groups, unread,
                requests, elapsed_ms, journal_count, journal_hash, error,
                "Ran {provider}: {outcome}; changes: {changes}, calls: {calls}{why}."
            )
        };
    }
    if last.is_failure() { line!(warn) } else { line!(info) }
}

/// As a number for whoever reads the fields: what is wider would be written as text.
fn elapsed_ms(last: &LastRun) -> u64 {
    u64::try_from(last.ended.duration_since(last.began).as_millis()).unwrap_or_default()
}
