//! One run of one provider, as the daemon makes it: the same path as `plan` and `apply`, whatever woke it.

use std::sync::Arc;

use jiff::Timestamp;

use super::shared::{Shared, Use};
use super::wake::Wake;
use crate::apply::{Sent, Trail};
use crate::core::guard::Mode;
use crate::core::model::ProviderName;
use crate::journal::Head;
use crate::providers::gate::{Closed, Gate};
use crate::providers::{Access, Fault, FaultKind, ProviderConfig};
use crate::report::{self, ProviderReport};
use crate::run::{self, Aim, Connected, Job};
use crate::setup::Setup;
use crate::situation::LastRun;
use crate::stores::StoreError;

/// What became of a run.
pub struct Done {
    /// The provider.
    pub provider: ProviderName,
    /// The configuration and the roster that it went by.
    pub setup: Arc<Setup>,
    /// When it planned.
    pub now: Timestamp,
    /// What it found and did; none when it came to nothing.
    pub report: Option<ProviderReport>,
    /// Whether changes were made, or would only be.
    pub access: Access,
    /// The same in a few words and numbers.
    pub last: LastRun,
    /// State or journal cannot be worked with any more.
    pub broken: Option<String>,
    /// It ended before anything was sent, because the roster or the configuration changed or rosterd was stopping:
    /// it neither did nor failed to do anything.
    pub gave_way: bool,
    /// How far the audit trail went when it ended.
    pub head: Option<Head>,
}

/// How far a run came.
struct Came {
    report: Option<ProviderReport>,
    run: Option<String>,
    outcome: String,
    error: Option<String>,
    broken: Option<String>,
    gave_way: bool,
    head: Option<Head>,
}

/// Runs one provider once. Another run of it is waited for.
pub async fn run(shared: &Shared, setup: Arc<Setup>, provider: ProviderName, wake: Wake) -> Done {
    let config = setup.config.providers.get(&provider);
    let _places = shared.places([(&provider, config.map(ProviderConfig::target))]).await;
    let began = Timestamp::now();
    shared.note(|situation| situation.begins(&provider, began, &wake.to_string()));
    let access = config.map_or(Access::Read, |config| access(shared, &setup, config));
    let came = match config {
        Some(config) => {
            let gate = shared.gates.open(config, access);
            came(shared, &setup, config, (access, &gate), began).await
        }
        None => Came::failed(format!("there is no provider {provider} any more")),
    };
    shared.claims.release(&provider);
    shared.gates.ended(&provider);
    let Came { report, run, outcome, error, broken, gave_way, head } = came;
    let last = LastRun {
        run,
        wake: wake.to_string(),
        began,
        ended: Timestamp::now(),
        outcome,
        error,
        revision: setup.roster.revision.to_string(),
        counts: report.as_ref().map(|report| report::count(report, access)).unwrap_or_default(),
        digest: report.as_ref().and_then(|report| report.digest.clone()),
    };
    let done = Done { provider, setup, now: began, report, access, last, broken, gave_way, head };
    if !done.gave_way {
        shared.keep(&done);
    }
    done
}

/// Whether the run may write.
fn access(shared: &Shared, setup: &Setup, config: &ProviderConfig) -> Access {
    let only_looks = shared.dry_run || setup.config.daemon.dry_run || config.mode == Mode::Observe;
    if only_looks { Access::Read } else { Access::Write }
}

async fn came(
    shared: &Shared,
    setup: &Arc<Setup>,
    config: &ProviderConfig,
    (access, gate): (Access, &Gate),
    now: Timestamp,
) -> Came {
    let Some(stores) = shared.stores() else {
        return Came::failed(shared.trouble());
    };
    let adapter = match shared.adapter(setup, config, Use::Run(access)) {
        Ok(adapter) => adapter,
        Err(_) if shared.stopping.is_cancelled() => return Came::gave_way(),
        Err(fault) => return Came::unreadable(&fault),
    };
    let job = Job {
        roster: &setup.roster,
        providers: vec![Connected { config, adapter }],
        beside: beside(shared, setup, &config.name),
        aim: Aim::Roster,
        configured: &setup.config.providers,
        group: None,
        stores: &stores,
        claims: (access == Access::Write).then_some(&shared.claims),
        gate: Some(gate),
        now,
        day: now.to_zoned(setup.config.daemon.timezone.clone()).date(),
    };
    let came = match access {
        Access::Read => plan(shared, &job).await,
        Access::Write => apply(shared, setup, &job).await,
    };
    let came = came
        .unwrap_or_else(|error| Came { broken: Some(error.to_string()), ..Came::failed(error.to_string()) });
    Came { head: Some(stores.head()), ..came }
}

/// Providers that have to be looked at as well. One that cannot be connected to counts as not read: nobody is
/// added beside its groups, and the plan says so.
fn beside<'a>(shared: &Shared, setup: &'a Arc<Setup>, provider: &ProviderName) -> Vec<Connected<'a>> {
    let names = run::beside(&setup.roster, &[provider], None);
    let configs = names.iter().filter_map(|name| setup.config.providers.get(name));
    let connected = configs.filter_map(|config| {
        let adapter = shared.adapter(setup, config, Use::Beside(provider.clone()));
        let adapter = adapter
            .inspect_err(|fault| tracing::warn!(provider = %config.name, %fault, "Cannot be looked at."));
        Some(Connected { config, adapter: adapter.ok()? })
    });
    connected.collect()
}

/// Plans, and keeps what was seen.
async fn plan(shared: &Shared, job: &Job<'_>) -> Result<Came, StoreError> {
    let planned = run::plan(job, &[]).await?;
    if shared.stopping.is_cancelled() {
        return Ok(Came::gave_way());
    }
    run::remember_plan(job, &planned)?;
    job.stores.flush()?;
    let Some(planned) = planned.first() else { return Ok(Came::failed("nothing was planned".to_owned())) };
    if let Err(fault) = &planned.outcome {
        return Ok(Came::unreadable(fault));
    }
    let report = report::of_planned(planned);
    Ok(Came { report: Some(report), outcome: "planned".to_owned(), ..Came::default() })
}

/// Settles what an interrupted run left, plans, applies, verifies.
async fn apply(shared: &Shared, setup: &Arc<Setup>, job: &Job<'_>) -> Result<Came, StoreError> {
    let trail = Trail::new(job.stores.journal(), "rosterd run".to_owned(), None);
    run::settle(job, &trail).await?;
    let planned = run::plan(job, &[]).await?;
    // Nothing is sent for a roster that is not in force any more, and a read that a stop cut off says nothing.
    if shared.stopping.is_cancelled() || !shared.is_current(setup) {
        return Ok(Came::gave_way());
    }
    let applied = run::apply(job, planned, &trail).await?;
    let Some(applied) = applied.first() else { return Ok(Came::failed("nothing was applied".to_owned())) };
    let report = report::of_applied(applied);
    let stopped = applied.sent.as_ref().and_then(|sent| sent.stopped.clone());
    let sent = applied.sent.as_ref();
    let run = sent.and_then(|sent| sent.run.clone());
    if let Err(fault) = &applied.planned.outcome {
        return Ok(Came { run, broken: stopped, ..Came::unreadable(fault) });
    }
    let is_cut_off = |sent: &Sent| sent.halted == Some(Closed::Stopping) && sent.calls == 0;
    Ok(Came {
        run,
        outcome: sent.and_then(|sent| sent.outcome).unwrap_or("failed").to_owned(),
        error: stopped.clone(),
        gave_way: stopped.is_none() && sent.is_some_and(is_cut_off),
        broken: stopped,
        report: Some(report),
        head: None,
    })
}

impl Default for Came {
    fn default() -> Self {
        Self {
            report: None,
            run: None,
            outcome: "failed".to_owned(),
            error: None,
            broken: None,
            gave_way: false,
            head: None,
        }
    }
}

impl Came {
    fn failed(error: String) -> Self {
        Self { error: Some(error), ..Self::default() }
    }

    fn gave_way() -> Self {
        Self { gave_way: true, ..Self::default() }
    }

    fn unreadable(fault: &Fault) -> Self {
        let outcome = if fault.kind == FaultKind::Auth { "not-authenticated" } else { "unreadable" };
        Self { outcome: outcome.to_owned(), ..Self::failed(fault.to_string()) }
    }
}

impl Done {
    /// Whether the provider took the credentials.
    #[must_use]
    pub fn is_shut_out(&self) -> bool {
        self.last.outcome == "not-authenticated"
    }
}
