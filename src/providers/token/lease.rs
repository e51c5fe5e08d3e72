//! The token itself: how long it may be used, and which one a call was sent with.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;

use super::TokenAnswer;
use crate::providers::{Fault, FaultKind};

/// How long a token lives when its answer does not say.
const DEFAULT_LIFE: Duration = Duration::from_mins(5);
/// No token is kept longer, whatever it says.
const LONGEST_LIFE: Duration = Duration::from_hours(30 * 24);
/// A token is not used in its last 30 seconds, or in the last fifth of a short life.
const MARGIN: Duration = Duration::from_secs(30);

/// A token as one call uses it.
#[derive(Clone)]
pub(super) struct Lease {
    pub(super) token: Arc<SecretString>,
    /// Whether a new one can be asked for.
    pub(super) renewable: bool,
    generation: u64,
}

/// A token that was granted.
pub(super) struct Granted {
    token: SecretString,
    usable_until: Instant,
}

/// The token that all calls share.
#[derive(Default)]
pub(super) struct Keeper {
    held: Mutex<Option<Held>>,
    generation: AtomicU64,
}

struct Held {
    lease: Lease,
    usable_until: Option<Instant>,
}

/// The shared token, for the one task that may replace it.
pub(super) struct Locked<'a> {
    held: MutexGuard<'a, Option<Held>>,
    generation: &'a AtomicU64,
}

/// The answer to a request for a token, as it comes.
#[derive(Deserialize)]
pub(super) struct RawToken {
    #[serde(default)]
    access_token: Option<Value>,
    #[serde(default)]
    token_type: Option<Value>,
    #[serde(default)]
    expires_in: Option<Value>,
    #[serde(default)]
    scope: Option<Value>,
}

impl Keeper {
    /// The number of the token that is there.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(super) async fn lock(&self) -> Locked<'_> {
        Locked { held: self.held.lock().await, generation: &self.generation }
    }
}

impl Locked<'_> {
    /// The token that is there, if it may be used: it is not the one that was denied, and it either has
    /// not run out or came while the caller, who saw the one numbered `seen`, was waiting for it. The
    /// latter keeps waiting calls from asking one by one for tokens that live too short.
    pub(super) fn current(&self, seen: u64, denied: Option<&Lease>) -> Option<Lease> {
        let held = self.held.as_ref()?;
        let number = held.lease.generation;
        let denied = denied.is_some_and(|denied| denied.generation == number);
        let usable = held.usable_until.is_none_or(|until| Instant::now() < until);
        (!denied && (usable || number > seen)).then(|| held.lease.clone())
    }

    /// Puts a token in place that somebody else renews.
    pub(super) fn keep_forever(&mut self, token: SecretString) -> Lease {
        self.put(token, None)
    }

    /// Puts a granted token in place.
    pub(super) fn keep(&mut self, granted: Granted) -> Lease {
        self.put(granted.token, Some(granted.usable_until))
    }

    fn put(&mut self, token: SecretString, usable_until: Option<Instant>) -> Lease {
        let generation = self.generation.fetch_add(1, Ordering::AcqRel) + 1;
        let lease = Lease { token: Arc::new(token), renewable: usable_until.is_some(), generation };
        *self.held = Some(Held { lease: lease.clone(), usable_until });
        lease
    }
}

/// Reads the answer to a request for a token that was sent at `asked_at`.
pub(super) fn read_answer(raw: RawToken, asked_at: Instant) -> Result<(Granted, TokenAnswer), Fault> {
    let refuse = |why: &str| Err(Fault::new(FaultKind::Auth, format!("logging in failed: the answer {why}")));
    let token = match raw.access_token {
        Some(Value::String(token)) if !token.is_empty() => SecretString::from(token),
        _ => return refuse("holds no access_token"),
    };
    match raw.token_type {
        None | Some(Value::Null) => {}
        Some(Value::String(kind)) if kind.eq_ignore_ascii_case("bearer") => {}
        Some(_) => return refuse("holds a token that is not of type Bearer"),
    }
    let life = life(raw.expires_in.as_ref());
    let usable_until = asked_at + life.saturating_sub(MARGIN.min(life / 5));
    let scope = match raw.scope {
        Some(Value::String(scope)) => Some(scope),
        _ => None,
    };
    Ok((Granted { token, usable_until }, TokenAnswer { scope }))
}

/// How long a token lives. `SolveXia` says so in a fraction, others in whole seconds, some in a text.
fn life(expires_in: Option<&Value>) -> Duration {
    let seconds = match expires_in {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse::<f64>().ok(),
        _ => None,
    };
    match seconds {
        None => DEFAULT_LIFE,
        Some(seconds) if seconds.is_nan() => DEFAULT_LIFE,
        Some(seconds) => Duration::from_secs_f64(seconds.clamp(0.0, LONGEST_LIFE.as_secs_f64())),
    }
}

#[cfg(test)]
mod tests;
