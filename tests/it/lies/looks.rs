//! What looking at accounts costs, what happens when it fails, and whom it keeps where they are.

use rosterd::sandbox::{Effect, Fault, company, emporix, solvexia};
use serde_json::Value;

use super::findings::world;
use crate::support::{Group, Person, Run, World, split};

const GROUPS: [&str; 3] = ["emporix/buyers", "travel/approvers", "finance/payers"];

/// Requests that looked at accounts.
fn looks(world: &World, provider: &str) -> usize {
    let is_look = |line: &&String| match provider {
        "emporix" => line.contains("/users/") && line.starts_with("GET /iam/") && !line.contains("/groups/"),
        "travel" => line.contains("/v3/users/list") && line.contains("userIds"),
        _ => line.starts_with("GET /api/v1/users/"),
    };
    world.requests(provider).iter().filter(is_look).count()
}

fn codes(run: &Run, group: &str) -> Vec<String> {
    let found = run.group(group);
    let problems: Vec<Value> = found["problems"].as_array().cloned().unwrap_or_default();
    problems.iter().map(|it| it["code"].as_str().unwrap_or_default().to_owned()).collect()
}

/// An id of somebody with an account and no handle.
fn raw(world: &World, group: &str) -> String {
    let sandbox = world.sandbox();
    let id = match split(group).0 {
        "emporix" => {
            let id = emporix::user_id(77);
            sandbox.emporix().add_user(emporix::User::employee(&id, "raw@acme.example"));
            id
        }
        "travel" => {
            let id = company::user_id(77);
            sandbox.company().add_user(company::User::new(&id, "raw@acme.example"));
            id
        }
        _ => {
            let id = solvexia::user_id(77);
            sandbox.solvexia().add_user(solvexia::User::new(&id, "acme.raw"));
            id
        }
    };
    world.wanted(group).add(&format!("{{ id = {id:?} }}"));
    id
}

#[test]
fn nobody_is_looked_at_who_is_not_to_be_added() {
    for group in GROUPS {
        let world = world(group, Person::new("dan"));
        raw(&world, group);
        world.rosterd(["apply", "--yes"]).success();
        world.live(group).add("dan");
        world.forget_requests();
        let plan = world.rosterd(["plan", "--exit-code", "--format", "json"]).success();
        assert_eq!(looks(&world, split(group).0), 0, "{group}\n{}", world.requests(split(group).0));
        assert_eq!(plan.json()["summary"]["reads"], world.request_count());
    }
}

#[test]
fn whoever_is_to_be_added_is_looked_at_once_and_the_plan_counts_it() {
    for (group, times) in [("emporix/buyers", 1), ("travel/approvers", 1), ("finance/payers", 2)] {
        let (provider, _) = split(group);
        let second = format!("{provider}/others");
        let world = world(group, Person::new("dan"));
        world.add_group(Group::at(&second).live(["ann"]).wanted(["ann", "dan", "eve"]));
        world.rosterd(["plan"]).success();
        world.forget_requests();
        // By now everybody is remembered, and no list of users is read for it.
        let plan = world.rosterd(["plan", "--format", "json"]).success();
        let looked = looks(&world, provider);
        let listed = world
            .requests(provider)
            .iter()
            .filter(|line| line.starts_with("GET /iam/sandboxshop/users?"))
            .count();
        assert_eq!(looked.max(listed), times, "{}", world.requests(provider));
        assert_eq!(plan.json()["summary"]["reads"], world.request_count());
        world.rosterd(["apply", "--yes"]).success();
    }
}

#[test]
fn nobody_is_looked_at_where_nothing_would_be_sent() {
    for group in GROUPS {
        let (provider, _) = split(group);
        let world = world(group, Person::new("dan")).provider(provider, "mode = \"observe\"");
        raw(&world, group);
        world.rosterd(["plan"]).success();
        assert_eq!(looks(&world, provider), 0, "{}", world.requests(provider));
    }
}

/// Every look at an account comes to nothing.
fn blind(world: &World, provider: &str, effect: &Effect) {
    let effect = effect.clone();
    let single = |path: &str| path.contains("/users/") && !path.contains("groups");
    world.fail_by(provider, move |seen| {
        let is_look = seen.method == "GET" && single(&seen.path) || seen.path.ends_with("/v3/users/list");
        is_look.then(|| effect.clone())
    });
}

#[test]
fn a_look_that_fails_keeps_nobody_out_and_is_told() {
    for effect in [Effect::status(403), Effect::status(500), Effect::Html, Effect::DropBefore] {
        for group in GROUPS {
            let (provider, _) = split(group);
            let world = World::new()
                .people(["ann", "bob"])
                .provider(provider, "retry_budget = \"200ms\"")
                .guard("max_removal_percent", "\"off\"")
                .group(Group::at(group).live(["ann", "bob"]).wanted(["ann"]));
            // People are found and remembered: nothing but the look is left to fail.
            world.rosterd(["plan"]).success();
            let id = raw(&world, group);
            blind(&world, provider, &effect);
            let plan = world.rosterd(["plan", "--exit-code", "--format", "json"]).exits(2);
            assert_eq!(codes(&plan, group), ["unchecked-user"], "{group} {}", effect.name());
            world.rosterd(["apply", "--yes"]).success();
            let mut expected = [id, "ann".to_owned()];
            expected.sort();
            assert_eq!(world.members(group), expected, "{group} {}", effect.name());
        }
    }
}

#[test]
fn looks_that_fail_give_nobody_up() {
    let world = World::new()
        .provider("finance", "retry_budget = \"50ms\"")
        .people(["ann", "bob", "cem", "dan", "eve", "fay", "gus"])
        .group(Group::at("finance/payers").wanted(["ann", "bob", "cem", "dan", "eve", "fay", "gus"]));
    blind(&world, "finance", &Effect::status(500));
    world.rosterd(["apply", "--yes"]).success().says("nobody could look whether");
    assert_eq!(world.members("finance/payers").len(), 7);
}

#[test]
fn a_list_that_shows_nobody_at_all_is_not_believed() {
    let group = "travel/approvers";
    let world = World::new().people(["ann"]).group(Group::at(group).in_sync(["ann"]));
    world.rosterd(["plan"]).success();
    let id = raw(&world, group);
    world.fail("travel", Fault::new(Effect::EmptyList).path("/v3/users/list").always());
    let run = world.rosterd(["apply", "--yes", "--format", "json"]).success();
    assert_eq!(codes(&run, group), ["unchecked-user"]);
    assert_eq!(world.members(group), [id, "ann".to_owned()]);
}

/// Ann is to move from one group to another that is kept apart from it.
fn moving(provider: &str) -> World {
    let group = |name: &str| Group::at(&format!("{provider}/{name}")).with("exclusive = \"role\"");
    World::new()
        .guard("max_removal_percent", "\"off\"")
        .people(["ann", "bob", "cem"])
        .group(group("left").live(["ann", "bob"]).wanted(["bob"]))
        .group(group("right").live(["cem"]).wanted(["ann", "cem"]))
}

fn switch(world: &World, provider: &str, on: bool) {
    let (sandbox, id) = (world.sandbox(), world.id(provider, "ann"));
    match provider {
        "emporix" => sandbox.emporix().lock_user(&id, !on),
        "travel" => sandbox.company().set_active(&id, on),
        _ => sandbox.solvexia().set_status(&id, if on { "Active" } else { "Suspended" }),
    }
}

#[test]
fn whoever_cannot_be_added_keeps_the_place_from_which_they_were_to_move() {
    for provider in ["emporix", "travel", "finance"] {
        let (left, right) = (format!("{provider}/left"), format!("{provider}/right"));
        let world = moving(provider);
        // Found and remembered while all was well; or found switched off at once.
        for seen_before in [true, false] {
            if seen_before {
                world.rosterd(["plan"]).success();
            }
            switch(&world, provider, false);
            let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(3);
            assert_eq!(world.writes(), [], "{provider}");
            assert_eq!(codes(&run, &left), ["move-waits"], "{provider}");
            assert_eq!(world.members(&left), ["ann", "bob"], "{provider}");
            world
                .rosterd(["plan"])
                .success()
                .says("ann stays here until right, where the roster wants them instead, takes them in");
            switch(&world, provider, true);
        }
        world.rosterd(["plan", "--exit-code"]).exits(2);
        world.rosterd(["apply", "--yes"]).success();
        assert_eq!(
            (world.members(&left), world.members(&right)),
            (vec!["bob".to_owned()], vec!["ann".to_owned(), "cem".to_owned()])
        );
    }
}
