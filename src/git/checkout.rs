//! The files of a commit, written from its objects: there is no work tree, so that nothing in the repository acts.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::command::Call;
use super::tree::{self, Blob};
use super::{Branch, Commit, GitError};

/// How much git may print of the names in a commit.
const MOST_NAMES: usize = 64 << 20;

/// The files of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// The roster: a directory or a file.
    pub roster: PathBuf,
    /// What stands before the name of a roster's file, so that the whole is its path in the repository.
    pub shown: String,
    /// What was left out; said once, when the files are written.
    pub notices: Vec<String>,
}

impl Branch {
    /// The files of a commit that were written before, when they are there.
    #[must_use]
    pub fn checked_out(&self, commit: &Commit) -> Option<Checkout> {
        let folder = self.checkouts().join(commit.as_str());
        folder.is_dir().then(|| self.found(&folder, Vec::new()))
    }

    /// Writes the files of a commit, all or none, and each durably: one that a crash left empty would be a roster
    /// without people.
    ///
    /// # Errors
    /// When the commit cannot be laid out as files, or they cannot be written.
    pub async fn checkout(&self, commit: &Commit) -> Result<Checkout, GitError> {
        if let Some(there) = self.checked_out(commit) {
            return Ok(there);
        }
        self.prepare()?;
        let unfit = |why: String| GitError::Unfit { commit: commit.short().to_owned(), why };
        let tree::Listing { blobs, notices } = tree::read(&self.names(commit).await?).map_err(unfit)?;
        if blobs.is_empty() {
            return Err(unfit(tree::nothing(commit, &self.inside)));
        }
        let printed = self.contents_of(&blobs).await?;
        let contents = tree::contents(&blobs, &printed).map_err(|why| self.damaged(&why))?;
        let folder = self.checkouts().join(commit.as_str());
        let unfinished = self.checkouts().join("unfinished");
        write_all(&unfinished, blobs.iter().map(|blob| blob.path.as_str()).zip(contents))
            .and_then(|()| fs::rename(&unfinished, &folder))
            .and_then(|()| sync(&self.checkouts()))
            .map_err(GitError::io("write the roster's files below", &folder))?;
        Ok(self.found(&folder, notices))
    }

    /// Removes the files of a commit that is not taken up.
    pub fn forget(&self, commit: &Commit) {
        // What cannot be removed now is removed with the next commit that is taken up.
        let _ = fs::remove_dir_all(self.checkouts().join(commit.as_str()));
    }

    fn found(&self, folder: &Path, notices: Vec<String>) -> Checkout {
        let roster = folder.join(&self.inside);
        let before = if roster.is_dir() { self.inside.as_str() } else { parent(&self.inside) };
        let shown = if before.is_empty() { String::new() } else { format!("{before}/") };
        Checkout { roster, shown, notices }
    }

    async fn names(&self, commit: &Commit) -> Result<Vec<u8>, GitError> {
        let folder = self.mirror();
        let mut arguments = vec!["ls-tree", "-r", "-l", "-z", "--full-tree", commit.as_str()];
        if !self.inside.is_empty() {
            arguments.extend(["--", &self.inside]);
        }
        let call = Call { most: MOST_NAMES, ..Call::bare("listing a commit", &folder, &arguments) };
        let said = self.git.run(call).await?;
        if said.code == Some(0) { Ok(said.stdout) } else { Err(self.damaged(&said.stderr)) }
    }

    async fn contents_of(&self, blobs: &[Blob]) -> Result<Vec<u8>, GitError> {
        let folder = self.mirror();
        let input: String = blobs.iter().flat_map(|blob| [blob.object.as_str(), "\n"]).collect();
        let sizes: u64 = blobs.iter().map(|blob| blob.size + 128).sum();
        let call = Call {
            input: input.into_bytes(),
            most: usize::try_from(sizes).unwrap_or(usize::MAX),
            ..Call::bare("reading a commit", &folder, &["cat-file", "--batch"])
        };
        let said = self.git.run(call).await?;
        if said.code == Some(0) { Ok(said.stdout) } else { Err(self.damaged(&said.stderr)) }
    }
}

/// Writes files below a folder that is made anew.
fn write_all<'f>(folder: &Path, files: impl Iterator<Item = (&'f str, &'f [u8])>) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut folders = DirBuilder::new();
    folders.recursive(true).mode(0o700);
    folders.create(folder)?;
    for (path, content) in files {
        let path = folder.join(path);
        folders.create(path.parent().unwrap_or(folder))?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(content)?;
        file.sync_all()?;
    }
    sync_below(folder)
}

fn sync_below(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_below(&entry.path())?;
        }
    }
    sync(folder)
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}
