//! One run, read this first: read, plan, guard, apply, verify, record.
//!
//! [`plan()`] stops after the guard; [`apply()`] takes what the guard approved further. Providers are read
//! and changed side by side; only the judging is done together, since people leave over all providers.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use jiff::{Timestamp, civil::Date};

use crate::apply::{self, Run, Sent, Trail, Within};
use crate::core::diff::undo::Aside;
use crate::core::guard::Judged;
use crate::core::model::{GroupHandle, Hints, Live, Lookup, ProviderName};
use crate::core::moves;
use crate::core::plan::Plan;
use crate::core::remembered::Remembered;
use crate::core::roster::Roster;
use crate::core::wanted;
use crate::providers::gate::Gate;
use crate::providers::{Fault, FaultKind, Provider, ProviderConfig};
use crate::state::{Approval, Suspension};
use crate::stores::{StoreError, Stores};

mod claims;
mod decided;
mod judging;
mod lines;
mod looking;
mod planning;
mod read;
mod remember;
mod scope;
mod settle;
mod undo;

use decided::Decided;
use lines::{log_plan, log_run, log_unreadable};
use planning::{apart, plan_one};
use read::{Reading, read};

pub use claims::Claims;
pub use scope::beside;
pub use settle::settle;
pub use undo::{SUSPENDED_FOR, Undo};

/// What a run works on.
pub struct Job<'a> {
    /// The desired state.
    pub roster: &'a Roster,
    /// The providers of this run.
    pub providers: Vec<Connected<'a>>,
    /// Providers that are only looked at, since their groups are separated from those of this run: see
    /// [`beside`].
    pub beside: Vec<Connected<'a>>,
    /// Every configured provider, for telling who is gone.
    pub configured: &'a BTreeMap<ProviderName, ProviderConfig>,
    /// Where the changes come from.
    pub aim: Aim<'a>,
    /// Only this group, when one was named, and what belongs to moves between it and others.
    pub group: Option<GroupHandle>,
    /// State and journal.
    pub stores: &'a Stores,
    /// What other runs are about to send, where there are other runs: beside it nothing is judged alone.
    pub claims: Option<&'a Claims>,
    /// What the daemon closes when nothing more may be sent; none where no daemon runs.
    pub gate: Option<&'a Gate>,
    /// The time of the run.
    pub now: Timestamp,
    /// The day for which the roster is read, in the configured time zone.
    pub day: Date,
}

/// Where the changes of a run come from.
#[derive(Clone, Copy, Default)]
pub enum Aim<'a> {
    /// The roster: they make what is live as it says.
    #[default]
    Roster,
    /// Earlier runs: they take back what those changed.
    Undo(&'a Undo),
}

/// A provider with its adapter.
pub struct Connected<'a> {
    /// Its configuration.
    pub config: &'a ProviderConfig,
    /// Its adapter.
    pub adapter: Arc<dyn Provider>,
}

/// A provider after reading, planning and judging.
pub struct Planned<'a> {
    /// Its configuration.
    pub config: &'a ProviderConfig,
    /// Its adapter.
    pub adapter: Arc<dyn Provider>,
    /// What would change, or why it could not be read.
    pub outcome: Result<Ready, Fault>,
    /// Requests so far.
    pub reads: u64,
    /// Calls that the approved changes take.
    pub writes: usize,
    /// Until when and why nothing is changed there, when a person said so.
    pub suspended: Option<Suspension>,
    /// The approval that lets held changes through, when it was given before this command.
    pub given: Option<Approval>,
}

/// What was read, planned and judged.
pub struct Ready {
    /// The plan, judged.
    pub judged: Judged,
    /// What the provider said.
    pub live: Live,
    /// What earlier runs left.
    pub remembered: Remembered,
    /// What was looked up in this run, not out of memory.
    pub looked_up: Vec<Lookup>,
    /// What an undo says beside its plan.
    pub aside: Aside,
    hints: Hints,
}

/// Reads, plans and judges. Changes nothing at any provider.
///
/// # Errors
/// When the state or the journal cannot be read. A provider that cannot be read is no error here.
pub async fn plan<'a>(job: &Job<'a>, approvals: &[String]) -> Result<Vec<Planned<'a>>, StoreError> {
    let mut remembered = BTreeMap::new();
    for config in job.configured.values() {
        remembered.insert(config.name.clone(), job.stores.remembered(&config.target(), job.now)?);
    }
    let known = remembered.iter().map(|(name, it)| (name.clone(), it.identities.clone())).collect();
    let readings = job.connected().map(|connected| {
        let remembered = remembered.remove(&connected.config.name).unwrap_or_default();
        read(job, connected, remembered)
    });
    let mut readings = join_all(readings.collect::<Vec<_>>()).await;
    let identities_of = |(connected, reading): (&Connected<'_>, &Result<Reading, Fault>)| {
        let reading = reading.as_ref().ok()?;
        Some((connected.config.name.clone(), reading.identities.clone()))
    };
    let identities = job.connected().zip(&readings).filter_map(identities_of).collect();
    for (connected, reading) in job.connected().zip(&readings).skip(job.providers.len()) {
        if let Err(fault) = reading
            && !job.is_stopping()
        {
            let provider = &connected.config.name;
            tracing::warn!(%provider, %fault, "Could not look at {provider}: nobody is added beside its groups.");
        }
    }
    let gone = wanted::gone(job.roster, &known, &identities);
    let plans = job.connected().zip(&readings).map(|(connected, reading)| {
        let reading = reading.as_ref().ok()?;
        Some(plan_one(job, connected.config, reading, &gone))
    });
    let (mut plans, asides): (Vec<Option<Plan>>, Vec<Aside>) = plans.map(apart).unzip();
    let decided = Decided::of(job, approvals)?;
    looking::look(job, &readings, &mut plans, &decided).await;
    let judged = judging::judge(job, &mut readings, plans, &decided)?;
    Ok(planned(job, readings, judged, asides, &decided))
}

/// Puts each verdict back beside its provider.
fn planned<'a>(
    job: &Job<'a>,
    readings: Vec<Result<Reading, Fault>>,
    judged: Vec<Judged>,
    asides: Vec<Aside>,
    decided: &Decided<'_>,
) -> Vec<Planned<'a>> {
    let mut verdicts = judged.into_iter();
    let planned = job.providers.iter().zip(readings).zip(asides).map(|((connected, reading), aside)| {
        let outcome = reading.and_then(|reading| {
            let Reading { live, remembered, looked_up, hints, .. } = reading;
            let judged =
                verdicts.next().ok_or_else(|| Fault::new(FaultKind::Unreadable, "no plan was made"))?;
            Ok(Ready { judged, live, remembered, looked_up, aside, hints })
        });
        let adapter = Arc::clone(&connected.adapter);
        let writes = outcome.as_ref().map_or(0, |ready| calls(&*adapter, &ready.judged));
        log_plan(job, &connected.config.name, &outcome, adapter.requests());
        let used = outcome.as_ref().ok().and_then(|ready| ready.judged.approval.as_deref());
        let given = used.and_then(|digest| decided.given(digest)).cloned();
        let suspended = decided.suspended.get(&connected.config.name).cloned();
        let reads = adapter.requests();
        Planned { config: connected.config, adapter, outcome, reads, writes, suspended, given }
    });
    planned.collect()
}

/// How many calls the approved changes take.
fn calls(adapter: &dyn Provider, judged: &Judged) -> usize {
    let phases = moves::phases(&judged.approved).into_iter();
    phases.map(|phase| adapter.calls(&moves::changes(&phase.sends)).len()).sum()
}

/// A provider after an apply.
pub struct Applied<'a> {
    /// What was planned there.
    pub planned: Planned<'a>,
    /// What became of it; none when there was nothing to take back.
    pub sent: Option<Sent>,
}

/// Sends what the guard approved, reads it again, and records what stands.
///
/// Once something may have been sent, no trouble with state or journal hides what became of it: that trouble
/// stands in [`Sent::stopped`].
///
/// # Errors
/// When the state or the journal cannot be written and nothing was sent.
pub async fn apply<'a>(
    job: &Job<'a>,
    planned: Vec<Planned<'a>>,
    trail: &Trail,
) -> Result<Vec<Applied<'a>>, StoreError> {
    // An undo goes against the roster, which takes no effect by it.
    if !job.is_undo() {
        job.stores.takes_effect(Timestamp::now(), &job.roster.revision, trail.by())?;
    }
    let mut applied = join_all(planned.into_iter().map(|planned| apply_one(job, planned, trail))).await;
    if let Err(error) = job.stores.flush() {
        let Some(first) = applied.first_mut() else { return Err(error) };
        let sent = first.sent.get_or_insert_default();
        sent.stop(format!("the state could not be written: {error}"));
    }
    Ok(applied)
}

async fn apply_one<'a>(job: &Job<'a>, planned: Planned<'a>, trail: &Trail) -> Applied<'a> {
    if job.is_undo() && planned.writes == 0 {
        return Applied { planned, sent: None };
    }
    let sent = match &planned.outcome {
        Ok(ready) => send(job, &planned, ready, trail).await,
        Err(_) => note_unreadable(job, planned.config, trail).await,
    };
    Applied { planned, sent: Some(sent) }
}

/// Notes a run that had nothing to go by.
async fn note_unreadable(job: &Job<'_>, config: &ProviderConfig, trail: &Trail) -> Sent {
    let mut sent = Sent { outcome: Some("unreadable"), ..Sent::default() };
    let ended = match trail.begin(config, &job.roster.revision, Vec::new()).await {
        Ok(run) => {
            sent.run = Some(run.id().to_owned());
            trail.end(&run, "unreadable").await
        }
        Err(error) => Err(error),
    };
    if let Err(error) = ended {
        sent.stop(error.to_string());
    }
    log_unreadable(job, &config.name, &sent, trail);
    sent
}

async fn send(job: &Job<'_>, planned: &Planned<'_>, ready: &Ready, trail: &Trail) -> Sent {
    let approved = &ready.judged.approved;
    if let Err(error) = settle::settle_by(job, &planned.config.target(), &ready.live, trail).await {
        return Sent::nothing(approved, &error);
    }
    let run = match begin(job, planned, ready, trail).await {
        Ok(run) => run,
        Err(error) => return Sent::nothing(approved, &error),
    };
    let within = Within {
        roster: job.roster,
        concurrency: planned.config.connection.concurrency,
        hints: remember::sizes_after(ready),
        trail,
        run: &run,
        gate: job.gate,
    };
    let mut sent = apply::send_all(&*planned.adapter, approved, &within).await;
    let outcome = remember::outcome(planned, &ready.judged, &sent);
    let ended = trail.end(&run, outcome).await.map_err(StoreError::from);
    let kept = ended.and_then(|()| match planned.suspended {
        _ if job.is_undo() => remember::after_undo(job, planned.config, ready, &sent),
        // Nothing was done, so nothing is adopted and no cause is settled.
        Some(_) => remember::after_plan(job, planned.config, ready),
        None => remember::after_apply(job, planned.config, ready, &sent),
    });
    // Others may take much longer, and a crash must not cost this provider its records.
    let kept = kept.and_then(|()| job.stores.flush());
    if let Err(error) = kept {
        sent.stop(format!("the end of the run could not be recorded: {error}"));
    }
    log_run(job, planned, ready, (&run, outcome), &sent, trail);
    sent.run = Some(run.id().to_owned());
    sent.outcome = Some(outcome);
    sent
}

/// Writes down that a run begins, which approval it uses, and which moves it tries.
async fn begin(
    job: &Job<'_>,
    planned: &Planned<'_>,
    ready: &Ready,
    trail: &Trail,
) -> Result<Run, StoreError> {
    let undoes = undo::undoes(job, planned.config);
    let run = trail.begin(planned.config, &job.roster.revision, undoes).await?;
    if let Some(digest) = &ready.judged.approval {
        let used = trail.approval(&run, digest, planned.given.as_ref()).await?;
        job.stores.take_up(job.now, &used)?;
    }
    if planned.suspended.is_none() {
        trail.fights(&run, job.roster, &ready.judged.plan.groups).await?;
    }
    remember::before_apply(job, planned.config, ready)?;
    undo::suspend(job, planned.config, trail)?;
    Ok(run)
}

/// Keeps what a plan learned: sizes, snapshots, and who was found. It adopts nothing.
///
/// # Errors
/// When the state cannot be written.
pub fn remember_plan(job: &Job<'_>, planned: &[Planned<'_>]) -> Result<(), StoreError> {
    for planned in planned {
        if let Ok(ready) = &planned.outcome {
            remember::after_plan(job, planned.config, ready)?;
        }
    }
    Ok(())
}
