//! One look at the configuration and at the roster: in files, or at the head of a branch.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use tokio::task::{block_in_place, spawn_blocking};
use tokio::time::sleep;

use crate::complaint::{Complaints, Problem};
use crate::config::{self, Config};
use crate::core::model::ProviderName;
use crate::core::roster::Roster;
use crate::daemon::notice::Webhooks;
use crate::daemon::shared::Shared;
use crate::following::{InForce, Look, Outlook, Trouble};
use crate::git::{self, Branch, WorkTree};
use crate::setup::{self, Branched, Looked, Setup};
use crate::situation::{Git, HeldHead};
use crate::state::Hold;
use crate::{following, state};

/// What was found.
pub struct Found {
    /// The look that it serves, and every one before; 0 where the remote is still to answer.
    pub serves: u64,
    /// What tells this configuration from any other.
    pub digest: Option<[u8; 32]>,
    /// The two, as far as they check.
    pub config: Option<Config>,
    /// See `config`.
    pub roster: Option<Roster>,
    /// What is wrong with the configuration.
    pub config_problem: Option<Problem>,
    /// What is wrong with the roster, or keeps it from being taken up.
    pub roster_problem: Option<Problem>,
    /// Of the head of the branch nothing new is known: its remote was not asked, or did not answer. What was known
    /// to be wrong with it still counts.
    pub is_partial: bool,
    /// The branch, where one is followed.
    pub git: Option<Git>,
    /// Providers whose secrets are others than before, where that was looked at.
    pub renewed: BTreeSet<ProviderName>,
    /// The webhooks of the configuration, where that was looked at.
    pub webhooks: Option<Webhooks>,
    /// Nobody waited any longer for the answer of the remote.
    pub is_unanswered: bool,
    paths: Vec<PathBuf>,
}

impl Found {
    /// What has to be watched: the file of the configuration, and the roster that it names.
    pub fn paths(&self) -> Vec<&Path> {
        self.paths.iter().map(PathBuf::as_path).collect()
    }

    /// The two together, when nothing is wrong with either.
    #[must_use]
    pub fn take_setup(&mut self) -> Option<Setup> {
        // What is wrong with the head of a branch is no fault of the commit that is in force.
        let is_of_branch = self.config.as_ref().is_some_and(|config| config.roster_git.is_some());
        let is_good = self.config_problem.is_none() && (is_of_branch || self.roster_problem.is_none());
        let (config, roster) = (self.config.take(), self.roster.take());
        Some(Setup { config: config?, roster: roster? }).filter(|_| is_good)
    }
}

/// What a look at the files came to.
pub struct LookedAt {
    /// All that there is to know of a roster in files; of one in a branch, what was taken up last.
    pub found: Found,
    /// The branch whose remote knows more.
    pub branched: Option<Arc<Branched>>,
}

/// Looks at the files. `known` is the configuration of the look before: what is in force is not read again where
/// nothing can have changed.
pub async fn find(shared: &Shared, explicit: Option<PathBuf>, known: Option<[u8; 32]>) -> LookedAt {
    let given = explicit.clone();
    let file = config::find(explicit.as_deref()).ok();
    // Taken before the file is read: a change in between is found at the next look.
    let bytes = file.as_deref().and_then(|file| std::fs::read(file).ok());
    let digest: Option<[u8; 32]> = bytes.map(|bytes| Sha256::digest(bytes).into());
    let branched = spawn_blocking(move || setup::branched(given.as_deref())).await.ok().flatten();
    let branched = branched.map(Arc::new);
    let mut found = match &branched {
        Some(branched) => taken_up_last(shared, branched, digest.is_some() && digest == known),
        None => of_files(shared, explicit).await.unwrap_or_else(unread),
    };
    found.paths.extend(file);
    if let Some(config) = &found.config {
        let (notify, env) = (config.notify.clone(), Arc::clone(&shared.env));
        found.webhooks = spawn_blocking(move || Webhooks::look(notify, &env)).await.ok();
    }
    LookedAt { found: Found { digest, ..found }, branched }
}

fn nothing() -> Found {
    Found {
        serves: 0,
        digest: None,
        config: None,
        roster: None,
        config_problem: None,
        roster_problem: None,
        is_partial: false,
        git: None,
        renewed: BTreeSet::new(),
        webhooks: None,
        is_unanswered: false,
        paths: Vec::new(),
    }
}

/// So long a roster that is not the one in force must stay as it is: whoever writes files one after the other, or
/// empties one before it is written, is waited for.
const STANDS_STILL: Duration = Duration::from_millis(300);
/// After so many looks at a roster that never stands still, the next look is left to find it.
const LOOKS: usize = 5;

/// Reads both, and once more where the roster is another one, until two looks agree; whether they do in the end.
async fn stable(shared: &Shared, explicit: Option<&PathBuf>) -> Option<(Looked, bool)> {
    let in_force = shared.setup().map(|setup| Arc::clone(&setup.roster.revision));
    let (mut before, mut last) = (None, None);
    for _ in 0..LOOKS {
        let given = explicit.cloned();
        let looked = spawn_blocking(move || setup::look(given.as_deref())).await.ok()?;
        let revision = looked.roster.as_ref().map(|roster| Arc::clone(&roster.revision));
        if revision.is_some() && (revision == in_force || revision == before) {
            return Some((looked, true));
        }
        // What does not check is not taken up, and is looked at again when it changes. A start waits for nobody, as
        // `plan` does not.
        if revision.is_none() || in_force.is_none() {
            return Some((looked, true));
        }
        before = revision;
        last = Some((looked, false));
        sleep(STANDS_STILL).await;
    }
    last
}

async fn of_files(shared: &Shared, explicit: Option<PathBuf>) -> Option<Found> {
    let (Looked { config, roster, roster_path, complaints }, stands_still) =
        stable(shared, explicit.as_ref()).await?;
    if !stands_still {
        let problem = "the roster changes all the time: it is taken up once it stands still".to_owned();
        // It stays watched, so that the next look comes as soon as that is so.
        let (roster_problem, paths) = (Some(Problem::plain(problem)), roster_path.into_iter().collect());
        return Some(Found { roster_problem, paths, ..nothing() });
    }
    let problem = shown(&complaints);
    let mut found = Found { paths: roster_path.iter().cloned().collect(), ..nothing() };
    match &config {
        None => found.config_problem = problem,
        Some(_) => found.roster_problem = problem,
    }
    if let (Some(config), Some(path), None) = (&config, &roster_path, &found.roster_problem)
        && !config.allow_dirty
    {
        found.roster_problem = not_committed(shared, path).await.map(Problem::plain);
    }
    Some(Found { config, roster, ..found })
}

/// Why a roster in a git work tree is not taken up: somebody is in the middle of changing it.
async fn not_committed(shared: &Shared, roster: &Path) -> Option<String> {
    match git::work_tree(roster, &*shared.env).await {
        Ok(Some(WorkTree { is_busy: true, .. })) => {
            Some(format!("{}: git is at work there (index.lock)", roster.display()))
        }
        Ok(Some(WorkTree { is_clean: false, .. })) => Some(format!(
            "{}: it differs from what is committed; commit the changes, or write allow_dirty = true",
            roster.display()
        )),
        Ok(_) => None,
        Err(error) => Some(format!("{}: {error}; or write allow_dirty = true", roster.display())),
    }
}

/// The commit that was taken up last, without a look at the remote.
fn taken_up_last(shared: &Shared, branched: &Branched, is_same: bool) -> Found {
    let Some(branch) = branch(shared, branched) else { return unusable(branched, no_state()) };
    let config = Some(branched.config.clone());
    let is_new = known(shared, &branch, branched).is_none();
    let in_force = shared.setup().map(|setup| Arc::clone(&setup.roster.revision));
    let followed = branch.followed().ok().flatten();
    let is_taken_up = followed.is_some_and(|it| in_force.as_deref() == Some(it.commit.as_str()));
    if is_same && is_taken_up && !is_new {
        return Found { config, is_partial: true, ..nothing() };
    }
    let check = |path: &Path, shown: &str| block_in_place(|| branched.check(path, shown));
    match following::last(&branch, &check) {
        Ok(in_force) => {
            let (git, held) = is_new.then(|| remembered(shared, &branch, branched)).unzip();
            let (roster, roster_problem) = (in_force.map(|in_force| in_force.roster), held.flatten());
            Found { config, roster, roster_problem, is_partial: !is_new, git, ..nothing() }
        }
        Err(trouble) => unusable(branched, trouble.problem()),
    }
}

/// Asks the remote of a branch, and takes its head up when everything about it is right.
pub async fn ask(shared: Arc<Shared>, branched: Arc<Branched>, fetched: Arc<AtomicBool>) -> Found {
    let now = Timestamp::now();
    let (Some(stores), Some(branch)) = (shared.stores(), branch(&shared, &branched)) else {
        return unusable(&branched, no_state());
    };
    let check = |path: &Path, shown: &str| block_in_place(|| branched.check(path, shown));
    let fetched = || fetched.store(true, Ordering::Relaxed);
    let look =
        Look { branch: &branch, stores: &stores, check: &check, env: &*shared.env, now, fetched: &fetched };
    let outlook = match look.run().await {
        Ok(outlook) => outlook,
        Err(error) => return unusable(&branched, Problem::plain(error.to_string())),
    };
    for notice in &outlook.notices {
        tracing::warn!("{}.", crate::clean::clean_message(notice));
    }
    let before = known(&shared, &branch, &branched);
    let is_new = before.is_none();
    let (before, held) = before.map_or_else(|| remembered(&shared, &branch, &branched), |git| (git, None));
    let git = after(&outlook, before, branched.branch.interval, now);
    let is_seen = git.error.is_none();
    let told = |trouble: &&Trouble| outlook.in_force.is_none() || !matches!(trouble, Trouble::Unreachable(_));
    let mut problems: Vec<Problem> = outlook.troubles.iter().filter(told).map(Trouble::problem).collect();
    problems.extend(held.filter(|_| !is_seen));
    Found {
        is_partial: !is_seen && !is_new && problems.is_empty(),
        roster: outlook.in_force.map(|in_force| in_force.roster),
        roster_problem: Problem::joined(&problems),
        config: Some(branched.config.clone()),
        git: Some(git),
        ..nothing()
    }
}

/// The branch after a look at it. While the remote does not answer, nothing new is known of its head.
fn after(outlook: &Outlook, before: Git, interval: Duration, now: Timestamp) -> Git {
    let mut git = Git { error: None, ..before };
    let unreachable = |trouble: &&Trouble| matches!(trouble, Trouble::Unreachable(_));
    git.error = outlook.troubles.iter().find(unreachable).map(ToString::to_string);
    if git.error.is_none() {
        git.fetched_at = Some(now);
        git.held = outlook.troubles.iter().find_map(|trouble| match trouble {
            Trouble::Held { digest, head, .. } => {
                Some(HeldHead { commit: head.as_str().to_owned(), digest: digest.clone() })
            }
            _ => None,
        });
    }
    if let Some(InForce { followed, .. }) = &outlook.in_force {
        git.taken_at = Some(followed.taken_at);
    }
    git.overdue = is_overdue(&git, interval, now);
    git
}

impl Found {
    /// Watches what another look found to be watched, too.
    pub fn watches(&mut self, other: &Self) {
        self.paths.extend(other.paths.iter().cloned());
    }

    /// Goes without the answer of the remote, which takes its time: what was taken up last comes into force.
    pub fn goes_without_remote(&mut self, shared: &Shared, branched: &Branched, why: &str) {
        self.is_unanswered = true;
        let Some(branch) = branch(shared, branched) else { return };
        let git = self.git.take().or_else(|| known(shared, &branch, branched));
        let mut git = git.unwrap_or_else(|| remembered(shared, &branch, branched).0);
        let error = git.error.get_or_insert_with(|| why.to_owned());
        if self.roster.is_none() && shared.setup().is_none() && self.roster_problem.is_none() {
            self.roster_problem = Some(Problem::plain(error.clone()));
            self.is_partial = false;
        }
        git.overdue = is_overdue(&git, branched.branch.interval, Timestamp::now());
        self.git = Some(git);
    }
}

/// A remote that does not answer for so long is somebody's business.
const OVERDUE: SignedDuration = SignedDuration::from_mins(15);

/// Whether somebody has to look after the remote. Where it is asked seldom, it gets more time.
pub(super) fn is_overdue(git: &Git, interval: Duration, now: Timestamp) -> bool {
    let seldom = SignedDuration::try_from(interval.saturating_mul(3)).unwrap_or(SignedDuration::MAX);
    let since = git.fetched_at.map(|at| now.duration_since(at));
    git.error.is_some() && since.is_some_and(|since| since >= OVERDUE.max(seldom))
}

fn branch(shared: &Shared, branched: &Branched) -> Option<Branch> {
    let directory = state::directory(&*shared.env).ok()?;
    Some(Branch::new(&branched.branch, &directory, &*shared.env))
}

/// Only what makes the process end keeps files from being looked at.
fn unread() -> Found {
    Found { roster_problem: Some(Problem::plain("the files were not looked at".to_owned())), ..nothing() }
}

fn no_state() -> Problem {
    Problem::plain("the state cannot be worked with".to_owned())
}

fn unusable(branched: &Branched, problem: Problem) -> Found {
    Found { config: Some(branched.config.clone()), roster_problem: Some(problem), ..nothing() }
}

/// What is known of the branch, when it is the one that is followed already.
fn known(shared: &Shared, branch: &Branch, branched: &Branched) -> Option<Git> {
    let git = shared.situation().roster.git?;
    Some(git).filter(|git| git.url == branch.address() && git.branch == branched.branch.branch)
}

/// What an earlier process left of the branch, and what it held.
fn remembered(shared: &Shared, branch: &Branch, branched: &Branched) -> (Git, Option<Problem>) {
    let (url, name) = (branch.address(), branched.branch.branch.clone());
    let mut git = Git { url, branch: name, ..Git::default() };
    let Ok(Some(followed)) = branch.followed() else { return (git, None) };
    (git.fetched_at, git.taken_at) = (Some(followed.seen_at), Some(followed.taken_at));
    let holds = shared.stores().and_then(|stores| stores.holds(&branch.target()).ok()).unwrap_or_default();
    let (Some(Hold { digest, .. }), Some(head)) = (holds.into_iter().next(), followed.apart) else {
        return (git, None);
    };
    git.held = Some(HeldHead { commit: head.as_str().to_owned(), digest: digest.clone() });
    (git, Some(Trouble::Held { digest, head, in_force: followed.commit }.problem()))
}

fn shown(complaints: &Complaints) -> Option<Problem> {
    (!complaints.is_empty()).then(|| complaints.into())
}
