//! A roster that is written to for long.

use std::fs;
use std::time::{Duration, Instant};

use super::{NEVER, settled};
use crate::support::until;

#[test]
fn a_roster_that_stands_still_at_last_is_taken_up_within_seconds() {
    let world = settled(NEVER);
    let daemon = world.start(["run"]);
    daemon.ran("emporix", "start");
    let good = fs::read_to_string(world.path("roster/groups.toml")).unwrap();
    let write = |text: &str| {
        // Beside the configuration it would be seen anyway.
        fs::write(world.path("roster/new"), text).unwrap();
        fs::rename(world.path("roster/new"), world.path("roster/groups.toml")).unwrap();
    };
    let restless = || daemon.log().contains("the roster changes all the time");
    let (began, mut number, mut told) = (Instant::now(), 0, None);
    // It goes on for more than a look after that, which is again too early.
    while told.is_none_or(|told: Instant| told.elapsed() < Duration::from_secs(6)) {
        number += 1;
        write(&format!("{good}# {number}\n"));
        std::thread::sleep(Duration::from_millis(20));
        told = told.or_else(|| restless().then(Instant::now));
        assert!(began.elapsed() < Duration::from_mins(1), "it is never said: {}", daemon.log());
    }
    write(&good.replace("  \"bob\",\n", ""));
    // A look that nothing called for comes after a minute.
    until("bob to be removed", || world.members("emporix/buyers") == ["ann"]);
}
