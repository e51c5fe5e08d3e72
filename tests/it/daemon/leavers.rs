//! What counts over all providers, while each runs by itself.

use super::{ALWAYS, NEVER, listening};
use crate::support::{Group, Halted, until};

#[test]
fn the_limit_on_leavers_counts_over_runs_that_are_on_side_by_side() {
    // Each of the two leaves at another provider.
    let world = listening(NEVER)
        .people(["cem"])
        .guard("max_leavers", "1")
        .guard("max_removal_percent", "\"off\"")
        .group(Group::at("emporix/buyers").in_sync(["ann", "cem"]))
        .group(Group::at("travel/approvers").in_sync(["bob", "cem"]));
    world.rosterd(["apply", "--yes"]).success();
    for who in ["ann", "bob"] {
        world.forget(who);
    }
    world.forget_requests();
    // Neither removal is done before both runs were judged.
    let held = ["emporix", "travel"].map(|provider| world.halt_all(provider, |seen| seen.write));
    let daemon = world.start(["run"]);
    until("both to be judged", || {
        let ended = ["emporix", "travel"].map(|provider| daemon.runs(provider)).iter().sum::<usize>();
        world.writes().len() + ended >= 2
    });
    held.iter().for_each(Halted::release);
    daemon.ran("emporix", "start");
    daemon.ran("travel", "start");
    assert_eq!(world.writes().len(), 1, "{}", world.writes());
    let status = daemon.status();
    let held = |provider: &str| status["providers"][provider]["last"]["held"].as_u64().unwrap();
    assert_eq!(held("emporix") + held("travel"), 1, "{status}");
}

#[test]
fn a_place_at_another_provider_is_taken_once_it_was_seen_free() {
    let world = listening(ALWAYS)
        .people(["cem"])
        .group(Group::at("finance/payers").live(["bob"]).wanted(["ann", "bob"]))
        .group(Group::at("travel/approvers").live(["ann", "cem"]).wanted(["cem"]));
    world.write(
        "roster/separation.toml",
        "[[separation]]\ngroups = [\"finance/payers\", \"travel/approvers\"]\n",
    );
    let held = world.halt("travel", |seen| seen.write);
    let daemon = world.start(["run"]);
    held.reached();
    daemon.ran("finance", "start");
    assert_eq!(world.members("finance/payers"), ["bob"], "ann still approves");
    held.release();
    until("ann to pay", || world.members("finance/payers") == ["ann", "bob"]);
    assert_eq!(world.members("travel/approvers"), ["cem"]);
}
