//! What is logged: a line a run, counts and ids, no names.

use std::collections::BTreeSet;

use super::{ALWAYS, listening};
use crate::support::{Group, json_lines, until};

/// What was logged before it was told to stop: a run that is on by then does not come to its end.
fn before_the_end(log: &str) -> Vec<serde_json::Value> {
    let is_end = |line: &serde_json::Value| {
        line["fields"]["message"].as_str().is_some_and(|message| message.starts_with("Stopping"))
    };
    let mut lines = json_lines(log);
    let end = lines.iter().position(is_end).expect("it says that it stops");
    lines.truncate(end);
    lines
}

#[test]
fn one_line_a_run_says_what_happened_and_names_nobody() {
    let world = listening(ALWAYS)
        .people(["wilhelmina"])
        .group(Group::at("emporix/buyers").live(["ann"]).wanted(["ann", "wilhelmina"]));
    let daemon = world.start(["--log-format", "json", "run"]);
    until("some runs", || {
        let log = daemon.log();
        log.lines().filter(|line| line.contains("journal_hash") && line.contains("emporix")).count() >= 3
    });
    daemon.signal("TERM");
    let run = daemon.end().success();
    let lines = before_the_end(&run.stderr);
    let about = |line: &&serde_json::Value| line["fields"]["provider"] == "emporix";
    let runs: Vec<_> = lines.iter().filter(about).collect();
    assert!(
        runs.iter().all(|line| line["fields"]["journal_hash"].is_string()),
        "one line a run\n{}",
        run.stderr
    );
    let ids: BTreeSet<&str> = runs.iter().filter_map(|line| line["fields"]["run"].as_str()).collect();
    assert_eq!(ids.len(), runs.len(), "each of its own");
    let first = &runs[0]["fields"];
    assert_eq!((&first["outcome"], &first["changes"]), (&"applied".into(), &1.into()), "{first}");
    let head = &first["journal_count"];
    assert!(head.as_u64().is_some_and(|count| count > 2), "{first}");
    assert!(first["run"].as_str().is_some_and(|id| !id.is_empty()), "{first}");
    assert!(lines.iter().all(|line| line["level"] == "INFO" || line["level"] == "WARN"), "{}", run.stderr);
    let id = world.id("emporix", "wilhelmina");
    for name in ["wilhelmina", "acme.example", &id] {
        assert!(!run.stderr.contains(name), "{name} in {}", run.stderr);
    }
}

#[test]
fn a_run_that_only_looks_is_one_line_too() {
    let world = listening(ALWAYS).group(Group::at("emporix/buyers").live(["ann"]).wanted(["ann", "bob"]));
    let daemon = world.start(["--log-format", "json", "run", "--dry-run"]);
    let is_run = |line: &&str| line.contains("\"emporix\"") && line.contains("\"wake\"");
    until("some runs", || daemon.log().lines().filter(is_run).count() >= 3);
    daemon.signal("TERM");
    let lines = before_the_end(&daemon.end().success().stderr);
    let runs: Vec<_> = lines.iter().filter(|line| line["fields"]["provider"] == "emporix").collect();
    assert!(runs.len() >= 3 && runs.iter().all(|line| line["fields"]["wake"].is_string()), "{runs:#?}");
}
