//! People who leave: out of everything at once, and never too many of them.

use crate::support::{Group, World};

const GROUPS: [&str; 6] = ["emporix/a", "emporix/b", "travel/a", "travel/b", "finance/a", "finance/b"];

#[test]
fn a_leaver_is_out_of_every_exact_group_at_once() {
    // Limits that would hold all but one of these removals, were they counted.
    let world = World::new().guard("max_removals", "1").people(["ann", "bob"]);
    for group in GROUPS {
        world.add_group(Group::at(group).in_sync(["ann", "bob"]));
    }
    let ensured = Group::at("emporix/newsletter").in_sync(["ann", "bob"]);
    world.add_group(ensured.with("membership = \"include\""));
    world.rosterd(["apply", "--yes"]).success();

    world.set_person("bob", "until = 2020-01-31");
    world.rosterd(["apply", "--yes"]).success().says("left and is still a member");
    for group in GROUPS {
        assert_eq!(world.members(group), ["ann"], "{group}");
    }
    assert_eq!(world.members("emporix/newsletter"), ["ann", "bob"], "include groups remove nobody");
}

#[test]
fn people_who_are_gone_from_the_roster_leave_as_well() {
    let world = World::new().guard("max_removals", "1").people(["ann", "bob"]);
    for group in GROUPS {
        world.add_group(Group::at(group).in_sync(["ann", "bob"]));
    }
    world.rosterd(["apply", "--yes"]).success();

    world.forget("bob");
    world.rosterd(["apply", "--yes"]).success();
    for group in GROUPS {
        assert_eq!(world.members(group), ["ann"], "{group}");
    }
}

#[test]
fn leavers_are_counted_over_all_providers() {
    let world = World::new()
        .guard("max_leavers", "1")
        .people(["ann", "bob", "cem"])
        .group(Group::at("emporix/buyers").in_sync(["ann", "bob"]))
        .group(Group::at("finance/payers").in_sync(["ann", "cem"]));
    world.rosterd(["apply", "--yes"]).success();

    // One leaves each provider; that makes two.
    world.set_person("bob", "until = 2020-01-31");
    world.set_person("cem", "until = 2020-01-31");
    let run = world.rosterd(["apply", "--yes"]).exits(3);
    assert!(
        run.stdout.contains("HELD: more people leave than allowed: 2, limit 1 (rosterd.toml:"),
        "{}",
        run.stdout
    );
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob"]);
    assert_eq!(world.members("finance/payers"), ["ann", "cem"]);

    // One at a time is allowed, and no second one within 24 hours.
    world.set_person("cem", "until = 2098-01-31");
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members("emporix/buyers"), ["ann"]);
    world.set_person("cem", "until = 2020-01-31");
    world.rosterd(["apply", "--yes"]).exits(3).says("1 now and 1 in the last 24 hours, limit 1");
    assert_eq!(world.members("finance/payers"), ["ann", "cem"]);
}

#[test]
fn the_limit_counts_people_and_not_their_groups() {
    let world = World::new().guard("max_leavers", "1").people(["ann", "bob"]);
    for group in GROUPS {
        world.add_group(Group::at(group).in_sync(["ann", "bob"]));
    }
    world.rosterd(["apply", "--yes"]).success();
    world.forget("bob");
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members("travel/b"), ["ann"]);
}

#[test]
fn an_approval_lets_the_leavers_of_one_provider_go() {
    let world = World::new()
        .guard("max_leavers", "1")
        .people(["ann", "bob", "cem"])
        .group(Group::at("emporix/buyers").in_sync(["ann", "bob", "cem"]));
    world.rosterd(["apply", "--yes"]).success();
    world.forget("bob");
    world.forget("cem");
    let digest = world.rosterd(["apply", "--yes"]).exits(3).digest();
    world.rosterd(["apply", "--yes", "--approve", &digest]).success();
    assert_eq!(world.members("emporix/buyers"), ["ann"]);
}

#[test]
fn a_new_handle_is_no_leaver() {
    let world = World::new()
        .guard("max_leavers", "1")
        .people(["ann", "bob", "cem"])
        .group(Group::at("emporix/buyers").in_sync(["ann", "bob", "cem"]))
        .group(Group::at("finance/payers").in_sync(["ann", "bob", "cem"]));
    world.rosterd(["apply", "--yes"]).success();

    let renamed = ["ann", "bob", "cem"].map(|handle| {
        let ids = format!("ids = {{ finance = {{ login = \"acme.{handle}\" }} }}");
        format!("[people.new-{handle}]\nemail = \"{handle}@acme.example\"\n{ids}\n")
    });
    let members = ["new-ann", "new-bob", "new-cem"];
    world.write("roster/people.toml", &renamed.concat());
    world.wanted("emporix/buyers").set(members);
    world.wanted("finance/payers").set(members);
    world.forget_requests();
    world.rosterd(["apply", "--yes"]).success().says("Nothing to do");
    assert_eq!(world.writes(), []);
}
