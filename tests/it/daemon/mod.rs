//! The daemon as a process: it runs by itself, and stops when it is told.

use crate::support::{Group, World, until};

/// One group at each provider in which bob is missing, and a schedule that is never due in a test.
fn world() -> World {
    let world =
        World::new().people(["ann", "bob"]).daemon("schedule = \"0 0 3 1 1 *\"").daemon("listen = \"\"");
    ["emporix/buyers", "travel/approvers", "finance/readers"]
        .into_iter()
        .fold(world, |world, path| world.group(Group::at(path).live(["ann"]).wanted(["ann", "bob"])))
}

#[test]
fn runs_every_provider_when_it_starts_and_stops_when_it_is_told() {
    let world = world();
    let daemon = world.start(["run"]);
    for group in ["emporix/buyers", "travel/approvers", "finance/readers"] {
        until("bob to be added", || world.members(group) == ["ann", "bob"]);
    }
    daemon.signal("TERM");
    daemon.end().success().says("Stopping");
}

#[test]
fn follows_the_roster_while_it_runs() {
    let world = world();
    let daemon = world.start(["run"]);
    until("bob to be added", || world.members("emporix/buyers") == ["ann", "bob"]);
    world.wanted("emporix/buyers").remove("bob");
    world.save();
    until("bob to be removed", || world.members("emporix/buyers") == ["ann"]);
    daemon.signal("INT");
    daemon.end().success();
}
