//! `rosterd status`: what is going on. It waits for nothing, neither for a run nor for a provider.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Failure, Surroundings, branch};
use crate::cli::{StatusArgs, TrailFormat};
use crate::complaint::{Complaints, Problem};
use crate::report::json;
use crate::setup::{self, Looked};
use crate::situation::{Situation, text};
use crate::stores::Stores;

/// Shows what the daemon knows, or what the state and the files tell where there is none.
pub fn run(around: Surroundings<'_>, args: &StatusArgs) -> Result<u8, Failure> {
    let (situation, zone) = match around.inside {
        Some(inside) => {
            let setup = inside.shared().setup();
            let zone = setup.map_or(TimeZone::UTC, |setup| setup.config.daemon.timezone.clone());
            (inside.shared().situation(), zone)
        }
        None => alone(around)?,
    };
    let written = match args.format {
        TrailFormat::Text => text::render(&situation, &zone, Timestamp::now()),
        TrailFormat::Json => json::render_line(&situation).map_err(|error| Failure::Failed(error.into()))?,
    };
    around.console.print(&written)?;
    Ok(0)
}

/// Without a daemon: how the last runs went, and what is suspended.
fn alone(around: Surroundings<'_>) -> Result<(Situation, TimeZone), Failure> {
    let now = Timestamp::now();
    let looked = look(around)?;
    let Some(config) = looked.config else { return Err(looked.complaints.sorted().into()) };
    let mut situation = Situation::new(None);
    situation.configuration.found(true, None, now);
    situation.configures(&config, config.daemon.dry_run);
    match &looked.roster {
        Some(roster) if looked.complaints.is_empty() => {
            situation.roster.document.found(true, None, now);
            situation.follows(roster);
        }
        _ => {
            let problem = (!looked.complaints.is_empty()).then(|| Problem::from(&looked.complaints));
            situation.roster.document.found(false, problem, now);
        }
    }
    match Stores::open(around.env, "rosterd status") {
        Ok(stores) => situation.recalls(&config, &stores, now),
        Err(error) => {
            let mut causes = anyhow::Error::new(error).chain().map(ToString::to_string).collect::<Vec<_>>();
            causes.dedup();
            around.console.note(&format!("Note: nothing is known of the last runs: {}.", causes.join(": ")));
        }
    }
    Ok((situation, config.daemon.timezone))
}

/// The roster of a branch is the one that was taken up last: nothing is fetched.
fn look(around: Surroundings<'_>) -> Result<Looked, Failure> {
    let Some(branched) = setup::branched(around.config) else { return Ok(setup::look(around.config)) };
    let last = branch::last(around, &branched);
    let mut looked = Looked {
        config: Some(branched.config),
        roster: None,
        roster_path: None,
        complaints: Complaints::default(),
    };
    match last {
        Ok(in_force) => looked.roster = in_force.map(|in_force| in_force.roster),
        Err(Failure::Complaints(complaints)) => looked.complaints = complaints,
        Err(failure) => return Err(failure),
    }
    Ok(looked)
}
