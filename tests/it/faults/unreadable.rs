//! One group that does not come whole: it is left alone, and the others are not.

use rosterd::sandbox::{Effect, Fault, Reply, ReplyBody, Seen};
use serde_json::{Value, json};

use crate::support::{Group, World, split};

/// Two groups at every provider, each with one person to add and one to remove.
fn six() -> World {
    let world = World::new().people(["ann", "bob", "cem"]);
    let world = PAIRS
        .into_iter()
        .flatten()
        .fold(world, |world, path| world.group(Group::at(path).live(["ann", "bob"]).wanted(["ann", "cem"])));
    ["emporix", "travel", "finance"]
        .into_iter()
        .fold(world, |world, provider| world.provider(provider, "retry_budget = \"200ms\""))
}

/// The group that cannot be read, and the other one.
const PAIRS: [[&str; 2]; 3] = [
    ["emporix/buyers", "emporix/sellers"],
    ["travel/approvers", "travel/bookers"],
    ["finance/payers", "finance/readers"],
];

/// Where the members of a group are read.
fn member_list(world: &World, path: &str) -> String {
    let id = world.group_id(path);
    match split(path).0 {
        "travel" => format!("/{id}/members"),
        _ => format!("/{id}/users"),
    }
}

/// The broken group is as it was and nothing was sent about it; all others are as the roster says.
/// Then it is mended, and so is the group.
#[track_caller]
fn only_this_group_was_left_alone(world: &World, broken: &str, why: &str) {
    let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(5);
    let group = run.group(broken);
    assert_eq!(group["outcome"], "unreadable", "{broken}: {group}");
    assert_eq!(group["changes"], json!([]), "{broken}");
    let error = group["error"].as_str().unwrap_or_default();
    assert!(error.contains(why), "{broken} should say {why:?}, and says {error:?}");
    for path in PAIRS.into_iter().flatten() {
        let expected = if path == broken { ["ann", "bob"] } else { ["ann", "cem"] };
        assert_eq!(world.members(path), expected, "{path}, with {broken} unreadable");
    }
    let about_it = world.writes().iter().filter(|write| write.contains(broken)).count();
    assert_eq!(about_it, 0, "nothing is sent about {broken}: {}", world.writes());
    let intents = world.journal();
    let about_it = |line: &&Value| line["type"] == "intent" && line["group"] == split(broken).1;
    assert_eq!(intents.iter().filter(about_it).count(), 0, "no intent about {broken}");

    world.heal();
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members(broken), ["ann", "cem"]);
}

/// The same trouble at each provider in turn.
#[track_caller]
fn at_each(effect: &Effect, why: &str) {
    for [broken, _] in PAIRS {
        at_one(broken, effect.clone(), why);
    }
}

#[track_caller]
fn at_one(broken: &str, effect: Effect, why: &str) {
    let world = six();
    let reads = Fault::new(effect).reads().path(&member_list(&world, broken)).always();
    world.fail(split(broken).0, reads);
    only_this_group_was_left_alone(&world, broken, why);
}

fn list(rows: Value) -> Effect {
    Effect::Answer(Reply { status: 200, body: Some(ReplyBody::Json(rows)), ..Reply::default() })
}

#[test]
fn a_forbidden_group() {
    at_each(&Effect::status(403), "The sandbox was told to fail here");
}

#[test]
fn a_sign_in_page_with_200() {
    at_each(&Effect::Html, "something else than JSON (text/html)");
}

#[test]
fn an_answer_that_always_breaks_off() {
    at_each(&Effect::CutBody, "the connection was lost within the answer");
}

#[test]
fn json_of_another_shape() {
    let why = "answered with JSON of another shape (application/json): expected a sequence";
    at_one("emporix/buyers", list(json!({ "items": [] })), why);
    at_one("travel/approvers", list(json!({ "members": "none" })), why);
    at_one("finance/payers", list(json!({ "message": "Welcome" })), why);
}

#[test]
fn json_that_ends_in_its_middle() {
    for (broken, begun) in [
        ("emporix/buyers", "[{\"id"),
        ("travel/approvers", "{\"members\": [{"),
        ("finance/payers", "[{\"id\": \"u"),
    ] {
        let reply =
            Reply { status: 200, body: Some(ReplyBody::Broken(begun.to_owned())), ..Reply::default() };
        at_one(broken, Effect::Answer(reply), "the answer ends in its middle");
    }
}

#[test]
fn a_total_that_is_not_what_came() {
    for broken in ["emporix/buyers", "travel/approvers"] {
        at_one(broken, Effect::TotalOff(1), "2 different items came, with a total of 3");
        at_one(broken, Effect::TotalOff(-1), "2 different items came, with a total of 1");
    }
}

#[test]
fn a_total_that_moves_for_ever() {
    for (broken, page_size) in [("emporix/buyers", 1), ("travel/approvers", 1)] {
        let (provider, _) = split(broken);
        let world = six().provider(provider, &format!("page_size = {page_size}"));
        let list = member_list(&world, broken);
        let mut off = 0;
        world.fail_by(provider, move |seen: &Seen| {
            if seen.write || !seen.path.contains(&list) {
                return None;
            }
            off += 1;
            Some(Effect::TotalOff(off))
        });
        only_this_group_was_left_alone(&world, broken, "in 3 readings; in the last one the total went from");
    }
}

#[test]
fn no_total_at_all() {
    let why = "the provider does not say how many there are";
    at_one("emporix/buyers", list(json!([])), why);
    at_one("travel/approvers", list(json!({ "members": [] })), why);
}

#[test]
fn one_member_listed_twice() {
    let world = six();
    let (ann, bob) = (world.id("finance", "ann"), world.id("finance", "bob"));
    let rows = json!([{ "id": ann }, { "id": bob }, { "id": ann }]);
    at_one("finance/payers", list(rows), "is in the list more than once");

    let member = json!({ "userId": world.id("travel", "ann") });
    let page = json!({ "members": [member, member], "pagination": { "totalNumResults": 2 } });
    at_one("travel/approvers", list(page), "1 different items came, with a total of 2");
}

#[test]
fn an_id_that_no_path_can_carry() {
    at_one("finance/payers", list(json!([{ "id": ".." }])), "an id that cannot be used");
}
