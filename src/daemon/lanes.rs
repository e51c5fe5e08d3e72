//! The lanes of all providers: what runs, what is due, who waits for what.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio::task::{Id, JoinSet};

use super::schedule::{self, Lane, Schedule};
use super::shared::Shared;
use super::wake::Wake;
use super::work::{self, Done};
use crate::clean::clean_message;
use crate::config;
use crate::core::model::ProviderName;
use crate::providers::{Access, ProviderConfig};
use crate::report::{self, Command, Report, text};
use crate::setup::Setup;

/// Somebody who waits for the next run that begins.
type Waiter = mpsc::Sender<Arc<Done>>;

/// All lanes.
pub(super) struct Lanes {
    shared: Arc<Shared>,
    setup: Option<Arc<Setup>>,
    entries: BTreeMap<ProviderName, Entry>,
    /// When the roster next says something else by itself.
    turn: Option<Timestamp>,
    runs: JoinSet<Done>,
    /// Whose run a task is, should it end in a panic.
    tasks: HashMap<Id, ProviderName>,
    stopping: bool,
}

struct Entry {
    lane: Lane,
    /// Who waits for the run that is on.
    now: Vec<Waiter>,
    /// Who waits for the run after it.
    then: Vec<Waiter>,
    /// What was last printed of a provider where nothing is changed.
    shown: Option<String>,
}

impl Lanes {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            setup: None,
            entries: BTreeMap::new(),
            turn: None,
            runs: JoinSet::new(),
            tasks: HashMap::new(),
            stopping: false,
        }
    }

    /// Goes by another configuration and roster from now on, and runs every provider.
    pub(super) fn take_up(&mut self, setup: &Arc<Setup>, now: Timestamp) {
        let is_first = self.setup.is_none();
        self.setup = Some(Arc::clone(setup));
        let providers = &setup.config.providers;
        self.entries.retain(|name, _| providers.contains_key(name));
        for (name, config) in providers {
            let written = config.schedule.as_deref().unwrap_or(&setup.config.daemon.schedule);
            // Checked when the configuration was.
            let Ok(cron) = config::schedule(written) else { continue };
            let schedule = Schedule::new(cron, setup.config.daemon.timezone.clone());
            match self.entries.get_mut(name) {
                Some(entry) => entry.lane.reschedule(schedule, now),
                None => drop(self.entries.insert(name.clone(), Entry::new(Lane::new(schedule, now)))),
            }
        }
        let jitter = setup.config.daemon.jitter;
        for entry in self.entries.values_mut() {
            entry.lane.delay(jitter.mul_f64(fastrand::f64()));
        }
        self.turn = schedule::next_turn(&setup.roster, self.zone(), now);
        let wake = if is_first { Wake::Start } else { Wake::Change };
        self.wake_all(wake);
    }

    /// Goes by the clock as it is now, since it was set back: what was next is far ahead by it.
    pub(super) fn rearm(&mut self, now: Timestamp) {
        let Some(setup) = &self.setup else { return };
        let jitter = setup.config.daemon.jitter;
        self.turn = schedule::next_turn(&setup.roster, &setup.config.daemon.timezone, now);
        for (name, entry) in &mut self.entries {
            entry.lane.rearm(now);
            entry.lane.delay(jitter.mul_f64(fastrand::f64()));
            let next = entry.lane.next();
            self.shared.note(|situation| situation.plans(name, next));
        }
    }

    /// Starts what is due.
    pub(super) fn start_due(&mut self, now: Timestamp) {
        if self.turn.is_some_and(|turn| turn <= now) {
            let setup = self.setup.clone();
            self.turn = setup.and_then(|setup| schedule::next_turn(&setup.roster, self.zone(), now));
            self.wake_all(Wake::Date);
        }
        let jitter = self.setup.as_ref().map_or(SignedDuration::ZERO, |setup| setup.config.daemon.jitter);
        let mut due = Vec::new();
        for (name, entry) in &mut self.entries {
            if entry.lane.is_due(now) {
                entry.lane.delay(jitter.mul_f64(fastrand::f64()));
                due.push(name.clone());
            }
        }
        for name in due {
            self.wake(&name, Wake::Schedule);
        }
    }

    /// Runs a provider: now, or after the run that is on.
    pub(super) fn wake(&mut self, provider: &ProviderName, wake: Wake) {
        let Some(entry) = self.entries.get_mut(provider).filter(|_| !self.stopping) else { return };
        if let Some(wake) = entry.lane.wake(wake) {
            self.start(provider, wake);
        }
    }

    /// Runs providers for somebody who waits for what becomes of it. A run that is on already does not count:
    /// it may have read before whatever it was that made somebody ask.
    pub(super) fn ask(&mut self, providers: &[ProviderName], waiter: &Waiter) {
        for provider in providers {
            if let Some(entry) = self.entries.get_mut(provider) {
                entry.then.push(waiter.clone());
                self.wake(provider, Wake::Operator);
            }
        }
    }

    /// The next run that ends; none while no run is on.
    pub(super) async fn ended(&mut self) -> Option<Done> {
        loop {
            match self.runs.join_next_with_id().await? {
                Ok((id, done)) => {
                    self.tasks.remove(&id);
                    return Some(done);
                }
                Err(error) => self.died(error.id()),
            }
        }
    }

    /// A run ended in a panic. That is a mistake of ours, and must not stop the provider for good.
    fn died(&mut self, task: Id) {
        let Some(provider) = self.tasks.remove(&task) else { return };
        tracing::error!(%provider, "A run ended in a panic; please report this. The next run is by the schedule.");
        self.shared.claims.release(&provider);
        self.shared.gates.ended(&provider);
        self.shared.note(|situation| situation.died(&provider, Timestamp::now()));
        if let Some(entry) = self.entries.get_mut(&provider) {
            entry.now.clear();
            if let Some(wake) = entry.lane.ended() {
                self.restart(&provider, wake, true);
            }
        }
    }

    /// What there is to print of a run that changed nothing: what it would change, when that is not what was
    /// printed last.
    pub(super) fn news(&mut self, done: &Done) -> Option<String> {
        let report = done.report.as_ref().filter(|_| done.access == Access::Read)?;
        let entry = self.entries.get_mut(&done.provider)?;
        let key = report::fingerprint(report);
        if entry.shown.as_ref() == Some(&key) {
            return None;
        }
        entry.shown = Some(key);
        let timezone = &done.setup.config.daemon.timezone;
        let providers = vec![report.clone()];
        let report = Report {
            command: Command::Plan,
            roster: &done.setup.roster,
            now: done.now,
            timezone,
            providers,
            undo: None,
            problem: None,
            broken_trail: None,
        };
        Some(text::render(&report, false))
    }

    /// Takes note of a run that ended, tells who waits for it, and starts what waits for its place.
    pub(super) fn free(&mut self, done: Done) {
        let provider = done.provider.clone();
        let outdated = done.outdated;
        if !outdated {
            self.shared.metrics.ended(&provider, &done.last);
        }
        let Some(entry) = self.entries.get_mut(&provider) else { return };
        let next = entry.lane.next();
        if outdated {
            // It neither did nor failed to do anything: the run that follows counts.
            self.shared.note(|situation| situation.gave_way(&provider, next));
        } else {
            log(&done);
            let config = done.setup.config.providers.get(&provider);
            let suspended = config.and_then(|config| self.shared.suspended(config, Timestamp::now()));
            let place = (&provider, config.map(ProviderConfig::target));
            self.shared.note(|situation| situation.ended(place, done.last.clone(), next, suspended));
        }
        let waiters = std::mem::take(&mut entry.now);
        if outdated {
            // Whoever waits wants to know what becomes of the roster that is in force.
            entry.then.splice(0..0, waiters);
        } else {
            let done = Arc::new(done);
            for waiter in waiters {
                // Whoever does not listen any more does not want to know.
                drop(waiter.try_send(Arc::clone(&done)));
            }
        }
        let next = entry.lane.ended();
        if let Some(wake) = next.or(outdated.then_some(Wake::Change)) {
            self.restart(&provider, wake, next.is_some());
        }
    }

    fn restart(&mut self, provider: &ProviderName, wake: Wake, is_claimed: bool) {
        if is_claimed && !self.stopping {
            self.start(provider, wake);
        } else {
            self.wake(provider, wake);
        }
    }

    /// When something is next due by itself.
    pub(super) fn next(&self) -> Option<Timestamp> {
        let lanes = self.entries.values().filter_map(|entry| entry.lane.next());
        lanes.chain(self.turn).min()
    }

    /// Nothing is started any more.
    pub(super) fn stop(&mut self) {
        self.stopping = true;
    }

    /// Nobody waits any more for runs that are not begun.
    pub(super) fn send_away(&mut self) {
        for entry in self.entries.values_mut() {
            entry.then.clear();
        }
    }

    fn wake_all(&mut self, wake: Wake) {
        let names: Vec<ProviderName> = self.entries.keys().cloned().collect();
        for name in names {
            self.wake(&name, wake);
        }
    }

    fn start(&mut self, provider: &ProviderName, wake: Wake) {
        let Some(setup) = self.setup.clone() else { return };
        if let Some(entry) = self.entries.get_mut(provider) {
            entry.now.append(&mut entry.then);
        }
        let (shared, name) = (Arc::clone(&self.shared), provider.clone());
        let task = self.runs.spawn(async move { work::run(&shared, setup, name, wake).await });
        self.tasks.insert(task.id(), provider.clone());
    }

    fn zone(&self) -> &TimeZone {
        static UTC: TimeZone = TimeZone::UTC;
        self.setup.as_ref().map_or(&UTC, |setup| &setup.config.daemon.timezone)
    }
}

/// One line a run: what was sent says so itself, with the journal's head.
fn log(done: &Done) {
    let (provider, last) = (&done.provider, &done.last);
    let (wake, outcome, counts) = (&last.wake, &last.outcome, &last.counts);
    let elapsed_ms = last.ended.duration_since(last.began).as_millis();
    let (add, remove) = (counts.pending_add, counts.pending_remove);
    let (held, withheld, drift) = (counts.held, counts.withheld, counts.drift);
    match done.access {
        Access::Read if done.report.is_some() => tracing::info!(
            %provider, wake, outcome, add, remove, held, withheld, drift, elapsed_ms,
            "Planned {provider} ({wake}): {add} to add, {remove} to remove, {held} held."
        ),
        _ if last.is_failure() => {
            let error = last.error.as_deref().map(clean_message).unwrap_or_default();
            tracing::warn!(%provider, wake, outcome, %error, elapsed_ms, "The run of {provider} ended as {outcome}.");
        }
        Access::Read | Access::Write => {
            tracing::debug!(%provider, wake, outcome, held, withheld, drift, elapsed_ms, "A run ended.");
        }
    }
}

impl Entry {
    fn new(lane: Lane) -> Self {
        Self { lane, now: Vec::new(), then: Vec::new(), shown: None }
    }
}
