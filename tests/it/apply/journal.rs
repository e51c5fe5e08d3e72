//! The audit trail of an apply, as it stands on disk.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rosterd::sandbox::{Effect, Fault};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::support::{Group, PROVIDERS, World, me_through_sudo};

#[test]
fn every_change_has_an_intent_before_and_an_outcome_after() {
    let world = applied();
    let journal = world.journal();
    let intents: Vec<&Value> = of_type(&journal, "intent");
    let outcomes: Vec<&Value> = of_type(&journal, "outcome");
    let told = |line: &Value| {
        let text = |key: &str| line[key].as_str().unwrap_or("-").to_owned();
        format!(
            "{}/{} {} {} {}",
            text("provider"),
            text("group"),
            text("action"),
            text("person"),
            text("cause")
        )
    };
    let told: BTreeSet<String> = intents.iter().map(|line| told(line)).collect();
    assert_eq!(
        told.into_iter().collect::<Vec<_>>(),
        [
            "emporix/buyers add ann first",
            "emporix/buyers add bob first",
            "emporix/buyers remove - first",
            "travel/drivers add ann first",
            "travel/drivers add bob first",
        ]
    );
    // One membership change an intent, however many share a call; and one outcome each.
    assert_eq!(world.writes().iter().filter(|line| line.contains("travel")).count(), 1);
    let settled: BTreeSet<u64> = outcomes.iter().map(|line| line["of"].as_u64().unwrap()).collect();
    let opened: BTreeSet<u64> = intents.iter().map(|line| line["seq"].as_u64().unwrap()).collect();
    assert_eq!(settled, opened);
    assert_eq!(outcomes.len(), intents.len());

    let failed: Vec<&&Value> = outcomes.iter().filter(|line| line["result"] != "applied").collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["result"], "failed");
    assert!(failed[0]["detail"].as_str().is_some_and(|detail| detail.contains("403")), "{}", failed[0]);
}

#[test]
fn every_line_has_the_fields_of_the_contract() {
    let world = applied();
    let journal = world.journal();
    for (kind, keys) in [
        ("run", &["event", "run", "provider", "target", "revision"][..]),
        ("intent", &["run", "provider", "group", "group_id", "action", "person", "id", "cause", "because"]),
        ("outcome", &["of", "result", "detail"]),
        ("roster", &["revision", "by"]),
    ] {
        let lines = of_type(&journal, kind);
        assert!(!lines.is_empty(), "there are lines of the type {kind}");
        for (line, key) in lines.iter().flat_map(|line| keys.iter().map(move |key| (line, key))) {
            assert!(line.get(key).is_some(), "{kind} without {key}: {line}");
        }
    }
    let ends: Vec<String> = of_type(&journal, "run")
        .into_iter()
        .filter(|line| line["event"] == "end")
        .map(|line| format!("{} {}", line["provider"].as_str().unwrap(), line["outcome"].as_str().unwrap()))
        .collect();
    assert_eq!(ends.iter().collect::<BTreeSet<_>>().len(), 3, "each provider's run ended: {ends:?}");
    let ann = of_type(&journal, "intent").into_iter().find(|line| line["person"] == "ann").unwrap();
    assert_eq!(ann["because"][0]["file"], "teams.toml");
    assert_eq!(ann["because"][0]["via"], serde_json::json!(["all"]));
    let at: Timestamp = ann["at"].as_str().unwrap().parse().unwrap();
    assert!((0..600).contains(&Timestamp::now().duration_since(at).as_secs()), "UTC, now");
}

#[test]
fn the_chain_of_hashes_holds_and_shows_a_change() {
    let world = applied();
    world.live("emporix/buyers").remove("ann");
    world.rosterd(["apply", "--yes"]).exits(4);

    let text = world.journal_text();
    let mut hash = "0".repeat(64);
    for (number, line) in (1..).zip(text.lines()) {
        let json: Value = serde_json::from_str(line).unwrap();
        assert_eq!(json["seq"], number);
        assert_eq!(json["prev"], *hash, "line {number}");
        hash = hex(&Sha256::digest(line));
    }

    let files = std::fs::read_dir(world.path("state/journal")).unwrap().map(|file| file.unwrap().path());
    // The last one, where a month has ended meanwhile: ann was added again.
    let file = files.filter(|file| file.extension().is_some()).max().unwrap();
    assert_eq!(file.file_name().unwrap().to_str().unwrap().len(), "2026-11.jsonl".len(), "one file a month");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("\"person\":\"ann\"", "\"person\":\"eve\"", 1)).unwrap();
    world.forget_requests();
    let run = world.rosterd(["apply", "--yes"]).exits(1);
    assert!(run.stderr.contains(".jsonl"), "the place of the break: {}", run.stderr);
    assert_eq!(world.writes(), [], "nothing is changed over a broken trail");
}

#[test]
fn intents_are_written_before_the_first_byte_is_sent() {
    let world = applied();
    let at = |line: &Value| line["at"].as_str().unwrap().parse::<Timestamp>().unwrap();
    for intent in of_type(&world.journal(), "intent") {
        let id = intent["id"].as_str().unwrap();
        for provider in PROVIDERS.into_iter().filter(|provider| intent["provider"] == *provider) {
            let adds = intent["action"] == "add";
            let sent = world.seen(provider).into_iter().find(|seen| {
                let body = seen.body.as_ref().map(ToString::to_string).unwrap_or_default();
                seen.write
                    && (seen.method != "DELETE") == adds
                    && (seen.path.contains(id) || body.contains(id))
            });
            assert!(at(intent) <= sent.expect("it was sent").at, "{intent}");
        }
    }
}

#[test]
fn an_approval_and_who_gave_it_are_written_down() {
    let world = World::new()
        .guard("adopt", "\"hold\"")
        .people(["ann"])
        .strangers(["mallory"])
        .group(Group::at("emporix/buyers").live(["ann", "mallory"]).wanted(["ann"]));
    let digest = world.rosterd(["plan"]).digest();
    let args = ["apply", "--yes", "--approve", &digest, "--reason", "left in 2019"];
    world.rosterd_with(args, &[("USER", "carol"), ("SUDO_USER", "olga")]).success();

    let journal = world.journal();
    let approval = of_type(&journal, "approval")[0];
    assert_eq!(approval["reason"], "left in 2019");
    assert_eq!(approval["by"], me_through_sudo("olga"));
    assert!(approval["digest"].as_str().unwrap().starts_with(&digest));
    let intent = of_type(&journal, "intent")[0];
    assert_eq!(intent["approved"], approval["digest"]);
}

/// A world after an apply in which one change was refused.
fn applied() -> World {
    let world = World::new()
        .people(["ann", "bob"])
        .strangers(["mallory"])
        .team("all", ["ann", "bob"])
        .group(Group::at("emporix/buyers").live(["mallory"]).wanted(["@all"]))
        .group(Group::at("travel/drivers").wanted(["@all"]));
    let refuse = Fault::new(Effect::status(403)).writes().path(&world.id("emporix", "bob")).always();
    world.sandbox().emporix().fail(refuse);
    world.rosterd(["apply", "--yes"]).exits(4);
    world
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

fn of_type<'a>(journal: &'a [Value], kind: &str) -> Vec<&'a Value> {
    journal.iter().filter(|line| line["type"] == kind).collect()
}
