//! A move that is killed when the old place is free: it is given back while anything keeps the move from being completed.

use super::crashes::{BUYER, REQUESTER, kill_at};
use super::{customer, promotion, refuse};
use crate::support::{Group, World};

/// Kills the apply of a promotion when ann has left the requesters and is about to become a buyer.
fn interrupt(world: &World) {
    let buyer = world.group_id(BUYER);
    kill_at(world, move |seen| seen.write && seen.path.contains(&buyer));
    world.heal();
    assert_eq!(world.members(REQUESTER), ["bob"]);
    world.forget_requests();
}

/// Ann is where she was, and nothing more is sent.
#[track_caller]
fn ann_has_it_back(world: &World) {
    assert_eq!(world.writes(), ["PUT emporix/requester +ann -> 201"]);
    world.rosterd(["apply", "--yes"]).exits(3);
    assert_eq!(world.writes().len(), 1, "{}", world.writes());
    assert_eq!(world.members(REQUESTER), ["ann", "bob"]);
}

#[test]
fn a_hold_of_something_else_keeps_nobody_out_of_both() {
    let world = promotion().guard("on_trip", "\"hold-all\"").guard("max_removals", "1");
    world.add_group(Group::at("emporix/readers").for_customers().live(["cem"]).wanted(["cem"]));
    interrupt(&world);
    world.live("emporix/readers").add("bob");
    world.rosterd(["plan"]).success().says("given back: the move to buyer was not completed");
    world.rosterd(["apply", "--yes"]).exits(3);
    ann_has_it_back(&world);
    let plan = world.rosterd(["plan"]).success();
    world.rosterd(["apply", "--yes", "--approve", &plan.digest()]).success();
    assert_eq!(
        (world.members(REQUESTER), world.members(BUYER)),
        (vec!["bob".into()], vec!["ann".into(), "cem".into()])
    );
}

#[test]
fn a_new_group_that_was_filled_meanwhile_keeps_nobody_out_of_both() {
    let world = promotion().person(customer("dan", 903));
    world.wanted(BUYER).with("max_members = 2").with("membership = \"include\"");
    interrupt(&world);
    world.live(BUYER).add("dan");
    world.rosterd(["apply", "--yes"]).exits(3);
    ann_has_it_back(&world);
    world.live(BUYER).remove("dan");
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members(BUYER), ["ann", "cem"]);
}

#[test]
fn what_a_move_owes_is_known_without_the_state_too() {
    let world = promotion();
    interrupt(&world);
    std::fs::remove_dir_all(world.path("state/sled")).unwrap();
    refuse(&world);
    world.rosterd(["apply", "--yes"]).exits(4).says("the place in requester was given back");
    assert_eq!(world.members(REQUESTER), ["ann", "bob"]);
    world.forget_requests();
    world.rosterd(["apply", "--yes"]).exits(3);
    assert_eq!(world.writes(), [], "it is known by now that it was refused");
}

#[test]
fn a_place_that_cannot_be_given_back_is_told_of() {
    let world = promotion();
    interrupt(&world);
    world.rosterd(["suspend", "emporix", "--for", "1h", "--reason", "to look at it"]).success();
    let said = "cannot be given back now: the provider is suspended";
    world.rosterd(["plan"]).success().says(said);
    world.rosterd(["apply", "--yes"]).exits(3).says(said);
    assert_eq!(world.writes(), []);
}
