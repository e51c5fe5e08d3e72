//! What `approve`, `suspend` and `resume` share: a decision of a person, journalled before it takes effect.

use std::sync::Arc;

use super::live::unknown;
use super::{Failure, Surroundings};
use crate::config::Config;
use crate::core::model::ProviderName;
use crate::journal::NO_REASON;
use crate::providers::ProviderConfig;
use crate::state::StateError;
use crate::stores::{StoreError, Stores};

/// Opens the stores, or takes those of the daemon. Another process that has them is named: it would not see a
/// decision.
pub fn stores(around: Surroundings<'_>, command: &str) -> Result<Arc<Stores>, Failure> {
    if let Some(inside) = around.inside {
        return inside.stores();
    }
    opened(around, Stores::open(around.env, command))
}

/// The same for what changes nothing, and goes on where the audit trail is broken.
pub fn stores_to_look(around: Surroundings<'_>, command: &str) -> Result<Arc<Stores>, Failure> {
    if let Some(inside) = around.inside {
        return inside.stores();
    }
    opened(around, Stores::open_to_look(around.env, command))
}

fn opened(around: Surroundings<'_>, stores: Result<Stores, StoreError>) -> Result<Arc<Stores>, Failure> {
    let stores = stores.map_err(in_use)?;
    for notice in stores.notices() {
        around.console.note(&format!("Note: {notice}."));
    }
    Ok(Arc::new(stores))
}

/// A daemon that has the state can be asked, though not by this command.
fn in_use(error: StoreError) -> Failure {
    match &error {
        StoreError::State(StateError::InUse { holder, .. })
            if holder.command.as_deref() == Some("rosterd run") =>
        {
            Failure::failed(format!("{error}; `rosterd sync` makes the daemon run now"))
        }
        _ => error.into(),
    }
}

/// The provider of a name.
pub fn provider<'a>(config: &'a Config, name: &str) -> Result<&'a ProviderConfig, Failure> {
    let all = &config.providers;
    all.get(name).ok_or_else(|| unknown("provider", name, all.keys().map(ProviderName::as_str)))
}

/// Why, in the words of whoever asked.
pub fn reason(given: Option<&str>) -> String {
    given.filter(|reason| !reason.trim().is_empty()).unwrap_or(NO_REASON).to_owned()
}
