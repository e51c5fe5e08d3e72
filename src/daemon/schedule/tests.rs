//! Schedules with a simulated clock: the time comes in as an argument.

use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Lane, Schedule, next_turn};
use crate::config;
use crate::core::roster::{Bounds, Member, Person, Place, Roster, Team, Who};
use crate::daemon::wake::Wake;

fn schedule(cron: &str, zone: &str) -> Schedule {
    Schedule::new(config::schedule(cron).unwrap(), TimeZone::get(zone).unwrap())
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The next runs after a moment, in UTC.
fn runs(schedule: &Schedule, after: &str, number: usize) -> Vec<String> {
    let mut now = at(after);
    let mut runs = Vec::new();
    for _ in 0..number {
        now = schedule.next(now).unwrap();
        runs.push(now.to_string());
    }
    runs
}

#[test]
fn a_fixed_time_of_day_moves_in_utc_when_the_clocks_change() {
    let daily = schedule("0 30 18 * * *", "Europe/Berlin");
    assert_eq!(
        runs(&daily, "2026-10-23T20:00:00Z", 3),
        ["2026-10-24T16:30:00Z", "2026-10-25T17:30:00Z", "2026-10-26T17:30:00Z"]
    );
    assert_eq!(runs(&daily, "2026-03-28T12:00:00Z", 2), ["2026-03-28T17:30:00Z", "2026-03-29T16:30:00Z"]);
}

#[test]
fn what_falls_into_the_hour_that_is_left_out_runs_when_it_is_over() {
    let nightly = schedule("0 30 2 * * *", "Europe/Berlin");
    // At two o'clock it is three o'clock: 01:00 UTC.
    assert_eq!(runs(&nightly, "2026-03-28T12:00:00Z", 2), ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]);
}

#[test]
fn a_fixed_time_in_the_hour_that_comes_twice_runs_once() {
    let nightly = schedule("0 30 2 * * *", "Europe/Berlin");
    assert_eq!(runs(&nightly, "2026-10-24T12:00:00Z", 2), ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
}

#[test]
fn every_half_hour_has_no_hole_in_the_hour_that_comes_twice() {
    let often = schedule("0 */30 * * * *", "Europe/Berlin");
    assert_eq!(
        runs(&often, "2026-10-24T23:45:00Z", 5),
        [
            "2026-10-25T00:00:00Z",
            "2026-10-25T00:30:00Z",
            "2026-10-25T01:00:00Z",
            "2026-10-25T01:30:00Z",
            "2026-10-25T02:00:00Z"
        ]
    );
}

#[test]
fn seconds_are_seconds() {
    let often = schedule("*/20 * * * * *", "UTC");
    assert_eq!(runs(&often, "2026-11-22T03:00:05.25Z", 2), ["2026-11-22T03:00:20Z", "2026-11-22T03:00:40Z"]);
}

#[test]
fn runs_of_one_lane_never_overlap_and_what_came_meanwhile_is_one_run() {
    let mut lane = Lane::new(schedule("*/10 * * * * *", "UTC"), at("2026-11-22T03:00:00Z"));
    assert!(!lane.is_due(at("2026-11-22T03:00:09Z")));
    assert!(lane.is_due(at("2026-11-22T03:00:10Z")));
    assert_eq!(lane.wake(Wake::Schedule), Some(Wake::Schedule));
    // Two ticks and a change of the roster while the run is on.
    assert!(lane.is_due(at("2026-11-22T03:00:20Z")));
    assert_eq!(lane.wake(Wake::Schedule), None);
    assert_eq!(lane.wake(Wake::Change), None);
    assert!(lane.is_due(at("2026-11-22T03:00:30Z")));
    assert_eq!(lane.wake(Wake::Schedule), None);
    assert_eq!(lane.ended(), Some(Wake::Schedule), "one run follows");
    assert_eq!(lane.ended(), None, "and no other");
    assert_eq!(lane.wake(Wake::Operator), Some(Wake::Operator));
}

#[test]
fn a_clock_that_jumps_ahead_makes_one_run_due() {
    let mut lane = Lane::new(schedule("0 */5 * * * *", "UTC"), at("2026-11-22T03:00:00Z"));
    assert!(lane.is_due(at("2026-11-22T06:02:00Z")));
    assert!(!lane.is_due(at("2026-11-22T06:02:01Z")));
    assert_eq!(lane.next(), Some(at("2026-11-22T06:05:00Z")));
}

#[test]
fn jitter_delays_one_run_and_moves_no_other() {
    let mut lane = Lane::new(schedule("0 * * * * *", "UTC"), at("2026-11-22T03:00:00Z"));
    lane.delay(SignedDuration::from_secs(7));
    assert_eq!(lane.next(), Some(at("2026-11-22T03:01:07Z")));
    assert!(!lane.is_due(at("2026-11-22T03:01:06Z")));
    assert!(lane.is_due(at("2026-11-22T03:01:07Z")));
    assert_eq!(lane.next(), Some(at("2026-11-22T03:02:00Z")));
}

#[test]
fn the_next_turn_of_the_roster_is_midnight_in_its_zone() {
    let mut roster = Roster::default();
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let now = at("2026-11-22T12:00:00Z");
    assert_eq!(next_turn(&roster, &berlin, now), None);

    let bounds = Bounds { from: Some(date(2026, 12, 24)), until: Some(date(2026, 12, 26)) };
    let member = Member { who: Who::Person("ann".into()), bounds, reason: None, place: Place::default() };
    roster.teams.insert("all".into(), Team { members: vec![member], ..Team::default() });
    assert_eq!(next_turn(&roster, &berlin, now), Some(at("2026-12-23T23:00:00Z")), "the first day has come");
    let later = at("2026-12-24T12:00:00Z");
    assert_eq!(next_turn(&roster, &berlin, later), Some(at("2026-12-26T23:00:00Z")), "the last day is over");

    let until = Some(date(2026, 11, 22));
    roster.people.insert("bob".into(), Person { until, ..Person::default() });
    assert_eq!(next_turn(&roster, &berlin, now), Some(at("2026-11-22T23:00:00Z")), "whoever comes first");
}

#[test]
fn a_lane_goes_by_a_clock_that_was_set_back() {
    let mut lane = Lane::new(schedule("0 */5 * * * *", "UTC"), at("2026-11-22T14:02:00Z"));
    assert_eq!(lane.next(), Some(at("2026-11-22T14:05:00Z")));
    lane.rearm(at("2026-11-22T12:02:00Z"));
    assert!(!lane.is_due(at("2026-11-22T12:04:59Z")));
    assert!(lane.is_due(at("2026-11-22T12:05:00Z")));
}
