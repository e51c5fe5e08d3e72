//! What the roster must say for an undo to last.

use super::{apply, undo, world_at};
use crate::support::{Group, World};

/// The line of a file of the roster that has this text, from 1.
fn line_of(world: &World, file: &str, text: &str) -> usize {
    let written = std::fs::read_to_string(world.path(file)).unwrap();
    written.lines().position(|line| line.contains(text)).expect("it is written there") + 1
}

#[test]
fn once_the_roster_says_what_was_printed_nothing_is_left_to_do() {
    let world = world_at("finance");
    world.wanted("finance/buyers").remove("bob").add("dan");
    let run = apply(&world, "finance");
    let undone = undo(&world, &run).success();
    let at = |text| format!("  roster/groups.toml:{}   ", line_of(&world, "roster/groups.toml", text));
    undone
        .says("To make it last, edit the roster:")
        .says(&(at("[groups.finance.buyers]") + "add \"bob\" to the `members` of finance/buyers"))
        .says(&(at("\"dan\",") + "take \"dan\" out of the members of finance/buyers"));
    world.wanted("finance/buyers").add("bob").remove("dan");
    world.rosterd(["resume", "finance"]).success();
    world.rosterd(["apply", "--yes"]).success().says("Nothing to do");
}

#[test]
fn a_member_by_a_team_is_excepted_in_the_group_alone() {
    let world = world_at("emporix").team("leads", ["dan"]);
    world.wanted("emporix/buyers").add("@leads");
    let run = apply(&world, "emporix");
    let undone = undo(&world, &run).success();
    let group = line_of(&world, "roster/groups.toml", "[groups.emporix.buyers]");
    let team = line_of(&world, "roster/teams.toml", "\"dan\"");
    let told = format!(
        "  roster/groups.toml:{group}   add \"dan\" to the `except` of emporix/buyers (a member by \
         roster/teams.toml:{team} via @leads)"
    );
    undone.says(&told);
    world.wanted("emporix/buyers").with("except = [\"dan\"]");
    world.rosterd(["resume", "emporix"]).success();
    world.rosterd(["apply", "--yes"]).success().says("Nothing to do");
}

#[test]
fn an_exception_is_taken_back_where_it_is_written() {
    let world = world_at("travel");
    world.wanted("travel/buyers").with("except = [\"bob\"]");
    let run = apply(&world, "travel");
    let undone = undo(&world, &run).success();
    let line = line_of(&world, "roster/groups.toml", "except");
    undone
        .says(&format!("  roster/groups.toml:{line}   take \"bob\" out of the `except` of travel/buyers"))
        .never_says("to the `members`");
    world.wanted("travel/buyers").without("except");
    world.rosterd(["resume", "travel"]).success();
    world.rosterd(["apply", "--yes"]).success().says("Nothing to do");
}

#[test]
fn a_bound_that_passed_is_moved_where_it_is_written() {
    let world = world_at("finance");
    world.wanted("finance/buyers").set(["ann", "{ who = \"bob\", until = 2020-01-31 }"]);
    let run = apply(&world, "finance");
    let undone = undo(&world, &run).success();
    let line = line_of(&world, "roster/groups.toml", "until = 2020-01-31");
    undone.says(&format!(
        "  roster/groups.toml:{line}   let `from` and `until` of \"bob\" in finance/buyers include today"
    ));
    assert_eq!(world.members("finance/buyers"), ["ann", "bob"]);
}

#[test]
fn lists_and_strangers_are_told_in_their_own_form() {
    let world = World::new()
        .people(["ann", "bob"])
        .strangers(["mal"])
        .guard("max_removal_percent", "\"off\"")
        .group(Group::at("finance/buyers").live(["ann", "mal"]).with("members_from = \"people.txt\""));
    world.write("roster/people.txt", "# who buys\nann\nbob\n");
    let run = apply(&world, "finance");
    let mal = world.id("finance", "mal");
    undo(&world, &run)
        .success()
        .says("  roster/people.txt:3   take bob out of the members of finance/buyers")
        .says(&format!("add {{ id = \"{mal}\" }} to the `members` of finance/buyers"));
}

#[test]
fn a_roster_that_says_so_already_needs_no_edit() {
    let world = world_at("emporix");
    world.wanted("emporix/buyers").remove("bob");
    let run = apply(&world, "emporix");
    world.wanted("emporix/buyers").add("bob");
    undo(&world, &run).success().never_says("edit the roster");
    world.rosterd(["resume", "emporix"]).success();
    world.rosterd(["apply", "--yes"]).success().says("Nothing to do");
}

#[test]
fn an_include_group_removes_nobody_again() {
    let world = world_at("emporix");
    world.wanted("emporix/buyers").remove("bob");
    let run = apply(&world, "emporix");
    world.wanted("emporix/buyers").with("membership = \"include\"");
    undo(&world, &run).success().never_says("edit the roster");
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob"]);
}
