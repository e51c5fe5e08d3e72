//! Flags as typed.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::logging::LogFormat;

/// Keeps group memberships in Emporix, v3 company user-groups and SolveXia exactly as a reviewed roster says.
#[derive(Debug, Parser)]
#[command(name = "rosterd", version, after_help = EXIT_CODES)]
pub struct Cli {
    /// The configuration
    #[arg(long, global = true, value_name = "FILE", help = CONFIG_HELP)]
    pub config: Option<PathBuf>,
    /// How logs are written to stderr
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub log_format: LogFormat,
    /// Log more: runs (-v), requests (-vv), everything (-vvv)
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// How much is logged. Nobody watches a daemon, so it tells of its runs unasked.
    #[must_use]
    pub fn verbosity(&self) -> u8 {
        self.verbose.saturating_add(u8::from(matches!(self.command, Command::Run(_))))
    }
}

const CONFIG_HELP: &str =
    "The configuration [default: $ROSTERD_CONFIG, ./rosterd.toml, /etc/rosterd/rosterd.toml]";

const EXIT_CODES: &str = "Exit codes: 0 done or nothing to do; 1 failed; 2 `plan --exit-code` found changes; \
3 held, or a provider is suspended; 4 some changes failed or are unknown; 5 some provider or group could not be read and was \
left alone; 64 usage, configuration or roster error.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check configuration and roster; no network
    Check(CheckArgs),
    /// Show what an apply would change, and why
    Plan(PlanArgs),
    /// Plan, ask, change, verify
    Apply(ApplyArgs),
    /// Run as the daemon: on schedules, and whenever roster or configuration change
    Run(RunArgs),
    /// Show what is going on: runs, holds, suspensions, the roster in force
    Status(StatusArgs),
    /// Have the daemon run now, and print what came of it
    Sync(SyncArgs),
    /// Have the daemon read configuration and roster again, and say whether they check
    Reload,
    /// Show the audit trail, check it, or accept a break in it
    History(HistoryArgs),
    /// Let exactly the changes through that a plan shows as held: once, within 24 hours
    Approve(ApproveArgs),
    /// Change nothing at a provider for a while
    Suspend(SuspendArgs),
    /// End a suspension, or add again whom rosterd stopped adding
    Resume(ResumeArgs),
    /// Take back what earlier runs changed, as far as nothing changed since
    Undo(UndoArgs),
    /// Show the whole cycle on a sandbox of all three providers
    Demo(DemoArgs),
}

/// Flags of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Check a roster alone, without any configuration or secret
    #[arg(long, value_name = "DIR")]
    pub roster: Option<PathBuf>,
}

/// Flags of `demo`.
#[derive(Debug, Default, Args)]
pub struct DemoArgs {
    /// Stay up as the daemon over the sandbox, with its status page, until Ctrl-C
    #[arg(long)]
    pub keep: bool,
}

/// Flags of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Plan on schedule, print what would change, change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Which providers and groups.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
pub struct Selection {
    /// Only these providers
    #[arg(long = "provider", value_name = "P")]
    pub providers: Vec<String>,
    /// Only this group, and whoever moves between it and another one
    #[arg(long, value_name = "P/G", conflicts_with = "providers")]
    pub group: Option<String>,
}

/// How a result is written to stdout.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For scripts; versioned.
    Json,
    /// For pull requests.
    Markdown,
}

/// Flags of `plan`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct PlanArgs {
    /// Which providers and groups
    #[command(flatten)]
    pub selection: Selection,
    /// How the plan is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
    /// Exit 2 when there are changes, 3 when some are held
    #[arg(long)]
    pub exit_code: bool,
}

/// How the audit trail or the status is written to stdout.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub enum TrailFormat {
    /// For people.
    #[default]
    Text,
    /// For scripts.
    Json,
}

/// Flags of `status`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct StatusArgs {
    /// How it is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: TrailFormat,
}

/// Flags of `sync`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct SyncArgs {
    /// Only these providers
    #[arg(long = "provider", value_name = "P")]
    pub providers: Vec<String>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

/// Flags of `history`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct HistoryArgs {
    /// Only what concerns these providers
    #[arg(long = "provider", value_name = "P")]
    pub providers: Vec<String>,
    /// Only changes of this group, by handle or by the provider's id
    #[arg(long, value_name = "P/G", conflicts_with = "providers")]
    pub group: Option<String>,
    /// Only changes of this person, by handle or by a provider's id
    #[arg(long, value_name = "WHO")]
    pub person: Option<String>,
    /// Only what was written of this run, by its id, or by 8 characters or more of either end of it
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    /// Only what was written since: 2026-11-20, 2026-11-20T03:00:00Z, or a span such as 2h or 7d
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
    /// How it is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: TrailFormat,
    /// Check that nothing was changed, added or cut off
    #[arg(long, conflicts_with_all = ["providers", "group", "person", "run", "since", "accept_break"])]
    pub verify: bool,
    /// Go on although the audit trail is broken; who and why stand in it from then on
    #[arg(long, requires = "reason", conflicts_with_all = ["providers", "group", "person", "run", "since", "format"])]
    pub accept_break: bool,
    /// Why the break is accepted
    #[arg(long, value_name = "TEXT", requires = "accept_break")]
    pub reason: Option<String>,
}

/// Flags of `approve`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct ApproveArgs {
    /// The digest that the plan shows; its first 8 digits are enough for what was held last
    #[arg(value_name = "DIGEST")]
    pub digest: String,
    /// Why, for the audit trail
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// At which provider
    #[arg(long, value_name = "P")]
    pub provider: Option<String>,
}

/// Flags of `suspend`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct SuspendArgs {
    /// Which provider
    #[arg(value_name = "PROVIDER")]
    pub provider: String,
    /// For how long, at most 7d; it ends by itself
    #[arg(long = "for", value_name = "SPAN")]
    pub length: String,
    /// Why, for the audit trail and the plan
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// Flags of `resume`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct ResumeArgs {
    /// Which provider
    #[arg(value_name = "PROVIDER")]
    pub provider: String,
    /// Add again whom rosterd stopped adding to this group, because someone else went on removing them; by handle
    /// or by the provider's id
    #[arg(long, value_name = "GROUP")]
    pub group: Option<String>,
    /// Only this person, by handle or by the provider's id
    #[arg(long, value_name = "WHO", requires = "group")]
    pub person: Option<String>,
    /// Why, for the audit trail
    #[arg(long, value_name = "TEXT", requires = "group")]
    pub reason: Option<String>,
}

/// Flags of `undo`.
#[derive(Debug, Args)]
pub struct UndoArgs {
    /// Which runs: as `history` shows them, or by 8 characters or more of either end of their ids
    #[arg(required = true, value_name = "RUN")]
    pub runs: Vec<String>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
    /// Show what would be taken back, and change nothing
    #[arg(long, conflicts_with_all = ["yes", "reason"])]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Let exactly these held changes through: the digest that the undo shows
    #[arg(long, value_name = "DIGEST")]
    pub approve: Vec<String>,
    /// Why, for the audit trail and the suspension
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// Flags of `apply`.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// Which providers and groups
    #[command(flatten)]
    pub selection: Selection,
    /// How the result is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Let exactly these held changes through: the digest that the plan shows
    #[arg(long, value_name = "DIGEST")]
    pub approve: Vec<String>,
    /// Why, for the audit trail
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}
