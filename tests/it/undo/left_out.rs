//! What an undo leaves out, and says so: what changed since, people who left, groups that are not managed.

use super::{apply, change_at, left_out, undo, world_at};
use crate::support::{Group, PROVIDERS, Person, Run, World};

fn as_json(world: &World, run: &str) -> Run {
    world.rosterd(["undo", run, "--yes", "--format", "json"])
}

#[test]
fn what_was_changed_by_hand_since_stays_as_it_is() {
    for provider in PROVIDERS {
        let world = world_at(provider);
        let run = change_at(&world, provider);
        let buyers = format!("{provider}/buyers");
        world.live(&buyers).remove("cem").add("bob");
        let undone = as_json(&world, &run).success();
        assert_eq!(
            left_out(&world, &undone),
            ["buyers add bob changed-since", "buyers remove cem changed-since"]
        );
        assert_eq!(world.members(&buyers), ["ann", "bob"], "{provider}");
        assert_eq!(world.members(&format!("{provider}/sellers")), ["cem"], "{provider}");
        assert_eq!(world.writes().iter().filter(|line| line.contains("bob -> 404")).count(), 0);
    }
}

#[test]
fn what_a_later_run_changed_stays_as_it_is() {
    let world = world_at("finance");
    let first = change_at(&world, "finance");
    world.wanted("finance/buyers").remove("cem");
    apply(&world, "finance");
    world.wanted("finance/buyers").add("cem");
    let later = apply(&world, "finance");
    assert_ne!(first, later);
    world.rosterd(["undo", &first, "--dry-run"]).success().says("finance/buyers   − cem   a later run, ");
    let undone = as_json(&world, &first).success();
    assert_eq!(left_out(&world, &undone), ["buyers remove cem changed-since"]);
    assert_eq!(world.members("finance/buyers"), ["ann", "bob", "cem"]);
}

#[test]
fn nobody_who_left_is_added_back() {
    for provider in PROVIDERS {
        let world = world_at(provider);
        world.wanted(&format!("{provider}/sellers")).add("eve");
        apply(&world, provider);
        world.wanted(&format!("{provider}/buyers")).remove("bob");
        world.wanted(&format!("{provider}/sellers")).remove("cem").add("dan");
        let run = apply(&world, provider);
        world.set_person("bob", "until = 2020-01-31");
        world.forget("cem");
        let undone = as_json(&world, &run).success();
        assert_eq!(left_out(&world, &undone), ["buyers add bob left", "sellers add cem left"], "{provider}");
        assert_eq!(world.members(&format!("{provider}/buyers")), ["ann"], "{provider}");
    }
}

#[test]
fn a_run_that_removed_a_leaver_is_undone_without_that() {
    let world = world_at("emporix");
    world.set_person("bob", "until = 2020-01-31");
    world.wanted("emporix/buyers").add("dan");
    let run = apply(&world, "emporix");
    assert_eq!(world.members("emporix/buyers"), ["ann", "dan"]);
    let undone = undo(&world, &run).success().says("+ bob   bob left; last day 2020-01-31");
    undone.says("− dan");
    assert_eq!(world.members("emporix/buyers"), ["ann"]);
}

#[test]
fn somebody_who_left_is_known_by_id_even_to_a_lost_state() {
    let world = world_at("travel");
    world.forget("bob");
    let run = apply(&world, "travel");
    assert_eq!(world.members("travel/buyers"), ["ann"]);
    std::fs::remove_dir_all(world.path("state/sled")).unwrap();
    let undone = as_json(&world, &run).success();
    assert_eq!(left_out(&world, &undone), ["buyers add bob left"]);
}

#[test]
fn a_raw_id_is_somebody_who_left_when_the_trail_or_a_last_day_says_so() {
    let world = World::new()
        .people(["ann"])
        .strangers(["mal", "ned"])
        .guard("max_removal_percent", "\"off\"")
        .group(Group::at("finance/buyers").in_sync(["ann"]));
    let raw = |handle: &str, more: &str| format!("{{ id = \"{}\"{more} }}", world.id("finance", handle));
    world.wanted("finance/buyers").add(&raw("mal", "")).add(&raw("ned", ""));
    world.rosterd(["apply", "--yes"]).success();
    world.wanted("finance/buyers").set(["ann".to_owned(), raw("mal", ", until = 2020-01-31")]);
    let run = apply(&world, "finance");
    assert_eq!(world.members("finance/buyers"), ["ann"]);
    let undone = as_json(&world, &run).success();
    assert_eq!(left_out(&world, &undone), ["buyers add mal left"]);
    assert_eq!(world.members("finance/buyers"), ["ann", "ned"], "of ned nothing is known");
}

#[test]
fn a_renamed_handle_is_no_leaver() {
    let world = World::new()
        .people(["ann"])
        .person(Person::new("bob").id_at("finance", "u-77").with("ids = { finance = \"u-77\" }"))
        .group(Group::at("finance/buyers").in_sync(["ann", "bob"]));
    world.rosterd(["apply", "--yes"]).success();
    world.wanted("finance/buyers").remove("bob");
    world.set_guard("max_removal_percent", "\"off\"");
    let run = apply(&world, "finance");
    world.forget("bob");
    world.add_person(Person::new("robert").only_at([]).with("ids = { finance = \"u-77\" }"));
    undo(&world, &run).success().says("+ robert");
    assert_eq!(world.members("finance/buyers"), ["ann", "bob"]);
}

#[test]
fn whoever_is_known_under_another_id_is_not_added_under_the_old_one() {
    let world = World::new()
        .people(["ann"])
        .person(Person::new("bob").id_at("finance", "u-77").with("ids = { finance = \"u-77\" }"))
        .guard("max_removal_percent", "\"off\"")
        .group(Group::at("finance/buyers").in_sync(["ann", "bob"]));
    world.rosterd(["apply", "--yes"]).success();
    world.wanted("finance/buyers").remove("bob");
    let run = apply(&world, "finance");
    world.set_person("bob", "ids = { finance = \"u-78\" }");
    let undone = as_json(&world, &run).success();
    assert_eq!(left_out(&world, &undone), ["buyers add bob identity-changed"]);
    assert_eq!(world.members("finance/buyers"), ["ann"]);
}

#[test]
fn a_group_that_the_roster_gave_up_is_not_touched() {
    let world = world_at("emporix");
    let run = change_at(&world, "emporix");
    let groups = std::fs::read_to_string(world.path("roster/groups.toml")).unwrap();
    let (_, sellers) = groups.split_once("[groups.emporix.sellers]").unwrap();
    world.write("roster/groups.toml", &format!("[groups.emporix.sellers]{sellers}"));
    world.forget_requests();
    let undone = as_json(&world, &run).success();
    assert_eq!(
        left_out(&world, &undone),
        ["buyers add bob not-managed", "buyers remove cem not-managed", "buyers remove dan not-managed"]
    );
    assert_eq!(world.members("emporix/buyers"), ["ann", "cem", "dan"]);
    assert_eq!(world.members("emporix/sellers"), ["cem"]);
    let buyers = world.requests("emporix").iter().filter(|line| line.contains("{emporix/buyers}")).count();
    assert_eq!(buyers, 0, "not even read");
}

#[test]
fn a_group_that_another_handle_names_now_is_still_that_group() {
    let world = world_at("finance");
    let run = change_at(&world, "finance");
    let groups = std::fs::read_to_string(world.path("roster/groups.toml")).unwrap();
    world.write("roster/groups.toml", &groups.replace("finance.buyers", "finance.purchasers"));
    undo(&world, &run).success().says("(purchasers)");
    assert_eq!(world.members("finance/buyers"), ["ann", "bob"]);
}

#[test]
fn what_cannot_be_read_is_left_alone() {
    let world = world_at("finance");
    let run = change_at(&world, "finance");
    world.set_provider("finance", "retry_budget = \"200ms\"");
    world.down("finance", true);
    undo(&world, &run).exits(5);
    world.down("finance", false);
    world.rosterd(["resume", "finance"]).says("finance is not suspended");
    undo(&world, &run).success();
    assert_eq!(world.members("finance/buyers"), ["ann", "bob"]);
}
