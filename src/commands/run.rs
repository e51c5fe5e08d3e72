//! `rosterd run`: the daemon.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::{Failure, Surroundings, output};
use crate::cli::RunArgs;
use crate::daemon::Daemon;
use crate::daemon::listen::Listening;
use crate::daemon::shared::{Env, Shared};
use crate::setup;
use crate::situation::{self, Situation};
use crate::stores::Stores;

/// Questions over the socket that may wait for the loop.
const QUESTIONS: usize = 64;

/// Runs until it is told to stop.
pub async fn run(around: Surroundings<'_>, args: &RunArgs) -> Result<u8, Failure> {
    // A bad roster may be mended while the daemon runs; a bad configuration says nothing to go by.
    let config = setup::configuration(around.config)?;
    let env: Env = Arc::new(|name: &str| std::env::var(name).ok());
    let stores = Stores::open(&*env, "rosterd run")?;
    for notice in stores.notices() {
        tracing::warn!("{notice}.");
    }
    let situation = Situation::new(Some(situation::Daemon {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        started_at: Timestamp::now(),
        dry_run: args.dry_run,
    }));
    let shared = Arc::new(Shared::new(env, args.dry_run, stores, situation));
    shared.expect(&config);
    let listening = Listening::start(&shared, config.daemon.listen).await;
    listening.map_err(|error| {
        let address = config.daemon.listen.map(|address| address.to_string()).unwrap_or_default();
        let text = format!("cannot listen at {address} ([daemon] listen): {error}");
        Failure::Failed(anyhow::anyhow!(text))
    })?;
    let (_questions, asked) = mpsc::channel(QUESTIONS);
    // A reader that is gone is no reason to stop.
    let print = Box::new(|text: &str| drop(output::print(text)));
    let daemon = Daemon::new(shared, around.config.map(Into::into), asked, print).await;
    daemon.map_err(|error| Failure::Failed(error.into()))?.run().await;
    Ok(0)
}
