//! The state and the journal, opened together and checked against each other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::core::fights::{self, Pasts};
use crate::core::model::{GroupHandle, GroupId, Hints, Target};
use crate::core::remembered::{Recent, Remembered};
use crate::core::shrunken::Believed;
use crate::core::summary::{LastRun, Runs};
use crate::core::undo::Traced;
use crate::journal::{self, Accepted, Head, Journal, JournalError, Line, PastRun, Record, RosterChange};
use crate::state::{
    self, Approval, Hold, LONGEST_SUSPENSION, Snapshot, State, StateError, Suspension, Update,
};

/// State and journal of this host.
pub struct Stores {
    state: State,
    journal: Arc<Mutex<Journal>>,
    unsettled: Mutex<Vec<Line>>,
    notices: Vec<String>,
}

/// What went wrong with either.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The state.
    #[error(transparent)]
    State(#[from] StateError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl Stores {
    /// Opens both in the state directory that the environment names.
    ///
    /// # Errors
    /// When another process has them, or they cannot be read, or the journal was cut or altered.
    pub fn open(env: &dyn Fn(&str) -> Option<String>, command: &str) -> Result<Self, StoreError> {
        let stores = Self::open_to_look(env, command)?;
        stores.broken().map_or(Ok(stores), |broken| Err(broken.into()))
    }

    /// The same for what changes nothing, which a journal that was cut or altered does not stop.
    ///
    /// # Errors
    /// When another process has them, or they cannot be read.
    pub fn open_to_look(env: &dyn Fn(&str) -> Option<String>, command: &str) -> Result<Self, StoreError> {
        let directory = state::directory(env)?;
        let (state, opening) = State::open(&directory, command)?;
        let kept = state.journal_head()?;
        let seal = state.journal_seal()?;
        let opened = Journal::open_to_look(&directory, kept.as_ref(), seal.as_deref())?;
        if let Some(found) = opened.seal.filter(|found| seal.as_ref() != Some(found)) {
            state.set_journal_seal(&found)?;
        }
        if opened.journal.broken().is_none()
            && kept.as_ref().is_none_or(|kept| *kept != opened.journal.head())
        {
            // The state was lost, or a crash came between a decision and its keeping.
            let since = Timestamp::now().checked_sub(LONGEST_SUSPENSION).unwrap_or(Timestamp::MIN);
            let lines = opened.journal.since(since)?;
            state.take_up_all(&lines)?;
            take_up_moves(&state, &lines, kept.as_ref().map_or(0, |kept| kept.count))?;
        }
        let damaged = opening.damaged.map(|what| {
            format!("the state was damaged: {what}; first removals are held until they are approved")
        });
        let torn = opened
            .torn
            .map(|what| format!("the journal ended in the middle of a line, as after a crash: {what}"));
        let notices = damaged.into_iter().chain(torn).collect();
        let journal = Arc::new(Mutex::new(opened.journal));
        Ok(Self { state, journal, unsettled: Mutex::new(opened.unsettled), notices })
    }

    /// Accepts the breaks that the journal has now, if it has any.
    ///
    /// # Errors
    /// When another process has either, or they cannot be read or written.
    pub fn accept_break(
        env: &dyn Fn(&str) -> Option<String>,
        command: &str,
        by: &str,
        reason: &str,
    ) -> Result<Option<Accepted>, StoreError> {
        let directory = state::directory(env)?;
        let (state, _) = State::open(&directory, command)?;
        let head = state.journal_head()?;
        let accepted = Journal::accept(&directory, head.as_ref(), Timestamp::now(), by, reason)?;
        if let Some(accepted) = &accepted {
            state.set_journal_head(&accepted.head)?;
            state.flush()?;
        }
        Ok(accepted)
    }

    /// Where the journal is broken, when it was opened to look at.
    #[must_use]
    pub fn broken(&self) -> Option<JournalError> {
        self.lock().broken()
    }

    /// What was found on opening that a person should know.
    #[must_use]
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// Intents that an interrupted run left without an outcome.
    #[must_use]
    pub fn unsettled(&self) -> Vec<Line> {
        self.unsettled.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes that these intents, by their numbers, have outcomes now.
    pub fn settled(&self, numbers: &BTreeSet<u64>) {
        let mut unsettled = self.unsettled.lock().unwrap_or_else(PoisonError::into_inner);
        unsettled.retain(|line| !numbers.contains(&line.seq));
    }

    /// The journal, for writing to it.
    #[must_use]
    pub fn journal(&self) -> Arc<Mutex<Journal>> {
        Arc::clone(&self.journal)
    }

    /// How far the journal goes.
    #[must_use]
    pub fn head(&self) -> Head {
        self.lock().head()
    }

    /// What is remembered of a target: the state, and the last days of the journal.
    ///
    /// # Errors
    /// When either cannot be read.
    pub fn remembered(&self, target: &Target, now: Timestamp) -> Result<Remembered, StoreError> {
        let mut remembered = self.state.remembered(target)?;
        let mut journal = self.lock();
        let since = now.checked_sub(fights::WINDOW).unwrap_or(Timestamp::MIN);
        let (lines, decided) = (journal.changes_since(since)?, journal.decided(target)?);
        remembered.recent = journal::recent(&lines, target, now);
        remembered.fights = journal::fights(&lines, &decided.fights, target, now);
        remembered.approvals_used = decided.approvals_used;
        journal::catch_up(&lines, target, &mut remembered.groups);
        Ok(remembered)
    }

    /// What the windows of the guard count: removals of the last 24 hours.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn recent(&self, target: &Target, now: Timestamp) -> Result<Recent, StoreError> {
        let since = now.checked_sub(fights::WINDOW).unwrap_or(Timestamp::MIN);
        Ok(journal::recent(&self.lock().changes_since(since)?, target, now))
    }

    /// The runs that are named by one of these texts, oldest first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn runs(&self, typed: &[String]) -> Result<Vec<PastRun>, StoreError> {
        Ok(self.lock().runs(typed)?)
    }

    /// Every membership that these runs set out to change, with all that was done to it since.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn trace(&self, runs: &BTreeSet<String>) -> Result<BTreeMap<Target, Vec<Traced>>, StoreError> {
        Ok(self.lock().trace(runs)?)
    }

    /// Memberships of a target that somebody else undid, as far as they matter.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn fights(&self, target: &Target, now: Timestamp) -> Result<Pasts, StoreError> {
        let mut journal = self.lock();
        let since = now.checked_sub(fights::WINDOW).unwrap_or(Timestamp::MIN);
        let decided = journal.decided(target)?;
        Ok(journal::fights(&journal.changes_since(since)?, &decided.fights, target, now))
    }

    /// What a group had in it when it was last believed, less those whom rosterd has removed since.
    ///
    /// # Errors
    /// When the state or the journal cannot be read.
    pub fn believed(&self, target: &Target, group: &GroupId) -> Result<Option<Believed>, StoreError> {
        let Some(Snapshot { at, mut members }) = self.state.snapshot(target, group)? else { return Ok(None) };
        let removed = journal::removed(&self.lock().since(at)?, target, group);
        members.retain(|member| !removed.contains(member));
        Ok(Some(Believed { at, members }))
    }

    /// What earlier reads said of sizes.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn hints(&self, target: &Target, now: Timestamp) -> Result<Hints, StoreError> {
        Ok(self.state.hints(target, now)?)
    }

    /// Keeps what a run learned.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn remember(&self, target: &Target, update: &Update) -> Result<(), StoreError> {
        Ok(self.state.remember(target, update)?)
    }

    /// What the last plan or apply held back at a target.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn holds(&self, target: &Target) -> Result<Vec<Hold>, StoreError> {
        Ok(self.state.holds(target)?)
    }

    /// Remembers what a plan or an apply held back, of everything or of one group.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn set_hold(
        &self,
        target: &Target,
        group: Option<&GroupHandle>,
        hold: Option<&Hold>,
    ) -> Result<(), StoreError> {
        Ok(self.state.set_hold(target, group, hold)?)
    }

    /// The approvals of a target that can be used now.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn approvals(&self, target: &Target, now: Timestamp) -> Result<Vec<Approval>, StoreError> {
        Ok(self.state.approvals(target, now)?)
    }

    /// How many approvals of a target were used, ever.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn approvals_used(&self, target: &Target) -> Result<u64, StoreError> {
        Ok(self.lock().decided(target)?.approvals_used)
    }

    /// When the approval of a digest was used, if it was.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn used_at(&self, target: &Target, digest: &str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.lock().decided(target)?.used.get(digest).copied())
    }

    /// Whether, until when and why a target is suspended.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn suspension(&self, target: &Target, now: Timestamp) -> Result<Option<Suspension>, StoreError> {
        Ok(self.state.suspension(target, now)?)
    }

    /// Writes a decision to the journal, and lets it take effect.
    ///
    /// # Errors
    /// When either cannot be written. What the journal has takes effect at the next opening at the latest.
    pub fn decide(&self, at: Timestamp, record: &Record) -> Result<(), StoreError> {
        self.lock().append(at, std::slice::from_ref(record))?;
        self.state.take_up(at, record)?;
        self.flush()
    }

    /// Writes that a roster takes effect, where another one did before: once, however many runs begin with it.
    ///
    /// # Errors
    /// When the state cannot be read, or either cannot be written.
    pub fn takes_effect(&self, at: Timestamp, revision: &str, by: &str) -> Result<(), StoreError> {
        let mut journal = self.lock();
        let previous = self.state.revision()?;
        if previous.as_deref() == Some(revision) {
            return Ok(());
        }
        let change = RosterChange { revision: revision.to_owned(), previous, by: by.to_owned() };
        let record = Record::Roster(change);
        journal.append(at, std::slice::from_ref(&record))?;
        Ok(self.state.take_up(at, &record)?)
    }

    /// Lets a decision that the journal has take effect.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn take_up(&self, at: Timestamp, record: &Record) -> Result<(), StoreError> {
        Ok(self.state.take_up(at, record)?)
    }

    /// How the last run of a target went.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn last_runs(&self, target: &Target) -> Result<Option<Runs>, StoreError> {
        Ok(self.state.runs(target)?)
    }

    /// Keeps how a run went, and when one last did everything.
    ///
    /// # Errors
    /// When the state cannot be read or written.
    pub fn set_last_run(&self, target: &Target, last: &LastRun) -> Result<Runs, StoreError> {
        let before = self.state.runs(target)?.and_then(|runs| runs.last_success);
        let last_success = if last.is_full_success() { Some(last.ended) } else { before };
        let runs = Runs { last: last.clone(), last_success };
        self.state.set_runs(target, &runs)?;
        Ok(runs)
    }

    /// What a webhook was told of; none where nothing is kept of it.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn told(&self, webhook: &str) -> Result<Option<Vec<String>>, StoreError> {
        Ok(self.state.told(webhook)?)
    }

    /// Keeps what a webhook was told of.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn set_told(&self, webhook: &str, told: &[String]) -> Result<(), StoreError> {
        Ok(self.state.set_told(webhook, told)?)
    }

    /// Makes everything durable, and notes in the state how far the journal goes.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn flush(&self) -> Result<(), StoreError> {
        // How far a broken journal goes is not known: what was kept of it shows the break.
        let head =
            Some(self.lock()).filter(|journal| journal.broken().is_none()).map(|journal| journal.head());
        if let Some(head) = head
            && self.state.journal_head()?.as_ref() != Some(&head)
        {
            self.state.set_journal_head(&head)?;
        }
        Ok(self.state.flush()?)
    }

    fn lock(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets the state know of moves that the journal has begun after this line and that came to no end.
fn take_up_moves(state: &State, lines: &[Line], after: u64) -> Result<(), StateError> {
    for (target, mut moves) in journal::open_moves(lines, after) {
        let known = state.remembered(&target)?.moves;
        moves.retain(|past| !known.contains_key(&(past.user.clone(), past.to.clone())));
        if !moves.is_empty() {
            state.remember(&target, &Update { moves, ..Update::default() })?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
