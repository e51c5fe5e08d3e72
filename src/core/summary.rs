//! A run in a few words and numbers: what is kept of it, shown, and counted. No names of people.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A run that ended.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LastRun {
    /// Its id in the audit trail; none for a run that only planned.
    pub run: Option<String>,
    /// What woke it.
    pub wake: String,
    /// When it began.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// How, in a word: as the journal has it, or `planned`, `unreadable`, `failed`. `halted` is a run that somebody
    /// wanted to end.
    pub outcome: String,
    /// Why it could not be read, or what failed.
    pub error: Option<String>,
    /// The roster that it went by.
    pub revision: String,
    /// What it found and did.
    #[serde(flatten)]
    pub counts: Counts,
    /// What an approval of the held changes must name.
    pub digest: Option<String>,
}

/// The last run of a target, and the last that did everything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Runs {
    /// The last one that ended.
    pub last: LastRun,
    /// When one last did everything that there was to do.
    pub last_success: Option<Timestamp>,
}

/// What a run found and did, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Additions that were still to be made when it ended.
    pub pending_add: usize,
    /// Removals that were still to be made when it ended.
    pub pending_remove: usize,
    /// Additions seen to stand.
    pub added: usize,
    /// Removals seen to stand.
    pub removed: usize,
    /// Additions that do not stand.
    pub failed_add: usize,
    /// Removals that do not stand.
    pub failed_remove: usize,
    /// Additions of which nobody knows.
    pub unknown_add: usize,
    /// Removals of which nobody knows.
    pub unknown_remove: usize,
    /// Changes that the guard held.
    pub held: usize,
    /// Changes that were not sent for any other reason.
    pub withheld: usize,
    /// Memberships that others changed since the last run.
    pub drift: usize,
    /// Memberships that somebody else undoes again and again.
    pub fights: usize,
    /// Memberships of people who left that still stand.
    pub leavers: usize,
    /// Groups that could not be read.
    pub unreadable_groups: usize,
    /// Findings that a person should look at.
    pub problems: usize,
}

impl Counts {
    /// What became of changes that were sent: action, result, how many.
    #[must_use]
    pub fn results(&self) -> [(&'static str, &'static str, usize); 6] {
        [
            ("add", "applied", self.added),
            ("remove", "applied", self.removed),
            ("add", "failed", self.failed_add),
            ("remove", "failed", self.failed_remove),
            ("add", "unknown", self.unknown_add),
            ("remove", "unknown", self.unknown_remove),
        ]
    }
}

impl LastRun {
    /// Whether something went wrong, rather than being held, suspended or only looked at.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        let is_well = ["applied", "nothing-to-do", "planned", "held", "suspended", "halted", ""]
            .contains(&&*self.outcome);
        !is_well
    }

    /// Whether everything that there was to do was done.
    #[must_use]
    pub fn is_full_success(&self) -> bool {
        matches!(self.outcome.as_str(), "applied" | "nothing-to-do")
    }
}
