//! What `plan` and `apply` share: providers chosen and connected, stores opened, reports filled.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::OwnedMutexGuard;

use super::{Failure, Surroundings, branch, decision};
use crate::cli::Selection;
use crate::config::Config;
use crate::core::guard::Mode;
use crate::core::model::{GroupHandle, ProviderName};
use crate::core::summary::LastRun;
use crate::document::nearest;
use crate::journal::PastRun;
use crate::providers::secret::Secrets;
use crate::providers::{self, Access, ProviderConfig};
use crate::report::{self, ProviderReport, Report, RosterProblem, UndoReport};
use crate::run::{self, Aim, Applied, Connected, Job, Planned, Undo};
use crate::setup::{self, Setup};
use crate::stores::Stores;

/// How state and journal are opened for a command.
type OpenStores = fn(Surroundings<'_>, &str) -> Result<Arc<Stores>, Failure>;

/// Everything a run needs, owned.
pub struct Live {
    setup: Arc<Setup>,
    stores: Arc<Stores>,
    providers: Vec<(ProviderName, Secrets)>,
    beside: Vec<(ProviderName, Secrets)>,
    group: Option<GroupHandle>,
    undo: Option<Undo>,
    access: Access,
    /// Why the head of the roster's branch is not in force.
    problem: Option<RosterProblem>,
}

/// Reads configuration, roster and secrets, and opens the stores. Nothing is sent to a provider yet.
pub async fn open(
    around: Surroundings<'_>,
    selection: &Selection,
    access: Access,
    command: &str,
) -> Result<Live, Failure> {
    let command = format!("rosterd {command}");
    let open = if access == Access::Read { decision::stores_to_look } else { decision::stores };
    let (setup, opened, problem) = documents(around, &command, open).await?;
    let (names, group) = select(&setup, selection)?;
    let beside = run::beside(&setup.roster, &names.iter().collect::<Vec<_>>(), group.as_ref());
    let providers = secrets(&setup, names, around)?;
    // Where a secret is missing, the plan says that the groups there were not read.
    let beside = beside.into_iter().filter_map(|name| secrets(&setup, vec![name], around).ok());
    let beside = beside.flatten().collect();
    if access == Access::Write && setup.config.daemon.dry_run {
        around
            .console
            .note("Note: [daemon] dry_run = true concerns the daemon; this command changes things.");
    }
    let stores = opened.map_or_else(|| open(around, &command), Ok)?;
    Ok(Live { setup, stores, providers, beside, group, undo: None, access, problem })
}

/// The same for taking back earlier runs, which the audit trail has to name first: they say which providers take
/// part.
pub async fn open_undo(
    around: Surroundings<'_>,
    access: Access,
    chosen: impl FnOnce(&Config, &Stores) -> Result<Vec<PastRun>, Failure>,
) -> Result<Live, Failure> {
    let (setup, opened, problem) = documents(around, "rosterd undo", decision::stores).await?;
    let stores = opened.map_or_else(|| decision::stores(around, "rosterd undo"), Ok)?;
    let runs = chosen(&setup.config, &stores)?;
    let (providers, beside) = (Vec::new(), Vec::new());
    let mut live = Live { setup, stores, providers, beside, group: None, undo: None, access, problem };
    live.trace(runs)?;
    let Some(undo) = &live.undo else { return Ok(live) };
    let (names, beside) = (undo.providers(), undo.beside(&live.setup.roster));
    live.providers = secrets(&live.setup, names, around)?;
    live.beside = secrets(&live.setup, beside.into_iter().collect(), around)?;
    Ok(live)
}

/// Configuration and roster, and why the head of the roster's branch is not in force. Following a
/// branch needs the stores, which are opened for it.
async fn documents(
    around: Surroundings<'_>,
    command: &str,
    open: OpenStores,
) -> Result<(Arc<Setup>, Option<Arc<Stores>>, Option<RosterProblem>), Failure> {
    if let Some(inside) = around.inside {
        let problem = branch::problem_of(&inside.shared().situation().roster);
        return Ok((inside.setup()?, Some(inside.stores()?), problem));
    }
    let Some(branched) = setup::branched(around.config) else {
        return Ok((Arc::new(setup::load(around.config)?), None, None));
    };
    let stores = open(around, command)?;
    let (setup, problem) = branch::follow(around, branched, &stores).await?;
    Ok((Arc::new(setup), Some(stores), problem))
}

impl Live {
    /// What the run works on.
    pub fn job(&self) -> Result<Job<'_>, Failure> {
        let now = Timestamp::now();
        let connect = |access| move |provider: &'_ (ProviderName, Secrets)| self.connect(provider, access);
        let providers = self.providers.iter().map(connect(self.access));
        let beside = self.beside.iter().map(connect(Access::Read));
        Ok(Job {
            roster: &self.setup.roster,
            providers: providers.collect::<Result<_, Failure>>()?,
            beside: beside.collect::<Result<_, Failure>>()?,
            configured: &self.setup.config.providers,
            aim: self.undo.as_ref().map_or(Aim::Roster, Aim::Undo),
            group: self.group.clone(),
            stores: &self.stores,
            claims: None,
            gate: None,
            now,
            day: now.to_zoned(self.setup.config.daemon.timezone.clone()).date(),
        })
    }

    fn connect(
        &self,
        (name, secrets): &(ProviderName, Secrets),
        access: Access,
    ) -> Result<Connected<'_>, Failure> {
        let config = self.setup.config.providers.get(name);
        let config = config.ok_or_else(|| Failure::usage(format!("there is no provider {name}")))?;
        let access = if config.mode == Mode::Observe { Access::Read } else { access };
        let adapter = providers::build(config, secrets.clone(), access);
        Ok(Connected { config, adapter: adapter.map_err(|fault| Failure::Failed(fault.into()))? })
    }

    /// Reads out of the audit trail what is to be taken back.
    pub fn trace(&mut self, runs: Vec<PastRun>) -> Result<(), Failure> {
        let Setup { config, roster } = &*self.setup;
        let undo = Undo::new(roster, &config.providers, &self.stores, runs, Timestamp::now())?;
        self.undo = Some(undo);
        Ok(())
    }

    /// The same again, once more of it has an outcome.
    pub fn trace_again(&mut self) -> Result<(), Failure> {
        let runs = self.undo.take().map(|undo| undo.runs().to_vec());
        self.trace(runs.unwrap_or_default())
    }

    /// State and journal.
    pub fn stores(&self) -> &Stores {
        &self.stores
    }

    /// Inside the daemon: no run of the providers is on as long as these are kept.
    pub async fn places(&self, around: Surroundings<'_>) -> Vec<OwnedMutexGuard<()>> {
        let Some(inside) = around.inside else { return Vec::new() };
        let configured = &self.setup.config.providers;
        let target = |name: &ProviderName| configured.get(name).map(ProviderConfig::target);
        inside.shared().places(self.providers.iter().map(|(name, _)| (name, target(name)))).await
    }

    /// Keeps how an apply of everything went, for `rosterd status`.
    pub fn keep(&self, job: &Job<'_>, applied: &[Applied<'_>]) -> Result<(), Failure> {
        for applied in applied.iter().filter(|_| job.group.is_none()) {
            let (report, config) = (report::of_applied(applied), applied.planned.config);
            let (sent, fault) = (applied.sent.as_ref(), applied.planned.outcome.as_ref().err());
            let access = if config.mode == Mode::Observe { Access::Read } else { Access::Write };
            let unread = fault.map(|_| "unreadable");
            let last = LastRun {
                run: sent.and_then(|sent| sent.run.clone()),
                wake: "apply".to_owned(),
                began: job.now,
                ended: Timestamp::now(),
                outcome: unread.or(sent.and_then(|sent| sent.outcome)).unwrap_or("failed").to_owned(),
                error: fault.map(ToString::to_string).or_else(|| sent?.stopped.clone()),
                revision: self.setup.roster.revision.to_string(),
                counts: report::count(&report, access),
                digest: report.digest,
            };
            self.stores.set_last_run(&config.target(), &last)?;
        }
        Ok(self.stores.flush()?)
    }

    /// A report of what was planned.
    pub fn planned<'a>(&'a self, job: &Job<'_>, planned: &[Planned<'_>]) -> Report<'a> {
        let providers = planned.iter().map(|planned| report::of_planned(planned));
        let undo = self.undo.as_ref().map(|undo| report::of_undo(undo, planned.iter(), None));
        self.report(report::Command::Plan, job, providers.collect(), undo)
    }

    /// A report of what was applied.
    pub fn applied<'a>(&'a self, job: &Job<'_>, applied: &[Applied<'_>]) -> Report<'a> {
        let providers = applied.iter().map(|applied| report::of_applied(applied));
        let planned = applied.iter().map(|applied| &applied.planned);
        let undo = self.undo.as_ref().map(|undo| report::of_undo(undo, planned, Some(job)));
        self.report(report::Command::Apply, job, providers.collect(), undo)
    }

    fn report(
        &self,
        command: report::Command,
        job: &Job<'_>,
        providers: Vec<ProviderReport>,
        undo: Option<UndoReport>,
    ) -> Report<'_> {
        let timezone = &self.setup.config.daemon.timezone;
        Report {
            command,
            roster: &self.setup.roster,
            now: job.now,
            timezone,
            providers,
            undo,
            problem: self.problem.clone(),
            broken_trail: self.stores.broken().map(|broken| broken.to_string()),
        }
    }
}

/// The providers, and the group, that were meant.
pub fn select(
    setup: &Setup,
    selection: &Selection,
) -> Result<(Vec<ProviderName>, Option<GroupHandle>), Failure> {
    let all = &setup.config.providers;
    let known = |name: &str| match all.get_key_value(name) {
        Some((name, _)) => Ok(name.clone()),
        None => Err(unknown("provider", name, all.keys().map(ProviderName::as_str))),
    };
    if let Some(written) = &selection.group {
        let (provider, group) = written.split_once('/').ok_or_else(|| {
            Failure::usage(format!(
                "--group takes PROVIDER/GROUP, as in emporix/catalog-managers; {written:?} has no slash"
            ))
        })?;
        let provider = known(provider)?;
        let groups = setup.roster.groups.get(&provider);
        let handles = || groups.into_iter().flat_map(|groups| groups.keys());
        let handle = handles().find(|handle| handle.as_str() == group).cloned();
        let handle = handle.ok_or_else(|| unknown("group", group, handles().map(GroupHandle::as_str)))?;
        return Ok((vec![provider], Some(handle)));
    }
    if selection.providers.is_empty() {
        return Ok((all.keys().cloned().collect(), None));
    }
    let mut names = selection.providers.iter().map(|name| known(name)).collect::<Result<Vec<_>, _>>()?;
    names.sort();
    names.dedup();
    Ok((names, None))
}

/// There is none of this name; the nearest one, or all there are.
pub fn unknown<'a>(what: &str, written: &str, known: impl Iterator<Item = &'a str> + Clone) -> Failure {
    let hint = nearest(written, known.clone()).map_or_else(
        || format!("known are: {}", known.collect::<Vec<_>>().join(", ")),
        |nearest| format!("did you mean {nearest:?}?"),
    );
    Failure::usage(format!("there is no {what} {written:?}; {hint}"))
}

/// Follows every reference to a secret, and complains of all that lead nowhere at once.
fn secrets(
    setup: &Setup,
    names: Vec<ProviderName>,
    around: Surroundings<'_>,
) -> Result<Vec<(ProviderName, Secrets)>, Failure> {
    let mut found = Vec::new();
    let mut errors = Vec::new();
    for name in names {
        let Some(config) = setup.config.providers.get(&name) else { continue };
        match config.credentials.resolve(around.env) {
            Ok(secrets) => found.push((name, secrets)),
            Err(more) => errors.extend(more),
        }
    }
    if errors.is_empty() { Ok(found) } else { Err(errors.into()) }
}
