//! A run in numbers.

use super::{GroupReport, Outcome, ProviderReport};
use crate::core::fights::Stage;
use crate::core::plan::{Action, Cause, Change, Why};
use crate::core::summary::Counts;
use crate::providers::Access;

/// Counts what a run found and did.
#[must_use]
pub fn count(report: &ProviderReport, access: Access) -> Counts {
    let mut counts = Counts::default();
    for group in &report.groups {
        counts.unreadable_groups += usize::from(group.plan.unreadable.is_some());
        counts.problems += group.plan.problems.len();
        counts.fights += group.plan.fights.iter().filter(|fight| fight.stage != Stage::Over).count();
        count_group(&mut counts, group, access);
    }
    counts
}

fn count_group(counts: &mut Counts, group: &GroupReport, access: Access) {
    for (number, change) in group.plan.changes.iter().enumerate() {
        counts.drift += usize::from(change.cause == Cause::Drift);
        let outcome = match access {
            Access::Read => None,
            Access::Write => Some(group.result(number).0),
        };
        match (outcome, change.action) {
            (Some(Outcome::Applied), Action::Add) => counts.added += 1,
            (Some(Outcome::Applied), Action::Remove) => counts.removed += 1,
            (Some(Outcome::Failed), Action::Add) => counts.failed_add += 1,
            (Some(Outcome::Failed), Action::Remove) => counts.failed_remove += 1,
            (Some(Outcome::Held), _) => counts.withheld += 1,
            (Some(Outcome::Unknown), Action::Add) => counts.unknown_add += 1,
            (Some(Outcome::Unknown), Action::Remove) => counts.unknown_remove += 1,
            (None, _) => (),
        }
        if outcome != Some(Outcome::Applied) {
            pending(counts, change);
        }
    }
    for withheld in &group.plan.withheld {
        counts.drift += usize::from(withheld.change.cause == Cause::Drift);
        match withheld.why {
            Why::Held => counts.held += 1,
            Why::UnidentifiedPerson | Why::Suspended | Why::Observe => counts.withheld += 1,
        }
        pending(counts, &withheld.change);
    }
}

fn pending(counts: &mut Counts, change: &Change) {
    match change.action {
        Action::Add => counts.pending_add += 1,
        Action::Remove => counts.pending_remove += 1,
    }
    counts.leavers += usize::from(change.cause == Cause::Leaver && change.action == Action::Remove);
}
