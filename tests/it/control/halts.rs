//! A run that is on stops when somebody says so: suspended, a dry run, only observed.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use rosterd::sandbox::Effect;
use serde_json::json;

use super::{ask, daemon, runtime};
use crate::support::{Group, Run, World, until};

const ALL: [&str; 9] = ["ann", "bea", "bob", "cem", "dee", "eva", "fay", "gus", "hal"];

/// Eight people to add, one slow call after the other.
fn slow(concurrency: usize) -> World {
    let world = World::new().people(ALL).daemon("schedule = \"0 0 3 1 1 *\"").daemon("listen = \"\"");
    let world = world
        .provider("emporix", &format!("concurrency = {concurrency}"))
        .group(Group::at("emporix/buyers").live(["ann"]).wanted(ALL));
    delay(&world);
    world
}

fn delay(world: &World) {
    world.fail_by("emporix", |seen| seen.write.then_some(Effect::Delay(Duration::from_millis(400))));
}

/// Waits until no run is on and the last one ended like this.
fn ends_as(world: &World, outcome: &str) {
    until("the runs to end", || {
        let status = ask(world, ["status", "--format", "json"]).json();
        let emporix = &status["providers"]["emporix"];
        emporix["running"].is_null() && emporix["last"]["outcome"] == outcome
    });
}

/// Lets somebody stop the run after a few writes, and proves that it is over.
#[track_caller]
fn stops(world: &World, stop: impl FnOnce() -> Run, why: &str, outcome: &str) {
    until("some writes", || world.writes().len() >= 2);
    stop();
    // One call may be in flight: it finishes.
    let is_end = |line: &serde_json::Value| line["event"] == "end" && line["provider"] == "emporix";
    until("the run to end", || world.journal().iter().any(is_end));
    let sent = world.writes().len();
    assert!(sent < 6, "it goes on: {}", world.writes());
    let journal = world.journal();
    let end = journal.iter().find(|line| is_end(line)).unwrap();
    assert_eq!(end["outcome"], outcome, "{end}");
    let intents: BTreeSet<u64> = numbers(&journal, "intent", "seq");
    assert_eq!(numbers(&journal, "outcome", "of"), intents, "each has its outcome");
    let unsent = journal.iter().filter(|line| line["detail"] == format!("not sent: {why}")).count();
    assert_eq!(unsent, 8 - sent, "{}", world.journal_text());
    assert_eq!(world.members("emporix/buyers").len(), 1 + sent);
    if why.contains("suspended") {
        ask(world, ["status"]).success().never_says(" failed: see");
    }
    let after = if why.contains("suspended") { "suspended" } else { "planned" };
    ends_as(world, after);
    assert_eq!(world.writes().len(), sent, "and nothing comes after it");
}

fn numbers(journal: &[serde_json::Value], kind: &str, key: &str) -> BTreeSet<u64> {
    journal.iter().filter(|line| line["type"] == kind).map(|line| line[key].as_u64().unwrap()).collect()
}

#[test]
fn a_suspension_stops_the_run_that_is_on_and_says_so() {
    let world = slow(1);
    let _daemon = daemon!(world);
    let suspend = || {
        let run = ask(&world, ["suspend", "emporix", "--for", "1h", "--reason", "wrong team"]).success();
        let written = world.writes().len();
        let run = run.says("is suspended until").says("A run was on. It has ended");
        assert_eq!(world.writes().len(), written, "when the answer came, it was over");
        run
    };
    stops(&world, suspend, "the provider was suspended meanwhile", "suspended");
    ask(&world, ["history", "--verify"]).success();
    world.heal();
    ask(&world, ["resume", "emporix"]).success();
    until("everybody to be added", || world.members("emporix/buyers") == ALL);
}

#[test]
fn nobody_is_told_of_a_run_where_none_is_on() {
    let world = slow(1);
    world.heal();
    let _daemon = daemon!(world);
    until("everybody to be added", || world.members("emporix/buyers") == ALL);
    ends_as(&world, "applied");
    ask(&world, ["suspend", "emporix", "--for", "1h"]).success().never_says("A run");
}

/// Writes this into the configuration, and has it read.
fn reload(world: &World, before: &str, after: &str) -> Run {
    let file = world.path("rosterd.toml");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(before), "{text}");
    fs::write(&file, text.replacen(before, after, 1)).unwrap();
    ask(world, ["reload"]).success()
}

#[test]
fn a_dry_run_that_is_configured_stops_the_run_that_is_on() {
    let world = slow(1);
    let _daemon = daemon!(world);
    let stop = || reload(&world, "[daemon]\n", "[daemon]\ndry_run = true\n");
    stops(&world, stop, "a dry run was configured meanwhile", "halted");
}

#[test]
fn a_provider_that_is_only_observed_by_now_is_changed_no_more() {
    let world = slow(2);
    let _daemon = daemon!(world);
    let stop = || reload(&world, "[providers.emporix]\n", "[providers.emporix]\nmode = \"observe\"\n");
    stops(&world, stop, "the provider is only observed by now", "halted");
}

#[test]
fn what_a_suspension_left_unsent_was_held_and_has_not_failed() {
    let world = slow(1);
    let _daemon = daemon!(world);
    world.heal();
    until("everybody to be added", || world.members("emporix/buyers") == ALL);
    ends_as(&world, "applied");
    ALL[1..].iter().fold(world.live("emporix/buyers"), |live, who| live.remove(who));
    delay(&world);
    let env = [("RUNTIME_DIRECTORY", &*runtime(&world))];
    let sync = world.start_with(["sync", "--provider", "emporix", "--format", "json"], &env);
    until("somebody to be back", || world.members("emporix/buyers").len() >= 2);
    ask(&world, ["suspend", "emporix", "--for", "1h", "--reason", "wrong team"]).success();
    let report = sync.end().exits(3).json();
    let results = report["providers"][0]["groups"][0]["changes"].as_array().unwrap();
    let held = results.iter().filter(|change| change["result"] == "held");
    let held =
        held.filter(|change| change["detail"] == "not sent: the provider was suspended meanwhile").count();
    let applied = results.iter().filter(|change| change["result"] == "applied").count();
    assert_eq!(applied + held, 8, "{report}");
    assert_eq!(world.members("emporix/buyers").len(), 1 + applied);
    assert_eq!((&report["summary"]["held"], &report["summary"]["withheld"]), (&json!(0), &json!(held)));
}

#[test]
fn whoever_waits_behind_a_run_that_a_dry_run_stopped_is_shown_a_plan() {
    let world = slow(1);
    let _daemon = daemon!(world);
    until("some writes", || world.writes().len() >= 2);
    let env = [("RUNTIME_DIRECTORY", &*runtime(&world))];
    let sync = world.start_with(["-v", "sync", "--provider", "emporix"], &env);
    reload(&world, "[daemon]\n", "[daemon]\ndry_run = true\n");
    sync.end().success().never_says("unknown").never_says("no outcome was recorded");
}
