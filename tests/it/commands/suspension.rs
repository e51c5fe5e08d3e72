//! `rosterd suspend` and `resume`: a provider at which nothing is changed for a while.

use serde_json::Value;

use crate::support::{Group, Person, World, me};

/// Something to do at two providers; bob has left.
fn world() -> World {
    World::new()
        .people(["ann"])
        .person(Person::new("bob"))
        .strangers(["mal"])
        .guard("max_removal_percent", "\"off\"")
        .group(Group::at("emporix/buyers").in_sync(["bob"]).with("allow_empty = true"))
        .group(Group::at("finance/payers").live(["mal"]).wanted(["ann"]))
}

#[test]
fn nothing_is_changed_at_a_suspended_provider() {
    let world = world();
    world.rosterd(["apply", "--yes"]).success();
    world.wanted("emporix/buyers").add("ann");
    world.set_person("bob", "until = 2020-01-31");
    world.live("finance/payers").add("mal");
    world.forget_requests();

    let suspend = ["suspend", "emporix", "--for", "4h", "--reason", "migration"];
    world.rosterd_with(suspend, &[("USER", "carol")]).success().says("emporix is suspended until");
    let line = world.journal().pop().unwrap();
    assert_eq!((&line["type"], &line["provider"]), (&"suspension".into(), &"emporix".into()));
    assert_eq!((&line["by"], &line["reason"]), (&me().into(), &"migration".into()));

    let plan = world.rosterd(["plan"]).success();
    let plan = plan
        .says("emporix   SUSPENDED: nothing is changed here until")
        .says(&format!("({}, migration)", me()));
    plan.says("people who left and still have access: bob");
    let plan = world.rosterd(["plan", "--format", "json"]).json();
    let emporix = &plan["providers"][0];
    assert_eq!((&emporix["outcome"], &emporix["reason"]), (&"suspended".into(), &"migration".into()));
    assert_eq!((&emporix["until"], &emporix["leavers"]), (&line["until"], &vec!["bob"].into()));
    assert_eq!(emporix["groups"][0]["changes"], Value::Array(Vec::new()));
    let withheld = emporix["groups"][0]["withheld"].as_array().unwrap();
    assert!(
        withheld.len() == 2 && withheld.iter().all(|change| change["why"] == "suspended"),
        "{withheld:?}"
    );

    world.rosterd(["apply", "--yes"]).exits(3).says("SUSPENDED");
    assert_eq!(world.members("emporix/buyers"), ["bob"]);
    assert_eq!(world.members("finance/payers"), ["ann"], "the others go on");
    let ends = world.journal().into_iter().filter(|line| line["event"] == "end");
    let ended: Vec<_> = ends.map(|line| (line["provider"].clone(), line["outcome"].clone())).collect();
    assert!(ended.contains(&("emporix".into(), "suspended".into())), "{ended:?}");

    world.rosterd(["resume", "emporix"]).success().says("emporix is resumed");
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members("emporix/buyers"), ["ann"]);
    world.rosterd(["resume", "emporix"]).success().says("emporix is not suspended");
}

#[test]
fn an_apply_says_3_as_long_as_a_provider_is_suspended() {
    let world = world();
    world.rosterd(["apply", "--yes"]).success();
    world.rosterd(["suspend", "emporix", "--for", "7d"]).success();
    world.rosterd(["apply", "--yes"]).exits(3).says("none given");
    world.rosterd(["apply", "--yes", "--provider", "finance"]).success();
    world.rosterd(["plan", "--exit-code"]).success();
}

#[test]
fn a_suspension_keeps_causes_and_adopts_nothing() {
    let world = world().guard("adopt", "\"hold\"");
    world.rosterd(["suspend", "finance", "--for", "4h"]).success();
    world.rosterd(["apply", "--yes"]).exits(3);
    world.rosterd(["resume", "finance"]).success();
    let plan = world.rosterd(["plan", "--format", "json"]).json();
    let payers = &plan["providers"][1]["groups"][0];
    assert_eq!(plan["providers"][1]["provider"], "finance");
    assert_eq!(payers["changes"][0]["cause"], "first");
    assert_eq!(payers["withheld"][0]["cause"], "first", "and still held as such");
}

#[test]
fn a_lost_state_forgets_no_suspension() {
    let world = world();
    world.rosterd(["suspend", "finance", "--for", "4h"]).success();
    std::fs::remove_dir_all(world.path("state/sled")).unwrap();
    world.rosterd(["apply", "--yes"]).exits(3);
    assert_eq!(world.members("finance/payers"), ["mal"]);
}

#[test]
fn a_suspension_is_of_a_known_provider_and_short() {
    let world = world();
    world.rosterd(["suspend", "finanse", "--for", "4h"]).exits(64).says("did you mean \"finance\"?");
    for (length, says) in [
        ("8d", "at most 7 days"),
        ("7d 1s", "at most 7 days"),
        ("0h", "at most 7 days"),
        ("-4h", "at most 7 days"),
        ("1mo", "--for takes a span"),
        ("soon", "--for takes a span"),
    ] {
        world.rosterd(["suspend", "finance", &format!("--for={length}")]).exits(64).says(says);
    }
    world.rosterd(["suspend", "finance"]).exits(64).says("--for");
    assert!(world.journal().is_empty());
}
