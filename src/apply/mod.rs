//! Sends what the guard approved: journal before, calls, a read after, journal after.
//!
//! Additions come before removals, but for moves between groups that are kept apart: [`crate::core::moves`]
//! has the order. One failure does not stop the rest. What is about to be sent is durable before its first
//! byte; what was sent counts as done only when a read shows it.

use std::collections::{BTreeMap, BTreeSet};

use crate::core::guard::Approved;
use crate::core::model::Hints;
use crate::core::moves::{self, Phase, Send, Step};
use crate::core::roster::Roster;
use crate::core::verify::Outcome;
use crate::providers::Provider;
use crate::providers::gate::{Closed, Gate};

mod sending;
#[cfg(test)]
mod tests;
mod trail;

pub use crate::core::moves::Key;
use sending::Sending;
pub use trail::{Run, Trail};

/// What became of every approved change, group by group in the order of [`Approved::groups`].
#[derive(Debug, Default)]
pub struct Sent {
    /// The results, keyed by what was changed.
    pub results: BTreeMap<Key, ChangeResult>,
    /// Calls sent.
    pub calls: usize,
    /// Why nothing more could be sent, when the journal failed.
    pub stopped: Option<String>,
    /// Additions of moves that the provider refused for good, with its words.
    pub refused: BTreeMap<Key, String>,
    /// The run, as the journal names it.
    pub run: Option<String>,
    /// How it ended, in a word, as the journal has it.
    pub outcome: Option<&'static str>,
    /// Why some of it was not sent: somebody wanted the run to end.
    pub halted: Option<Closed>,
    /// The changes of which that is so. They do not stand, and nothing went wrong with them.
    pub unsent: BTreeSet<Key>,
}

impl Sent {
    /// Nothing was sent, because the journal or the state does not know of the run.
    #[must_use]
    pub fn nothing(approved: &Approved, error: &dyn std::fmt::Display) -> Self {
        let mut sent = Self::default();
        let all = moves::phases(approved).into_iter().flat_map(|phase| phase.sends).collect::<Vec<_>>();
        sent.keep_back(&all, format!("not sent: the run could not be written down: {error}"));
        sent
    }

    /// Notes trouble of ours. What was sent until then stays as it is.
    pub fn stop(&mut self, why: String) {
        self.stopped.get_or_insert(why);
    }

    /// Notes what was not sent because somebody wanted the run to end.
    fn halt(&mut self, why: Closed, unsent: impl IntoIterator<Item = Key>) {
        for key in unsent {
            self.halted = Some(why);
            self.unsent.insert(key);
        }
    }

    /// Nothing is sent whose intent is not durable.
    fn keep_back(&mut self, sends: &[Send<'_>], why: String) {
        for send in sends {
            let result = ChangeResult { outcome: Outcome::Failed, detail: Some(why.clone()) };
            self.results.insert(send.key(), result);
        }
        self.stop(why);
    }
}

/// What became of one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeResult {
    /// Seen to stand, seen not to, or not seen.
    pub outcome: Outcome,
    /// The provider's message, or ours.
    pub detail: Option<String>,
}

/// The run that changes are sent in.
pub struct Within<'a> {
    /// Where the reasons of changes are written.
    pub roster: &'a Roster,
    /// Calls in flight at once.
    pub concurrency: usize,
    /// What is known of sizes, for the cheapest way to read again.
    pub hints: Hints,
    /// The audit trail.
    pub trail: &'a Trail,
    /// The run, as the trail names it.
    pub run: &'a Run,
    /// What closes when nothing more may be sent; none where nobody could close it.
    pub gate: Option<&'a Gate>,
}

/// Sends the approved changes of one provider, phase by phase, and reads the touched groups again.
pub async fn send_all(provider: &dyn Provider, approved: &Approved, within: &Within<'_>) -> Sent {
    let mut sending = Sending::new(provider, approved, within);
    for Phase { step, sends } in moves::phases(approved) {
        match step {
            Step::Add => sending.send(&sends).await,
            Step::Free => {
                let sends = sending.without_emptying(step, sends).await;
                sending.send(&sends).await;
                sending.look(&sends).await;
            }
            Step::Take => sending.take(sends).await,
            Step::Remove => {
                let sends = sending.without_emptying(step, sends).await;
                sending.send(&sends).await;
            }
        }
    }
    sending.look_at_the_rest().await;
    sending.tell()
}
