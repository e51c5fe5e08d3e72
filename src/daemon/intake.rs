//! Takes up configuration and roster: the two are read together, and only a pair that checks comes into
//! force. The last good pair stays in force until then, loudly.
//!
//! ```text
//! look -> found (files, or the head of a branch) -> what is wrong? told -> new? in force
//! ```

mod found;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;

use super::listen::Listening;
use super::shared::Shared;
use crate::clean::{clean_lines, clean_message};
use crate::complaint::Problem;
use crate::logging;
use crate::setup::Setup;
use crate::stores::Stores;

pub use found::Found;

/// Looks beside the loop, one look at a time.
pub struct Intake {
    looker: Arc<Looker>,
    is_opening: Arc<AtomicBool>,
    state: Mutex<State>,
}

/// What a look needs.
struct Looker {
    explicit: Option<PathBuf>,
    shared: Arc<Shared>,
    results: mpsc::Sender<Box<Found>>,
    is_looking: AtomicBool,
    /// The number of looks that were asked for.
    asked: AtomicU64,
    /// The last of them that is to ask the remote of a branch too.
    fetch: AtomicU64,
    /// The last of them that is to follow the references to secrets too.
    secrets: AtomicU64,
}

#[derive(Default)]
struct State {
    in_force: Option<([u8; 32], Arc<str>)>,
    problem: Option<Problem>,
    /// The remote of the branch did not answer the last time.
    is_unreachable: bool,
    /// Whoever waits for a look, and which.
    waiting: Vec<(u64, Reply)>,
}

/// Where it is said whether what was found checks.
pub type Reply = oneshot::Sender<Result<Arc<Setup>, String>>;

impl Intake {
    /// The receiver gets what is found.
    #[must_use]
    pub fn new(explicit: Option<PathBuf>, shared: Arc<Shared>) -> (Self, mpsc::Receiver<Box<Found>>) {
        let (results, found) = mpsc::channel(4);
        let is_looking = AtomicBool::new(false);
        let (asked, fetch, secrets) = <(AtomicU64, AtomicU64, AtomicU64)>::default();
        let looker = Arc::new(Looker { explicit, shared, results, is_looking, asked, fetch, secrets });
        (Self { looker, is_opening: Arc::default(), state: Mutex::default() }, found)
    }

    /// Looks, and asks the remote of a branch too where `fetch` says so. What is asked for during a look is
    /// looked at after it.
    pub fn look(&self, fetch: bool) {
        let number = self.looker.asked.fetch_add(1, Ordering::SeqCst) + 1;
        if fetch {
            self.looker.fetch.store(number, Ordering::SeqCst);
        }
        if !self.looker.is_looking.swap(true, Ordering::SeqCst) {
            tokio::spawn(Arc::clone(&self.looker).run());
        }
    }

    /// Looks at everything, because somebody said so: at secrets too, which may have been renewed in their files.
    pub fn look_at_all(&self) {
        let next = self.looker.asked.load(Ordering::SeqCst) + 1;
        self.looker.secrets.store(next, Ordering::SeqCst);
        self.look(true);
    }

    /// Tells whoever asked for the next look what came of it.
    pub fn reply_to(&self, reply: Reply) {
        let next = self.looker.asked.load(Ordering::SeqCst) + 1;
        self.state().waiting.push((next, reply));
    }

    /// Brings what was found into force, when it checks and is new.
    pub fn take_up(&self, mut found: Found, now: Timestamp) -> Option<Arc<Setup>> {
        if found.is_partial {
            let roster = self.looker.shared.situation().roster;
            found.roster_problem = roster.document.problem();
        }
        if let (None, Some(config)) = (self.looker.shared.setup(), &found.config) {
            // Webhooks hear of a roster that does not check at the start, too.
            self.looker.shared.notices.follow(&config.notify, &self.looker.shared.env);
        }
        let problem = found.config_problem.clone().or_else(|| found.roster_problem.clone());
        let serves = found.serves;
        self.tell(&found, problem.as_ref(), now);
        let taken = self.bring_into_force(found, now);
        let asked: Vec<(u64, Reply)> = std::mem::take(&mut self.state().waiting);
        let (answered, waiting) = asked.into_iter().partition::<Vec<_>, _>(|(number, _)| *number <= serves);
        self.state().waiting.extend(waiting);
        for (_, reply) in answered {
            let current = self.looker.shared.setup().filter(|_| problem.is_none());
            // Whoever does not listen any more does not want to know.
            let whole = || problem.as_ref().map(|problem| problem.whole.clone()).unwrap_or_default();
            drop(reply.send(current.ok_or_else(whole)));
        }
        taken
    }

    fn bring_into_force(&self, found: Found, now: Timestamp) -> Option<Arc<Setup>> {
        let shared = &self.looker.shared;
        // A branch may have a problem while what was good before is read again: that is no other roster.
        let digest = found.digest?;
        let setup = found.into_setup()?;
        let key = (digest, Arc::clone(&setup.roster.revision));
        if self.state().in_force.as_ref() == Some(&key) {
            return None;
        }
        let setup = Arc::new(setup);
        shared.set_setup(&setup);
        logging::set_level(setup.config.daemon.log_level);
        Listening::follow(shared, setup.config.daemon.listen);
        shared.notices.follow(&setup.config.notify, &shared.env);
        let dry_run = shared.dry_run || setup.config.daemon.dry_run;
        shared.note(|situation| situation.takes_up(&setup.config, &setup.roster, dry_run, now));
        if self.state().in_force.is_none() {
            shared.remember(&setup.config);
        }
        let (revision, people) = (&setup.roster.revision, setup.roster.people.len());
        let groups: usize = setup.roster.groups.values().map(BTreeMap::len).sum();
        let short = revision.get(..7).unwrap_or(revision);
        tracing::info!(%revision, people, groups, "Took up the configuration and roster {short}.");
        self.state().in_force = Some(key);
        Some(setup)
    }

    /// Notes what was found, and says aloud what is new about it.
    fn tell(&self, found: &Found, problem: Option<&Problem>, now: Timestamp) {
        let before = std::mem::replace(&mut self.state().problem, problem.cloned());
        match problem {
            _ if before.as_ref() == problem => (),
            Some(problem) => {
                let what = match () {
                    () if found.config_problem.is_some() => "configuration does not check",
                    () if found.git.is_some() => "head of the roster's branch is not in force",
                    () => "roster does not check, or may not be taken up yet",
                };
                let stays = match self.looker.shared.setup() {
                    Some(_) => "what was good before stays in force",
                    None => "nothing is in force",
                };
                // The log goes to more places than the roster does. The journal of systemd shows the sentence
                // alone; the rest of several lines is in the field.
                let first = clean_lines(&problem.brief).into_iter().next().unwrap_or_default();
                let problem = &*clean_message(&problem.brief);
                tracing::error!(problem, "The {what}: {first}; {stays}.");
            }
            None => tracing::info!("The configuration and the roster check again."),
        }
        self.tell_of_remote(found);
        let (config, roster) = (found.config_problem.clone(), found.roster_problem.clone());
        let git = found.git.clone();
        self.looker.shared.note(|situation| {
            situation.configuration.found(config.is_none(), config, now);
            situation.roster.document.found(roster.is_none(), roster, now);
            if git.is_some() {
                situation.roster.git = git;
            }
        });
    }

    /// Says when the remote stops answering, and when it does again. Without a roster it is a problem, and told as one.
    fn tell_of_remote(&self, found: &Found) {
        let Some(git) = &found.git else { return };
        let error = git.error.as_ref().filter(|_| found.roster.is_some());
        let before = std::mem::replace(&mut self.state().is_unreachable, error.is_some());
        match error {
            Some(error) if !before => {
                let error = &*clean_message(error);
                tracing::warn!("The head of the roster's branch is not known: {error}.");
            }
            None if before => tracing::info!("The remote of the roster's branch answers again."),
            Some(_) | None => (),
        }
    }

    /// Opens state and journal again after trouble with the disk, beside the loop.
    pub fn open_stores(&self) {
        if self.is_opening.swap(true, Ordering::SeqCst) {
            return;
        }
        let (shared, is_opening) = (Arc::clone(&self.looker.shared), Arc::clone(&self.is_opening));
        spawn_blocking(move || {
            let _alone = shared.opening();
            match Stores::open(&*shared.env, "rosterd run") {
                Ok(stores) => {
                    for notice in stores.notices() {
                        tracing::warn!("{notice}.");
                    }
                    shared.set_stores(stores);
                    tracing::info!("State and journal are open again.");
                }
                Err(error) => {
                    // It is tried every few seconds.
                    if shared.set_trouble(error.to_string()) {
                        tracing::error!(%error, "State and journal cannot be opened yet; nothing runs until they can.");
                    }
                }
            }
            is_opening.store(false, Ordering::SeqCst);
        });
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Looker {
    async fn run(self: Arc<Self>) {
        let mut served = 0;
        loop {
            let number = self.asked.load(Ordering::SeqCst);
            if number == served {
                self.is_looking.store(false, Ordering::SeqCst);
                // Somebody may have asked just before, and left it to this task.
                let is_last = self.asked.load(Ordering::SeqCst) == served;
                if is_last || self.is_looking.swap(true, Ordering::SeqCst) {
                    return;
                }
                continue;
            }
            let fetch = self.fetch.load(Ordering::SeqCst) > served;
            let mut found = found::find(&self.shared, self.explicit.clone(), number, fetch).await;
            if self.secrets.load(Ordering::SeqCst) > served {
                let shared = Arc::clone(&self.shared);
                found.renewed = spawn_blocking(move || shared.follow_secrets()).await.unwrap_or_default();
            }
            if self.results.send(Box::new(found)).await.is_err() {
                return;
            }
            served = number;
        }
    }
}
