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
        fs::write(world.path("new.toml"), text).unwrap();
        fs::rename(world.path("new.toml"), world.path("roster/groups.toml")).unwrap();
    };
    let (began, mut number) = (Instant::now(), 0);
    while !daemon.log().contains("the roster changes all the time") {
        number += 1;
        write(&format!("{good}# {number}\n"));
        std::thread::sleep(Duration::from_millis(20));
        assert!(began.elapsed() < Duration::from_secs(60), "it is never said: {}", daemon.log());
    }
    write(&good.replace("  \"bob\",\n", ""));
    // A look that nothing called for comes after a minute.
    until("bob to be removed", || world.members("emporix/buyers") == ["ann"]);
}
