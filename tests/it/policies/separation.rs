//! `[[separation]]`, within a provider and over several.

use insta::assert_snapshot;
use rosterd::sandbox::{Effect, Fault};

use super::rules;
use crate::support::{Group, Run, World};

const SEPARATION: &str = "[[separation]]\ngroups = [\"finance/payers\", \"travel/approvers\"]\n";

/// Ann approves at one provider and is to pay at another.
fn two() -> World {
    let world = World::new()
        .people(["ann", "bob", "cem"])
        .group(Group::at("finance/payers").live(["bob"]).wanted(["ann", "bob"]))
        .group(Group::at("travel/approvers").live(["ann", "cem"]).wanted(["cem"]));
    world.write("roster/separation.toml", SEPARATION);
    world
}

/// The same at one provider alone.
fn both_at(provider: &str) -> World {
    let world = World::new()
        .people(["ann", "bob", "cem"])
        .group(Group::at(&format!("{provider}/payers")).live(["bob"]).wanted(["ann", "bob"]))
        .group(Group::at(&format!("{provider}/approvers")).live(["ann", "cem"]).wanted(["cem"]));
    let separation = SEPARATION.replace("finance", provider).replace("travel", provider);
    world.write("roster/separation.toml", &separation);
    world
}

#[test]
fn over_providers_a_place_is_taken_once_a_run_has_seen_the_other_free() {
    let world = two();
    let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(3);
    assert_eq!(rules(&run, "finance"), ["separation payers"]);
    assert_eq!(world.writes(), ["PATCH travel/approvers -ann -> 200"]);
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members("finance/payers"), ["ann", "bob"]);
    world.rosterd(["plan", "--exit-code"]).success().says("Nothing to do");
}

#[test]
fn a_provider_that_is_down_lets_nobody_in_elsewhere_and_holds_up_nothing_else() {
    let world = two().provider("travel", "retry_budget = \"200ms\"");
    world.wanted("finance/payers").remove("bob").add("cem");
    world.wanted("travel/approvers").set(["bob"]);
    world.live("finance/payers").add("ann");
    world.down("travel", true);
    let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(3);
    assert_eq!(rules(&run, "finance"), ["separation payers"]);
    assert_snapshot!(world.writes(), @"DELETE finance/payers -bob -> 200");
}

#[test]
fn one_group_alone_lets_nobody_go_to_another_provider() {
    let world = two();
    let only = ["apply", "--yes", "--group", "travel/approvers"];
    world
        .rosterd(only)
        .exits(3)
        .says("ann stays here until an apply without --group moves them to finance/payers");
    assert_eq!(world.writes(), []);
    assert_eq!(world.members("travel/approvers"), ["ann", "cem"]);
    world.live("finance/payers").add("ann");
    world.rosterd(only).success();
    assert_eq!(world.members("travel/approvers"), ["cem"], "whoever is there already may go here");
}

#[test]
fn one_provider_alone_is_applied_with_an_eye_on_the_other() {
    let world = two();
    let only = ["apply", "--yes", "--provider", "finance"];
    world.rosterd(only).exits(3).says("ann is in travel/approvers until a run has seen that place free");
    assert_eq!(world.writes(), [], "what is only looked at is not changed");
    let asked = world.requests("travel").iter().filter(|line| line.contains("user-groups")).count();
    assert!(asked > 0, "and it was looked at");
    world.live("travel/approvers").remove("ann");
    let run = world.rosterd(["apply", "--yes", "--group", "finance/payers", "--format", "json"]).success();
    assert_eq!(world.results(&run), ["finance/payers add ann applied"]);
    assert_eq!(run.json()["providers"].as_array().map(Vec::len), Some(1), "only what was asked for is told");
}

#[test]
fn one_provider_alone_lets_nobody_in_whom_it_cannot_see_elsewhere() {
    let world = two().provider("travel", "retry_budget = \"200ms\"");
    let only = ["apply", "--yes", "--provider", "finance"];
    world.down("travel", true);
    world.rosterd(only).exits(3).says("travel/approvers was not read in this run");
    world.down("travel", false);
    std::fs::remove_file(world.path("secrets/travel-secret")).expect("it is there");
    world.rosterd(only).exits(3).says("travel/approvers was not read in this run");
    assert_eq!(world.writes(), []);
}

#[test]
fn within_a_provider_the_old_place_is_freed_first() {
    let world = both_at("travel");
    world.rosterd(["apply", "--yes"]).success();
    let order = ["PATCH travel/approvers -ann -> 200", "PATCH travel/payers +ann -> 200"];
    assert_eq!(world.writes(), order);
}

#[test]
fn a_removal_that_fails_keeps_the_addition_from_being_sent() {
    let world = both_at("finance");
    world.fail("finance", Fault::new(Effect::status(403)).method("DELETE"));
    let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(4);
    assert_eq!(world.writes(), ["DELETE finance/approvers -ann -> 403"]);
    assert_eq!(
        run.detail("finance/payers", "ann"),
        "not sent: the place in approvers was not seen to be free"
    );
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members("finance/payers"), ["ann", "bob"]);
}

/// The findings of a group.
fn problems(run: &Run, path: &str) -> Vec<String> {
    let problems = run.group(path)["problems"].as_array().cloned().unwrap_or_default();
    problems.iter().map(|problem| problem["detail"].as_str().unwrap_or("").to_owned()).collect()
}

#[test]
fn dates_that_bring_two_together_are_a_finding_and_no_error() {
    let world = two();
    world.wanted("travel/approvers").set(["cem", "{ who = \"ann\", until = 2098-12-31 }"]);
    world.live("finance/payers").add("ann");
    world.rosterd(["check"]).success();
    let run = world.rosterd(["plan", "--format", "json"]).success();
    let told = |other: &str| {
        [format!("ann is in {other} too, and nobody may be in both (roster/separation.toml:1)")]
    };
    assert_eq!(problems(&run, "finance/payers"), told("travel/approvers"));
    assert_eq!(problems(&run, "travel/approvers"), told("finance/payers"));
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.writes(), []);
}
