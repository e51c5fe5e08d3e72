//! Rows that can be trusted, over a database that can lose some without a word.
//!
//! Every row is JSON of at most 6 KiB. Its large parts are cut into chunks under keys of their own and referred to
//! by number, length and SHA-256. One key holds the count and the combined SHA-256 of all rows, written in the
//! same atomic batch as each change: whatever is missing or differs shows on opening. Chunks are written
//! before the row that refers to them and removed after the row that no longer does: a crash in between
//! leaves chunks that nobody refers to, and the next opening removes them.
//!
//! A database whose end is lost may go back to an earlier state that is whole in itself. So every write is numbered,
//! and a file beside the database holds the number that the last flush has brought to the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::engine::{Engine, KEYS_PER_BATCH, LARGEST_VALUE};
use super::error::StateError;
use super::lock::sync_dir;

/// The form in which rows are stored.
const SCHEMA: u64 = 1;
/// Parts up to this length stand in their row.
const LARGEST_INLINE: usize = 2 << 10;
/// The keys that are no rows begin with these.
const ABOUT: u8 = b'!';
const CHUNKS: u8 = b'~';
const SCHEMA_KEY: &[u8] = b"!schema";
const SUM_KEY: &[u8] = b"!sum";
/// The file that says what was flushed. It lies with sled's own, so that it shares their fate.
const FLUSHED: &str = "flushed";

/// A record: a small head and large texts. Its key begins with a letter.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Row {
    pub(super) head: Value,
    pub(super) parts: Vec<String>,
}

/// A row as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    head: Value,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Part {
    Here(String),
    Chunks { first: u64, count: u64, bytes: u64, sha256: [u8; 32] },
}

/// What all rows come to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Sum {
    rows: u64,
    /// Every row's hash, combined by exclusive or, so that one can be taken out again.
    combined: [u8; 32],
    /// How many times rows were written.
    writes: u64,
}

/// What a writer keeps in mind.
#[derive(Debug, Default)]
struct Books {
    sum: Sum,
    next_chunk: u64,
    /// The number of the last write that is known to be on the disk.
    flushed: u64,
}

/// An open and checked database.
#[derive(Debug)]
pub(super) struct Store {
    engine: Engine,
    books: Mutex<Books>,
}

/// Rows to be written at once.
#[derive(Default)]
struct Pending {
    rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    obsolete: Vec<Part>,
}

impl Store {
    /// Makes an empty database. It takes its place only when it is whole: one without a schema is damaged.
    pub(super) fn create(path: &Path) -> Result<(), StateError> {
        let unfinished = path.with_extension("unfinished");
        match fs::remove_dir_all(&unfinished) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(StateError::io("remove", &unfinished)(error));
            }
            _ => (),
        }
        let engine = Engine::open(&unfinished)?;
        engine.apply([
            (SCHEMA_KEY.to_vec(), Some(encode(&SCHEMA, path)?)),
            (SUM_KEY.to_vec(), Some(encode(&Sum::default(), path)?)),
        ])?;
        engine.flush()?;
        note_flushed(&unfinished, 0)?;
        drop(engine);
        fs::rename(&unfinished, path).map_err(StateError::io("put in place", path))?;
        path.parent().map_or(Ok(()), sync_dir)
    }

    /// Opens a database and checks every row of it.
    pub(super) fn open(path: &Path) -> Result<Self, StateError> {
        let attempt = || Engine::open(path).and_then(Self::checked);
        match attempt() {
            Err(StateError::Damaged { .. }) if Engine::remove_snapshots(path)? => attempt(),
            result => result,
        }
    }

    /// One row.
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Row>, StateError> {
        let value = self.engine.get(key)?;
        value.map(|value| self.whole(self.decode(&value)?)).transpose()
    }

    /// All rows whose keys begin so.
    pub(super) fn scan(&self, prefix: &[u8]) -> impl Iterator<Item = Result<Row, StateError>> {
        self.engine.scan(prefix).map(|pair| self.whole(self.decode(&pair?.1)?))
    }

    /// The heads of all rows whose keys begin so.
    pub(super) fn heads(&self, prefix: &[u8]) -> impl Iterator<Item = Result<Value, StateError>> {
        self.engine.scan(prefix).map(|pair| Ok(self.decode::<Stored>(&pair?.1)?.head))
    }

    /// Writes rows, or removes them where none is given, in this order. Each changes whole or not at all.
    /// What is large and as it was is not written again.
    pub(super) fn write(
        &self,
        changes: impl IntoIterator<Item = (Vec<u8>, Option<Row>)>,
    ) -> Result<(), StateError> {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let mut pending = Pending::default();
        for (key, row) in changes {
            // One key is left for the sum. A row that is there twice needs what the first one left.
            if pending.rows.len() + 1 >= KEYS_PER_BATCH || pending.rows.contains_key(&key) {
                self.commit(&mut books, std::mem::take(&mut pending))?;
            }
            let old = self.engine.get(&key)?.map(|value| self.decode::<Stored>(&value)).transpose()?;
            let old = old.map(|stored| stored.parts).unwrap_or_default();
            let new = row.map(|row| self.store(&mut books, row, &old)).transpose()?;
            let kept = new.as_ref().map_or(&[][..], |stored| &stored.parts);
            pending.obsolete.extend(old.into_iter().filter(|part| !kept.contains(part)));
            let value = new.map(|stored| encode(&stored, self.engine.path())).transpose()?;
            pending.rows.insert(key, value);
        }
        self.commit(&mut books, pending)
    }

    /// Waits until the disk has everything, and leaves word of it.
    pub(super) fn flush(&self) -> Result<(), StateError> {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        if books.flushed == books.sum.writes {
            return Ok(());
        }
        self.engine.flush()?;
        note_flushed(self.engine.path(), books.sum.writes)?;
        books.flushed = books.sum.writes;
        Ok(())
    }

    pub(super) fn damaged(&self, what: String) -> StateError {
        StateError::Damaged { path: self.engine.path().to_owned(), what }
    }

    fn decode<T: DeserializeOwned>(&self, value: &[u8]) -> Result<T, StateError> {
        serde_json::from_slice(value).map_err(|error| self.damaged(format!("a row cannot be read ({error})")))
    }

    /// Puts a row's large parts into chunks, but for those that are there already.
    fn store(&self, books: &mut Books, row: Row, old: &[Part]) -> Result<Stored, StateError> {
        let mut parts = Vec::with_capacity(row.parts.len());
        for text in row.parts {
            if text.len() <= LARGEST_INLINE {
                parts.push(Part::Here(text));
                continue;
            }
            let sha: [u8; 32] = Sha256::digest(&text).into();
            let there = |part: &&Part| matches!(part, Part::Chunks { sha256, .. } if *sha256 == sha);
            parts.push(match old.iter().find(there) {
                Some(part) => part.clone(),
                None => self.cut(books, text.as_bytes(), sha)?,
            });
        }
        Ok(Stored { head: row.head, parts })
    }

    fn cut(&self, books: &mut Books, text: &[u8], sha256: [u8; 32]) -> Result<Part, StateError> {
        let first = books.next_chunk;
        for chunks in text.chunks(LARGEST_VALUE * KEYS_PER_BATCH) {
            let chunks = chunks.chunks(LARGEST_VALUE).map(|chunk| {
                books.next_chunk += 1;
                (chunk_key(books.next_chunk - 1), Some(chunk.to_vec()))
            });
            self.engine.apply(chunks)?;
        }
        Ok(Part::Chunks { first, count: books.next_chunk - first, bytes: text.len() as u64, sha256 })
    }

    /// Writes rows together with the sum of all rows after it.
    fn commit(&self, books: &mut Books, pending: Pending) -> Result<(), StateError> {
        if pending.rows.is_empty() {
            return Ok(());
        }
        let mut sum = books.sum.clone();
        sum.writes = sum.writes.saturating_add(1);
        for (key, value) in &pending.rows {
            if let Some(old) = self.engine.get(key)? {
                sum.take_out(key, &old);
            }
            if let Some(value) = value {
                sum.put_in(key, value);
            }
        }
        let sum_row = (SUM_KEY.to_vec(), Some(encode(&sum, self.engine.path())?));
        self.engine.apply(pending.rows.into_iter().chain([sum_row]))?;
        books.sum = sum;
        self.remove_chunks(pending.obsolete.iter().flat_map(Part::numbers))
    }

    fn remove_chunks(&self, numbers: impl Iterator<Item = u64>) -> Result<(), StateError> {
        let numbers: Vec<_> = numbers.collect();
        numbers.chunks(KEYS_PER_BATCH).try_for_each(|numbers| {
            self.engine.apply(numbers.iter().map(|number| (chunk_key(*number), None)))
        })
    }

    fn whole(&self, stored: Stored) -> Result<Row, StateError> {
        let parts = stored.parts.into_iter().map(|part| self.part(part)).collect::<Result<_, _>>()?;
        Ok(Row { head: stored.head, parts })
    }

    fn part(&self, part: Part) -> Result<String, StateError> {
        let numbers = part.numbers();
        let (bytes, sha256) = match part {
            Part::Here(text) => return Ok(text),
            Part::Chunks { bytes, sha256, .. } => (bytes, sha256),
        };
        let mut text = Vec::new();
        for number in numbers {
            let chunk = self.engine.get(&chunk_key(number))?;
            text.extend(chunk.ok_or_else(|| self.damaged("a part of a record is missing".into()))?);
        }
        if text.len() as u64 != bytes || <[u8; 32]>::from(Sha256::digest(&text)) != sha256 {
            return Err(self.damaged("a part of a record is not what was written".into()));
        }
        String::from_utf8(text).map_err(|_| self.damaged("a part of a record is no text".into()))
    }
    /// Compares every row with the sum, and removes chunks that a crash left.
    fn checked(engine: Engine) -> Result<Self, StateError> {
        // As long as the books are empty, a store that is dropped has nothing to flush.
        let mut store = Self { engine, books: Mutex::default() };
        store.check_schema()?;
        let (mut sum, mut referred) = (Sum::default(), BTreeSet::new());
        let mut chunks = Vec::new();
        for pair in store.engine.scan(&[]) {
            let (key, value) = pair?;
            match key.first() {
                None | Some(&ABOUT) => (),
                Some(&CHUNKS) => chunks.extend(chunk_number(&key)),
                Some(_) => {
                    sum.put_in(&key, &value);
                    let stored = store.decode::<Stored>(&value)?;
                    let numbers: Vec<_> = stored.parts.iter().map(Part::numbers).collect();
                    store.whole(stored)?;
                    // Only now is it known that these are numbers of chunks that are there.
                    referred.extend(numbers.into_iter().flatten());
                }
            }
        }
        let kept = store.engine.get(SUM_KEY)?.ok_or_else(|| store.damaged("its sum is missing".into()))?;
        let kept = store.decode::<Sum>(&kept)?;
        sum.writes = kept.writes;
        if kept != sum {
            return Err(store.damaged(format!("of {} rows {} are there, or others", kept.rows, sum.rows)));
        }
        let flushed = store.flushed()?;
        if flushed > sum.writes {
            return Err(store.damaged(format!("it went back to write number {}", sum.writes)));
        }
        let next_chunk = chunks.last().map_or(0, |last: &u64| last.saturating_add(1));
        store.remove_chunks(chunks.into_iter().filter(|number| !referred.contains(number)))?;
        store.books = Mutex::new(Books { sum, next_chunk, flushed });
        Ok(store)
    }

    fn flushed(&self) -> Result<u64, StateError> {
        let path = self.engine.path().join(FLUSHED);
        match fs::read(&path) {
            Ok(bytes) => self.decode(&bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(self.damaged("the number of its last write is missing".into()))
            }
            Err(error) => Err(StateError::io("read", &path)(error)),
        }
    }

    fn check_schema(&self) -> Result<(), StateError> {
        let found = self.engine.get(SCHEMA_KEY)?;
        let found = found.ok_or_else(|| self.damaged("its version is missing".into()))?;
        match self.decode::<u64>(&found)? {
            SCHEMA => Ok(()),
            found if found > SCHEMA => {
                Err(StateError::Newer { path: self.engine.path().to_owned(), found, known: SCHEMA })
            }
            found => Err(self.damaged(format!("no rosterd ever wrote its version, {found}"))),
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Err(error) = self.flush() {
            tracing::warn!(error = %error, "The last changes of the state may be lost.");
        }
    }
}

impl Part {
    /// The numbers of its chunks.
    fn numbers(&self) -> Range<u64> {
        match self {
            Self::Here(_) => 0..0,
            Self::Chunks { first, count, .. } => *first..first.saturating_add(*count),
        }
    }
}

impl Sum {
    fn put_in(&mut self, key: &[u8], value: &[u8]) {
        self.rows = self.rows.saturating_add(1);
        self.combine(key, value);
    }

    fn take_out(&mut self, key: &[u8], value: &[u8]) {
        self.rows = self.rows.saturating_sub(1);
        self.combine(key, value);
    }

    fn combine(&mut self, key: &[u8], value: &[u8]) {
        // The length keeps a key apart from the value that follows it.
        let hash = Sha256::new().chain_update(key.len().to_be_bytes()).chain_update(key).chain_update(value);
        for (sum, byte) in self.combined.iter_mut().zip(hash.finalize()) {
            *sum ^= byte;
        }
    }
}

fn encode(value: &impl Serialize, path: &Path) -> Result<Vec<u8>, StateError> {
    let bytes = serde_json::to_vec(value).map_err(|error| StateError::io("write to", path)(error.into()))?;
    if bytes.len() > LARGEST_VALUE {
        return Err(StateError::TooLong { bytes: bytes.len() });
    }
    Ok(bytes)
}

fn note_flushed(dir: &Path, writes: u64) -> Result<(), StateError> {
    let path = dir.join(FLUSHED);
    let unfinished = dir.join("flushed.unfinished");
    File::create(&unfinished)
        .and_then(|mut file| write!(file, "{writes}").and_then(|()| file.sync_all()))
        .map_err(StateError::io("write to", &unfinished))?;
    fs::rename(&unfinished, &path).map_err(StateError::io("put in place", &path))?;
    sync_dir(dir)
}

/// Chunks sort by number.
fn chunk_key(number: u64) -> Vec<u8> {
    [&[CHUNKS][..], &number.to_be_bytes()].concat()
}

fn chunk_number(key: &[u8]) -> Option<u64> {
    key.strip_prefix(&[CHUNKS])?.try_into().ok().map(u64::from_be_bytes)
}
