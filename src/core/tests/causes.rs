//! Why a change is necessary: the roster, drift, a date, a leaver, or first contact.

use super::world::{World, date, user};
use crate::core::model::Found;
use crate::core::plan::Cause;

const YESTERDAY: &str = "2026-11-20";

/// Applied yesterday with alice and bob in place.
fn applied(members: &[&str]) -> World {
    World::new()
        .people(&["alice", "bob", "dave"])
        .group("g", members)
        .live("g", &["u-alice", "u-bob"])
        .applied("g", YESTERDAY, &["u-alice", "u-bob"], &[])
}

/// What became of the because of the only change: its lines and dates.
fn because(world: &World) -> Vec<(u32, Option<String>, Option<String>)> {
    let plan = world.group_plan("g");
    let [change] = plan.changes.as_slice() else { panic!("{:?}", plan.changes) };
    let day = |day: jiff::civil::Date| day.to_string();
    change.because.iter().map(|it| (it.place.line, it.from.map(day), it.until.map(day))).collect()
}

#[test]
fn a_group_that_was_never_applied_has_first_alone() {
    let world = World::new()
        .people(&["alice", "bob"])
        .until("bob", "2026-01-01")
        .group("g", &["alice"])
        .live("g", &["u-bob", "u-9"]);
    assert_eq!(world.lines("g"), ["+ alice first", "- u-9 first", "- bob first"]);
}

#[test]
fn what_the_roster_changed_is_roster() {
    assert_eq!(applied(&["alice", "bob", "dave"]).lines("g"), ["+ dave roster"]);
    assert_eq!(applied(&["alice"]).lines("g"), ["- bob roster"]);
    assert_eq!(because(&applied(&["alice"])), [], "a line that is gone has no place");
}

#[test]
fn what_the_provider_changed_is_drift() {
    let world = applied(&["alice", "bob"]);
    assert_eq!(world.clone().live("g", &["u-alice"]).lines("g"), ["+ bob drift"]);
    assert_eq!(world.live("g", &["u-alice", "u-bob", "u-dave"]).lines("g"), ["- dave drift"]);
}

#[test]
fn a_from_that_passed_is_a_date() {
    let world = applied(&["alice", "bob", "dave 2026-11-21.."]);
    assert_eq!(world.lines("g"), ["+ dave date"]);
    assert_eq!(because(&world), [(3, Some("2026-11-21".into()), None)]);
    assert_eq!(
        applied(&["alice", "bob", "dave 2026-11-20.."]).lines("g"),
        ["+ dave roster"],
        "it was due before"
    );
}

#[test]
fn an_until_that_passed_is_a_date_with_its_place() {
    let world = applied(&["alice", "bob ..2026-11-20"]);
    assert_eq!(world.lines("g"), ["- bob date"]);
    assert_eq!(because(&world), [(2, None, Some(YESTERDAY.into()))]);
}

#[test]
fn bounds_on_teams_are_dates_too() {
    let until = applied(&["alice", "@t ..2026-11-20"]).team("t", &["bob"]);
    assert_eq!(until.lines("g"), ["- bob date"]);
    let from = applied(&["alice", "bob", "@t 2026-11-21.."]).team("t", &["dave"]);
    assert_eq!(from.lines("g"), ["+ dave date"]);
    let nested =
        applied(&["alice", "bob", "@t ..2026-12-31"]).team("t", &["@u 2026-11-21.."]).team("u", &["dave"]);
    assert_eq!(nested.lines("g"), ["+ dave date"]);
    let both = [(1, Some("2026-11-21".into()), Some("2026-12-31".into()))];
    assert_eq!(because(&nested), both, "the days within both bounds");
}

#[test]
fn an_exception_that_begins_or_ends_is_a_date_and_has_a_place() {
    let begins = applied(&["alice", "bob"]).except("g", &["dave", "bob 2026-11-21.."]);
    assert_eq!(begins.lines("g"), ["- bob date"]);
    assert_eq!(because(&begins), [(2, Some("2026-11-21".into()), None)]);
    let ends = applied(&["alice", "bob", "dave"]).except("g", &["dave ..2026-11-20"]);
    assert_eq!(ends.lines("g"), ["+ dave date"]);
    let edit = applied(&["alice", "bob"]).except("g", &["bob ..2026-12-31"]);
    let place = [(1, None, Some("2026-12-31".into()))];
    assert_eq!(edit.lines("g"), ["- bob roster"], "without a first day it can only have been written");
    assert_eq!(because(&edit), place);
}

#[test]
fn a_bound_edited_and_passed_within_one_day_is_the_roster() {
    let world = applied(&["alice", "bob ..2026-11-19"]);
    assert_eq!(world.lines("g"), ["- bob roster"], "on the day of the last apply the bound had passed");
}

#[test]
fn a_line_that_came_and_ended_while_another_change_waited_is_a_date() {
    let world = applied(&["alice", "bob 2026-11-15..2026-11-18"]).applied("g", "2026-11-10", &["u-bob"], &[]);
    assert!(world.lines("g").contains(&"- bob date".to_owned()), "{:?}", world.lines("g"));
}

#[test]
fn a_bound_of_long_ago_explains_no_edit_of_today() {
    let world = applied(&["alice", "bob ..2020-12-31"]);
    assert_eq!(world.lines("g"), ["- bob roster"]);
}

#[test]
fn who_left_is_a_leaver_by_date_or_by_handle() {
    let by_date = applied(&["alice", "bob"]).until("bob", YESTERDAY);
    assert_eq!(by_date.lines("g"), ["- bob leaver"]);
    let last_day = Some(YESTERDAY.to_owned());
    assert_eq!(because(&by_date), [(0, None, last_day)], "where the person is written");
    let mut by_handle = applied(&["alice"]).known("bob", "u-bob");
    by_handle.roster.people.remove("bob");
    assert_eq!(by_handle.lines("g"), ["- bob leaver"]);
    let long_gone = applied(&["alice"]).until("bob", "2020-01-01").live("g", &["u-alice", "u-bob", "u-9"]);
    assert_eq!(long_gone.lines("g"), ["- u-9 drift", "- bob leaver"], "whoever let bob in again");
}

#[test]
fn the_last_day_is_no_day_to_leave() {
    assert_eq!(applied(&["alice", "bob"]).until("bob", "2026-11-21").lines("g"), [""; 0]);
}

#[test]
fn a_member_from_before_stays_first_leavers_too() {
    let world =
        applied(&["alice"]).until("bob", YESTERDAY).applied("g", YESTERDAY, &["u-alice"], &["u-bob", "u-9"]);
    let world = world.live("g", &["u-alice", "u-bob", "u-9", "u-dave"]);
    assert_eq!(world.lines("g"), ["- u-9 first", "- bob first", "- dave drift"]);
}

#[test]
fn a_changed_id_is_an_edit_and_no_date() {
    let world = applied(&["alice", "bob"]).known("bob", "u-old").live("g", &["u-alice", "u-old"]);
    let world = world.applied("g", YESTERDAY, &["u-alice", "u-old"], &[]);
    assert_eq!(world.lines("g"), ["+ bob roster", "- bob/u-old roster"]);
}

#[test]
fn causes_of_raw_ids_follow_the_same_rules() {
    let world = applied(&["alice", "bob", "id:u-7 ..2026-11-20", "id:u-8 2026-11-21.."])
        .live("g", &["u-alice", "u-bob", "u-7", "u-9"])
        .applied("g", YESTERDAY, &["u-alice", "u-bob", "u-7"], &[]);
    assert_eq!(world.lines("g"), ["+ u-8 date", "- u-7 date", "- u-9 drift"]);
}

#[test]
fn somebody_unidentified_has_a_cause_too() {
    let world = applied(&["alice", "bob", "zoe 2026-11-21.."]).sought("zoe", Found::None);
    let plan = world.group_plan("g");
    assert_eq!(plan.withheld[0].change.cause, Cause::Date);
}

#[test]
fn what_was_held_keeps_its_cause_in_the_next_run() {
    let mut world = applied(&["alice ..2026-11-20", "dave 2026-11-21.."])
        .people(&["carol", "erin"])
        .live("g", &["u-alice", "u-bob", "u-carol"])
        .applied("g", YESTERDAY, &["u-alice", "u-bob", "u-carol", "u-erin"], &[])
        .limits(|limits| limits.on_trip.value = crate::core::guard::OnTrip::HoldAll);
    world = world.with("g", |group| group.members.push(super::world::reference("erin", 3)));
    let before = world.lines("g");
    let expected = ["+ dave date", "+ erin drift", "- alice date", "- bob roster", "- carol roster"];
    assert_eq!(before, expected);
    world.apply(&[]);
    assert_eq!(world.members("g"), ["u-alice", "u-bob", "u-carol"], "all was held");
    assert_eq!(world.lines("g"), before, "and is no drift for that");
    world.day = date("2026-11-23");
    assert_eq!(world.lines("g"), before, "nor is a date settled while its change waits");
}

#[test]
fn what_was_done_is_the_next_runs_past() {
    let mut world = applied(&["alice", "dave 2026-11-21.."]).unguarded();
    world.apply(&[]);
    assert_eq!(world.members("g"), ["u-alice", "u-dave"]);
    let record = &world.remembered.groups["g-g"];
    assert_eq!((record.day, record.owned.len()), (date("2026-11-21"), 2));
    world = world.live("g", &["u-alice", "u-bob"]);
    assert_eq!(world.lines("g"), ["+ dave drift", "- bob drift"]);
    assert!(record_has_no("u-bob", &world));
}

fn record_has_no(id: &str, world: &World) -> bool {
    !world.remembered.groups["g-g"].owned.contains(&user(id))
}
