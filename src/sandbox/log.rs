//! What a server has seen.

use std::{collections::BTreeMap, fmt};

use serde_json::Value;

/// One request that came in.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When it came in.
    pub at: jiff::Timestamp,
    /// GET, POST, …
    pub method: String,
    /// As sent, still percent-encoded.
    pub path: String,
    /// Decoded.
    pub query: BTreeMap<String, String>,
    /// JSON and forms; anything else is missing. A client secret is blanked out.
    pub body: Option<Value>,
    /// The status of the answer; none while it is under way and where the connection was dropped instead.
    pub status: Option<u16>,
    /// Whether this operation changes anything. Of company v3, four POSTs are reads.
    pub write: bool,
    /// Whether it asked for a token.
    pub login: bool,
    /// The scopes of the token that came with it, separated by spaces; none without a valid token.
    pub scope: Option<String>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// How many requests were under way at that moment, this one included.
    pub in_flight: usize,
    /// The fault that met it.
    pub fault: Option<&'static str>,
}

impl fmt::Display for Seen {
    /// `PUT /path?query body -> 201`, for snapshots.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        for (index, (name, value)) in self.query.iter().enumerate() {
            write!(f, "{}{name}={value}", if index == 0 { '?' } else { '&' })?;
        }
        if let Some(body) = &self.body {
            write!(f, " {body}")?;
        }
        match self.status {
            Some(status) => write!(f, " -> {status}"),
            None => write!(f, " -> no answer"),
        }
    }
}

/// The requests of one server, in the order of arrival.
#[derive(Default)]
pub(super) struct Log {
    entries: BTreeMap<u64, Seen>,
    arrived: u64,
    in_flight: usize,
    peak: usize,
}

impl Log {
    /// Takes a request down and gives it a number.
    pub(super) fn arrive(&mut self, mut seen: Seen) -> (u64, Seen) {
        self.in_flight += 1;
        self.peak = self.peak.max(self.in_flight);
        seen.in_flight = self.in_flight;
        self.arrived += 1;
        self.entries.insert(self.arrived, seen.clone());
        (self.arrived, seen)
    }

    /// Notes what became of it; nothing if the log was cleared in between.
    pub(super) fn note(&mut self, number: u64, status: Option<u16>, fault: Option<&'static str>) {
        if let Some(seen) = self.entries.get_mut(&number) {
            seen.status = status;
            seen.fault = fault;
        }
    }

    /// It is no longer under way.
    pub(super) fn leave(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    pub(super) fn all(&self) -> Vec<Seen> {
        self.entries.values().cloned().collect()
    }

    pub(super) fn peak(&self) -> usize {
        self.peak
    }

    /// Forgets what came in so far; what is under way still counts as such.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.peak = self.in_flight;
    }
}
