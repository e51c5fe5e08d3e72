//! What systemd is told: readiness, reloads, status, and that the loop still turns.
//!
//! Where no systemd listens, every call does nothing. None of them waits: what a socket that is full does not take
//! is said again with the next word, and the loop says one every few seconds.

use std::collections::VecDeque;
use std::io;
#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use sd_notify::NotifyState;

use crate::clean::clean;

#[cfg(test)]
mod tests;

/// The daemon is up, with or without a good roster.
pub fn ready() {
    tell(|outbox| outbox.state(&[NotifyState::Ready]));
}

/// The configuration and the roster are read again; [`ready`] ends it.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(|outbox| outbox.state(&[NotifyState::Reloading, now])),
        Err(error) => tracing::debug!(%error, "The monotonic clock cannot be read."),
    }
}

/// No new call is made. It is the last word: no status follows it.
pub fn stopping() {
    tell(Outbox::stopping);
}

/// One line for `systemctl status`.
pub fn status(text: &str) {
    tell(|outbox| outbox.status(text));
}

/// The loop turned. Fed from nowhere else, so that a loop that hangs is seen.
pub fn alive() {
    static IS_WATCHED: LazyLock<bool> = LazyLock::new(|| watchdog().is_some());
    if *IS_WATCHED {
        tell(|outbox| outbox.is_alive = true);
    }
}

/// How often systemd wants to hear of the loop: half of the time after which it would act. None where it wants to hear
/// nothing, or of another process.
#[must_use]
pub fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled().and_then(half)
}

/// Whatever is asked for, the loop turns no more often.
const SHORTEST: Duration = Duration::from_millis(100);

/// Half of a limit; none of a limit that means none.
fn half(limit: Duration) -> Option<Duration> {
    (!limit.is_zero()).then(|| (limit / 2).max(SHORTEST))
}

fn tell(note: impl FnOnce(&mut Outbox)) {
    static SYSTEMD: LazyLock<Option<Mutex<Outbox>>> = LazyLock::new(|| {
        let path = std::env::var_os("NOTIFY_SOCKET")?;
        let outbox = Outbox::new(path.as_ref());
        let outbox = outbox.inspect_err(
            |error| tracing::warn!(%error, "systemd cannot be told of anything: see NOTIFY_SOCKET."),
        );
        outbox.ok().map(Mutex::new)
    });
    if let Some(outbox) = &*SYSTEMD {
        let mut outbox = outbox.lock().unwrap_or_else(PoisonError::into_inner);
        note(&mut outbox);
        outbox.send();
    }
}

/// States that are kept for a systemd that takes none. Of more, the oldest mean nothing any more.
const MOST_STATES: usize = 16;

/// What systemd is still to be told.
struct Outbox {
    socket: UnixDatagram,
    systemd: SocketAddr,
    /// Each of them counts, in this order.
    states: VecDeque<String>,
    status: Status,
    /// A sign of life counts at its time only: one that is late would hide a loop that hangs.
    is_alive: bool,
    /// The socket was full, and that was said.
    is_full: bool,
    /// Nobody could be told, and that was said.
    is_deaf: bool,
}

/// The status as far as systemd is still to be told of it. Only the last one counts.
enum Status {
    Told,
    New(String),
    /// Nothing goes on any more.
    Over,
}

impl Outbox {
    fn new(path: &Path) -> io::Result<Self> {
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket,
            systemd: address(path)?,
            states: VecDeque::new(),
            status: Status::Told,
            is_alive: false,
            is_full: false,
            is_deaf: false,
        })
    }

    fn state(&mut self, state: &[NotifyState<'_>]) {
        if self.states.len() == MOST_STATES {
            self.states.pop_front();
        }
        self.states.push_back(written(state));
    }

    fn status(&mut self, text: &str) {
        if !matches!(self.status, Status::Over) {
            self.status = Status::New(written(&[NotifyState::Status(&clean(text))]));
        }
    }

    fn stopping(&mut self) {
        self.status = Status::Over;
        self.state(&[NotifyState::Stopping, NotifyState::Status("stopping: calls in flight finish")]);
    }

    /// Sends what the socket takes.
    fn send(&mut self) {
        while let Some(state) = self.states.pop_front() {
            if !self.is_taken(&state) {
                self.states.push_front(state);
                break;
            }
        }
        if let Status::New(status) = &self.status
            && self.states.is_empty()
        {
            let status = status.clone();
            if self.is_taken(&status) {
                self.status = Status::Told;
            }
        }
        if std::mem::take(&mut self.is_alive) {
            self.is_taken(&written(&[NotifyState::Watchdog]));
        }
    }

    /// Whether it needs not be said again: systemd has it, or will never take it.
    fn is_taken(&mut self, text: &str) -> bool {
        let sent = self.socket.send_to_addr(text.as_bytes(), &self.systemd);
        let is_full = sent.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
        if is_full && !self.is_full {
            tracing::warn!(
                "systemd does not read what it is told; it is told again, and nothing waits for it."
            );
        }
        self.is_full = is_full;
        match &sent {
            Err(error) if !is_full => {
                if !std::mem::replace(&mut self.is_deaf, true) {
                    tracing::warn!(%error, "systemd could not be told: nobody is at NOTIFY_SOCKET.");
                }
            }
            _ => self.is_deaf = false,
        }
        !is_full
    }
}

/// A file, or with `@` before it a name that is in no file system (`sd_notify(3)`).
fn address(path: &Path) -> io::Result<SocketAddr> {
    match path.as_os_str().as_bytes() {
        #[cfg(target_os = "linux")]
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name),
        [b'/', ..] => SocketAddr::from_pathname(path),
        _ => Err(io::Error::new(io::ErrorKind::Unsupported, "it is neither a path nor a name after an @")),
    }
}

fn written(state: &[NotifyState<'_>]) -> String {
    let lines: Vec<String> = state.iter().map(ToString::to_string).collect();
    lines.join("\n") + "\n"
}
