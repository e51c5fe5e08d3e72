//! The branch that is followed: where its things are kept, and what can be asked of it.

use std::fmt::Write as _;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Component, Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::command::Git;
use super::{Commit, Followed, GitError, record};
use crate::config::{Repository, RosterGit};
use crate::core::model::Target;

/// A branch, and where its copy is kept. Made anew for each look, it follows a secret that was renewed.
pub struct Branch {
    pub(super) config: RosterGit,
    pub(super) folder: PathBuf,
    /// The path of the roster in the repository, without `.` and double slashes; empty for its root.
    pub(super) inside: String,
    pub(super) git: Git,
}

impl Branch {
    /// A branch whose things are kept below the state directory. Nothing is made or asked yet.
    #[must_use]
    pub fn new(config: &RosterGit, state: &Path, env: &dyn Fn(&str) -> Option<String>) -> Self {
        let inside = inside(&config.path);
        let name = format!("{}\0{}\0{inside}", address(&config.url), config.branch);
        let digest = Sha256::digest(name).iter().take(8).fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        let folder = state.join("git").join(digest);
        let git = Git::new(env, Some(folder.join("settings")), config.timeout);
        Self { config: config.clone(), folder, inside, git }
    }

    /// What holds and approvals of a rewritten branch are kept under, and what people read.
    #[must_use]
    pub fn target(&self) -> Target {
        target(&self.config)
    }

    /// Where the repository is, as people read it.
    #[must_use]
    pub fn address(&self) -> String {
        address(&self.config.url)
    }

    /// Which commit is in force; none where none was taken up yet.
    ///
    /// # Errors
    /// When what is kept of it cannot be read.
    pub fn followed(&self) -> Result<Option<Followed>, GitError> {
        record::read(&self.record())
    }

    /// Keeps which commit is in force, and that its files and those of the one before are all that is needed.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, followed: &Followed) -> Result<(), GitError> {
        record::write(&self.record(), followed)?;
        let needed = [Some(&followed.commit), followed.previous.as_ref()];
        self.forget_others(&needed.map(|commit| commit.map_or("", Commit::as_str)));
        Ok(())
    }

    /// Removes the files of every commit but these. What cannot be removed is in nobody's way.
    fn forget_others(&self, needed: &[&str]) {
        for entry in fs::read_dir(self.checkouts()).into_iter().flatten().flatten() {
            if !needed.iter().any(|name| entry.file_name().to_str() == Some(name)) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    fn record(&self) -> PathBuf {
        self.folder.join("followed.json")
    }

    pub(super) fn mirror(&self) -> PathBuf {
        self.folder.join("mirror")
    }

    pub(super) fn checkouts(&self) -> PathBuf {
        self.folder.join("checkouts")
    }

    /// Makes the folders, for their owner alone.
    pub(super) fn prepare(&self) -> Result<(), GitError> {
        let checkouts = self.checkouts();
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&checkouts);
        made.map_err(GitError::io("make the directory", &checkouts))?;
        // Our own copy, and a repository that the configuration names: both may belong to another user.
        let settings = self.folder.join("settings");
        fs::write(&settings, "[safe]\n\tdirectory = *\n").map_err(GitError::io("write to", &settings))
    }
}

/// What holds and approvals of a rewritten branch are kept under.
#[must_use]
pub fn target(config: &RosterGit) -> Target {
    format!("roster-git:{}#{}", address(&config.url), config.branch).as_str().into()
}

fn address(url: &Repository) -> String {
    match url {
        Repository::Remote(url) => url.clone(),
        Repository::Local(path) => path.display().to_string(),
    }
}

/// A path in the repository as git writes it.
fn inside(path: &str) -> String {
    let parts = Path::new(path).components().filter_map(|part| match part {
        Component::Normal(part) => part.to_str(),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}
