//! What is kept of a branch beside its objects: a file, so that `check` reads it while a daemon has the state.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::{Commit, GitError};

/// Which commit of a branch is in force, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Followed {
    /// The commit in force.
    pub commit: Commit,
    /// When it was taken up.
    pub taken_at: Timestamp,
    /// When the remote last answered.
    pub seen_at: Timestamp,
    /// The commit before it.
    #[serde(default)]
    pub previous: Option<Commit>,
    /// A head that is known not to descend from the commit in force.
    #[serde(default)]
    pub apart: Option<Commit>,
}

/// Reads the file; none where no commit was taken up yet.
///
/// # Errors
/// When it cannot be read. It is not taken for a first start then: a branch that was rewritten would pass.
pub(super) fn read(path: &Path) -> Result<Option<Followed>, GitError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(GitError::io("read", path)(error)),
    };
    let damaged = |error: serde_json::Error| {
        let advice = "remove it to have the head of the branch taken up as if for the first time";
        GitError::io("read", path)(io::Error::new(
            ErrorKind::InvalidData,
            format!("it is damaged ({error}); {advice}"),
        ))
    };
    serde_json::from_slice(&bytes).map(Some).map_err(damaged)
}

/// Writes the file, whole or not at all.
pub(super) fn write(path: &Path, followed: &Followed) -> Result<(), GitError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let replace = || -> io::Result<()> {
        let mut file = NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut file, followed)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        fs::File::open(folder)?.sync_all()
    };
    replace().map_err(GitError::io("write to", path))
}
