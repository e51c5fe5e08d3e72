//! The month files: which there are, reading them line by line, appending to the newest.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::{Timestamp, tz::TimeZone};

use super::envelope::{self, Envelope};
use super::error::JournalError;
use super::record::{self, Head, Line};

/// The month that names a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Month {
    year: i16,
    month: i8,
}

/// A line of a file.
#[derive(Debug, Clone)]
pub(super) struct Place {
    file: PathBuf,
    line: u64,
    /// Whether it ends with a newline.
    ended: bool,
}

/// The files that there are, oldest first.
pub(super) struct Files {
    dir: PathBuf,
    paths: Vec<(Month, PathBuf)>,
}

/// Where a reader that wants the newest lines begins, and the line that comes before.
pub(super) struct Start {
    pub(super) index: usize,
    pub(super) link: Option<Head>,
}

/// Appends to the newest file, and begins new ones.
#[derive(Debug)]
pub(super) struct Appender {
    dir: PathBuf,
    last: Option<Month>,
    /// What the newest file was when it was read.
    seen: Option<Identity>,
    file: Option<OpenFile>,
}

/// A file that is appended to.
#[derive(Debug)]
pub(super) struct OpenFile {
    month: Month,
    path: PathBuf,
    file: File,
    seen: Identity,
}

/// What tells a file from another, or from itself after somebody else wrote to it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    length: u64,
    /// Whether it ends with a newline, or is empty.
    terminated: bool,
}

impl Month {
    /// The month of a time, in UTC.
    pub(super) fn of(time: Timestamp) -> Self {
        let date = time.to_zoned(TimeZone::UTC).date();
        Self { year: date.year().max(0), month: date.month() }
    }

    fn file_name(self) -> String {
        format!("{:04}-{:02}.jsonl", self.year, self.month)
    }

    fn parse(name: &str) -> Option<Self> {
        let (year, month) = name.strip_suffix(".jsonl")?.split_once('-')?;
        let parsed = Self { year: year.parse().ok()?, month: month.parse().ok()? };
        // Only the one spelling, so that no two files are the same month.
        (parsed.file_name() == name && (1..=12).contains(&parsed.month)).then_some(parsed)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

impl Start {
    /// The beginning of everything.
    pub(super) fn of_all() -> Self {
        Self { index: 0, link: Some(Head::start()) }
    }
}

impl Place {
    /// A line that was seen before.
    pub(super) fn new(file: PathBuf, line: u64) -> Self {
        Self { file, line, ended: false }
    }

    /// Whether it ends with a newline, as every line does that was written to its end.
    pub(super) fn is_ended(&self) -> bool {
        self.ended
    }

    /// Its number in its file, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// The error that this line is not what was written.
    pub(super) fn broken(&self, what: &str) -> JournalError {
        JournalError::Broken { file: self.file.clone(), line: self.line, what: what.to_owned() }
    }
}

impl Files {
    /// The files of a journal; none when there is no directory yet.
    pub(super) fn list(dir: &Path) -> Result<Self, JournalError> {
        let mut paths = Vec::new();
        let entries = match fs::read_dir(dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Self { dir: dir.to_owned(), paths });
            }
            Err(error) => return Err(JournalError::io("read the directory", dir)(error)),
        };
        for entry in entries {
            let entry = entry.map_err(JournalError::io("read the directory", dir))?;
            if let Some(month) = entry.file_name().to_str().and_then(Month::parse) {
                paths.push((month, entry.path()));
            }
        }
        paths.sort();
        Ok(Self { dir: dir.to_owned(), paths })
    }

    /// The files from an index on.
    pub(super) fn from(&self, index: usize) -> impl Iterator<Item = &Path> {
        self.paths.iter().skip(index).map(|(_, path)| path.as_path())
    }

    /// The files from an index on, with their indices.
    pub(super) fn indexed(&self, index: usize) -> impl Iterator<Item = (usize, &Path)> {
        self.paths.iter().enumerate().skip(index).map(|(at, (_, path))| (at, path.as_path()))
    }

    /// The first file of a month or later. No line is in a file older than its own month.
    pub(super) fn not_before(&self, month: Month) -> usize {
        self.paths.partition_point(|(of, _)| *of < month)
    }

    /// The newest file.
    pub(super) fn last(&self) -> Option<(Month, &Path)> {
        self.paths.last().map(|(month, path)| (*month, path.as_path()))
    }

    /// The end of the newest file, to say where something is missing.
    pub(super) fn end(&self) -> Result<Place, JournalError> {
        let mut end = Place { file: self.dir.clone(), line: 0, ended: false };
        if let Some((_, path)) = self.last() {
            path.clone_into(&mut end.file);
            each_line(path, |place, _| {
                end.line = place.line;
                Ok(())
            })?;
        }
        Ok(end)
    }

    /// The newest file whose beginning ties it to the one before, and that is old enough to hold `head`.
    pub(super) fn start(&self, head: Option<&Head>) -> Result<Start, JournalError> {
        for index in (1..self.paths.len()).rev() {
            let Some(first) = first_envelope(&self.paths[index].1)? else { continue };
            if head.is_some_and(|head| first.seq > head.count) {
                continue;
            }
            // Where the file before ends with a torn line, its beginning has to be read as well.
            if let Some(link) = last_head(&self.paths[index - 1].1)? {
                return Ok(Start { index, link: Some(link) });
            }
        }
        Ok(Start::of_all())
    }

    /// Fetches intents out of the files before an index.
    pub(super) fn find(
        &self,
        before: usize,
        wanted: &BTreeSet<u64>,
        found: &mut BTreeMap<u64, Line>,
    ) -> Result<(), JournalError> {
        let mut left = wanted.clone();
        for (_, path) in self.paths.iter().take(before).rev() {
            if left.is_empty() {
                break;
            }
            each_line(path, |_, raw| {
                if let Ok(envelope) = envelope::envelope(raw)
                    && envelope.kind == "intent"
                    && left.remove(&envelope.seq)
                {
                    found.insert(envelope.seq, envelope.line(raw));
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// Calls with each line of a file, without its newline.
pub(super) fn each_line(
    path: &Path,
    mut take: impl FnMut(&Place, &[u8]) -> Result<(), JournalError>,
) -> Result<(), JournalError> {
    let file = File::open(path).map_err(JournalError::io("open", path))?;
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut place = Place { file: path.to_owned(), line: 0, ended: false };
    let mut raw = Vec::new();
    loop {
        raw.clear();
        if reader.read_until(b'\n', &mut raw).map_err(JournalError::io("read", path))? == 0 {
            return Ok(());
        }
        place.line += 1;
        place.ended = raw.ends_with(b"\n");
        take(&place, raw.strip_suffix(b"\n").unwrap_or(&raw))?;
    }
}

fn first_envelope(path: &Path) -> Result<Option<Envelope>, JournalError> {
    let file = File::open(path).map_err(JournalError::io("open", path))?;
    let mut raw = Vec::new();
    BufReader::new(file).read_until(b'\n', &mut raw).map_err(JournalError::io("read", path))?;
    Ok(envelope::envelope(raw.strip_suffix(b"\n").unwrap_or(&raw)).ok())
}

fn last_head(path: &Path) -> Result<Option<Head>, JournalError> {
    let mut last = Vec::new();
    each_line(path, |_, raw| {
        last.clear();
        last.extend_from_slice(raw);
        Ok(())
    })?;
    let envelope = envelope::envelope(&last).ok();
    Ok(envelope.map(|envelope| Head { count: envelope.seq, hash: record::hash(&last) }))
}

impl Appender {
    /// Will append after what the newest file holds now. Creates nothing yet.
    pub(super) fn new(dir: &Path, newest: Option<(Month, &Path)>) -> Result<Self, JournalError> {
        let seen = match newest {
            Some((_, path)) => {
                let mut file = File::open(path).map_err(JournalError::io("open", path))?;
                Some(Identity::of(&mut file).map_err(JournalError::io("read", path))?)
            }
            None => None,
        };
        Ok(Self { dir: dir.to_owned(), last: newest.map(|(month, _)| month), seen, file: None })
    }

    /// The file for lines of a month, or the newest where the clock went back.
    pub(super) fn file(&mut self, month: Month) -> Result<&mut OpenFile, JournalError> {
        let month = self.last.map_or(month, |last| last.max(month));
        let file = match self.file.take() {
            Some(file) if file.month == month => file,
            _ => self.open(month)?,
        };
        Ok(self.file.insert(file))
    }

    fn open(&mut self, month: Month) -> Result<OpenFile, JournalError> {
        self.make_dir()?;
        let path = self.dir.join(month.file_name());
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&path)
            .map_err(JournalError::io("open", &path))?;
        let found = Identity::of(&mut file).map_err(JournalError::io("read", &path))?;
        let as_left = match &self.seen {
            Some(seen) if self.last == Some(month) => *seen == found,
            _ => found.length == 0,
        };
        if !as_left {
            return Err(JournalError::Changed { path });
        }
        sync_dir(&self.dir)?;
        self.last = Some(month);
        Ok(OpenFile { month, path, file, seen: found })
    }

    fn make_dir(&self) -> Result<(), JournalError> {
        if self.dir.is_dir() {
            return Ok(());
        }
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.dir)
            .map_err(JournalError::io("make the directory", &self.dir))?;
        self.dir.parent().map_or(Ok(()), sync_dir)
    }
}

impl OpenFile {
    /// Whether the next line is its first.
    pub(super) fn is_empty(&self) -> bool {
        self.seen.length == 0
    }

    /// Writes whole lines and waits until the disk has them.
    pub(super) fn append(&mut self, mut lines: Vec<u8>) -> Result<(), JournalError> {
        let there = fs::metadata(&self.path).map_err(JournalError::io("find", &self.path))?;
        if (there.dev(), there.ino(), there.len()) != (self.seen.device, self.seen.inode, self.seen.length) {
            return Err(JournalError::Changed { path: self.path.clone() });
        }
        if !self.seen.terminated {
            lines.insert(0, b'\n');
        }
        self.file.write_all(&lines).map_err(JournalError::io("write to", &self.path))?;
        self.file.sync_data().map_err(JournalError::io("sync", &self.path))?;
        self.seen.length += lines.len() as u64;
        self.seen.terminated = true;
        Ok(())
    }
}

impl Identity {
    fn of(file: &mut File) -> std::io::Result<Self> {
        let metadata = file.metadata()?;
        let mut last = [b'\n'];
        if metadata.len() > 0 {
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        Ok(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.len(),
            terminated: last == [b'\n'],
        })
    }
}

/// Makes the names in a directory durable.
fn sync_dir(dir: &Path) -> Result<(), JournalError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(JournalError::io("sync the directory", dir))
}
