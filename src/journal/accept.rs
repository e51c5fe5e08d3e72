//! Accepting a break: one line that vouches for everything before it, as it is.

use std::path::Path;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::envelope;
use super::error::JournalError;
use super::files::{self, Appender, Files, Month, Place};
use super::reading::Reading;
use super::record::{self, Acceptance, Break, Head, Line, Record};

/// Breaks that an acceptance lists. It covers all of them; a journal of garbage must not make an endless line.
const LISTED: usize = 20;

/// What was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The line that says so, to be kept as the head.
    pub head: Head,
    /// What was broken, all of it.
    pub breaks: Vec<Break>,
}

/// An acceptance that holds, and where it stands.
#[derive(Debug)]
pub(super) struct Boundary {
    pub(super) index: usize,
    pub(super) place: Place,
    pub(super) line: Line,
}

/// The acceptances that there are.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The last one whose `prev` is the hash of what stands before it.
    pub(super) valid: Option<Boundary>,
    /// The last one, where its `prev` is not.
    void: Option<Place>,
}

/// The hash of every line so far, and of the names of their files.
#[derive(Debug, Clone, Default)]
struct Everything {
    hasher: Sha256,
}

/// Looks through every file for acceptances, and whether they hold.
pub(super) fn find(files: &Files) -> Result<Found, JournalError> {
    let mut found = Found::default();
    let mut everything = Everything::default();
    for (index, path) in files.indexed(0) {
        files::each_line(path, |place, raw| {
            if let Some(envelope) = envelope::acceptance(raw) {
                if envelope.prev == everything.hash() {
                    let line = envelope.line(raw);
                    found = Found { valid: Some(Boundary { index, place: place.clone(), line }), void: None };
                } else {
                    found.void = Some(place.clone());
                }
            }
            everything.add(path, place, raw);
            Ok(())
        })?;
    }
    Ok(found)
}

/// Every break that no acceptance covers, and the highest number so far.
pub(super) fn breaks(files: &Files, head: Option<&Head>) -> Result<(Vec<Break>, u64), JournalError> {
    let valid = find(files)?.valid.filter(|boundary| boundary.is_known_to(head).is_ok());
    let index = valid.as_ref().map_or(0, |boundary| boundary.index);
    let reading = Reading::noting(valid.as_ref(), head.cloned()).through(files, index)?;
    Ok(reading.breaks())
}

/// Accepts what is broken now, if anything is.
pub(super) fn accept(
    dir: &Path,
    head: Option<&Head>,
    at: Timestamp,
    by: &str,
    reason: &str,
) -> Result<Option<Accepted>, JournalError> {
    let files = Files::list(dir)?;
    let (breaks, highest) = breaks(&files, head)?;
    if breaks.is_empty() {
        return Ok(None);
    }
    let open = Reading::noting(None, None).through(&files, 0)?.intents.into_keys().collect();
    let listed = breaks.iter().take(LISTED).cloned().collect();
    let acceptance = Acceptance { by: by.to_owned(), reason: reason.to_owned(), breaks: listed };
    let seq = highest.max(head.map_or(0, |head| head.count)) + 1;
    let prev = all_of(&files)?;
    let mut line = record::write(at, seq, &prev, &Record::Acceptance(acceptance), open)?.into_bytes();
    let hash = record::hash(&line);
    line.push(b'\n');
    Appender::new(dir, files.last())?.file(Month::of(at))?.append(line)?;
    Ok(Some(Accepted { head: Head { count: seq, hash }, breaks }))
}

fn all_of(files: &Files) -> Result<String, JournalError> {
    let mut everything = Everything::default();
    for path in files.from(0) {
        files::each_line(path, |place, raw| {
            everything.add(path, place, raw);
            Ok(())
        })?;
    }
    Ok(everything.hash())
}

impl Found {
    /// What is said of a break, where it was accepted and the acceptance no longer holds.
    pub(super) fn with_void(&self, what: String) -> String {
        match &self.void {
            Some(place) => format!("{what} (the acceptance at {place} is of what stood here before)"),
            None => what,
        }
    }
}

impl Boundary {
    /// Whether the head kept elsewhere knows it. rosterd moves that head to an acceptance at once.
    pub(super) fn is_known_to(&self, head: Option<&Head>) -> Result<(), JournalError> {
        match head {
            Some(head) if head.count < self.line.seq => Err(self.place.broken(
                "it accepts a break, and the state knows nothing of it: rosterd did not write it, or was \
                 interrupted as it did",
            )),
            _ => Ok(()),
        }
    }
}

impl Everything {
    fn add(&mut self, file: &Path, place: &Place, raw: &[u8]) {
        if place.line() == 1 {
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
            self.part(b'f', name.unwrap_or_default().as_bytes());
        }
        self.part(b'l', raw);
    }

    /// Every part is preceded by its kind and its length, so that no two lists of parts hash the same bytes.
    fn part(&mut self, kind: u8, bytes: &[u8]) {
        self.hasher.update([kind]);
        self.hasher.update((bytes.len() as u64).to_be_bytes());
        self.hasher.update(bytes);
    }

    fn hash(&self) -> String {
        record::hex(self.hasher.clone().finalize().as_slice())
    }
}
