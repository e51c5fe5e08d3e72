//! What an apply leaves for the next: who is owned, and who was there before.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::world::{World, date, user, users};
use crate::core::guard::Adopt;
use crate::core::model::Found;
use crate::core::record::ABSENCE_LASTS;

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
fn who_is_gone_for_a_day_is_from_before_no_longer() {
    let mut world = met();
    world.apply(&[]);
    world = world.live("g", &["u-alice", "u-bob", "u-9", "u-carol"]);
    world.apply(&[]);
    world.now += ABSENCE_LASTS;
    world.apply(&[]);
    assert!(record(&world).absent.is_empty());
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

#[test]
fn one_short_read_forgets_nobody_from_before() {
    let mut world = met();
    world.apply(&[]);
    let all = ["u-alice", "u-bob", "u-8", "u-9", "u-carol"];
    for _ in 0..3 {
        world = world.live("g", &["u-alice", "u-bob", "u-9"]);
        world.apply(&[]);
        world.now += SignedDuration::from_hours(23);
        world = world.live("g", &all);
        assert!(world.lines("g").contains(&"- u-8 first".to_owned()), "{:?}", world.lines("g"));
        world.apply(&[]);
        assert_eq!(world.members("g").len(), 5);
    }
}

/// Applies: so many hours after the last, with these of u-0 to u-3 in the read.
fn any_reads() -> impl Strategy<Value = Vec<(i64, BTreeSet<u8>)>> {
    let read = (0..30_i64, proptest::collection::btree_set(0..4_u8, 0..5));
    proptest::collection::vec(read, 0..9)
}

proptest! {
    #[test]
    fn who_was_there_before_is_forgotten_only_after_a_day_of_absence(reads in any_reads()) {
        let id = |number: u8| format!("u-{number}");
        let live = |world: World, members: &BTreeSet<u8>| {
            let members: Vec<String> = members.iter().map(|it| id(*it)).collect();
            let members = members.iter().map(String::as_str).chain(["u-alice"]);
            world.live("g", &members.collect::<Vec<_>>())
        };
        let mut world = World::new().people(&["alice"]).group("g", &["alice"]);
        world = live(world, &(0..4).collect());
        world.apply(&[]);
        // By member: since when each is absent, and whether for so long that it is gone.
        let mut since = [None; 4];
        let mut gone = [false; 4];
        for (hours, members) in &reads {
            world.now += SignedDuration::from_hours(*hours);
            world = live(world, members);
            world.apply(&[]);
            for number in 0..4_u8 {
                let at = usize::from(number);
                since[at] = if members.contains(&number) { None } else { since[at].or(Some(world.now)) };
                gone[at] |= since[at].is_some_and(|since| world.now.duration_since(since) >= ABSENCE_LASTS);
                let is_first = record(&world).first.contains(&user(&id(number)));
                prop_assert_eq!(is_first, !gone[at], "u-{} at {}", number, world.now);
            }
        }
    }
}
