//! What a plan or an apply says to people and to scripts. Nothing here prints, reads or decides.
//!
//! The commands fill a [`Report`]; [`text`], [`markdown`] and [`json`] write it, [`exit`] turns it into
//! the exit code. Names and messages of providers are data: [`crate::clean`] makes them harmless wherever they
//! are shown.

pub mod exit;
pub mod json;
pub mod markdown;
pub mod text;
pub mod totals;
pub mod undo;

mod count;
mod fill;
mod view;
mod words;

#[cfg(test)]
mod tests;

pub use count::count;
pub use fill::{fingerprint, of_applied, of_planned, of_undo};
pub use undo::UndoReport;
pub use words::count as counted;

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::core::guard::Held;
use crate::core::model::{PersonHandle, ProviderName};
use crate::core::plan::{Action, Cause, GroupPlan, Why};
use crate::core::roster::Roster;

/// Everything one plan or apply has to say.
#[derive(Debug, Clone)]
pub struct Report<'a> {
    /// Which command speaks.
    pub command: Command,
    /// The roster the plan was made from.
    pub roster: &'a Roster,
    /// When the plan was made.
    pub now: Timestamp,
    /// Where times and dates are told.
    pub timezone: &'a TimeZone,
    /// Why the head of the roster's branch is not in force; none when it is, or no branch is followed.
    pub problem: Option<RosterProblem>,
    /// Where and how the audit trail is broken, when it is: then nothing can be applied.
    pub broken_trail: Option<String>,
    /// The providers asked for, in the order of their names.
    pub providers: Vec<ProviderReport>,
    /// What an undo says beside its plan; none where the roster is what is planned for.
    pub undo: Option<undo::UndoReport>,
}

/// Why the newest roster is not the one that was planned for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RosterProblem {
    /// In a word: `held`, `invalid`, `unsigned`, `unusable`, `unreachable`.
    pub code: &'static str,
    /// In full.
    pub detail: String,
}

/// The command that a report is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Changes are planned, none is made.
    Plan,
    /// Changes were made, and each has a result.
    Apply,
}

/// What there is to say of one provider.
#[derive(Debug, Clone)]
pub struct ProviderReport {
    /// Its name in the configuration.
    pub provider: ProviderName,
    /// What it is: `emporix`, `company-v3`, `solvexia`.
    pub kind: &'static str,
    /// How far the run came.
    pub outcome: ProviderOutcome,
    /// What an approval of the held changes would name, all of it; none when nothing is held.
    pub digest: Option<String>,
    /// The rules that hold changes back.
    pub held: Vec<Held>,
    /// Every group that was asked for.
    pub groups: Vec<GroupReport>,
    /// Calls that read.
    pub reads: u64,
    /// Calls that wrote, or would write.
    pub writes: u64,
}

/// How far a provider's run came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderOutcome {
    /// Its plan was made.
    Planned,
    /// It could not be read, so that it is left alone.
    Unreadable {
        /// Why not.
        error: String,
    },
    /// It is suspended: its plan was made, its changes wait.
    Suspended {
        /// When that ends by itself.
        until: Timestamp,
        /// Why.
        reason: String,
        /// Who asked.
        by: String,
    },
}

/// What there is to say of one group.
#[derive(Debug, Clone)]
pub struct GroupReport {
    /// Its plan, after the guard: what is held or observed stands in `withheld`.
    pub plan: GroupPlan,
    /// What became of each of the plan's changes, in their order; empty before an apply.
    pub results: Vec<Option<ChangeResult>>,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeResult {
    /// In a word.
    pub result: Outcome,
    /// The provider's message and its support id, where there are any.
    pub detail: Option<String>,
}

/// What became of a change, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was seen to stand.
    Applied,
    /// It does not stand.
    Failed,
    /// It was not sent after all.
    Held,
    /// Nobody could look.
    Unknown,
}

/// A change without a result: a success that was not seen is never reported as one.
const NO_RESULT: &str = "no outcome was recorded; the next run reads the group and settles it";

impl GroupReport {
    /// What became of the change at this position. A result that is missing counts as unknown.
    #[must_use]
    pub fn result(&self, change: usize) -> (Outcome, Option<&str>) {
        match self.results.get(change).and_then(Option::as_ref) {
            Some(ChangeResult { result, detail }) => (*result, detail.as_deref()),
            None => (Outcome::Unknown, Some(NO_RESULT)),
        }
    }

    /// How many members there are once every change of the plan stands.
    #[must_use]
    pub fn members_after(&self) -> usize {
        let count = |action| self.plan.changes.iter().filter(|change| change.action == action).count();
        (self.plan.members_now + count(Action::Add)).saturating_sub(count(Action::Remove))
    }
}

impl ProviderReport {
    /// The people who left and whose removals wait, because the provider is suspended.
    #[must_use]
    pub fn waiting_leavers(&self) -> BTreeSet<&PersonHandle> {
        let withheld = self.groups.iter().flat_map(|group| &group.plan.withheld);
        let leavers = withheld.filter(|it| it.why == Why::Suspended && it.change.cause == Cause::Leaver);
        leavers.filter_map(|it| it.change.person.as_ref()).collect()
    }

    /// Whether the members of this group are unknown.
    #[must_use]
    pub fn is_unread(&self, group: &GroupReport) -> bool {
        matches!(self.outcome, ProviderOutcome::Unreadable { .. }) || group.plan.unreadable.is_some()
    }
}
