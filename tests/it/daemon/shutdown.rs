//! The end: nothing new is sent, what is under way is finished or settled later.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rosterd::sandbox::{Effect, Fault};

use super::{NEVER, listening, settled};
use crate::support::{Group, PROVIDERS, World, ask, until};

const ALL: [&str; 4] = ["ann", "bob", "cem", "dee"];

/// Three people to add, one call after the other.
fn three_to_add() -> World {
    listening(NEVER)
        .people(["cem", "dee"])
        .provider("emporix", "concurrency = 1")
        .group(Group::at("emporix/buyers").live(["ann"]).wanted(ALL))
}

/// Intents that have no outcome.
fn open(world: &World) -> usize {
    let lines = world.journal();
    let settled: BTreeSet<u64> = lines.iter().filter_map(|line| line["of"].as_u64()).collect();
    let intents = lines.iter().filter(|line| line["type"] == "intent");
    intents.filter(|line| !settled.contains(&line["seq"].as_u64().unwrap())).count()
}

/// Another daemon finds what the first one left, and does the rest.
#[track_caller]
fn goes_on(world: &World) {
    world.heal();
    let daemon = world.start(["run"]);
    until("all to be members", || world.members("emporix/buyers") == ALL);
    daemon.ran("emporix", "start");
    daemon.signal("TERM");
    daemon.end().success();
    assert_eq!(open(world), 0, "{}", world.journal_text());
    world.rosterd(["history", "--verify"]).success();
    world.rosterd(["plan", "--exit-code"]).success().says("Nothing to do");
}

#[test]
fn a_call_in_flight_is_finished_and_no_other_begins() {
    let world = three_to_add();
    let held = world.halt("emporix", |seen| seen.write);
    let daemon = world.start(["run"]);
    held.reached();
    let address = daemon.address();
    daemon.signal("TERM");
    until("it to be heard", || daemon.log().contains("Stopping") && ask(address, "GET", "/healthz").is_err());
    held.release();
    daemon.end().success().says("Stopping");
    assert_eq!(world.writes().len(), 1, "{}", world.writes());
    assert!(world.writes()[0].ends_with("-> 201"), "{}", world.writes());
    assert_eq!(world.members("emporix/buyers").len(), 2);
    goes_on(&world);
}

#[test]
fn a_call_that_hangs_is_left_in_time_and_settled_at_the_next_start() {
    let world = three_to_add();
    let halted = world.halt("emporix", |seen| seen.write);
    let daemon = world.start(["run"]);
    halted.reached();
    let told = Instant::now();
    daemon.signal("TERM");
    daemon.end().success().says("did not end in time");
    // The provider would be waited for for half a minute.
    assert!(told.elapsed() < Duration::from_secs(20), "{:?}", told.elapsed());
    assert!(open(&world) > 0, "nobody knows yet");
    world.carry_out_the_last_write();
    goes_on(&world);
}

#[test]
fn the_second_signal_ends_it_at_once() {
    let world = three_to_add();
    let halted = world.halt("emporix", |seen| seen.write);
    let daemon = world.start(["run"]);
    halted.reached();
    daemon.signal("INT");
    until("the first to be heard", || daemon.log().contains("Stopping"));
    let told = Instant::now();
    daemon.signal("TERM");
    daemon.end().success().says("Told to stop twice").never_says("did not end in time");
    // Sooner than the first signal alone would have.
    assert!(told.elapsed() < Duration::from_secs(7), "{:?}", told.elapsed());
    goes_on(&world);
}

#[test]
fn a_wait_before_another_try_is_given_up() {
    let world = three_to_add();
    let wait = Effect::retry_after(503, Duration::from_secs(15));
    world.fail("emporix", Fault::new(wait).reads());
    let daemon = world.start(["run"]);
    until("the provider to ask for a wait", || world.faults_waiting() == 0);
    let told = Instant::now();
    daemon.signal("TERM");
    daemon.end().success().never_says("did not end in time");
    assert!(told.elapsed() < Duration::from_secs(7), "{:?}", told.elapsed());
    assert_eq!(world.writes(), []);
    goes_on(&world);
}

#[test]
fn a_write_whose_answer_is_lost_is_not_called_unsent() {
    let world = three_to_add().provider("emporix", "retry_budget = \"20s\"");
    // It is carried out, and the client is told to come back: no more is known of it when rosterd stops.
    let reply = rosterd::sandbox::Reply {
        status: 503,
        retry_after: Some(rosterd::sandbox::RetryAfter::Seconds(Duration::from_secs(15))),
        ..Default::default()
    };
    world.fail("emporix", Fault::new(Effect::AnswerAfter(reply)).writes());
    let daemon = world.start(["run"]);
    until("the write to be answered", || world.writes().first().is_some_and(|line| line.ends_with("503")));
    daemon.signal("TERM");
    daemon.end().success();
    let journal = world.journal();
    let first = journal.iter().find(|line| line["type"] == "intent").unwrap();
    let outcome = journal.iter().find(|line| line["of"] == first["seq"]).map(|line| line["result"].clone());
    assert_ne!(outcome, Some("failed".into()), "bob may be a member, and is: {}", world.journal_text());
    goes_on(&world);
}

#[test]
fn a_crash_is_settled_at_the_next_start() {
    let world = three_to_add();
    let halted = world.halt("emporix", |seen| seen.write);
    let daemon = world.start(["run"]);
    halted.reached();
    daemon.kill();
    assert!(open(&world) > 0);
    world.carry_out_the_last_write();
    goes_on(&world);
    let crashes = world.journal().iter().filter(|line| line["type"] == "outcome").count();
    assert!(crashes >= 3, "{}", world.journal_text());
}

#[test]
fn what_a_run_left_is_on_the_disk_when_it_is_shown_to_have_ended() {
    let world = settled(NEVER);
    let daemon = world.start(["run"]);
    daemon.ran("emporix", "start");
    for provider in PROVIDERS {
        daemon.ran(provider, "start");
    }
    let flushed = world.flushed();
    daemon.signal("TERM");
    daemon.end().success();
    assert_eq!(world.flushed(), flushed, "nothing was left to be written at the end");

    let daemon = world.start(["run"]);
    daemon.ran("emporix", "start");
    daemon.kill();
    world.rosterd(["status"]).success().says("last run: nothing-to-do").says("(start)");
}
