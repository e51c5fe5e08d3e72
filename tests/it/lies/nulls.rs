//! `null` where a list should be, and lists that are left out.

use rosterd::sandbox::{Effect, Fault, Reply, ReplyBody};
use serde_json::{Value, json};

use crate::support::{Group, World, split};

fn answers(body: Value) -> Effect {
    Effect::Answer(Reply { status: 200, body: Some(ReplyBody::Json(body)), ..Reply::default() })
}

/// One to add and one to remove, and another group of the same provider in which all is well.
fn world(group: &str) -> World {
    let (provider, _) = split(group);
    World::new()
        .people(["ann", "bob", "cem"])
        .guard("max_removal_percent", "\"off\"")
        .provider(provider, "retry_budget = \"200ms\"")
        .group(Group::at(group).live(["ann", "bob"]).wanted(["ann", "cem"]))
        .group(Group::at(&format!("{provider}/well")).live(["ann"]).wanted(["ann", "bob"]))
}

/// The list of members of the first group is answered so.
#[track_caller]
fn is_unreadable(group: &str, body: &Value) {
    let world = world(group);
    let (provider, _) = split(group);
    let list =
        format!("{}/{}", world.group_id(group), if provider == "travel" { "members" } else { "users" });
    world.fail(provider, Fault::new(answers(body.clone())).path(&list).reads().always());
    world.rosterd(["plan", "--exit-code"]).exits(5);
    let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(5);
    assert_eq!(run.group(group)["outcome"], "unreadable", "{group} {body}");
    assert_eq!(world.members(group), ["ann", "bob"], "{group} {body}");
    assert_eq!(world.members(&format!("{provider}/well")), ["ann", "bob"], "the rest goes on");
    world.heal();
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members(group), ["ann", "cem"]);
}

#[test]
fn null_is_no_list_of_members() {
    is_unreadable("emporix/buyers", &json!(null));
    is_unreadable("finance/payers", &json!(null));
    is_unreadable("travel/approvers", &json!({ "members": null, "pagination": { "totalNumResults": 0 } }));
    is_unreadable("travel/approvers", &json!(null));
}

#[test]
fn null_is_no_member() {
    for group in ["emporix/buyers", "finance/payers"] {
        is_unreadable(group, &json!([null]));
    }
    is_unreadable("travel/approvers", &json!({ "members": [null], "pagination": { "totalNumResults": 1 } }));
}

#[test]
fn a_list_that_is_left_out_is_empty_only_where_its_total_says_so() {
    let group = "travel/approvers";
    for body in [json!({}), json!({ "pagination": {} }), json!({ "pagination": { "totalNumResults": 2 } })] {
        is_unreadable(group, &body);
    }
    let world = World::new().people(["ann"]).group(Group::at(group).wanted(["ann"]));
    let list = format!("{}/members", world.group_id(group));
    let empty = answers(json!({ "pagination": { "totalNumResults": 0 } }));
    world.fail("travel", Fault::new(empty).path(&list).nth(1));
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members(group), ["ann"]);
}
