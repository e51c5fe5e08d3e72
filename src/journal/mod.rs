//! The audit trail: append-only JSON lines, synced before anything is sent, each carrying the hash of the
//! line before, so that a change shows.
//!
//! # Form
//!
//! `journal/YYYY-MM.jsonl` in the state directory, by the UTC month of `at`; when the clock goes back, lines
//! stay in the newest file, so that the files in the order of their names are the chain. Every line is one
//! JSON object with `at`, `seq` (from 1, over all files), `prev` (lower-case hex SHA-256 of the whole line
//! before, without its newline; 64 zeros for the first), `type`, and the fields of [`Record`]. The first line
//! of a file may also have `open`: the intents of earlier files that had no outcome when it was written, so
//! that opening need not read those files.
//!
//! # A torn line
//!
//! A crash in the middle of an append leaves a last line that is not JSON (a prefix of a JSON object never is;
//! a whole object without its newline is a whole line). The torn bytes stay. The next append puts a newline
//! after them, where none is, and first of all a `crash` line whose `prev` is the hash of the torn bytes, whose
//! `seq` follows the last whole line (torn bytes have none), and whose `torn` gives their number (`bytes`) and
//! the hash of the last whole line (`after`): the chain goes on, and neither the torn bytes nor what
//! stood before them can change unseen. If that append is torn as well, what it left belongs to the torn bytes.
//! [`Journal::verify`] accepts bytes that are not JSON in this one shape, and at the very end where no newline follows
//! them: a newline is the last byte of a line that is written, so no crash leaves one after torn bytes. (A crash
//! after the very first byte of the append that closes them does; that is told as a break, and a person accepts it.)
//!
//! What a chain alone cannot show, a change of its last line or a cut of its end, shows against
//! the [`Head`] that is kept elsewhere.
//!
//! # An accepted break
//!
//! Nothing mends a broken chain: what stands in the files stays. A person who has looked accepts it with an
//! `acceptance` line, which goes to the end and says who, why, and which breaks there were (`breaks`). Its `prev` is
//! a hash over every line of every file before it, broken or whole, with the names of the files; its `seq`
//! is above every number used so far; its `open` lists the intents without an outcome. From it the chain goes on as
//! from a first line. It holds as long as not one byte before it changes: a later edit, cut or insertion voids it,
//! and the first break shows again. A forged one shows against the [`Head`] kept elsewhere, which an acceptance
//! made by rosterd moves to itself at once: one that stands after that head was not made by rosterd.

mod accept;
mod chain;
mod entries;
mod envelope;
mod error;
mod fights;
mod files;
mod kept;
mod moves;
mod reading;
mod record;
mod records;
mod seal;
mod undone;
mod windows;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::core::model::Target;
use crate::core::undo::Traced;
use chain::Region;
use files::{Appender, Files, Month, Place, Start};
use kept::Kept;
use reading::Reading;

pub use accept::Accepted;
pub use entries::{Entry, each_entry};
pub use error::JournalError;
pub(crate) use error::advice;
pub use fights::fights;
pub use moves::{MoveTo, open_moves};
pub use record::{
    Acceptance, Approval, Break, Crash, Fight, Head, Intent, Line, Other, Outcome, Reason, Record,
    RosterChange, Run, RunEvent, Suspension, Torn,
};
pub use records::catch_up;
pub use undone::PastRun;
pub use windows::{recent, removed};

/// What stands for a reason that nobody gave.
pub const NO_REASON: &str = "none given";

/// The audit trail, open for appending. One process may have it open: the lock of the state sees to that.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    head: Head,
    /// Intents without an outcome.
    open: BTreeSet<u64>,
    torn: Option<Region>,
    appender: Appender,
    /// Where it is broken, when it was opened all the same.
    broken: Option<(Place, String)>,
    /// What went wrong in an earlier append. What the file holds since is not known.
    failed: Option<String>,
    kept: Kept,
}

/// A journal and what was found on opening it.
#[derive(Debug)]
pub struct Opened {
    /// The journal.
    pub journal: Journal,
    /// What a crash tore, when it did. The next append closes it.
    pub torn: Option<String>,
    /// Intents without an outcome: what a crash, or a run that could not settle them, left behind.
    pub unsettled: Vec<Line>,
    /// What tells the files before the newest from what they are now, once every line of them was checked.
    pub seal: Option<String>,
}

/// What was decided of a target, however long ago.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decided {
    /// How many approvals were used.
    pub approvals_used: u64,
    /// Their digests, and when each was used.
    pub used: BTreeMap<String, Timestamp>,
    /// Every line about a fight, oldest first.
    pub fights: Vec<Line>,
}

/// What a whole chain comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    /// Its last line.
    pub head: Head,
    /// What a crash tore at the end, when nothing was appended since.
    pub torn: Option<String>,
    /// The last acceptance of a break, when there is one. Before it nothing is whole, but nothing has
    /// changed since.
    pub accepted: Option<Line>,
}

impl Journal {
    /// Opens the journal of a state directory, and checks its newest file: the chain within, its tie to the
    /// file before, and that `head` is one of its lines. Writes nothing.
    pub fn open(dir: &Path, head: Option<Head>) -> Result<Opened, JournalError> {
        let dir = dir.join("journal");
        let files = Files::list(&dir)?;
        let start = files.start(head.as_ref())?;
        let reading = reading::read(&files, &start, head)?;
        let first = reading.first_file();
        let Reading { chain, mut intents, older, .. } = reading;
        if !older.is_empty() {
            files.find(first, &older, &mut intents)?;
        }
        let (head, torn) = chain.finish();
        let journal = Self {
            appender: Appender::new(&dir, files.last())?,
            head,
            open: intents.keys().copied().collect(),
            torn,
            broken: None,
            failed: None,
            kept: Kept::default(),
            dir,
        };
        let torn = journal.torn.as_ref().map(Region::describe);
        Ok(Opened { journal, torn, unsettled: intents.into_values().collect(), seal: None })
    }

    /// The same, with every line of the files before the newest, unless these are as `seal` says.
    pub fn open_whole(dir: &Path, head: Option<&Head>, seal: Option<&str>) -> Result<Opened, JournalError> {
        let opened = Self::open(dir, head.cloned())?;
        let found = seal::of(&Files::list(&opened.journal.dir)?)?;
        if found.is_some() && found.as_deref() != seal {
            Self::verify(dir, head)?;
        }
        Ok(Opened { seal: found, ..opened })
    }

    /// The same, to look at it, also where it is broken: then whatever can be read counts, nothing is said of
    /// what is torn or has no outcome, and nothing can be appended.
    pub fn open_to_look(dir: &Path, head: Option<&Head>, seal: Option<&str>) -> Result<Opened, JournalError> {
        let (file, line, what) = match Self::open_whole(dir, head, seal) {
            Err(JournalError::Broken { file, line, what }) => (file, line, what),
            opened => return opened,
        };
        let dir = dir.join("journal");
        let journal = Self {
            appender: Appender::new(&dir, Files::list(&dir)?.last())?,
            head: Head::start(),
            open: BTreeSet::new(),
            torn: None,
            broken: Some((Place::new(file, line), what)),
            failed: None,
            kept: Kept::default(),
            dir,
        };
        Ok(Opened { journal, torn: None, unsettled: Vec::new(), seal: None })
    }

    /// Where it is broken, when it was opened all the same.
    #[must_use]
    pub fn broken(&self) -> Option<JournalError> {
        self.broken.as_ref().map(|(place, what)| place.broken(what))
    }

    /// Appends records in one write, and returns the `seq` of each once they are on the disk.
    ///
    /// # Errors
    /// When they may not be on the disk. From then on no append succeeds: the journal must be opened anew,
    /// which finds out what the file holds.
    pub fn append(&mut self, at: Timestamp, records: &[Record]) -> Result<Vec<u64>, JournalError> {
        if let Some(broken) = self.broken() {
            return Err(broken);
        }
        if let Some(first) = &self.failed {
            return Err(JournalError::Failed { first: first.clone() });
        }
        if records.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(why) = records.iter().find_map(record::unwritable) {
            return Err(JournalError::Record(why));
        }
        self.write(at, records).inspect_err(|error| self.failed = Some(error::whole(error)))
    }

    /// The last line.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head.clone()
    }

    /// The lines written at or after a time. Reads only the files that may hold some.
    pub fn since(&self, time: Timestamp) -> Result<Vec<Line>, JournalError> {
        lines_since(&self.dir, self.broken.is_some(), time)
    }

    /// The lines written at or after a time, without those about runs. They are read once, and kept.
    pub fn changes_since(&mut self, time: Timestamp) -> Result<Vec<Line>, JournalError> {
        let (dir, is_broken) = (&self.dir, self.broken.is_some());
        self.kept.changes(time, || lines_since(dir, is_broken, time))
    }

    /// The runs that are named by one of these texts, oldest first. Reads every file.
    pub fn runs(&self, typed: &[String]) -> Result<Vec<PastRun>, JournalError> {
        undone::runs(&Files::list(&self.dir)?, typed)
    }

    /// Every membership that these runs set out to change, with all that was done to it since. Reads every file.
    pub fn trace(&self, runs: &BTreeSet<String>) -> Result<BTreeMap<Target, Vec<Traced>>, JournalError> {
        undone::trace(&Files::list(&self.dir)?, runs)
    }

    /// What was decided of a target, ever. It is read once, and kept: every file from end to end, but only
    /// decisions are parsed, so that it takes about a second for each gigabyte of journal.
    pub fn decided(&mut self, target: &Target) -> Result<Decided, JournalError> {
        let dir = &self.dir;
        self.kept.decided(target, || {
            let mut decided = Decided::default();
            for path in Files::list(dir)?.from(0) {
                files::each_line(path, |_, raw| {
                    let line = envelope::decision(raw).filter(|line| line.record.target() == Some(target));
                    if let Some(line) = &line {
                        decided.add(line);
                    }
                    Ok(())
                })?;
            }
            Ok(decided)
        })
    }

    /// Checks every line of every file of a state directory, and that `head` is one of them.
    ///
    /// # Errors
    /// [`JournalError::Broken`] with the first break that nobody accepted.
    pub fn verify(dir: &Path, head: Option<&Head>) -> Result<Verified, JournalError> {
        let files = Files::list(&dir.join("journal"))?;
        let reading = reading::read(&files, &Start::of_all(), head.cloned())?;
        let Reading { chain, accepted, .. } = reading;
        let (head, torn) = chain.finish();
        Ok(Verified { head, torn: torn.as_ref().map(Region::describe), accepted })
    }

    /// Every break that nobody accepted, oldest first; what follows from a break is not listed again.
    pub fn breaks(dir: &Path, head: Option<&Head>) -> Result<Vec<Break>, JournalError> {
        accept::breaks(&Files::list(&dir.join("journal"))?, head).map(|(breaks, _)| breaks)
    }

    /// Accepts the breaks that there are now, and nothing that comes later; none where nothing is broken.
    /// The head that it returns must be kept at once.
    pub fn accept(
        dir: &Path,
        head: Option<&Head>,
        at: Timestamp,
        by: &str,
        reason: &str,
    ) -> Result<Option<Accepted>, JournalError> {
        accept::accept(&dir.join("journal"), head, at, by, reason)
    }

    fn write(&mut self, at: Timestamp, records: &[Record]) -> Result<Vec<u64>, JournalError> {
        let mut open = self.open.clone();
        let mut head = self.head.clone();
        let file = self.appender.file(Month::of(at))?;
        let mut text = Vec::new();
        let mut first = file.is_empty().then(|| open.iter().copied().collect::<Vec<_>>());
        let closing = self.torn.as_ref().map(|region| Record::Crash(region.closing(&self.head)));
        if let Some(region) = &self.torn {
            head.hash = region.hash();
        }
        let mut seqs = Vec::with_capacity(records.len());
        for record in closing.iter().chain(records) {
            let seq = head.count + 1;
            let line = record::write(at, seq, &head.hash, record, first.take().unwrap_or_default())?;
            head = Head { count: seq, hash: record::hash(line.as_bytes()) };
            text.extend_from_slice(line.as_bytes());
            text.push(b'\n');
            record::track(&mut open, seq, record);
            seqs.push(seq);
        }
        file.append(text)?;
        for (seq, record) in seqs.iter().zip(closing.iter().chain(records)) {
            self.kept.add(Line { at, seq: *seq, record: record.clone() });
        }
        seqs.drain(..usize::from(closing.is_some()));
        self.torn = None;
        self.open = open;
        self.head = head;
        Ok(seqs)
    }
}

fn lines_since(dir: &Path, is_broken: bool, time: Timestamp) -> Result<Vec<Line>, JournalError> {
    let files = Files::list(dir)?;
    if is_broken { reading::readable_since(&files, time) } else { reading::lines_since(&files, time) }
}

#[cfg(test)]
mod tests;
