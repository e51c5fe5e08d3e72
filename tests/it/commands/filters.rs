//! Which part of the audit trail `rosterd history` shows, filter by filter and together.

use serde_json::Value;

use crate::support::{Group, World, json_lines};

/// Two applies: bob comes in both groups of emporix and in one of finance; then he leaves emporix/buyers.
fn world() -> World {
    let world = World::new()
        .people(["ann", "bob"])
        .guard("max_removal_percent", "\"off\"")
        .group(Group::at("emporix/buyers").live(["ann"]).wanted(["ann", "bob"]))
        .group(Group::at("emporix/sellers").live(["ann"]).wanted(["ann", "bob"]))
        .group(Group::at("finance/payers").live(["ann"]).wanted(["ann", "bob"]));
    world.rosterd(["apply", "--yes"]).success();
    world.wanted("emporix/buyers").remove("bob");
    world.rosterd(["apply", "--yes"]).success();
    world
}

fn shown(world: &World, filters: &[&str]) -> Vec<Value> {
    let args = [&["history", "--format", "json"], filters].concat();
    json_lines(&world.rosterd(args).success().stdout)
}

/// The changes among what is shown, as `emporix/buyers add`.
fn changes(world: &World, filters: &[&str]) -> Vec<String> {
    let text_of = |line: &Value, key: &str| line[key].as_str().unwrap().to_owned();
    let intents = shown(world, filters).into_iter().filter(|line| line["type"] == "intent");
    let mut changes: Vec<String> = intents
        .map(|it| {
            format!("{}/{} {}", text_of(&it, "provider"), text_of(&it, "group"), text_of(&it, "action"))
        })
        .collect();
    changes.sort();
    changes
}

/// The runs at a provider, oldest first.
fn runs(world: &World, provider: &str) -> Vec<String> {
    let begun = world.journal().into_iter();
    let begun = begun.filter(|line| line["event"] == "begin" && line["provider"] == provider);
    begun.map(|line| line["run"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn by_provider_and_by_several() {
    let world = world();
    let all = ["emporix/buyers add", "emporix/buyers remove", "emporix/sellers add", "finance/payers add"];
    assert_eq!(changes(&world, &[]), all);
    assert_eq!(changes(&world, &["--provider", "finance"]), ["finance/payers add"]);
    assert_eq!(changes(&world, &["--provider", "finance", "--provider", "emporix"]), all);
    assert_eq!(changes(&world, &["--provider", "travel"]), Vec::<String>::new());
    let types = shown(&world, &["--provider", "emporix"]);
    assert!(types.iter().all(|line| line["provider"] == "emporix"));
    assert_eq!(types.iter().filter(|line| line["type"] == "run").count(), 4, "runs are of a provider too");
}

#[test]
fn a_provider_that_nobody_knows_is_refused() {
    let world = world();
    world.rosterd(["history", "--provider", "emporics"]).exits(64).says("did you mean \"emporix\"?");
    world.rosterd(["history", "--group", "emporics/buyers"]).exits(64).says("did you mean \"emporix\"?");
    world.rosterd(["history", "--provider", "finance", "--provider", "nope"]).exits(64).says("known are: ");
    let empty = world.rosterd(["history", "--provider", "travel", "--person", "bob"]).success();
    empty.says("has nothing of that");
    // One that was renamed or is gone has its history still, and without a configuration the trail alone counts.
    world.write(
        "rosterd.toml",
        &std::fs::read_to_string(world.path("rosterd.toml")).unwrap().replace("finance", "money"),
    );
    assert_eq!(changes(&world, &["--provider", "finance"]), ["finance/payers add"]);
    world.rosterd(["history", "--provider", "money"]).success().says("has nothing of that");
    for (provider, code) in [("finance", 0), ("money", 64), ("travel", 0)] {
        world.rosterd(["--config", "nowhere.toml", "history", "--provider", provider]).exits(code);
    }
}

#[test]
fn by_group_handle_and_by_group_id() {
    let world = world();
    let buyers = ["emporix/buyers add", "emporix/buyers remove"];
    assert_eq!(changes(&world, &["--group", "emporix/buyers"]), buyers);
    let id = format!("emporix/{}", world.group_id("emporix/buyers"));
    assert_eq!(changes(&world, &["--group", &id]), buyers);
    assert_eq!(changes(&world, &["--group", "finance/buyers"]), Vec::<String>::new());
    world.rosterd(["history", "--group", "emporix/buyers", "--provider", "emporix"]).exits(64);
}

#[test]
fn by_person_and_by_id() {
    let world = world();
    assert_eq!(changes(&world, &["--person", "bob"]).len(), 4);
    let id = world.id("emporix", "bob");
    assert_eq!(changes(&world, &["--person", &id]).len(), 3, "an id is of one provider");
    assert_eq!(changes(&world, &["--person", "ann"]), Vec::<String>::new());
    assert!(shown(&world, &["--person", "bob"]).iter().all(|line| line["type"] == "intent"));
}

#[test]
fn by_run_and_by_either_end_of_its_id() {
    let world = world();
    let [first, second] = <[String; 2]>::try_from(runs(&world, "emporix")).unwrap();
    assert_eq!(changes(&world, &["--run", &first]), ["emporix/buyers add", "emporix/sellers add"]);
    assert_eq!(changes(&world, &["--run", &second]), ["emporix/buyers remove"]);
    assert_eq!(changes(&world, &["--run", &second[..30]]), ["emporix/buyers remove"]);
    assert_eq!(changes(&world, &["--run", &second[24..]]), ["emporix/buyers remove"]);
    assert_eq!(changes(&world, &["--run", &second[28..].to_uppercase()]), ["emporix/buyers remove"]);
    let types: Vec<Value> = shown(&world, &["--run", &second]).iter().map(|it| it["type"].clone()).collect();
    assert_eq!(types, ["run", "intent", "run"]);
    world.rosterd(["history", "--run", "019"]).exits(64).says("at least 8 characters");
    world.rosterd(["history", "--run", "ffffffff"]).success().says("has nothing of that");
    // From a change that was wrong to what undoes it.
    world.rosterd(["history", "--person", "bob"]).success().says(&format!("run {}\n", &second[24..]));
}

#[test]
fn by_time() {
    let world = world();
    let second = runs(&world, "emporix").pop().unwrap();
    let begin = world.journal().into_iter().find(|line| line["run"] == second.as_str()).unwrap();
    let since = begin["at"].as_str().unwrap();
    assert_eq!(changes(&world, &["--since", since]), ["emporix/buyers remove"]);
    assert_eq!(changes(&world, &["--since", "1h"]).len(), 4);
    assert_eq!(changes(&world, &["--since", "2999-01-01"]), Vec::<String>::new());
    world.rosterd(["history", "--since", "0s"]).exits(64);
}

#[test]
fn together_they_show_what_fits_all() {
    let world = world();
    let first = runs(&world, "emporix").remove(0);
    assert_eq!(changes(&world, &["--run", &first, "--group", "emporix/buyers"]), ["emporix/buyers add"]);
    assert_eq!(changes(&world, &["--person", "bob", "--provider", "finance"]), ["finance/payers add"]);
    let buyers = ["--person", "bob", "--group", "emporix/buyers", "--since", "1h"];
    assert_eq!(changes(&world, &buyers).len(), 2);
    assert_eq!(changes(&world, &["--run", &first, "--provider", "finance"]), Vec::<String>::new());
}

#[test]
fn a_check_and_an_acceptance_take_no_filter() {
    let world = world();
    for filter in [["--provider", "emporix"], ["--person", "bob"], ["--run", "01234567"], ["--since", "1h"]] {
        let verify = [&["history", "--verify"], &filter[..]].concat();
        world.rosterd(verify).exits(64);
        let accept = [&["history", "--accept-break", "--reason", "why"], &filter[..]].concat();
        world.rosterd(accept).exits(64);
    }
    world.rosterd(["history", "--verify", "--accept-break", "--reason", "why"]).exits(64);
    world.rosterd(["history", "--reason", "why"]).exits(64);
}

#[test]
fn an_approval_and_a_suspension_are_of_the_run_that_they_concern() {
    let world = World::new()
        .people(["ann"])
        .strangers(["mal"])
        .guard("adopt", "\"hold\"")
        .group(Group::at("emporix/buyers").live(["ann", "mal"]).wanted(["ann"]));
    let digest = world.rosterd(["plan"]).success().digest();
    world.rosterd(["apply", "--yes", "--approve", &digest, "--reason", "he left"]).success();
    let run = runs(&world, "emporix").pop().unwrap();
    world.rosterd(["undo", &run, "--yes"]).success();
    let types = |lines: &[Value]| {
        lines.iter().map(|line| line["type"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let of_run = shown(&world, &["--run", &run]);
    assert_eq!(types(&of_run), ["run", "approval", "intent", "run", "run", "suspension", "run"]);
}
