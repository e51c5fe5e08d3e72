//! Configuration and roster together, with every complaint about both at once.

use std::path::{Path, PathBuf};

use crate::complaint::{Complaint, Complaints};
use crate::config::{self, Config, Loading, RosterGit};
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
    if loading.config.as_ref().is_some_and(|config| config.roster_git.is_some()) {
        let shown = file.display().to_string();
        complaints.push(Complaint::about(&shown, "its roster comes out of a branch, which was not fetched"));
    }
    Looked { config: loading.config, roster, roster_path: loading.roster, complaints }
}

/// A configuration whose roster comes out of a branch, and is still to come.
#[derive(Debug)]
pub struct Branched {
    /// The configuration.
    pub config: Config,
    /// The branch that it names.
    pub branch: RosterGit,
    known: roster::Known,
    protected: Vec<config::Protected>,
}

/// Reads a configuration that checks and whose roster comes out of a branch. None where it is otherwise: then
/// [`load`] has the roster, or says what is wrong.
#[must_use]
pub fn branched(explicit: Option<&Path>) -> Option<Branched> {
    let Loading { config, known, protected, .. } = config::load(&config::find(explicit).ok()?);
    let config = config?;
    let branch = config.roster_git.clone()?;
    Some(Branched { config, branch, known, protected })
}

impl Branched {
    /// Reads and checks a roster at a path, as [`load`] does.
    ///
    /// # Errors
    /// Every complaint about it, alone and together with the configuration.
    pub fn check(&self, path: &Path, shown_root: &str) -> Result<Roster, Complaints> {
        let roster = roster::load(path, shown_root, Some(&self.known))?;
        config::check_protected(&self.protected, &roster).or(roster)
    }

    /// The two together.
    #[must_use]
    pub fn with(self, roster: Roster) -> Setup {
        Setup { config: self.config, roster }
    }
}

fn not_found(error: &config::NotFound) -> Complaints {
    let mut complaints = Complaints::default();
    complaints.push(Complaint::about("rosterd.toml", error.to_string()));
    complaints
}
