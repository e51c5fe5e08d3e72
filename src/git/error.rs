//! What can go wrong with a repository.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::providers::secret::SecretError;

/// What went wrong with a repository, as people read it. No secret stands in it, and what git and the remote said
/// is cleaned.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no git.
    #[error("the command `git` is not on PATH: install the package `git`")]
    NoGit,
    /// It could not be started.
    #[error("git could not be started")]
    Start(#[source] io::Error),
    /// It was not done in time.
    #[error(
        "{what} took more than {}: see whether the repository can be reached from this host, or raise `timeout` in \
         [roster_git]",
        spoken(limit)
    )]
    Late {
        /// What was being done.
        what: &'static str,
        /// How long it may take.
        limit: Duration,
    },
    /// It said more than is read.
    #[error("{what} gave more than {} MiB, which is more than rosterd takes", most >> 20)]
    TooMuch {
        /// What was being done.
        what: &'static str,
        /// How many bytes are read.
        most: usize,
    },
    /// It failed, and this is what it said.
    #[error("{what} failed: {said}")]
    Failed {
        /// What was being done.
        what: &'static str,
        /// What git said.
        said: String,
    },
    /// The copy of the repository is not what was fetched.
    #[error("the copy of the repository in {} is damaged ({said}); it is made anew with the next look", path.display())]
    Damaged {
        /// Where it is.
        path: PathBuf,
        /// What git said.
        said: String,
    },
    /// A commit that is not signed as it has to be.
    #[error(
        "commit {commit} is not signed by a key in {}: have somebody sign it whose key is there, or add the key",
        signers.display()
    )]
    Unsigned {
        /// Its first digits.
        commit: String,
        /// The file of allowed signers.
        signers: PathBuf,
    },
    /// A commit that cannot be laid out as files.
    #[error("commit {commit} cannot be taken up: {why}")]
    Unfit {
        /// Its first digits.
        commit: String,
        /// What is wrong with it and what to do.
        why: String,
    },
    /// A reference that leads to no usable secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A file or directory could not be read or written.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

impl GitError {
    /// For `map_err`: what was tried with which path.
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }
}

fn spoken(limit: &Duration) -> String {
    jiff::SignedDuration::try_from(*limit).map_or_else(|_| format!("{limit:?}"), |limit| format!("{limit:#}"))
}
