//! `rosterd undo`: what takes earlier runs back, planned, guarded, asked about, applied and verified.

use super::{Failure, Surroundings, asking, live, output};
use crate::apply::Trail;
use crate::cli::UndoArgs;
use crate::config::Config;
use crate::core::run_id::{self, MIN_CHARACTERS};
use crate::journal::PastRun;
use crate::providers::Access;
use crate::report::exit;
use crate::run;
use crate::stores::Stores;

/// How many runs are listed when several are meant.
const LISTED: usize = 10;

/// Plans what takes the runs back, asks on a terminal, applies, verifies, prints the result and how to make it last.
pub async fn run(around: Surroundings<'_>, args: &UndoArgs) -> Result<u8, Failure> {
    if !args.dry_run {
        asking::check("undo", args.yes, &args.approve)?;
    }
    let access = if args.dry_run { Access::Read } else { Access::Write };
    let chosen = |config: &Config, stores: &Stores| chosen(config, stores, &args.runs);
    let mut live = live::open_undo(around, access, chosen).await?;
    let trail = Trail::new(live.stores().journal(), around.who(), args.reason.clone());
    if !args.dry_run && !live.stores().unsettled().is_empty() {
        asking::settle(around.console, &live.job()?, &trail).await?;
        live.trace_again()?;
    }
    let job = live.job()?;
    let mut planned = run::plan(&job, &args.approve).await?;
    asking::warn_of_unused(around.console, &args.approve, &planned);
    if args.dry_run {
        let report = live.planned(&job, &planned);
        output::report(around.console, &report, args.format)?;
        return Ok(exit::exit_code(&report, false));
    }
    if !args.yes && asking::sends_something(&planned) {
        asking::confirm(around.console, &live.planned(&job, &planned), args.format, "Undo this?")?;
        planned = asking::still_so("undo", &planned, run::plan(&job, &args.approve).await?)?;
    }
    let applied = run::apply(&job, planned, &trail).await?;
    let report = live.applied(&job, &applied);
    output::report(around.console, &report, args.format)?;
    asking::stopped(&applied)?;
    Ok(exit::exit_code(&report, false))
}

/// The runs that were meant, oldest first.
fn chosen(config: &Config, stores: &Stores, typed: &[String]) -> Result<Vec<PastRun>, Failure> {
    let typed: Vec<String> = typed.iter().map(|typed| typed.trim().to_ascii_lowercase()).collect();
    if let Some(short) = typed.iter().find(|typed| typed.chars().count() < MIN_CHARACTERS) {
        let text = format!(
            "{short:?} names no run: give at least {MIN_CHARACTERS} characters of the beginning or the end of its id"
        );
        return Err(Failure::usage(text));
    }
    let mut found = stores.runs(&typed)?;
    let named = typed.iter().map(|typed| named(&found, typed)).collect::<Result<Vec<_>, _>>();
    let named: Vec<String> = named?.into_iter().map(|past| past.run.run.clone()).collect();
    found.retain(|past| named.contains(&past.run.run));
    for past in &found {
        let target = &past.run.target;
        if !config.providers.values().any(|config| config.target() == *target) {
            return Err(Failure::usage(format!(
                "run {} was at {} ({target}), which the configuration does not have any more: nothing can be undone \
                 there",
                past.run.run, past.run.provider
            )));
        }
    }
    Ok(found)
}

fn named<'a>(found: &'a [PastRun], typed: &str) -> Result<&'a PastRun, Failure> {
    let matching: Vec<&PastRun> =
        found.iter().filter(|past| run_id::is_named_by(&past.run.run, typed)).collect();
    match matching.as_slice() {
        [only] => Ok(only),
        [] => Err(Failure::usage(format!(
            "the audit trail has no run {typed:?}; `rosterd history` shows the runs with their ids"
        ))),
        several => {
            let listed = several.iter().take(LISTED).map(|past| {
                let when = past.at.strftime("%Y-%m-%d %H:%M:%S");
                format!("{} ({}, {when} UTC)", run_id::short(&past.run.run), past.run.provider)
            });
            let listed = listed.collect::<Vec<_>>().join(", ");
            let more = several.len().saturating_sub(LISTED);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            Err(Failure::usage(format!(
                "{typed:?} stands for {} runs: {listed}{more}; name the one that is meant as it is listed here, or \
                 several",
                several.len()
            )))
        }
    }
}
