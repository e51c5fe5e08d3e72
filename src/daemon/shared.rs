//! What the loop, the runs, the socket and the listener share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::OwnedMutexGuard;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::gates::Gates;
use super::listen::Listening;
use super::notice::Notices;
use super::work::Done;
use crate::config::Config;
use crate::core::model::{ProviderName, Target};
use crate::providers::gate::Closed;
use crate::providers::secret::{SecretError, Secrets};
use crate::providers::{self, Access, Fault, Observer, Provider, ProviderConfig};
use crate::run::Claims;
use crate::setup::Setup;
use crate::situation::{Situation, Suspended};
use crate::stores::Stores;
use crate::web::Shown;
use crate::web::metrics::Metrics;

/// The environment.
pub type Env = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// A loop that turns every few seconds and did not for so long hangs.
const HANGS: Duration = Duration::from_mins(1);

/// Where one run at a time is on.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Provider(ProviderName),
    Target(Target),
}

/// What everything in the daemon shares. Each lock is held for a moment only, but for the places of runs.
pub struct Shared {
    /// The environment.
    pub env: Env,
    /// Plan, report, change nothing, whatever the configuration says.
    pub dry_run: bool,
    /// Who is about to leave.
    pub claims: Claims,
    /// What stops runs before they are through.
    pub gates: Gates,
    /// Counters and gauges.
    pub metrics: Arc<Metrics>,
    /// Webhooks.
    pub notices: Notices,
    /// The HTTP listener.
    pub listening: Listening,
    /// Commands that are being carried out for somebody.
    pub answers: TaskTracker,
    /// No question is taken any more.
    pub stopping: CancellationToken,
    /// When the loop last turned.
    turned_at: Mutex<Instant>,
    stores: Mutex<Option<Arc<Stores>>>,
    /// Whoever opens state and journal does so alone.
    opening: Mutex<()>,
    /// Why state and journal cannot be worked with, as far as it is known.
    trouble: Mutex<Option<String>>,
    setup: Mutex<Option<Arc<Setup>>>,
    situation: Mutex<Situation>,
    /// Whoever changes the situation does so alone until everybody who shows it was told: what is shown last is what
    /// was noted last. Readers do not wait for it.
    noting: Mutex<()>,
    adapters: Mutex<Adapters>,
    places: Mutex<BTreeMap<Place, Arc<tokio::sync::Mutex<()>>>>,
}

/// What an adapter is for. Runs that go on side by side share none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// Runs of its provider.
    Run(Access),
    /// Being looked at in runs of another one.
    Beside(ProviderName),
}

/// The adapters that are kept.
#[derive(Default)]
struct Adapters {
    kept: BTreeMap<(ProviderName, Use), Kept>,
    /// No call goes out any more, of whatever adapter is still asked for either.
    stopped: bool,
}

/// An adapter that is kept from run to run, for its token.
struct Kept {
    setup: Arc<Setup>,
    adapter: Arc<dyn Provider>,
    /// What it logs in with.
    secrets: Secrets,
}

impl Shared {
    /// Nothing is in force yet. Without stores nothing runs until they are opened.
    #[must_use]
    pub fn new(env: Env, dry_run: bool, stores: Option<Stores>, situation: Situation) -> Self {
        Self {
            env,
            dry_run,
            claims: Claims::default(),
            gates: Gates::default(),
            metrics: Arc::default(),
            notices: Notices::default(),
            listening: Listening::default(),
            answers: TaskTracker::new(),
            stopping: CancellationToken::new(),
            turned_at: Mutex::new(Instant::now()),
            stores: Mutex::new(stores.map(Arc::new)),
            opening: Mutex::default(),
            trouble: Mutex::default(),
            setup: Mutex::default(),
            situation: Mutex::new(situation),
            noting: Mutex::default(),
            adapters: Mutex::default(),
            places: Mutex::default(),
        }
    }

    /// The loop turned.
    pub fn turned(&self) {
        *lock(&self.turned_at) = Instant::now();
    }

    /// State and journal; none while they are being opened again after trouble with the disk.
    #[must_use]
    pub fn stores(&self) -> Option<Arc<Stores>> {
        lock(&self.stores).clone()
    }

    /// Gives state and journal back. They are closed once nobody works with them any more.
    pub fn close_stores(&self) -> Option<Arc<Stores>> {
        lock(&self.stores).take()
    }

    /// Waits until nobody in this process opens state and journal, and keeps others from it.
    pub fn opening(&self) -> MutexGuard<'_, ()> {
        lock(&self.opening)
    }

    /// Puts opened stores in their place.
    pub fn set_stores(&self, stores: Stores) {
        *lock(&self.stores) = Some(Arc::new(stores));
        *lock(&self.trouble) = None;
    }

    /// Notes why state and journal cannot be worked with. Whether that is news.
    pub fn set_trouble(&self, why: String) -> bool {
        let before = lock(&self.trouble).replace(why.clone());
        before != Some(why)
    }

    /// Whether it is known why nothing runs.
    #[must_use]
    pub fn is_in_trouble(&self) -> bool {
        lock(&self.trouble).is_some()
    }

    /// Why nothing runs, while there are no stores.
    #[must_use]
    pub fn trouble(&self) -> String {
        // What to do comes first: long texts are cut off at their ends.
        let why = lock(&self.trouble).clone().map(|why| format!(": {why}")).unwrap_or_default();
        format!("state and journal cannot be worked with (see the log, and `rosterd history --verify`){why}")
    }

    /// The configuration and the roster in force; none before there were good ones.
    #[must_use]
    pub fn setup(&self) -> Option<Arc<Setup>> {
        lock(&self.setup).clone()
    }

    /// Takes another configuration and roster up. Runs that it would not let begin send nothing more.
    pub fn set_setup(&self, setup: &Arc<Setup>) {
        *lock(&self.setup) = Some(Arc::clone(setup));
        self.gates.obey(&setup.config);
    }

    /// Whether this is what is in force.
    #[must_use]
    pub fn is_current(&self, setup: &Arc<Setup>) -> bool {
        lock(&self.setup).as_ref().is_some_and(|current| Arc::ptr_eq(current, setup))
    }

    /// What is going on, as it is now.
    #[must_use]
    pub fn situation(&self) -> Situation {
        lock(&self.situation).clone().at(Timestamp::now())
    }

    /// Changes what is going on, and tells everybody who shows it, one change after the other.
    pub fn note(&self, change: impl FnOnce(&mut Situation)) {
        let _alone = lock(&self.noting);
        let situation = self.changed(change);
        self.metrics.show(&situation);
        self.notices.show(&situation);
        super::systemd::status(&situation.line());
    }

    /// Keeps how a run went, for the next process.
    pub fn keep(&self, done: &Done) {
        let Some(config) = done.setup.config.providers.get(&done.provider) else { return };
        let Some(stores) = self.stores() else { return };
        let kept = stores.set_last_run(&config.target(), &done.last).and_then(|_| stores.flush());
        if let Err(error) = kept {
            tracing::warn!(%error, "How the run went could not be kept.");
        }
    }

    /// Until when a provider is suspended. While the state cannot be read nothing runs, and what was known last
    /// still holds.
    #[must_use]
    pub fn suspended(&self, config: &ProviderConfig, now: Timestamp) -> Option<Suspended> {
        let kept = self.stores().map(|stores| stores.suspension(&config.target(), now));
        if let Some(Ok(suspension)) = kept {
            return suspension.map(Suspended::from);
        }
        let situation = lock(&self.situation);
        let known = situation.providers.get(&config.name)?.suspended.clone();
        known.filter(|suspended| now < suspended.until)
    }

    /// Shows the providers of a configuration from the start, also while there is no good roster.
    pub fn expect(&self, config: &Config) {
        let dry_run = self.dry_run || config.daemon.dry_run;
        self.note(|situation| {
            situation.configures(config, dry_run);
        });
        self.remember(config);
    }

    /// What an earlier process left of these providers.
    pub fn remember(&self, config: &Config) {
        let Some(stores) = self.stores() else { return };
        let _alone = lock(&self.noting);
        let situation = self.changed(|situation| situation.recalls(config, &stores, Timestamp::now()));
        self.metrics.show(&situation);
    }

    /// Only for whoever holds `noting`: the change is made beside what is read, since it may look into the state.
    fn changed(&self, change: impl FnOnce(&mut Situation)) -> Situation {
        let mut situation = lock(&self.situation).clone();
        change(&mut situation);
        lock(&self.situation).clone_from(&situation);
        situation
    }

    /// Waits until no run of these providers is on, nor one at their targets, which may have had other names, and keeps
    /// the next ones waiting. Everybody takes places in the same order, so that no two wait for each other.
    pub async fn places<'p>(
        &self,
        providers: impl IntoIterator<Item = (&'p ProviderName, Option<Target>)>,
    ) -> Vec<OwnedMutexGuard<()>> {
        let of = |(name, target): (&ProviderName, Option<Target>)| {
            [Some(Place::Provider(name.clone())), target.map(Place::Target)]
        };
        let wanted: BTreeSet<Place> = providers.into_iter().flat_map(of).flatten().collect();
        let mut taken = Vec::new();
        for place in wanted {
            let place = Arc::clone(lock(&self.places).entry(place).or_default());
            taken.push(place.lock_owned().await);
        }
        taken
    }

    /// The adapter of a provider, with the token of its last run.
    ///
    /// # Errors
    /// When a secret cannot be found, or the client cannot be made.
    pub fn adapter(
        &self,
        setup: &Arc<Setup>,
        config: &ProviderConfig,
        purpose: Use,
    ) -> Result<Arc<dyn Provider>, Fault> {
        let mut adapters = lock(&self.adapters);
        if adapters.stopped {
            return Err(Fault::new(providers::FaultKind::Passing, "rosterd was stopping").unsent());
        }
        let key = (config.name.clone(), purpose);
        if let Some(kept) = adapters.kept.get(&key)
            && Arc::ptr_eq(&kept.setup, setup)
        {
            kept.adapter.begin();
            return Ok(Arc::clone(&kept.adapter));
        }
        let secrets = config
            .credentials
            .resolve(&*self.env)
            .map_err(|errors| Fault::new(providers::FaultKind::Auth, in_one_line(&errors)).unsent())?;
        let access = match key.1 {
            Use::Run(access) => access,
            Use::Beside(_) => Access::Read,
        };
        let observer: Arc<dyn Observer> = Arc::clone(&self.metrics) as _;
        let adapter = providers::build_observed(config, secrets.clone(), access, Some(observer))?;
        let kept = Kept { setup: Arc::clone(setup), adapter: Arc::clone(&adapter), secrets };
        adapters.kept.insert(key, kept);
        Ok(adapter)
    }

    /// Forgets adapters whose credentials were not taken: they may have been renewed by the next run.
    pub fn forget_adapters(&self, provider: &ProviderName) {
        lock(&self.adapters).kept.retain(|(name, _), _| name != provider);
    }

    /// Follows the references to secrets once more, and forgets the adapters that were made with other secrets, so
    /// that the next run logs in anew. A token in use stays in use where nothing changed, and also where a secret
    /// cannot be found: it may be about to be written.
    pub fn follow_secrets(&self) -> BTreeSet<ProviderName> {
        let mut changed = BTreeSet::new();
        let Some(setup) = self.setup() else { return changed };
        for (provider, config) in &setup.config.providers {
            match config.credentials.resolve(&*self.env) {
                Ok(secrets) => lock(&self.adapters).kept.retain(|(name, _), kept| {
                    let is_stale = name == provider && kept.secrets != secrets;
                    if is_stale {
                        changed.insert(provider.clone());
                    }
                    !is_stale
                }),
                Err(errors) => {
                    let errors = in_one_line(&errors);
                    tracing::warn!(%provider, errors, "Secrets of {provider} cannot be found; it goes on with those it has.");
                }
            }
        }
        changed
    }

    /// No new call goes out to any provider.
    pub fn stop_calls(&self) {
        self.gates.close_all(Closed::Stopping);
        let mut adapters = lock(&self.adapters);
        adapters.stopped = true;
        for kept in adapters.kept.values() {
            kept.adapter.stop();
        }
    }
}

impl Shown for Shared {
    fn situation(&self) -> Situation {
        self.situation().for_everybody()
    }

    fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    fn is_alive(&self) -> bool {
        lock(&self.turned_at).elapsed() < HANGS
    }
}

fn in_one_line(errors: &[SecretError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
