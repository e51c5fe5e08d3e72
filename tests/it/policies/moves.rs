//! Moves between groups of one label: the old place first, and given back when the new one is refused.

use insta::assert_snapshot;
use rosterd::sandbox::{Effect, Fault};
use serde_json::Value;

use super::{customer, predefine, promotion, refuse};
use crate::support::{Group, World};

#[test]
fn a_role_is_changed_where_the_provider_allows_one_at_a_time() {
    let world = promotion();
    let plan = world.rosterd(["plan"]).success();
    assert_snapshot!(plan.text(), @r"
    rosterd plan   roster REVISION   3 providers, 2 groups, 3 memberships

    emporix · buyer (buyer)           1 member, +1
      + ann   roster/groups.toml:13; leaves requester first (roster/groups.toml:16)
    emporix · requester (requester)   2 members, −1
      − ann   first: member before rosterd managed this group

    1 to add, 1 to remove, 0 held, 0 withheld, 0 groups unchanged; 5 reads, 2 writes
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
fn whoever_is_to_move_to_a_group_that_cannot_be_read_stays() {
    let world = promotion();
    let buyer = format!("/{}/users", world.group_id("emporix/buyer"));
    world.fail("emporix", Fault::new(Effect::Html).path(&buyer).always());
    let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(3);
    assert_eq!(world.writes(), []);
    assert_eq!(run.group("emporix/requester")["problems"][0]["code"], "move-waits");
    assert_eq!(world.members("emporix/requester"), ["ann", "bob"], "ann would be in neither");

    world.heal();
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members("emporix/requester"), ["bob"]);
    assert_eq!(world.members("emporix/buyer"), ["ann", "cem"]);
}

#[test]
fn whoever_is_locked_out_of_the_new_group_keeps_the_old_place() {
    let world = swap("travel");
    world.sandbox().company().set_active(&world.id("travel", "ann"), false);
    world.rosterd(["apply", "--yes"]).exits(3).says("ann stays here until right");
    assert_eq!(world.members("travel/left"), ["ann", "bob", "cem"]);
    assert_eq!(world.members("travel/right"), ["dan"]);
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
    assert_eq!(back["because"][0]["reason"], "given back: the move to buyer was not completed");
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

#[test]
fn an_addition_that_is_denied_gives_the_old_place_back_since_reads_go_through() {
    let world = promotion();
    super::answer(&world, 401);
    let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(4);
    assert_snapshot!(world.writes(), @r"
    DELETE emporix/requester -ann -> 204
    PUT emporix/buyer +ann -> 401
    PUT emporix/buyer +ann -> 401
    PUT emporix/requester +ann -> 201
    ");
    assert_eq!(world.members("emporix/requester"), ["ann", "bob"]);
    assert!(run.detail("emporix/buyer", "ann").ends_with("; the place in requester was given back"));

    world.forget_requests();
    world.rosterd(["apply", "--yes"]).exits(3).says("is not tried again until the roster changes");
    assert_eq!(world.writes(), [], "nobody loses a place with every run");
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

/// Ann and bob change places with each other at a provider; three more stay where they are.
fn swap(provider: &str) -> World {
    let group = |name: &str| Group::at(&format!("{provider}/{name}")).with("exclusive = \"role\"");
    World::new()
        .provider(provider, "retry_budget = \"200ms\"")
        .guard("max_removal_percent", "\"off\"")
        .people(["ann", "bob", "cem", "dan"])
        .group(group("left").live(["ann", "cem"]).wanted(["bob", "cem"]))
        .group(group("right").live(["bob", "dan"]).wanted(["ann", "dan"]))
}

/// Where the first request stands that changes a group so, and the last one.
fn writes_of(requests: &[String], methods: &[&str], part: &str) -> (usize, usize) {
    let is_one = |line: &String| methods.iter().any(|method| line.starts_with(method)) && line.contains(part);
    let first = requests.iter().position(is_one).expect("there is one");
    (first, requests.iter().rposition(is_one).unwrap_or(first))
}

#[test]
fn people_change_places_at_every_provider_and_the_places_are_seen_to_be_free() {
    for (provider, leaves, enters) in [
        ("emporix", ("DELETE", ""), ("PUT", "")),
        ("travel", ("PATCH", "userIdsToRemove"), ("PATCH", "userIdsToAdd")),
        ("finance", ("DELETE", ""), ("POST", "/usergroups/")),
    ] {
        let world = swap(provider);
        world.rosterd(["apply", "--yes"]).success();
        assert_eq!(world.members(&format!("{provider}/left")), ["bob", "cem"]);
        assert_eq!(world.members(&format!("{provider}/right")), ["ann", "dan"]);
        assert_eq!(world.writes().len(), 4, "{}", world.writes());
        let requests = world.requests(provider);
        let (_, left) = writes_of(&requests, &[leaves.0], leaves.1);
        let (entered, _) = writes_of(&requests, &[enters.0], enters.1);
        let between = requests.get(left + 1..entered).expect("everybody leaves before anybody enters");
        let reads = between.iter().filter(|line| !line.starts_with(leaves.0)).count();
        assert!(reads >= 1, "{provider}: the places are looked at first\n{requests}");
        world.rosterd(["plan", "--exit-code"]).success().says("Nothing to do");
    }
}

#[test]
fn an_addition_whose_answer_was_lost_gives_nothing_back() {
    for (provider, method) in [("travel", "PATCH"), ("finance", "POST")] {
        let world = swap(provider);
        let left = world.group_id(&format!("{provider}/left"));
        // The second of the two changes at company v3, where a removal is the same method.
        let nth = if provider == "travel" { 2 } else { 1 };
        world.fail(provider, Fault::new(Effect::DropAfter).method(method).path(&left).nth(nth));
        world.rosterd(["apply", "--yes"]).success();
        assert_eq!(world.faults_waiting(), 0);
        assert_eq!(world.members(&format!("{provider}/left")), ["bob", "cem"], "{provider}");
        assert_eq!(world.writes().len(), 4, "{}", world.writes());
    }
}

#[test]
fn a_place_that_cannot_be_looked_at_is_not_taken_and_nothing_is_given_back_unseen() {
    let world = promotion().provider("emporix", "retry_budget = \"200ms\"");
    let (buyer, requester) = (world.group_id("emporix/buyer"), world.group_id("emporix/requester"));
    let mut freed = false;
    world.fail_by("emporix", move |seen| {
        freed |= seen.method == "DELETE";
        (freed && seen.method == "GET" && seen.path.contains(&requester)).then(|| Effect::status(503))
    });
    let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(4);
    assert_eq!(world.writes(), ["DELETE emporix/requester -ann -> 204"]);
    assert_eq!(
        run.detail("emporix/buyer", "ann"),
        "not sent: the place in requester was not seen to be free"
    );
    world.heal();
    world.forget_requests();

    // The next run completes it; its addition is not seen either, and may stand.
    let mut taken = false;
    world.fail_by("emporix", move |seen| {
        taken |= seen.method == "PUT";
        (taken && seen.method == "GET" && seen.path.contains(&buyer)).then(|| Effect::status(503))
    });
    world.rosterd(["apply", "--yes"]).exits(4);
    assert_eq!(world.writes(), ["PUT emporix/buyer +ann -> 201"], "and nothing is given back");
    world.heal();
    world.rosterd(["plan", "--exit-code"]).success().says("Nothing to do");
}
