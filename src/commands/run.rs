//! `rosterd run`: the daemon.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::inside::Desk;
use super::{Console, Failure, Surroundings};
use crate::cli::RunArgs;
use crate::config;
use crate::daemon::control::{self, Socket};
use crate::daemon::listen::Listening;
use crate::daemon::shared::{Env, Shared};
use crate::daemon::{self, Asked, Daemon};
use crate::journal::JournalError;
use crate::logging::queue::Queue;
use crate::setup;
use crate::situation::{self, Situation};
use crate::stores::{StoreError, Stores};

/// Questions over the socket that may wait for the loop.
const QUESTIONS: usize = 64;
/// Plans that may wait for being printed.
const PLANS: usize = 16;
/// For answers to get out once everything else has ended.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Runs until it is told to stop.
pub async fn run(around: Surroundings<'_>, args: &RunArgs) -> Result<u8, Failure> {
    run_in(around, args, Arc::new(|name: &str| std::env::var(name).ok())).await
}

/// The same in an environment of its own.
pub async fn run_in(around: Surroundings<'_>, args: &RunArgs, env: Env) -> Result<u8, Failure> {
    // A bad roster may be mended while the daemon runs; a bad configuration says nothing to go by.
    let config = setup::configuration(around.config)?;
    let stores = Stores::open(&*env, "rosterd run").map(Some);
    // A person has to look, and is heard over the socket; to be started again and again would help nobody.
    let (stores, broken) = match stores {
        Err(StoreError::Journal(error @ JournalError::Broken { .. })) => (None, Some(error.to_string())),
        stores => (stores?, None),
    };
    for notice in stores.iter().flat_map(Stores::notices) {
        tracing::warn!("{notice}.");
    }
    let situation = Situation::new(Some(situation::Daemon {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        started_at: Timestamp::now(),
        dry_run: args.dry_run,
    }));
    let shared = Arc::new(Shared::new(env, args.dry_run, stores, situation));
    if let Some(why) = broken {
        tracing::error!(why, "The audit trail is broken; nothing runs until a person has accepted that.");
        shared.set_trouble(why);
    }
    shared.expect(&config);
    Listening::start(&shared, config.daemon.listen)
        .map_err(|error| Failure::Failed(anyhow::anyhow!(error)))?;
    let (questions, asked) = mpsc::channel(QUESTIONS);
    let printed = printing()?;
    let print = Box::new({
        let printed = printed.clone();
        move |text: &str| printed.put(text.as_bytes())
    });
    daemon::insist()?;
    let daemon = Daemon::new(Arc::clone(&shared), around.config.map(Into::into), asked, print).await;
    let daemon = daemon.map_err(|error| Failure::Failed(error.into()))?;
    let answering = open_desk(around, &shared, questions);
    daemon.run().await;
    if let Some(answering) = answering
        && timeout(LAST_WORDS, answering).await.is_err()
    {
        tracing::warn!("Somebody who asked does not take the answer.");
    }
    printed.drain(LAST_WORDS);
    Ok(0)
}

/// Where plans are printed: on a thread of its own, so that nothing waits for a reader. One that is gone is no reason to
/// stop.
fn printing() -> std::io::Result<Queue> {
    let print = |text: &[u8]| drop(Console::terminal().print(&String::from_utf8_lossy(text)));
    let lost = |plans| tracing::warn!(plans, "{plans} plans were not printed: nobody took them in time.");
    Queue::start("print", PLANS, print, lost)
}

/// Opens the socket. Without one the daemon does all that it does by itself, and can be told by signals.
fn open_desk(
    around: Surroundings<'_>,
    shared: &Arc<Shared>,
    questions: mpsc::Sender<Asked>,
) -> Option<JoinHandle<()>> {
    let config = config::find(around.config).ok()?;
    let Some(directory) = control::directory(&*shared.env) else {
        tracing::warn!(
            "There is no socket: neither RUNTIME_DIRECTORY nor XDG_RUNTIME_DIR is set, so that status, sync and \
             reload cannot ask this daemon."
        );
        return None;
    };
    match Socket::open(&directory) {
        Ok(socket) => {
            let desk = Arc::new(Desk::new(Arc::clone(shared), questions, &config));
            Some(tokio::spawn(socket.serve(desk, shared.stopping.clone())))
        }
        Err(error) => {
            let directory = directory.display();
            tracing::error!(%error, %directory, "There is no socket: it cannot be opened there.");
            None
        }
    }
}
