//! The numbers of a report, counted once for every format.

use super::{Command, GroupReport, Outcome, ProviderOutcome, Report};
use crate::core::plan::{Action, Why};

/// The numbers of a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Groups that were asked for.
    pub groups: usize,
    /// Members of all groups that were read, once the plan stands.
    pub memberships: usize,
    /// Planned additions.
    pub add: usize,
    /// Planned removals.
    pub remove: usize,
    /// Changes that a rule of the guard holds back.
    pub held: usize,
    /// Changes not sent for any other reason.
    pub withheld: usize,
    /// Groups that were read and about which there is nothing to say.
    pub unchanged_groups: usize,
    /// Providers that could not be read, and groups that could not within the others.
    pub unreadable: usize,
    /// Calls that read.
    pub reads: u64,
    /// Calls that wrote, or would write.
    pub writes: u64,
    /// Additions seen to stand, after an apply.
    pub added: usize,
    /// Removals seen to stand, after an apply.
    pub removed: usize,
    /// Changes that do not stand, after an apply.
    pub failed: usize,
    /// Changes of which nobody knows, after an apply.
    pub unknown: usize,
}

impl Totals {
    /// Counts a report.
    #[must_use]
    pub fn of(report: &Report<'_>) -> Self {
        let mut totals = Self::default();
        for provider in &report.providers {
            totals.reads += provider.reads;
            totals.writes += provider.writes;
            totals.groups += provider.groups.len();
            let is_unreadable = matches!(provider.outcome, ProviderOutcome::Unreadable { .. });
            totals.unreadable += usize::from(is_unreadable);
            for group in &provider.groups {
                if !is_unreadable {
                    totals.count_group(group);
                }
                // Counted whatever could be read: what was sent must never go unsaid.
                totals.count_changes(report.command, group);
            }
        }
        totals
    }

    /// Whether every group was read and is as the roster says.
    #[must_use]
    pub fn all_unchanged(&self) -> bool {
        self.unreadable == 0 && self.unchanged_groups == self.groups
    }

    fn count_group(&mut self, group: &GroupReport) {
        let plan = &group.plan;
        if plan.unreadable.is_some() {
            self.unreadable += 1;
            return;
        }
        self.memberships += group.members_after();
        if plan.changes.is_empty() && plan.withheld.is_empty() && plan.problems.is_empty() {
            self.unchanged_groups += 1;
        }
    }

    fn count_changes(&mut self, command: Command, group: &GroupReport) {
        let plan = &group.plan;
        for withheld in &plan.withheld {
            match withheld.why {
                Why::Held => self.held += 1,
                Why::UnidentifiedPerson | Why::Suspended | Why::Observe => self.withheld += 1,
            }
        }
        for (index, change) in plan.changes.iter().enumerate() {
            match change.action {
                Action::Add => self.add += 1,
                Action::Remove => self.remove += 1,
            }
            if command == Command::Apply {
                self.count_result(change.action, group.result(index).0);
            }
        }
    }

    fn count_result(&mut self, action: Action, outcome: Outcome) {
        match (outcome, action) {
            (Outcome::Applied, Action::Add) => self.added += 1,
            (Outcome::Applied, Action::Remove) => self.removed += 1,
            (Outcome::Failed, _) => self.failed += 1,
            (Outcome::Held, _) => self.withheld += 1,
            (Outcome::Unknown, _) => self.unknown += 1,
        }
    }
}
