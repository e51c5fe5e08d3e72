//! Access tokens of one server.

use std::{
    collections::{BTreeSet, HashMap},
    time::{Duration, Instant},
};

use super::exchange::Call;

/// Scopes by name.
pub(super) type Scopes = BTreeSet<String>;

/// The words of a scope parameter.
pub(super) fn scopes(text: &str) -> Scopes {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Tokens that were handed out and are good until they expire.
pub(super) struct Tokens {
    prefix: &'static str,
    lifetime: Duration,
    issued: HashMap<String, Issued>,
    count: u64,
}

struct Issued {
    scopes: Scopes,
    /// None: never.
    until: Option<Instant>,
}

impl Tokens {
    pub(super) fn new(prefix: &'static str, lifetime: Duration) -> Tokens {
        Tokens { prefix, lifetime, issued: HashMap::new(), count: 0 }
    }

    pub(super) fn lifetime(&self) -> Duration {
        self.lifetime
    }

    pub(super) fn set_lifetime(&mut self, lifetime: Duration) {
        self.lifetime = lifetime;
    }

    /// A new token.
    pub(super) fn issue(&mut self, scopes: Scopes) -> String {
        let now = Instant::now();
        self.issued.retain(|_, issued| issued.until.is_none_or(|until| until > now));
        let until = now.checked_add(self.lifetime);
        self.hand_out(Issued { scopes, until })
    }

    /// A token that never expires, as a person would make one in a settings page.
    pub(super) fn issue_forever(&mut self, scopes: Scopes) -> String {
        self.hand_out(Issued { scopes, until: None })
    }

    /// The token with these scopes that still lives, and for how long.
    pub(super) fn living(&self, scopes: &Scopes) -> Option<(String, Duration)> {
        let now = Instant::now();
        self.issued.iter().filter(|(_, issued)| issued.scopes == *scopes).find_map(|(token, issued)| {
            let left = issued.until?.checked_duration_since(now)?;
            (!left.is_zero()).then(|| (token.clone(), left))
        })
    }

    /// The scopes of the token that came with this call, if it is one of ours and still good.
    pub(super) fn of(&self, call: &Call) -> Option<&Scopes> {
        let issued = self.issued.get(call.bearer()?)?;
        let good = issued.until.is_none_or(|until| until > Instant::now());
        good.then_some(&issued.scopes)
    }

    /// Those that were handed out, as far as they are still known.
    pub(super) fn handed_out(&self) -> Vec<String> {
        self.issued.keys().cloned().collect()
    }

    /// Every token is void from now on.
    pub(super) fn revoke(&mut self) {
        self.issued.clear();
    }

    fn hand_out(&mut self, issued: Issued) -> String {
        self.count += 1;
        let token = format!("{}-{:06}-{:016x}", self.prefix, self.count, fastrand::u64(..));
        self.issued.insert(token.clone(), issued);
        token
    }
}
