//! The text of a file, and how to show a place in it.

use std::cell::Cell;
use std::fs::File;
use std::io::Read as _;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::complaint::{At, Complaint, Complaints, Excerpt, Spot, shown};

/// A larger file is refused: no roster or configuration has this size, and it would have to fit in memory.
pub const MAX_BYTES: u64 = 64 << 20;

/// Characters kept of a line, and how many of them before the place that is meant. What fits on a
/// terminal is cut when it is drawn; this only keeps a file of one line out of every complaint.
const SHOWN: usize = 400;
const SHOWN_BEFORE: usize = 200;

/// A file's text, under the name that people see.
#[derive(Debug)]
pub struct Source {
    name: Arc<str>,
    text: String,
    line_starts: OnceLock<Vec<usize>>,
    /// The place that was asked for last: its line's start, its own, and the characters between the two.
    /// A line may be the whole file, and what is wrong is mostly found from left to right.
    last: Cell<(usize, usize, usize)>,
}

impl Source {
    /// Text that is already here. A byte order mark is dropped.
    #[must_use]
    pub fn new(name: &str, mut text: String) -> Self {
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        Self { name: name.into(), text, line_starts: OnceLock::new(), last: Cell::default() }
    }

    /// Reads a file; one that cannot be read, is too large or is not UTF-8 is a complaint.
    pub fn read(path: &Path, name: &str, complaints: &mut Complaints) -> Option<Self> {
        match read_capped(path, MAX_BYTES) {
            Ok(bytes) => Self::from_bytes(name, bytes, complaints),
            Err(error) => {
                let complaint = Complaint::about(name, format!("cannot be read: {error}"));
                complaints.push(
                    complaint.help("rosterd must be able to read this file; see its path and its mode"),
                );
                None
            }
        }
    }

    /// Bytes that are already here; too many, or no UTF-8, is a complaint.
    pub fn from_bytes(name: &str, bytes: Vec<u8>, complaints: &mut Complaints) -> Option<Self> {
        if bytes.len() as u64 > MAX_BYTES {
            let complaint = Complaint::about(name, format!("is larger than {} MiB", MAX_BYTES >> 20));
            complaints.push(complaint.help("split it into several files"));
            return None;
        }
        match String::from_utf8(bytes) {
            Ok(text) => Some(Self::new(name, text)),
            Err(error) => {
                complaints.push(not_utf8(name, error.as_bytes(), error.utf8_error().valid_up_to()));
                None
            }
        }
    }

    /// The name that people see.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The text, without a byte order mark.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line, from 1, on which a byte stands.
    #[must_use]
    pub fn line_of(&self, offset: usize) -> usize {
        self.line_starts().partition_point(|start| *start <= offset)
    }

    /// The place of some bytes, with the line they begin on. Any range is taken.
    #[must_use]
    pub fn at(&self, span: Range<usize>) -> At {
        let start = self.text.floor_char_boundary(span.start);
        let line = self.line_of(start);
        let line_start = self.line_starts().get(line - 1).copied().unwrap_or(0);
        let line_end = self.line_starts().get(line).map_or(self.text.len(), |next| next - 1);
        let whole = self.text.get(line_start..line_end).unwrap_or("");
        let whole = whole.strip_suffix('\r').unwrap_or(whole);
        let first = (start - line_start).min(whole.len());
        let last = whole.ceil_char_boundary(span.end.saturating_sub(line_start).clamp(first, whole.len()));
        let column = self.characters(line_start, line_start + first) + 1;
        let excerpt = excerpt(whole, first..last);
        At { file: Arc::clone(&self.name), spot: Some(Spot { line, column, excerpt }) }
    }

    /// The characters between the start of a line and a place on it.
    fn characters(&self, line_start: usize, place: usize) -> usize {
        let (from, before) = match self.last.get() {
            (line, last, before) if line == line_start && last <= place => (last, before),
            _ => (line_start, 0),
        };
        let characters = before + self.text.get(from..place).unwrap_or("").chars().count();
        self.last.set((line_start, place, characters));
        characters
    }

    /// Where lines start; never empty.
    fn line_starts(&self) -> &[usize] {
        self.line_starts.get_or_init(|| {
            let ends = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(ends.map(|(end, _)| end + 1)).collect()
        })
    }
}

/// The part of a line around the marked bytes, made harmless.
fn excerpt(line: &str, marked: Range<usize>) -> Option<Excerpt> {
    let (before, rest) = (line.get(..marked.start)?, line.get(marked.end..)?);
    let meant = line.get(marked)?;
    // From the end: a line may be the whole file.
    let cut = before.char_indices().rev().nth(SHOWN_BEFORE - 1).map_or(0, |(at, _)| at);
    let before = before.get(cut..)?;
    let room = SHOWN - before.chars().count();
    let mut text: String = if cut > 0 { "…".into() } else { String::new() };
    text.extend(before.chars().map(shown));
    let start = text.len();
    text.extend(meant.chars().take(room).map(shown));
    let end = text.len();
    let room = room - meant.chars().take(room).count();
    text.extend(rest.chars().take(room).map(shown));
    if rest.chars().nth(room).is_some() {
        text.push('…');
    }
    Some(Excerpt { text: text.into(), marked: start..end })
}

/// Reads a file, one byte more than may be at most, so that a device or a pipe cannot fill the memory.
pub(crate) fn read_capped(path: &Path, most: u64) -> std::io::Result<Vec<u8>> {
    // Before it is opened: opening a pipe would wait for whoever writes to it.
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(std::io::Error::other("it is not a regular file"));
    }
    let size = metadata.len().min(most);
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn not_utf8(name: &str, bytes: &[u8], valid: usize) -> Complaint {
    let before = String::from_utf8_lossy(bytes.get(..valid).unwrap_or(&[])).into_owned();
    let end = before.len();
    let mut at = Source::new(name, before).at(end..end);
    if let Some(spot) = &mut at.spot {
        spot.excerpt = None;
    }
    Complaint::new(at, "this is not UTF-8 text").help("save the file in the encoding UTF-8")
}
