//! What is going on: the one answer to `rosterd status`, the status page and systemd. Counts, no names.

mod line;
pub mod text;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::complaint::Problem;
use crate::config::Config;
use crate::core;
use crate::core::guard::Mode;
use crate::core::model::{ProviderName, Target};
pub use crate::core::summary::{Counts, LastRun, Runs};
use crate::following;
use crate::state;
use crate::stores::Stores;

/// The version of the status as JSON.
pub const VERSION: u32 = 1;

/// Everything there is to say. Also what scripts read as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Situation {
    /// The version of this form.
    pub version: u32,
    /// The daemon; none when none runs and the state alone was asked.
    pub daemon: Option<Daemon>,
    /// The configuration in force.
    pub configuration: Document,
    /// The roster in force.
    pub roster: Roster,
    /// Why nobody listens where the configuration in force says.
    #[serde(default)]
    pub listener: Option<String>,
    /// The webhooks that cannot be used, by where the configuration names them, and why.
    #[serde(default)]
    pub silent_webhooks: BTreeMap<String, String>,
    /// The providers by name.
    pub providers: BTreeMap<ProviderName, Provider>,
}

/// The daemon itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Daemon {
    /// Its version.
    pub version: String,
    /// Its process.
    pub pid: u32,
    /// When it started.
    pub started_at: Timestamp,
    /// It plans and changes nothing.
    pub dry_run: bool,
}

/// A document that is watched.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// What was found last is in force. When not, the last good one is, if there ever was one.
    pub valid: bool,
    /// What is wrong with what was found last, without anything that stands in it.
    pub problem: Option<String>,
    /// The same with the lines of it, for whoever may read them: it is in no JSON.
    #[serde(skip)]
    pub whole: Option<String>,
    /// Since when it is as it is.
    pub since: Option<Timestamp>,
}

/// The roster in force.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Roster {
    /// Whether it is the one that was found last.
    #[serde(flatten)]
    pub document: Document,
    /// Its revision; none before there was a good one.
    pub revision: Option<String>,
    /// People with a handle.
    pub people: usize,
    /// Teams.
    pub teams: usize,
    /// Groups, over all providers.
    pub groups: usize,
    /// The branch that it comes from.
    pub git: Option<Git>,
}

/// A branch that is followed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Git {
    /// Where the repository is.
    pub url: String,
    /// The branch.
    pub branch: String,
    /// When the remote last answered.
    pub fetched_at: Option<Timestamp>,
    /// When the commit in force was taken up.
    pub taken_at: Option<Timestamp>,
    /// Why it did not answer the last time.
    pub error: Option<String>,
    /// It has not answered for so long that somebody has to look after it.
    pub overdue: bool,
    /// A head that does not descend from the last one, and waits for an approval.
    pub held: Option<HeldHead>,
}

/// A head that waits for an approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldHead {
    /// The commit.
    pub commit: String,
    /// What an approval must name.
    pub digest: String,
}

/// One provider.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Provider {
    /// What its runs were about; they say nothing of another one.
    #[serde(skip)]
    pub target: Option<Target>,
    /// `emporix`, `company-v3`, `solvexia`.
    pub kind: String,
    /// `enforce` or `observe`.
    pub mode: String,
    /// The run that is on.
    pub running: Option<Running>,
    /// The last run that ended.
    pub last: Option<LastRun>,
    /// When a run last did everything that there was to do.
    pub last_success: Option<Timestamp>,
    /// When the next run begins by itself.
    pub next: Option<Timestamp>,
    /// Until when nothing is changed there.
    pub suspended: Option<Suspended>,
}

/// A run that is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// Since when.
    pub since: Timestamp,
    /// What woke it.
    pub wake: String,
}

impl From<state::Suspension> for Suspended {
    fn from(state::Suspension { until, reason, by, .. }: state::Suspension) -> Self {
        Self { until, reason, by }
    }
}

/// A suspension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspended {
    /// When it ends by itself.
    pub until: Timestamp,
    /// Why. Both are empty for those who only watch.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who asked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
}

impl Document {
    /// Another look found this.
    pub fn found(&mut self, valid: bool, problem: Option<Problem>, now: Timestamp) {
        if self.valid != valid || self.problem() != problem || self.since.is_none() {
            let (problem, whole) = problem.map(|problem| (problem.brief, problem.whole)).unzip();
            *self = Self { valid, problem, whole, since: Some(now) };
        }
    }

    /// What is wrong with what was found last.
    #[must_use]
    pub fn problem(&self) -> Option<Problem> {
        Some(Problem { brief: self.problem.clone()?, whole: self.whole.clone()? })
    }
}

impl Roster {
    /// What is the matter with what was found last, when something is.
    #[must_use]
    pub fn matter(&self) -> Option<&'static str> {
        if self.document.valid || self.document.since.is_none() {
            return None;
        }
        let git = self.git.as_ref();
        Some(match () {
            () if git.is_some_and(|git| git.held.is_some()) => {
                "the head of the roster's branch is held, and not in force"
            }
            () if git.is_some_and(|git| git.error.is_some()) && self.revision.is_none() => {
                "the roster's branch cannot be fetched"
            }
            () if git.is_some() => "the head of the roster's branch is not in force",
            () => "the roster that was found last does not check",
        })
    }

    /// What stays in force of a branch and how old that is, to be said beside what is wrong.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> String {
        let git = self.git.as_ref();
        let times = git.and_then(|git| git.taken_at.zip(git.fetched_at));
        match (&self.revision, times) {
            (Some(revision), Some((taken_at, fetched_at))) => {
                let commit = revision.get(..7).unwrap_or(revision);
                following::standing(commit, taken_at, fetched_at, now)
            }
            (Some(_), None) => "what was good before stays in force".to_owned(),
            (None, _) => "no roster is in force".to_owned(),
        }
    }
}

impl Situation {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(daemon: Option<Daemon>) -> Self {
        Self {
            version: VERSION,
            daemon,
            configuration: Document::default(),
            roster: Roster::default(),
            listener: None,
            silent_webhooks: BTreeMap::new(),
            providers: BTreeMap::new(),
        }
    }

    /// The same for those who only watch: without the names and the words of people.
    #[must_use]
    pub fn for_everybody(mut self) -> Self {
        for suspended in self.providers.values_mut().filter_map(|provider| provider.suspended.as_mut()) {
            (suspended.reason, suspended.by) = (String::new(), String::new());
        }
        self
    }

    /// The same at a moment: without suspensions that have ended by themselves since.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        for provider in self.providers.values_mut() {
            provider.suspended.take_if(|suspended| suspended.until <= now);
        }
        self
    }

    /// A configuration and a roster come into force. Whether a provider is pointed elsewhere by it.
    pub fn takes_up(&mut self, config: &Config, roster: &core::roster::Roster, dry_run: bool) -> bool {
        self.follows(roster);
        self.configures(config, dry_run)
    }

    /// A roster is in force.
    pub fn follows(&mut self, roster: &core::roster::Roster) {
        self.roster.revision = Some(roster.revision.to_string());
        self.roster.people = roster.people.len();
        self.roster.teams = roster.teams.len();
        self.roster.groups = roster.groups.values().map(BTreeMap::len).sum();
    }

    /// These are the providers, whatever is known of the roster. One that is pointed elsewhere starts anew; whether
    /// there is one.
    pub fn configures(&mut self, config: &Config, dry_run: bool) -> bool {
        let mut is_elsewhere = false;
        if let Some(daemon) = &mut self.daemon {
            daemon.dry_run = dry_run;
        }
        self.providers.retain(|name, _| config.providers.contains_key(name));
        for (name, config) in &config.providers {
            let provider = self.providers.entry(name.clone()).or_default();
            let target = Some(config.target());
            if provider.target.is_some() && provider.target != target {
                *provider = Provider { running: provider.running.take(), ..Provider::default() };
                is_elsewhere = true;
            }
            provider.target = target;
            config.kind.name().as_str().clone_into(&mut provider.kind);
            let mode = if config.mode == Mode::Observe { "observe" } else { "enforce" };
            mode.clone_into(&mut provider.mode);
        }
        is_elsewhere
    }

    /// What earlier processes left of the providers.
    pub fn recalls(&mut self, config: &Config, stores: &Stores, now: Timestamp) {
        for (name, config) in &config.providers {
            let target = config.target();
            let suspended = stores.suspension(&target, now).ok().flatten().map(Suspended::from);
            match stores.last_runs(&target) {
                Ok(Some(runs)) => self.remembers(name, runs, suspended),
                _ => self.suspends(name, suspended),
            }
        }
    }

    fn remembers(&mut self, provider: &ProviderName, runs: Runs, suspended: Option<Suspended>) {
        let Some(provider) = self.providers.get_mut(provider) else { return };
        provider.last_success = runs.last_success;
        provider.last = Some(runs.last);
        provider.suspended = suspended;
    }

    /// Somebody suspended a provider, or resumed it.
    pub fn suspends(&mut self, provider: &ProviderName, suspended: Option<Suspended>) {
        if let Some(provider) = self.providers.get_mut(provider) {
            provider.suspended = suspended;
        }
    }

    /// A run begins.
    pub fn begins(&mut self, provider: &ProviderName, since: Timestamp, wake: &str) {
        if let Some(provider) = self.providers.get_mut(provider) {
            provider.running = Some(Running { since, wake: wake.to_owned() });
        }
    }

    /// A run at this target ended.
    pub fn ended(
        &mut self,
        (provider, target): (&ProviderName, Option<Target>),
        last: LastRun,
        next: Option<Timestamp>,
        suspended: Option<Suspended>,
    ) {
        let Some(provider) = self.providers.get_mut(provider) else { return };
        provider.running = None;
        provider.next = next;
        if provider.target.is_some() && provider.target != target {
            return;
        }
        provider.suspended = suspended;
        if last.is_full_success() {
            provider.last_success = Some(last.ended);
        }
        provider.last = Some(last);
    }

    /// A run ended before it did anything, because the roster or the configuration changed or rosterd was stopping.
    pub fn gave_way(&mut self, provider: &ProviderName, next: Option<Timestamp>) {
        if let Some(provider) = self.providers.get_mut(provider) {
            provider.running = None;
            provider.next = next;
        }
    }

    /// The next run begins at another time.
    pub fn plans(&mut self, provider: &ProviderName, next: Option<Timestamp>) {
        if let Some(provider) = self.providers.get_mut(provider) {
            provider.next = next;
        }
    }

    /// A run ended in a way that says nothing.
    pub fn died(&mut self, provider: &ProviderName, now: Timestamp) {
        let Some(provider) = self.providers.get_mut(provider) else { return };
        let began = provider.running.take().map_or(now, |running| running.since);
        provider.last = Some(LastRun {
            began,
            ended: now,
            outcome: "failed".to_owned(),
            error: Some("the run ended in a panic".to_owned()),
            ..LastRun::default()
        });
    }

    /// Whether something is in force, and what was found last is.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.roster.document.valid && self.configuration.valid && self.roster.revision.is_some()
    }

    /// Which webhooks cannot be used, and why.
    pub fn silent(&self) -> impl Iterator<Item = String> {
        let all = self.silent_webhooks.iter();
        all.map(|(place, why)| format!("the webhook of {place} cannot be used: {why}"))
    }
}

#[cfg(test)]
mod tests;
