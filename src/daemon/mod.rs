//! The daemon: one loop over a closed list of events. What woke a run is shown and never changes what it does.
//!
//! ```text
//! alarm, files, signals, socket, ended runs -> Event -> the loop -> runs, each a task -> Done -> the loop
//! ```
//!
//! The loop never waits for a provider, a disk or a person: runs are tasks of their own, files are read on
//! threads of their own. What everything shares stands in [`shared`]; what is going on stands in
//! [`crate::situation`].

mod alarm;
mod clock;
pub mod control;
pub mod gates;
pub mod intake;
mod lanes;
mod line;
pub mod listen;
pub mod notice;
mod schedule;
pub mod shared;
mod signals;
pub mod systemd;
mod wake;
mod watch;
pub mod work;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout};

use crate::core::model::ProviderName;
use crate::following;
use alarm::{Alarm, AlarmError};
use clock::Clock;
use intake::{Found, Intake, Reply};
use lanes::Lanes;
use shared::Shared;
pub use signals::insist;
use signals::{Signals, Told};
use wake::Wake;
use watch::Watch;
use work::Done;

/// How often the loop turns when nothing happens, at least.
const TURN: Duration = Duration::from_secs(10);
/// How often files are looked at whatever the system says of changes.
const LOOK: Duration = Duration::from_mins(1);
/// Time for calls in flight after the word to stop.
const DRAIN: Duration = Duration::from_secs(8);

/// What somebody asks for over the socket, where the loop is needed.
pub enum Asked {
    /// Run these providers now; each run that answers this is sent, and the channel closes after the last.
    Sync(Vec<ProviderName>, mpsc::Sender<Arc<Done>>),
    /// Read configuration and roster again, and say whether they check.
    Reload(Reply),
    /// Somebody decided something about a provider.
    Decided(ProviderName),
}

/// Everything that can happen.
enum Event {
    Turned,
    Rang,
    FilesChanged,
    Found(Box<Found>),
    Ended(Box<Done>),
    Asked(Asked),
    Told(Told),
}

/// Why the daemon could not start, or could not go on.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The alarm clock.
    #[error("the schedules cannot be started")]
    Alarm(#[from] AlarmError),
    /// The signals.
    #[error("signals cannot be heard")]
    Signals(#[from] std::io::Error),
}

/// The loop and what only it touches.
pub struct Daemon {
    shared: Arc<Shared>,
    intake: Arc<Intake>,
    found: mpsc::Receiver<Box<Found>>,
    asked: mpsc::Receiver<Asked>,
    alarm: Alarm,
    rings: mpsc::Receiver<()>,
    armed: Option<Timestamp>,
    clock: Clock,
    turns: Interval,
    looked: Instant,
    watch: Watch,
    /// The look after which systemd is to hear that all is in force that it waits for.
    awaited: Option<u64>,
    signals: Signals,
    lanes: Lanes,
    print: Box<dyn Fn(&str) + Send>,
}

impl Daemon {
    /// Starts the clocks. Nothing is read and nothing runs before [`Daemon::run`].
    ///
    /// # Errors
    /// When there are no clocks or no signals.
    pub async fn new(
        shared: Arc<Shared>,
        config: Option<PathBuf>,
        asked: mpsc::Receiver<Asked>,
        print: Box<dyn Fn(&str) + Send>,
    ) -> Result<Self, DaemonError> {
        let (alarm, rings) = Alarm::new().await?;
        let (intake, found) = Intake::new(config, Arc::clone(&shared));
        let turn = systemd::watchdog().map_or(TURN, |half| half.min(TURN));
        let mut turns = interval(turn);
        turns.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Ok(Self {
            shared: Arc::clone(&shared),
            intake: Arc::new(intake),
            found,
            asked,
            alarm,
            rings,
            armed: None,
            clock: Clock::new(Timestamp::now(), std::time::Instant::now()),
            turns,
            looked: Instant::now(),
            watch: Watch::new(),
            awaited: None,
            signals: Signals::new()?,
            lanes: Lanes::new(shared),
            print,
        })
    }

    /// Runs until it is told to stop.
    pub async fn run(mut self) {
        self.awaited = Some(self.look(true));
        loop {
            let event = self.next().await;
            systemd::alive();
            self.shared.turned();
            match event {
                Event::Turned => self.turned(),
                Event::Rang => self.armed = None,
                Event::FilesChanged => {
                    self.look(false);
                }
                Event::Told(Told::Reload) => self.reload(None),
                Event::Found(found) => self.take_up(*found).await,
                Event::Ended(done) => self.ended(*done),
                Event::Asked(asked) => self.answer(asked),
                Event::Told(Told::Stop) => break,
            }
            let now = Timestamp::now();
            self.heed_clock(now);
            self.lanes.start_due(now);
            self.arm().await;
        }
        self.stop().await;
    }

    /// What is planned goes by the clock, and is planned anew when somebody set it back.
    fn heed_clock(&mut self, now: Timestamp) {
        let Some(by) = self.clock.set_back(now, std::time::Instant::now()) else { return };
        let seconds = by.as_secs();
        tracing::warn!(seconds, "The clock was set back by {seconds} s; the schedules go by it from now on.");
        self.lanes.rearm(now);
        self.armed = None;
    }

    async fn next(&mut self) -> Event {
        tokio::select! {
            told = self.signals.next() => Event::Told(told),
            Some(done) = self.lanes.ended() => Event::Ended(Box::new(done)),
            Some(asked) = self.asked.recv() => Event::Asked(asked),
            Some(found) = self.found.recv() => Event::Found(found),
            Some(()) = self.rings.recv() => Event::Rang,
            () = self.watch.changed() => Event::FilesChanged,
            _ = self.turns.tick() => Event::Turned,
        }
    }

    /// The slow clock: what everything else may have missed.
    fn turned(&mut self) {
        if self.looked.elapsed() >= LOOK {
            self.look(false);
        }
        if self.shared.stores().is_none() {
            self.intake.open_stores();
        }
    }

    fn look(&mut self, remote: bool) -> u64 {
        self.looked = Instant::now();
        self.intake.look(remote)
    }

    /// systemd is told only when somebody asked: it shows a reload, and waits for its end.
    fn reload(&mut self, reply: Option<Reply>) {
        systemd::reloading();
        self.looked = Instant::now();
        self.awaited = Some(self.intake.look_at_all(reply));
    }

    async fn take_up(&mut self, mut found: Found) {
        let now = Timestamp::now();
        self.watch.follow(&found.paths());
        let (renewed, serves) = (std::mem::take(&mut found.renewed), found.serves);
        if let Some(setup) = self.intake.take_up(found, now).await {
            self.lanes.take_up(&setup, now);
            // Every provider runs, and logs in anew.
        } else {
            for provider in renewed {
                tracing::info!(%provider, "The secrets of {provider} are others now; it logs in anew.");
                self.lanes.wake(&provider, Wake::Change);
            }
        }
        if self.awaited.take_if(|awaited| *awaited <= serves).is_some() {
            systemd::ready();
        }
    }

    fn ended(&mut self, done: Done) {
        if done.is_shut_out() {
            self.shared.forget_adapters(&done.provider);
        }
        if let Some(why) = &done.broken {
            tracing::error!(why, "State or journal cannot be worked with; they are closed and opened again.");
            self.shared.set_trouble(why.clone());
            drop(self.shared.close_stores());
        }
        if let Some(text) = self.lanes.news(&done) {
            (self.print)(&text);
        }
        self.lanes.free(done);
    }

    fn answer(&mut self, asked: Asked) {
        match asked {
            Asked::Sync(providers, reply) => self.lanes.ask(&providers, &reply),
            Asked::Reload(reply) => self.reload(Some(reply)),
            // What was decided is a head of the roster's branch.
            Asked::Decided(place) if place == following::place() => {
                self.look(true);
            }
            Asked::Decided(provider) => self.lanes.wake(&provider, Wake::Operator),
        }
    }

    /// Sets the alarm to the next moment at which something is due.
    async fn arm(&mut self) {
        let Some(next) = self.lanes.next() else { return };
        if self.armed.is_some_and(|armed| armed <= next) {
            return;
        }
        match self.alarm.ring_at(next, Timestamp::now()).await {
            Ok(true) => self.armed = Some(next),
            // Far ahead; the slow clock turns several times before.
            Ok(false) => (),
            Err(error) => tracing::warn!(%error, "No alarm was set; the slow clock looks every few seconds."),
        }
    }

    /// No new call goes out, calls in flight finish, what is known is written down. A second word ends it
    /// at once: what has no outcome is settled at the next start.
    async fn stop(self) {
        let Self { shared, mut lanes, mut signals, asked, .. } = self;
        systemd::stopping();
        // Whoever asked and was not heard yet is told by this.
        drop(asked);
        shared.stopping.cancel();
        shared.listening.end();
        shared.stop_calls();
        tracing::info!("Stopping: calls in flight finish.");
        lanes.stop();
        lanes.send_away();
        let drained = async {
            while let Some(done) = lanes.ended().await {
                lanes.free(done);
                lanes.send_away();
            }
            shared.answers.close();
            shared.answers.wait().await;
            shared.notices.end().await;
        };
        tokio::select! {
            ended = timeout(DRAIN, drained) => if ended.is_err() {
                tracing::warn!("Some calls did not end in time; what became of them is read at the next start.");
            },
            _ = signals.next() => tracing::warn!("Told to stop twice: calls in flight are left."),
        }
        let flushed = shared.stores().map(|stores| stores.flush());
        if let Some(Err(error)) = flushed {
            tracing::error!(%error, "The state could not be written; it is made anew out of the journal.");
        }
    }
}
