//! Places that an interrupted move freed, while something keeps the move from being completed.

use super::super::world::{World, group_id, user};
use super::memory::{gives_back, past, with};
use super::{moving, of, order, problems, wanted};
use crate::core::diff::LOCKED;
use crate::core::guard::{Judged, Mode, OnTrip};
use crate::core::model::{Found, Remark};

const NOTHING: [&str; 0] = [];

/// Ann's move was interrupted: she is in neither.
fn interrupted(world: World) -> World {
    with(world, "r1", past(None)).live("old", &["u-bob"])
}

/// A stranger among the new ones is one removal too many, and everything waits for it.
fn hold_all(world: World) -> World {
    let world = world.live("new", &["u-cem", "u-9"]);
    world.limits(|limits| {
        limits.on_trip.value = OnTrip::HoldAll;
        limits.max_removals.value = Some(0);
    })
}

fn is_open(judged: &Judged) -> bool {
    problems(judged, "old").iter().any(|it| it.starts_with("move-open"))
}

#[test]
fn it_is_given_back_whatever_else_is_held() {
    let world = hold_all(interrupted(moving()));
    let judged = world.judge(&[]);
    assert_eq!(order(&judged), ["add old +u-ann"]);
    assert_eq!(of(&judged, "old"), ["+ ann roster"]);
    assert_eq!(of(&judged, "new"), ["(+ ann roster: held)", "(- u-9 drift: held)"]);
    assert!(judged.plan.past_moves.is_empty() && !is_open(&judged));
    let because = &judged.plan.groups[1].changes[0].because[0];
    assert_eq!(because.reason.as_deref(), Some("given back: the move to new was not completed"));

    let approved = world.judge(&[judged.digest.unwrap()]);
    assert_eq!(order(&approved), ["take new +u-ann", "remove new -u-9"]);
    assert_eq!(gives_back(&approved), ["old +u-ann"]);

    let given_back = world.live("old", &["u-ann", "u-bob"]).judge(&[]);
    assert_eq!(order(&given_back), NOTHING);
    assert_eq!(given_back.plan.past_moves.len(), 1, "nothing is owed any more");
}

#[test]
fn it_is_given_back_where_the_new_group_is_full() {
    let world = interrupted(moving().max_members("new", 1));
    let judged = world.judge(&[]);
    assert_eq!(order(&judged), ["add old +u-ann"]);
    assert_eq!(of(&judged, "new"), ["(+ ann roster: held)"]);
    assert_eq!(
        order(&world.live("old", &["u-ann", "u-bob"]).judge(&[])),
        NOTHING,
        "she stays until there is room"
    );
}

#[test]
fn it_is_given_back_where_the_new_group_does_not_take_the_person() {
    let mut world = interrupted(moving());
    let remark = Remark { code: LOCKED, user: Some(user("u-ann")), detail: "ann is locked".to_owned() };
    world.live.groups.get_mut("new").unwrap().remarks.push(remark);
    let judged = world.judge(&[]);
    assert_eq!(order(&judged), ["add old +u-ann"]);
    assert_eq!(of(&judged, "new"), ["(+ ann roster: held)"]);
}

#[test]
fn whoever_cannot_be_found_any_more_gets_it_back_by_the_id_last_known() {
    let world = |found| interrupted(moving()).sought("ann", found).known("ann", "u-ann");
    let judged = world(Found::None).judge(&[]);
    assert_eq!(order(&judged), ["add old +u-ann"]);
    let judged = world(Found::One(user("u-new"))).judge(&[]);
    assert_eq!((order(&judged), is_open(&judged)), (Vec::new(), true), "a person looks first");
}

#[test]
fn nobody_is_nobodys_place() {
    let mut world = interrupted(moving());
    world.live.users_known = Some([user("u-bob"), user("u-cem")].into());
    let judged = world.judge(&[]);
    assert_eq!(order(&judged), NOTHING);
    assert_eq!(
        problems(&judged, "old"),
        [
            "move-open: the place of ann here was freed for a move to new on 2026-11-20 10:00 (UTC) that was not \
          completed, and cannot be given back now: u-ann is nobody at p"
        ]
    );
}

#[test]
fn what_a_refused_move_is_owed_waits_for_no_hold_either() {
    let world = hold_all(with(moving(), "r1", past(Some("no such role")))).live("old", &["u-bob"]);
    assert_eq!(order(&world.judge(&[])), ["add old +u-ann"]);
}

#[test]
fn whoever_was_put_elsewhere_meanwhile_gets_nothing_back_beside_it() {
    let world = moving().group("third", &["bob"]).exclusive("role", &["third"]);
    let judged = hold_all(interrupted(world)).live("third", &["u-ann", "u-bob"]).judge(&[]);
    assert_eq!((order(&judged), is_open(&judged)), (Vec::new(), false));
}

#[test]
fn nothing_is_given_back_beside_a_place_that_was_not_seen() {
    let world = moving().group("third", &["bob"]).exclusive("role", &["third"]);
    let mut world = interrupted(world);
    world.live.unread.insert("third".into(), "the total moved".into());
    let judged = world.judge(&[]);
    assert_eq!((order(&judged), is_open(&judged)), (Vec::new(), true));
    assert!(
        problems(&judged, "old")
            .concat()
            .contains("cannot be given back now: third was not read in this run")
    );
}

#[test]
fn whoever_is_to_go_elsewhere_by_now_gets_it_back_all_the_same() {
    let world = moving().people(&["dan"]).group("third", &["ann", "dan"]).exclusive("role", &["third"]);
    let world = world.live("third", &["u-dan"]);
    let world = wanted(interrupted(world), "new", &["cem"]);
    let judged = world.judge(&[]);
    assert_eq!(order(&judged), ["take third +u-ann"]);
    assert_eq!(gives_back(&judged), ["old +u-ann"]);
    assert_eq!(order(&hold_all(world).judge(&[])), ["add old +u-ann"]);
}

#[test]
fn of_two_places_the_one_that_was_freed_already_is_owed() {
    let third = group_id("g-third");
    let world =
        moving().group("third", &["bob"]).separate(&["p/third", "p/new"]).live("third", &["u-ann", "u-bob"]);
    let world = world.applied("third", "2026-11-20", &["u-ann", "u-bob"], &[]);
    let mut move_out_of_two = past(None);
    move_out_of_two.from.push((third, user("u-ann")));
    let world = with(world, "r1", move_out_of_two).live("old", &["u-bob"]);
    let judged = world.judge(&[]);
    assert_eq!(gives_back(&judged), ["old +u-ann", "third +u-ann"]);
    assert_eq!(order(&hold_all(world).judge(&[])), ["add old +u-ann"]);
}

#[test]
fn a_place_that_nothing_is_sent_for_is_said_to_be_owed() {
    for (mode, why) in [(Mode::Suspended, "the provider is suspended"), (Mode::Observe, "(observe)")] {
        let mut world = interrupted(moving());
        world.mode = mode;
        let judged = world.judge(&[]);
        assert_eq!(order(&judged), NOTHING);
        assert!(is_open(&judged) && problems(&judged, "old").concat().ends_with(why), "{mode:?}");
    }
}
