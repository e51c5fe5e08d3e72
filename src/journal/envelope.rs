//! What every line has, read before what it says.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::record::{Line, Other, Record, Torn};

/// The `type` of an acceptance.
pub(super) const ACCEPTANCE: &str = "acceptance";

/// What every line has, and the few fields on which the chain depends.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope {
    pub(super) at: Timestamp,
    pub(super) seq: u64,
    pub(super) prev: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) open: Vec<u64>,
    #[serde(default)]
    pub(super) torn: Option<Torn>,
}

impl Envelope {
    /// The line with what it says.
    pub(super) fn line(self, raw: &[u8]) -> Line {
        fn known<T: DeserializeOwned>(raw: &[u8], make: fn(T) -> Record) -> Option<Record> {
            serde_json::from_slice(raw).ok().map(make)
        }
        let record = match self.kind.as_str() {
            "run" => known(raw, Record::Run),
            "intent" => known(raw, Record::Intent),
            "outcome" => known(raw, Record::Outcome),
            "approval" => known(raw, Record::Approval),
            "suspension" => known(raw, Record::Suspension),
            "fight" => known(raw, Record::Fight),
            "roster" => known(raw, Record::Roster),
            "crash" => known(raw, Record::Crash),
            "acceptance" => known(raw, Record::Acceptance),
            _ => None,
        };
        let record = record.unwrap_or_else(|| {
            Record::Other(Other { fields: serde_json::from_slice(raw).unwrap_or_default() })
        });
        Line { at: self.at, seq: self.seq, record }
    }

    /// The intent that it gives an outcome to.
    pub(super) fn settles(&self, raw: &[u8]) -> Option<u64> {
        #[derive(Deserialize)]
        struct Of {
            of: u64,
        }
        if self.kind != "outcome" {
            return None;
        }
        serde_json::from_slice::<Of>(raw).ok().map(|outcome| outcome.of)
    }
}

/// What every line has. No words in the error where the bytes are not JSON, as a crash leaves them.
pub(super) fn envelope(raw: &[u8]) -> Result<Envelope, Option<String>> {
    if raw.is_empty() {
        return Err(Some("it is empty".into()));
    }
    serde_json::from_slice(raw).map_err(|error| {
        let json = serde_json::from_slice::<serde::de::IgnoredAny>(raw).is_ok();
        json.then(|| format!("it is no record of the journal: {error}"))
    })
}

/// The line, if it is an approval or about a fight.
pub(super) fn decision(raw: &[u8]) -> Option<Line> {
    if !mentions(raw, r#""type":"approval""#) && !mentions(raw, r#""type":"fight""#) {
        return None;
    }
    let line = envelope(raw).ok()?.line(raw);
    matches!(line.record, Record::Approval(_) | Record::Fight(_)).then_some(line)
}

/// The acceptance that a line is, if it is one.
pub(super) fn acceptance(raw: &[u8]) -> Option<Envelope> {
    if !mentions(raw, r#""type":"acceptance""#) {
        return None;
    }
    envelope(raw).ok().filter(|envelope| envelope.kind == ACCEPTANCE)
}

/// A cheap look, so that only few lines are parsed.
fn mentions(raw: &[u8], text: &str) -> bool {
    std::str::from_utf8(raw).is_ok_and(|line| line.contains(text))
}
