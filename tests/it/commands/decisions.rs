//! `rosterd approve`: exactly what was held, once.

use serde_json::Value;

use crate::support::{Group, Run, World, me};

/// Two of four buyers were there before rosterd, and are held.
fn held() -> World {
    World::new()
        .people(["ann", "bob"])
        .strangers(["mal", "mel", "max"])
        .guard("adopt", "\"hold\"")
        .group(Group::at("emporix/buyers").live(["ann", "bob", "mal", "mel"]).wanted(["ann", "bob"]))
        .group(Group::at("travel/approvers").in_sync(["ann"]))
}

fn approvals(world: &World) -> Vec<Value> {
    world.journal().into_iter().filter(|line| line["type"] == "approval").collect()
}

/// All digits, out of the plan as JSON.
fn whole_digest(plan: &Run) -> String {
    let plan = plan.json();
    let providers = plan["providers"].as_array().unwrap();
    providers.iter().find_map(|provider| provider["digest"].as_str()).unwrap().to_owned()
}

#[test]
fn an_approval_lets_exactly_what_was_held_through_once() {
    let world = held();
    let digest =
        world.rosterd(["plan"]).success().says("to let exactly this through: rosterd approve ").digest();
    assert_eq!(digest.len(), 12);
    let approve = ["approve", &digest, "--reason", "they left in 2019"];
    world.rosterd_with(approve, &[("USER", "carol")]).success().says("at emporix until");

    let given = approvals(&world);
    assert_eq!(given.len(), 1);
    assert_eq!((&given[0]["used_by"], &given[0]["by"]), (&Value::Null, &me().into()));
    assert_eq!(
        (&given[0]["reason"], &given[0]["provider"]),
        (&"they left in 2019".into(), &"emporix".into())
    );
    assert_eq!(world.writes(), [], "an approval changes nothing by itself");

    // The plan says what an apply would send now.
    let plan = world.rosterd(["plan", "--format", "json"]).success().json();
    assert_eq!((&plan["summary"]["remove"], &plan["summary"]["held"]), (&2.into(), &0.into()));

    world.rosterd_with(["apply", "--yes", "--reason", "nightly"], &[("USER", "timer")]).success();
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob"]);
    let used = approvals(&world).pop().unwrap();
    assert_eq!((&used["by"], &used["reason"]), (&me().into(), &"they left in 2019".into()));
    assert!(used["used_by"].is_string(), "{used}");
    let approved: Vec<_> = world.journal().into_iter().filter(|line| line["type"] == "intent").collect();
    assert!(approved.iter().all(|intent| intent["approved"] == used["digest"]), "{approved:?}");

    // The same people, put back and held again, need another one.
    world.live("emporix/buyers").add("mal").add("mel");
    world.rosterd(["plan", "--format", "json", "--exit-code"]);
    world.set_guard("max_removal_percent", "1");
    world.rosterd(["apply", "--yes"]).exits(3);
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob", "mal", "mel"]);
}

#[test]
fn one_more_held_removal_voids_an_approval() {
    let world = held();
    let digest = world.rosterd(["plan"]).success().digest();
    world.rosterd(["approve", &digest]).success().says("Reason: none given");
    assert_eq!(approvals(&world)[0]["reason"], "none given");
    world.live("emporix/buyers").add("max");
    world.rosterd(["apply", "--yes"]).exits(3).says("rosterd approve");
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob", "mal", "max", "mel"]);
    // It is still there for what it names.
    world.live("emporix/buyers").remove("max");
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob"]);
}

#[test]
fn first_digits_must_name_what_was_held_last() {
    let world = held();
    world.rosterd(["approve", "3f9c2a1b"]).exits(64).says("the last plan held nothing");
    let plan = world.rosterd(["plan", "--format", "json"]).success();
    let digest = whole_digest(&plan);
    let shown = &digest[..12];
    let unknown = if digest.starts_with('0') { "1f9c2a1b" } else { "0f9c2a1b" };
    world.rosterd(["approve", unknown]).exits(64).says(shown).says("at emporix (2 changes");
    for typed in [&digest[..8], &digest] {
        let elsewhere = world.rosterd(["approve", typed, "--provider", "travel"]).exits(64);
        elsewhere
            .says(&format!("{shown} is held at emporix, not at travel: approve it with --provider emporix"));
    }
    for typed in ["abc", "not-hex!", &format!("{digest}0")] {
        world.rosterd(["approve", typed]).exits(64).says("is no digest");
    }
    world.rosterd(["approve", shown, "--provider", "emporics"]).exits(64).says("did you mean \"emporix\"?");
    assert_eq!(approvals(&world), Vec::<Value>::new());

    world.rosterd(["approve", &digest[..8].to_uppercase()]).success();
    assert_eq!(approvals(&world)[0]["digest"], digest);
}

#[test]
fn all_digits_need_no_plan_before() {
    let world = held();
    let digest = whole_digest(&world.rosterd(["plan", "--format", "json"]).success());
    std::fs::remove_dir_all(world.path("state")).unwrap();
    world.rosterd(["approve", &digest]).exits(64).says("--provider");
    world.rosterd(["approve", &digest, "--provider", "emporix"]).success();
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob"]);
}

#[test]
fn an_approval_needs_no_roster_that_checks() {
    let world = held();
    let digest = world.rosterd(["plan"]).success().digest();
    world.write("roster/teams.toml", "[teams.broken\n");
    world.rosterd(["plan"]).exits(64);
    world.rosterd(["approve", &digest]).success();
}

#[test]
fn a_lost_state_forgets_no_approval_that_the_journal_has() {
    let world = held();
    let digest = world.rosterd(["plan"]).success().digest();
    world.rosterd(["approve", &digest]).success();
    std::fs::remove_dir_all(world.path("state/sled")).unwrap();
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob"]);
}
