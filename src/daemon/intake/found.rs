//! One look at the configuration and at the roster: in files, or at the head of a branch.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use tokio::task::{block_in_place, spawn_blocking};
use tokio::time::sleep;

use crate::complaint::{Complaints, Problem};
use crate::config::{self, Config};
use crate::core::model::ProviderName;
use crate::core::roster::Roster;
use crate::daemon::shared::Shared;
use crate::following::{Look, Trouble};
use crate::git::{self, Branch, WorkTree};
use crate::setup::{self, Branched, Looked, Setup};
use crate::situation::{Git, HeldHead};
use crate::{following, state};

/// What was found.
pub struct Found {
    /// The look that it serves, and every one before.
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
    /// The remote of the branch was not asked: of the head nothing new is known.
    pub is_partial: bool,
    /// The branch, where one is followed.
    pub git: Option<Git>,
    /// Providers whose secrets are others than before, where that was looked at.
    pub renewed: BTreeSet<ProviderName>,
    paths: Vec<PathBuf>,
}

impl Found {
    /// What has to be watched: the file of the configuration, and the roster that it names.
    pub fn paths(&self) -> Vec<&Path> {
        self.paths.iter().map(PathBuf::as_path).collect()
    }

    /// The two together, when nothing is wrong with either.
    #[must_use]
    pub fn into_setup(self) -> Option<Setup> {
        // What is wrong with the head of a branch is no fault of the commit that is in force.
        let is_of_branch = self.config.as_ref().is_some_and(|config| config.roster_git.is_some());
        let is_good = self.config_problem.is_none() && (is_of_branch || self.roster_problem.is_none());
        Some(Setup { config: self.config?, roster: self.roster? }).filter(|_| is_good)
    }
}

/// Looks once. The remote of a branch is asked only with `fetch`.
pub async fn find(shared: &Shared, explicit: Option<PathBuf>, serves: u64, fetch: bool) -> Found {
    let given = explicit.clone();
    let file = config::find(explicit.as_deref()).ok();
    // Taken before the file is read: a change in between is found at the next look.
    let bytes = file.as_deref().and_then(|file| std::fs::read(file).ok());
    let digest = bytes.map(|bytes| Sha256::digest(bytes).into());
    let branched = spawn_blocking(move || setup::branched(given.as_deref())).await.ok().flatten();
    let mut found = match branched {
        Some(branched) => of_branch(shared, branched, fetch).await,
        None => of_files(shared, explicit).await,
    };
    found.paths.extend(file);
    Found { serves, digest, ..found }
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
        paths: Vec::new(),
    }
}

/// So long a roster that is not the one in force must stay as it is: whoever writes files one after the other, or
/// empties one before it is written, is waited for.
const STANDS_STILL: Duration = Duration::from_millis(300);
/// After so many looks at a roster that never stands still, the next look is left to find it.
const LOOKS: usize = 5;

/// Reads both, and once more where the roster is another one, until two looks agree.
async fn stable(shared: &Shared, explicit: Option<&PathBuf>) -> Option<Looked> {
    let in_force = shared.setup().map(|setup| Arc::clone(&setup.roster.revision));
    let mut before = None;
    for _ in 0..LOOKS {
        let given = explicit.cloned();
        let looked = spawn_blocking(move || setup::look(given.as_deref())).await.ok()?;
        let revision = looked.roster.as_ref().map(|roster| Arc::clone(&roster.revision));
        if revision.is_some() && (revision == in_force || revision == before) {
            return Some(looked);
        }
        // What does not check is not taken up, and is looked at again when it changes. A start waits for nobody, as
        // `plan` does not.
        if revision.is_none() || in_force.is_none() {
            return Some(looked);
        }
        before = revision;
        sleep(STANDS_STILL).await;
    }
    None
}

async fn of_files(shared: &Shared, explicit: Option<PathBuf>) -> Found {
    let Some(looked) = stable(shared, explicit.as_ref()).await else {
        let problem = "the roster changes all the time: it is taken up once it stands still".to_owned();
        return Found { roster_problem: Some(Problem::plain(problem)), ..nothing() };
    };
    let Looked { config, roster, roster_path, complaints } = looked;
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
    Found { config, roster, ..found }
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

async fn of_branch(shared: &Shared, branched: Branched, fetch: bool) -> Found {
    let now = Timestamp::now();
    let unusable = |problem: Problem| Found { roster_problem: Some(problem), ..nothing() };
    let (stores, directory) = (shared.stores(), state::directory(&*shared.env));
    let (Some(stores), Ok(directory)) = (stores, directory) else {
        return Found {
            config: Some(branched.config),
            ..unusable(Problem::plain("the state cannot be worked with".to_owned()))
        };
    };
    let branch = Branch::new(&branched.branch, &directory, &*shared.env);
    let check = |path: &Path, shown: &str| block_in_place(|| branched.check(path, shown));
    let mut git = Git { url: branch.address(), branch: branched.branch.branch.clone(), ..Git::default() };
    if !fetch {
        return match following::last(&branch, &check) {
            Ok(in_force) => Found {
                roster: in_force.map(|in_force| in_force.roster),
                config: Some(branched.config),
                is_partial: true,
                ..nothing()
            },
            Err(trouble) => Found { config: Some(branched.config), ..unusable(trouble.problem()) },
        };
    }
    let look = Look { branch: &branch, stores: &stores, check: &check, env: &*shared.env, now };
    let outlook = match look.run().await {
        Ok(outlook) => outlook,
        Err(error) => {
            let problem = Problem::plain(error.to_string());
            return Found { config: Some(branched.config), ..unusable(problem) };
        }
    };
    for notice in &outlook.notices {
        tracing::warn!("{}.", crate::clean::clean_message(notice));
    }
    let mut problems = Vec::new();
    for trouble in &outlook.troubles {
        match trouble {
            Trouble::Unreachable(_) => {
                git.error = Some(format!("{trouble}; {}", outlook.standing(now)));
                // With nothing in force this is what keeps a roster from being so, and no mere delay.
                if outlook.in_force.is_none() {
                    problems.push(trouble.problem());
                }
            }
            Trouble::Held { digest, head, .. } => {
                git.held = Some(HeldHead { commit: head.as_str().to_owned(), digest: digest.clone() });
                problems.push(trouble.problem());
            }
            Trouble::Invalid { .. } | Trouble::Unsigned(_) | Trouble::Unusable(_) => {
                problems.push(trouble.problem());
            }
        }
    }
    let is_unreachable = outlook.troubles.iter().any(|trouble| matches!(trouble, Trouble::Unreachable(_)));
    let last_seen = outlook.in_force.as_ref().map(|in_force| in_force.followed.seen_at);
    git.fetched_at = if is_unreachable { last_seen } else { Some(now) };
    Found {
        roster: outlook.in_force.map(|in_force| in_force.roster),
        roster_problem: Problem::joined(&problems),
        config: Some(branched.config),
        git: Some(git),
        ..nothing()
    }
}

fn shown(complaints: &Complaints) -> Option<Problem> {
    (!complaints.is_empty()).then(|| complaints.into())
}
