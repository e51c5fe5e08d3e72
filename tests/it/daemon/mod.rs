//! The daemon as a process: it runs by itself, and stops when it is told.

#![expect(clippy::float_cmp, reason = "counts are whole numbers, however Prometheus writes them")]

mod alerts;
mod blocked;
mod elsewhere;
mod hooks;
mod http;
mod leavers;
mod lines;
mod logs;
mod observe;
mod privacy;
mod renamed;
mod restless;
mod schedules;
mod secrets;
mod shutdown;
mod sockets;
mod stops;
pub mod systemd;
mod trouble;
mod watch;
pub mod webhooks;

use crate::support::{Group, World, until};

/// A schedule that is never due in a test.
const NEVER: &str = "schedule = \"0 0 3 1 1 *\"";
/// One that is due every second.
const ALWAYS: &str = "schedule = \"* * * * * *\"";

/// People, and a daemon that listens at a free port.
fn listening(schedule: &str) -> World {
    World::new().people(["ann", "bob"]).daemon(schedule).daemon("listen = \"127.0.0.1:0\"")
}

/// One group at each provider in which bob is missing.
fn world() -> World {
    ["emporix/buyers", "travel/approvers", "finance/readers"]
        .into_iter()
        .fold(listening(NEVER), |world, path| {
            world.group(Group::at(path).live(["ann"]).wanted(["ann", "bob"]))
        })
}

/// One group at one provider, with nothing to do in it.
fn settled(schedule: &str) -> World {
    listening(schedule)
        .guard("max_removal_percent", "\"off\"")
        .group(Group::at("emporix/buyers").in_sync(["ann", "bob"]))
}

#[test]
fn runs_every_provider_when_it_starts_and_stops_when_it_is_told() {
    let world = world();
    let daemon = world.start(["run"]);
    for group in ["emporix/buyers", "travel/approvers", "finance/readers"] {
        until("bob to be added", || world.members(group) == ["ann", "bob"]);
    }
    daemon.signal("TERM");
    let run = daemon.end().success().says("Stopping");
    assert!(!run.stderr.contains("ERROR"), "to stop is no error: {}", run.stderr);
}

#[test]
fn follows_the_roster_while_it_runs() {
    let world = world();
    let daemon = world.start(["run"]);
    until("bob to be added", || world.members("emporix/buyers") == ["ann", "bob"]);
    world.wanted("emporix/buyers").remove("bob");
    world.save();
    until("bob to be removed", || world.members("emporix/buyers") == ["ann"]);
    daemon.ran("emporix", "change");
    daemon.signal("INT");
    daemon.end().success();
}
