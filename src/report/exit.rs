//! What a report means for the exit code. Several at once: 4, 3, 5, 2; usage and failure come before, elsewhere.

use super::totals::Totals;
use super::{Command, GroupReport, Outcome, ProviderOutcome, Report};
use crate::core::plan::Why;
use crate::core::policy::recall;

/// Done, or nothing to do.
pub const DONE: u8 = 0;
/// `plan --exit-code` found changes.
pub const CHANGES: u8 = 2;
/// Held by a guard, by a suspension, by a person who could not be identified, or a move was left open.
pub const HELD: u8 = 3;
/// Some changes failed or are unknown, the others are applied.
pub const PARTLY: u8 = 4;
/// Some provider or group could not be read and was left alone.
pub const UNREADABLE: u8 = 5;

/// The code of a problem that says who could not be identified.
const UNIDENTIFIED: &str = "unidentified-person";

/// The exit code of a plan or an apply; `exit_code_flag` is `plan --exit-code`.
///
/// A plan without it says nothing of changes and holds. What is only observed or suspended is a
/// change to a plan, since it would be one; to an apply a suspension is a hold.
#[must_use]
pub fn exit_code(report: &Report<'_>, exit_code_flag: bool) -> u8 {
    let totals = Totals::of(report);
    let unreadable = totals.unreadable > 0;
    match report.command {
        Command::Apply if totals.failed + totals.unknown > 0 => PARTLY,
        Command::Apply
            if is_held(report, &totals)
                || is_suspended(report)
                || is_cut_short(report)
                || is_undone_in_part(report) =>
        {
            HELD
        }
        Command::Plan if exit_code_flag && is_held(report, &totals) => HELD,
        Command::Apply | Command::Plan if unreadable => UNREADABLE,
        Command::Plan if exit_code_flag && has_changes(report, &totals) => CHANGES,
        Command::Apply | Command::Plan => DONE,
    }
}

fn is_held(report: &Report<'_>, totals: &Totals) -> bool {
    // The head of the roster's branch is not in force: somebody has to look.
    report.problem.is_some()
        || totals.held > 0
        || report.providers.iter().any(|provider| !provider.held.is_empty())
        || groups(report).any(|group| {
            is_withheld(group, Why::UnidentifiedPerson)
                || group
                    .plan
                    .problems
                    .iter()
                    .any(|problem| [UNIDENTIFIED, recall::OPEN].contains(&problem.code))
        })
}

/// Somebody asked for an undo, and a provider that is only observed was left as it is.
fn is_undone_in_part(report: &Report<'_>) -> bool {
    report.undo.is_some() && groups(report).any(|group| is_withheld(group, Why::Observe))
}

fn is_suspended(report: &Report<'_>) -> bool {
    report.providers.iter().any(|provider| matches!(provider.outcome, ProviderOutcome::Suspended { .. }))
        || groups(report).any(|group| is_withheld(group, Why::Suspended))
}

/// Somebody ended the run before everything was sent.
fn is_cut_short(report: &Report<'_>) -> bool {
    groups(report).any(|group| group.results.iter().flatten().any(|result| result.result == Outcome::Held))
}

fn has_changes(report: &Report<'_>, totals: &Totals) -> bool {
    totals.add + totals.remove > 0
        || groups(report).any(|group| is_withheld(group, Why::Observe) || is_withheld(group, Why::Suspended))
}

fn is_withheld(group: &GroupReport, why: Why) -> bool {
    group.plan.withheld.iter().any(|withheld| withheld.why == why)
}

fn groups<'a>(report: &'a Report<'_>) -> impl Iterator<Item = &'a GroupReport> {
    report.providers.iter().flat_map(|provider| &provider.groups)
}
