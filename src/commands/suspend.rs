//! `rosterd suspend` and `resume`: nothing is changed at a provider for a while.

use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use tokio::task::block_in_place;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Failure, Surroundings, decision, fights, output};
use crate::clean::shell;
use crate::cli::{ResumeArgs, SuspendArgs};
use crate::journal::{Record, Suspension};
use crate::state::LONGEST_SUSPENSION;

/// So long a run that was stopped is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Suspends a provider.
pub fn run(around: Surroundings<'_>, args: &SuspendArgs) -> Result<u8, Failure> {
    suspend(around, args).map(|_| 0)
}

/// The same inside the daemon, where a run may be on: it sends nothing more, and is waited for.
pub async fn run_beside(around: Surroundings<'_>, args: &SuspendArgs) -> Result<u8, Failure> {
    let Some(ended) = block_in_place(|| suspend(around, args))? else { return Ok(0) };
    let ended = timeout(PATIENCE, ended.cancelled()).await;
    around.console.print(match ended {
        Ok(()) => "A run was on. It has ended: calls in flight were finished, and nothing more was sent.\n",
        Err(_) => "A run is on. Calls in flight finish, and nothing more is sent: `rosterd history` has each change.\n",
    })?;
    Ok(0)
}

/// Whoever waits for the end of what is given back waits for the run that this stopped.
fn suspend(around: Surroundings<'_>, args: &SuspendArgs) -> Result<Option<CancellationToken>, Failure> {
    let length = length(&args.length)?;
    let config = around.configuration()?;
    let provider = decision::provider(&config, &args.provider)?;
    let stores = decision::stores(around, "rosterd suspend")?;
    let now = Timestamp::now();
    let until = now.checked_add(length).unwrap_or(Timestamp::MAX);
    let suspension = Suspension {
        provider: provider.name.clone(),
        target: provider.target(),
        until: Some(until),
        reason: Some(decision::reason(args.reason.as_deref())),
        by: around.who(),
        undoes: Vec::new(),
    };
    stores.decide(now, &Record::Suspension(suspension))?;
    let halted = around.decided(&provider.name, &provider.target());
    let (name, until) = (&provider.name, output::minute(until, &config.daemon.timezone));
    around.console.print(&format!(
        "{name} is suspended until {until}: it is planned, and nothing is changed there, not even for people who \
         leave. It ends by itself, or with `rosterd resume {}`.\n",
        shell(name.as_str())
    ))?;
    Ok(halted)
}

/// Ends a suspension.
pub fn resume(around: Surroundings<'_>, args: &ResumeArgs) -> Result<u8, Failure> {
    let config = around.configuration()?;
    let provider = decision::provider(&config, &args.provider)?;
    let stores = decision::stores(around, "rosterd resume")?;
    let (name, target, now) = (&provider.name, provider.target(), Timestamp::now());
    if let Some(group) = &args.group {
        return fights::resume(around, &stores, provider, group, args);
    }
    if stores.suspension(&target, now)?.is_none() {
        around
            .console
            .print(&format!("{name} is not suspended.\n{}", fights::stopped(&stores, provider, now)?))?;
        return Ok(0);
    }
    let resumed = Suspension {
        provider: name.clone(),
        target,
        until: None,
        reason: None,
        by: around.who(),
        undoes: Vec::new(),
    };
    stores.decide(now, &Record::Suspension(resumed))?;
    around.decided(name, &provider.target());
    let who = if around.inside.is_some() { "the daemon now changes" } else { "the next apply changes" };
    around.console.print(&format!("{name} is resumed: {who} what waited.\n"))?;
    Ok(0)
}

/// `4h`, `90m`, `2d`; more than nothing, and at most seven days.
fn length(written: &str) -> Result<SignedDuration, Failure> {
    let span: Result<Span, _> = written.parse();
    let length = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
    let length = length.map_err(|_| {
        Failure::usage(format!("--for takes a span such as 4h, 90m or 2d; {written:?} is none"))
    })?;
    if !length.is_positive() || length > LONGEST_SUSPENSION {
        return Err(Failure::usage(format!(
            "a suspension lasts at most 7 days, so that nobody forgets it; {written:?} does not fit"
        )));
    }
    Ok(length)
}
