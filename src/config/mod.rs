//! The configuration, `rosterd.toml`: how to reach providers, when to run, what is safe.
//!
//! ```text
//! find -> load: mask literal secrets -> sections of the file -> checks between them -> Config
//! ```
//!
//! No secret is read here, only references to secrets are. Nothing here touches the network.

mod file;
mod git;
mod guard;
mod load;
mod mask;
mod notify;
mod provider;
mod reference;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::complaint::{At, Complaints};
use crate::core::guard::Limits;
use crate::core::model::{PersonHandle, ProviderName};
use crate::logging::Level;
use crate::providers::secret::SecretRef;
use crate::providers::{KindName, ProviderConfig};

pub use git::{Repository, is_plain};
pub use load::{NotFound, check_protected, find, load, resolved};
pub use notify::{Event, Form, Notify};
pub use values::schedule;

/// A checked configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it was read from, as it was found.
    pub file: PathBuf,
    /// The roster: a file or a directory. None when it comes out of [`Config::roster_git`].
    pub roster: Option<PathBuf>,
    /// What stands before the name of a roster's file when it is shown: `roster/`, or nothing.
    pub roster_shown: String,
    /// When to run, and what to show.
    pub daemon: Daemon,
    /// The branch to follow.
    pub roster_git: Option<RosterGit>,
    /// Webhooks.
    pub notify: Vec<Notify>,
    /// Whether a git work tree with differences is taken up.
    pub allow_dirty: bool,
    /// The general rules of the guard; each provider has its own copy.
    pub limits: Limits,
    /// The connections, by name; no two of them have one target.
    pub providers: BTreeMap<ProviderName, ProviderConfig>,
}

/// `[daemon]`.
#[derive(Debug, Clone)]
pub struct Daemon {
    /// The cron schedule of every provider that has none of its own. [`schedule()`] reads it.
    pub schedule: String,
    /// For schedules, and for dates in the roster.
    pub timezone: TimeZone,
    /// Where status page, health and metrics are.
    pub listen: Option<SocketAddr>,
    /// Plan on schedule, report, change nothing.
    pub dry_run: bool,
    /// How much is logged; by the flags where nothing is written.
    pub log_level: Option<Level>,
    /// Runs by a schedule begin up to this much later, by chance, so that many hosts do not call at once.
    pub jitter: SignedDuration,
}

/// `[roster_git]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterGit {
    /// Where the repository is.
    pub url: Repository,
    /// The branch to follow.
    pub branch: String,
    /// Where the roster is in the repository; empty for its root.
    pub path: String,
    /// How often to look.
    pub interval: Duration,
    /// How long one fetch may take.
    pub timeout: Duration,
    /// The user that goes with the token.
    pub user: String,
    /// What logs in over https.
    pub token: Option<SecretRef>,
    /// The key that logs in over ssh: a file, not its content.
    pub ssh_key: Option<SecretRef>,
    /// The host keys that are known to ssh; those of this host where there is none.
    pub known_hosts: Option<PathBuf>,
    /// The keys of which one has to have signed a commit; any commit will do where there is none.
    pub allowed_signers: Option<PathBuf>,
}

/// What became of a configuration: enough to check the roster too, whatever is wrong, so that everything
/// that is wrong is said at once.
#[derive(Debug)]
pub struct Loading {
    /// The configuration, when nothing is wrong with it.
    pub config: Option<Config>,
    /// The roster that it names.
    pub roster: Option<PathBuf>,
    /// What stands before the name of a roster's file when it is shown.
    pub roster_shown: String,
    /// The providers that it names, with their kinds where these are known.
    pub known: BTreeMap<ProviderName, Option<KindName>>,
    /// The people that it protects, for [`check_protected`].
    pub protected: Vec<Protected>,
    /// What is wrong, in the order of the file.
    pub complaints: Complaints,
}

/// A name in a list of protected people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protected {
    /// Who.
    pub person: PersonHandle,
    /// Where it is written.
    pub at: At,
}
