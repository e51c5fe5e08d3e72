//! Groups that are far smaller than they were, though rosterd did not make them so.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::sketch::any_world;
use super::world::{World, codes, group_id, held_lines, users};
use crate::core::guard::{Adopt, Judged, OnTrip, Rule};
use crate::core::model::UserId;
use crate::core::plan::{Action, Change, GroupPlan};
use crate::core::shrunken::{Aftermath, Believed, DOUBT_LASTS, LEAST_GONE, is_far_fewer, is_over, judge};

fn believed(members: &[&str]) -> Believed {
    Believed { at: Timestamp::UNIX_EPOCH, members: users(members) }
}

/// `u-a` is wanted; `u-x` is not, and was there before.
fn world(live: &[&str], before: &[&str]) -> World {
    let mut world = World::new()
        .people(&["a", "b"])
        .group("g", &["a", "b"])
        .live("g", live)
        .applied("g", "2026-11-20", &["u-a", "u-b"], &["u-x"])
        .unguarded();
    world.remembered.believed.insert(group_id("g-g"), believed(before));
    world
}

#[test]
fn less_than_half_with_three_gone_or_nobody_at_all_is_far_fewer() {
    for (before, now, far) in [
        (0, 0, false),
        (0, 5, false),
        (1, 0, true),
        (2, 1, false),
        (3, 1, false),
        (4, 1, true),
        (4, 2, false),
        (6, 3, false),
        (6, 2, true),
        (1000, 500, false),
        (1000, 499, true),
        (usize::MAX, usize::MAX, false),
        (usize::MAX, 0, true),
    ] {
        assert_eq!(is_far_fewer(before, now), far, "{now} of {before}");
    }
}

#[test]
fn removals_are_held_with_the_numbers_and_additions_are_not() {
    let judged = world(&["u-a", "u-x"], &["u-a", "u-b", "u-x", "u-1", "u-2"]).judge(&[]);
    assert_eq!(held_lines(&judged), ["Shrunken in g: 3 of 5, limit 50 %"]);
    assert_eq!(codes(&judged.plan.groups[0]), ["shrunken"]);
    let sent: Vec<_> = judged.plan.groups[0].changes.iter().map(|change| change.action).collect();
    assert_eq!(sent, [Action::Add]);
    assert!(judged.digest.is_some(), "a person may approve it");
}

#[test]
fn hold_all_holds_the_additions_too() {
    let held = world(&["u-a", "u-x"], &["u-a", "u-b", "u-x", "u-1", "u-2"])
        .limits(|limits| limits.on_trip.value = OnTrip::HoldAll);
    assert_eq!(held.judge(&[]).plan.groups[0].changes, []);
}

#[test]
fn who_is_missing_is_not_gone_until_somebody_approves() {
    let missing = ["u-1", "u-2", "u-3", "u-x"];
    let mut world = world(&["u-a", "u-9"], &["u-a", "u-b", "u-1", "u-2", "u-3", "u-4", "u-5", "u-x"]);
    world.remembered.groups.get_mut("g-g").unwrap().first = users(&missing);
    let digest = world.apply(&[]).digest.unwrap();
    assert_eq!(world.remembered.groups["g-g"].first, users(&missing));
    world.apply(&[digest]);
    assert!(world.remembered.groups["g-g"].first.is_empty());
}

#[test]
fn the_first_apply_adopts_who_is_missing_from_its_read() {
    let mut world = world(&["u-a"], &["u-a", "u-b", "u-1", "u-2", "u-x"]);
    world.remembered.groups.clear();
    world.apply(&[]);
    assert_eq!(world.remembered.groups["g-g"].first, users(&["u-1", "u-2", "u-x"]), "and not whom it adds");
}

fn removals(plan: &GroupPlan) -> impl Iterator<Item = &Change> {
    plan.changes.iter().filter(|change| change.action == Action::Remove)
}

fn additions(judged: &Judged) -> Vec<Vec<&Change>> {
    let of = |plan: &'_ GroupPlan| plan.changes.iter().filter(|it| it.action == Action::Add).count();
    let groups = judged.plan.groups.iter().filter(|plan| of(plan) > 0);
    groups.map(|plan| plan.changes.iter().filter(|it| it.action == Action::Add).collect()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_removed_on_the_word_of_a_far_smaller_list(world in any_world()) {
        let judged = world.judge(&[]);
        for plan in &judged.plan.groups {
            let Some(live) = world.live.groups.get(&plan.group).filter(|_| plan.unreadable.is_none()) else { continue };
            let before = world.remembered.believed.get(&live.id).map_or(0, |it| it.members.len());
            let far = is_far_fewer(before, live.members.len());
            prop_assert_eq!(plan.shrunken.is_some(), far);
            prop_assert_eq!(codes(plan).iter().any(|code| ["shrunken", "empty-live"].contains(code)), far);
            prop_assert!(!far || removals(plan).next().is_none(), "{:?}", plan.changes);
        }
    }

    #[test]
    fn additions_are_the_same_as_if_nothing_was_missing(world in any_world()) {
        let world = world.limits(|limits| limits.on_trip.value = OnTrip::HoldRemovals);
        let mut trusting = world.clone();
        trusting.remembered.believed.clear();
        let (doubting, trusting) = (world.judge(&[]), trusting.judge(&[]));
        prop_assert_eq!(additions(&doubting), additions(&trusting));
    }

    #[test]
    fn who_was_there_before_is_not_forgotten_by_a_far_smaller_list(world in any_world()) {
        let mut world = world.limits(|limits| limits.adopt.value = Adopt::Hold);
        let before = world.remembered.clone();
        let judged = world.apply(&[]);
        for plan in judged.plan.groups.iter().filter(|plan| plan.shrunken.is_some()) {
            let (id, shrunken) = (plan.id.as_ref().unwrap(), plan.shrunken.as_ref().unwrap());
            let Some(record) = before.groups.get(id) else { continue };
            let changes = plan.changes.iter().chain(plan.withheld.iter().map(|it| &it.change));
            let added: BTreeSet<&UserId> =
                changes.filter(|it| it.action == Action::Add).filter_map(|it| it.id.as_ref()).collect();
            let first = &world.remembered.groups[id].first;
            for missing in record.first.intersection(&shrunken.missing) {
                prop_assert!(added.contains(missing) || first.contains(missing), "{missing} was forgotten");
            }
        }
    }

    #[test]
    fn no_plan_and_no_apply_that_leaves_work_makes_a_lie_true(
        before in 0..30_usize, now in 0..30_usize,
        in_line in any::<bool>(), hours in 0..48_i64,
    ) {
        let member = |number: usize| super::world::user(&format!("u-{number}"));
        let all = Believed { at: Timestamp::UNIX_EPOCH, members: (0..before).map(member).collect() };
        let live: BTreeSet<UserId> = (0..now).map(member).collect();
        let Some(shrunken) = judge(&all, &live) else {
            prop_assert!(now > 0 || before == 0);
            prop_assert!(now * 2 >= before || before - now < LEAST_GONE);
            return Ok(());
        };
        prop_assert_eq!(shrunken.missing.len(), before - now);
        let at = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours);
        let over = is_over(&shrunken, Aftermath { approved: false, in_line }, at);
        let a_day = SignedDuration::from_hours(hours) >= DOUBT_LASTS;
        prop_assert_eq!(over, in_line && a_day);
        let approved = Aftermath { approved: true, in_line };
        prop_assert!(is_over(&shrunken, approved, at));
    }
}

#[test]
fn it_is_a_rule_that_an_approval_covers() {
    assert!(Rule::Shrunken.is_approvable());
    assert!(!Rule::Fight.is_approvable(), "a person resumes a fight");
}
