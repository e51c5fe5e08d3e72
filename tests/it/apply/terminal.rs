//! Apply on a terminal: it shows the plan and asks.

use crate::support::{Group, World};

#[test]
fn whoever_says_yes_gets_the_plan_and_the_changes() {
    let world = world();
    let run = world.on_terminal("apply", "yes\n", &[]).success();
    let (plan, result) = run.stdout.split_once("Apply this? Type yes: ").expect("it asks");
    assert!(plan.contains("rosterd plan") && plan.contains("1 to add"), "{plan}");
    assert!(result.contains("rosterd apply") && result.contains("1 added"), "{result}");
    assert_eq!(world.members("emporix/buyers"), ["ann"]);
}

#[test]
fn anything_else_changes_nothing() {
    for typed in ["no\n", "\n", "y\n", "yes please\n"] {
        let world = world();
        world.on_terminal("apply", typed, &[]).exits(1).says("not confirmed: nothing was changed");
        assert_eq!(world.writes(), []);
        assert_eq!(world.journal_text(), "", "nothing was about to happen");
    }
}

#[test]
fn nobody_is_asked_about_nothing() {
    let world = world();
    world.on_terminal("apply --yes", "", &[]).success().never_says("Type yes");
    world.on_terminal("apply", "", &[]).success().never_says("Type yes").says("Nothing to do");
}

#[test]
fn a_terminal_gets_colour_and_no_color_takes_it_away() {
    let world = world();
    assert!(world.on_terminal("plan", "", &[]).success().stdout.contains("\u{1b}["));
    let plain = world.on_terminal("plan", "", &[("NO_COLOR", "1")]).success();
    assert!(!plain.stdout.contains('\u{1b}'), "{}", plain.stdout);

    world.wanted("emporix/buyers").add("nobody");
    assert!(world.on_terminal("check", "", &[]).exits(64).stdout.contains("\u{1b}["));
    let plain = world.on_terminal("check", "", &[("NO_COLOR", "1")]).exits(64);
    assert!(!plain.stdout.contains('\u{1b}'), "{}", plain.stdout);
}

fn world() -> World {
    World::new().people(["ann"]).group(Group::at("emporix/buyers").wanted(["ann"]))
}
