//! Text that came from a provider is data, wherever it is shown.

use rosterd::sandbox::{Effect, Fault, Reply, ReplyBody};

use crate::support::{Group, Person, World};

/// Clears the screen, turns the line around, breaks out of a table, a line and a page.
const NAME: &str = "Buyers \u{1b}[2J\u{1b}]0;owned\u{7} \u{202e}drowssap\n+ root   | <script>alert(1)</script> `x` [a](http://evil.example) *b* _c_";

#[test]
fn a_hostile_name_is_neutralised_in_text() {
    let run = world().rosterd(["plan"]).success();
    harmless(&run.stdout);
    assert!(!run.stdout.lines().any(|line| line.trim_start().starts_with("+ root")), "{}", run.stdout);
    assert!(run.stdout.contains("Buyers"), "the name is still to be read: {}", run.stdout);
    let applied = world().rosterd(["apply", "--yes"]);
    harmless(&applied.stdout);
}

#[test]
fn a_hostile_name_is_neutralised_in_markdown() {
    let run = world().rosterd(["plan", "--format", "markdown"]).success();
    harmless(&run.stdout);
    for markup in ["<script", "](http://evil", "`x`", "*b*"] {
        assert!(!run.stdout.contains(markup), "{markup} is markup in\n{}", run.stdout);
    }
}

#[test]
fn a_hostile_name_leaves_json_valid_and_is_told_as_it_is() {
    let json = world().rosterd(["plan", "--format", "json"]).success().json();
    assert_eq!(json.pointer("/providers/0/groups/0/name").unwrap(), NAME);
}

#[test]
fn a_hostile_message_is_neutralised_too() {
    let world = world();
    let body = serde_json::json!({ "message": NAME, "details": [NAME] });
    let reply = Reply { status: 403, body: Some(ReplyBody::Json(body)), ..Reply::default() };
    world.sandbox().emporix().fail(Fault::new(Effect::Answer(reply)).writes());
    let run = world.rosterd(["apply", "--yes", "-vvv"]).exits(4).says("drowssap");
    harmless(&run.stdout);
    harmless(&run.stderr);
    // The audit trail keeps what was said, as data.
    assert!(
        world.journal().iter().any(|line| line["detail"].as_str().is_some_and(|it| it.contains("drowssap")))
    );
}

#[test]
fn an_id_that_no_id_can_be_leaves_its_group_alone() {
    let world = World::new().people(["ann"]);
    let odd = Person::new("odd").only_at(["finance"]).id_at("finance", "u-1\u{1b}[31m").stranger();
    world.add_person(odd);
    world.add_group(Group::at("finance/payers").live(["odd"]).wanted(["ann"]));
    let run = world.rosterd(["apply", "--yes"]).exits(5).says("payers");
    harmless(&run.stdout);
    harmless(&run.stderr);
    assert_eq!(world.writes(), []);
}

#[test]
fn an_id_full_of_markup_is_shown_as_text_and_sent_as_it_is() {
    let id = "u/1?x=<b>|`*\u{202e}#%2f..";
    let world = World::new().people(["ann"]);
    world.add_person(Person::new("odd").only_at(["finance"]).id_at("finance", id).stranger());
    world.add_group(Group::at("finance/payers").live(["odd"]).wanted(["ann"]));
    for format in ["text", "markdown"] {
        let run = world.rosterd(["plan", "--format", format]).success();
        harmless(&run.stdout);
        assert!(format == "text" || !run.stdout.contains("?x=<b>"), "{}", run.stdout);
    }
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members("finance/payers"), ["ann"]);
}

/// The one thing that may not be there: what a terminal or a browser would act on.
#[track_caller]
fn harmless(text: &str) {
    for (number, line) in text.lines().enumerate() {
        let bad = line.chars().find(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(c));
        assert_eq!(bad, None, "in line {number}: {line:?}");
    }
}

fn world() -> World {
    let world = World::new().people(["ann"]).group(Group::at("emporix/buyers").wanted(["ann"]));
    world.sandbox().emporix().rename_group(&world.group_id("emporix/buyers"), "en", NAME);
    world
}
