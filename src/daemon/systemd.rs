//! What systemd is told: readiness, reloads, status, and that the loop still turns.
//!
//! Where no systemd listens, every call does nothing.

use std::time::Duration;

use sd_notify::NotifyState;

use crate::clean::clean;

/// The daemon is up, with or without a good roster.
pub fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The configuration and the roster are read again; [`ready`] ends it.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => tracing::debug!(%error, "The monotonic clock cannot be read."),
    }
}

/// No new call is made.
pub fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("stopping: calls in flight finish")]);
}

/// One line for `systemctl status`.
pub fn status(text: &str) {
    tell(&[NotifyState::Status(&clean(text))]);
}

/// The loop turned. Fed from nowhere else, so that a loop that hangs is seen.
pub fn alive() {
    tell(&[NotifyState::Watchdog]);
}

/// How often systemd wants to hear of the loop: half of the time after which it would act.
#[must_use]
pub fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|limit| limit / 2)
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "systemd could not be told.");
    }
}
