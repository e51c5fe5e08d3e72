//! Mishaps out of a seed: what a bad day at a provider looks like.
//!
//! The same seed gives the same mishaps in the same order; which call meets which of them depends on the order
//! in which calls come in. The one lie that it tells, and only when asked to, is that a list is empty. It never says that
//! there is one row less than there is, which would make a whole list of a first page: nobody can tell that from somebody
//! who left, so that a member from before who is missing from one read is drift in the next.

use std::time::Duration;

use super::{Edit, Effect, Reply, RetryAfter, Seen};

/// A mishap comes in a row of at most so many calls.
const LONGEST_BURST: u32 = 4;
/// What is slow without being too slow.
const SLOW: Duration = Duration::from_millis(15);

/// A stream of mishaps, one call after the other.
#[derive(Debug)]
pub struct Weather {
    random: fastrand::Rng,
    per_thousand: u32,
    too_late: Option<Duration>,
    edits: Vec<Edit>,
    burst: Option<(Effect, u32)>,
    lying: bool,
}

impl Weather {
    /// Calm until told otherwise.
    #[must_use]
    pub fn new(seed: u64) -> Weather {
        let random = fastrand::Rng::with_seed(seed);
        Weather { random, per_thousand: 0, too_late: None, edits: Vec::new(), burst: None, lying: false }
    }

    /// So many of a thousand calls begin a mishap.
    #[must_use]
    pub fn rough(mut self, per_thousand: u32) -> Weather {
        self.per_thousand = per_thousand;
        self
    }

    /// Some answers come so late that the client should have given up on them.
    #[must_use]
    pub fn too_late(mut self, after: Duration) -> Weather {
        self.too_late = Some(after);
        self
    }

    /// What others do meanwhile, each once: between one page of a read and the next, or just before it.
    #[must_use]
    pub fn others(mut self, edits: Vec<Edit>) -> Weather {
        self.edits = edits;
        self
    }

    /// Some lists are empty and say that this is all, until something is changed: whoever then reads to see what
    /// stands can only believe what is said.
    #[must_use]
    pub fn lying(mut self, lying: bool) -> Weather {
        self.lying = lying;
        self
    }

    /// What happens to this call.
    pub fn choose(&mut self, seen: &Seen) -> Option<Effect> {
        self.lying &= !seen.write;
        if let Some((effect, left)) = self.burst.take() {
            if left > 1 {
                self.burst = Some((effect.clone(), left - 1));
            }
            return Some(effect);
        }
        let reads = !seen.write && !seen.login;
        if reads && !self.edits.is_empty() && self.random.u8(..3) == 0 {
            return Some(self.somebody_else());
        }
        if self.random.u32(..1000) >= self.per_thousand {
            return None;
        }
        let effect = match self.random.u8(..10) {
            0..=3 => return Some(self.burst()),
            4 | 5 => self.any(),
            _ if seen.write => self.write(),
            _ if seen.login => self.any(),
            _ => self.read(),
        };
        Some(effect)
    }

    fn somebody_else(&mut self) -> Effect {
        let edit = self.edits.swap_remove(self.random.usize(..self.edits.len()));
        if self.random.bool() { Effect::EditBefore(vec![edit]) } else { Effect::EditAfter(vec![edit]) }
    }

    /// Trouble that lasts for some calls.
    fn burst(&mut self) -> Effect {
        let retry_after = |status, retry_after| {
            Effect::Answer(Reply { status, retry_after: Some(retry_after), ..Reply::default() })
        };
        let a_second = Duration::from_secs(1);
        let effect = match self.random.u8(..8) {
            0 => Effect::status(500),
            1 => Effect::status(502),
            2 => Effect::status(503),
            3 => retry_after(503, RetryAfter::Seconds(a_second)),
            4 => Effect::status(429),
            5 => retry_after(429, RetryAfter::Seconds(Duration::ZERO)),
            6 => retry_after(429, RetryAfter::Date(a_second)),
            _ => Effect::DropBefore,
        };
        self.burst = Some((effect.clone(), self.random.u32(..LONGEST_BURST))).filter(|(_, left)| *left > 0);
        effect
    }

    /// What any call can meet.
    fn any(&mut self) -> Effect {
        match self.random.u8(..8) {
            0 => Effect::DropBefore,
            1 => Effect::Delay(SLOW),
            2 => Effect::Html,
            3 => Effect::CutBody,
            4 => Effect::BadCompression,
            5 => Effect::SlowBody(SLOW),
            6 => Effect::EditBefore(vec![Edit::RevokeTokens]),
            _ => self.too_late.map_or(Effect::DropAfter, Effect::Late),
        }
    }

    /// A list that does not fit together.
    fn read(&mut self) -> Effect {
        if self.lying && self.random.bool() {
            return Effect::EmptyList;
        }
        match self.random.u8(..6) {
            0 => Effect::TotalOff(1),
            1 => Effect::TotalOff(2),
            2 => Effect::Redirect("/elsewhere".to_owned()),
            _ => Effect::RowsLost(1 + self.random.usize(..2)),
        }
    }

    /// Done, and nobody hears of it.
    fn write(&mut self) -> Effect {
        let after = |status| Effect::AnswerAfter(Reply { status, ..Reply::default() });
        match self.random.u8(..6) {
            0 => after(500),
            1 => after(503),
            2 => after(504),
            3 => Effect::CutBody,
            _ => Effect::DropAfter,
        }
    }
}
