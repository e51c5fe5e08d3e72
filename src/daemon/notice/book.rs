//! What one webhook knows, and what it is still to be told. Pure: the clock comes in as an argument.
//!
//! What it took is told once and never again. What it did not take is tried again with growing waits, as long as
//! it goes on; what ends before it was ever heard of is forgotten after some tries, its end with it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use super::{Condition, Notice};
use crate::config::Event;

/// A beginning and its end are both told when the webhook is away for no more than so many tries.
const ATTEMPTS: u32 = 6;
/// Before the second try; it doubles each time.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// No wait is longer.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Book {
    /// What it is told of.
    events: BTreeSet<Event>,
    /// What it took, or need not be told.
    told: BTreeSet<Condition>,
    waiting: BTreeMap<Condition, Waiting>,
    /// What is being sent.
    under_way: Option<Condition>,
    /// The number of messages so far: they go out in this order.
    number: u64,
    /// What is kept of it for the next process is out of date.
    pub(super) is_changed: bool,
}

/// A message, and perhaps the one that takes it back.
#[derive(Debug)]
struct Waiting {
    notices: VecDeque<Notice>,
    attempts: u32,
    due: Instant,
    number: u64,
}

/// What became of a try.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tried {
    /// It took it.
    Taken,
    /// It is tried again.
    Again,
    /// It is tried again, though it has been long.
    AgainAfterLong,
    /// Nobody has to hear of it any more.
    Forgotten,
}

impl Book {
    pub(super) fn new(events: BTreeSet<Event>, told: BTreeSet<Condition>) -> Self {
        Self { events, told, ..Self::default() }
    }

    /// What it took, for the next process.
    pub(super) fn told(&self) -> &BTreeSet<Condition> {
        &self.told
    }

    /// Whether it believes, once all is told, that something goes on.
    fn believes(&self, condition: &Condition) -> bool {
        match self.waiting.get(condition).and_then(|waiting| waiting.notices.back()) {
            Some(last) => last.event != Event::Recovered,
            None => self.told.contains(condition),
        }
    }

    /// Everything of which it believes that it goes on.
    pub(super) fn believed(&self) -> BTreeSet<Condition> {
        let all = self.told.iter().chain(self.waiting.keys());
        all.filter(|condition| self.believes(condition)).cloned().collect()
    }

    /// Something began or ended.
    pub(super) fn tell(&mut self, notice: Notice, now: Instant) {
        let condition = notice.condition();
        let is_wanted = self.events.contains(&notice.event);
        let is_under_way = self.under_way.as_ref() == Some(&condition);
        match self.waiting.get_mut(&condition) {
            // It has not heard of the one, and need not hear of the other.
            Some(waiting) if !is_under_way && (waiting.attempts >= ATTEMPTS || waiting.notices.len() > 1) => {
                waiting.notices.pop_back();
                if waiting.notices.is_empty() || waiting.attempts >= ATTEMPTS {
                    self.waiting.remove(&condition);
                }
            }
            Some(waiting) if is_wanted => waiting.notices.push_back(notice),
            Some(_) => (),
            None if is_wanted => {
                self.number += 1;
                let number = self.number;
                let waiting = Waiting { notices: VecDeque::from([notice]), attempts: 0, due: now, number };
                self.waiting.insert(condition, waiting);
            }
            None => self.takes(&notice),
        }
    }

    /// When the next message goes out.
    pub(super) fn next(&self) -> Option<Instant> {
        self.waiting.values().map(|waiting| waiting.due).min()
    }

    /// The message that goes out now.
    pub(super) fn begin(&mut self, now: Instant) -> Option<Notice> {
        let due = self.waiting.iter().filter(|(_, waiting)| waiting.due <= now);
        let (condition, waiting) = due.min_by_key(|(_, waiting)| (waiting.due, waiting.number))?;
        self.under_way = Some(condition.clone());
        waiting.notices.front().cloned()
    }

    /// It was sent, and taken or not.
    pub(super) fn ended(&mut self, notice: &Notice, is_taken: bool, now: Instant) -> Tried {
        self.under_way = None;
        let condition = notice.condition();
        if is_taken {
            self.takes(notice);
        }
        let Some(waiting) = self.waiting.get_mut(&condition) else { return Tried::Taken };
        if is_taken {
            waiting.notices.pop_front();
            (waiting.attempts, waiting.due) = (0, now);
            if waiting.notices.is_empty() {
                self.waiting.remove(&condition);
            }
            return Tried::Taken;
        }
        waiting.attempts += 1;
        if waiting.attempts >= ATTEMPTS && waiting.notices.len() > 1 {
            self.waiting.remove(&condition);
            return Tried::Forgotten;
        }
        let doubled = FIRST_WAIT.saturating_mul(1 << (waiting.attempts - 1).min(20));
        waiting.due = now + doubled.min(LONGEST_WAIT);
        if waiting.attempts == ATTEMPTS { Tried::AgainAfterLong } else { Tried::Again }
    }

    /// Whether a message is on its way.
    pub(super) fn is_sending(&self) -> bool {
        self.under_way.is_some()
    }

    fn takes(&mut self, notice: &Notice) {
        let condition = notice.condition();
        if notice.event == Event::Recovered {
            self.told.remove(&condition);
        } else {
            self.told.insert(condition);
        }
        self.is_changed = true;
    }
}
