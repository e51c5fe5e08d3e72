//! Moves between groups of one label: the old place first, and given back when the new one is refused.

use insta::assert_snapshot;
use rosterd::sandbox::{Effect, Fault};
use serde_json::Value;

use super::{customer, predefine, promotion, refuse, rules};
use crate::support::{Group, World};

#[test]
fn a_role_is_changed_where_the_provider_allows_one_at_a_time() {
    let world = promotion();
    let plan = world.rosterd(["plan"]).success();
    assert_snapshot!(plan.text(), @r"
    rosterd plan   roster REVISION   3 providers, 2 groups, 3 memberships

    emporix · buyer (buyer)           1 member, +1
      + ann   roster/groups.toml:13
    emporix · requester (requester)   2 members, −1
      − ann   first: member before rosterd managed this group

    1 to add, 1 to remove, 0 held, 0 withheld, 0 groups unchanged; 4 reads, 2 writes
    ");
    world.rosterd(["apply", "--yes"]).success();
    assert_snapshot!(world.writes(), @r"
    DELETE emporix/requester -ann -> 204
    PUT emporix/buyer +ann -> 201
    ");
    assert_eq!(world.members("emporix/buyer"), ["ann", "cem"]);
    assert_eq!(world.members("emporix/requester"), ["bob"]);

    world.forget_requests();
    world.rosterd(["apply", "--yes"]).success().says("Nothing to do");
    assert_eq!(world.writes(), []);
}

#[test]
fn without_the_label_the_provider_refuses_the_second_role() {
    let world = World::new()
        .person(customer("ann", 900))
        .person(customer("bob", 901))
        .group(Group::at("emporix/requester").for_customers().live(["ann", "bob"]).wanted(["bob"]))
        .group(Group::at("emporix/buyer").for_customers().wanted(["ann"]));
    predefine(&world);
    world.rosterd(["apply", "--yes"]).exits(4);
    assert_snapshot!(world.writes(), @r"
    PUT emporix/buyer +ann -> 400
    DELETE emporix/requester -ann -> 204
    ");
    assert_eq!(world.members("emporix/buyer"), [""; 0], "and ann has neither");
}

#[test]
fn a_refused_addition_gives_the_old_place_back_and_waits_for_another_roster() {
    let world = promotion();
    refuse(&world);
    let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(4);
    assert_snapshot!(world.writes(), @r"
    DELETE emporix/requester -ann -> 204
    PUT emporix/buyer +ann -> 422
    PUT emporix/requester +ann -> 201
    ");
    assert_eq!(world.members("emporix/requester"), ["ann", "bob"]);
    assert_eq!(world.results(&run), ["emporix/buyer add ann failed", "emporix/requester remove ann failed"]);
    assert!(run.detail("emporix/buyer", "ann").ends_with("; the place in requester was given back"));

    let back = intents(&world).pop().expect("there are intents");
    assert_eq!(
        (&back["action"], &back["group"], &back["cause"]),
        (&"add".into(), &"requester".into(), &"roster".into())
    );
    assert_eq!(back["because"][0]["reason"], "given back: the move to buyer was refused");
    assert_eq!(back["because"][0]["file"], "groups.toml");

    world.forget_requests();
    world.rosterd(["apply", "--yes"]).exits(3).says("is not tried again until the roster changes");
    assert_eq!(world.writes(), []);
    world.rosterd(["plan", "--exit-code"]).exits(3).says("ann stays here: the move to buyer was refused on");

    world.heal();
    world.wanted("emporix/buyer").with("# asked for again");
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members("emporix/buyer"), ["ann", "cem"]);
    assert_eq!(world.members("emporix/requester"), ["bob"]);
    world.rosterd(["plan", "--exit-code"]).success().says("Nothing to do");
}

fn intents(world: &World) -> Vec<Value> {
    world.journal().into_iter().filter(|line| line["type"] == "intent").collect()
}

#[test]
fn a_second_role_that_stays_is_told() {
    let world = promotion();
    world.live("emporix/buyer").add("ann");
    world.wanted("emporix/requester").with("membership = \"include\"");
    let run = world.rosterd(["plan", "--format", "json"]).success();
    let problems = run.group("emporix/buyer")["problems"].clone();
    assert_eq!(problems[0]["code"], "policy-violated");
    let detail = problems[0]["detail"].as_str().unwrap_or_default();
    let expected = "ann is in emporix/requester too, and one group of `company-role` is allowed (roster/";
    assert!(detail.starts_with(expected), "{detail}");
}
