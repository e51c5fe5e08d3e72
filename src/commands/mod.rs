//! One thin file a command: inputs together, the run, the output, the exit code.

use std::fmt::Write as _;
use std::io;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clean::clean_message;
use crate::cli::{Cli, Command};
use crate::complaint::Complaints;
use crate::config::Config;
use crate::core::model::{ProviderName, Target};
use crate::providers::secret::SecretError;
use crate::setup::{self, Setup};
use crate::state::StateError;
use crate::stores::StoreError;
use crate::who;
use inside::Asking;

mod apply;
mod approve;
mod asking;
mod branch;
mod check;
mod console;
mod decision;
mod demo;
mod fights;
mod history;
mod inside;
mod live;
mod output;
mod outside;
mod plan;
mod reload;
mod run;
mod status;
mod suspend;
mod sync;
mod undo;

pub use console::Console;
pub use inside::Inside;
pub use output::use_colour;

/// For what the daemon left on other threads.
const LEFT_OVER: Duration = Duration::from_millis(500);

/// Where a command finds its configuration, what the environment says, and where it writes. The demo and the daemon
/// bring their own.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The configuration that was named.
    pub config: Option<&'a Path>,
    /// The environment.
    pub env: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// Where it writes.
    pub console: &'a Console,
    /// What the daemon has, when it carries the command out.
    pub inside: Option<&'a Inside>,
}

/// The configuration of a command: read for it, or in force in the daemon.
enum Configuration {
    Read(Box<Config>),
    InForce(Arc<Setup>),
}

/// Why a command ended without a result.
#[derive(Debug)]
pub enum Failure {
    /// The configuration or the roster does not check.
    Complaints(Complaints),
    /// What was typed does not fit.
    Usage(Vec<String>),
    /// Something failed.
    Failed(anyhow::Error),
}

impl Surroundings<'_> {
    /// Who asked, for the audit trail.
    fn who(self) -> String {
        if let Some(inside) = self.inside {
            return inside.who().to_owned();
        }
        who::asks(self.env)
    }

    /// The configuration alone, which is good while the roster does not check.
    fn configuration(self) -> Result<Configuration, Failure> {
        match self.inside.and_then(|inside| inside.shared().setup()) {
            Some(setup) => Ok(Configuration::InForce(setup)),
            None => Ok(Configuration::Read(Box::new(setup::configuration(self.config)?))),
        }
    }

    /// Lets the daemon act on a decision, where it carries the command out. What is given back is cancelled when a
    /// run ends that the decision stopped.
    fn decided(self, provider: &ProviderName, target: &Target) -> Option<CancellationToken> {
        self.inside.and_then(|inside| inside.decided(provider, target))
    }
}

impl Deref for Configuration {
    type Target = Config;

    fn deref(&self) -> &Config {
        match self {
            Self::Read(config) => config,
            Self::InForce(setup) => &setup.config,
        }
    }
}

impl Failure {
    /// The exit code.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Complaints(_) | Self::Usage(_) => 64,
            Self::Failed(_) => 1,
        }
    }

    /// What is printed to stderr.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        match self {
            Self::Complaints(complaints) => complaints.render(colour),
            Self::Usage(texts) => {
                let lines = texts.iter().map(|text| format!("error: {}", clean_message(text)));
                lines.collect::<Vec<_>>().join("\n") + "\n"
            }
            Self::Failed(error) => {
                let mut text = format!("error: {}\n", clean_message(&error.to_string()));
                for cause in error.chain().skip(1) {
                    let _ = writeln!(text, "  because: {}", clean_message(&cause.to_string()));
                }
                text
            }
        }
    }
}

impl Failure {
    fn usage(text: impl Into<String>) -> Self {
        Self::Usage(vec![text.into()])
    }
}

impl From<Complaints> for Failure {
    fn from(complaints: Complaints) -> Self {
        Self::Complaints(complaints)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Vec<SecretError>> for Failure {
    fn from(errors: Vec<SecretError>) -> Self {
        Self::Usage(errors.iter().map(ToString::to_string).collect())
    }
}

/// Runs a command to its exit code.
///
/// # Errors
/// When it ends without a result.
pub fn run(cli: Cli) -> Result<u8, Failure> {
    let console = Console::terminal();
    let env = |name: &str| std::env::var(name).ok();
    let around = Surroundings { config: cli.config.as_deref(), env: &env, console: &console, inside: None };
    if let Some(asking) = Asking::of(&cli.command)
        && let Some(code) = outside::ask(around, &asking, &cli.command)?
    {
        return Ok(code);
    }
    match cli.command {
        Command::Check(args) => check::run(around, &args),
        Command::Plan(args) => runtime()?.block_on(plan::run(around, &args)),
        Command::Apply(args) => runtime()?.block_on(apply::run(around, &args)),
        Command::Run(args) => {
            let runtime = runtime()?;
            let ended = runtime.block_on(run::run(around, &args));
            // A disk that hangs must not keep the process.
            runtime.shutdown_timeout(LEFT_OVER);
            ended
        }
        Command::Status(args) => status::run(around, &args),
        Command::Sync(args) => runtime()?.block_on(sync::run(around, &args)),
        Command::Reload => runtime()?.block_on(reload::run(around)),
        Command::History(args) => history::run(around, &args),
        Command::Approve(args) => approve::run(around, &args),
        Command::Suspend(args) => suspend::run(around, &args),
        Command::Resume(args) => suspend::resume(around, &args),
        Command::Undo(args) => runtime()?.block_on(undo::run(around, &args)),
        Command::Demo(args) => runtime()?.block_on(demo::run(&args)),
    }
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
}
