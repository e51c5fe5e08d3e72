//! What goes wrong at the providers, told by their names.

use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use rosterd::sandbox::{Effect, Fault, Seen};
use tokio_util::sync::CancellationToken;

use super::PROVIDERS;
use super::world::World;

/// A test waits no longer for something to happen.
/// Busy machines are slow; where all is well, nobody waits that long.
pub(super) const LIMIT: Duration = Duration::from_mins(1);

impl World {
    /// Queues a fault.
    pub fn fail(&self, provider: &str, fault: Fault) {
        match provider {
            "emporix" => self.sandbox().emporix().fail(fault),
            "travel" => self.sandbox().company().fail(fault),
            "finance" => self.sandbox().solvexia().fail(fault),
            other => panic!("there is no provider {other}"),
        }
    }

    /// Asks this for the fate of each call.
    pub fn fail_by(&self, provider: &str, chooser: impl FnMut(&Seen) -> Option<Effect> + Send + 'static) {
        match provider {
            "emporix" => self.sandbox().emporix().fail_by(chooser),
            "travel" => self.sandbox().company().fail_by(chooser),
            "finance" => self.sandbox().solvexia().fail_by(chooser),
            other => panic!("there is no provider {other}"),
        }
    }

    /// Holds the first of these calls: until it is let go, it is neither carried out nor answered.
    pub fn halt(&self, provider: &str, mut which: impl FnMut(&Seen) -> bool + Send + 'static) -> Halted {
        let mut waits = true;
        self.halt_all(provider, move |seen| {
            let is_first = waits && which(seen);
            waits &= !is_first;
            is_first
        })
    }

    /// Holds each of these calls until they are let go.
    pub fn halt_all(&self, provider: &str, mut which: impl FnMut(&Seen) -> bool + Send + 'static) -> Halted {
        let (reached, halted) = mpsc::channel();
        let let_go = CancellationToken::new();
        let held = Effect::Held(let_go.clone());
        self.fail_by(provider, move |seen| {
            let is_held = which(seen);
            if is_held {
                reached.send(()).ok();
            }
            is_held.then(|| held.clone())
        });
        Halted { reached: halted, let_go }
    }

    /// The provider carries out what it was sent last, whoever is still there to hear of it.
    pub fn carry_out_the_last_write(&self) {
        let last = self.writes().last().expect("one came").clone();
        let words: Vec<&str> = last.split(' ').collect();
        for who in words[2..].iter().take_while(|word| **word != "->") {
            match who.strip_prefix('+') {
                Some(added) => drop(self.live(words[1]).add(added)),
                None => drop(self.live(words[1]).remove(&who[1..])),
            }
        }
    }

    /// Every provider is well again.
    pub fn heal(&self) {
        self.sandbox().emporix().clear_faults();
        self.sandbox().company().clear_faults();
        self.sandbox().solvexia().clear_faults();
        for provider in PROVIDERS {
            self.down(provider, false);
        }
    }

    /// Connections are refused, or taken again.
    pub fn down(&self, provider: &str, down: bool) {
        let done = match provider {
            "emporix" => self.sandbox().emporix().down(down),
            "travel" => self.sandbox().company().down(down),
            "finance" => self.sandbox().solvexia().down(down),
            other => panic!("there is no provider {other}"),
        };
        done.expect("the port is still there");
    }

    /// How many queued faults met nothing: a test whose faults never struck proves nothing.
    pub fn faults_waiting(&self) -> usize {
        self.sandbox().emporix().faults_waiting()
            + self.sandbox().company().faults_waiting()
            + self.sandbox().solvexia().faults_waiting()
    }
}

/// Waits until this is so.
#[track_caller]
pub fn until(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < LIMIT, "waited {LIMIT:?} for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A call that is held, or several.
pub struct Halted {
    reached: Receiver<()>,
    let_go: CancellationToken,
}

impl Halted {
    /// Waits until it came; of several, the next.
    pub fn reached(&self) {
        self.reached.recv_timeout(LIMIT).expect("the call that is to be held came");
    }

    /// It is carried out and answered now, as are those that come later.
    pub fn release(&self) {
        self.let_go.cancel();
    }
}
