//! Somebody else undoes the same membership again and again.

use serde_json::{Value, json};

mod hostile;

use crate::support::{Group, Run, World, me, split};

const GROUPS: [&str; 3] = ["emporix/buyers", "travel/approvers", "finance/payers"];

/// Ann is in place and dan is wanted; mal is nobody's.
fn world(group: &str) -> World {
    World::new()
        .people(["ann", "bob", "dan"])
        .strangers(["mal"])
        .guard("max_removal_percent", "\"off\"")
        .group(Group::at(group).live(["ann", "bob"]).wanted(["ann", "bob", "dan"]))
}

/// rosterd adds dan, and somebody else removes dan, so many times.
fn undone(world: &World, group: &str, times: usize) {
    for _ in 0..times {
        world.rosterd(["apply", "--yes"]).success();
        assert_eq!(world.members(group), ["ann", "bob", "dan"]);
        world.live(group).remove("dan");
    }
}

fn codes(run: &Run, group: &str) -> Vec<Value> {
    let group = run.group(group);
    group["problems"].as_array().unwrap().iter().map(|problem| problem["code"].clone()).collect()
}

/// Lines of the journal about fights, as `begin dan`.
fn told(world: &World, provider: &str) -> Vec<String> {
    let lines = world.journal().into_iter().filter(|line| line["type"] == "fight");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    lines.map(|it| format!("{} {}", text(&it["event"]), world.handle(provider, &text(&it["id"])))).collect()
}

#[test]
fn what_is_undone_three_times_is_added_no_more() {
    for group in GROUPS {
        let (provider, handle) = split(group);
        let world = world(group);
        undone(&world, group, 3);
        world.wanted(group).add("{ who = \"@late\" }");
        world.set_team("late", ["ann"]);
        world.forget_requests();

        let plan = world.rosterd(["plan", "--format", "json", "--exit-code"]).exits(3);
        assert_eq!(codes(&plan, group), ["fight"]);
        let held = &plan.provider(provider)["held"];
        let expected = json!([{
            "rule": "fight", "group": handle, "limit": "3 times in 7 days", "found": "1", "set_at": "built in"
        }]);
        assert_eq!(*held, expected);
        assert_eq!(plan.group(group)["withheld"][0]["why"], "held");
        assert_eq!(plan.provider(provider)["digest"], Value::Null, "no approval lets it through");

        let run = world.rosterd(["apply", "--yes"]).exits(3);
        run.says("dan was removed by someone else 3 times within seven days, each time after rosterd had added dan")
            .says(&format!("`rosterd resume {provider} --group {handle} --person dan`"))
            .says("again and again; rosterd adds it no more");
        assert_eq!(world.members(group), ["ann", "bob"]);
        assert_eq!(world.writes(), []);
        assert_eq!(told(&world, provider), ["begin dan"]);
        // It lasts, and is written down once.
        world.rosterd(["apply", "--yes"]).exits(3).says("rosterd stopped adding dan on");
        assert_eq!(told(&world, provider), ["begin dan"]);
        world.rosterd(["plan", "--format", "markdown"]).success().says("rosterd stopped adding dan on");
        world.rosterd(["history"]).success().says("rosterd stops adding dan");
    }
}

#[test]
fn twice_is_no_fight() {
    let world = world("emporix/buyers");
    undone(&world, "emporix/buyers", 2);
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob", "dan"]);
}

#[test]
fn the_rest_goes_on() {
    let world = World::new()
        .people(["ann", "bob", "dan", "eve"])
        .group(Group::at("emporix/buyers").live(["ann", "bob"]).wanted(["ann", "bob", "dan"]))
        .group(Group::at("emporix/sellers").live(["ann"]).wanted(["ann"]));
    undone(&world, "emporix/buyers", 3);
    world.wanted("emporix/buyers").add("eve").remove("bob");
    world.wanted("emporix/sellers").add("dan");
    world.rosterd(["apply", "--yes"]).exits(3);
    assert_eq!(world.members("emporix/buyers"), ["ann", "eve"]);
    assert_eq!(world.members("emporix/sellers"), ["ann", "dan"]);
}

#[test]
fn a_person_resumes_it() {
    for group in GROUPS {
        let (provider, handle) = split(group);
        let world = world(group);
        undone(&world, group, 3);
        world.rosterd(["apply", "--yes"]).exits(3);
        world.rosterd(["resume", provider]).success().says("there are fights over dan in");

        world.rosterd(["resume", provider, "--group", handle, "--person", "ann"]).exits(64);
        let resume =
            ["resume", provider, "--group", handle, "--person", "dan", "--reason", "script is fixed"];
        world.rosterd_with(resume, &[("USER", "carol")]).success().says("dan in");
        let line = world.journal().pop().unwrap();
        assert_eq!((&line["event"], &line["by"]), (&json!("end"), &json!(me())));
        assert_eq!(line["reason"], "script is fixed");

        // What was counted before counts no more.
        world.rosterd(["apply", "--yes"]).success();
        assert_eq!(world.members(group), ["ann", "bob", "dan"]);
        world.live(group).remove("dan");
        undone(&world, group, 1);
        world.rosterd(["apply", "--yes"]).success();
    }
}

#[test]
fn it_can_be_resumed_before_any_apply_has_stopped_it() {
    let world = world("emporix/buyers");
    undone(&world, "emporix/buyers", 3);
    world.rosterd(["plan", "--exit-code"]).exits(3);
    world.rosterd(["resume", "emporix", "--group", "buyers"]).success();
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob", "dan"]);
}

#[test]
fn another_word_of_the_roster_ends_it_and_an_edit_elsewhere_does_not() {
    let group = "finance/payers";
    let world = world(group);
    undone(&world, group, 3);
    world.rosterd(["apply", "--yes"]).exits(3);

    world.wanted(group).remove("bob");
    world.rosterd(["apply", "--yes"]).exits(3);
    assert_eq!(world.members(group), ["ann"]);

    world.wanted(group).remove("dan").add("{ who = \"dan\", reason = \"agreed with finance\" }");
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members(group), ["ann", "dan"]);
    assert_eq!(told(&world, "finance"), ["begin dan", "end dan"]);
    world.live(group).remove("dan");
    world.rosterd(["apply", "--yes"]).success();
}

#[test]
fn who_is_no_longer_wanted_is_no_fight() {
    let group = "travel/approvers";
    let world = world(group);
    undone(&world, group, 3);
    world.rosterd(["apply", "--yes"]).exits(3);
    world.wanted(group).remove("dan");
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(told(&world, "travel"), ["begin dan", "end dan"]);
    // Wanted again, in the very same words, is a new story.
    world.wanted(group).add("dan");
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members(group), ["ann", "bob", "dan"]);
}

#[test]
fn removals_go_on_with_an_alarm() {
    for group in GROUPS {
        let world = world(group);
        world.rosterd(["apply", "--yes"]).success();
        for _ in 0..3 {
            world.live(group).add("mal");
            world.rosterd(["apply", "--yes"]).success().never_says("again and again");
            assert_eq!(world.members(group), ["ann", "bob", "dan"]);
        }
        world.live(group).add("mal");
        let run = world.rosterd(["apply", "--yes", "--format", "json"]).success();
        let run = run.says("again and again; rosterd goes on removing it");
        assert_eq!(codes(&run, group), ["fight"]);
        assert_eq!(world.members(group), ["ann", "bob", "dan"]);
    }
}

#[test]
fn it_outlives_the_state() {
    let group = "emporix/buyers";
    let world = world(group);
    undone(&world, group, 3);
    world.rosterd(["apply", "--yes"]).exits(3);
    std::fs::remove_dir_all(world.path("state/sled")).unwrap();
    world.rosterd(["apply", "--yes"]).exits(3);
    assert_eq!(world.members(group), ["ann", "bob"]);
}

#[test]
fn a_member_again_is_told_of_until_it_is_resumed() {
    let group = "emporix/buyers";
    let world = world(group);
    undone(&world, group, 3);
    world.rosterd(["apply", "--yes"]).exits(3);
    world.live(group).add("dan");
    world
        .rosterd(["apply", "--yes"])
        .success()
        .says("dan is a member again, whom somebody else went on removing");
    world.rosterd(["resume", "emporix", "--group", "buyers"]).success();
    world.rosterd(["plan", "--exit-code"]).success().says("Nothing to do");
}
