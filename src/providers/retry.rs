//! What to do about a failed exchange: wait and try again, or stop. Pure but for `Retries`, which waits.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::http::Repeat;
use super::{Fault, FaultKind};

/// The longest first wait; it doubles with every attempt.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// No wait of our own choice is longer.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Attempts at one call. On average their waits take half of the usual budget, so that one sick endpoint
/// leaves something for all others.
const ATTEMPTS: u32 = 10;

/// Why one exchange failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// No connection came about, so nothing was carried out.
    NotReached,
    /// 429: nothing was carried out.
    TooMany,
    /// 5xx: whether it was carried out is open.
    Server,
    /// Sent, but no whole answer came: whether it was carried out is open.
    Lost,
    /// 401.
    Denied,
    /// Any other answer that is not 2xx, or a request that cannot be sent.
    Refused,
    /// 2xx with a body that makes no sense.
    Unreadable,
}

impl Trouble {
    /// What it means to the caller once nothing more is tried.
    pub(super) fn kind(self, repeat: Repeat) -> FaultKind {
        match (self, repeat) {
            (Self::NotReached | Self::TooMany, _) | (Self::Server | Self::Lost, Repeat::Safe) => {
                FaultKind::Passing
            }
            (Self::Server | Self::Lost | Self::Unreadable, Repeat::Unsafe) => FaultKind::Unknown,
            (Self::Unreadable, Repeat::Safe) => FaultKind::Unreadable,
            (Self::Denied, _) => FaultKind::Auth,
            (Self::Refused, _) => FaultKind::Refused,
        }
    }
}

/// One failed exchange.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// Why.
    pub(super) trouble: Trouble,
    /// In words fit for a [`Fault`].
    pub(super) detail: String,
    /// How long the provider asks to wait.
    pub(super) retry_after: Option<Duration>,
}

impl Failure {
    pub(super) fn new(trouble: Trouble, detail: impl Into<String>) -> Self {
        Self { trouble, detail: detail.into(), retry_after: None }
    }

    /// The fault that this is once nothing more is tried.
    pub(super) fn into_fault(self, repeat: Repeat) -> Fault {
        Fault::new(self.trouble.kind(repeat), self.detail)
    }
}

/// How long to wait before the next attempt; `attempt` counts those that failed before this one, and
/// `chance` is from 0 to 1. None when it must not, or need not, be tried again.
fn wait_before_next(failure: &Failure, repeat: Repeat, attempt: u32, chance: f64) -> Option<Duration> {
    if failure.trouble.kind(repeat) != FaultKind::Passing || attempt + 1 >= ATTEMPTS {
        return None;
    }
    match failure.retry_after {
        Some(asked) if !asked.is_zero() => Some(asked),
        _ => {
            let doubled = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(attempt));
            Some(doubled.min(LONGEST_WAIT).mul_f64(chance.clamp(0.0, 1.0)))
        }
    }
}

/// Reads a `Retry-After` header: seconds or an HTTP date. None for anything else.
pub(super) fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(header.parse().unwrap_or(u64::MAX)));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(header).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

/// The waiting time that all calls of a run share. Calls that wait side by side use the same time: what
/// counts is how much longer the run takes.
#[derive(Debug)]
struct Budget {
    left: Duration,
    covered_until: Option<Instant>,
}

impl Budget {
    /// Takes a wait out of it, or nothing when it does not fit.
    fn spend(&mut self, now: Instant, wait: Duration) -> bool {
        let covered = self.covered_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        let more = wait.saturating_sub(covered);
        if more > self.left {
            return false;
        }
        if !more.is_zero() {
            self.left -= more;
            self.covered_until = now.checked_add(wait);
        }
        true
    }
}

/// The retries of one run.
#[derive(Debug)]
pub(super) struct Retries {
    whole: Duration,
    budget: Mutex<Budget>,
}

impl Retries {
    pub(super) fn new(budget: Duration) -> Self {
        Self { whole: budget, budget: Mutex::new(Budget { left: budget, covered_until: None }) }
    }

    /// Another run: the whole budget is there again.
    pub(super) fn begin(&self) {
        let mut budget = self.budget.lock().unwrap_or_else(PoisonError::into_inner);
        *budget = Budget { left: self.whole, covered_until: None };
    }

    /// How long to wait before the next attempt, or the fault to end with.
    pub(super) fn plan(&self, failure: Failure, repeat: Repeat, attempt: u32) -> Result<Duration, Fault> {
        let Some(wait) = wait_before_next(&failure, repeat, attempt, fastrand::f64()) else {
            let tried = attempt + 1;
            let passing = failure.trouble.kind(repeat) == FaultKind::Passing;
            let mut fault = failure.into_fault(repeat);
            if passing {
                fault.detail = format!("{}; tried {tried} times", fault.detail);
            }
            return Err(fault);
        };
        let mut budget = self.budget.lock().unwrap_or_else(PoisonError::into_inner);
        if budget.spend(Instant::now(), wait) {
            return Ok(wait);
        }
        let left = budget.left;
        drop(budget);
        Err(self.used_up(failure, repeat, left))
    }

    /// Says why there is no further attempt.
    fn used_up(&self, failure: Failure, repeat: Repeat, left: Duration) -> Fault {
        let whole = self.whole.as_secs_f64();
        let asked = failure.retry_after.filter(|asked| *asked > left);
        let mut fault = failure.into_fault(repeat);
        let why = match asked {
            Some(asked) => format!(
                "it asks to wait {}, more than what is left of the {whole} s for retries (retry_budget)",
                told(asked)
            ),
            None => format!("the {whole} s for retries (retry_budget) are used up"),
        };
        fault.detail = format!("{}; {why}", fault.detail);
        fault
    }
}

/// A wait in the unit that people would use, rounded up.
fn told(wait: Duration) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let seconds = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
    match seconds {
        0..120 => format!("{} s", (wait.as_secs_f64() * 10.0).ceil() / 10.0),
        120..7200 => format!("{} min", seconds.div_ceil(MINUTE)),
        7200..172_800 => format!("{} h", seconds.div_ceil(HOUR)),
        172_800..31_536_000 => format!("{} days", seconds.div_ceil(DAY)),
        _ => "more than a year".to_owned(),
    }
}

#[cfg(test)]
mod tests;
