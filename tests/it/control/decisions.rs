//! Decisions that the daemon acts on by itself, and what only looks.

use super::{ask, ask_with, daemon, settled, world};
use crate::support::{Group, me, me_through_sudo, until};

#[test]
fn what_is_approved_is_applied_at_once() {
    let world = world().guard("max_removals", "1").guard("max_removal_percent", "\"off\"");
    let world = world.group(Group::at("emporix/sellers").in_sync(["ann", "bob"]));
    let world = world.group(Group::at("emporix/guests").in_sync(["ann", "bob"]));
    let _daemon = daemon!(world);
    settled(&world);
    world.wanted("emporix/sellers").remove("bob");
    world.wanted("emporix/guests").remove("bob");
    world.save();
    until("the removals to be held", || {
        ask(&world, ["status", "--format", "json"]).json()["providers"]["emporix"]["last"]["held"] == 2
    });
    let plan = ask(&world, ["plan"]).success().says("HELD");
    ask(&world, ["sync", "--provider", "emporix"]).exits(3).says("HELD");
    assert_eq!(world.members("emporix/sellers"), ["ann", "bob"]);
    ask(&world, ["approve", &plan.digest(), "--reason", "agreed"]).success().says("Approved");
    until("bob to be removed", || world.members("emporix/sellers") == ["ann"]);
    until("bob to be removed", || world.members("emporix/guests") == ["ann"]);
    let approval = world.journal().into_iter().find(|line| line["type"] == "approval").unwrap();
    assert_eq!(
        (&approval["by"], &approval["reason"]),
        (&me().into(), &"agreed".into()),
        "as without a daemon"
    );
    ask(&world, ["history", "--provider", "emporix"])
        .success()
        .says(&format!("given by {}", me()))
        .says("− bob");
    ask(&world, ["history", "--verify"]).success().says("is whole").says("Compared with the daemon");
}

#[test]
fn a_suspension_shows_and_is_obeyed_until_it_is_resumed() {
    let world = world();
    let _daemon = daemon!(world);
    settled(&world);
    ask(&world, ["suspend", "emporix", "--for", "4h", "--reason", "migration"]).success();
    let status = ask(&world, ["status", "--format", "json"]).json();
    assert_eq!(status["providers"]["emporix"]["suspended"]["reason"], "migration");
    world.live("emporix/buyers").remove("bob");
    ask(&world, ["sync"]).exits(3).says("SUSPENDED");
    assert_eq!(world.members("emporix/buyers"), ["ann"]);
    ask(&world, ["status"]).success().says("suspended until").says("migration");
    ask(&world, ["resume", "emporix"]).success();
    until("bob to be added", || world.members("emporix/buyers") == ["ann", "bob"]);
    ask(&world, ["status"]).success().never_says("suspended until");
}

#[test]
fn a_plan_beside_the_runs_changes_nothing() {
    let world = world();
    let _daemon = daemon!(world);
    settled(&world);
    world.live("emporix/buyers").remove("bob");
    ask(&world, ["plan", "--exit-code"]).exits(2).says("+ bob");
    assert_eq!(world.members("emporix/buyers"), ["ann"], "a plan changes nothing");
    ask(&world, ["plan", "--provider", "nowhere"]).exits(64);
}

#[test]
fn nobody_but_root_asks_for_somebody_else() {
    let world = world();
    let _daemon = daemon!(world);
    settled(&world);
    let suspend = ["suspend", "emporix", "--for", "1h"];
    ask_with(&world, suspend, &[("SUDO_USER", "olga"), ("SUDO_UID", "4294967294")]).success();
    let line = world.journal().into_iter().find(|line| line["type"] == "suspension").unwrap();
    assert_eq!(line["by"], me_through_sudo("olga"));
    ask(&world, ["status"]).success().says(&format!("by {}", me_through_sudo("olga")));
}
