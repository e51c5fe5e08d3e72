//! Takes up configuration and roster: the two are read together, and only a pair that checks comes into
//! force. The last good pair stays in force until then, loudly.
//!
//! ```text
//! look -> found (files, or the head of a branch) -> what is wrong? told -> new? in force
//! ```

mod found;
mod looker;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;

use super::listen::Listening;
use super::notice::Notices;
use super::shared::Shared;
use crate::clean::{clean_lines, clean_message};
use crate::complaint::Problem;
use crate::logging;
use crate::setup::Setup;
use crate::situation::{Git, Situation};
use crate::state::StateError;
use crate::stores::{StoreError, Stores};
use looker::{Looker, Wanted};

pub use found::Found;

/// Looks beside the loop, one look at a time.
pub struct Intake {
    shared: Arc<Shared>,
    wanted: mpsc::UnboundedSender<Wanted>,
    is_opening: Arc<AtomicBool>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The number of looks that were asked for.
    asked: u64,
    in_force: Option<([u8; 32], Arc<str>)>,
    problem: Option<Problem>,
    /// The remote of the branch did not answer the last time.
    is_cut_off: bool,
    /// Whoever waits for a look, and which.
    waiting: Vec<(u64, Reply)>,
}

/// What a look came to, for whoever asked for it.
#[derive(Debug, Default)]
pub struct Reread {
    /// What is in force now.
    pub in_force: Option<Arc<Setup>>,
    /// What does not check, with its lines: nothing of it is in force.
    pub problem: Option<String>,
    /// What else is not as it should be.
    pub troubles: Vec<String>,
    /// What is as it should be, and may surprise.
    pub note: Option<String>,
}

/// Where it is said what a look came to.
pub type Reply = oneshot::Sender<Reread>;

impl Intake {
    /// The receiver gets what is found.
    #[must_use]
    pub fn new(explicit: Option<PathBuf>, shared: Arc<Shared>) -> (Self, mpsc::Receiver<Box<Found>>) {
        let (results, found) = mpsc::channel(4);
        let (wanted, wishes) = mpsc::unbounded_channel();
        tokio::spawn(Looker::new(explicit, Arc::clone(&shared), wishes, results).run());
        (Self { shared, wanted, is_opening: Arc::default(), state: Mutex::default() }, found)
    }

    /// Looks, and asks the remote of a branch too where `remote` says so; the number of the look. What is asked for
    /// during a look is looked at after it.
    pub fn look(&self, remote: bool) -> u64 {
        self.want(Wanted { remote, ..Wanted::default() })
    }

    /// Looks at everything, because somebody said so: at secrets too, which may have been renewed in their files.
    pub fn look_at_all(&self, reply: Option<Reply>) -> u64 {
        let number = self.want(Wanted { remote: true, secrets: true, ..Wanted::default() });
        self.state().waiting.extend(reply.map(|reply| (number, reply)));
        number
    }

    fn want(&self, wanted: Wanted) -> u64 {
        let mut state = self.state();
        state.asked += 1;
        // Looks go on as long as there is a loop that asks for them.
        let _ = self.wanted.send(Wanted { number: state.asked, ..wanted });
        state.asked
    }

    /// Brings what was found into force, when it checks and is new.
    pub async fn take_up(&self, mut found: Found, now: Timestamp) -> Option<Arc<Setup>> {
        let shared = &self.shared;
        if found.is_partial {
            let roster = shared.situation().roster;
            found.roster_problem = roster.document.problem();
        }
        if let (None, Some(config)) = (shared.setup(), &found.config) {
            // Webhooks hear of a roster that does not check at the start, too.
            Notices::follow(shared, &config.notify);
        }
        let problem = found.config_problem.clone().or_else(|| found.roster_problem.clone());
        let (serves, webhooks) = (found.serves, found.webhooks.take());
        // What was known before of another head is no answer to whoever asked for this one.
        let is_old = found.is_unanswered && found.is_partial;
        let answer = if is_old { found.config_problem.clone() } else { problem.clone() };
        let is_of_files = found.config.as_ref().is_some_and(|config| config.roster_git.is_none());
        // What is wrong is told beside what is in force by then.
        let taken = self.bring_into_force(&mut found).await;
        self.tell(&found, is_of_files, problem.as_ref(), now);
        if let Some(webhooks) = webhooks {
            Notices::tell_unusable(shared, &webhooks);
        }
        if let Some(setup) = shared.setup().filter(|_| shared.situation().listener.is_some()) {
            Listening::follow(shared, setup.config.daemon.listen).await;
        }
        let waiting = std::mem::take(&mut self.state().waiting);
        let (answered, waiting): (Vec<_>, _) = waiting.into_iter().partition(|(number, _)| *number <= serves);
        self.state().waiting = waiting;
        for (_, reply) in answered {
            // Whoever does not listen any more does not want to know.
            drop(reply.send(self.reread(answer.as_ref(), now)));
        }
        taken
    }

    fn reread(&self, problem: Option<&Problem>, now: Timestamp) -> Reread {
        let situation = self.shared.situation();
        let Situation { roster, listener, .. } = &situation;
        let error = roster.git.as_ref().and_then(|git| git.error.as_ref());
        let error = error.filter(|_| roster.revision.is_some());
        let in_force = self.shared.setup();
        let listen = in_force.as_ref().map(|setup| setup.config.daemon.listen);
        Reread {
            note: listen.and_then(|address| self.shared.listening.unused(address)),
            in_force,
            problem: problem.map(|problem| problem.whole.clone()),
            troubles: error
                .map(|error| format!("{error}; {}", roster.standing(now)))
                .into_iter()
                .chain(listener.clone())
                .chain(situation.silent())
                .collect(),
        }
    }

    async fn bring_into_force(&self, found: &mut Found) -> Option<Arc<Setup>> {
        let shared = &self.shared;
        // A branch may have a problem while what was good before is read again: that is no other roster.
        let digest = found.digest?;
        let setup = found.take_setup()?;
        let key = (digest, Arc::clone(&setup.roster.revision));
        if self.state().in_force.as_ref() == Some(&key) {
            return None;
        }
        let setup = Arc::new(setup);
        shared.set_setup(&setup);
        logging::set_level(setup.config.daemon.log_level);
        Listening::follow(shared, setup.config.daemon.listen).await;
        Notices::follow(shared, &setup.config.notify);
        let dry_run = shared.dry_run || setup.config.daemon.dry_run;
        let mut is_elsewhere = false;
        shared.note(|situation| is_elsewhere = situation.takes_up(&setup.config, &setup.roster, dry_run));
        if is_elsewhere || self.state().in_force.is_none() {
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
    fn tell(&self, found: &Found, is_of_files: bool, problem: Option<&Problem>, now: Timestamp) {
        let before = std::mem::replace(&mut self.state().problem, problem.cloned());
        match problem {
            _ if before.as_ref() == problem => (),
            Some(problem) => {
                let what = match () {
                    () if found.config_problem.is_some() => "configuration does not check",
                    () if found.git.is_some() => "head of the roster's branch is not in force",
                    () => "roster does not check, or may not be taken up yet",
                };
                let instead = if self.shared.setup().is_some() {
                    "what was good before stays in force"
                } else {
                    "nothing is in force"
                };
                // The log goes to more places than the roster does. The journal of systemd shows the sentence
                // alone; the rest of several lines is in the field.
                let first = clean_lines(&problem.brief).into_iter().next().unwrap_or_default();
                let problem = &*clean_message(&problem.brief);
                tracing::error!(problem, "The {what}: {first}; {instead}.");
            }
            None => tracing::info!("The configuration and the roster check again."),
        }
        let (config, roster) = (found.config_problem.clone(), found.roster_problem.clone());
        self.shared.note(|situation| {
            situation.configuration.found(config.is_none(), config, now);
            situation.roster.document.found(roster.is_none(), roster, now);
            if is_of_files || found.git.is_some() {
                situation.roster.git.clone_from(&found.git);
            }
        });
        if let Some(git) = &found.git {
            self.tell_of_remote(git, now);
        }
    }

    /// Says when a remote ceases to answer, and when it answers again. While nothing is in force, that is said as
    /// what is wrong with the roster.
    fn tell_of_remote(&self, git: &Git, now: Timestamp) {
        let is_in_force = self.shared.setup().is_some();
        let was_cut_off = std::mem::replace(&mut self.state().is_cut_off, git.error.is_some());
        match &git.error {
            Some(error) if !was_cut_off && is_in_force => {
                let error = &*clean_message(error);
                let standing = self.shared.situation().roster.standing(now);
                tracing::warn!("The head of the roster's branch is not known: {error}; {standing}.");
            }
            None if was_cut_off => tracing::info!("The remote of the roster's branch answers again."),
            _ => (),
        }
    }

    /// Opens state and journal again after trouble with the disk, beside the loop.
    pub fn open_stores(&self) {
        if self.is_opening.swap(true, Ordering::SeqCst) {
            return;
        }
        let (shared, is_opening) = (Arc::clone(&self.shared), Arc::clone(&self.is_opening));
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
                // Somebody looks at what is wrong: that is no other trouble.
                Err(error @ StoreError::State(StateError::InUse { .. })) if shared.is_in_trouble() => {
                    tracing::debug!(%error, "State and journal are tried again later.");
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
