//! The chain of hashes: which line may follow which. Pure.

use sha2::{Digest, Sha256};

use super::envelope::{self, Envelope};
use super::error::JournalError;
use super::files::Place;
use super::record::{self, Crash, Head, Torn};

/// The lines taken so far.
#[derive(Debug)]
pub(super) struct Chain {
    /// The last whole line; none as long as any may come.
    head: Option<Head>,
    torn: Option<Region>,
}

/// Bytes after the last whole line that are not JSON: what crashes leave.
#[derive(Debug)]
pub(super) struct Region {
    place: Place,
    /// Its last line, where it has several.
    last: Place,
    bytes: Vec<u8>,
}

impl Chain {
    /// A chain that goes on after a line; none for one that begins with whatever comes first.
    pub(super) fn new(head: Option<Head>) -> Self {
        Self { head, torn: None }
    }

    /// The last whole line.
    pub(super) fn head(&self) -> Head {
        self.head.clone().unwrap_or_else(Head::start)
    }

    /// The end: the last whole line, and what was torn after it.
    pub(super) fn finish(self) -> (Head, Option<Region>) {
        (self.head.unwrap_or_else(Head::start), self.torn)
    }

    /// Takes the next line. None when it is torn: then only more torn bytes, a `crash` line that
    /// names them, or the end may follow.
    pub(super) fn take(&mut self, place: &Place, raw: &[u8]) -> Result<Option<Envelope>, JournalError> {
        let envelope = match envelope::envelope(raw) {
            Ok(envelope) => envelope,
            Err(Some(what)) => return Err(place.broken(&what)),
            Err(None) => {
                self.tear(place, raw);
                return Ok(None);
            }
        };
        if let Err(what) = self.check(&envelope) {
            // Where bytes are torn that nothing closes, they are the break, not the line after them.
            let place = self.torn.as_ref().map_or(place, |region| &region.place);
            return Err(place.broken(&what));
        }
        self.torn = None;
        self.head = Some(Head { count: envelope.seq, hash: record::hash(raw) });
        Ok(Some(envelope))
    }

    /// Checks the end: what a crash tears off has no newline, since that is written last.
    pub(super) fn check_end(&mut self) -> Result<(), JournalError> {
        match self.torn.take_if(|region| region.last.is_ended()) {
            Some(region) => Err(region
                .last
                .broken("it is no JSON, and ends with a newline: a crash leaves no such line at the end")),
            None => Ok(()),
        }
    }

    /// Goes on after a line that [`take`](Self::take) refused, as if all were well up to it.
    pub(super) fn resume(&mut self, raw: &[u8]) -> Option<Envelope> {
        self.torn = None;
        let envelope = envelope::envelope(raw).ok();
        self.head = envelope.as_ref().map(|envelope| Head { count: envelope.seq, hash: record::hash(raw) });
        envelope
    }

    fn tear(&mut self, place: &Place, raw: &[u8]) {
        if let Some(region) = &mut self.torn {
            region.bytes.push(b'\n');
            region.bytes.extend_from_slice(raw);
            region.last = place.clone();
        } else {
            let (place, last) = (place.clone(), place.clone());
            self.torn = Some(Region { place, last, bytes: raw.to_vec() });
        }
    }

    fn check(&self, next: &Envelope) -> Result<(), String> {
        let Some(head) = &self.head else { return Ok(()) };
        let expected = head.count.saturating_add(1);
        if next.kind == envelope::ACCEPTANCE {
            return Err("it accepts a break and does not hold: what stands before it was changed since, or the state does \
                        not know of it"
                .into());
        }
        match (&self.torn, &next.torn) {
            (None, Some(_)) => return Err("it closes a torn line, but none stands before it".into()),
            (Some(_), None) => return Err("it is no JSON, and no `crash` record after it closes it".into()),
            (Some(region), Some(torn)) => {
                let named = region.torn(head);
                if *torn != named || next.prev != region.hash() || next.seq != expected {
                    return Err("it is no JSON, and the `crash` record after it closes something else".into());
                }
            }
            (None, None) if next.seq != expected => {
                return Err(format!(
                    "line number {} stands where {expected} should be: lines were removed, added or moved",
                    next.seq
                ));
            }
            (None, None) if next.prev != head.hash => {
                return Err("its `prev` is not the hash of the line before: that line was changed".into());
            }
            (None, None) => (),
        }
        Ok(())
    }
}

impl Region {
    /// For people: what was torn and where.
    pub(super) fn describe(&self) -> String {
        format!("{} torn bytes at {}", self.bytes.len(), self.place)
    }

    /// The hash that stands for the torn bytes in the chain.
    pub(super) fn hash(&self) -> String {
        record::hex(Sha256::digest(&self.bytes).as_slice())
    }

    /// The record that closes it.
    pub(super) fn closing(&self, head: &Head) -> Crash {
        Crash::closing(format!("{}, left by a crash", self.describe()), self.torn(head))
    }

    fn torn(&self, head: &Head) -> Torn {
        Torn { bytes: self.bytes.len() as u64, after: head.hash.clone() }
    }
}
