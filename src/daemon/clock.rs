//! Notices that the clock on the wall was set back. Pure: both clocks come in as arguments.
//!
//! What is planned for a moment would else wait until the clock comes by again. A clock that was put forward, or a
//! machine that slept, needs nothing: what is due by then is due.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

/// Less than this is what the synchronisation of clocks does.
const STEP: SignedDuration = SignedDuration::from_secs(5);

/// Compares the clock on the wall with one that nobody can set.
#[derive(Debug)]
pub struct Clock {
    wall: Timestamp,
    steady: Instant,
}

impl Clock {
    /// Both clocks as they are now.
    #[must_use]
    pub fn new(wall: Timestamp, steady: Instant) -> Self {
        Self { wall, steady }
    }

    /// How far the clock on the wall was set back since it was last found to be right; none when it was not.
    pub fn set_back(&mut self, wall: Timestamp, steady: Instant) -> Option<SignedDuration> {
        let elapsed = SignedDuration::try_from(steady.saturating_duration_since(self.steady));
        let expected =
            self.wall.saturating_add(elapsed.unwrap_or(SignedDuration::MAX)).unwrap_or(Timestamp::MAX);
        let behind = expected.duration_since(wall);
        // What is only a little behind adds up.
        if behind <= SignedDuration::ZERO || behind >= STEP {
            *self = Self::new(wall, steady);
        }
        (behind >= STEP).then_some(behind)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// What is noticed of looks at the clocks: seconds on the steady one, and on the wall.
    fn noticed(looks: &[(u64, i64)]) -> Vec<i64> {
        let (wall, steady) = (Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24), Instant::now());
        let mut clock = Clock::new(wall, steady);
        let look = |(steadily, on_wall): &(u64, i64)| {
            let wall = wall + SignedDuration::from_secs(*on_wall);
            clock.set_back(wall, steady + Duration::from_secs(*steadily)).map(|by| by.as_secs())
        };
        looks.iter().filter_map(look).collect()
    }

    #[test]
    fn a_step_back_is_noticed_once() {
        assert_eq!(noticed(&[(10, 10), (20, 20 - 7200), (30, 30 - 7200), (40, 40 - 7200)]), [7200]);
        assert_eq!(noticed(&[(10, 10 - 3600), (20, 20 - 3600 - 90_000)]), [3600, 90_000]);
    }

    #[test]
    fn many_small_steps_are_noticed_when_they_add_up() {
        assert_eq!(noticed(&[(10, 8), (20, 16), (30, 24), (40, 34)]), [6]);
    }

    #[test]
    fn a_clock_that_is_right_or_ahead_is_nothing() {
        assert_eq!(noticed(&[(10, 10), (20, 18), (30, 30), (40, 7240), (50, 7250)]), [0; 0]);
        assert_eq!(noticed(&[(10, 7210), (20, 20)]), [7200], "but its way back is");
    }
}
