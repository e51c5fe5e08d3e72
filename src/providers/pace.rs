//! How fast to go: calls in flight, calls a second, and when to give up on a provider.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use super::{Connection, Fault, FaultKind};

/// Successes in a row that win back one call in flight after a 429.
const RECOVERY: u32 = 16;
/// Calls in a row that fail after all retries before the provider is given up for this run.
const GIVE_UP_AFTER: u32 = 5;
/// However slow somebody wants it, one call an hour goes out.
const LONGEST_SPACING: Duration = Duration::from_hours(1);

/// The pace of one session.
#[derive(Debug)]
pub(super) struct Pace {
    places: Semaphore,
    most: usize,
    spacing: Option<Duration>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Calls that may be in flight.
    limit: usize,
    /// Places taken back that were in use when they were: they go when their calls end.
    owed: usize,
    /// Successes since the last 429 or the last place won back.
    successes: u32,
    /// When the limit was last lowered. Calls that began before say nothing new.
    lowered: Option<Instant>,
    /// Nothing is sent before.
    held_until: Option<Instant>,
    /// When the next call may go, with calls a second limited.
    next_slot: Option<Instant>,
    /// Calls in a row that failed for good.
    failures: u32,
    /// Set once the provider is given up.
    given_up: Option<Fault>,
}

/// Leave to have one call in flight.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pace: &'a Pace,
    permit: Option<SemaphorePermit<'a>>,
    entered: Instant,
}

impl Pace {
    pub(super) fn new(connection: &Connection) -> Self {
        let most = connection.concurrency.clamp(1, Semaphore::MAX_PERMITS);
        let state = State {
            limit: most,
            owed: 0,
            successes: 0,
            lowered: None,
            held_until: None,
            next_slot: None,
            failures: 0,
            given_up: None,
        };
        let spacing = connection.requests_per_second.and_then(spacing);
        Self { places: Semaphore::new(most), most, spacing, state: Mutex::new(state) }
    }

    /// Waits for a place among the calls in flight.
    pub(super) async fn place(&self) -> Place<'_> {
        // The semaphore is never closed, so there is always a permit in the end.
        let permit = self.places.acquire().await.ok();
        Place { pace: self, permit, entered: Instant::now() }
    }

    /// Waits until one more exchange may start.
    pub(super) async fn slot(&self) {
        while let Some(until) = self.held() {
            sleep_until(until).await;
        }
        if let Some(spacing) = self.spacing {
            let now = Instant::now();
            let slot = {
                let mut state = self.state();
                let slot = state.next_slot.map_or(now, |next| next.max(now));
                state.next_slot = slot.checked_add(spacing);
                slot
            };
            sleep_until(slot).await;
        }
    }

    /// Keeps every call back for a while, because the provider asked for it.
    pub(super) fn hold(&self, wait: Duration) {
        let until = Instant::now().checked_add(wait);
        let mut state = self.state();
        state.held_until = state.held_until.max(until);
    }

    /// Forgets the failures, so that calls go out again.
    pub(super) fn reopen(&self) {
        let mut state = self.state();
        state.failures = 0;
        state.given_up = None;
    }

    /// The fault with which every further call ends, once the provider is given up.
    pub(super) fn given_up(&self) -> Option<Fault> {
        self.state().given_up.clone()
    }

    /// Takes note of how a call ended, retries included.
    pub(super) fn ended<T>(&self, outcome: &Result<T, Fault>) {
        let mut state = self.state();
        match outcome {
            Ok(_) | Err(Fault { kind: FaultKind::Refused, .. }) => state.failures = 0,
            Err(Fault { kind: FaultKind::Unreadable, .. }) => {}
            Err(Fault {
                kind: FaultKind::Auth | FaultKind::Passing | FaultKind::Unknown, detail, ..
            }) => {
                state.failures += 1;
                if state.failures >= GIVE_UP_AFTER && state.given_up.is_none() {
                    state.given_up = Some(Fault::new(
                        FaultKind::Passing,
                        format!(
                            "gave up on this provider for this run after {GIVE_UP_AFTER} failures in a row: {detail}"
                        ),
                    ));
                }
            }
        }
    }

    /// Until when every call is kept back, if any is.
    pub(super) fn held(&self) -> Option<Instant> {
        self.state().held_until.filter(|until| *until > Instant::now())
    }

    /// Calls that may be in flight by now.
    #[cfg(test)]
    pub(super) fn limit(&self) -> usize {
        self.state().limit
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// The call in this place succeeded.
    pub(super) fn succeeded(&self) {
        let mut state = self.pace.state();
        if state.limit >= self.pace.most {
            return;
        }
        state.successes += 1;
        if state.successes >= RECOVERY {
            state.successes = 0;
            state.limit += 1;
            if state.owed > 0 {
                state.owed -= 1;
            } else {
                self.pace.places.add_permits(1);
            }
        }
    }

    /// The call in this place was answered with 429.
    pub(super) fn too_many(&self) {
        let mut state = self.pace.state();
        state.successes = 0;
        // Calls that left together are turned down together: that is one signal, not one each.
        if state.lowered.is_some_and(|lowered| self.entered <= lowered) {
            return;
        }
        let lower = (state.limit / 2).max(1);
        let back = state.limit - lower;
        state.limit = lower;
        state.lowered = Some(Instant::now());
        state.owed += back - self.pace.places.forget_permits(back);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.pace.state();
        if state.owed > 0
            && let Some(permit) = self.permit.take()
        {
            state.owed -= 1;
            permit.forget();
        }
    }
}

/// The time between two calls; none when the number means nothing.
fn spacing(per_second: f64) -> Option<Duration> {
    if !(per_second > 0.0 && per_second.is_finite()) {
        return None;
    }
    Some(
        Duration::try_from_secs_f64(per_second.recip())
            .map_or(LONGEST_SPACING, |gap| gap.min(LONGEST_SPACING)),
    )
}

#[cfg(test)]
mod tests;
