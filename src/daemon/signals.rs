//! The signals that a daemon is told by, and the end that nothing holds up.

use std::time::Duration;
use std::{io, process, thread};

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{sleep, timeout};

use crate::logging;

/// Who is told to stop has ended by then.
const LIMIT: Duration = Duration::from_millis(9500);
/// And so long after the second word.
const AT_ONCE: Duration = Duration::from_millis(1500);

/// What somebody asks for with a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// SIGHUP: read everything again.
    Reload,
    /// SIGTERM or SIGINT: stop.
    Stop,
}

/// Hears signals from the moment it is made.
pub struct Signals {
    hangup: Signal,
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Takes the signals over.
    ///
    /// # Errors
    /// When the system does not let it.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// The next one that says to stop.
    async fn stop(&mut self) {
        while self.next().await != Told::Stop {}
    }

    /// The next one.
    pub async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.hangup.recv() => Told::Reload,
            _ = self.interrupt.recv() => Told::Stop,
            _ = self.terminate.recv() => Told::Stop,
        }
    }
}

/// Ends the process when it is told to stop and does not, whatever it is that hangs: a disk, a pipe, a mistake of ours.
/// A thread of its own hears the signals too, and waits for nothing else. What was not written down by then is settled at
/// the next start, as after a crash.
///
/// # Errors
/// When the system has no thread or no signals for it.
pub fn insist() -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut signals = {
        let _entered = runtime.enter();
        Signals::new()?
    };
    let wait = async move {
        signals.stop().await;
        if timeout(LIMIT, signals.stop()).await.is_ok() {
            sleep(AT_ONCE).await;
        }
    };
    let work = move || {
        runtime.block_on(wait);
        tracing::error!("rosterd was told to stop, and something hangs: it is left as it is.");
        logging::finish();
        #[expect(
            clippy::disallowed_methods,
            reason = "what would flush the state hangs, or was given its time"
        )]
        process::exit(0);
    };
    thread::Builder::new().name("end".to_owned()).spawn(work).map(drop)
}

#[cfg(test)]
mod tests;
