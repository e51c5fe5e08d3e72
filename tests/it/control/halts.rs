//! A run that is on stops when somebody says so: suspended, a dry run, only observed.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::{ask, daemon, runtime};
use crate::support::{Group, Halted, Run, Running, World, until};

const ALL: [&str; 9] = ["ann", "bea", "bob", "cem", "dee", "eva", "fay", "gus", "hal"];
/// So many calls are answered before others are held.
const ANSWERED: usize = 2;

/// Eight people to add.
fn world(concurrency: usize) -> World {
    World::new()
        .people(ALL)
        .daemon("schedule = \"0 0 3 1 1 *\"")
        .daemon("listen = \"127.0.0.1:0\"")
        .provider("emporix", &format!("concurrency = {concurrency}"))
        .provider("emporix", "timeout = \"10m\"")
        .group(Group::at("emporix/buyers").live(["ann"]).wanted(ALL))
}

/// Holds every write but the first.
fn hold(world: &World) -> Halted {
    let mut writes = 0;
    world.halt_all("emporix", move |seen| {
        writes += usize::from(seen.write);
        seen.write && writes > ANSWERED
    })
}

/// Asks for something, while the story goes on.
fn begin<'a, const N: usize>(world: &'a World, args: [&str; N]) -> Running<'a> {
    world.start_with(args, &[("RUNTIME_DIRECTORY", &*runtime(world))])
}

fn suspends(world: &World) -> Running<'_> {
    begin(world, ["suspend", "emporix", "--for", "1h", "--reason", "wrong team"])
}

/// Waits until the daemon goes by a suspension.
fn is_suspended(daemon: &Running<'_>) {
    until("the suspension to be heard", || daemon.status()["providers"]["emporix"]["suspended"].is_object());
}

/// Waits until no run is on and the last one ended like this.
fn ends_as(daemon: &Running<'_>, outcome: &str) {
    until("the runs to end", || {
        let emporix = daemon.status()["providers"]["emporix"].clone();
        emporix["running"].is_null() && emporix["last"]["outcome"] == outcome
    });
}

fn is_end(line: &Value) -> bool {
    line["event"] == "end" && line["provider"] == "emporix"
}

/// Proves that a run is over which somebody stopped while calls were in flight: one, or as many as go out side by side.
#[track_caller]
fn is_over(world: &World, daemon: &Running<'_>, in_flight: usize, why: &str, outcome: &str) {
    // What was in flight finished.
    let sent = world.writes().len();
    assert!((ANSWERED + 1..=ANSWERED + in_flight).contains(&sent), "it goes on: {}", world.writes());
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
    ends_as(daemon, after);
    assert_eq!(world.writes().len(), sent, "and nothing comes after it");
}

fn numbers(journal: &[Value], kind: &str, key: &str) -> BTreeSet<u64> {
    journal.iter().filter(|line| line["type"] == kind).map(|line| line[key].as_u64().unwrap()).collect()
}

#[test]
fn a_suspension_stops_the_run_that_is_on_and_says_so() {
    let world = world(1);
    let held = hold(&world);
    let daemon = daemon!(world);
    held.reached();
    let suspend = suspends(&world);
    is_suspended(&daemon);
    held.release();
    suspend.end().success().says("is suspended until").says("A run was on. It has ended");
    assert!(world.journal().iter().any(is_end), "when the answer came, it was over");
    is_over(&world, &daemon, 1, "the provider was suspended meanwhile", "suspended");
    ask(&world, ["history", "--verify"]).success();
    world.heal();
    ask(&world, ["resume", "emporix"]).success();
    until("everybody to be added", || world.members("emporix/buyers") == ALL);
}

#[test]
fn nobody_is_told_of_a_run_where_none_is_on() {
    let world = world(1);
    let daemon = daemon!(world);
    ends_as(&daemon, "applied");
    ask(&world, ["suspend", "emporix", "--for", "1h"]).success().never_says("A run");
}

/// Writes this into the configuration, and has it read.
fn reload(world: &World, before: &str, after: &str) -> Run {
    let text = fs::read_to_string(world.path("rosterd.toml")).unwrap();
    assert!(text.contains(before), "{text}");
    world.write("rosterd.toml", &text.replacen(before, after, 1));
    ask(world, ["reload"]).success()
}

/// Has another configuration read while calls are in flight, and waits for the end of the run.
fn reloads_in_a_run(world: &World, held: &Halted, before: &str, after: &str) {
    held.reached();
    reload(world, before, after);
    held.release();
    until("the run to end", || world.journal().iter().any(is_end));
}

#[test]
fn a_dry_run_that_is_configured_stops_the_run_that_is_on() {
    let world = world(1);
    let held = hold(&world);
    let daemon = daemon!(world);
    reloads_in_a_run(&world, &held, "[daemon]\n", "[daemon]\ndry_run = true\n");
    is_over(&world, &daemon, 1, "a dry run was configured meanwhile", "halted");
}

#[test]
fn a_provider_that_is_only_observed_by_now_is_changed_no_more() {
    let world = world(2);
    let held = hold(&world);
    let daemon = daemon!(world);
    let observed = "[providers.emporix]\nmode = \"observe\"\n";
    reloads_in_a_run(&world, &held, "[providers.emporix]\n", observed);
    is_over(&world, &daemon, 2, "the provider is only observed by now", "halted");
}

#[test]
fn what_a_suspension_left_unsent_was_held_and_has_not_failed() {
    let world = world(1);
    let daemon = daemon!(world);
    ends_as(&daemon, "applied");
    assert_eq!(world.members("emporix/buyers"), ALL);
    ALL[1..].iter().fold(world.live("emporix/buyers"), |live, who| live.remove(who));
    let held = hold(&world);
    let sync = begin(&world, ["sync", "--provider", "emporix", "--format", "json"]);
    held.reached();
    let suspend = suspends(&world);
    is_suspended(&daemon);
    held.release();
    suspend.end().success();
    let report = sync.end().exits(3).json();
    let results = report["providers"][0]["groups"][0]["changes"].as_array().unwrap();
    let held = results.iter().filter(|change| change["result"] == "held");
    let held =
        held.filter(|change| change["detail"] == "not sent: the provider was suspended meanwhile").count();
    let applied = results.iter().filter(|change| change["result"] == "applied").count();
    assert_eq!((applied, held), (ANSWERED + 1, 7 - ANSWERED), "{report}");
    assert_eq!(world.members("emporix/buyers").len(), 1 + applied);
    assert_eq!((&report["summary"]["held"], &report["summary"]["withheld"]), (&json!(0), &json!(held)));
}

#[test]
fn whoever_waits_behind_a_run_that_a_dry_run_stopped_is_shown_a_plan() {
    let world = world(1);
    let held = hold(&world);
    let _daemon = daemon!(world);
    held.reached();
    let sync = begin(&world, ["-v", "sync", "--provider", "emporix"]);
    reload(&world, "[daemon]\n", "[daemon]\ndry_run = true\n");
    held.release();
    sync.end().success().never_says("unknown").never_says("no outcome was recorded");
}
