//! `rosterd sync`: the daemon runs now, and what came of it is printed as `apply` would.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::inside::stopping;
use super::{Failure, Surroundings, branch, live, output};
use crate::cli::{Selection, SyncArgs};
use crate::core::model::ProviderName;
use crate::core::plan::{Why, Withheld};
use crate::daemon::Asked;
use crate::daemon::work::Done;
use crate::providers::Access;
use crate::report::{Command, GroupReport, ProviderOutcome, ProviderReport, Report, exit};

/// Waits for a run of each provider that began after the question.
pub async fn run(around: Surroundings<'_>, args: &SyncArgs) -> Result<u8, Failure> {
    let Some(inside) = around.inside else { return Err(stopping()) };
    let setup = inside.setup()?;
    let selection = Selection { providers: args.providers.clone(), group: None };
    let (names, _) = live::select(&setup, &selection)?;
    let (reply, mut ended) = mpsc::channel(names.len().max(1));
    inside.ask(Asked::Sync(names.clone(), reply)).await?;
    let mut all: BTreeMap<ProviderName, Arc<Done>> = BTreeMap::new();
    while let Some(done) = ended.recv().await {
        all.insert(done.provider.clone(), done);
    }
    // Others may have come into force meanwhile: the runs say which configuration and roster they went by.
    let setup = all.values().max_by_key(|done| done.now).map_or(setup, |done| Arc::clone(&done.setup));
    let is_write = all.values().any(|done| done.access == Access::Write);
    let is_dry = inside.shared().dry_run || setup.config.daemon.dry_run;
    let command = if is_dry && !is_write { Command::Plan } else { Command::Apply };
    let providers: Vec<ProviderReport> = all.values().filter_map(|done| report(done, command)).collect();
    let report = Report {
        command,
        roster: &setup.roster,
        now: all.values().map(|done| done.now).min().unwrap_or_else(Timestamp::now),
        timezone: &setup.config.daemon.timezone,
        providers,
        undo: None,
        broken_trail: None,
        problem: branch::problem_of(&inside.shared().situation().roster),
    };
    // Of no run at all there is nothing to say but why.
    if !report.providers.is_empty() {
        output::report(around.console, &report, args.format)?;
    }
    let failures: Vec<String> = names.iter().filter_map(|name| failure(name, all.get(name))).collect();
    if !failures.is_empty() {
        return Err(Failure::failed(failures.join("; ")));
    }
    Ok(exit::exit_code(&report, false))
}

/// What a run says; one that could not read says that. Beside runs that change something, one that only looked has
/// sent nothing of what it found.
fn report(done: &Done, command: Command) -> Option<ProviderReport> {
    if let Some(mut report) = done.report.clone() {
        if command == Command::Apply && done.access == Access::Read {
            for GroupReport { plan, .. } in &mut report.groups {
                let changes = std::mem::take(&mut plan.changes).into_iter();
                plan.withheld.extend(changes.map(|change| Withheld { change, why: Why::Observe }));
            }
        }
        return Some(report);
    }
    let config = done.setup.config.providers.get(&done.provider)?;
    Some(ProviderReport {
        provider: done.provider.clone(),
        kind: config.kind.name().as_str(),
        outcome: ProviderOutcome::Unreadable { error: done.last.error.clone().unwrap_or_default() },
        digest: None,
        held: Vec::new(),
        groups: Vec::new(),
        reads: 0,
        writes: 0,
    })
}

/// Why a run came to nothing, or could not be ended as it should.
fn failure(name: &ProviderName, done: Option<&Arc<Done>>) -> Option<String> {
    let Some(done) = done else {
        return Some(format!("no run of {name} ended: the daemon stopped, or its log says more"));
    };
    let is_unreadable = matches!(done.last.outcome.as_str(), "unreadable" | "not-authenticated");
    let is_nothing = done.report.is_none() && !is_unreadable;
    if !is_nothing && done.broken.is_none() {
        return None;
    }
    let why = done.broken.as_deref().or(done.last.error.as_deref()).unwrap_or("it came to nothing");
    Some(format!("the run of {name} failed: {why}"))
}
