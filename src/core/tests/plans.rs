//! What would change, group by group.

use super::world::{World, codes, group_id, lines, user, users};
use crate::core::model::{Found, LiveGroup, Remark};
use crate::core::roster::GroupBinding;

const NONE: [&str; 0] = [];

/// A world whose group was applied today, with everybody in place.
fn settled() -> World {
    World::new()
        .people(&["alice", "bob"])
        .group("g", &["alice", "bob"])
        .live("g", &["u-alice", "u-bob"])
        .applied("g", "2026-11-21", &["u-alice", "u-bob"], &[])
}

#[test]
fn what_stands_needs_nothing() {
    let plan = settled().group_plan("g");
    assert_eq!(lines(&plan), NONE);
    assert_eq!((plan.members_now, plan.standing), (2, users(&["u-alice", "u-bob"])));
}

#[test]
fn the_missing_are_added_and_the_unnamed_removed_additions_first() {
    let world = settled().live("g", &["u-bob", "u-9"]);
    assert_eq!(world.lines("g"), ["+ alice drift", "- u-9 drift"]);
}

#[test]
fn an_include_group_removes_nobody() {
    let world = settled().include("g").live("g", &["u-bob", "u-9"]);
    assert_eq!(world.lines("g"), ["+ alice drift"]);
}

#[test]
fn a_leaver_in_an_include_group_is_a_finding() {
    let world = settled().include("g").until("bob", "2026-11-20").live("g", &["u-alice", "u-bob"]);
    let plan = world.group_plan("g");
    assert_eq!(lines(&plan), NONE);
    assert_eq!(codes(&plan), ["leaver-live"]);
    assert!(plan.problems[0].detail.contains("bob (u-bob) left"), "{}", plan.problems[0].detail);
    let stranger = settled().include("g").live("g", &["u-alice", "u-bob", "u-9"]).group_plan("g");
    assert_eq!(codes(&stranger), NONE, "only leavers are worth a word");
    let present = settled().include("g").people(&["carol"]).live("g", &["u-alice", "u-bob", "u-carol"]);
    assert_eq!(codes(&present.group_plan("g")), NONE, "carol is welcome to be here");
}

#[test]
fn a_handle_that_is_gone_is_a_finding_in_an_include_group_too() {
    let world = settled().include("g").known("zoe", "u-zoe").live("g", &["u-alice", "u-bob", "u-zoe"]);
    assert_eq!(codes(&world.group_plan("g")), ["leaver-live"]);
}

#[test]
fn an_unread_group_is_left_alone() {
    let mut world = settled().live("g", &["u-9"]);
    world.live.groups.clear();
    world.live.unread.insert("g".into(), "page 2 moved".into());
    let plan = world.group_plan("g");
    assert_eq!(lines(&plan), NONE);
    assert_eq!(plan.unreadable.as_deref(), Some("page 2 moved"));
}

#[test]
fn a_group_that_was_read_and_is_also_said_to_be_unread_is_left_alone() {
    let mut world = settled().live("g", &["u-9"]);
    world.live.unread.insert("g".into(), "the total moved".into());
    let plan = world.group_plan("g");
    assert_eq!((lines(&plan).len(), plan.unreadable.as_deref()), (0, Some("the total moved")));
}

#[test]
fn a_group_of_which_nothing_was_said_is_left_alone() {
    let mut world = settled();
    world.live.groups.clear();
    let plan = world.group_plan("g");
    assert_eq!(lines(&plan), NONE);
    assert!(plan.unreadable.is_some());
}

#[test]
fn two_bindings_of_one_live_group_leave_it_alone() {
    let world = settled().group("h", &["bob"]);
    let mut world = world.group("other", &["bob"]);
    world.live.groups.get_mut("h").unwrap().id = group_id("g-g");
    for handle in ["g", "h"] {
        let plan = world.group_plan(handle);
        assert_eq!(lines(&plan), NONE);
        let reason = plan.unreadable.unwrap();
        assert!(reason.contains("g and h mean g-g"), "{reason}");
    }
    assert_eq!(world.lines("other"), ["+ bob first"], "others are not held up");
}

#[test]
fn a_group_that_the_roster_does_not_name_is_never_planned() {
    let mut world = settled();
    let stray =
        LiveGroup { id: group_id("g-x"), name: "x".into(), members: users(&["u-9"]), remarks: Vec::new() };
    world.live.groups.insert("x".into(), stray);
    let plan = world.plan();
    assert_eq!(plan.groups.iter().map(|group| group.group.as_str()).collect::<Vec<_>>(), ["g"]);
}

#[test]
fn a_remark_is_a_problem_when_it_concerns_somebody_who_is_here_or_should_be() {
    let remark = |user: Option<&str>| Remark {
        code: "inactive-user",
        user: user.map(super::world::user),
        detail: user.unwrap_or("the group").to_owned(),
    };
    let mut world = settled().live("g", &["u-bob", "u-9"]);
    let remarks = [Some("u-alice"), Some("u-9"), Some("u-stranger"), None].map(remark).to_vec();
    world.live.groups.get_mut("g").unwrap().remarks = remarks;
    let plan = world.group_plan("g");
    let about: Vec<_> = plan.problems.iter().map(|problem| problem.detail.as_str()).collect();
    assert_eq!(about, ["u-alice", "u-9", "the group"]);
}

#[test]
fn a_raw_id_of_somebody_who_left_is_no_way_back_in() {
    let left = || {
        World::new().group("g", &["id:u-bob", "id:u-9"]).live("g", &["u-bob", "u-9"]).applied(
            "g",
            "2026-11-10",
            &["u-bob", "u-9"],
            &[],
        )
    };
    let by_id = left().people(&["bob"]).until("bob", "2026-11-20");
    assert_eq!(by_id.lines("g"), ["- bob leaver"]);
    let found = left().sought("bob", Found::One(user("u-bob"))).until("bob", "2026-11-20");
    assert_eq!(found.lines("g"), ["- bob leaver"]);
    let lost = left().sought("bob", Found::None).until("bob", "2026-11-20").known("bob", "u-bob");
    assert_eq!(lost.lines("g"), ["- bob leaver"], "the id last known for bob is bob's still");
    let excepted = left().sought("bob", Found::None).known("bob", "u-bob").except("g", &["bob"]);
    assert_eq!(excepted.lines("g"), ["- bob roster"]);
    let neither = left().sought("bob", Found::None).known("bob", "u-bob");
    assert_eq!(neither.lines("g"), NONE, "the id was written, and nothing speaks against it");
}

#[test]
fn a_name_that_means_another_group_is_said_even_while_nothing_changes() {
    let mut world = settled().with("g", |group| group.binding = GroupBinding::Name("G".into()));
    world.remembered.names.insert("G".into(), group_id("g-old"));
    let plan = world.group_plan("g");
    assert_eq!(plan.moved_from, Some(group_id("g-old")));
    assert_eq!(codes(&plan), ["name-moved"]);
    world.remembered.names.insert("G".into(), group_id("g-g"));
    assert_eq!(world.group_plan("g").moved_from, None);
}

#[test]
fn a_scope_plans_no_other_group() {
    let world = settled().group("h", &["bob"]);
    let (identities, gone, target) = (world.identities(), world.gone(), world.target());
    let basis = crate::core::diff::Basis {
        roster: &world.roster,
        provider: &world.provider,
        target: &target,
        identities: &identities,
        remembered: &world.remembered,
        gone: &gone,
        protected: &world.limits.protected.value,
        day: world.day,
    };
    let plan = crate::core::diff::plan(basis, &world.live, &|group| group.as_str() == "h");
    assert_eq!(plan.groups.iter().map(|group| group.group.as_str()).collect::<Vec<_>>(), ["h"]);
}
