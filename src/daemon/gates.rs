//! Runs that may change something, and what stops them before they are through.
//!
//! Whoever stops a run has written down why before: a run that begins afterwards reads it, and one that began
//! before is found here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::core::guard::Mode;
use crate::core::model::{ProviderName, Target};
use crate::providers::gate::{Closed, Gate};
use crate::providers::{Access, ProviderConfig};

/// The gates of all runs that are on, those that only look too: whoever stops rosterd ends these as well.
#[derive(Debug, Default)]
pub struct Gates(Mutex<BTreeMap<ProviderName, Entry>>);

#[derive(Debug)]
struct Entry {
    target: Target,
    access: Access,
    gate: Arc<Gate>,
    ended: CancellationToken,
}

impl Gates {
    /// A run begins. The gate of one that changes nothing closes only when nothing goes out any more.
    pub fn open(&self, config: &ProviderConfig, access: Access) -> Arc<Gate> {
        let (gate, ended) = (Arc::new(Gate::default()), CancellationToken::new());
        let entry = Entry { target: config.target(), access, gate: Arc::clone(&gate), ended };
        self.lock().insert(config.name.clone(), entry);
        gate
    }

    /// The run of a provider ended, however.
    pub fn ended(&self, provider: &ProviderName) {
        if let Some(entry) = self.lock().remove(provider) {
            entry.ended.cancel();
        }
    }

    /// Lets the run of a provider send nothing more. What is given back is cancelled when that run ends; none where no
    /// run is on that may change something.
    pub fn close(&self, provider: &ProviderName, why: Closed) -> Option<CancellationToken> {
        let gates = self.lock();
        let entry = gates.get(provider).filter(|entry| entry.access == Access::Write)?;
        entry.gate.close(why);
        Some(entry.ended.clone())
    }

    /// Lets runs send nothing more that this configuration would not let begin.
    pub fn obey(&self, config: &Config) {
        let gates = self.lock();
        for (provider, entry) in gates.iter().filter(|(_, entry)| entry.access == Access::Write) {
            if let Some(why) = forbids(config, provider, &entry.target) {
                entry.gate.close(why);
            }
        }
    }

    /// Lets no run send anything more.
    pub fn close_all(&self, why: Closed) {
        self.lock().values().for_each(|entry| entry.gate.close(why));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ProviderName, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why nothing may be changed at a target by this configuration.
fn forbids(config: &Config, provider: &ProviderName, target: &Target) -> Option<Closed> {
    match config.providers.get(provider).filter(|provider| provider.target() == *target) {
        None => Some(Closed::Gone),
        Some(_) if config.daemon.dry_run => Some(Closed::DryRun),
        Some(provider) if provider.mode == Mode::Observe => Some(Closed::Observed),
        Some(_) => None,
    }
}
