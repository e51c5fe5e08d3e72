//! When providers run, and that they do not wait for each other.

use std::fs;
use std::process::Stdio;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::{ALWAYS, NEVER, listening, settled};
use crate::support::{Group, until};

#[test]
fn runs_by_the_schedule_and_says_what_woke_it() {
    let world = settled(ALWAYS);
    let daemon = world.start(["run"]);
    daemon.ran("emporix", "schedule");
    until("another run", || daemon.runs("emporix") >= 3);
    let status = daemon.status();
    let emporix = &status["providers"]["emporix"];
    assert_eq!(emporix["last"]["outcome"], "nothing-to-do");
    assert!(emporix["next"].is_string(), "{status}");
}

#[test]
fn ticks_that_come_during_a_run_are_one_run_after_it() {
    let is_seen = [3, 10, 30].into_iter().any(ticks_in_a_run);
    assert!(is_seen, "a schedule comes into force before it is due");
}

/// Lets two ticks come in a run, the first so many seconds from now. Says no where it comes too soon for this machine.
fn ticks_in_a_run(seconds: i64) -> bool {
    let world = settled(NEVER).provider("emporix", "timeout = \"10m\"");
    let run = world.path("run").display().to_string();
    let runtime = [("RUNTIME_DIRECTORY", run.as_str())];
    let daemon = world.start_with(["run"], &runtime);
    daemon.ran("emporix", "start");
    let begun = |line: &Value| line["event"] == "begin" && line["provider"] == "emporix";
    let before = world.journal().into_iter().filter(begun).count();
    // The schedule comes into force with a run, which is held.
    let held = world.halt("emporix", |seen| !seen.login);
    let config = fs::read_to_string(world.path("rosterd.toml")).unwrap();
    let (schedule, first, second) = two_ticks_in(seconds);
    world.write("rosterd.toml", &config.replace(NEVER, &schedule));
    held.reached();
    if Timestamp::now() >= first {
        return false;
    }
    until("both ticks to have passed", || Timestamp::now() > second);
    // Before the daemon answers this, it has seen what is due.
    world.rosterd_with(["reload"], &runtime).success();
    let status = daemon.status();
    assert_eq!(status["providers"]["emporix"]["running"]["wake"], "change", "it is still on: {status}");
    let now = world.journal().into_iter().filter(begun).count();
    assert_eq!(now, before, "nothing runs beside the run that is on, which still reads");
    held.release();
    daemon.ran("emporix", "schedule");
    world.rosterd_with(["reload"], &runtime).success();
    until("no run to be on", || daemon.status()["providers"]["emporix"]["running"].is_null());
    assert_eq!(daemon.runs("emporix"), 3, "what was missed is made up once");
    true
}

/// A schedule that is due in two seconds, the first so far from now, and then not again for a day; and both of them.
fn two_ticks_in(seconds: i64) -> (String, Timestamp, Timestamp) {
    let first = Timestamp::now().as_second() + seconds;
    // Both are in one minute.
    let first = first + i64::from(first % 60 == 59);
    let [first, second] = [first, first + 1].map(|at| Timestamp::from_second(at).unwrap());
    let at = first.to_zoned(TimeZone::UTC);
    let (seconds, minute, hour) = (at.second(), at.minute(), at.hour());
    (format!("schedule = \"{seconds},{} {minute} {hour} * * *\"", seconds + 1), first, second)
}

#[test]
fn a_provider_that_hangs_delays_no_other() {
    let world = listening(ALWAYS)
        .group(Group::at("emporix/buyers").in_sync(["ann"]))
        .group(Group::at("travel/approvers").in_sync(["ann"]));
    let halted = world.halt("emporix", |seen| !seen.login);
    let daemon = world.start(["run"]);
    halted.reached();
    until("the other to run on", || daemon.runs("travel") >= 2);
    let status = daemon.status();
    assert_eq!(status["providers"]["emporix"]["running"]["wake"], "start", "{status}");
    assert_eq!(daemon.runs("emporix"), 0);
    assert_eq!(daemon.get("/healthz").status, 200);
}

#[test]
fn a_change_during_a_run_stops_what_it_would_have_sent_and_is_no_failure() {
    let world = listening(NEVER).group(Group::at("emporix/buyers").live(["ann"]).wanted(["ann", "bob"]));
    let world = world.provider("emporix", "timeout = \"10m\"");
    let held = world.halt("emporix", |seen| !seen.login);
    let daemon = world.start(["run"]);
    held.reached();
    let before = daemon.status()["roster"]["revision"].clone();
    world.wanted("emporix/buyers").remove("bob");
    world.save();
    until("the roster to be taken up", || daemon.status()["roster"]["revision"] != before);
    held.release();
    daemon.ran("emporix", "change");
    assert_eq!(world.writes(), [], "bob is in no roster that is in force");
    assert_eq!(daemon.runs("emporix"), 1);
    assert_eq!(daemon.metrics().value("rosterd_runs_total{provider=\"emporix\",outcome=\"failed\"}"), 0.0);
}

#[test]
fn jitter_lets_runs_begin_later_than_the_schedule_says() {
    let world = settled("schedule = \"0 0 * * * *\"").daemon("jitter = \"30m\"");
    let daemon = world.start(["run"]);
    daemon.ran("emporix", "start");
    let next =
        daemon.status()["providers"]["emporix"]["next"].as_str().unwrap().parse::<Timestamp>().unwrap();
    let after_the_hour = next.as_second() % 3600;
    assert!(next.subsec_nanosecond() > 0 && after_the_hour <= 1800, "{next}");
}

#[test]
fn jitter_leaves_no_run_out() {
    let world = settled(ALWAYS).daemon("jitter = \"1s\"");
    let daemon = world.start(["run"]);
    until("some runs", || daemon.runs("emporix") >= 4);
    daemon.ran("emporix", "schedule");
}

/// Lets a program see another time of day than there is.
const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

#[test]
fn a_clock_that_is_set_back_stops_no_runs() {
    if fs::metadata(FAKETIME).is_err() {
        println!("skipped, there is no faketime here");
        return;
    }
    let world = settled(ALWAYS);
    let file = world.path("clock");
    world.write("clock", "+7200");
    let script = "exec env LD_PRELOAD=\"$FAKETIME_LIBRARY\" \"$ROSTERD\" run";
    let env = [
        ("FAKETIME_LIBRARY", FAKETIME),
        ("FAKETIME_TIMESTAMP_FILE", file.to_str().unwrap()),
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("WATCHDOG_USEC", "600000"),
    ];
    let daemon = world.start_by(script, &env, Stdio::null());
    daemon.ran("emporix", "schedule");
    world.write("clock", "+0");
    until("it to be noticed", || daemon.log().contains("The clock was set back by 7"));
    let runs = daemon.runs("emporix");
    until("runs by the schedule", || daemon.runs("emporix") >= runs + 3);
    let emporix = daemon.status()["providers"]["emporix"].clone();
    let next = emporix["next"].as_str().unwrap().parse::<Timestamp>().unwrap();
    assert!(next.duration_since(Timestamp::now()).as_mins() < 5, "{emporix}");
    assert_eq!(daemon.log().matches("The clock was set back").count(), 1, "{}", daemon.log());
}
