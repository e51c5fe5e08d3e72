//! People who leave through runs that are on side by side.

use super::{ask, daemon, runtime};
use crate::support::{Group, World};

#[test]
fn who_is_about_to_leave_elsewhere_counts_before_any_journal_says_so() {
    // Each of the two leaves at another provider.
    let world = World::new()
        .people(["ann", "bob", "cem", "dan"])
        .daemon("schedule = \"0 0 3 1 1 *\"")
        .daemon("listen = \"\"")
        .guard("max_leavers", "1")
        .guard("max_removal_percent", "\"off\"")
        .provider("travel", "retry_budget = \"100ms\"")
        .group(Group::at("emporix/buyers").in_sync(["ann", "cem"]))
        .group(Group::at("travel/approvers").in_sync(["bob", "cem"]));
    world.rosterd(["apply", "--yes"]).success();
    for who in ["ann", "bob"] {
        world.forget(who);
    }
    // Ann's removal was let through, and is written down once dan was added: longer than this test takes.
    world.wanted("emporix/buyers").add("dan");
    let halted = world.halt("emporix", |seen| seen.write);
    world.down("travel", true);
    let before = world.journal().len();
    let _daemon = daemon!(world);
    halted.reached();
    world.down("travel", false);

    let sync = ask(&world, ["sync", "--provider", "travel", "--format", "json"]).exits(3);
    assert_eq!(sync.provider("travel")["held"][0]["rule"], "max_leavers", "{}", sync.stdout);
    assert_eq!(world.members("travel/approvers"), ["bob", "cem"]);
    let written = &world.journal()[before..];
    assert!(written.iter().all(|line| line["action"] != "remove"), "{written:?} in {}", runtime(&world));
}
