//! Commands inside the daemon: what somebody asks for over the socket is carried out by the same code as without
//! a daemon, with the state, the configuration and the roster that the daemon works with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::anyhow;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::task::block_in_place;
use tokio_util::sync::CancellationToken;

use super::console::Console;
use super::{Failure, Surroundings, approve, history, plan, reload, status, suspend, sync};
use crate::cli::{
    ApproveArgs, Command, HistoryArgs, PlanArgs, ResumeArgs, StatusArgs, SuspendArgs, SyncArgs,
};
use crate::config;
use crate::core::model::{ProviderName, Target};
use crate::daemon::Asked;
use crate::daemon::control::{Answer, Answering, Question};
use crate::daemon::shared::Shared;
use crate::providers::gate::Closed;
use crate::setup::Setup;
use crate::situation::Suspended;
use crate::stores::Stores;

/// The commands that a daemon carries out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asking {
    /// Say that it is there.
    Presence,
    /// See the command of the same name, as for the others.
    Status(StatusArgs),
    /// Run now.
    Sync(SyncArgs),
    /// Read configuration and roster again.
    Reload,
    /// Let held changes through.
    Approve(ApproveArgs),
    /// Change nothing for a while.
    Suspend(SuspendArgs),
    /// End that.
    Resume(ResumeArgs),
    /// Show the audit trail.
    History(HistoryArgs),
    /// Show what an apply would change.
    Plan(PlanArgs),
}

impl Asking {
    /// What is asked of a daemon for a command; none for those that have nothing to do with one.
    #[must_use]
    pub fn of(command: &Command) -> Option<Self> {
        Some(match command {
            Command::Status(args) => Self::Status(args.clone()),
            Command::Sync(args) => Self::Sync(args.clone()),
            Command::Reload => Self::Reload,
            Command::Approve(args) => Self::Approve(args.clone()),
            Command::Suspend(args) => Self::Suspend(args.clone()),
            Command::Resume(args) => Self::Resume(args.clone()),
            Command::History(args) => Self::History(args.clone()),
            Command::Plan(args) => Self::Plan(args.clone()),
            Command::Apply(_) | Command::Undo(_) => Self::Presence,
            Command::Check(_) | Command::Run(_) | Command::Demo(_) => return None,
        })
    }
}

/// What there is inside the daemon, for a command that somebody asked for.
pub struct Inside {
    shared: Arc<Shared>,
    asked: mpsc::Sender<Asked>,
    who: String,
}

impl Inside {
    /// What everything in the daemon shares.
    #[must_use]
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Who asks.
    #[must_use]
    pub fn who(&self) -> &str {
        &self.who
    }

    /// The configuration and the roster in force.
    pub fn setup(&self) -> Result<Arc<Setup>, Failure> {
        let setup = self.shared.setup();
        setup.ok_or_else(|| Failure::failed("no roster is in force in the daemon; `rosterd status` says why"))
    }

    /// State and journal.
    pub fn stores(&self) -> Result<Arc<Stores>, Failure> {
        let stores = self.shared.stores();
        stores
            .ok_or_else(|| Failure::failed("the daemon cannot work with state and journal; its log says why"))
    }

    /// Hands the loop what only it can do.
    pub async fn ask(&self, asked: Asked) -> Result<(), Failure> {
        self.asked.send(asked).await.map_err(|_| stopping())
    }

    /// Shows a decision, and lets a run act on it. The run of a provider that is suspended by it sends nothing more:
    /// what is given back is cancelled when that run ends.
    pub fn decided(&self, provider: &ProviderName, target: &Target) -> Option<CancellationToken> {
        let mut halted = None;
        if let Some(stores) = self.shared.stores() {
            self.shared.note(|situation| {
                let Ok(suspension) = stores.suspension(target, Timestamp::now()) else { return };
                if suspension.is_some() {
                    halted = self.shared.gates.close(provider, Closed::Suspended);
                }
                situation.suspends(provider, suspension.map(Suspended::from));
            });
        }
        if self.asked.try_send(Asked::Decided(provider.clone())).is_err() {
            tracing::warn!(%provider, "A decision is acted on by the next run only.");
        }
        halted
    }
}

/// The daemon does not take questions any more.
pub fn stopping() -> Failure {
    Failure::failed("the daemon is stopping")
}

/// Answers questions.
pub struct Desk {
    shared: Arc<Shared>,
    asked: mpsc::Sender<Asked>,
    config: PathBuf,
}

impl Desk {
    /// Of a daemon that works with this configuration file.
    pub fn new(shared: Arc<Shared>, asked: mpsc::Sender<Asked>, config: &Path) -> Self {
        let config = std::path::absolute(config).unwrap_or_else(|_| config.to_owned());
        Self { shared, asked, config }
    }
}

#[async_trait]
impl Answering for Desk {
    fn config(&self) -> PathBuf {
        // Looked up each time: a link may lead elsewhere by now, for whoever asks as for the daemon.
        config::resolved(&self.config)
    }

    async fn answer(&self, question: Question, who: String) -> Answer {
        let Question { command, colour, colour_notes, .. } = question;
        let console = Console::captured(colour, colour_notes);
        let asking: Asking = match serde_json::from_value(command) {
            Ok(asking) => asking,
            Err(_) => {
                return console.answer(Err(Failure::failed(format!(
                    "the daemon is of version {}, and does not know this command: restart it after an upgrade",
                    env!("CARGO_PKG_VERSION")
                ))));
            }
        };
        let inside = Inside { shared: Arc::clone(&self.shared), asked: self.asked.clone(), who };
        let config = self.config.clone();
        // A task of its own: whoever asked may go away, and what was begun is ended all the same.
        let task = self.shared.answers.spawn(async move {
            let env = Arc::clone(&inside.shared.env);
            let around =
                Surroundings { config: Some(&config), env: &*env, console: &console, inside: Some(&inside) };
            let ended = carry_out(around, asking).await;
            console.answer(ended)
        });
        task.await.unwrap_or_else(|_| {
            let failure = Failure::failed("the command ended in a panic; please report this");
            Console::captured(false, false).answer(Err(failure))
        })
    }
}

async fn carry_out(around: Surroundings<'_>, asking: Asking) -> Result<u8, Failure> {
    match asking {
        Asking::Presence => around.console.print(&format!("{}\n", std::process::id())).map(|()| 0),
        Asking::Status(args) => status::run(around, &args),
        Asking::Sync(args) => sync::run(around, &args).await,
        Asking::Reload => reload::run(around).await,
        Asking::Approve(args) => block_in_place(|| approve::run(around, &args)),
        Asking::Suspend(args) => suspend::run_beside(around, &args).await,
        Asking::Resume(args) => block_in_place(|| suspend::resume(around, &args)),
        Asking::History(args) => block_in_place(|| history::run(around, &args)),
        Asking::Plan(args) => plan::run(around, &args).await,
    }
}

impl Failure {
    /// Something failed, in words.
    pub(super) fn failed(text: impl std::fmt::Display) -> Self {
        Self::Failed(anyhow!("{text}"))
    }
}
