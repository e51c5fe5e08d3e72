//! Takes up configuration and roster: the two are read together, and only a pair that checks comes into
//! force. The last good pair stays in force until then, loudly.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use tokio::sync::{mpsc, oneshot};

use super::listen::Listening;
use super::shared::Shared;
use crate::config;
use crate::setup::{self, Looked, Setup};
use crate::stores::Stores;

/// What was found at one look.
pub struct Found {
    /// The configuration file.
    file: Option<PathBuf>,
    /// What tells this configuration from any other.
    digest: Option<[u8; 32]>,
    looked: Looked,
}

/// Reads files on threads of their own, one look at a time.
pub struct Intake {
    explicit: Option<PathBuf>,
    shared: Arc<Shared>,
    results: mpsc::Sender<Box<Found>>,
    is_looking: Arc<AtomicBool>,
    is_opening: Arc<AtomicBool>,
    /// Something may have changed since the look that is on began.
    look_again: Arc<AtomicBool>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    in_force: Option<([u8; 32], Arc<str>)>,
    problem: Option<String>,
    waiting: Vec<oneshot::Sender<Result<Arc<Setup>, String>>>,
}

impl Found {
    /// What has to be watched: the file of the configuration, and the roster that it names.
    #[must_use]
    pub fn paths(&self) -> Vec<&Path> {
        self.file.as_deref().into_iter().chain(self.looked.roster_path.as_deref()).collect()
    }

    /// What is wrong, as a person reads it.
    fn problem(&self) -> Option<String> {
        (!self.looked.complaints.is_empty()).then(|| self.looked.complaints.render(false))
    }
}

impl Intake {
    /// The receiver gets what is found.
    #[must_use]
    pub fn new(explicit: Option<PathBuf>, shared: Arc<Shared>) -> (Self, mpsc::Receiver<Box<Found>>) {
        let (results, found) = mpsc::channel(4);
        let intake = Self {
            explicit,
            shared,
            results,
            is_looking: Arc::default(),
            is_opening: Arc::default(),
            look_again: Arc::default(),
            state: Mutex::default(),
        };
        (intake, found)
    }

    /// Reads everything, beside the loop. What is asked for during a look is looked at after it.
    pub fn look(&self) {
        self.look_again.store(true, Ordering::SeqCst);
        if self.is_looking.swap(true, Ordering::SeqCst) {
            return;
        }
        let (explicit, results) = (self.explicit.clone(), self.results.clone());
        let (is_looking, look_again) = (Arc::clone(&self.is_looking), Arc::clone(&self.look_again));
        tokio::task::spawn_blocking(move || {
            loop {
                while look_again.swap(false, Ordering::SeqCst) {
                    if results.blocking_send(Box::new(find(explicit.as_deref()))).is_err() {
                        return;
                    }
                }
                is_looking.store(false, Ordering::SeqCst);
                // Somebody may have asked just before, and left it to this look.
                if !look_again.load(Ordering::SeqCst) || is_looking.swap(true, Ordering::SeqCst) {
                    return;
                }
            }
        });
    }

    /// Tells whoever asked for a look what came of the next one.
    pub fn reply_to(&self, reply: oneshot::Sender<Result<Arc<Setup>, String>>) {
        self.state().waiting.push(reply);
    }

    /// Brings what was found into force, when it checks and is new.
    pub fn take_up(&self, found: Found, now: Timestamp) -> Option<Arc<Setup>> {
        let problem = found.problem();
        let is_new_problem = std::mem::replace(&mut self.state().problem, problem.clone()) != problem;
        if let (None, Some(config)) = (self.shared.setup(), &found.looked.config) {
            // Webhooks hear of a roster that does not check at the start, too.
            self.shared.notices.follow(&config.notify, &self.shared.env);
        }
        if is_new_problem {
            self.tell(&found, problem.as_deref(), now);
        }
        let taken = if problem.is_none() { self.bring_into_force(found, now) } else { None };
        for reply in std::mem::take(&mut self.state().waiting) {
            let current = self.shared.setup().filter(|_| problem.is_none());
            drop(reply.send(current.ok_or_else(|| problem.clone().unwrap_or_default())));
        }
        taken
    }

    fn bring_into_force(&self, found: Found, now: Timestamp) -> Option<Arc<Setup>> {
        let (digest, setup) = (found.digest?, found.looked.into_setup().ok()?);
        let key = (digest, Arc::clone(&setup.roster.revision));
        if self.state().in_force.as_ref() == Some(&key) {
            return None;
        }
        let setup = Arc::new(setup);
        self.shared.set_setup(&setup);
        Listening::follow(&self.shared, setup.config.daemon.listen);
        self.shared.notices.follow(&setup.config.notify, &self.shared.env);
        let dry_run = self.shared.dry_run || setup.config.daemon.dry_run;
        self.shared.note(|situation| situation.takes_up(&setup.config, &setup.roster, dry_run, now));
        if self.state().in_force.is_none() {
            self.shared.remember(&setup.config);
        }
        let (revision, groups) =
            (&setup.roster.revision, setup.roster.groups.values().map(|it| it.len()).sum::<usize>());
        tracing::info!(%revision, people = setup.roster.people.len(), groups, "Took up the configuration and the roster.");
        self.state().in_force = Some(key);
        Some(setup)
    }

    fn tell(&self, found: &Found, problem: Option<&str>, now: Timestamp) {
        match problem {
            Some(problem) => tracing::error!(
                problem,
                "The configuration or the roster does not check; what was good before stays in force."
            ),
            None => tracing::info!("The configuration and the roster check."),
        }
        let (config_checks, roster_checks) = (found.looked.config.is_some(), found.looked.roster.is_some());
        self.shared.note(|situation| {
            let first = problem.and_then(|problem| problem.lines().next()).map(str::to_owned);
            let roster_checks = problem.is_none() || roster_checks && !config_checks;
            situation.configuration.found(config_checks, first.clone().filter(|_| !config_checks), now);
            situation.roster.document.found(roster_checks, first.filter(|_| !roster_checks), now);
        });
    }

    /// Opens state and journal again after trouble with the disk, beside the loop.
    pub fn open_stores(&self) {
        if self.is_opening.swap(true, Ordering::SeqCst) {
            return;
        }
        let (shared, is_opening) = (Arc::clone(&self.shared), Arc::clone(&self.is_opening));
        tokio::task::spawn_blocking(move || {
            match Stores::open(&*shared.env, "rosterd run") {
                Ok(stores) => {
                    for notice in stores.notices() {
                        tracing::warn!("{notice}.");
                    }
                    shared.set_stores(stores);
                    tracing::info!("State and journal are open again.");
                }
                Err(error) => tracing::error!(%error, "State and journal cannot be opened yet."),
            }
            is_opening.store(false, Ordering::SeqCst);
        });
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn find(explicit: Option<&Path>) -> Found {
    let file = config::find(explicit).ok();
    // Taken before the file is read: a change in between is found at the next look.
    let bytes = file.as_deref().and_then(|file| std::fs::read(file).ok());
    let digest = bytes.map(|bytes| Sha256::digest(bytes).into());
    Found { file, digest, looked: setup::look(explicit) }
}
