//! Approvals: exactly what was shown, once.

use serde_json::Value;

use crate::support::{Group, World};

#[test]
fn a_digest_may_be_given_whole_or_by_its_first_digits() {
    for whole in [false, true] {
        let world = held();
        let json = world.rosterd(["plan", "--format", "json"]).success().json();
        let digest = json.pointer("/providers/0/digest").and_then(Value::as_str).unwrap().to_owned();
        assert_eq!(digest.len(), 64);
        let typed = if whole { digest.as_str() } else { &digest[..12] };
        world.rosterd(["apply", "--yes", "--approve", typed]).success();
        assert_eq!(world.members("emporix/buyers"), ["ann", "bob"]);
    }
}

#[test]
fn a_digest_of_something_else_lets_nothing_through() {
    let world = held();
    let wrong = "0123456789abcdef";
    world
        .rosterd(["apply", "--yes", "--approve", wrong])
        .exits(3)
        .says("Nothing that is held has the digest 0123456789abcdef: it approved nothing.");
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob", "x", "y"]);
}

#[test]
fn an_approval_cannot_be_replayed() {
    let world = held();
    let digest = world.rosterd(["plan"]).digest();
    world.rosterd(["apply", "--yes", "--approve", &digest]).success();

    // The very same members come back, and the very same removals are held.
    world.live("emporix/buyers").add("x").add("y");
    let again = world.rosterd(["apply", "--yes", "--approve", &digest]).exits(3).says("approved nothing");
    assert_ne!(again.digest(), digest);
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob", "x", "y"]);
    let journal = world.journal();
    let whole = journal.iter().find(|line| line["type"] == "approval").unwrap()["digest"].as_str().unwrap();
    let refused = world.rosterd(["approve", whole, "--provider", "emporix"]).exits(64);
    refused.says("was used on").says("none is used twice");
}

#[test]
fn unrelated_drift_does_not_void_an_approval_and_other_removals_do() {
    let world = held();
    let digest = world.rosterd(["plan"]).digest();

    // One more removal is held: not what was approved.
    world.live("emporix/buyers").add("z");
    world.rosterd(["apply", "--yes", "--approve", &digest]).exits(3).says("approved nothing");
    world.live("emporix/buyers").remove("z");

    // Drift elsewhere, and an addition to the very group: still what was approved.
    world.live("emporix/sellers").remove("bob");
    world.wanted("emporix/buyers").add("cem");
    world.rosterd(["apply", "--yes", "--approve", &digest]).success();
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob", "cem"]);
    assert_eq!(world.members("emporix/sellers"), ["ann", "bob"]);
}

#[test]
fn an_approval_is_for_one_provider() {
    let world = World::new()
        .guard("adopt", "\"hold\"")
        .people(["ann"])
        .strangers(["x"])
        .group(Group::at("emporix/buyers").live(["ann", "x"]).wanted(["ann"]))
        .group(Group::at("finance/payers").live(["ann", "x"]).wanted(["ann"]));
    let json = world.rosterd(["plan", "--format", "json"]).success().json();
    let digest = |provider: usize| {
        let found = json.pointer(&format!("/providers/{provider}/digest"));
        found.and_then(Value::as_str).unwrap().to_owned()
    };
    world.rosterd(["apply", "--yes", "--approve", &digest(1)]).exits(3);
    assert_eq!(world.members("emporix/buyers"), ["ann", "x"]);
    assert_eq!(world.members("finance/payers"), ["ann"]);

    // Both may be given at once; the one that was used is used up.
    world.rosterd(["apply", "--yes", "--approve", &digest(0), "--approve", &digest(1)]).success();
    assert_eq!(world.members("emporix/buyers"), ["ann"]);
}

/// A world in which the removal of two of four members is held.
fn held() -> World {
    World::new()
        .people(["ann", "bob", "cem"])
        .strangers(["x", "y", "z"])
        .group(Group::at("emporix/buyers").live(["ann", "bob", "x", "y"]).wanted(["ann", "bob"]))
        .group(Group::at("emporix/sellers").in_sync(["ann", "bob"]))
}
