//! What can go wrong with the state.

use std::io;
use std::path::{Path, PathBuf};

use crate::journal::advice;

/// What went wrong with the state.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// No variable says where the state is.
    #[error(
        "there is no place for the state: set STATE_DIRECTORY, XDG_STATE_HOME or HOME to an absolute path"
    )]
    NoDirectory,
    /// The place would be another one for every directory that rosterd is started in.
    #[error("STATE_DIRECTORY is {}: write an absolute path, so that it is the same from wherever rosterd is started", path.display())]
    Relative {
        /// What it is.
        path: PathBuf,
    },
    /// Another process has it open.
    #[error("the state in {} is in use by {holder}; wait until it is done or stop it", dir.display())]
    InUse {
        /// The state directory.
        dir: PathBuf,
        /// Which process, as far as it could be told.
        holder: Holder,
    },
    /// A later version wrote it. Nothing was changed.
    #[error(
        "the state in {} is of version {found}, this rosterd knows versions up to {known}; \
         use the newer rosterd again, or move {} away to start anew", path.display(), path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its version.
        found: u64,
        /// The newest known one.
        known: u64,
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
    /// What is stored is not what was written.
    #[error("the state in {} is damaged: {what}; it is set aside and rebuilt when rosterd next opens it, which a daemon does by itself", path.display())]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A record is larger than the database can keep.
    #[error("a name, an email or a message of {bytes} bytes is too long to be remembered")]
    TooLong {
        /// The size of the record.
        bytes: usize,
    },
}

/// A process that has the state open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holder {
    /// Its id.
    pub pid: Option<u32>,
    /// Its command, `rosterd run`.
    pub command: Option<String>,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.pid, &self.command) {
            (Some(pid), Some(command)) => write!(f, "process {pid} (`{command}`)"),
            (Some(pid), None) => write!(f, "process {pid}"),
            (None, _) => f.write_str("another process"),
        }
    }
}

impl StateError {
    /// For `map_err`: what was tried with which path.
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }
}
