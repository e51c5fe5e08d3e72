//! When providers run, and that they do not wait for each other.

use std::fs;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use rosterd::sandbox::{Effect, Fault};

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
    // Two ticks, a second and two from now, and none for a minute after them.
    let now = jiff::Timestamp::now().as_second() + 2;
    let world = settled(&format!("schedule = \"{},{} * * * * *\"", now % 60, (now + 1) % 60));
    world.fail("emporix", Fault::new(Effect::Delay(Duration::from_millis(3500))).reads());
    let daemon = world.start(["run"]);
    until("the run to be on", || daemon.status()["providers"]["emporix"]["running"]["wake"] == "start");
    until("reads to be held", || world.faults_waiting() == 0);
    until("both ticks to have passed", || jiff::Timestamp::now().as_second() > now);
    let status = daemon.status();
    assert_eq!(status["providers"]["emporix"]["running"]["wake"], "start", "it is still on: {status}");
    let journal = world.journal();
    let mut begun = journal.iter().filter(|line| line["event"] == "begin" && line["provider"] == "emporix");
    assert_eq!(begun.next(), None, "nothing runs beside the run that is on, which still reads");
    daemon.ran("emporix", "schedule");
    sleep(Duration::from_millis(700));
    assert_eq!(daemon.runs("emporix"), 2, "what was missed is made up once");
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
    world.fail("emporix", Fault::new(Effect::Delay(Duration::from_millis(1500))).reads());
    let daemon = world.start(["run"]);
    until("reads to be held", || world.faults_waiting() == 0);
    let before = daemon.status()["roster"]["revision"].clone();
    world.wanted("emporix/buyers").remove("bob");
    world.save();
    until("the roster to be taken up", || daemon.status()["roster"]["revision"] != before);
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
        daemon.status()["providers"]["emporix"]["next"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let after_the_hour = next.as_second() % 3600;
    assert!(next.subsec_nanosecond() > 0 && after_the_hour <= 1800, "{next}");
}

#[test]
fn jitter_leaves_no_run_out() {
    let world = settled(ALWAYS).daemon("jitter = \"1s\"");
    let daemon = world.start(["run"]);
    until("some runs", || daemon.runs("emporix") >= 4);
    assert_eq!(daemon.status()["providers"]["emporix"]["last"]["wake"], "schedule");
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
    fs::write(&file, "+7200").unwrap();
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
    fs::write(&file, "+0").unwrap();
    until("it to be noticed", || daemon.log().contains("The clock was set back by 7"));
    let runs = daemon.runs("emporix");
    until("runs by the schedule", || daemon.runs("emporix") >= runs + 3);
    let emporix = daemon.status()["providers"]["emporix"].clone();
    let next = emporix["next"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!(next.duration_since(jiff::Timestamp::now()).as_mins() < 5, "{emporix}");
    assert_eq!(daemon.log().matches("The clock was set back").count(), 1, "{}", daemon.log());
}
