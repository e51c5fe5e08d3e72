//! An undo goes to the same guard as any plan.

use super::{apply, change_at, lines, undo, world_at};
use crate::support::{Group, PROVIDERS, Run, World};

/// The digest that an undo offers.
fn digest(run: &Run) -> String {
    let after = run.stdout.split_once("--approve ").map(|(_, rest)| rest);
    after.and_then(|rest| rest.split_whitespace().next()).expect("it offers one").to_owned()
}

/// A run that added three people to a group of one.
fn grown(provider: &str) -> (World, String) {
    let path = format!("{provider}/buyers");
    let world = World::new().people(["ann", "bob", "cem", "dan"]).group(Group::at(&path).in_sync(["ann"]));
    world.rosterd(["apply", "--yes"]).success();
    world.wanted(&path).set(["ann", "bob", "cem", "dan"]);
    let run = apply(&world, provider);
    (world, run)
}

#[test]
fn limits_hold_an_undo_until_exactly_that_is_approved() {
    for provider in PROVIDERS {
        let (world, run) = grown(provider);
        let path = format!("{provider}/buyers");
        let held = undo(&world, &run).exits(3).says("HELD: removes 3 of 4 members, limit 30 %");
        assert_eq!(world.members(&path), ["ann", "bob", "cem", "dan"], "{provider}");
        assert!(lines(&world, "suspension").is_empty(), "nothing was changed, so nothing is suspended");

        let digest = digest(&held);
        let command = format!("rosterd undo {} --approve {digest} --reason", &run[24..]);
        held.says(&command);
        let args = ["undo", &run, "--yes", "--approve", &digest, "--reason", "the wrong team"];
        world.rosterd(args).success();
        assert_eq!(world.members(&path), ["ann"], "{provider}");
        let used = lines(&world, "approval");
        assert_eq!(used[0]["reason"], "the wrong team");
        undo(&world, &run).success().says("Nothing to undo");
    }
}

#[test]
fn removals_of_an_undo_count_in_the_windows() {
    let (world, run) = grown("emporix");
    world.set_guard("max_removal_percent", "\"off\"");
    world.set_guard("max_removals", "3");
    undo(&world, &run).success();
    world.rosterd(["resume", "emporix"]).success();
    world.rosterd(["apply", "--yes"]).success();
    world.wanted("emporix/buyers").set(["ann", "bob", "cem"]);
    world.rosterd(["apply", "--yes"]).exits(3).says("1 now and 3 in the last 24 hours");
}

#[test]
fn protected_people_stay() {
    let (world, run) = grown("finance");
    world.set_guard("max_removal_percent", "\"off\"");
    world.set_guard("protected", "[\"dan\"]");
    undo(&world, &run).exits(3).says("protected people are never removed");
    assert_eq!(world.members("finance/buyers"), ["ann", "dan"]);
}

#[test]
fn the_last_member_stays() {
    let world = World::new().people(["ann"]).group(Group::at("travel/buyers").wanted(["ann"]));
    let run = apply(&world, "travel");
    undo(&world, &run).exits(3).says("removes the last member");
    assert_eq!(world.members("travel/buyers"), ["ann"]);
}

#[test]
fn without_its_state_rosterd_owns_nothing() {
    let (world, run) = grown("emporix");
    world.set_guard("max_removal_percent", "\"off\"");
    world.set_guard("adopt", "\"hold\"");
    std::fs::remove_dir_all(world.path("state/sled")).unwrap();
    undo(&world, &run).exits(3).says("members that were there before rosterd managed this group");
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob", "cem", "dan"]);
}

#[test]
fn an_unknown_member_may_be_somebody_whom_the_group_wants() {
    let world = World::new()
        .people(["ann", "zoe"])
        .strangers(["mal"])
        .guard("max_removal_percent", "\"off\"")
        .group(Group::at("finance/buyers").in_sync(["ann", "zoe"]));
    world.rosterd(["apply", "--yes"]).success();
    world.wanted("finance/buyers").add(&format!("{{ id = \"{}\" }}", world.id("finance", "mal")));
    let run = apply(&world, "finance");
    world.set_person("zoe", "ids = { finance = { login = \"acme.nobody\" } }");
    undo(&world, &run).exits(3).says("zoe cannot be identified");
    assert_eq!(world.members("finance/buyers"), ["ann", "mal", "zoe"]);
}

#[test]
fn what_the_roster_forbids_now_is_not_added_back() {
    let world = world_at("finance");
    let run = change_at(&world, "finance");
    // bob is settled among the sellers since, and who buys must not sell.
    world.wanted("finance/sellers").add("bob");
    world.rosterd(["apply", "--yes"]).success();
    world.wanted("finance/buyers").with("exclusive = \"role\"");
    world.wanted("finance/sellers").with("exclusive = \"role\"").remove("cem");
    world.rosterd(["apply", "--yes"]).success();
    undo(&world, &run).exits(3).says("bob is in sellers and stays there");
    assert!(!world.members("finance/buyers").contains(&"bob".to_owned()));
}

#[test]
fn a_full_group_takes_nobody_back() {
    let world = world_at("travel");
    let run = change_at(&world, "travel");
    world.wanted("travel/buyers").with("max_members = 3");
    world.set_guard("protected", "[\"cem\", \"dan\"]");
    undo(&world, &run).exits(3).says("additions wait, there would be too many members");
    assert_eq!(world.members("travel/buyers"), ["ann", "cem", "dan"]);
}

#[test]
fn separation_looks_at_other_providers_too() {
    let world = World::new()
        .people(["ann", "bob", "cem"])
        .guard("max_removal_percent", "\"off\"")
        .group(Group::at("emporix/buyers").in_sync(["ann", "bob"]))
        .group(Group::at("finance/payers").in_sync(["cem"]));
    world.rosterd(["apply", "--yes"]).success();
    world.wanted("emporix/buyers").remove("bob");
    let run = apply(&world, "emporix");
    let rule = "[[separation]]\ngroups = [\"emporix/buyers\", \"finance/payers\"]\n";
    world.write("roster/separation.toml", rule);
    world.live("finance/payers").add("bob");
    undo(&world, &run).exits(3).says("bob is in finance/payers");
    assert_eq!(world.members("emporix/buyers"), ["ann"]);
    world.live("finance/payers").remove("bob");
    undo(&world, &run).success();
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob"]);
    assert_eq!(world.members("finance/payers"), ["cem"], "read, and left as it was");
    assert_eq!(lines(&world, "suspension").len(), 1, "emporix alone");
}

#[test]
fn a_provider_that_is_only_observed_is_not_changed() {
    let world = world_at("emporix");
    let run = change_at(&world, "emporix");
    let after = world.dump();
    world.set_provider("emporix", "mode = \"observe\"");
    undo(&world, &run).exits(3).says("OBSERVED");
    assert_eq!(world.dump(), after);
    assert!(lines(&world, "suspension").is_empty());
}

#[test]
fn what_a_person_suspended_is_not_changed_until_it_is_resumed() {
    let world = world_at("emporix");
    let run = change_at(&world, "emporix");
    let after = world.dump();
    world.rosterd(["suspend", "emporix", "--for", "7d", "--reason", "migration"]).success();
    undo(&world, &run).exits(3).says("SUSPENDED").says("migration");
    assert_eq!(world.dump(), after);
    assert_eq!(lines(&world, "suspension").len(), 1, "and it lasts as long as that person said");
    world.rosterd(["resume", "emporix"]).success();
    undo(&world, &run).success();
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob"]);
}
