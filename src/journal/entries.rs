//! The journal as people read it: beside a running process, and whatever state it is in.

use std::ops::ControlFlow;
use std::path::Path;

use jiff::Timestamp;

use super::envelope;
use super::error::JournalError;
use super::files::{self, Files, Month};
use super::record::Line;

/// A line, with what ties it to the one before.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The line.
    pub line: Line,
    /// Its `prev`.
    pub prev: String,
}

/// Calls with each line of a state directory that was written at or after a time, oldest first, until told to stop.
///
/// Needs no lock and checks no chain: [`super::Journal::verify`] does. What is no record is passed over:
/// torn bytes, and a last line that another process is writing at this moment.
///
/// # Errors
/// When a file cannot be read.
pub fn each_entry(
    dir: &Path,
    since: Option<Timestamp>,
    mut take: impl FnMut(Entry) -> ControlFlow<()>,
) -> Result<(), JournalError> {
    let files = Files::list(&dir.join("journal"))?;
    let first = since.map_or(0, |time| files.not_before(Month::of(time)));
    let mut is_done = false;
    for path in files.from(first) {
        files::each_line(path, |_, raw| {
            let envelope = if is_done { None } else { envelope::envelope(raw).ok() };
            if let Some(envelope) = envelope.filter(|envelope| since.is_none_or(|time| envelope.at >= time)) {
                let entry = Entry { prev: envelope.prev.clone(), line: envelope.line(raw) };
                is_done = take(entry).is_break();
            }
            Ok(())
        })?;
        if is_done {
            break;
        }
    }
    Ok(())
}
