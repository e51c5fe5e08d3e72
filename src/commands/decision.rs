//! What `approve`, `suspend` and `resume` share: a decision of a person, journalled before it takes effect.

use super::live::unknown;
use super::{Failure, Surroundings};
use crate::config::Config;
use crate::core::model::ProviderName;
use crate::journal::NO_REASON;
use crate::providers::ProviderConfig;
use crate::stores::Stores;

/// Opens the stores for a decision. Another process that has them is named: it would not see the decision.
pub fn stores(around: Surroundings<'_>, command: &str) -> Result<Stores, Failure> {
    let stores = Stores::open(around.env, command)?;
    for notice in stores.notices() {
        anstream::eprintln!("Note: {notice}.");
    }
    Ok(stores)
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
