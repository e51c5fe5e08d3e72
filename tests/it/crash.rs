//! A run that is killed, and journals that cannot be written: nothing is forgotten, and nothing is changed
//! that is not written down first.

mod beside;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;

use rosterd::sandbox::{Effect, Fault, Seen};
use serde_json::Value;

use crate::support::{Group, PROVIDERS, World};

/// Two groups at one provider, each with two people to add and one to remove; one call at a time.
fn world_at(provider: &str) -> World {
    groups(provider).into_iter().fold(
        World::new().people(["ann", "bob", "cem", "dan"]).provider(provider, "concurrency = 1"),
        |world, path| world.group(Group::at(&path).live(["ann", "bob"]).wanted(["ann", "cem", "dan"])),
    )
}

fn groups(provider: &str) -> [String; 2] {
    [format!("{provider}/buyers"), format!("{provider}/sellers")]
}

/// A change as the journal and the sandbox both tell it: group, action, who.
type Change = (String, String, String);

fn lines<'a>(journal: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    journal.iter().filter(move |line| line["type"] == kind)
}

fn word(line: &Value, key: &str) -> String {
    line[key].as_str().unwrap_or_default().to_owned()
}

fn change(world: &World, intent: &Value) -> Change {
    let provider = word(intent, "provider");
    let group = format!("{provider}/{}", word(intent, "group"));
    (group, word(intent, "action"), world.handle(&provider, &word(intent, "id")))
}

/// The intents that have no outcome yet, by number.
fn open(world: &World) -> BTreeMap<u64, Change> {
    let journal = world.journal();
    let settled: BTreeSet<u64> =
        lines(&journal, "outcome").filter_map(|outcome| outcome["of"].as_u64()).collect();
    let intents = lines(&journal, "intent")
        .map(|intent| (intent["seq"].as_u64().expect("each line has a number"), change(world, intent)));
    intents.filter(|(seq, _)| !settled.contains(seq)).collect()
}

/// What the sandbox was asked to change, whether it did or not.
fn asked(world: &World) -> BTreeSet<Change> {
    let mut asked = BTreeSet::new();
    for write in world.writes().iter() {
        let words: Vec<&str> = write.split(' ').collect();
        for who in words[2..].iter().take_while(|word| **word != "->") {
            let action = if who.starts_with('+') { "add" } else { "remove" };
            asked.insert((words[1].to_owned(), action.to_owned(), who[1..].to_owned()));
        }
    }
    asked
}

/// Nothing reached a provider that had not been written down before.
#[track_caller]
fn every_write_was_intended(world: &World) {
    let journal = world.journal();
    let intended: BTreeSet<Change> = lines(&journal, "intent").map(|intent| change(world, intent)).collect();
    for change in asked(world) {
        assert!(intended.contains(&change), "{change:?} was sent and is not in the journal");
    }
}

fn stands(world: &World, (group, action, who): &Change) -> bool {
    world.members(group).contains(who) == (action == "add")
}

/// The next apply finds these changes open, settles them as they stand, and finishes the work.
#[track_caller]
fn the_next_apply_settles_and_finishes(world: &World, provider: &str) {
    let left_open = open(world);
    let as_they_stand: BTreeMap<u64, bool> =
        left_open.iter().map(|(seq, change)| (*seq, stands(world, change))).collect();
    world.heal();
    let run = world.rosterd(["apply", "--yes"]).success();
    if !left_open.is_empty() {
        let expected = match left_open.len() {
            1 => "1 change without an outcome was read again".to_owned(),
            several => format!("{several} changes without an outcome were read again"),
        };
        let run = run.says("An earlier run was interrupted");
        assert!(run.stderr.contains(&expected), "{}", run.stderr);
    }
    for group in groups(provider) {
        assert_eq!(world.members(&group), ["ann", "cem", "dan"], "{group}");
    }
    assert_eq!(open(world), BTreeMap::new());
    every_write_was_intended(world);

    let journal = world.journal();
    let mut crash = lines(&journal, "crash");
    assert_eq!(crash.next().is_some(), !left_open.is_empty(), "a crash that left something open is recorded");
    let begun_again = lines(&journal, "run").filter(|line| line["event"] == "begin").last();
    let begun_again = begun_again.and_then(|line| line["seq"].as_u64()).expect("the second run began");
    for (seq, applied) in as_they_stand {
        let outcome = lines(&journal, "outcome").find(|line| line["of"] == seq).expect("it was settled");
        let result = if applied { "applied" } else { "failed" };
        assert_eq!(outcome["result"], result, "{:?}", left_open[&seq]);
        assert!(outcome["seq"].as_u64() < Some(begun_again), "it was settled before anything else was done");
    }
    world.forget_requests();
    let run = world.rosterd(["apply", "--yes"]).success().says("Nothing to do");
    assert!(!run.stderr.contains("interrupted"), "{}", run.stderr);
}

/// Kills a run when its nth write came in.
fn killed_at_write(provider: &str, nth: usize) -> World {
    let world = world_at(provider);
    let mut writes = 0;
    let halted = world.halt(provider, move |seen: &Seen| {
        writes += usize::from(seen.write);
        seen.write && writes == nth
    });
    let run = world.start(["apply", "--yes"]);
    halted.reached();
    run.kill();
    world
}

#[test]
fn killed_at_any_write_before_it_was_carried_out() {
    for (provider, writes) in [("emporix", 6), ("travel", 4), ("finance", 6)] {
        for nth in 1..=writes {
            let world = killed_at_write(provider, nth);
            assert!(!open(&world).is_empty(), "{provider} {nth}: what was about to be sent is written down");
            every_write_was_intended(&world);
            the_next_apply_settles_and_finishes(&world, provider);
        }
    }
}

#[test]
fn killed_after_a_write_was_carried_out_and_before_its_answer_came() {
    for (provider, writes) in [("emporix", 6), ("travel", 4), ("finance", 6)] {
        for nth in [1, writes] {
            let world = killed_at_write(provider, nth);
            world.carry_out_the_last_write();
            the_next_apply_settles_and_finishes(&world, provider);
        }
    }
}

#[test]
fn killed_after_the_last_write_and_before_it_was_seen() {
    for provider in PROVIDERS {
        let world = world_at(provider);
        let mut writes = 0;
        let all = if provider == "travel" { 4 } else { 6 };
        let halted = world.halt(provider, move |seen: &Seen| {
            writes += usize::from(seen.write);
            !seen.write && writes == all
        });
        let run = world.start(["apply", "--yes"]);
        halted.reached();
        run.kill();
        assert_eq!(open(&world).len(), 6, "{provider}: three changes in each of two groups");
        the_next_apply_settles_and_finishes(&world, provider);
        assert_eq!(asked(&world).len(), 0, "{provider}: nothing was left to send: {}", world.writes());
    }
}

#[test]
fn killed_while_it_reads() {
    for provider in PROVIDERS {
        let world = world_at(provider);
        let halted = world.halt(provider, |seen: &Seen| !seen.login);
        let run = world.start(["apply", "--yes"]);
        halted.reached();
        run.kill();
        assert_eq!(open(&world), BTreeMap::new());
        the_next_apply_settles_and_finishes(&world, provider);
    }
}

#[test]
fn what_cannot_be_settled_now_stays_open_until_it_can() {
    let world = killed_at_write("finance", 2).provider("finance", "retry_budget = \"200ms\"");
    let left_open = open(&world);
    world.heal();
    world.down("finance", true);
    world.rosterd(["apply", "--yes"]).exits(5);
    assert_eq!(open(&world), left_open);
    the_next_apply_settles_and_finishes(&world, "finance");
}

#[test]
fn what_settling_could_not_read_is_settled_before_anything_is_sent() {
    for provider in PROVIDERS {
        let world = killed_at_write(provider, 1);
        let left_open = open(&world);
        let last = left_open.keys().last().copied();
        world.heal();
        world.fail(provider, Fault::new(Effect::Html).reads());
        world.rosterd(["apply", "--yes"]).success();
        assert_eq!(world.faults_waiting(), 0);

        let journal = world.journal();
        let number = |line: &Value| line["seq"].as_u64();
        let next = lines(&journal, "intent").map(number).find(|seq| *seq > last).expect("more was to do");
        for seq in left_open.keys() {
            let outcome = lines(&journal, "outcome").find(|line| line["of"] == *seq);
            assert!(outcome.is_some_and(|line| number(line) < next), "{provider} {seq}");
        }
    }
}

#[test]
fn a_plan_after_a_crash_leaves_the_settling_to_an_apply() {
    let world = killed_at_write("emporix", 3);
    let left_open = open(&world);
    world.heal();
    world.rosterd(["plan"]).success();
    assert_eq!(open(&world), left_open);
    the_next_apply_settles_and_finishes(&world, "emporix");
}

/// The file of the last month, where a month may have ended meanwhile.
fn month_file(world: &World) -> PathBuf {
    let files = fs::read_dir(world.path("state/journal")).expect("there is a journal");
    files.map(|file| file.expect("it can be listed").path()).max().expect("it has a file")
}

#[test]
fn a_torn_last_line_is_closed_and_the_run_goes_on() {
    let world = killed_at_write("travel", 1);
    let torn = "{\"at\":\"2026-11-22T01:00:00Z\",\"seq\":9";
    let mut file = OpenOptions::new().append(true).open(month_file(&world)).expect("it can be opened");
    file.write_all(torn.as_bytes()).expect("it can be written");
    world.heal();

    world.rosterd(["apply", "--yes"]).success().says("the journal ended in the middle of a line");
    for group in groups("travel") {
        assert_eq!(world.members(&group), ["ann", "cem", "dan"]);
    }
    let text = world.journal_text();
    let after = text.split_once(torn).map(|(_, after)| after).expect("the torn bytes stay");
    let closing: Value = serde_json::from_str(after.trim_start().lines().next().unwrap_or_default())
        .expect("a whole line follows them");
    assert_eq!(closing["type"], "crash");
    assert_eq!(closing["torn"]["bytes"], torn.len());
    let run = world.rosterd(["apply", "--yes"]).success();
    assert!(!run.stderr.contains("in the middle"), "it was closed once: {}", run.stderr);
}

#[test]
fn a_journal_that_was_altered_or_cut_stops_every_change() {
    type Damage = fn(&str) -> String;
    let damages: [(&str, Damage); 3] = [
        ("altered", |text| text.replacen("\"add\"", "\"ADD\"", 1)),
        ("its end was cut off", |text| {
            let end = text.trim_end().rfind('\n').map_or(0, |end| end + 1);
            text[..end].to_owned()
        }),
        ("emptied", |_| String::new()),
    ];
    for (what, damage) in damages {
        let world = world_at("emporix");
        world.rosterd(["apply", "--yes"]).success();
        let file = month_file(&world);
        let whole = fs::read_to_string(&file).expect("it is text");
        fs::write(&file, damage(&whole)).expect("it can be written");
        world.live("emporix/buyers").remove("dan");
        world.forget_requests();

        let run = world.rosterd(["apply", "--yes"]).exits(1).says("the audit trail is broken at ");
        assert!(run.stdout.is_empty(), "{what}: {}", run.stdout);
        assert_eq!(world.request_count(), 0, "{what}");

        fs::write(&file, whole).expect("it can be written");
        world.rosterd(["apply", "--yes"]).success();
        assert_eq!(world.members("emporix/buyers"), ["ann", "cem", "dan"]);
    }
}

#[test]
fn a_state_that_cannot_be_written_changes_nothing() {
    let world = world_at("emporix");
    // Nobody can make a directory there, whoever runs this.
    let run = world.rosterd_with(["apply", "--yes"], &[("STATE_DIRECTORY", "/sys/rosterd")]);
    run.exits(1).says("cannot make the state directory /sys/rosterd");
    assert_eq!(world.request_count(), 0);
}

#[test]
fn a_journal_that_cannot_be_begun_changes_nothing() {
    for provider in PROVIDERS {
        let world = world_at(provider);
        fs::create_dir(world.path("state")).expect("it can be made");
        // It looks like no journal yet, and no directory can be made there.
        std::os::unix::fs::symlink("/nowhere/at/all", world.path("state/journal"))
            .expect("a link can be made");
        world.rosterd(["apply", "--yes"]).exits(1).says("state/journal");
        assert_eq!(world.writes(), []);

        fs::remove_file(world.path("state/journal")).expect("it can be removed");
        the_next_apply_settles_and_finishes(&world, provider);
    }
}

#[test]
fn a_journal_that_goes_away_in_the_middle_stops_what_is_not_written_down() {
    for provider in PROVIDERS {
        let world = world_at(provider);
        // One run leaves a journal, so that it can be taken away in the next.
        world.rosterd(["plan"]).success();
        let (journal, away) = (world.path("state/journal"), world.path("state/away"));
        let mut there = true;
        world.fail_by(provider, move |seen| {
            if seen.write && there {
                there = false;
                fs::rename(&journal, &away).expect("it can be moved");
            }
            None
        });

        let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(1);
        assert!(run.stderr.contains("could not be written down"), "{}", run.stderr);
        let results = world.results(&run);
        for group in groups(provider) {
            assert_eq!(world.members(&group), ["ann", "bob", "cem", "dan"], "added, and nobody removed");
            assert!(results.contains(&format!("{group} add cem applied")), "{results:?}");
            assert!(results.contains(&format!("{group} remove bob failed")), "{results:?}");
            let bob = world.id(provider, "bob");
            assert!(run.detail(&group, &bob).starts_with("not sent: "), "{}", run.detail(&group, &bob));
        }
        assert!(asked(&world).iter().all(|(_, action, _)| action == "add"), "{}", world.writes());

        fs::rename(world.path("state/away"), world.path("state/journal")).expect("it can be moved back");
        the_next_apply_settles_and_finishes(&world, provider);
    }
}

#[test]
fn a_second_process_is_told_who_was_first() {
    let world = world_at("emporix");
    let halted = world.halt("emporix", |seen: &Seen| seen.write);
    let first = world.start(["apply", "--yes"]);
    halted.reached();
    let before = world.request_count();
    for command in [vec!["plan"], vec!["apply", "--yes"]] {
        let holder = format!("is in use by process {} (`rosterd apply`)", first.id());
        world.rosterd(command).exits(1).says(&holder);
    }
    assert_eq!(world.request_count(), before, "the second ones sent nothing");
    first.kill();
    the_next_apply_settles_and_finishes(&world, "emporix");
}
