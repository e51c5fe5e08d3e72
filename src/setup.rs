//! Configuration and roster together, with every complaint about both at once.

use std::path::{Path, PathBuf};

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

/// What was found at one look at configuration and roster.
#[derive(Debug)]
pub struct Looked {
    /// The configuration, when nothing is wrong with it.
    pub config: Option<Config>,
    /// The roster, when nothing is wrong with it.
    pub roster: Option<Roster>,
    /// Where the roster is, as far as that is known.
    pub roster_path: Option<PathBuf>,
    /// What is wrong with either, and with the two together.
    pub complaints: Complaints,
}

impl Looked {
    /// The two together, when nothing is wrong.
    pub fn into_setup(self) -> Result<Setup, Complaints> {
        match (self.config, self.roster) {
            (Some(config), Some(roster)) if self.complaints.is_empty() => Ok(Setup { config, roster }),
            _ => Err(self.complaints.sorted()),
        }
    }
}

/// Reads configuration and roster.
///
/// # Errors
/// Every complaint about either, and about the two together.
pub fn load(explicit: Option<&Path>) -> Result<Setup, Complaints> {
    look(explicit).into_setup()
}

/// Reads configuration and roster, as far as they go.
#[must_use]
pub fn look(explicit: Option<&Path>) -> Looked {
    let file = match config::find(explicit) {
        Ok(file) => file,
        Err(error) => {
            let complaints = not_found(&error);
            return Looked { config: None, roster: None, roster_path: None, complaints };
        }
    };
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
    Looked { config: loading.config, roster, roster_path: loading.roster, complaints }
}

fn not_found(error: &config::NotFound) -> Complaints {
    let mut complaints = Complaints::default();
    complaints.push(Complaint::about("rosterd.toml", error.to_string()));
    complaints
}
