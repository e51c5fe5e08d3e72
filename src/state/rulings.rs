//! What people decided and what waits for them: held changes, approvals, suspensions.
//!
//! Approvals and suspensions are written to the journal before they take effect; here is what follows from those
//! lines. So they can be made anew out of the journal, when the state was lost or a crash came in between.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::records::{APPROVAL, HELD, SUSPENDED, read, small};
use super::{State, StateError};
use crate::core::model::{GroupHandle, Target};
use crate::journal::{self, Line, Record};

/// How long an approval can be used.
pub const APPROVAL_LASTS: SignedDuration = SignedDuration::from_hours(24);
/// The longest suspension.
pub const LONGEST_SUSPENSION: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How far clocks may be apart that go right.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(5);

/// Characters that are kept of what people typed.
const LONGEST_TEXT: usize = 200;

/// Changes that the guard held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// What an approval of them names.
    pub digest: String,
    /// The group, where the plan was of one group alone.
    pub group: Option<GroupHandle>,
    /// How many there are.
    pub changes: usize,
    /// When they were held.
    pub at: Timestamp,
}

/// An approval that was given and not used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// What it lets through, once.
    pub digest: String,
    /// Why.
    pub reason: String,
    /// Who gave it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A provider at which nothing is changed for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// It ends by itself.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
    /// Who asked.
    pub by: String,
    /// Whether it keeps an undo from being done again; another undo need not wait for it.
    #[serde(default)]
    pub by_undo: bool,
}

impl Approval {
    /// When it ends.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        self.at.checked_add(APPROVAL_LASTS).unwrap_or(Timestamp::MAX)
    }

    /// One of a time to come was given while the clock was wrong: how long it has held is not known.
    fn holds(&self, now: Timestamp) -> bool {
        now < self.until() && self.at.duration_since(now) <= CLOCK_SLACK
    }
}

/// A row must not grow too long to be kept. The journal has the whole text.
fn clip(text: &str) -> String {
    text.chars().take(LONGEST_TEXT).collect()
}

impl State {
    /// What was held back at a target by the last plan or apply: of everything, or of single groups since.
    pub fn holds(&self, target: &Target) -> Result<Vec<Hold>, StateError> {
        self.store.scan(&HELD.of(target)).map(|row| self.understood(read(row?))).collect()
    }

    /// Remembers what a plan or an apply held back, or that it held nothing. One of everything replaces
    /// all before it, one of a single group what was known of that group.
    pub fn set_hold(
        &self,
        target: &Target,
        group: Option<&GroupHandle>,
        hold: Option<&Hold>,
    ) -> Result<(), StateError> {
        let key = |group: Option<&GroupHandle>| HELD.key(target, group.map_or("", GroupHandle::as_str));
        let before = self.holds(target)?;
        let replaced = before.iter().filter(|hold| group.is_none() || hold.group.as_ref() == group);
        let removed = replaced.map(|hold| (key(hold.group.as_ref()), None));
        let new = hold.map(|hold| (key(group), Some(small(hold))));
        let changes: Vec<_> = removed.chain(new).collect();
        if changes.is_empty() { Ok(()) } else { self.store.write(changes) }
    }

    /// The approvals of a target that can be used now.
    pub fn approvals(&self, target: &Target, now: Timestamp) -> Result<Vec<Approval>, StateError> {
        let mut approvals = self.all_approvals(target)?;
        approvals.retain(|approval| approval.holds(now));
        Ok(approvals)
    }

    /// Whether, until when and why a target is suspended.
    pub fn suspension(&self, target: &Target, now: Timestamp) -> Result<Option<Suspension>, StateError> {
        let suspension = self.one::<Suspension>(&SUSPENDED.of(target))?;
        Ok(suspension.filter(|suspension| now < suspension.until))
    }

    /// Takes up what a line of the journal decides. Taking up the same lines twice changes nothing.
    pub fn take_up(&self, at: Timestamp, record: &Record) -> Result<(), StateError> {
        match record {
            Record::Approval(approval) => {
                let journal::Approval { digest, target, reason, by, used_by, .. } = approval;
                let given = Approval { digest: clip(digest), reason: clip(reason), by: clip(by), at };
                let row = used_by.is_none().then(|| small(&given));
                let before = self.all_approvals(target)?;
                let expired = before.iter().filter(|approval| !approval.holds(at));
                let gone = expired.map(|approval| (APPROVAL.key(target, &approval.digest), None));
                self.store.write(gone.chain([(APPROVAL.key(target, digest), row)]))
            }
            Record::Suspension(suspension) => {
                let journal::Suspension { target, until, reason, by, undoes, .. } = suspension;
                let by_undo = !undoes.is_empty();
                let reason = clip(reason.as_deref().unwrap_or(journal::NO_REASON));
                let row = until.map(|until| small(&Suspension { until, reason, by: clip(by), by_undo }));
                self.store.write([(SUSPENDED.of(target), row)])
            }
            Record::Roster(roster) => self.set_revision(&roster.revision),
            _ => Ok(()),
        }
    }

    /// Takes up all that these lines decide.
    pub fn take_up_all(&self, lines: &[Line]) -> Result<(), StateError> {
        lines.iter().try_for_each(|line| self.take_up(line.at, &line.record))
    }

    fn all_approvals(&self, target: &Target) -> Result<Vec<Approval>, StateError> {
        self.store.scan(&APPROVAL.of(target)).map(|row| self.understood(read(row?))).collect()
    }
}
