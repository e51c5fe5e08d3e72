//! `rosterd history`: the audit trail, its check, and the acceptance of a break.

use std::fs::{self, File};
use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Group, Run, World, json_lines, me};

/// One apply with changes at two providers.
fn applied() -> World {
    let world = World::new()
        .people(["ann", "bob"])
        .strangers(["mal"])
        .guard("max_removal_percent", "\"off\"")
        .group(Group::at("emporix/buyers").live(["ann", "mal"]).wanted(["ann", "bob"]))
        .group(Group::at("finance/payers").live(["bob"]).wanted(["ann", "bob"]));
    world.rosterd_with(["apply", "--yes"], &[("USER", "carol")]).success();
    world
}

fn lines(run: Run) -> Vec<Value> {
    json_lines(&run.success().stdout)
}

fn file(world: &World) -> PathBuf {
    let files = fs::read_dir(world.path("state/journal")).unwrap().map(|file| file.unwrap().path());
    files.max().unwrap()
}

/// The journal's only file with a word replaced by another.
fn tamper(world: &World, from: &str, to: &str) {
    let text = fs::read_to_string(file(world)).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(file(world), text.replacen(from, to, 1)).unwrap();
}

#[test]
fn changes_are_shown_with_what_became_of_them() {
    let world = applied();
    let shown = lines(world.rosterd(["history", "--format", "json"]));
    let journal = world.journal();
    let kept: Vec<_> = journal.iter().filter(|line| line["type"] != "outcome").collect();
    assert_eq!(shown.len(), kept.len());
    for (shown, kept) in shown.iter().zip(&kept) {
        let mut shown = shown.as_object().unwrap().clone();
        if kept["type"] == "intent" {
            assert_eq!(shown.remove("result"), Some("applied".into()));
            assert!(shown.remove("detail").is_some());
        }
        assert_eq!(Value::Object(shown), **kept, "every other field is as it is, oldest first");
    }

    let text = world.rosterd(["history"]).success();
    assert_eq!(text.stdout.lines().count(), shown.len(), "one line each");
    text.says("emporix/buyers  + bob (u:")
        .says("applied")
        .says("(first: groups.toml:")
        .says(&format!("takes effect, by {}", me()));
}

#[test]
fn a_part_of_the_history_can_be_asked_for() {
    let world = applied();
    let count = |args: &[&str]| {
        let args = [&["history", "--format", "json"], args].concat();
        lines(world.rosterd(args)).len()
    };
    assert_eq!(count(&["--provider", "finance"]), 3, "begin, one change, end");
    assert_eq!(count(&["--group", "emporix/buyers"]), 2);
    assert_eq!(count(&["--group", &format!("emporix/{}", world.group_id("emporix/buyers"))]), 2);
    assert_eq!(count(&["--person", "bob"]), 1);
    assert_eq!(count(&["--person", &world.id("emporix", "mal")]), 1);
    assert_eq!(count(&["--since", "2h", "--person", "bob"]), 1);
    assert_eq!(count(&["--since", "2020-01-01", "--person", "bob"]), 1);
    assert_eq!(count(&["--since", "2999-01-01T00:00:00Z"]), 0);
    world.rosterd(["history", "--since", "yesterday"]).exits(64).says("--since takes a date");
    world.rosterd(["history", "--group", "buyers"]).exits(64).says("has no slash");
    world.rosterd(["history", "--person", "nobody"]).success().says("has nothing of that");
}

#[test]
fn history_needs_no_configuration_no_lock_and_no_whole_last_line() {
    let world = applied();
    let lock = File::open(world.path("state/lock")).unwrap();
    lock.lock().unwrap();
    let text = fs::read_to_string(file(&world)).unwrap();
    fs::write(file(&world), format!("{text}{{\"at\":\"2026-11-")).unwrap();
    let run = world.rosterd(["--config", "nowhere.toml", "history", "--format", "json", "--person", "bob"]);
    assert_eq!(lines(run).len(), 1);
    world.rosterd(["history", "--verify"]).success().says("is whole").says("has it open");
    world.rosterd(["plan"]).exits(1).says("is in use by");
}

#[test]
fn times_are_told_where_the_configuration_says() {
    let world = applied();
    let end = world.journal().pop().unwrap();
    let at: jiff::Timestamp = end["at"].as_str().unwrap().parse().unwrap();
    let shown = |zone| at.in_tz(zone).unwrap().strftime("%Y-%m-%d %H:%M:%S").to_string();
    world.rosterd(["history"]).success().says(&shown("UTC"));
    let config = fs::read_to_string(world.path("rosterd.toml")).unwrap();
    world.write("rosterd.toml", &format!("{config}\n[daemon]\ntimezone = \"Asia/Tokyo\"\n"));
    world.rosterd(["history"]).success().says(&shown("Asia/Tokyo"));
}

#[test]
fn hostile_text_stays_on_its_line() {
    let world = applied();
    world.rosterd(["suspend", "emporix", "--for", "1h", "--reason", "a\u{1b}[31m\nb\u{202e}c"]).success();
    let run = world.rosterd(["history"]).success().says("a\\u{1b}[31m\\u{a}b\\u{202e}c");
    assert!(!run.stdout.contains('\u{1b}') && !run.stdout.contains('\u{202e}'));
    let run = world.rosterd(["history", "--format", "json"]);
    assert!(!run.stdout.contains('\u{1b}') && !run.stdout.contains('\u{202e}'));
    assert_eq!(lines(run).pop().unwrap()["reason"], "a\u{1b}[31m\nb\u{202e}c");
}

#[test]
fn a_whole_trail_verifies_and_says_against_what() {
    let world = applied();
    let count = world.journal().len();
    let run = world.rosterd(["history", "--verify"]).success();
    run.says(&format!("is whole: {count} lines, head "))
        .says(&format!("the state, which knows of {count} lines"));
    let verified = world.rosterd(["history", "--verify", "--format", "json"]).success().json();
    assert_eq!((&verified["whole"], &verified["state"]), (&true.into(), &"compared".into()));
    assert_eq!(verified["head"]["count"], count);
    fs::remove_dir_all(world.path("state/sled")).unwrap();
    world.rosterd(["history", "--verify"]).success().says("Not compared with the state");
    assert!(!world.path("state/sled").exists(), "looking makes nothing");
}

#[test]
fn a_break_stops_changes_until_a_person_accepts_it() {
    let world = applied();
    let by = format!("\"by\":\"{}\"", me());
    tamper(&world, &by, "\"by\":\"nobody\"");
    world.live("emporix/buyers").add("mal");
    let at = |line: u64| format!("{}:{line}", file(&world).display());
    world.rosterd(["history", "--verify"]).exits(1).says(&at(2)).says("history --accept-break --reason");
    world.rosterd(["apply", "--yes"]).exits(1).says(&at(2)).says("nothing is changed until");
    plans_all_the_same(&world, &at(2));
    world.rosterd(["suspend", "emporix", "--for", "1h"]).exits(1);
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob", "mal"]);
    world.rosterd(["history", "--person", "bob"]).success().says("+ bob");

    world.rosterd(["history", "--accept-break"]).exits(64).says("--reason");
    world.rosterd(["history", "--accept-break", "--reason", " "]).exits(64).says("--reason");
    let accept = ["history", "--accept-break", "--reason", "dave edited it by hand"];
    world.rosterd_with(accept, &[("USER", "carol")]).success().says(":2: its `prev` is not the hash");
    let line = world.journal().pop().unwrap();
    assert_eq!((&line["type"], &line["by"]), (&"acceptance".into(), &me().into()));
    assert_eq!(line["reason"], "dave edited it by hand");

    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob"]);
    world
        .rosterd(["history", "--verify"])
        .success()
        .says(&format!("{} accepted that (dave edited it by hand)", me()));
    world.rosterd(["history"]).success().says(&format!("accepted by {}: dave edited it by hand", me()));
    world.rosterd(accept).success().says("nothing to accept");

    // Neither another edit of what was accepted passes, nor one afterwards.
    tamper(&world, "\"by\":\"nobody\"", &by);
    world.rosterd(["apply", "--yes"]).exits(1).says("the audit trail is broken");
    world.rosterd(["history", "--verify"]).exits(1);
    tamper(&world, &by, "\"by\":\"nobody\"");
    world.rosterd(["history", "--verify"]).success();
    tamper(&world, "dave edited it", "eve edited it!");
    world.rosterd(["history", "--verify"]).exits(1);
}

/// A plan changes nothing: it is made, and says loudly that nothing of it can be applied.
fn plans_all_the_same(world: &World, place: &str) {
    let journal = world.journal_text();
    let broken = format!("BROKEN: the audit trail is broken at {place}: ");
    let plan = world.rosterd(["plan"]).exits(1);
    assert!(plan.stdout.lines().nth(1).unwrap().starts_with(&broken), "{}", plan.stdout);
    let plan = plan.says("drift: added outside rosterd").says("0 to add, 1 to remove");
    assert!(plan.stderr.contains("error: the audit trail is broken"), "{}", plan.stderr);
    let json = world.rosterd(["plan", "--format", "json"]).exits(1).json();
    assert_eq!((&json["trail"]["whole"], &json["summary"]["remove"]), (&false.into(), &1.into()));
    assert!(json["trail"]["detail"].as_str().unwrap().contains(place), "{json}");
    world.rosterd(["plan", "--format", "markdown"]).exits(1).says("<b>BROKEN</b>: <code>the audit trail");
    assert_eq!(world.journal_text(), journal);
}

#[test]
fn a_plan_of_a_whole_trail_says_nothing_of_it() {
    let world = applied();
    let json = world.rosterd(["plan", "--format", "json"]).success().json();
    assert!(json.get("trail").is_none());
    world.rosterd(["plan"]).success().never_says("BROKEN");
}

#[test]
fn a_plan_forgets_no_cut() {
    let world = applied();
    let name = file(&world);
    let text = fs::read_to_string(&name).unwrap();
    fs::write(&name, "").unwrap();
    let cut = world.rosterd(["history", "--verify"]).exits(1);
    let cut = cut.says(&format!("broken at {}: no line of the journal is left, but", file(&world).display()));
    assert!(!cut.stdout.contains(":0"), "{}", cut.stdout);
    world.rosterd(["plan"]).exits(1).says("BROKEN");
    world.rosterd(["history", "--verify"]).exits(1).says("no line of the journal is left");
    world.rosterd(["apply", "--yes"]).exits(1);
    let journal = world.path("state/journal");
    fs::remove_dir_all(&journal).unwrap();
    world.rosterd(["apply", "--yes"]).exits(1).says(&format!("broken at {}: no line", journal.display()));
    fs::create_dir(&journal).unwrap();
    fs::write(name, text).unwrap();
    world.rosterd(["history", "--verify"]).success();
}

#[test]
fn a_break_in_an_earlier_month_stops_changes_too() {
    let world = applied();
    let older = world.path("state/journal/2020-01.jsonl");
    fs::rename(file(&world), &older).unwrap();
    world.rosterd(["apply", "--yes"]).success();
    world.live("emporix/buyers").remove("ann");
    let text = fs::read_to_string(&older).unwrap();
    let written = world.writes().len();
    for broken in [
        text.replacen("\"action\":\"add\"", "\"action\":\"aid\"", 1),
        text[text.find('\n').unwrap() + 1..].to_owned(),
    ] {
        assert_ne!(broken, text);
        fs::write(&older, broken).unwrap();
        world.rosterd(["apply", "--yes"]).exits(1).says("2020-01.jsonl:");
        world.rosterd(["plan"]).exits(1).says("BROKEN");
    }
    assert_eq!(world.writes().len(), written);
    fs::write(&older, &text).unwrap();
    world.rosterd(["apply", "--yes"]).success();
    fs::remove_file(&older).unwrap();
    world.rosterd(["apply", "--yes"]).exits(1).says(".jsonl:1");
    world.rosterd(["history", "--accept-break", "--reason", "2020 is in the archive"]).success();
    world.rosterd(["apply", "--yes"]).success();
}

#[test]
fn a_cut_end_is_a_break() {
    let world = applied();
    let text = fs::read_to_string(file(&world)).unwrap();
    let count = text.lines().count();
    let kept: Vec<_> = text.lines().take(count - 2).collect();
    fs::write(file(&world), kept.join("\n") + "\n").unwrap();
    world.rosterd(["history", "--verify"]).exits(1).says("its end was cut off");
    let broken = world.rosterd(["history", "--verify", "--format", "json"]).exits(1).json();
    assert_eq!((&broken["whole"], &broken["breaks"][0]["line"]), (&false.into(), &(count - 2).into()));
    world.rosterd(["apply", "--yes"]).exits(1);
    world.rosterd(["history", "--accept-break", "--reason", "restored from a backup"]).success();
    world.rosterd(["apply", "--yes"]).success();
}
