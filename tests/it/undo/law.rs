//! Apply, then undo: live is what it was before.

use serde_json::Value;

use super::{Dump, apply, change_at, last_run, lines, undo, world_at};
use crate::support::{Group, PROVIDERS, World, me};

#[test]
fn apply_then_undo_is_as_before() {
    for provider in PROVIDERS {
        let world = world_at(provider);
        let before: Dump = world.dump();
        let run = change_at(&world, provider);
        let after = world.dump();
        assert_ne!(before, after);

        undo(&world, &run).success();
        assert_eq!(world.dump(), before, "{provider}");

        // The next apply does nothing, until somebody says so.
        world.forget_requests();
        world.rosterd(["apply", "--yes"]).exits(3).says("SUSPENDED").says(&run);
        assert_eq!(world.writes(), []);
        world.rosterd(["resume", provider]).success();
        world.rosterd(["apply", "--yes"]).success();
        assert_eq!(world.dump(), after, "{provider}: the roster says so still");
    }
}

#[test]
fn what_is_done_again_after_an_undo_is_no_drift() {
    let world = world_at("emporix");
    let run = change_at(&world, "emporix");
    undo(&world, &run).success();
    world.rosterd(["resume", "emporix"]).success();
    let plan = world.rosterd(["plan", "--format", "json"]).success().json();
    let groups = plan["providers"][0]["groups"].as_array().unwrap();
    let causes: Vec<&Value> =
        groups.iter().flat_map(|group| group["changes"].as_array().unwrap()).map(|it| &it["cause"]).collect();
    assert_eq!(causes, ["roster"; 4]);
}

#[test]
fn the_suspension_is_written_down_before_the_first_change() {
    let world = world_at("finance");
    let run = change_at(&world, "finance");
    let before = world.journal().len();
    world.set_person("ann", "name = \"Ann\"");
    world.rosterd_with(["undo", &run, "--yes", "--reason", "wrong team"], &[("USER", "carol")]).success();
    let journal = world.journal().split_off(before);
    let at = |kind: &str| journal.iter().position(|line| line["type"] == kind).unwrap();
    assert!(at("suspension") < at("intent"), "{journal:?}");
    let suspension = &journal[at("suspension")];
    assert_eq!(suspension["by"], me(), "who it is, not who somebody says to be");
    assert_eq!(suspension["reason"], format!("undo of run {run}: wrong team"));
    let time = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let length = time(&suspension["until"]).duration_since(time(&suspension["at"]));
    assert!((length.as_secs() - 4 * 3600).abs() <= 1, "{length:?}");

    let begun = &journal[at("run")];
    assert_eq!(begun["undoes"], Value::from(vec![run.clone()]));
    assert_eq!(lines(&world, "roster").len(), 2, "an undo brings no roster into effect");
    for intent in journal.iter().filter(|line| line["type"] == "intent") {
        assert_eq!(intent["cause"], "roster");
        assert_eq!(intent["because"][0]["reason"], format!("undoes run {run}"));
    }
    world.rosterd(["history", "--run", &run]).success().says(&format!("undoes {}", &run[24..]));
}

#[test]
fn an_undo_can_be_undone() {
    let world = world_at("travel");
    let before: Dump = world.dump();
    let run = change_at(&world, "travel");
    let after: Dump = world.dump();
    undo(&world, &run).success();
    assert_eq!(world.dump(), before);
    // What the first undo suspended, the second need not wait for.
    undo(&world, &last_run(&world, "travel")).success();
    assert_eq!(world.dump(), after);
    world.rosterd(["resume", "travel"]).success();
    world.rosterd(["apply", "--yes"]).success().says("Nothing to do");
}

#[test]
fn a_second_undo_has_nothing_to_do_and_suspends_nothing() {
    let world = world_at("emporix");
    let run = change_at(&world, "emporix");
    undo(&world, &run).success();
    world.rosterd(["resume", "emporix"]).success();
    let journal = world.journal_text();
    world.forget_requests();
    undo(&world, &run).success().says("Nothing to undo").says("a later run, ");
    assert_eq!(world.writes(), []);
    assert_eq!(world.journal_text(), journal, "nothing was about to happen");
    world.rosterd(["resume", "emporix"]).says("emporix is not suspended");
}

#[test]
fn a_run_that_changed_nothing_needs_no_call() {
    let world = world_at("emporix");
    let run = apply(&world, "emporix");
    world.forget_requests();
    undo(&world, &run).success().says("Nothing to undo");
    assert_eq!(world.request_count(), 0);
}

#[test]
fn runs_of_several_providers_are_undone_together() {
    let paths = ["emporix/buyers", "travel/approvers", "finance/payers"];
    let world = World::new().people(["ann", "bob"]).strangers(["mal"]);
    let world = paths.into_iter().fold(world, |world, path| world.group(Group::at(path).in_sync(["ann"])));
    world.rosterd(["apply", "--yes"]).success();
    let before: Dump = world.dump();
    for path in paths {
        world.wanted(path).add("bob");
    }
    world.rosterd(["apply", "--yes"]).success();
    let runs = PROVIDERS.map(|provider| last_run(&world, provider));
    let undone = world.rosterd(["undo", &runs[0], &runs[1], "--yes"]).success();
    undone.says("emporix is suspended until").says("travel is suspended until").never_says("finance is susp");
    assert_eq!(world.members("finance/payers"), ["ann", "bob"]);
    undo(&world, &runs[2]).success();
    assert_eq!(world.dump(), before);
}

#[test]
fn a_purge_of_strangers_is_undone_and_held_the_next_time() {
    let world = World::new()
        .people(["ann", "bob", "cem", "dan"])
        .strangers(["mal"])
        .group(Group::at("emporix/buyers").live(["ann", "bob", "cem", "mal"]).wanted(["ann", "bob", "cem"]));
    let run = apply(&world, "emporix");
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob", "cem"]);
    undo(&world, &run).success();
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob", "cem", "mal"]);
    world.rosterd(["resume", "emporix"]).success();
    world.set_guard("adopt", "\"hold\"");
    let plan = world.rosterd(["plan", "--format", "json"]);
    assert_eq!(plan.group("emporix/buyers")["withheld"][0]["cause"], "first", "as before rosterd came");
}

#[test]
fn a_move_is_undone_as_a_move() {
    let world = World::new()
        .people(["ann", "bob", "cem"])
        .guard("max_removal_percent", "\"off\"")
        .group(Group::at("finance/payers").in_sync(["ann", "bob"]).with("exclusive = \"role\""))
        .group(Group::at("finance/approvers").in_sync(["cem"]).with("exclusive = \"role\""));
    world.rosterd(["apply", "--yes"]).success();
    world.wanted("finance/payers").remove("bob");
    world.wanted("finance/approvers").add("bob");
    let run = apply(&world, "finance");
    world.forget_requests();
    undo(&world, &run).success();
    assert_eq!(world.members("finance/payers"), ["ann", "bob"]);
    assert_eq!(world.members("finance/approvers"), ["cem"]);
    let writes = world.writes();
    assert!(writes[0].starts_with("DELETE finance/approvers -bob"), "the old place first: {writes}");
}
