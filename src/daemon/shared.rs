//! What the loop, the runs, the socket and the listener share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedMutexGuard;

use super::notice::Notices;
use crate::core::model::ProviderName;
use crate::providers::{self, Access, Fault, Observer, Provider, ProviderConfig};
use crate::run::Claims;
use crate::setup::Setup;
use crate::situation::Situation;
use crate::stores::Stores;
use crate::web::metrics::Metrics;

/// The environment.
pub type Env = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What everything in the daemon shares. Each lock is held for a moment only, but for the places of runs.
pub struct Shared {
    /// The environment.
    pub env: Env,
    /// Plan, report, change nothing, whatever the configuration says.
    pub dry_run: bool,
    /// Who is about to leave.
    pub claims: Claims,
    /// Counters and gauges.
    pub metrics: Arc<Metrics>,
    /// Webhooks.
    pub notices: Notices,
    stores: Mutex<Option<Arc<Stores>>>,
    setup: Mutex<Option<Arc<Setup>>>,
    situation: Mutex<Situation>,
    adapters: Mutex<BTreeMap<ProviderName, Kept>>,
    places: Mutex<BTreeMap<ProviderName, Arc<tokio::sync::Mutex<()>>>>,
}

/// An adapter that is kept from run to run, for its token.
struct Kept {
    setup: Arc<Setup>,
    access: Access,
    adapter: Arc<dyn Provider>,
}

impl Shared {
    /// Nothing is in force yet.
    #[must_use]
    pub fn new(env: Env, dry_run: bool, stores: Stores, situation: Situation) -> Self {
        Self {
            env,
            dry_run,
            claims: Claims::default(),
            metrics: Arc::default(),
            notices: Notices::default(),
            stores: Mutex::new(Some(Arc::new(stores))),
            setup: Mutex::default(),
            situation: Mutex::new(situation),
            adapters: Mutex::default(),
            places: Mutex::default(),
        }
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

    /// Puts opened stores in their place.
    pub fn set_stores(&self, stores: Stores) {
        *lock(&self.stores) = Some(Arc::new(stores));
    }

    /// The configuration and the roster in force; none before there were good ones.
    #[must_use]
    pub fn setup(&self) -> Option<Arc<Setup>> {
        lock(&self.setup).clone()
    }

    /// Takes another configuration and roster up.
    pub fn set_setup(&self, setup: &Arc<Setup>) {
        *lock(&self.setup) = Some(Arc::clone(setup));
    }

    /// Whether this is what is in force.
    #[must_use]
    pub fn is_current(&self, setup: &Arc<Setup>) -> bool {
        lock(&self.setup).as_ref().is_some_and(|current| Arc::ptr_eq(current, setup))
    }

    /// What is going on, as it is now.
    #[must_use]
    pub fn situation(&self) -> Situation {
        lock(&self.situation).clone()
    }

    /// Changes what is going on, and tells everybody who shows it.
    pub fn note(&self, change: impl FnOnce(&mut Situation)) {
        let situation = {
            let mut situation = lock(&self.situation);
            change(&mut situation);
            situation.clone()
        };
        self.metrics.show(&situation);
        self.notices.show(&situation);
        super::systemd::status(&situation.line());
    }

    /// Waits until no other run of the provider is on.
    pub async fn place(&self, provider: &ProviderName) -> OwnedMutexGuard<()> {
        let place = Arc::clone(lock(&self.places).entry(provider.clone()).or_default());
        place.lock_owned().await
    }

    /// The adapter of a provider, with the token of its last run.
    ///
    /// # Errors
    /// When a secret cannot be found, or the client cannot be made.
    pub fn adapter(
        &self,
        setup: &Arc<Setup>,
        config: &ProviderConfig,
        access: Access,
    ) -> Result<Arc<dyn Provider>, Fault> {
        let mut adapters = lock(&self.adapters);
        if let Some(kept) = adapters.get(&config.name)
            && kept.access == access
            && Arc::ptr_eq(&kept.setup, setup)
        {
            kept.adapter.begin();
            return Ok(Arc::clone(&kept.adapter));
        }
        let secrets = config.credentials.resolve(&*self.env).map_err(|errors| {
            let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
            Fault::new(providers::FaultKind::Auth, errors.join("; ")).unsent()
        })?;
        let observer: Arc<dyn Observer> = Arc::clone(&self.metrics) as _;
        let adapter = providers::build_observed(config, secrets, access, Some(observer))?;
        let kept = Kept { setup: Arc::clone(setup), access, adapter: Arc::clone(&adapter) };
        adapters.insert(config.name.clone(), kept);
        Ok(adapter)
    }

    /// Forgets an adapter whose credentials were not taken: they may have been renewed by the next run.
    pub fn forget_adapter(&self, provider: &ProviderName) {
        lock(&self.adapters).remove(provider);
    }

    /// No new call goes out to any provider.
    pub fn stop_calls(&self) {
        for kept in lock(&self.adapters).values() {
            kept.adapter.stop();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
