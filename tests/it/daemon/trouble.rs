//! State and journal that cannot be written for a while.

use std::process::{Command, Stdio};

use super::{ALWAYS, settled};
use crate::support::until;

/// Lets a process write to no file, or to any.
fn allow_files(id: u32, limit: &str) -> bool {
    let done =
        Command::new("prlimit").args([format!("--pid={id}"), format!("--fsize={limit}:unlimited")]).status();
    done.is_ok_and(|status| status.success())
}

#[test]
fn a_disk_that_cannot_be_written_stops_changes_until_it_can() {
    let world = settled(ALWAYS);
    let script = "trap '' XFSZ; exec \"$ROSTERD\" run";
    // The loop turns as often as a watchdog wants it to, which is when it tries again.
    let daemon = world.start_by(script, &[("WATCHDOG_USEC", "600000")], Stdio::null());
    daemon.ran("emporix", "start");
    if !allow_files(daemon.id(), "0") {
        println!("skipped, there is no prlimit here");
        return;
    }
    world.live("emporix/buyers").remove("bob");
    until("it to be told", || daemon.log().contains("are closed and opened again"));
    until("it to be shown", || daemon.status()["providers"]["emporix"]["last"]["outcome"] == "failed");
    assert_eq!(world.writes(), [], "what cannot be written down is not sent");
    assert_eq!(daemon.get("/healthz").status, 200);
    until("it to be tried again", || daemon.log().contains("cannot be opened yet"));
    assert!(allow_files(daemon.id(), "unlimited"));
    until("bob to be back", || world.members("emporix/buyers") == ["ann", "bob"]);
    daemon.signal("TERM");
    daemon.end().success().says("are open again");
    world.rosterd(["history", "--verify"]).success();
}

#[test]
fn a_suspension_holds_and_shows_while_the_state_is_closed() {
    let world = settled(ALWAYS);
    world.rosterd(["suspend", "emporix", "--for", "1h", "--reason", "a look"]).success();
    world.live("emporix/buyers").remove("bob");
    let script = "trap '' XFSZ; exec \"$ROSTERD\" run";
    let daemon = world.start_by(script, &[("WATCHDOG_USEC", "600000")], Stdio::null());
    daemon.ran("emporix", "start");
    if !allow_files(daemon.id(), "0") {
        println!("skipped, there is no prlimit here");
        return;
    }
    until("the state to be closed", || daemon.log().contains("cannot be opened yet"));
    let runs = daemon.runs("emporix");
    until("runs without a state", || daemon.runs("emporix") >= runs + 2);
    let emporix = daemon.status()["providers"]["emporix"].clone();
    assert_eq!(emporix["last"]["outcome"], "failed", "{emporix}");
    assert!(emporix["suspended"]["until"].is_string(), "{emporix}");
    assert!(daemon.metrics().value("rosterd_suspended_seconds{provider=\"emporix\"}") > 3000.0);
    assert!(allow_files(daemon.id(), "unlimited"));
    until("runs with a state", || daemon.status()["providers"]["emporix"]["last"]["outcome"] == "suspended");
    assert_eq!(world.members("emporix/buyers"), ["ann"]);
    assert_eq!(world.writes(), []);
}
