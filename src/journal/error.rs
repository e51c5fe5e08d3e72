//! What can go wrong with the journal.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// What went wrong with the journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A line is not what was written. Nothing is to be changed until a person has looked.
    #[error(
        "the audit trail is broken at {}: {what}; nothing is changed until a person has looked at it: \
         `rosterd history --verify`", place(&file.display().to_string(), *line)
    )]
    Broken {
        /// Which file.
        file: PathBuf,
        /// Which line, from 1; 0 where the whole file, or all of them, are missing.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// A file or directory could not be read or written.
    #[error("cannot {doing} {}{}", path.display(), advice(source))]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Somebody else wrote to, moved or replaced the file while it was open here.
    #[error("{} was changed by somebody else while rosterd had it open; it is checked when rosterd next opens it, which a daemon does by itself", path.display())]
    Changed {
        /// Which file.
        path: PathBuf,
    },
    /// An earlier append failed, so that nothing may be appended.
    #[error(
        "nothing more is written to the audit trail, because an earlier write failed ({first}); once that is mended, a daemon goes on by itself, and a command is to be given again"
    )]
    Failed {
        /// The earlier failure.
        first: String,
    },
    /// A record that was read and can only be read.
    #[error("a record of the journal cannot be written again: {0}")]
    Record(&'static str),
    /// A record that JSON cannot express.
    #[error("a record of the journal cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

impl JournalError {
    /// For `map_err`: what was tried with which path.
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }
}

/// A line of a file; the file alone where there is no line.
pub(super) fn place(file: &str, line: u64) -> String {
    if line == 0 { file.to_owned() } else { format!("{file}:{line}") }
}

/// What to do about a failure of the file system, to follow the sentence that names the path.
pub(crate) fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ": free some space there",
        ErrorKind::PermissionDenied => ": it must belong to the user that runs rosterd",
        ErrorKind::ReadOnlyFilesystem => ": the file system must be writable",
        _ => "",
    }
}

/// An error with its causes in one line, to be kept.
pub(super) fn whole(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
