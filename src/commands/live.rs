//! What `plan` and `apply` share: providers chosen and connected, stores opened, reports filled.

use jiff::Timestamp;

use super::{Failure, Surroundings, branch, decision};
use crate::apply::Sent;
use crate::cli::Selection;
use crate::core::guard::Mode;
use crate::core::model::{GroupHandle, ProviderName};
use crate::core::plan::GroupPlan;
use crate::core::verify;
use crate::document::nearest;
use crate::providers::secret::Secrets;
use crate::providers::{self, Access, ProviderConfig};
use crate::report::{
    self, ChangeResult, GroupReport, Outcome, ProviderOutcome, ProviderReport, Report, exit,
};
use crate::run::{Applied, Connected, Job, Planned};
use crate::setup::{self, Setup};
use crate::state::Suspension;
use crate::stores::Stores;

/// Everything a run needs, owned.
pub struct Live {
    setup: Setup,
    stores: Stores,
    providers: Vec<(ProviderName, Secrets)>,
    group: Option<GroupHandle>,
    access: Access,
    /// The head of the roster's branch waits for an approval.
    is_branch_held: bool,
}

/// Reads configuration, roster and secrets, and opens the stores. Nothing is sent to a provider yet.
pub async fn open(
    around: Surroundings<'_>,
    selection: &Selection,
    access: Access,
    command: &str,
) -> Result<Live, Failure> {
    let command = format!("rosterd {command}");
    let (setup, opened, is_branch_held) = match setup::branched(around.config) {
        None => (setup::load(around.config)?, None, false),
        Some(branched) => {
            let stores = decision::stores(around, &command)?;
            let (setup, is_held) = branch::follow(around, branched, &stores).await?;
            (setup, Some(stores), is_held)
        }
    };
    let (names, group) = select(&setup, selection)?;
    let providers = secrets(&setup, names, around)?;
    if access == Access::Write && setup.config.daemon.dry_run {
        anstream::eprintln!(
            "Note: [daemon] dry_run = true concerns the daemon; this command changes things."
        );
    }
    let stores = opened.map_or_else(|| decision::stores(around, &command), Ok)?;
    Ok(Live { setup, stores, providers, group, access, is_branch_held })
}

impl Live {
    /// What the run works on.
    pub fn job(&self) -> Result<Job<'_>, Failure> {
        let now = Timestamp::now();
        let connect = |(name, secrets): &(ProviderName, Secrets)| {
            let config = self.setup.config.providers.get(name);
            let config = config.ok_or_else(|| Failure::usage(format!("there is no provider {name}")))?;
            let access = if config.mode == Mode::Observe { Access::Read } else { self.access };
            let adapter = providers::build(config, secrets.clone(), access);
            Ok(Connected { config, adapter: adapter.map_err(|fault| Failure::Failed(fault.into()))? })
        };
        Ok(Job {
            roster: &self.setup.roster,
            providers: self.providers.iter().map(connect).collect::<Result<_, Failure>>()?,
            configured: &self.setup.config.providers,
            group: self.group.clone(),
            stores: &self.stores,
            now,
            day: now.to_zoned(self.setup.config.daemon.timezone.clone()).date(),
        })
    }

    /// The exit code of a report; a branch whose head is held counts as anything else that is held.
    pub fn exit_code(&self, report: &Report<'_>, exit_code_flag: bool) -> u8 {
        let code = exit::exit_code(report, exit_code_flag);
        let counts = self.is_branch_held && (exit_code_flag || report.command == report::Command::Apply);
        if counts && code != exit::PARTLY { exit::HELD } else { code }
    }

    /// State and journal.
    pub fn stores(&self) -> &Stores {
        &self.stores
    }

    /// A report of what was planned.
    pub fn planned<'a>(&'a self, job: &Job<'_>, planned: &[Planned<'_>]) -> Report<'a> {
        let providers = planned.iter().map(|planned| provider_report(planned, None));
        self.report(report::Command::Plan, job, providers.collect())
    }

    /// A report of what was applied.
    pub fn applied<'a>(&'a self, job: &Job<'_>, applied: &[Applied<'_>]) -> Report<'a> {
        let providers =
            applied.iter().map(|applied| provider_report(&applied.planned, applied.sent.as_ref()));
        self.report(report::Command::Apply, job, providers.collect())
    }

    fn report(&self, command: report::Command, job: &Job<'_>, providers: Vec<ProviderReport>) -> Report<'_> {
        let timezone = &self.setup.config.daemon.timezone;
        Report { command, roster: &self.setup.roster, now: job.now, timezone, providers }
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

fn outcome(planned: &Planned<'_>) -> ProviderOutcome {
    match &planned.suspended {
        None => ProviderOutcome::Planned,
        Some(Suspension { until, reason, by }) => {
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
