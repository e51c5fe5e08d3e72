//! What the guard holds back, and in which words it says so.

use super::world::{World, date, group_id, held_lines, judge, judged_lines, lines, users};
use crate::core::guard::{Adopt, Judged, Mode, OnTrip, Rule};
use crate::core::plan::Action;
use crate::core::roster::GroupBinding;

const NONE: [&str; 0] = [];

/// A group that was applied, in which nobody is wanted but the first of `members`; the others are drift.
fn drifted(members: &[&str]) -> World {
    World::new().group("g", &[&format!("id:{}", members[0])]).live("g", members).applied(
        "g",
        "2026-11-20",
        &[members[0]],
        &[],
    )
}

fn ids(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("u-{number:03}")).collect()
}

fn drifted_by(count: usize) -> World {
    let ids = ids(count);
    drifted(&ids.iter().map(String::as_str).collect::<Vec<_>>())
}

fn sent(judged: &Judged) -> Vec<String> {
    let sign = |action| if action == Action::Add { '+' } else { '-' };
    let groups = judged.approved.groups().iter();
    let changes = groups.flat_map(|group| group.changes.iter().map(move |change| (group, change)));
    changes
        .map(|(group, it)| format!("{} {}{}", group.group.handle, sign(it.change.action), it.user))
        .collect()
}

#[test]
fn a_quiet_plan_is_sent_whole() {
    let judged = drifted_by(10).judge(&[]);
    assert_eq!(held_lines(&drifted_by(3).judge(&[])), ["MaxRemovalPercent in g: 2 of 3, limit 30 %"]);
    assert_eq!(held_lines(&judged), ["MaxRemovalPercent in g: 9 of 10, limit 30 %"]);
    let calm = drifted(&["u-1", "u-2", "u-3", "u-4"]).with("g", |group| {
        group.members.extend(super::world::references(&["id:u-2", "id:u-3", "id:u-5"]));
    });
    let judged = calm.judge(&[]);
    assert_eq!(held_lines(&judged), NONE);
    assert_eq!(sent(&judged), ["g +u-5", "g -u-4"]);
    assert_eq!((judged.digest, judged.approval), (None, None));
}

#[test]
fn percent_holds_from_above_the_limit() {
    let of_ten = |unwanted: usize| {
        let ids = ids(10);
        let wanted: Vec<String> = ids[unwanted..].iter().map(|id| format!("id:{id}")).collect();
        World::new()
            .group("g", &wanted.iter().map(String::as_str).collect::<Vec<_>>())
            .live("g", &ids.iter().map(String::as_str).collect::<Vec<_>>())
            .applied("g", "2026-11-20", &[], &[])
    };
    assert_eq!(held_lines(&of_ten(3).judge(&[])), NONE, "30 % is within 30 %");
    assert_eq!(held_lines(&of_ten(4).judge(&[])), ["MaxRemovalPercent in g: 4 of 10, limit 30 %"]);
    let off = of_ten(9).limits(|limits| limits.max_removal_percent.value = None);
    assert_eq!(held_lines(&off.judge(&[])), NONE);
}

#[test]
fn one_removal_is_always_within_the_percentage_one_a_day() {
    let world = drifted(&["u-1", "u-2"]);
    assert_eq!(sent(&world.judge(&[])), ["g -u-2"]);
    let mut again = world;
    again.remembered.recent.removals.insert(group_id("g-g"), 1);
    assert_eq!(
        held_lines(&again.judge(&[])),
        ["MaxRemovalPercent in g: 1 now and 1 in the last 24 hours, of 3, limit 30 %"]
    );
    again.remembered.recent.removals.clear();
    again.remembered.recent.removals.insert(group_id("g-other"), 9);
    assert_eq!(held_lines(&again.judge(&[])), NONE, "another group's removals are another group's");
}

#[test]
fn the_words_of_a_hold_are_bare_numbers() {
    let judged = drifted_by(4).judge(&[]);
    let [held] = judged.held.as_slice() else { panic!("{:?}", judged.held) };
    assert_eq!((held.found.as_deref(), held.limit.as_deref()), (Some("3 of 4"), Some("30 %")));
    assert_eq!(held.set_at.as_deref(), Some("default"));
}

#[test]
fn removals_of_a_provider_are_counted_over_all_its_groups() {
    let mut world = World::new().limits(|limits| limits.max_removal_percent.value = None);
    for group in 0..4 {
        let ids: Vec<String> = (0..9).map(|number| format!("u-{group}-{number}")).collect();
        let handle = format!("g{group}");
        world = world
            .group(&handle, &[&format!("id:{}", ids[0]), "id:u-new"])
            .live(&handle, &ids.iter().map(String::as_str).collect::<Vec<_>>())
            .applied(&handle, "2026-11-20", &[], &[]);
    }
    let judged = world.judge(&[]);
    assert_eq!(held_lines(&judged), ["MaxRemovals: 32, limit 25"]);
    assert_eq!(sent(&judged), ["g0 +u-new", "g1 +u-new", "g2 +u-new", "g3 +u-new"], "additions go on");
    world.limits.max_removals.value = Some(32);
    assert_eq!(held_lines(&world.judge(&[])), NONE);
    world.remembered.recent.removals.insert(group_id("g-elsewhere"), 1);
    assert_eq!(held_lines(&world.judge(&[])), ["MaxRemovals: 32 now and 1 in the last 24 hours, limit 32"]);
    world.limits.max_removals.value = None;
    assert_eq!(held_lines(&world.judge(&[])), NONE);
}

#[test]
fn what_one_rule_holds_counts_for_none_after_it() {
    // Nine from before and one drift: adoption holds the nine, and one removal is within the percentage.
    let ids = ids(9);
    let first: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut all = first.clone();
    all.extend(["u-drift", "u-own"]);
    let world =
        World::new().group("g", &["id:u-own"]).live("g", &all).applied("g", "2026-11-20", &["u-own"], &first);
    let judged = world.judge(&[]);
    assert_eq!(held_lines(&judged), ["Adopt in g: 9"]);
    assert_eq!(sent(&judged), ["g -u-drift"]);
}

#[test]
fn adoption_holds_what_was_there_before_unless_it_is_enforced() {
    let world = World::new().group("g", &["id:u-1"]).live("g", &["u-8", "u-9"]);
    let judged = world.judge(&[]);
    assert_eq!(held_lines(&judged), ["Adopt in g: 2"]);
    assert_eq!(judged_lines(&judged), ["+ u-1 first", "(- u-8 first: held)", "(- u-9 first: held)"]);
    let enforced = world.clone().limits(|limits| {
        limits.adopt.value = Adopt::Enforce;
        limits.max_removal_percent.value = None;
    });
    assert_eq!(held_lines(&enforced.judge(&[])), NONE);
}

#[test]
fn a_damaged_state_holds_what_was_there_whatever_adopt_says_and_says_so() {
    let mut world = World::new().group("g", &["id:u-1"]).live("g", &["u-8", "u-9"]);
    world.remembered.damaged = true;
    let judged = world.judge(&[]);
    assert_eq!(held_lines(&judged), ["Adopt in g: 2, the state was damaged"]);
    assert_eq!(judged.held[0].set_at.as_deref(), Some("default"));
    world.limits.adopt.value = Adopt::Enforce;
    let judged = world.judge(&[]);
    assert_eq!(held_lines(&judged), ["Adopt in g: 2, the state was damaged"]);
    assert_eq!(judged.held[0].set_at, None, "it is no setting that holds");
    // The group remembers it after the damage is settled.
    world.apply(&[]);
    world.remembered.damaged = false;
    assert_eq!(held_lines(&world.judge(&[])), ["Adopt in g: 2, the state was damaged"]);
}

#[test]
fn the_last_member_stays_without_leave() {
    let world = World::new().group("g", &[]).live("g", &["u-9"]).applied("g", "2026-11-20", &["u-9"], &[]);
    let judged = world.judge(&[]);
    assert_eq!(held_lines(&judged), ["LastMember in g: 1 of 1"]);
    assert_eq!(sent(&judged), NONE);
    assert_eq!(sent(&world.clone().allow_empty("g").judge(&[])), ["g -u-9"]);
    let replaced = world.with("g", |group| group.members = super::world::references(&["id:u-8"]));
    assert_eq!(
        sent(&replaced.judge(&[])),
        ["g +u-8", "g -u-9"],
        "an addition keeps the group from being empty"
    );
}

#[test]
fn leavers_may_not_empty_a_group_either() {
    let world = World::new()
        .people(&["alice", "bob"])
        .until("alice", "2026-11-20")
        .until("bob", "2026-11-20")
        .group("g", &["alice", "bob"])
        .live("g", &["u-alice", "u-bob"])
        .applied("g", "2026-11-20", &["u-alice", "u-bob"], &[]);
    assert_eq!(held_lines(&world.judge(&[])), ["LastMember in g: 2 of 2"]);
}

#[test]
fn an_addition_that_waits_keeps_nobody_company() {
    let mut world = World::new()
        .group("g", &["id:u-8"])
        .with("g", |group| group.binding = GroupBinding::Name("G".into()))
        .live("g", &["u-9"])
        .applied("g", "2026-11-20", &["u-9"], &[]);
    world.remembered.names.insert("G".into(), group_id("g-old"));
    assert_eq!(held_lines(&world.judge(&[])), ["NameMoved in g: was g-old, is now g-g"]);
}

#[test]
fn a_name_that_moved_holds_additions_too() {
    let mut world = drifted(&["u-1", "u-2", "u-3"])
        .with("g", |group| {
            group.binding = GroupBinding::Name("G".into());
            group.members.extend(super::world::references(&["id:u-7"]));
        })
        .group("h", &["id:u-7"])
        .allow_empty("h");
    world.remembered.names.insert("G".into(), group_id("g-old"));
    let judged = world.judge(&[]);
    assert_eq!(sent(&judged), ["h +u-7"], "another group goes on");
    assert_eq!(
        judged_lines(&judged)[..3],
        ["(+ u-7 roster: held)", "(- u-2 drift: held)", "(- u-3 drift: held)"]
    );
    let approved = world.judge(&[judged.digest.unwrap()]);
    assert_eq!(sent(&approved), ["g +u-7", "g -u-2", "g -u-3", "h +u-7"]);
}

#[test]
fn a_protected_person_is_held_by_name_by_raw_id_and_by_the_id_last_known() {
    use crate::core::model::Found;
    let here = |world: World, id: &str| {
        let world =
            world.people(&["alice"]).protect(&["glass"]).group("g", &["alice"]).live("g", &["u-alice", id]);
        world.applied("g", "2026-11-20", &["u-alice"], &[])
    };
    let by_id = here(World::new().people(&["glass"]), "u-glass");
    let found = here(World::new().sought("glass", Found::One(super::world::user("u-7"))), "u-7");
    let last = here(World::new().sought("glass", Found::None).known("glass", "u-7"), "u-7");
    let left = here(World::new().people(&["glass"]).until("glass", "2020-01-01"), "u-glass");
    for world in [by_id, found, last, left] {
        let judged = world.judge(&[]);
        assert_eq!(held_lines(&judged), ["Protected in g: 1"]);
        assert_eq!((sent(&judged).len(), judged.digest), (0, None), "nobody can approve it");
    }
}

#[test]
fn hold_all_stops_the_provider_that_tripped_and_no_other() {
    let tripped = drifted_by(4)
        .group("h", &["id:u-7"])
        .applied("h", "2026-11-20", &[], &[])
        .limits(|limits| limits.on_trip.value = OnTrip::HoldAll);
    let mut calm =
        World::new().group("k", &["id:u-8"]).limits(|limits| limits.on_trip.value = OnTrip::HoldAll);
    calm.provider = "q".into();
    calm.roster.groups = [("q".into(), calm.roster.groups.remove("p").unwrap())].into();
    let judged = judge(&[&tripped, &calm], &[]);
    assert_eq!((sent(&judged[0]), sent(&judged[1])), (vec![], vec!["k +u-8".to_owned()]));
    let approved = tripped.judge(&[judged[0].digest.clone().unwrap()]);
    assert_eq!(sent(&approved).len(), 4, "an approval covers what was held along with the rest");
}

#[test]
fn a_protected_person_trips_nothing() {
    let world = World::new()
        .people(&["alice", "glass"])
        .protect(&["glass"])
        .group("g", &["alice"])
        .live("g", &["u-glass"])
        .applied("g", "2026-11-20", &[], &[])
        .limits(|limits| limits.on_trip.value = OnTrip::HoldAll);
    assert_eq!(sent(&world.judge(&[])), ["g +u-alice"]);
}

#[test]
fn an_observed_provider_is_told_of_and_left_alone() {
    let mut world = drifted_by(4);
    world.mode = Mode::Observe;
    let judged = world.judge(&[]);
    assert_eq!((sent(&judged).len(), held_lines(&judged).len(), &judged.digest), (0, 0, &None));
    assert_eq!(lines(&judged.plan.groups[0])[0], "(- u-001 drift: observe)");
    assert_eq!(judged.plan.groups[0].withheld.len(), 3);
}

/// People who left, each with a group of their own beside somebody who stays.
fn leaving(provider: &str, people: &[&str]) -> World {
    let mut world = World { provider: provider.into(), ..World::new() }.people(&["stays"]);
    for person in people {
        let id = format!("u-{person}");
        world = world
            .people(&[person])
            .until(person, "2026-11-20")
            .group(person, &["stays", person])
            .live(person, &["u-stays", &id])
            .applied(person, "2026-11-20", &["u-stays", &id], &[]);
    }
    world
}

#[test]
fn leavers_are_counted_by_person_over_all_providers_of_the_run() {
    let limit = |world: World| world.limits(|limits| limits.max_leavers.value = Some(3));
    let here = limit(leaving("p", &["a", "b", "c"]));
    let there = limit(leaving("q", &["a", "b", "c"]));
    for judged in judge(&[&here, &there], &[]) {
        assert_eq!((held_lines(&judged).len(), sent(&judged).len()), (0, 3), "three people, twice each");
    }
    let there = limit(leaving("q", &["c", "d"]));
    let [here, there] = judge(&[&here, &there], &[]).try_into().unwrap();
    assert_eq!(held_lines(&here), ["MaxLeavers: 4, limit 3"]);
    assert_eq!(held_lines(&there), ["MaxLeavers: 4, limit 3"]);
    assert_eq!((sent(&here).len(), sent(&there).len()), (0, 0));
    assert_ne!(here.digest, there.digest);
}

#[test]
fn leavers_of_the_last_day_count_once_each() {
    let mut world = leaving("p", &["a", "b"]).limits(|limits| limits.max_leavers.value = Some(3));
    world.remembered.recent.leavers = ["b".into(), "c".into()].into();
    assert_eq!(held_lines(&world.judge(&[])), NONE, "b is on the way out already");
    world.remembered.recent.leavers.insert("d".into());
    assert_eq!(held_lines(&world.judge(&[])), ["MaxLeavers: 2 now and 2 in the last 24 hours, limit 3"]);
    world.limits.max_leavers.value = None;
    assert_eq!(held_lines(&world.judge(&[])), NONE);
}

#[test]
fn people_who_left_yesterday_hold_nobody_else_today() {
    let mut world = drifted(&["u-1", "u-2"]);
    world.remembered.recent.leavers = (0..99).map(|number| format!("l{number}").as_str().into()).collect();
    assert_eq!(sent(&world.judge(&[])), ["g -u-2"]);
}

#[test]
fn an_observed_provider_uses_up_nobodys_limit() {
    let limit = |world: World| world.limits(|limits| limits.max_leavers.value = Some(1));
    let mut observed = limit(leaving("p", &["a", "b"]));
    observed.mode = Mode::Observe;
    let judged = judge(&[&observed, &limit(leaving("q", &["c"]))], &[]);
    assert_eq!(sent(&judged[1]), ["c -u-c"]);
}

#[test]
fn leavers_count_toward_no_other_limit() {
    let world = World::new()
        .people(&["a", "b", "c", "stays"])
        .until("a", "2026-11-20")
        .until("b", "2026-11-20")
        .until("c", "2026-11-20")
        .group("g", &["a", "b", "c", "stays"])
        .live("g", &["u-a", "u-b", "u-c", "u-stays", "u-drift"])
        .applied("g", "2026-11-20", &["u-a", "u-b", "u-c", "u-stays"], &[])
        .limits(|limits| limits.max_removals.value = Some(1));
    let judged = world.judge(&[]);
    assert_eq!(sent(&judged), ["g -u-a", "g -u-b", "g -u-c", "g -u-drift"]);
    let more = world.live("g", &["u-a", "u-b", "u-c", "u-stays", "u-drift", "u-more"]);
    let judged = more.limits(|limits| limits.max_removal_percent.value = None).judge(&[]);
    assert_eq!(held_lines(&judged), ["MaxRemovals: 2, limit 1"]);
    assert_eq!(sent(&judged), ["g -u-a", "g -u-b", "g -u-c"], "a leaver is out at once all the same");
}

#[test]
fn a_leaver_from_before_is_held_like_all_who_were_there_before() {
    let world = leaving("p", &["a"]).applied("a", "2026-11-20", &["u-stays"], &["u-a"]);
    assert_eq!(held_lines(&world.judge(&[])), ["Adopt in a: 1"]);
}

#[test]
fn the_members_that_may_go_empty_are_told_to_the_sender() {
    let world = drifted(&["u-1", "u-2"]);
    assert!(!world.judge(&[]).approved.groups()[0].may_empty);
    assert!(world.clone().allow_empty("g").judge(&[]).approved.groups()[0].may_empty);
    let first = World::new().group("g", &["id:u-1"]).live("g", &["u-9"]);
    let digest = first.judge(&[]).digest.unwrap();
    assert!(first.judge(&[digest]).approved.groups()[0].may_empty, "an approval covers all who go");
    let mixed = World::new().group("g", &["id:u-1"]).live("g", &["u-8", "u-9"]).applied(
        "g",
        "2026-11-20",
        &[],
        &["u-9"],
    );
    let digest = mixed.judge(&[]).digest.unwrap();
    let judged = mixed.judge(&[digest]);
    assert_eq!(sent(&judged), ["g +u-1", "g -u-8", "g -u-9"]);
    assert!(!judged.approved.groups()[0].may_empty, "one of them goes without an approval");
}

#[test]
fn rules_are_known_to_scripts_by_name() {
    let world = drifted_by(4);
    assert_eq!(world.day, date("2026-11-21"));
    let rules: Vec<Rule> = world.judge(&[]).held.iter().map(|held| held.rule).collect();
    assert_eq!(rules, [Rule::MaxRemovalPercent]);
    assert_eq!(users(&["u-1"]).len(), 1);
}
