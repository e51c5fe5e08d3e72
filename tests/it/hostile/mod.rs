//! Text that others wrote is data in every output: on a terminal, in markdown, in JSON, in logs and in complaints.

use rosterd::sandbox::{Effect, Fault, Reply, ReplyBody};
use serde_json::{Value, json};

use crate::support::{Group, PROVIDERS, Person, Run, World};

mod tls;

/// Escapes, links of terminals, overrides, isolates, nothing at all, and what markdown and HTML act on.
const EVIL: &str = "E\u{1b}[2J\u{1b}]8;;http://evil.example\u{7}link\u{1b}]8;;\u{7}\u{9b}31m\r\n+ root\t\u{202e}gnp\u{202c}\u{2066}iso\u{2069}\
                    \u{200b}\u{feff}\u{2028}\u{e0041}| **b** `c` [l](http://evil.example) ![i](http://evil.example/i.png) <img src=x onerror=y> &lt; @team #1";

/// What markdown or HTML would act on.
const MARKUP: [&str; 6] = ["**b**", "`c`", "](http", "<img", "| **", "@team"];

/// Nothing that a terminal acts on, and nothing that cannot be seen.
#[track_caller]
fn harmless(run: &Run) {
    for (stream, text) in [("stdout", &run.stdout), ("stderr", &run.stderr)] {
        for line in text.lines() {
            let bad = line.chars().find(|c| *c != '\u{fffd}' && rosterd::clean::is_hidden(*c));
            assert_eq!(bad, None, "{stream} of {}: {line:?}", run.typed);
            assert!(!line.trim_start().starts_with("+ root"), "a line of its own in {stream}: {line:?}");
            assert!(line.chars().count() < 5000, "{stream} of {}: a line without end", run.typed);
        }
    }
}

#[track_caller]
fn no_markup(run: &Run) {
    for markup in MARKUP {
        assert!(!run.stdout.contains(markup), "{markup} is markup in\n{}", run.stdout);
    }
}

/// Every name that a provider or a roster has is hostile, and as long as it likes.
fn world(tail: &str) -> World {
    let name = format!("{EVIL}{tail}");
    let quoted = serde_json::to_string(&name).unwrap();
    // JSON and TOML write these the same way but for what lies outside the first plane.
    let world = World::new().people(["bob"]);
    world.add_person(Person::new("ann").with(&format!("name = {quoted}")));
    world.add_person(
        Person::new("odd").only_at(["finance"]).id_at("finance", "u|1 `*<b>\u{202e}[x](y)").stranger(),
    );
    for path in ["emporix/buyers", "travel/drivers"] {
        let member = format!("{{ who = \"ann\", reason = {quoted} }}");
        world.add_group(Group::at(path).live(["bob"]).wanted([member]));
    }
    world.add_group(Group::at("finance/payers").live(["odd"]).wanted(["ann"]));
    world.sandbox().emporix().rename_group(&world.group_id("emporix/buyers"), "en", &name);
    world.sandbox().company().rename_group(&world.group_id("travel/drivers"), &name);
    world.sandbox().solvexia().rename_group(&world.group_id("finance/payers"), &name);
    world
}

#[test]
fn names_ids_and_reasons_are_harmless_in_every_output() {
    for tail in ["", &"ü".repeat(20_000)] {
        let world = world(tail);
        for log in ["text", "json", "journald"] {
            for format in ["text", "markdown", "json"] {
                let run = world.rosterd(["-vvv", "--log-format", log, "plan", "--format", format]).success();
                if format == "json" {
                    run.json();
                    assert!(
                        !run.stdout.contains('\u{1b}') && !run.stdout.contains('\u{202e}'),
                        "{}",
                        run.stdout
                    );
                } else {
                    harmless(&run);
                }
                if format == "markdown" {
                    no_markup(&run);
                }
            }
        }
        harmless(&world.rosterd(["apply", "--yes"]).success());
        harmless(&world.rosterd(["history"]).success());
        let history = world.rosterd(["history", "--format", "json"]).success();
        for line in history.stdout.lines() {
            serde_json::from_str::<Value>(line).unwrap();
            assert!(!line.contains(rosterd::clean::is_hidden), "{line:?}");
        }
    }
}

#[test]
fn what_a_provider_says_of_an_error_is_harmless_at_the_login_on_reads_and_on_writes() {
    let message = json!({
        "error": EVIL, "error_description": EVIL, "message": EVIL, "supportId": EVIL, "details": [EVIL],
        "debugIdentifier": EVIL, "errorMessages": [{ "errorCode": EVIL, "message": EVIL }],
    });
    let reply = Reply { status: 400, body: Some(ReplyBody::Json(message)), ..Reply::default() };
    for provider in PROVIDERS {
        for fault in [Fault::login, Fault::reads, Fault::writes] {
            let world = world("");
            world.fail(provider, fault(Fault::new(Effect::Answer(reply.clone()))).always());
            for format in ["text", "markdown"] {
                let run = world.rosterd(["-vvv", "plan", "--format", format]);
                harmless(&run);
                if format == "markdown" {
                    no_markup(&run);
                }
            }
            let run = world.rosterd(["-vvv", "apply", "--yes", "--format", "json"]);
            assert_ne!(run.code, 0, "{}", run.stdout);
            assert!(!run.stdout.contains('\u{1b}') && !run.stdout.contains('\u{202e}'), "{}", run.stdout);
            assert!(!run.stderr.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\u{2066}']), "{:?}", run.stderr);
            run.json();
        }
    }
}

#[test]
fn what_a_person_types_is_harmless_in_answers() {
    let world = world("");
    for words in [
        vec!["suspend", "emporix", "--for", "1h", "--reason", EVIL],
        vec!["resume", "emporix", "--reason", EVIL],
        vec!["suspend", EVIL, "--for", "1h", "--reason", "x"],
        vec!["approve", EVIL, "--reason", EVIL],
        vec!["approve", "00000000", "--reason", EVIL],
        vec!["plan", "--provider", EVIL],
        vec!["plan", "--group", EVIL],
        vec!["history", "--person", EVIL],
    ] {
        harmless(&world.rosterd(words));
    }
}

#[test]
fn a_hostile_roster_is_harmless_in_complaints() {
    let world = World::new().people(["ann"]).group(Group::at("emporix/buyers").wanted(["ann"]));
    world.rosterd(["check"]).success();
    let quoted = serde_json::to_string(EVIL).unwrap();
    let odd = "roster/\u{1b}[2J\u{202e}| `x` <b>.toml";
    for text in [
        format!("[people.{quoted}]\nemail = \"a@acme.example\"\n"),
        format!("[teams.t]\nmembers = [{quoted}]\n"),
        format!("[people.x]\n{quoted} = 1\n"),
        format!("[groups.{quoted}.x]\nid = {quoted}\nmembers_from = {quoted}\n"),
        format!("# {}\nx = \u{1b}[2J", EVIL.replace(['\r', '\n'], " ")),
    ] {
        world.write(odd, &text);
        let run = world.rosterd(["check"]).exits(64);
        harmless(&run);
        assert!(run.stderr.contains(".toml"), "{}", run.stderr);
    }
}
