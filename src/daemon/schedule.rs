//! When a provider runs next, given the time. Pure: the clock comes in as an argument.

use croner::Cron;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::wake::Wake;
use crate::core::calendar;
use crate::core::roster::Roster;

/// A cron schedule in its time zone. Where the clock is put forward, what falls into the hour that is
/// left out runs when that hour is over; where it is put back, a fixed time runs once.
#[derive(Debug, Clone)]
pub struct Schedule {
    cron: Cron,
    zone: TimeZone,
}

impl Schedule {
    /// A schedule of a checked configuration.
    #[must_use]
    pub fn new(cron: Cron, zone: TimeZone) -> Self {
        Self { cron, zone }
    }

    /// The first moment after `after`; none when there never is one again.
    #[must_use]
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let after = after.to_zoned(self.zone.clone());
        self.cron.find_next_occurrence(&after, false).ok().map(|next| next.timestamp())
    }
}

/// The runs of one provider: when the next is due, whether one is on, and what came meanwhile.
///
/// Two runs of one lane never overlap. However much wakes it during a run, one run follows.
#[derive(Debug)]
pub struct Lane {
    schedule: Schedule,
    /// By the schedule alone, without the jitter.
    nominal: Option<Timestamp>,
    jitter: SignedDuration,
    running: bool,
    waiting: Option<Wake>,
}

impl Lane {
    /// A lane whose first run by the schedule comes after `now`.
    #[must_use]
    pub fn new(schedule: Schedule, now: Timestamp) -> Self {
        let nominal = schedule.next(now);
        Self { schedule, nominal, jitter: SignedDuration::ZERO, running: false, waiting: None }
    }

    /// Takes another schedule. A run that is on, and what waits, stay.
    pub fn reschedule(&mut self, schedule: Schedule, now: Timestamp) {
        self.schedule = schedule;
        self.rearm(now);
    }

    /// Goes by the clock as it is now, whatever it said before.
    pub fn rearm(&mut self, now: Timestamp) {
        self.nominal = self.schedule.next(now);
        self.jitter = SignedDuration::ZERO;
    }

    /// Lets the next run by the schedule begin so much later.
    pub fn delay(&mut self, jitter: SignedDuration) {
        self.jitter = jitter;
    }

    /// When the next run by the schedule begins.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        self.nominal.map(|nominal| nominal.checked_add(self.jitter).unwrap_or(Timestamp::MAX))
    }

    /// Whether the schedule says to run. Ticks that were missed, because the clock was put forward or the
    /// machine slept, count as one.
    pub fn is_due(&mut self, now: Timestamp) -> bool {
        let due = self.next().is_some_and(|next| next <= now);
        if due {
            self.rearm(now);
        }
        due
    }

    /// What to run now, because of `wake`; none while a run is on: then one run follows it.
    pub fn wake(&mut self, wake: Wake) -> Option<Wake> {
        if self.running {
            self.waiting.get_or_insert(wake);
            return None;
        }
        self.running = true;
        Some(wake)
    }

    /// The run ended; what to run now, when something came meanwhile.
    pub fn ended(&mut self) -> Option<Wake> {
        self.running = false;
        let waiting = self.waiting.take()?;
        self.wake(waiting)
    }
}

/// When the next day begins on which the roster says something else than on the day before: a `from` is
/// reached, or an `until` has passed.
#[must_use]
pub fn next_turn(roster: &Roster, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    let today = now.to_zoned(zone.clone()).date();
    let day = calendar::next_turn(roster, today)?;
    zone.to_zoned(day.at(0, 0, 0, 0)).ok().map(|midnight| midnight.timestamp())
}

#[cfg(test)]
mod tests;
