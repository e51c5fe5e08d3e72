//! A member list that is far smaller than the last one, though rosterd removed nobody.

use rosterd::sandbox::{Effect, Fault, Reply, ReplyBody};
use serde_json::{Value, json};

use crate::support::{Group, Person, Run, World, split};

const GROUPS: [&str; 3] = ["emporix/buyers", "travel/approvers", "finance/payers"];
const SIX: [&str; 6] = ["ann", "bob", "cem", "dan", "eve", "fay"];

/// Six members, all of them wanted, and an apply that has seen so.
fn settled(group: &str) -> World {
    let world = World::new()
        .guard("max_removal_percent", "\"off\"")
        .guard("max_removals", "\"off\"")
        .people(SIX)
        .group(Group::at(group).in_sync(SIX));
    world.rosterd(["apply", "--yes"]).success();
    world.forget_requests();
    world
}

/// Where the members of a group are read.
fn member_reads(world: &World, group: &str, effect: Effect) -> Fault {
    let tail = if group.starts_with("travel") { "members" } else { "users" };
    Fault::new(effect).reads().path(&format!("/{}/{tail}", world.group_id(group)))
}

/// The provider says that these people are all members there are. Emporix has no total in its body, so that it
/// tells the lie by losing the others for a while.
fn only(world: &World, group: &str, members: &[&str]) {
    for handle in SIX.into_iter().filter(|handle| !members.contains(handle)) {
        world.live(group).remove(handle);
    }
}

fn codes(run: &Run, group: &str) -> Vec<Value> {
    let group = run.group(group);
    group["problems"].as_array().unwrap().iter().map(|problem| problem["code"].clone()).collect()
}

fn rules(run: &Run, group: &str) -> Vec<Value> {
    let provider = run.provider(split(group).0);
    provider["held"].as_array().unwrap().iter().map(|held| held["rule"].clone()).collect()
}

#[test]
fn removals_wait_and_additions_go_on() {
    for group in GROUPS {
        let world = settled(group);
        world.wanted(group).remove("ann");
        only(&world, group, &["ann", "bob"]);

        let run = world.rosterd(["plan", "--format", "json", "--exit-code"]).exits(3);
        assert_eq!(codes(&run, group), ["shrunken"], "{group}");
        assert_eq!(rules(&run, group), ["shrunken"], "{group}");
        let held = &run.provider(split(group).0)["held"][0];
        assert_eq!((&held["found"], &held["limit"]), (&json!("4 of 6"), &json!("50 %")));
        assert_eq!(run.json()["summary"]["add"], 4);

        let run = world.rosterd(["apply", "--yes"]).exits(3);
        run.says(
            "removals wait, members are gone whom rosterd did not remove: 4 of 6, limit 50 % (built in)",
        )
        .says("4 of 6 members are gone who were there on")
        .says("removals in this group wait until it is as before or they are approved");
        assert_eq!(world.members(group), SIX, "everybody is back, and ann is not gone yet");
        // The group is as before: what waited is done.
        let run = world.rosterd(["apply", "--yes", "--format", "json"]).success();
        assert_eq!(codes(&run, group), [] as [Value; 0]);
        assert_eq!(world.members(group), SIX[1..]);
    }
}

#[test]
fn plans_do_not_make_it_true() {
    let group = "emporix/buyers";
    let world = settled(group);
    world.wanted(group).set(["ann", "gus"]);
    world.add_person(Person::new("gus"));
    only(&world, group, &["ann", "cem"]);
    for _ in 0..3 {
        let run = world.rosterd(["plan", "--format", "json", "--exit-code"]).exits(3);
        assert_eq!(
            (codes(&run, group), rules(&run, group)),
            (vec![json!("shrunken")], vec![json!("shrunken")])
        );
    }
    // Neither do applies that leave it as small as it is.
    for _ in 0..3 {
        let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(3);
        assert_eq!(
            (codes(&run, group), rules(&run, group)),
            (vec![json!("shrunken")], vec![json!("shrunken")])
        );
    }
    assert_eq!(world.members(group), ["ann", "cem", "gus"], "whom rosterd adds makes up for nobody");
}

#[test]
fn an_approval_lets_the_removals_through_and_ends_it() {
    for group in GROUPS {
        let world = settled(group);
        world.wanted(group).set(["ann"]);
        only(&world, group, &["ann", "cem"]);
        let digest = world.rosterd(["apply", "--yes"]).exits(3).digest();
        assert_eq!(world.members(group), ["ann", "cem"]);

        let approve = ["apply", "--yes", "--approve", &digest, "--reason", "a clean-up by hand"];
        let approved = world.rosterd(approve).success();
        approved.says("so the read may be wrong; its removals were approved").never_says("wait until");
        assert_eq!(world.members(group), ["ann"]);
        world.rosterd(["plan", "--exit-code"]).success().says("Nothing to do");
    }
}

#[test]
fn what_rosterd_removed_itself_is_no_lie() {
    for group in GROUPS {
        let world = settled(group);
        world.wanted(group).set(["ann"]);
        world.rosterd(["apply", "--yes"]).success();
        assert_eq!(world.members(group), ["ann"]);
        let run = world.rosterd(["plan", "--format", "json", "--exit-code"]).success();
        assert_eq!(codes(&run, group), [] as [Value; 0]);
    }
}

#[test]
fn removals_whose_outcome_is_open_are_no_lie_either() {
    let group = "finance/payers";
    let world = settled(group).provider("finance", "retry_budget = \"200ms\"");
    world.wanted(group).set(["ann"]);
    let (mut written, id) = (false, world.group_id(group));
    world.fail_by("finance", move |seen| {
        let reads_again = written && !seen.write && !seen.login && seen.path.contains(&id);
        written |= seen.write;
        reads_again.then(|| Effect::status(503))
    });
    world.rosterd(["apply", "--yes"]).exits(4);
    world.heal();
    assert_eq!(world.members(group), ["ann"]);
    let run = world.rosterd(["plan", "--format", "json", "--exit-code"]).success();
    assert_eq!(codes(&run, group), [] as [Value; 0]);
}

#[test]
fn an_empty_list_is_told_of_and_everybody_is_added() {
    for group in GROUPS {
        let world = settled(group);
        only(&world, group, &[]);
        let run = world.rosterd(["plan", "--format", "json", "--exit-code"]).exits(2);
        assert_eq!(codes(&run, group), ["empty-live"], "{group}");
        world.rosterd(["plan"]).success().says("the provider says that nobody is a member; 6 were there on");
        world.rosterd(["apply", "--yes"]).success();
        assert_eq!(world.members(group), SIX);
        world.rosterd(["plan", "--exit-code"]).success().says("Nothing to do");
    }
}

#[test]
fn an_empty_list_that_is_not_true_forgets_nobody_from_before() {
    // Mallory was there before rosterd came. While the list is empty she is not gone.
    for group in GROUPS {
        let world = World::new()
            .guard("adopt", "\"hold\"")
            .people(["ann", "bob"])
            .strangers(["mallory"])
            .group(Group::at(group).live(["ann", "bob", "mallory"]).wanted(["ann", "bob"]));
        world.rosterd(["apply", "--yes"]).exits(3).says("first: member before rosterd managed this group");

        let provider = split(group).0;
        world.fail(provider, member_reads(&world, group, Effect::EmptyList).always());
        world.rosterd(["plan"]).success().says("nobody is a member; 3 were there on");
        // What is added does not stand, as far as the lie goes.
        assert_ne!(world.rosterd(["apply", "--yes"]).code, 0);
        world.heal();
        let run = world.rosterd(["apply", "--yes"]).exits(3);
        run.says("first: member before rosterd managed this group").never_says("drift");
        assert_eq!(world.members(group), ["ann", "bob", "mallory"], "{group}");
    }
}

#[test]
fn a_lie_at_first_contact_is_held_against_the_plan_before_it() {
    let group = "finance/payers";
    let world = World::new()
        .guard("adopt", "\"hold\"")
        .people(["ann"])
        .strangers(["x", "y", "z"])
        .group(Group::at(group).live(["ann", "x", "y", "z"]).wanted(["ann"]));
    world.rosterd(["plan"]).success();
    let rows = json!([{ "id": world.id("finance", "ann") }]);
    let reply = Reply { status: 200, body: Some(ReplyBody::Json(rows)), ..Reply::default() };
    world.fail("finance", member_reads(&world, group, Effect::Answer(reply)).always());
    world.rosterd(["apply", "--yes"]).success().says("3 of 4 members are gone who were there on");
    world.heal();
    // All of them are from before, as they were.
    world.rosterd(["apply", "--yes"]).exits(3).never_says("drift");
    assert_eq!(world.members(group), ["ann", "x", "y", "z"]);
}

#[test]
fn the_first_read_of_all_has_nothing_to_be_held_against() {
    let world = World::new().people(["ann"]).group(Group::at("emporix/buyers").wanted(["ann"]));
    let run = world.rosterd(["plan", "--format", "json"]).success();
    assert_eq!(codes(&run, "emporix/buyers"), [] as [Value; 0]);
    world.rosterd(["apply", "--yes"]).success();
}

#[test]
fn a_few_who_left_by_themselves_are_drift() {
    let group = "emporix/buyers";
    let world = settled(group);
    world.wanted(group).remove("ann");
    world.live(group).remove("bob").remove("cem").remove("dan");
    // Half are gone, and no more.
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members(group), SIX[1..]);
}

#[test]
fn lists_that_are_each_a_little_shorter_are_not_believed_one_after_another() {
    for group in GROUPS {
        let world = settled(group);
        world.wanted(group).set(["ann"]);
        only(&world, group, &["ann", "bob", "cem", "dan"]);
        world.rosterd(["plan"]).success();
        world.rosterd(["plan"]).success();
        // Half of four, but two of six.
        only(&world, group, &["ann", "bob"]);
        let run = world.rosterd(["plan", "--format", "json", "--exit-code"]).exits(3);
        assert_eq!(codes(&run, group), ["shrunken"], "{group}");
        let held = &run.provider(split(group).0)["held"][0];
        assert_eq!((&held["found"], &held["limit"]), (&json!("4 of 6"), &json!("50 %")));
    }
}

#[test]
fn a_short_list_in_an_apply_does_not_make_strangers_of_those_from_before() {
    for group in GROUPS {
        let world = World::new()
            .guard("adopt", "\"hold\"")
            .people(["ann", "bob"])
            .strangers(["x", "y", "z"])
            .group(Group::at(group).live(["ann", "bob", "x", "y", "z"]).wanted(["ann", "bob"]));
        world.rosterd(["apply", "--yes"]).exits(3);
        world.live(group).remove("y").remove("z");
        world.rosterd(["apply", "--yes"]).exits(3);
        world.live(group).add("y").add("z");
        let run = world.rosterd(["apply", "--yes"]).exits(3);
        run.says("first: member before rosterd managed this group").never_says("drift");
        assert_eq!(world.members(group), ["ann", "bob", "x", "y", "z"], "{group}");
    }
}
