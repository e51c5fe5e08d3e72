//! The line of a run in the log: exactly one, also of a run in which something is wrong.

use std::collections::BTreeSet;

use rosterd::sandbox::{Effect, Fault};
use serde_json::Value;

use super::{ALWAYS, listening};
use crate::support::{Group, World, json_lines, until};

/// Runs the daemon until some runs have ended, and gives the lines about the provider.
fn lines(world: &World, provider: &str) -> Vec<Value> {
    let daemon = world.start(["--log-format", "json", "run"]);
    let is_run = |line: &&str| line.contains(&format!("\"Ran {provider}"));
    until("some runs", || daemon.log().lines().filter(is_run).count() >= 3);
    daemon.signal("TERM");
    let run = daemon.end().success();
    let lines = json_lines(&run.stderr).into_iter();
    lines.filter(|line| line["fields"]["provider"] == provider).collect()
}

/// Every run of the audit trail has one line, with what woke it and with a head that the audit trail has.
#[track_caller]
fn tell_each_run_once(world: &World, provider: &str, lines: &[Value]) {
    let journal = world.journal();
    let ends = journal.iter().filter(|line| line["event"] == "end" && line["provider"] == provider);
    let runs: Vec<&Value> = ends.map(|line| &line["run"]).collect();
    let told: Vec<&Value> = lines.iter().map(|line| &line["fields"]["run"]).collect();
    assert_eq!(told, runs, "{lines:#?}");
    let hashes: BTreeSet<&str> = journal.iter().filter_map(|line| line["prev"].as_str()).collect();
    for line in &lines[..lines.len() - 1] {
        let fields = &line["fields"];
        assert!(["start", "schedule"].contains(&fields["wake"].as_str().unwrap_or_default()), "{line}");
        let hash = fields["journal_hash"].as_str().expect("each has the head of the journal");
        assert!(hashes.contains(hash) && fields["journal_count"].as_u64() > Some(0), "{line}");
        assert!(fields["elapsed_ms"].is_number() && fields["held"].is_number(), "{line}");
    }
}

#[test]
fn a_provider_that_cannot_be_read_is_one_warning_a_run() {
    let world = listening(ALWAYS).group(Group::at("emporix/buyers").in_sync(["ann"]));
    world.fail("emporix", Fault::new(Effect::Html).reads().always());
    let lines = lines(&world, "emporix");
    tell_each_run_once(&world, "emporix", &lines);
    for line in &lines {
        let fields = &line["fields"];
        assert_eq!((&line["level"], &fields["outcome"]), (&"WARN".into(), &"unreadable".into()), "{line}");
        let error = fields["error"].as_str().expect("it says why");
        let sentence = fields["message"].as_str().unwrap();
        assert!(!error.is_empty() && sentence.contains(error), "the sentence says so, too: {line}");
    }
}

#[test]
fn a_group_that_cannot_be_read_is_one_warning_a_run() {
    let world = listening(ALWAYS)
        .group(Group::at("travel/approvers").in_sync(["ann"]))
        .group(Group::at("travel/bookers").live(["ann"]).wanted(["ann", "bob"]));
    let members = format!("/{}/members", world.group_id("travel/approvers"));
    let refused = Effect::status(403);
    world.fail_by("travel", move |seen| seen.path.ends_with(&members).then(|| refused.clone()));
    let lines = lines(&world, "travel");
    tell_each_run_once(&world, "travel", &lines);
    for line in &lines {
        let fields = &line["fields"];
        let expected = ("WARN".into(), "partly-unreadable".into(), 1.into());
        assert_eq!(
            (&line["level"], &fields["outcome"], &fields["unread"]),
            (&expected.0, &expected.1, &expected.2)
        );
        assert_eq!(fields["error"], Value::Null, "there is nothing more to say: {line}");
    }
    let first = &lines[0]["fields"];
    assert_eq!((&first["wake"], &first["changes"], &first["calls"]), (&"start".into(), &1.into(), &1.into()));
}

#[test]
fn changes_that_a_provider_refuses_are_one_warning_a_run() {
    let world = listening(ALWAYS).group(Group::at("emporix/buyers").live(["ann"]).wanted(["ann", "bob"]));
    let refused = Effect::status(403);
    world.fail("emporix", Fault::new(refused).writes().always());
    let lines = lines(&world, "emporix");
    tell_each_run_once(&world, "emporix", &lines);
    for line in &lines {
        let fields = &line["fields"];
        assert_eq!((&line["level"], &fields["outcome"]), (&"WARN".into(), &"partly-failed".into()), "{line}");
        assert_eq!((&fields["failed"], &fields["changes"]), (&1.into(), &1.into()), "{line}");
    }
}

#[test]
fn an_apply_that_could_read_nothing_tells_of_its_run_too() {
    let world = World::new().people(["ann"]).group(Group::at("emporix/buyers").in_sync(["ann"]));
    world.fail("emporix", Fault::new(Effect::Html).reads().always());
    let run = world.rosterd(["-v", "--log-format", "json", "apply", "--yes"]).exits(5);
    let lines = json_lines(&run.stderr);
    let is_told =
        |line: &&Value| line["fields"]["provider"] == "emporix" && line["fields"]["run"].is_string();
    let told: Vec<&Value> = lines.iter().filter(is_told).collect();
    assert_eq!(told.len(), 1, "{lines:#?}");
    let journal = world.journal();
    let end = journal.iter().find(|line| line["event"] == "end" && line["provider"] == "emporix").unwrap();
    assert_eq!(told[0]["fields"]["run"], end["run"]);
    assert!(told[0]["fields"]["journal_count"].as_u64() >= end["seq"].as_u64(), "{}", told[0]);
}
