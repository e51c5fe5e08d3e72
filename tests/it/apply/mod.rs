//! `rosterd apply`: what it changes, in which order, and what it says of that.

mod journal;
mod terminal;
mod trouble;

use std::collections::BTreeSet;
use std::time::Duration;

use insta::assert_snapshot;

use crate::support::{Group, World};

#[test]
fn a_roster_is_applied_and_the_second_apply_writes_nothing() {
    let world = World::new()
        .people(["ann", "bob", "cem"])
        .strangers(["mallory"])
        .group(Group::at("emporix/buyers").live(["ann", "mallory"]).wanted(["ann", "bob"]))
        .group(Group::at("travel/approvers").live(["cem"]).wanted(["ann", "cem"]))
        .group(Group::at("finance/payers").live(["ann", "bob"]).wanted(["ann"]))
        .group(Group::at("finance/legacy").live(["bob", "mallory"]).unmanaged());

    world.rosterd(["apply", "--yes"]).success();

    assert_snapshot!(world.writes(), @r"
    PUT emporix/buyers +bob -> 201
    DELETE emporix/buyers -mallory -> 204
    PATCH travel/approvers +ann -> 200
    DELETE finance/payers -bob -> 200
    ");
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob"]);
    assert_eq!(world.members("travel/approvers"), ["ann", "cem"]);
    assert_eq!(world.members("finance/payers"), ["ann"]);
    assert_eq!(world.members("finance/legacy"), ["bob", "mallory"]);

    world.forget_requests();
    world.rosterd(["apply", "--yes"]).success().says("Nothing to do");
    assert_eq!(world.writes(), []);
}

#[test]
fn additions_are_done_before_the_first_removal_is_sent() {
    let live = ["old-1", "old-2", "old-3"];
    let wanted = ["new-1", "new-2", "new-3"];
    let world = World::new().guard("max_removal_percent", "\"off\"").people(wanted).strangers(live);
    let groups = ["emporix/a", "emporix/b", "travel/a", "travel/b", "finance/a", "finance/b"];
    for group in groups {
        world.add_group(Group::at(group).live(live).wanted(wanted));
    }
    // Long enough for calls to overtake each other, were they allowed to.
    let sandbox = world.sandbox();
    sandbox.emporix().latency(Duration::from_millis(10));
    sandbox.company().latency(Duration::from_millis(10));
    sandbox.solvexia().latency(Duration::from_millis(10));

    world.rosterd(["apply", "--yes"]).success();
    let writes = world.writes();
    assert_eq!(writes.len(), 2 * 6 + 2 * 2 + 2 * 6);
    for provider in ["emporix/", "travel/", "finance/"] {
        let signs: Vec<bool> =
            writes.iter().filter(|line| line.contains(provider)).map(|line| line.contains(" +")).collect();
        assert!(signs.is_sorted_by(|one, next| one >= next), "{provider}: {writes}");
    }
    for group in groups {
        assert_eq!(world.members(group), wanted, "{group}");
    }
}

#[test]
fn nothing_is_sent_without_a_yes_or_a_terminal_to_ask_on() {
    let world = World::new().people(["ann"]).group(Group::at("emporix/buyers").wanted(["ann"]));
    let run = world.rosterd(["apply"]).exits(64);
    assert_snapshot!(run.stderr, @"error: apply asks before it changes anything, and there is no terminal to ask on: say --yes");
    assert_eq!(world.request_count(), 0);
    assert_eq!(world.journal_text(), "");
}

#[test]
fn the_result_names_each_change_in_text_and_in_json() {
    let world = World::new()
        .guard("max_removal_percent", "\"off\"")
        .people(["ann", "bob"])
        .strangers(["mallory"])
        .team("all", ["ann", "bob"])
        .group(Group::at("emporix/buyers").live(["ann", "mallory"]).wanted(["@all"]));
    assert_snapshot!(world.rosterd(["apply", "--yes"]).success().text(), @r"
    rosterd apply   roster REVISION   3 providers, 1 group, 2 memberships

    emporix · Buyers (buyers)   2 members, +1 −1
      ✓ + bob                      roster/teams.toml:5 via @all
      ✓ − u:00u4uk00000000003417   first: member before rosterd managed this group

    1 added, 1 removed, 0 failed, 0 unknown, 0 held, 0 withheld, 0 groups unchanged; 5 reads, 2 writes
    ");

    world.live("emporix/buyers").add("mallory");
    let json = world.rosterd(["apply", "--yes", "--format", "json"]).success().json();
    let group = json.pointer("/providers/0/groups/0").unwrap();
    assert_eq!(group.pointer("/changes/0/result").unwrap(), "applied", "{group}");
    assert!(group.pointer("/changes/0/detail").unwrap().is_null(), "{group}");
    let keys: BTreeSet<&str> =
        group.pointer("/changes/0").unwrap().as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, BTreeSet::from(["action", "person", "id", "cause", "because", "result", "detail"]));
}

#[test]
fn a_customer_of_emporix_is_added_as_one() {
    use crate::support::Person;

    let world = World::new()
        .person(Person::new("shopper").only_at(["emporix"]).customer().stranger())
        .group(Group::at("emporix/vips").for_customers().with("allow_empty = true"));
    let id = world.id("emporix", "shopper");
    world.wanted("emporix/vips").add(&format!("{{ id = \"{id}\" }}"));
    world.rosterd(["apply", "--yes"]).success();
    assert!(world.requests("emporix").iter().any(|line| line.contains("/users/CUSTOMER/{shopper}")));
    assert_eq!(world.members("emporix/vips"), ["shopper"]);
}

#[test]
fn a_group_that_the_roster_lets_be_empty_is_emptied_member_by_member() {
    let world = World::new()
        .guard("max_removal_percent", "\"off\"")
        .people(["ann"])
        .strangers(["mallory", "trent"])
        .group(Group::at("emporix/buyers").live(["mallory", "trent"]).with("allow_empty = true"))
        .group(Group::at("travel/drivers").live(["mallory", "trent"]).with("allow_empty = true"))
        .group(Group::at("finance/payers").live(["mallory", "trent"]).with("allow_empty = true"));
    world.rosterd(["apply", "--yes"]).success();
    // Emporix could empty the group with one call; a run never sends it.
    assert_snapshot!(world.writes().sorted(), @r"
    DELETE emporix/buyers -mallory -> 204
    DELETE emporix/buyers -trent -> 204
    DELETE finance/payers -mallory -> 200
    DELETE finance/payers -trent -> 200
    PATCH travel/drivers -mallory -trent -> 200
    ");
    assert_eq!(world.members("emporix/buyers"), [""; 0]);
}
