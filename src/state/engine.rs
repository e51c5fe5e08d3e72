//! sled. Nothing outside this file names it.
//!
//! sled 0.34 may panic on damaged files, on opening, reading and closing: here that is an error. It also has to be
//! told to keep its cache and its batches small, and that a flush must reach the disk.

use std::any::Any;
use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::thread;
use std::time::Duration;

use super::error::StateError;

/// Bytes of cache. sled's own default is a gigabyte, and a few megabytes make its memory explode.
const CACHE: u64 = 64 << 20;
/// How often sled writes by itself, and cleans its files up: as seldom as it may, since each time wakes the disk.
/// Whatever has to be durable is flushed where it is written.
const TIDIES_MS: u64 = 60_000;
/// Keys that may change in one batch. With larger ones sled's memory grows out of all proportion to its cache.
pub(super) const KEYS_PER_BATCH: usize = 100;
/// Bytes that a value may have. sled keeps up to 17 values in a page, and a page of more than a quarter
/// of a segment (128 KiB) becomes a file of its own; such files it leaks for ever.
pub(super) const LARGEST_VALUE: usize = 6 << 10;

/// What is said of files that sled cannot go on with.
const SENSELESS: &str = "its files cannot be made sense of";

/// A key, and its new value or none.
pub(super) type Change = (Vec<u8>, Option<Vec<u8>>);

/// An open database.
#[derive(Debug)]
pub(super) struct Engine {
    /// None only while it is dropped.
    db: Option<sled::Db>,
    path: PathBuf,
}

impl Engine {
    /// Opens a database, or makes one.
    pub(super) fn open(path: &Path) -> Result<Self, StateError> {
        let db = guarded(path, || attach(path))?;
        Ok(Self { db: Some(db), path: path.to_owned() })
    }

    /// Removes what only speeds up opening, and sled makes anew from its log: a `snap.*.generating` that a crash
    /// while opening left keeps sled from opening, and so does a damaged `snap.*`. False when nothing was there.
    pub(super) fn remove_snapshots(path: &Path) -> Result<bool, StateError> {
        let files = snapshots(path)?;
        for file in &files {
            fs::remove_file(file).map_err(StateError::io("remove", file))?;
        }
        Ok(!files.is_empty())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        self.with(|db| Ok(db.get(key)?.map(|value| value.to_vec())))
    }

    /// All pairs whose keys begin so.
    pub(super) fn scan(&self, prefix: &[u8]) -> impl Iterator<Item = Result<(Vec<u8>, Vec<u8>), StateError>> {
        let mut pairs = self.db.as_ref().map(|db| db.scan_prefix(prefix));
        std::iter::from_fn(move || {
            let next = guarded(&self.path, || pairs.as_mut().and_then(Iterator::next).transpose());
            next.map(|pair| pair.map(|(key, value)| (key.to_vec(), value.to_vec()))).transpose()
        })
    }

    /// Makes changes, all or none.
    pub(super) fn apply(&self, changes: impl IntoIterator<Item = Change>) -> Result<(), StateError> {
        let mut batch = sled::Batch::default();
        for (key, value) in changes {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        self.with(|db| db.apply_batch(batch))
    }

    /// Waits until the disk has everything.
    pub(super) fn flush(&self) -> Result<(), StateError> {
        self.with(|db| db.flush())?;
        // sled's flush starts the writing and does not wait for it.
        let file = self.path.join("db");
        File::open(&file).and_then(|open| open.sync_data()).map_err(StateError::io("sync", &file))
    }

    fn with<T>(&self, run: impl FnOnce(&sled::Db) -> sled::Result<T>) -> Result<T, StateError> {
        let closed = || sled::Error::Io(io::Error::new(ErrorKind::NotConnected, "it is closed"));
        guarded(&self.path, || run(self.db.as_ref().ok_or_else(closed)?))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let db = self.db.take();
        // The last handle writes what is left, and panics where it cannot.
        let closed = guarded(&self.path, || {
            drop(db);
            Ok(())
        });
        if closed.is_err() {
            tracing::warn!(path = %self.path.display(), "The state could not be closed in an orderly way.");
        }
    }
}

/// Opens, and waits a little for an earlier handle of this process that is still closing.
fn attach(path: &Path) -> sled::Result<sled::Db> {
    let config = sled::Config::new().path(path).cache_capacity(CACHE).flush_every_ms(Some(TIDIES_MS));
    let mut tries = 0;
    loop {
        match config.open() {
            Err(error) if is_locked(&error) && tries < 10 => {
                tries += 1;
                thread::sleep(Duration::from_millis(50));
            }
            result => return result,
        }
    }
}

fn is_locked(error: &sled::Error) -> bool {
    matches!(error, sled::Error::Io(error) if error.to_string().contains("could not acquire lock"))
}

thread_local! {
    /// Whether a panic of this thread becomes an error, so that nobody needs to read of it.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs sled, and makes an error of whatever goes wrong.
fn guarded<T>(path: &Path, run: impl FnOnce() -> sled::Result<T>) -> Result<T, StateError> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !GUARDED.get() {
                loud(panic);
            }
        }));
    });
    let before = GUARDED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(run));
    GUARDED.set(before);
    match outcome {
        Ok(result) => result.map_err(|error| classify(path, error)),
        Err(panic) => {
            tracing::debug!(panic = words(&*panic), "sled panicked.");
            Err(StateError::Damaged { path: path.to_owned(), what: SENSELESS.to_owned() })
        }
    }
}

/// Tells damage, which is set aside, from trouble with the disk, which passes.
fn classify(path: &Path, error: sled::Error) -> StateError {
    let damaged = match &error {
        sled::Error::Io(io) => {
            let content = [
                ErrorKind::UnexpectedEof,
                ErrorKind::InvalidData,
                ErrorKind::InvalidInput,
                ErrorKind::NotFound,
            ];
            content.contains(&io.kind()) || (io.kind() == ErrorKind::Other && !is_locked(&error))
        }
        sled::Error::CollectionNotFound(_)
        | sled::Error::Unsupported(_)
        | sled::Error::ReportableBug(_)
        | sled::Error::Corruption { .. } => true,
    };
    match error {
        sled::Error::Io(source) if !damaged => {
            StateError::Io { doing: "use the state in", path: path.to_owned(), source }
        }
        error => StateError::Damaged { path: path.to_owned(), what: told(&error) },
    }
}

/// What is damaged, for people: sled's own words are about its code.
pub(super) fn told(error: &sled::Error) -> String {
    match error {
        sled::Error::Corruption { .. } => "what its files hold is not what was written".to_owned(),
        sled::Error::Io(error) => format!("{SENSELESS} ({error})"),
        sled::Error::CollectionNotFound(_) => "a part of it is missing".to_owned(),
        sled::Error::Unsupported(what) => format!("its files are of another kind ({what})"),
        sled::Error::ReportableBug(what) => format!("{SENSELESS} ({what})"),
    }
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no words")
}

/// The files beside sled's log that speed up opening.
fn snapshots(path: &Path) -> Result<Vec<PathBuf>, StateError> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(StateError::io("read the directory", path))?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(StateError::io("read the directory", path))?;
        if entry.file_name().to_string_lossy().starts_with("snap.") {
            files.push(entry.path());
        }
    }
    Ok(files)
}
