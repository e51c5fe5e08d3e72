//! `--group`: a run of one group alone, and people who move between it and another one.

use insta::assert_snapshot;
use rosterd::sandbox::{Effect, Fault};

use super::crashes::{BUYER, REQUESTER, kill_at};
use super::{customer, promotion, refuse, rules};
use crate::support::World;

/// An apply of one group alone.
fn alone(group: &str) -> [&str; 4] {
    ["apply", "--yes", "--group", group]
}

/// [`promotion`], interrupted when ann had left and was not yet let in.
fn halfway() -> World {
    let world = promotion();
    let buyer = world.group_id(BUYER);
    kill_at(&world, move |seen| seen.write && seen.path.contains(&buyer));
    world.heal();
    assert_eq!((world.members(REQUESTER), world.members(BUYER)), (names(["bob"]), names(["cem"])));
    world.forget_requests();
    world
}

fn names<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).to_vec()
}

/// No list of the members of this group can be read.
fn hide(world: &World, group: &str) {
    let path = format!("/{}/users", world.group_id(group));
    world.fail("emporix", Fault::new(Effect::Html).path(&path).always());
}

#[test]
fn a_move_is_made_whole_whichever_of_its_groups_is_named() {
    for (named, other) in [(REQUESTER, "buyer"), (BUYER, "requester")] {
        let world = promotion();
        let run = world.rosterd(["plan", "--format", "json", "--group", named]).success();
        assert_eq!(run.group(&format!("emporix/{other}"))["along_with"], named["emporix/".len()..]);
        assert!(run.group(named).get("along_with").is_none());
        world.rosterd(alone(named)).success();
        assert_eq!(world.members(REQUESTER), ["bob"], "{named}");
        assert_eq!(world.members(BUYER), ["ann", "cem"], "{named}");
    }
    assert_snapshot!(promotion().rosterd(["plan", "--group", REQUESTER]).success().text(), @r"
    rosterd plan   roster REVISION   1 provider, 2 groups, 3 memberships

    emporix · buyer (buyer)           1 member, +1; taken along: people move between here and requester
      + ann   roster/groups.toml:13; leaves requester first (roster/groups.toml:16)
    emporix · requester (requester)   2 members, −1
      − ann   first: member before rosterd managed this group

    1 to add, 1 to remove, 0 held, 0 withheld, 0 groups unchanged; 5 reads, 2 writes
    ");
}

#[test]
fn of_the_other_group_nothing_is_changed_but_the_move() {
    let others = || {
        let world = promotion();
        world.add_person(customer("dan", 903));
        world.add_person(customer("eve", 904));
        world.wanted(BUYER).add("dan");
        world.live(REQUESTER).add("eve");
        world
    };
    let world = others();
    world.rosterd(alone(REQUESTER)).success();
    assert_eq!((world.members(REQUESTER), world.members(BUYER)), (names(["bob"]), names(["ann", "cem"])));
    let world = others();
    world.rosterd(alone(BUYER)).success();
    assert_eq!(world.members(REQUESTER), ["bob", "eve"]);
    assert_eq!(world.members(BUYER), ["ann", "cem", "dan"]);

    // And it is not managed by that: whoever comes before the first run of all is from before.
    world.add_person(customer("fay", 905));
    world.live(REQUESTER).add("fay");
    world.set_guard("adopt", "\"hold\"");
    let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(3);
    assert_eq!(rules(&run, "emporix"), ["adopt requester"]);
    assert_eq!(world.members(REQUESTER), ["bob", "eve", "fay"]);
}

#[test]
fn a_group_that_nobody_moves_to_or_from_is_left_out() {
    let world = promotion();
    world.wanted(BUYER).remove("ann");
    let run = world.rosterd(["plan", "--format", "json", "--group", REQUESTER]).success();
    assert_eq!(run.provider("emporix")["groups"].as_array().map(Vec::len), Some(1), "{}", run.stdout);
}

#[test]
fn whoever_is_not_let_in_keeps_the_place_there_is() {
    let world = promotion();
    world.wanted(BUYER).with("max_members = 1").with("must_contain = [\"cem\"]");
    world.live(BUYER).add("bob").remove("bob");
    let dan = customer("dan", 903);
    world.add_person(dan);
    world.live(BUYER).add("dan");
    // Dan would make room, and is no part of the move.
    world.wanted(BUYER).set(["ann"]).without("must_contain");
    let run = world.rosterd(["apply", "--yes", "--format", "json", "--group", REQUESTER]).exits(3);
    assert_eq!(rules(&run, "emporix"), ["exclusive requester", "max_members buyer"]);
    assert_eq!(world.writes(), []);
    assert_eq!(world.members(REQUESTER), ["ann", "bob"]);
}

#[test]
fn whoever_is_to_move_to_a_group_that_cannot_be_read_stays() {
    let world = promotion();
    hide(&world, BUYER);
    world.rosterd(alone(REQUESTER)).exits(3).says("ann stays here until buyer");
    assert_eq!(world.writes(), []);
}

#[test]
fn an_interrupted_move_is_completed_whichever_of_its_groups_is_named() {
    for named in [REQUESTER, BUYER] {
        let world = halfway();
        world.rosterd(alone(named)).success().says("An earlier run was interrupted");
        assert_eq!(world.writes(), ["PUT emporix/buyer +ann -> 201"], "{named}");
        world.rosterd(["plan", "--exit-code"]).success().says("Nothing to do");
    }
}

#[test]
fn an_interrupted_move_that_is_refused_is_given_back_whichever_of_its_groups_is_named() {
    for named in [REQUESTER, BUYER] {
        let world = halfway();
        refuse(&world);
        world.rosterd(alone(named)).exits(4).says("the place in requester was given back");
        assert_eq!(world.members(REQUESTER), ["ann", "bob"], "{named}");
        world.forget_requests();
        for again in [REQUESTER, BUYER] {
            world.rosterd(alone(again)).exits(3).says("is not tried again until the roster changes");
        }
        assert_eq!(world.writes(), []);
    }
}

#[test]
fn a_place_that_could_not_be_given_back_is_given_back_by_a_run_of_either_group() {
    for named in [REQUESTER, BUYER] {
        let world = promotion();
        world.fail("emporix", Fault::new(Effect::status(422)).method("PUT").always());
        world.rosterd(["apply", "--yes"]).exits(4).says("could not be given back");
        assert_eq!(world.members(REQUESTER), ["bob"]);
        world.heal();
        world.forget_requests();
        world.rosterd(alone(named)).exits(3);
        assert_eq!(world.writes(), ["PUT emporix/requester +ann -> 201"], "{named}");
    }
}

#[test]
fn a_move_is_open_as_long_as_nobody_can_see_whether_it_was_made() {
    let world = halfway();
    hide(&world, BUYER);
    for apply in [&["apply", "--yes"][..], &alone(REQUESTER)] {
        let run = world.rosterd([apply, &["--format", "json"]].concat()).exits(3);
        let problem = run.group(REQUESTER)["problems"][0].clone();
        assert_eq!(problem["code"], "move-open", "{apply:?}");
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(detail.starts_with("the move of ann from here to buyer is open since "), "{detail}");
    }
    world.rosterd(["plan", "--exit-code", "--group", BUYER]).exits(3).says("ann may be in neither");
    assert_eq!(world.writes(), [], "it may have been made: nothing is given back");

    world.heal();
    world.rosterd(alone(REQUESTER)).success();
    assert_eq!(world.writes(), ["PUT emporix/buyer +ann -> 201"]);
    world.rosterd(["apply", "--yes"]).success().says("Nothing to do");
}

#[test]
fn an_open_move_to_a_group_that_the_roster_gave_up_is_forgotten() {
    let world = halfway();
    let groups = std::fs::read_to_string(world.path("roster/groups.toml")).expect("it was written");
    let (_, requester) = groups.split_once("[groups.emporix.requester]").expect("it is there");
    let requester = requester.split("[groups").next().unwrap_or_default();
    world.write("roster/groups.toml", &format!("[groups.emporix.requester]{requester}"));
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.writes(), [], "the roster wants ann nowhere");
}

#[test]
fn a_refused_move_is_remembered_while_the_old_place_cannot_be_read() {
    let world = promotion();
    refuse(&world);
    world.rosterd(["apply", "--yes"]).exits(4);
    hide(&world, REQUESTER);
    world.rosterd(["apply", "--yes"]).exits(3);
    world.heal();
    world.forget_requests();
    world.rosterd(["apply", "--yes"]).exits(3).says("is not tried again until the roster changes");
    assert_eq!(world.writes(), []);
}
