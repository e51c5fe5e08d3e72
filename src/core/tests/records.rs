//! What an apply leaves for the next: who is owned, and who was there before.

use super::world::{World, date, user, users};
use crate::core::guard::Adopt;
use crate::core::model::Found;

fn record(world: &World) -> &crate::core::remembered::GroupRecord {
    &world.remembered.groups["g-g"]
}

/// First contact: alice is wanted and in place, bob is wanted and missing, three are from before.
fn met() -> World {
    World::new()
        .people(&["alice", "bob", "carol"])
        .until("carol", "2026-01-01")
        .group("g", &["alice", "bob"])
        .live("g", &["u-alice", "u-carol", "u-8", "u-9"])
}

#[test]
fn a_plan_adopts_nothing() {
    let world = met();
    world.judge(&[]);
    assert!(world.remembered.groups.is_empty());
}

#[test]
fn the_first_apply_owns_the_wanted_and_adopts_the_rest_leavers_too() {
    let mut world = met();
    world.apply(&[]);
    assert_eq!(record(&world).owned, users(&["u-alice", "u-bob"]));
    assert_eq!(record(&world).first, users(&["u-8", "u-9", "u-carol"]));
    assert_eq!(record(&world).day, date("2026-11-21"));
}

#[test]
fn who_comes_later_is_not_from_before() {
    let mut world = met();
    world.apply(&[]);
    world = world.live("g", &["u-alice", "u-bob", "u-carol", "u-8", "u-9", "u-new"]);
    assert!(world.lines("g").contains(&"- u-new drift".to_owned()));
    world.apply(&[]);
    assert_eq!(record(&world).first, users(&["u-8", "u-9", "u-carol"]));
    assert!(!world.members("g").contains(&"u-new"));
}

#[test]
fn who_is_gone_is_from_before_no_longer() {
    let mut world = met();
    world.apply(&[]);
    world = world.live("g", &["u-alice", "u-bob", "u-9", "u-carol"]);
    world.apply(&[]);
    world = world.live("g", &["u-alice", "u-bob", "u-8", "u-9", "u-carol"]);
    assert!(world.lines("g").contains(&"- u-8 drift".to_owned()), "{:?}", world.lines("g"));
}

#[test]
fn who_became_wanted_is_owned_from_then_on() {
    let mut world = met();
    world.apply(&[]);
    let wants_more = super::world::references(&["alice", "bob", "id:u-8"]);
    world = world.with("g", |group| group.members = wants_more);
    world.apply(&[]);
    assert!(record(&world).owned.contains(&user("u-8")));
    world = world.with("g", |group| group.members.truncate(2));
    assert!(world.lines("g").contains(&"- u-8 roster".to_owned()), "{:?}", world.lines("g"));
}

#[test]
fn who_was_approved_is_from_before_no_longer_even_if_the_removal_failed() {
    let mut world = met();
    world.apply(&[]);
    let judged = world.judge(&[world.judge(&[]).digest.unwrap()]);
    assert!(judged.approval.is_some());
    world.record(&judged, false);
    assert!(record(&world).first.is_empty());
    assert_eq!(world.lines("g"), ["- u-8 drift", "- u-9 drift", "- carol leaver"]);
}

#[test]
fn who_was_enforced_away_is_gone() {
    let mut world = met().unguarded().limits(|limits| limits.adopt.value = Adopt::Enforce);
    world.apply(&[]);
    assert_eq!(world.members("g"), ["u-alice", "u-bob"]);
    assert!(record(&world).first.is_empty());
}

#[test]
fn who_may_be_somebody_unidentified_stays_from_before() {
    let mut world = met().sought("zoe", Found::None);
    world = world.with("g", |group| group.members.extend(super::world::references(&["zoe"])));
    world.apply(&[]);
    assert_eq!(record(&world).first, users(&["u-8", "u-9", "u-carol"]));
}

#[test]
fn a_failed_removal_keeps_its_cause() {
    let mut world = met().applied("g", "2026-11-20", &["u-alice", "u-bob", "u-8", "u-9"], &[]).unguarded();
    let judged = world.judge(&[]);
    world.record(&judged, false);
    let lines = world.lines("g");
    assert!(
        lines.contains(&"- u-8 roster".to_owned()) && lines.contains(&"+ bob drift".to_owned()),
        "{lines:?}"
    );
}

#[test]
fn an_include_group_remembers_whom_it_brought() {
    let mut world = World::new()
        .people(&["alice", "bob"])
        .group("g", &["alice"])
        .include("g")
        .live("g", &["u-alice", "u-bob", "u-9"])
        .applied("g", "2026-11-20", &["u-alice", "u-bob"], &["u-9"]);
    world.apply(&[]);
    world = world.with("g", |group| group.membership = crate::core::roster::Membership::Exact);
    assert_eq!(world.lines("g"), ["- u-9 first", "- bob roster"]);
}

#[test]
fn a_group_that_was_left_alone_is_remembered_as_it_was() {
    let mut world = met();
    world.apply(&[]);
    let before = record(&world).clone();
    world.live.unread.insert("g".into(), "the total moved".into());
    world.day = date("2026-11-25");
    world.apply(&[]);
    assert_eq!(*record(&world), before);
}
