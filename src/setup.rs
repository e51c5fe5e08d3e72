//! Configuration and roster together, with every complaint about both at once.

use std::path::Path;

use crate::complaint::{Complaint, Complaints};
use crate::config::{self, Config};
use crate::core::roster::Roster;
use crate::roster;

/// What every command but `check --roster` works on.
#[derive(Debug)]
pub struct Setup {
    /// How to reach providers, when to run, what is safe.
    pub config: Config,
    /// The desired state.
    pub roster: Roster,
}

/// Reads the configuration alone, for commands that need no roster: they work while the roster does not check.
///
/// # Errors
/// Every complaint about it.
pub fn configuration(explicit: Option<&Path>) -> Result<Config, Complaints> {
    let file = config::find(explicit).map_err(|error| not_found(&error))?;
    let loading = config::load(&file);
    loading.config.ok_or_else(|| loading.complaints.sorted())
}

/// Reads configuration and roster.
///
/// # Errors
/// Every complaint about either, and about the two together.
pub fn load(explicit: Option<&Path>) -> Result<Setup, Complaints> {
    let file = config::find(explicit).map_err(|error| not_found(&error))?;
    let loading = config::load(&file);
    let mut complaints = loading.complaints;
    let roster =
        loading.roster.as_ref().map(|path| roster::load(path, &loading.roster_shown, Some(&loading.known)));
    let roster = match roster {
        Some(Ok(roster)) => Some(roster),
        Some(Err(more)) => {
            complaints.extend(more);
            None
        }
        None => None,
    };
    if let Some(roster) = &roster {
        complaints.extend(config::check_protected(&loading.protected, roster));
    }
    match (loading.config, roster) {
        (Some(config), Some(roster)) if complaints.is_empty() => Ok(Setup { config, roster }),
        _ => Err(complaints.sorted()),
    }
}

fn not_found(error: &config::NotFound) -> Complaints {
    let mut complaints = Complaints::default();
    complaints.push(Complaint::about("rosterd.toml", error.to_string()));
    complaints
}
