//! One thin file a command: inputs together, the run, the output, the exit code.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use crate::clean::clean_message;
use crate::cli::{Cli, Command};
use crate::complaint::Complaints;
use crate::providers::secret::SecretError;
use crate::state::StateError;
use crate::stores::StoreError;

mod apply;
mod approve;
mod asking;
mod branch;
mod check;
mod decision;
mod demo;
mod fights;
mod history;
mod live;
mod output;
mod plan;
mod run;
mod suspend;
mod undo;

pub use output::use_colour;

/// Where a command finds its configuration, and what the environment says. The demo brings its own.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The configuration that was named.
    pub config: Option<&'a Path>,
    /// The environment.
    pub env: &'a (dyn Fn(&str) -> Option<String> + Sync),
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
        let user = ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(self.env);
        user.unwrap_or_else(|| "unknown".to_owned())
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
    let around = Surroundings { config: cli.config.as_deref(), env: &|name| std::env::var(name).ok() };
    match cli.command {
        Command::Check(args) => check::run(around, &args),
        Command::Plan(args) => runtime()?.block_on(plan::run(around, &args)),
        Command::Apply(args) => runtime()?.block_on(apply::run(around, &args)),
        Command::Run(args) => runtime()?.block_on(run::run(around, &args)),
        Command::History(args) => history::run(around, &args),
        Command::Approve(args) => approve::run(around, &args),
        Command::Suspend(args) => suspend::run(around, &args),
        Command::Resume(args) => suspend::resume(around, &args),
        Command::Undo(args) => runtime()?.block_on(undo::run(around, &args)),
        Command::Demo => runtime()?.block_on(demo::run()),
    }
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
}
