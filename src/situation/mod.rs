//! What is going on: the one answer to `rosterd status`, the status page and systemd. Counts, no names.

pub mod text;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::core;
use crate::core::guard::Mode;
use crate::core::model::ProviderName;

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
    /// What is wrong with what was found last.
    pub problem: Option<String>,
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Git {
    /// Where the repository is.
    pub url: String,
    /// The branch.
    pub branch: String,
    /// When the remote last answered.
    pub fetched_at: Option<Timestamp>,
    /// Why it did not answer the last time.
    pub error: Option<String>,
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

/// A run that ended.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LastRun {
    /// Its id in the audit trail; none for a run that only planned.
    pub run: Option<String>,
    /// What woke it.
    pub wake: String,
    /// When it began.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// How, in a word: as the journal has it, or `planned`, `unreadable`, `failed`.
    pub outcome: String,
    /// Why it could not be read, or what failed.
    pub error: Option<String>,
    /// The roster that it went by.
    pub revision: String,
    /// What it found and did.
    #[serde(flatten)]
    pub counts: Counts,
    /// What an approval of the held changes must name.
    pub digest: Option<String>,
}

/// What a run found and did, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Additions that were still to be made when it ended.
    pub pending_add: usize,
    /// Removals that were still to be made when it ended.
    pub pending_remove: usize,
    /// Additions seen to stand.
    pub added: usize,
    /// Removals seen to stand.
    pub removed: usize,
    /// Additions that do not stand.
    pub failed_add: usize,
    /// Removals that do not stand.
    pub failed_remove: usize,
    /// Additions of which nobody knows.
    pub unknown_add: usize,
    /// Removals of which nobody knows.
    pub unknown_remove: usize,
    /// Changes that the guard held.
    pub held: usize,
    /// Changes that were not sent for any other reason.
    pub withheld: usize,
    /// Memberships that others changed since the last run.
    pub drift: usize,
    /// Memberships of people who left that still stand.
    pub leavers: usize,
    /// Groups that could not be read.
    pub unreadable_groups: usize,
    /// Findings that a person should look at.
    pub problems: usize,
}

/// A suspension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspended {
    /// When it ends by itself.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
    /// Who asked.
    pub by: String,
}

impl Document {
    /// Another look found this.
    pub fn found(&mut self, valid: bool, problem: Option<String>, now: Timestamp) {
        if self.valid != valid || self.problem != problem || self.since.is_none() {
            *self = Self { valid, problem, since: Some(now) };
        }
    }
}

impl Counts {
    /// What became of changes that were sent: action, result, how many.
    #[must_use]
    pub fn results(&self) -> [(&'static str, &'static str, usize); 6] {
        [
            ("add", "applied", self.added),
            ("remove", "applied", self.removed),
            ("add", "failed", self.failed_add),
            ("remove", "failed", self.failed_remove),
            ("add", "unknown", self.unknown_add),
            ("remove", "unknown", self.unknown_remove),
        ]
    }
}

impl LastRun {
    /// Whether everything that there was to do was done.
    #[must_use]
    pub fn is_full_success(&self) -> bool {
        matches!(self.outcome.as_str(), "applied" | "nothing-to-do")
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
            providers: BTreeMap::new(),
        }
    }

    /// A configuration and a roster come into force.
    pub fn takes_up(&mut self, config: &Config, roster: &core::roster::Roster, now: Timestamp) {
        self.configuration.found(true, None, now);
        self.roster.document.found(true, None, now);
        self.roster.revision = Some(roster.revision.to_string());
        self.roster.people = roster.people.len();
        self.roster.teams = roster.teams.len();
        self.roster.groups = roster.groups.values().map(BTreeMap::len).sum();
        self.providers.retain(|name, _| config.providers.contains_key(name));
        for (name, config) in &config.providers {
            let provider = self.providers.entry(name.clone()).or_default();
            config.kind.name().as_str().clone_into(&mut provider.kind);
            provider.mode = if config.mode == Mode::Observe { "observe" } else { "enforce" }.to_owned();
        }
    }

    /// A run begins.
    pub fn begins(&mut self, provider: &ProviderName, since: Timestamp, wake: &str) {
        if let Some(provider) = self.providers.get_mut(provider) {
            provider.running = Some(Running { since, wake: wake.to_owned() });
        }
    }

    /// A run ended.
    pub fn ended(&mut self, provider: &ProviderName, last: LastRun, next: Option<Timestamp>) {
        let Some(provider) = self.providers.get_mut(provider) else { return };
        provider.running = None;
        provider.next = next;
        if last.is_full_success() {
            provider.last_success = Some(last.ended);
        }
        provider.last = Some(last);
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

    /// Whether what was found last is in force.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.roster.document.valid && self.configuration.valid
    }

    /// Whether what is wrong needs a person, in a line for systemd.
    #[must_use]
    pub fn line(&self) -> String {
        let running = self.providers.values().filter(|provider| provider.running.is_some()).count();
        let mut parts = vec![match &self.roster.revision {
            Some(revision) => format!("roster {}", revision.get(..7).unwrap_or(revision)),
            None => "no roster".to_owned(),
        }];
        if !self.roster.document.valid {
            parts.push("the roster that was found last does not check".to_owned());
        }
        if !self.configuration.valid {
            parts.push("the configuration that was found last does not check".to_owned());
        }
        if running > 0 {
            parts.push(format!("{running} running"));
        }
        parts.extend(self.providers.iter().filter_map(|(name, provider)| provider.trouble(name)));
        parts.join("; ")
    }
}

impl Provider {
    fn trouble(&self, name: &ProviderName) -> Option<String> {
        let last = self.last.as_ref()?;
        let word = match last.outcome.as_str() {
            "applied" | "nothing-to-do" | "planned" => return None,
            other => other,
        };
        Some(format!("{name} {word}"))
    }
}
