//! The metrics of the contract. Labels are providers, outcomes and methods; never a person or a group.
//!
//! Every family is there from the start, with a zero for each provider: an alert on something that is
//! missing would never fire.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::core::model::ProviderName;
use crate::providers::Observer;
use crate::situation::{LastRun, Provider, Situation};

/// How runs end, as the label says it.
const OUTCOMES: [&str; 12] = [
    "applied",
    "nothing-to-do",
    "planned",
    "held",
    "suspended",
    "halted",
    "stopped",
    "partly-failed",
    "partly-unreadable",
    "unreadable",
    "not-authenticated",
    "failed",
];
/// What becomes of changes, as the label says it.
const RESULTS: [&str; 3] = ["applied", "failed", "unknown"];
const ACTIONS: [&str; 2] = ["add", "remove"];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfProvider {
    provider: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRun {
    provider: String,
    outcome: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfAction {
    provider: String,
    action: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfChange {
    provider: String,
    action: &'static str,
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRequest {
    provider: String,
    method: String,
    status: String,
}

type Seconds = Gauge<f64, AtomicU64>;

/// All families.
pub struct Metrics {
    registry: Registry,
    runs: Family<OfRun, Counter>,
    run_seconds: Histogram,
    changes: Family<OfChange, Counter>,
    pending: Family<OfAction, Gauge>,
    drift: Family<OfProvider, Gauge>,
    fights: Family<OfProvider, Gauge>,
    held: Family<OfProvider, Gauge>,
    suspended: Family<OfProvider, Seconds>,
    last_success: Family<OfProvider, Seconds>,
    last_attempt: Family<OfProvider, Seconds>,
    roster_valid: Gauge,
    branch_seen: Seconds,
    requests: Family<OfRequest, Counter>,
    request_seconds: Histogram,
    tasks: Gauge,
    /// Whom there were gauges of, so that a provider that is gone leaves none behind.
    known: Mutex<Vec<(String, Option<Timestamp>)>>,
}

impl Default for Metrics {
    fn default() -> Self {
        let (run_seconds, request_seconds) = (Histogram::new(RUN_BUCKETS), Histogram::new(REQUEST_BUCKETS));
        let mut metrics = Self {
            registry: Registry::default(),
            runs: Family::default(),
            run_seconds,
            changes: Family::default(),
            pending: Family::default(),
            drift: Family::default(),
            fights: Family::default(),
            held: Family::default(),
            suspended: Family::default(),
            last_success: Family::default(),
            last_attempt: Family::default(),
            roster_valid: Gauge::default(),
            branch_seen: Seconds::default(),
            requests: Family::default(),
            request_seconds,
            tasks: Gauge::default(),
            known: Mutex::default(),
        };
        metrics.register();
        metrics
    }
}

/// From a tenth of a second to half an hour.
const RUN_BUCKETS: [f64; 10] = [0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0, 300.0, 900.0, 1800.0];
/// From five milliseconds to the longest time-out that is usual.
const REQUEST_BUCKETS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

impl Metrics {
    fn register(&mut self) {
        let Self { registry, .. } = self;
        registry.register("rosterd_runs", "Runs that ended, by how they ended", self.runs.clone());
        registry.register_with_unit(
            "rosterd_run_duration",
            "How long runs took",
            Unit::Seconds,
            self.run_seconds.clone(),
        );
        registry.register(
            "rosterd_changes",
            "Membership changes that were sent, by what became of them",
            self.changes.clone(),
        );
        registry.register(
            "rosterd_pending_changes",
            "Changes that the roster wants and that do not stand after the last run",
            self.pending.clone(),
        );
        registry.register(
            "rosterd_drift_memberships",
            "Memberships that others changed, found by the last run",
            self.drift.clone(),
        );
        registry.register(
            "rosterd_fights",
            "Memberships that somebody else undoes again and again, found by the last run",
            self.fights.clone(),
        );
        registry.register(
            "rosterd_held_changes",
            "Changes that the guard held in the last run",
            self.held.clone(),
        );
        registry.register_with_unit(
            "rosterd_suspended",
            "How long the provider stays suspended; 0 when it is not",
            Unit::Seconds,
            self.suspended.clone(),
        );
        registry.register_with_unit(
            "rosterd_last_success_timestamp",
            "When a run last did everything that there was to do; 0 for never",
            Unit::Seconds,
            self.last_success.clone(),
        );
        registry.register_with_unit(
            "rosterd_last_attempt_timestamp",
            "When a run last ended, however; 0 for never",
            Unit::Seconds,
            self.last_attempt.clone(),
        );
        registry.register(
            "rosterd_roster_valid",
            "1 when the roster and the configuration that were found last are in force",
            self.roster_valid.clone(),
        );
        registry.register_with_unit(
            "rosterd_roster_branch_seen_timestamp",
            "When the remote of the roster's branch last answered; 0 for never, and where no branch is followed",
            Unit::Seconds,
            self.branch_seen.clone(),
        );
        registry.register(
            "rosterd_http_requests",
            "Requests to providers, by status; none when there was no answer",
            self.requests.clone(),
        );
        registry.register_with_unit(
            "rosterd_http_request_duration",
            "Time until the head of an answer",
            Unit::Seconds,
            self.request_seconds.clone(),
        );
        registry.register("rosterd_tasks", "Tasks inside the daemon", self.tasks.clone());
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("rosterd_build", "The version that runs", version);
    }

    /// Shows what is going on.
    pub fn show(&self, situation: &Situation) {
        self.roster_valid.set(i64::from(situation.is_valid()));
        self.branch_seen.set(seconds(situation.roster.git.as_ref().and_then(|git| git.fetched_at)));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for (gone, _) in known.iter().filter(|(name, _)| !situation.providers.contains_key(name.as_str())) {
            self.forget(gone);
        }
        let before = std::mem::take(&mut *known);
        for (name, provider) in &situation.providers {
            if !before.iter().any(|(known, _)| known == name.as_str()) {
                self.expect(name.as_str());
            }
            self.show_provider(name.as_str(), provider);
            let until = provider.suspended.as_ref().map(|suspended| suspended.until);
            known.push((name.to_string(), until));
        }
    }

    /// Counts a run that ended.
    pub fn ended(&self, provider: &ProviderName, last: &LastRun) {
        let provider = provider.to_string();
        self.runs.get_or_create(&OfRun { provider: provider.clone(), outcome: last.outcome.clone() }).inc();
        self.run_seconds.observe(last.ended.duration_since(last.began).as_secs_f64());
        for (action, result, number) in last.counts.results() {
            let labels = OfChange { provider: provider.clone(), action, result };
            self.changes.get_or_create(&labels).inc_by(number as u64);
        }
    }

    /// Everything as `OpenMetrics`.
    #[must_use]
    pub fn encode(&self, now: Timestamp) -> String {
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            self.tasks.set(gauge(runtime.metrics().num_alive_tasks()));
        }
        for (name, until) in self.known.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let left = until.map_or(0.0, |until| until.duration_since(now).as_secs_f64().max(0.0));
            self.suspended.get_or_create(&OfProvider { provider: name.clone() }).set(left);
        }
        let mut text = String::new();
        // Writing to a string fails for no reason of its own.
        let _ = text::encode(&mut text, &self.registry);
        text
    }

    fn show_provider(&self, name: &str, provider: &Provider) {
        let of = OfProvider { provider: name.to_owned() };
        let last = provider.last.as_ref();
        let counts = last.map(|last| last.counts).unwrap_or_default();
        self.pending
            .get_or_create(&OfAction { provider: name.to_owned(), action: "add" })
            .set(gauge(counts.pending_add));
        self.pending
            .get_or_create(&OfAction { provider: name.to_owned(), action: "remove" })
            .set(gauge(counts.pending_remove));
        self.drift.get_or_create(&of).set(gauge(counts.drift));
        self.fights.get_or_create(&of).set(gauge(counts.fights));
        self.held.get_or_create(&of).set(gauge(counts.held));
        self.last_attempt.get_or_create(&of).set(seconds(last.map(|last| last.ended)));
        self.last_success.get_or_create(&of).set(seconds(provider.last_success));
    }

    /// Zeros for what will come.
    fn expect(&self, name: &str) {
        let provider = || name.to_owned();
        for outcome in OUTCOMES {
            drop(self.runs.get_or_create(&OfRun { provider: provider(), outcome: outcome.to_owned() }));
        }
        for action in ACTIONS {
            for result in RESULTS {
                drop(self.changes.get_or_create(&OfChange { provider: provider(), action, result }));
            }
        }
        let labels = OfRequest { provider: provider(), method: "GET".to_owned(), status: "200".to_owned() };
        drop(self.requests.get_or_create(&labels));
    }

    fn forget(&self, name: &str) {
        let of = OfProvider { provider: name.to_owned() };
        for family in [&self.drift, &self.fights, &self.held] {
            family.remove(&of);
        }
        for family in [&self.suspended, &self.last_success, &self.last_attempt] {
            family.remove(&of);
        }
        for action in ACTIONS {
            self.pending.remove(&OfAction { provider: name.to_owned(), action });
        }
    }
}

impl Observer for Metrics {
    fn answered(&self, provider: &ProviderName, method: &str, status: Option<u16>, took: Duration) {
        let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        let labels = OfRequest { provider: provider.to_string(), method: method.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
        self.request_seconds.observe(took.as_secs_f64());
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Metrics").finish_non_exhaustive()
    }
}

fn gauge(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn seconds(at: Option<Timestamp>) -> f64 {
    at.map_or(0.0, |at| at.as_duration().as_secs_f64())
}
