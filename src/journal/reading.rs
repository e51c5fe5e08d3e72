//! Reading the files as one chain: strictly, or taking note of every break.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;

use super::accept::{self, Boundary};
use super::chain::Chain;
use super::envelope::{self, Envelope};
use super::error::JournalError;
use super::files::{self, Files, Month, Place, Start};
use super::record::{Break, Head, Line};

/// Numbers beyond this were never given out; a line that was tampered with may claim one.
const HIGHEST: u64 = 1 << 53;

/// A pass over files, oldest first.
pub(super) struct Reading {
    pub(super) chain: Chain,
    /// A line that must be among them.
    expected: Option<Head>,
    met: bool,
    /// Intents without an outcome.
    pub(super) intents: BTreeMap<u64, Line>,
    /// Intents without an outcome that stand before the first line.
    pub(super) older: BTreeSet<u64>,
    any: bool,
    /// The acceptance at which the reading began.
    pub(super) accepted: Option<Line>,
    /// The file in which it began, and how many lines of that it passes over.
    index: usize,
    skipped: u64,
    /// The breaks, where they are noted rather than reported.
    noted: Option<Vec<Break>>,
    /// The highest number of any line.
    highest: u64,
}

/// Reads everything from a start on. Where an acceptance vouches for a break, it reads from that acceptance on.
pub(super) fn read(files: &Files, start: &Start, head: Option<Head>) -> Result<Reading, JournalError> {
    let strict = Reading::new(start.link.clone(), head.clone()).through(files, start.index);
    let Err(JournalError::Broken { file, line, what }) = strict else { return strict };
    let found = accept::find(files)?;
    match found.valid {
        Some(boundary) if boundary.index >= start.index => {
            boundary.is_known_to(head.as_ref())?;
            Reading::after(&boundary, head).through(files, boundary.index)
        }
        _ => {
            let what = found.with_void(what);
            Err(JournalError::Broken { file, line, what })
        }
    }
}

/// The lines written at or after a time, of the files that may hold some.
pub(super) fn lines_since(files: &Files, time: Timestamp) -> Result<Vec<Line>, JournalError> {
    fold(files, time, &Vec::new, &|lines, line| lines.push(line))
}

/// The same of a journal that is broken: whatever can be read counts.
pub(super) fn readable_since(files: &Files, time: Timestamp) -> Result<Vec<Line>, JournalError> {
    let mut lines = Vec::new();
    for path in files.from(files.not_before(Month::of(time))) {
        files::each_line(path, |_, raw| {
            let envelope = envelope::envelope(raw).ok().filter(|envelope| envelope.at >= time);
            lines.extend(envelope.map(|envelope| envelope.line(raw)));
            Ok(())
        })?;
    }
    Ok(lines)
}

/// Makes one thing of the lines written at or after a time, without keeping them. It begins anew from `start`
/// where an acceptance turns out to vouch for a break.
pub(super) fn fold<T>(
    files: &Files,
    time: Timestamp,
    start: &dyn Fn() -> T,
    take: &dyn Fn(&mut T, Line),
) -> Result<T, JournalError> {
    let strict = fold_after(files, time, None, start(), take);
    let Err(JournalError::Broken { .. }) = strict else { return strict };
    match accept::find(files)?.valid {
        Some(boundary) => fold_after(files, time, Some(&boundary), start(), take),
        None => strict,
    }
}

/// Before the boundary, whatever can be read counts: what may have been done must not be forgotten.
fn fold_after<T>(
    files: &Files,
    time: Timestamp,
    accepted: Option<&Boundary>,
    mut made: T,
    take: &dyn Fn(&mut T, Line),
) -> Result<T, JournalError> {
    let mut chain = Chain::new(None);
    for (index, path) in files.indexed(files.not_before(Month::of(time))) {
        files::each_line(path, |place, raw| {
            let is_accepted = accepted.is_some_and(|boundary| boundary.covers(index, place));
            let envelope = if is_accepted { envelope::envelope(raw).ok() } else { chain.take(place, raw)? };
            if let Some(envelope) = envelope.filter(|envelope| envelope.at >= time) {
                take(&mut made, envelope.line(raw));
            }
            Ok(())
        })?;
    }
    Ok(made)
}

impl Reading {
    /// Will read after a line; after none, whatever comes first.
    fn new(link: Option<Head>, expected: Option<Head>) -> Self {
        let met = expected.is_none() || expected == link;
        Self {
            chain: Chain::new(link),
            expected,
            met,
            intents: BTreeMap::new(),
            older: BTreeSet::new(),
            any: false,
            accepted: None,
            index: 0,
            skipped: 0,
            noted: None,
            highest: 0,
        }
    }

    /// Will read from an acceptance on.
    fn after(boundary: &Boundary, expected: Option<Head>) -> Self {
        let skipped = boundary.place.line().saturating_sub(1);
        Self { accepted: Some(boundary.line.clone()), skipped, ..Self::new(None, expected) }
    }

    /// Will read everything, or what follows an acceptance, and stop at no break.
    pub(super) fn noting(boundary: Option<&Boundary>, expected: Option<Head>) -> Self {
        let reading = match boundary {
            Some(boundary) => Self::after(boundary, expected),
            None => Self::new(Some(Head::start()), expected),
        };
        Self { noted: Some(Vec::new()), ..reading }
    }

    /// Reads the files from an index on.
    pub(super) fn through(mut self, files: &Files, index: usize) -> Result<Self, JournalError> {
        self.index = index;
        for (at, path) in files.indexed(index) {
            let skipped = if at == index { self.skipped } else { 0 };
            self.file(path, skipped)?;
        }
        self.finish(files)
    }

    /// How many files may hold the intents of `older`: those before the first, and that itself where the
    /// reading began in its middle.
    pub(super) fn first_file(&self) -> usize {
        self.index + usize::from(self.accepted.is_some())
    }

    /// The breaks that were noted, and the highest number so far.
    pub(super) fn breaks(self) -> (Vec<Break>, u64) {
        (self.noted.unwrap_or_default(), self.highest)
    }

    fn file(&mut self, path: &Path, skipped: u64) -> Result<(), JournalError> {
        files::each_line(path, |place, raw| {
            if place.line() <= skipped {
                return Ok(());
            }
            let envelope = match self.chain.take(place, raw) {
                Ok(envelope) => envelope,
                Err(error) => {
                    self.note(error)?;
                    self.chain.resume(raw)
                }
            };
            match envelope {
                Some(envelope) => self.account(place, raw, envelope),
                None => Ok(()),
            }
        })
    }

    fn account(&mut self, place: &Place, raw: &[u8], envelope: Envelope) -> Result<(), JournalError> {
        if !self.any {
            self.any = true;
            self.older.extend(&envelope.open);
        }
        if envelope.seq < HIGHEST {
            self.highest = self.highest.max(envelope.seq);
        }
        if let Err(error) = self.check_head(place) {
            self.note(error)?;
        }
        let (seq, is_intent) = (envelope.seq, envelope.kind == "intent");
        match envelope.settles(raw) {
            Some(of) => {
                self.older.remove(&of);
                self.intents.remove(&of);
            }
            None if is_intent => {
                self.intents.insert(seq, envelope.line(raw));
            }
            None => (),
        }
        Ok(())
    }

    fn check_head(&mut self, place: &Place) -> Result<(), JournalError> {
        let Some(expected) = &self.expected else { return Ok(()) };
        let head = self.chain.head();
        if head.count == expected.count {
            self.met = true;
            if head.hash != expected.hash {
                return Err(place.broken(
                    "this is not the line that was written: its hash differs from the one kept in the state",
                ));
            }
        }
        Ok(())
    }

    fn finish(mut self, files: &Files) -> Result<Self, JournalError> {
        if let Err(error) = self.chain.check_end() {
            self.note(error)?;
        }
        if let Some(expected) = self.expected.as_ref().filter(|_| !self.met) {
            let left = match self.chain.head().count {
                0 => "no line of the journal is left".to_owned(),
                last => format!("the journal ends with line number {last}"),
            };
            let cut = format!("{left}, but {} were written: its end was cut off", expected.count);
            self.highest = self.highest.max(expected.count);
            self.note(files.end()?.broken(&cut))?;
        }
        Ok(self)
    }

    /// Keeps a break where breaks are noted; else it is the error that ends the reading.
    fn note(&mut self, error: JournalError) -> Result<(), JournalError> {
        match (&mut self.noted, error) {
            (Some(noted), JournalError::Broken { file, line, what }) => {
                let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
                noted.push(Break { file: name.unwrap_or_default(), line, what });
                Ok(())
            }
            (_, error) => Err(error),
        }
    }
}

impl Boundary {
    /// Whether a place stands before it.
    fn covers(&self, index: usize, place: &Place) -> bool {
        (index, place.line()) < (self.index, self.place.line())
    }
}
