//! Which commit of a branch is in force: the head, when everything about it is right, else the last that was.
//!
//! ```text
//! fetch -> signed? -> descends, or approved? -> files -> does the roster check? -> in force
//! ```
//!
//! Whatever is wrong with the remote, the head or its roster, the last good commit stays in force, and
//! [`Outlook::troubles`] says why. Nothing but these steps brings another commit into force.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use crate::complaint::Complaints;
use crate::core::digest;
use crate::core::model::ProviderName;
use crate::core::roster::Roster;
use crate::git::{Branch, Commit, Followed, GitError};
use crate::journal::{Approval, Record};
use crate::state::{Approval as Given, Hold};
use crate::stores::{StoreError, Stores};

#[cfg(test)]
mod tests;
mod trouble;

pub use trouble::Trouble;

/// What stands for a provider's name where a rewritten branch is held and approved. No provider can be called so.
#[must_use]
pub fn place() -> ProviderName {
    "[roster_git]".into()
}

/// What a look at the branch came to.
#[derive(Debug)]
pub struct Outlook {
    /// The roster in force; none as long as no commit was taken up, or when the last one does not check any more.
    pub in_force: Option<InForce>,
    /// What keeps the head from being in force, or the branch from being seen. Empty when all is well.
    pub troubles: Vec<Trouble>,
    /// What was left out of a commit that was taken up just now, for people.
    pub notices: Vec<String>,
}

/// The commit in force.
#[derive(Debug)]
pub struct InForce {
    /// Its roster; the commit is its revision.
    pub roster: Roster,
    /// Since when, and when the remote was last seen.
    pub followed: Followed,
    /// It was taken up by this look.
    pub is_new: bool,
}

/// Reads and checks the roster at a path, whose files are shown with a text before them.
pub type Check<'a> = dyn Fn(&Path, &str) -> Result<Roster, Complaints> + Sync + 'a;

/// What a look works with.
pub struct Look<'a> {
    /// The branch.
    pub branch: &'a Branch,
    /// State and journal: holds and approvals.
    pub stores: &'a Stores,
    /// What makes a roster of files.
    pub check: &'a Check<'a>,
    /// The environment.
    pub env: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// The time.
    pub now: Timestamp,
    /// Called once the remote gave its head.
    pub fetched: &'a (dyn Fn() + Sync),
}

/// The commit that was in force last, without a look at the remote, and whether a look is needed.
///
/// # Errors
/// Everything that is wrong with its roster; none is in force where no commit was taken up yet.
pub fn last(branch: &Branch, check: &Check<'_>) -> Result<Option<InForce>, Trouble> {
    let Some(followed) = branch.followed().map_err(Trouble::Unusable)? else { return Ok(None) };
    let Some(files) = branch.checked_out(&followed.commit) else { return Ok(None) };
    let roster = read(check, &files.roster, &files.shown, &followed.commit)?;
    Ok(Some(InForce { roster, followed, is_new: false }))
}

impl Look<'_> {
    /// Looks at the branch, and takes its head up when everything about it is right.
    ///
    /// # Errors
    /// When state or journal cannot be read or written. Everything else is a trouble.
    pub async fn run(&self) -> Result<Outlook, StoreError> {
        let mut outlook = Outlook { in_force: None, troubles: Vec::new(), notices: Vec::new() };
        let before = match self.branch.followed() {
            Ok(before) => before,
            Err(error) => {
                outlook.troubles.push(Trouble::Unusable(error));
                return Ok(outlook);
            }
        };
        let seen = match self.branch.fetch(self.env).await {
            Ok(head) => {
                (self.fetched)();
                self.judge(&head, before.clone(), &mut outlook).await?
            }
            Err(error) => {
                outlook.troubles.push(Trouble::Unreachable(error));
                before
            }
        };
        if outlook.in_force.is_none() {
            self.fall_back(seen, &mut outlook).await;
        }
        Ok(outlook)
    }

    /// Judges the head, and returns what is kept of the branch where the head did not come into force.
    async fn judge(
        &self,
        head: &Commit,
        before: Option<Followed>,
        outlook: &mut Outlook,
    ) -> Result<Option<Followed>, StoreError> {
        let mut seen = before.map(|before| Followed { seen_at: self.now, ..before });
        if let Some(seen) = &seen
            && let Err(error) = self.branch.keep(seen)
        {
            outlook.troubles.push(Trouble::Unusable(error));
        }
        if let Err(error) = self.branch.signed(head).await {
            outlook.troubles.push(Trouble::Unsigned(error));
            return Ok(seen);
        }
        if seen.as_ref().is_some_and(|seen| seen.commit == *head) {
            self.stores.set_hold(&self.branch.target(), None, None)?;
            return Ok(seen);
        }
        let approval = match self.way(head, seen.as_mut(), outlook).await? {
            Way::Straight => None,
            Way::Approved(approval) => Some(approval),
            Way::Barred => return Ok(seen),
        };
        self.take_up(head, seen.as_ref(), approval, outlook).await?;
        Ok(seen)
    }

    /// Whether the head may follow on the commit in force.
    async fn way(
        &self,
        head: &Commit,
        seen: Option<&mut Followed>,
        outlook: &mut Outlook,
    ) -> Result<Way, StoreError> {
        let target = self.branch.target();
        let Some(seen) = seen else {
            self.stores.set_hold(&target, None, None)?;
            return Ok(Way::Straight);
        };
        // What was told of two commits once is so for ever, and needed much of the history.
        if seen.apart.as_ref() != Some(head) {
            match self.branch.descends(head, &seen.commit, self.env).await {
                Ok(true) => {
                    self.stores.set_hold(&target, None, None)?;
                    return Ok(Way::Straight);
                }
                Ok(false) => seen.apart = Some(head.clone()),
                Err(error) => {
                    outlook.troubles.push(Trouble::Unreachable(error));
                    return Ok(Way::Barred);
                }
            }
            if let Err(error) = self.branch.keep(seen) {
                outlook.troubles.push(Trouble::Unusable(error));
            }
        }
        let used = self.stores.approvals_used(&target)?;
        let digest = digest::of_rewrite(&target, used, seen.commit.as_str(), head.as_str());
        let mut given = self.stores.approvals(&target, self.now)?.into_iter();
        if let Some(given) = given.find(|given| given.digest == digest) {
            return Ok(Way::Approved(given));
        }
        let hold = Hold { digest: digest.clone(), group: None, changes: 1, at: self.now };
        self.stores.set_hold(&target, None, Some(&hold))?;
        let (head, in_force) = (head.clone(), seen.commit.clone());
        outlook.troubles.push(Trouble::Held { digest, head, in_force });
        Ok(Way::Barred)
    }

    /// Brings the head into force, when its roster checks. The approval is used up before that takes effect.
    async fn take_up(
        &self,
        head: &Commit,
        seen: Option<&Followed>,
        approval: Option<Given>,
        outlook: &mut Outlook,
    ) -> Result<(), StoreError> {
        let files = match self.branch.checkout(head).await {
            Ok(files) => files,
            Err(error) => {
                outlook.troubles.push(Trouble::Unusable(error));
                return Ok(());
            }
        };
        let roster = match read(self.check, &files.roster, &files.shown, head) {
            Ok(roster) => roster,
            Err(trouble) => {
                self.branch.forget(head);
                outlook.troubles.push(trouble);
                return Ok(());
            }
        };
        if let Some(given) = approval {
            self.use_up(given, head)?;
        }
        let previous = seen.map(|seen| seen.commit.clone());
        let (taken_at, seen_at) = (self.now, self.now);
        let followed = Followed { commit: head.clone(), taken_at, seen_at, previous, apart: None };
        if let Err(error) = self.branch.keep(&followed) {
            outlook.troubles.push(Trouble::Unusable(error));
            return Ok(());
        }
        self.branch.hold(head).await;
        outlook.notices = files.notices;
        outlook.in_force = Some(InForce { roster, followed, is_new: true });
        Ok(())
    }

    fn use_up(&self, given: Given, head: &Commit) -> Result<(), StoreError> {
        let Given { digest, reason, by, .. } = given;
        let used_by = Some(format!("roster {}", head.as_str()));
        let target = self.branch.target();
        self.stores.set_hold(&target, None, None)?;
        let used = Approval { digest, provider: place(), target, reason, by, used_by };
        self.stores.decide(self.now, &Record::Approval(used))
    }

    /// The commit that was in force before, out of its files or written anew.
    async fn fall_back(&self, followed: Option<Followed>, outlook: &mut Outlook) {
        let Some(followed) = followed else { return };
        let files = match self.branch.checkout(&followed.commit).await {
            Ok(files) => files,
            Err(error) => return outlook.troubles.push(Trouble::Unusable(error)),
        };
        match read(self.check, &files.roster, &files.shown, &followed.commit) {
            Ok(roster) => outlook.in_force = Some(InForce { roster, followed, is_new: false }),
            Err(trouble) => outlook.troubles.push(trouble),
        }
    }
}

/// Whether a head may follow on the commit in force.
enum Way {
    /// It descends from it, or there is none yet.
    Straight,
    /// It does not, and a person said yes.
    Approved(Given),
    /// It does not, or that could not be told.
    Barred,
}

impl Outlook {
    /// Whether the head is held until somebody approves it.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.troubles.iter().any(|trouble| matches!(trouble, Trouble::Held { .. }))
    }

    /// What stays in force and how old that is, for people; to be said beside the troubles.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> String {
        let Some(InForce { followed, .. }) = &self.in_force else {
            return "no roster is in force".to_owned();
        };
        standing(followed.commit.short(), followed.taken_at, followed.seen_at, now)
    }
}

/// How old a commit in force is, for people.
#[must_use]
pub fn standing(commit: &str, taken_at: Timestamp, seen_at: Timestamp, now: Timestamp) -> String {
    let since = |at: Timestamp| ago(now.duration_since(at));
    format!(
        "commit {commit} is in force, taken up {}; the branch was last seen {}",
        since(taken_at),
        since(seen_at)
    )
}

fn ago(age: SignedDuration) -> String {
    let (minutes, hours) = (age.as_mins(), age.as_hours());
    match (minutes, hours) {
        (..1, _) => "just now".to_owned(),
        (..120, _) => format!("{minutes} min ago"),
        (_, ..48) => format!("{hours} h ago"),
        _ => format!("{} days ago", hours / 24),
    }
}

fn read(check: &Check<'_>, path: &Path, shown: &str, commit: &Commit) -> Result<Roster, Trouble> {
    match check(path, shown) {
        Ok(mut roster) => {
            roster.revision = commit.as_str().into();
            Ok(roster)
        }
        Err(complaints) => Err(Trouble::Invalid { commit: commit.clone(), complaints }),
    }
}

impl From<GitError> for Trouble {
    fn from(error: GitError) -> Self {
        Self::Unusable(error)
    }
}
