//! The copy of the repository: what is fetched into it, and what can be told from it.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

use super::access::Access;
use super::command::{Call, Said};
use super::{Branch, Commit, GitError};

/// The head of the branch as it was last fetched.
const HEAD: &str = "refs/rosterd/head";
/// The commit in force, so that its objects stay.
const TAKEN: &str = "refs/rosterd/taken";

/// How many commits a fetch asks for.
const DEPTH: u32 = 50;
/// How many in turn when the commit in force is not among them; the last is what git takes for all.
const DEEPER: [u32; 2] = [1000, 2_147_483_647];

impl Branch {
    /// Fetches the head of the branch.
    ///
    /// # Errors
    /// When the remote cannot be reached or does not give it. What was fetched before stays.
    pub async fn fetch(&self, env: &(dyn Fn(&str) -> Option<String> + Sync)) -> Result<Commit, GitError> {
        let access = Access::of(&self.config, env)?;
        self.prepare()?;
        self.open().await?;
        self.fetch_to(&access, DEPTH).await?;
        let name = format!("{HEAD}^{{commit}}");
        let found = self.here("reading the head", &["rev-parse", "--verify", "--quiet", &name]).await?;
        match Commit::new(&found.line()) {
            Some(commit) if found.code == Some(0) => Ok(commit),
            _ => Err(self.damaged("the head that was fetched is not there")),
        }
    }

    /// Whether a commit has another among its ancestors, or is it. Asks the remote for as much history as that takes.
    ///
    /// # Errors
    /// When that cannot be told.
    pub async fn descends(
        &self,
        head: &Commit,
        from: &Commit,
        env: &(dyn Fn(&str) -> Option<String> + Sync),
    ) -> Result<bool, GitError> {
        for depth in DEEPER.map(Some).into_iter().chain([None]) {
            if self.has(from).await? {
                let arguments = ["merge-base", "--is-ancestor", from.as_str(), head.as_str()];
                let said = self.here("comparing commits", &arguments).await?;
                match said.code {
                    Some(0) => return Ok(true),
                    Some(1) => {}
                    _ => return Err(self.damaged(&said.stderr)),
                }
            }
            // Where history was cut off, "no" only means "not in what is here".
            let Some(depth) = depth.filter(|_| self.mirror().join("shallow").exists()) else { break };
            self.fetch_to(&Access::of(&self.config, env)?, depth).await?;
        }
        Ok(false)
    }

    /// Checks that a commit is signed by one of the allowed keys, where that is asked for.
    ///
    /// # Errors
    /// When it is not, or that cannot be told.
    pub async fn signed(&self, commit: &Commit) -> Result<(), GitError> {
        let Some(signers) = &self.config.allowed_signers else { return Ok(()) };
        fs::File::open(signers).map_err(GitError::io("read the allowed signers in", signers))?;
        let folder = self.mirror();
        let mut call =
            Call::bare("checking a signature", &folder, &["verify-commit", "--raw", commit.as_str()]);
        let mut file = OsString::from("gpg.ssh.allowedSignersFile=");
        file.push(signers);
        // A good signature of another kind is not one by a key in this file. What fails to run makes none good.
        let others =
            ["gpg.format=ssh", "gpg.openpgp.program=false", "gpg.program=false", "gpg.x509.program=false"];
        call.settings = others.iter().map(OsString::from).chain([file]).collect();
        call.settings.push("gpg.ssh.program=ssh-keygen".into());
        // Only the exit code counts: of a good signature by an unknown key git also says that it is good.
        match self.git.run(call).await?.code {
            Some(0) => Ok(()),
            _ => Err(GitError::Unsigned { commit: commit.short().to_owned(), signers: signers.clone() }),
        }
    }

    /// Keeps the objects of the commit in force, and lets go of others now and then. Failing, this only costs room.
    pub async fn hold(&self, commit: &Commit) {
        let kept = self.here("keeping a commit", &["update-ref", TAKEN, commit.as_str()]).await;
        let folder = self.mirror();
        let mut tidy =
            Call::bare("tidying the copy of the repository", &folder, &["gc", "--auto", "--quiet"]);
        tidy.settings = vec!["gc.pruneExpire=now".into(), "gc.autoPackLimit=20".into()];
        let tidied = self.git.run(tidy).await;
        for error in [kept.err(), tidied.err()].into_iter().flatten() {
            tracing::debug!(%error, "The copy of the roster's repository was not tidied.");
        }
    }

    /// Makes the copy where it is missing, and takes away what an interrupted git left in the way.
    async fn open(&self) -> Result<(), GitError> {
        let mirror = self.mirror();
        if mirror.exists() {
            for folder in ["", "refs/rosterd", "objects/info"] {
                remove_locks(&mirror.join(folder));
            }
            return Ok(());
        }
        let unfinished = self.folder.join("mirror.unfinished");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).map_err(GitError::io("remove", &unfinished))?;
        }
        let arguments = ["init", "--quiet", "--bare", "--template=", "mirror.unfinished"];
        let what = "making a copy of the repository";
        self.git.run(Call::new(what, &self.folder, &arguments)).await?.good(what)?;
        fs::rename(&unfinished, &mirror).map_err(GitError::io("put in place", &mirror))
    }

    async fn fetch_to(&self, access: &Access, depth: u32) -> Result<(), GitError> {
        let folder = self.mirror();
        let (depth, what) = (format!("--depth={depth}"), "fetching the roster's repository");
        let refspec = format!("+refs/heads/{}:{HEAD}", self.config.branch);
        let mut call =
            Call::bare(what, &folder, &["fetch", "--quiet", "--no-tags", "--no-recurse-submodules"]);
        let more = ["--write-fetch-head", "--no-auto-maintenance", "--force", &depth, "--end-of-options"];
        call.arguments.extend(more.map(OsStr::new));
        call.arguments.extend([access.address.as_os_str(), OsStr::new(&refspec)]);
        call.access = Some(access);
        let Err(failed) = self.git.run(call).await?.good(what) else { return self.is_named() };
        let check = ["fsck", "--connectivity-only", "--no-dangling", "--no-progress"];
        let checked = self.here("checking the copy of the repository", &check).await?;
        if checked.code == Some(0) { Err(failed) } else { Err(self.damaged(&checked.stderr)) }
    }

    /// That what was fetched is the branch of this very name. Where the remote has none, git looks for others whose
    /// names end so, as a branch that is called `refs/heads/main`.
    fn is_named(&self) -> Result<(), GitError> {
        let (path, name) = (self.mirror().join("FETCH_HEAD"), &self.config.branch);
        let fetched = fs::read(&path).map_err(GitError::io("read", &path))?;
        let (lines, wanted) = (String::from_utf8_lossy(&fetched), format!("branch '{name}' of "));
        let is_it = |line: &str| line.rsplit('\t').next().is_some_and(|what| what.starts_with(&wanted));
        if lines.lines().all(is_it) && !fetched.is_empty() {
            return Ok(());
        }
        let said = format!("the remote has no branch {name}, only others whose names end so");
        Err(GitError::Failed { what: "fetching the roster's repository", said })
    }

    async fn has(&self, commit: &Commit) -> Result<bool, GitError> {
        let name = format!("{}^{{commit}}", commit.as_str());
        Ok(self.here("looking for a commit", &["cat-file", "-e", &name]).await?.code == Some(0))
    }

    /// A run in the copy that stays on this host.
    async fn here(&self, what: &'static str, arguments: &[&str]) -> Result<Said, GitError> {
        self.git.run(Call::bare(what, &self.mirror(), arguments)).await
    }

    /// Takes the copy away, so that the next look makes it anew; which commit is in force stands elsewhere.
    pub(super) fn damaged(&self, said: &str) -> GitError {
        let path = self.mirror();
        match fs::remove_dir_all(&path) {
            Ok(()) => GitError::Damaged { path, said: said.to_owned() },
            Err(error) => GitError::io("remove what is damaged,", &path)(error),
        }
    }
}

/// Nobody else works here: the lock of the state sees to that.
fn remove_locks(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().extension() == Some(OsStr::new("lock")) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
