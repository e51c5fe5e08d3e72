//! A stop is no trouble: what it cuts off before anything was sent is as if it had never begun.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use rosterd::sandbox::{Effect, Fault};

use super::systemd::Told;
use super::webhooks::{Hook, hooked};
use super::{NEVER, listening};
use crate::support::{Group, Run, Running, World, until};

/// Reads are to be tried again later, so that a stop finds a run in the middle of them.
fn hold_reads(world: &World) {
    let wait = Effect::retry_after(503, Duration::from_secs(15));
    world.fail("emporix", Fault::new(wait).reads());
}

/// Waits for the run to be held, and stops the daemon.
fn stop(world: &World, daemon: Running<'_>) -> Run {
    until("a read to be held", || world.faults_waiting() == 0);
    daemon.signal("TERM");
    daemon.end().success()
}

/// The lines about runs in the audit trail.
fn runs(world: &World) -> usize {
    let journal = world.journal();
    journal.iter().filter(|line| line["type"] == "run" && line["provider"] == "emporix").count()
}

/// Nothing was warned of since the word to stop.
#[track_caller]
fn says_nothing_of_it(run: &Run) {
    let (_, after) = run.stderr.split_once("Stopping").expect("it says that it stops");
    assert!(!after.contains("WARN") && !after.contains("ERROR"), "to stop is no trouble: {after}");
}

#[test]
fn a_stop_in_the_middle_of_a_read_is_no_failure_to_anybody() {
    let hook = Hook::new();
    let world = hooked(NEVER, &hook, "");
    let told = Told::new(&world);
    let env = [("NOTIFY_SOCKET", told.path.as_str())];
    let daemon = world.start_with(["run"], &env);
    daemon.ran("emporix", "start");
    let before = runs(&world);
    hold_reads(&world);
    world.wanted("emporix/buyers").remove("bob");
    world.save();
    says_nothing_of_it(&stop(&world, daemon));
    assert_eq!(runs(&world), before, "{}", world.journal_text());
    world.rosterd(["status"]).success().says("last run: nothing-to-do").says("(start)");

    // The last that systemd hears is that it stops.
    UnixDatagram::unbound().unwrap().send_to(b"END", &told.path).unwrap();
    told.until("STOPPING=1");
    let rest = told.until("END");
    assert_eq!(rest, ["END"], "no status follows");

    let daemon = world.start(["run"]);
    until("bob to be removed", || world.members("emporix/buyers") == ["ann"]);
    until("the run to end", || daemon.runs("emporix") == 1);
    assert_eq!(hook.told(), [""; 0], "nothing failed, and nothing recovered");
    let failed = daemon.metrics().value("rosterd_runs_total{provider=\"emporix\",outcome=\"unreadable\"}");
    assert!(failed < 1.0);
    daemon.signal("TERM");
    daemon.end().success();
}

#[test]
fn a_failure_that_goes_on_is_not_recovered_by_a_stop() {
    let hook = Hook::new();
    let world = hooked(NEVER, &hook, "");
    world.fail("emporix", Fault::new(Effect::Html).reads().always());
    let daemon = world.start(["run"]);
    hook.hears(&["failed failed emporix"]);
    world.heal();
    hold_reads(&world);
    world.wanted("emporix/buyers").remove("bob");
    world.save();
    says_nothing_of_it(&stop(&world, daemon));
    world.rosterd(["status"]).success().says("last run: unreadable").never_says("was stopping");
    assert_eq!(hook.told().len(), 1, "{:?}", hook.told());
}

#[test]
fn a_dry_run_that_is_stopped_in_the_middle_of_a_read_is_no_failure() {
    let world = listening(NEVER).group(Group::at("emporix/buyers").live(["ann"]).wanted(["ann", "bob"]));
    hold_reads(&world);
    let daemon = world.start(["run", "--dry-run"]);
    says_nothing_of_it(&stop(&world, daemon));
    world.rosterd(["status"]).success().says("no run has ended yet");
}

#[test]
fn changes_of_an_earlier_process_that_cannot_be_looked_at_any_more_are_no_trouble() {
    let world = listening(NEVER).group(Group::at("emporix/buyers").live(["ann"]).wanted(["ann", "bob"]));
    let halted = world.halt("emporix", |seen| seen.write);
    let daemon = world.start(["run"]);
    halted.reached();
    daemon.kill();
    world.heal();
    hold_reads(&world);
    says_nothing_of_it(&stop(&world, world.start(["run"])));
    world.rosterd(["status"]).success().says("no run has ended yet");
}

#[test]
fn a_run_that_is_stopped_before_its_first_call_did_not_fail() {
    let world = listening(NEVER)
        .provider("emporix", "requests_per_second = 0.5")
        .group(Group::at("emporix/buyers").live(["ann"]).wanted(["ann", "bob"]));
    let daemon = world.start(["run"]);
    until("the change to be written down", || world.journal_text().contains("\"intent\""));
    daemon.signal("TERM");
    let run = daemon.end().success();
    // The pace kept the call back for two seconds. Should the stop have come later than that, it was sent.
    if world.writes().is_empty() {
        says_nothing_of_it(&run);
        run.says("Ran emporix: halted").says("journal_hash");
        world.rosterd(["status"]).success().says("no run has ended yet");
    }
}

#[test]
fn a_run_that_is_stopped_after_a_call_keeps_its_record() {
    let world = listening(NEVER)
        .people(["cem"])
        .provider("emporix", "concurrency = 1")
        .group(Group::at("emporix/buyers").live(["ann"]).wanted(["ann", "bob", "cem"]));
    let held = world.halt("emporix", |seen| seen.write);
    let daemon = world.start(["run"]);
    held.reached();
    daemon.signal("TERM");
    until("it to be heard", || daemon.log().contains("Stopping"));
    held.release();
    daemon.end().success();
    assert_eq!(world.members("emporix/buyers").len(), 2);
    let status = world.rosterd(["status", "--format", "json"]).success().json();
    assert_eq!(status["providers"]["emporix"]["last"]["wake"], "start", "{status}");
}
