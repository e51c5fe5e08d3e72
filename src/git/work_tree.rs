//! A roster in a work tree that something else keeps up to date: at which commit it is, and whether it is just that.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use super::command::{Call, Git};
use super::{Commit, GitError};

/// A work tree is on this host: what takes longer hangs.
const LIMIT: Duration = Duration::from_secs(30);

/// A roster's place in a git work tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkTree {
    /// The commit it is at; none before the first.
    pub commit: Option<Commit>,
    /// Git is at work there: there is an `index.lock`.
    pub is_busy: bool,
    /// Nothing of the roster differs from the commit, and no file is there that it does not know.
    pub is_clean: bool,
}

/// Looks at the work tree that a roster lies in; none where it lies in none. Nothing of it is run or written: its
/// monitor, its hooks and its filters are switched off. A work tree of another user is refused by git unless the
/// configuration of this host says `safe.directory`.
///
/// # Errors
/// When it cannot be told.
pub async fn work_tree(
    roster: &Path,
    env: &(dyn Fn(&str) -> Option<String> + Sync),
) -> Result<Option<WorkTree>, GitError> {
    let roster = roster.canonicalize().map_err(GitError::io("find", roster))?;
    let folder = if roster.is_dir() { roster.as_path() } else { roster.parent().unwrap_or(&roster) };
    if !folder.ancestors().any(|folder| folder.join(".git").exists()) {
        return Ok(None);
    }
    let git = Git::new(env, None, LIMIT);
    let what = "looking at the roster's work tree";
    let asked = Call::new(what, folder, &["rev-parse", "--absolute-git-dir"]);
    let own = git.run(asked).await?.good(what)?;
    let own = std::path::PathBuf::from(String::from_utf8_lossy(&own).trim_end());
    let is_busy = own.join("index.lock").exists();
    let head =
        git.run(Call::new(what, folder, &["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])).await?;
    let commit = Commit::new(&head.line());
    let mut status = Call::new(what, folder, &["status", "--porcelain", "-z", "--untracked-files=all"]);
    status.arguments.extend(["--ignore-submodules=all", "--no-renames", "--"].map(std::ffi::OsStr::new));
    status.arguments.push(roster.as_os_str());
    status.settings = without_filters(&git, folder, what).await?;
    let differences = git.run(status).await?.good(what)?;
    let is_clean = commit.is_some() && differences.is_empty();
    Ok(Some(WorkTree { commit, is_busy, is_clean }))
}

/// Settings that take their commands from the filters which the work tree's configuration defines.
async fn without_filters(git: &Git, folder: &Path, what: &'static str) -> Result<Vec<OsString>, GitError> {
    let arguments = ["config", "--name-only", "-z", "--get-regexp", "^filter[.]"];
    let said = git.run(Call::new(what, folder, &arguments)).await?;
    let mut settings = Vec::new();
    for key in String::from_utf8_lossy(&said.stdout).split('\0').filter(|key| !key.is_empty()) {
        let Some((filter, _)) = key.rsplit_once('.') else { continue };
        if filter.contains(['=', '\u{fffd}']) {
            let said =
                format!("the filter `{}` of its configuration cannot be switched off", filter.escape_debug());
            return Err(GitError::Failed { what, said });
        }
        let off = ["clean=", "smudge=", "process=", "required=false"];
        settings.extend(off.map(|value| OsString::from(format!("{filter}.{value}"))));
    }
    Ok(settings)
}
