//! What `plan` and `apply` share: providers chosen and connected, stores opened, reports filled.

use jiff::Timestamp;

use super::{Failure, Surroundings, branch, decision};
use crate::apply::Sent;
use crate::cli::Selection;
use crate::config::Config;
use crate::core::guard::Mode;
use crate::core::model::{GroupHandle, ProviderName};
use crate::core::plan::GroupPlan;
use crate::core::verify;
use crate::document::nearest;
use crate::journal::PastRun;
use crate::providers::secret::Secrets;
use crate::providers::{self, Access, ProviderConfig};
use crate::report::undo::{UndoReport, UndoneRun};
use crate::report::{
    self, ChangeResult, GroupReport, Outcome, ProviderOutcome, ProviderReport, Report, RosterProblem, exit,
};
use crate::run::{self, Aim, Applied, Connected, Job, Planned, Undo};
use crate::setup::{self, Setup};
use crate::state::Suspension;
use crate::stores::Stores;

/// Everything a run needs, owned.
pub struct Live {
    setup: Setup,
    stores: Stores,
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
    let (setup, opened, problem) = documents(around, &command).await?;
    let (names, group) = select(&setup, selection)?;
    let beside = run::beside(&setup.roster, &names.iter().collect::<Vec<_>>(), group.as_ref());
    let providers = secrets(&setup, names, around)?;
    // Where a secret is missing, the plan says that the groups there were not read.
    let beside = beside.into_iter().filter_map(|name| secrets(&setup, vec![name], around).ok());
    let beside = beside.flatten().collect();
    if access == Access::Write && setup.config.daemon.dry_run {
        anstream::eprintln!(
            "Note: [daemon] dry_run = true concerns the daemon; this command changes things."
        );
    }
    let stores = opened.map_or_else(|| decision::stores(around, &command), Ok)?;
    Ok(Live { setup, stores, providers, beside, group, undo: None, access, problem })
}

/// The same for taking back earlier runs, which the audit trail has to name first: they say which providers take
/// part.
pub async fn open_undo(
    around: Surroundings<'_>,
    access: Access,
    chosen: impl FnOnce(&Config, &Stores) -> Result<Vec<PastRun>, Failure>,
) -> Result<Live, Failure> {
    let (setup, opened, problem) = documents(around, "rosterd undo").await?;
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
) -> Result<(Setup, Option<Stores>, Option<RosterProblem>), Failure> {
    let Some(branched) = setup::branched(around.config) else {
        return Ok((setup::load(around.config)?, None, None));
    };
    let stores = decision::stores(around, command)?;
    let (setup, problem) = branch::follow(around, branched, &stores).await?;
    Ok((setup, Some(stores), problem))
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
        let Setup { config, roster } = &self.setup;
        let undo = Undo::new(roster, &config.providers, &self.stores, runs, Timestamp::now())?;
        self.undo = Some(undo);
        Ok(())
    }

    /// The same again, once more of it has an outcome.
    pub fn trace_again(&mut self) -> Result<(), Failure> {
        let runs = self.undo.take().map(|undo| undo.runs().to_vec());
        self.trace(runs.unwrap_or_default())
    }

    /// The exit code of a report; a branch whose head is not in force counts as anything else that is held.
    pub fn exit_code(&self, report: &Report<'_>, exit_code_flag: bool) -> u8 {
        let code = exit::exit_code(report, exit_code_flag);
        let counts = self.problem.is_some() && (exit_code_flag || report.command == report::Command::Apply);
        if counts && code != exit::PARTLY { exit::HELD } else { code }
    }

    /// State and journal.
    pub fn stores(&self) -> &Stores {
        &self.stores
    }

    /// A report of what was planned.
    pub fn planned<'a>(&'a self, job: &Job<'_>, planned: &[Planned<'_>]) -> Report<'a> {
        let providers = planned.iter().map(|planned| provider_report(planned, None));
        let undo = self.undo.as_ref().map(|undo| undo_report(undo, planned.iter(), None));
        self.report(report::Command::Plan, job, providers.collect(), undo)
    }

    /// A report of what was applied.
    pub fn applied<'a>(&'a self, job: &Job<'_>, applied: &[Applied<'_>]) -> Report<'a> {
        let providers =
            applied.iter().map(|applied| provider_report(&applied.planned, applied.sent.as_ref()));
        let planned = applied.iter().map(|applied| &applied.planned);
        let undo = self.undo.as_ref().map(|undo| undo_report(undo, planned, Some(job)));
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
        }
    }
}

fn select(setup: &Setup, selection: &Selection) -> Result<(Vec<ProviderName>, Option<GroupHandle>), Failure> {
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

fn provider_report(planned: &Planned<'_>, sent: Option<&Sent>) -> ProviderReport {
    let ProviderConfig { name, kind, .. } = planned.config;
    let (outcome, judged) = match &planned.outcome {
        Ok(ready) => (outcome(planned), Some(&ready.judged)),
        Err(fault) => (ProviderOutcome::Unreadable { error: fault.to_string() }, None),
    };
    let groups = judged.into_iter().flat_map(|judged| &judged.plan.groups);
    ProviderReport {
        provider: name.clone(),
        kind: kind.name().as_str(),
        outcome,
        digest: judged.and_then(|judged| judged.digest.clone()),
        held: judged.map(|judged| judged.held.clone()).unwrap_or_default(),
        groups: groups.map(|plan| group_report(plan, sent)).collect(),
        reads: sent
            .map_or(planned.reads, |sent| planned.adapter.requests().saturating_sub(sent.calls as u64)),
        writes: sent.map_or(planned.writes, |sent| sent.calls) as u64,
    }
}

/// What an undo says beside its plan. After it was applied, the suspensions are those that stand.
fn undo_report<'a>(
    undo: &Undo,
    planned: impl Iterator<Item = &'a Planned<'a>>,
    applied: Option<&Job<'_>>,
) -> UndoReport {
    let runs = undo.runs().iter();
    let runs = runs.map(|past| UndoneRun {
        run: past.run.run.clone(),
        provider: past.run.provider.clone(),
        at: past.at,
    });
    let (mut left_out, mut edits, mut suspended) = (Vec::new(), Vec::new(), Vec::new());
    for Planned { config, outcome, writes, .. } in planned {
        let Ok(ready) = outcome else { continue };
        let name = &config.name;
        left_out.extend(ready.aside.left_out.iter().map(|it| (name.clone(), it.clone())));
        edits.extend(ready.aside.edits.iter().map(|it| (name.clone(), it.clone())));
        if *writes > 0 {
            let stands = applied.and_then(|job| job.stores.suspension(&config.target(), job.now).ok()?);
            suspended.push((name.clone(), stands.map(|suspension| suspension.until)));
        }
    }
    UndoReport { runs: runs.collect(), left_out, edits, suspended }
}

fn outcome(planned: &Planned<'_>) -> ProviderOutcome {
    match &planned.suspended {
        None => ProviderOutcome::Planned,
        Some(Suspension { until, reason, by, .. }) => {
            ProviderOutcome::Suspended { until: *until, reason: reason.clone(), by: by.clone() }
        }
    }
}

fn group_report(plan: &GroupPlan, sent: Option<&Sent>) -> GroupReport {
    let result = |sent: &Sent, change: &crate::core::plan::Change| {
        let key = (plan.id.clone()?, change.action, change.id.clone()?);
        sent.results.get(&key).map(|result| ChangeResult {
            result: match result.outcome {
                verify::Outcome::Applied => Outcome::Applied,
                verify::Outcome::Failed => Outcome::Failed,
                verify::Outcome::Unknown => Outcome::Unknown,
            },
            detail: result.detail.clone(),
        })
    };
    let results = sent.map(|sent| plan.changes.iter().map(|change| result(sent, change)).collect());
    GroupReport { plan: plan.clone(), results: results.unwrap_or_default() }
}
