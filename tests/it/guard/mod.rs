//! The guard: what is held, why, and what lets it through.

mod approvals;
mod leavers;
mod state;

use insta::assert_snapshot;

use crate::support::{Group, World};

#[test]
fn members_from_before_are_held_until_they_are_approved() {
    let world = World::new()
        .guard("adopt", "\"hold\"")
        .people(["ann", "bob"])
        .strangers(["mallory"])
        .group(Group::at("emporix/buyers").live(["ann", "mallory"]).wanted(["ann", "bob"]));

    assert_snapshot!(world.rosterd(["plan", "--exit-code"]).exits(3).text(), @r#"
    rosterd plan   roster REVISION   3 providers, 1 group, 3 memberships

    emporix · Buyers (buyers)   2 members, +1; HELD: removes members that were there before rosterd managed this group: 1 (rosterd.toml:4)
      + bob                      roster/groups.toml:6
      − u:00u4uk00000000003417   first: member before rosterd managed this group   held
      to let exactly this through: rosterd approve DIGEST --reason "…"

    1 to add, 0 to remove, 1 held, 0 withheld, 0 groups unchanged; 4 reads, 1 write
    "#);
    // A plan says 0 where nobody asked for more.
    world.rosterd(["plan"]).exits(0);

    // Additions go through, and time changes nothing about the rest.
    world.rosterd(["apply", "--yes"]).exits(3);
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob", "mallory"]);
    let again = world.rosterd(["apply", "--yes"]).exits(3).says("HELD");
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob", "mallory"]);

    let digest = again.digest();
    world.rosterd(["apply", "--yes", "--approve", &digest, "--reason", "long gone"]).success();
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob"]);
    world.rosterd(["plan", "--exit-code"]).success().says("Nothing to do");
}

#[test]
fn adopt_may_be_set_for_one_provider() {
    let world = World::new()
        .guard("adopt", "\"hold\"")
        .provider("finance", "guard.adopt = \"enforce\"")
        .people(["ann"])
        .strangers(["mallory"])
        .group(Group::at("emporix/buyers").live(["ann", "mallory"]).wanted(["ann"]))
        .group(Group::at("finance/payers").live(["ann", "mallory"]).wanted(["ann"]));
    world.rosterd(["apply", "--yes"]).exits(3);
    assert_eq!(world.members("emporix/buyers"), ["ann", "mallory"]);
    assert_eq!(world.members("finance/payers"), ["ann"]);
}

#[test]
fn a_group_may_not_lose_more_than_its_percentage() {
    let world = World::new()
        .guard("max_removal_percent", "40")
        .people(["ann", "bob", "cem"])
        .strangers(["x", "y"])
        // Two of five are 40 %, two of four are more.
        .group(Group::at("finance/five").live(["ann", "bob", "cem", "x", "y"]).wanted(["ann", "bob", "cem"]))
        .group(Group::at("finance/four").live(["ann", "bob", "x", "y"]).wanted(["ann", "bob", "cem"]))
        .group(Group::at("finance/one").live(["ann", "x"]).wanted(["ann"]));
    let json = world.rosterd(["plan", "--format", "json"]).success().json();
    assert_snapshot!(json.pointer("/providers/1/held").unwrap().to_string(), @r#"[{"found":"2 of 4","group":"four","limit":"40 %","rule":"max_removal_percent","set_at":"rosterd.toml:5"}]"#);
    let run = world.rosterd(["apply", "--yes"]).exits(3);
    assert_snapshot!(run.text(), @r#"
    rosterd apply   roster REVISION   3 providers, 3 groups, 9 memberships

    finance · Five (five)   5 members, −2
      ✓ − u:u-4   first: member before rosterd managed this group
      ✓ − u:u-5   first: member before rosterd managed this group
    finance · Four (four)   4 members, +1; HELD: removes 2 of 4 members, limit 40 % (rosterd.toml:5)
      ✓ + cem     roster/groups.toml:14
        − u:u-4   first: member before rosterd managed this group   held
        − u:u-5   first: member before rosterd managed this group   held
      to let exactly this through: rosterd approve DIGEST --reason "…"
    finance · One (one)     2 members, −1
      ✓ − u:u-4   first: member before rosterd managed this group

    1 added, 3 removed, 0 failed, 0 unknown, 2 held, 0 withheld, 0 groups unchanged; 9 reads, 4 writes
    "#);
    assert_eq!(world.members("finance/five"), ["ann", "bob", "cem"]);
    assert_eq!(world.members("finance/four"), ["ann", "bob", "cem", "x", "y"]);
    assert_eq!(world.members("finance/one"), ["ann"], "one removal is always within it");
}

#[test]
fn a_provider_may_not_lose_more_than_its_number() {
    let world = World::new()
        .guard("max_removals", "2")
        .provider("finance", "guard.max_removals = 3")
        .people(["ann"])
        .strangers(["x"]);
    for group in ["emporix/a", "emporix/b", "emporix/c", "finance/a", "finance/b", "finance/c"] {
        world.add_group(Group::at(group).live(["ann", "x"]).wanted(["ann"]));
    }
    let run = world.rosterd(["apply", "--yes"]).exits(3);
    assert!(
        run.stdout.contains("HELD: more removals than allowed: 3, limit 2 (rosterd.toml:"),
        "{}",
        run.stdout
    );
    for group in ["emporix/a", "emporix/b", "emporix/c"] {
        assert_eq!(world.members(group), ["ann", "x"], "all of them or none");
    }
    for group in ["finance/a", "finance/b", "finance/c"] {
        assert_eq!(world.members(group), ["ann"], "a provider may have a limit of its own");
    }
}

#[test]
fn limits_count_over_the_last_24_hours() {
    let world = World::new()
        .guard("max_removals", "3")
        .people(["ann"])
        .strangers(["x"])
        .group(Group::at("emporix/a").live(["ann", "x"]).wanted(["ann"]))
        .group(Group::at("emporix/b").live(["ann", "x"]).wanted(["ann"]))
        .group(Group::at("emporix/c").in_sync(["ann"]))
        .group(Group::at("emporix/d").in_sync(["ann"]));
    world.rosterd(["apply", "--yes"]).success();

    // Two are gone today; one more is within the limit, two are not.
    world.live("emporix/c").add("x");
    world.live("emporix/d").add("x");
    world.rosterd(["apply", "--yes"]).exits(3).says("2 now and 2 in the last 24 hours, limit 3");
    assert_eq!(world.members("emporix/c"), ["ann", "x"]);
    world.live("emporix/d").remove("x");
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members("emporix/c"), ["ann"]);
}

#[test]
fn a_percentage_counts_over_the_last_24_hours_too() {
    let world = World::new()
        .people(["ann", "bob", "cem", "dan"])
        .strangers(["x", "y"])
        .group(Group::at("emporix/a").live(["ann", "bob", "x"]).wanted(["ann", "bob"]));
    world.rosterd(["apply", "--yes"]).success();
    world.live("emporix/a").add("y");
    // One by one is as much as both at once: two of four.
    world.rosterd(["apply", "--yes"]).exits(3).says("of 4 members, limit 30 %");
    assert_eq!(world.members("emporix/a"), ["ann", "bob", "y"]);
}

#[test]
fn nobody_lets_a_protected_person_go() {
    let world = World::new()
        .guard("protected", "[\"breakglass\"]")
        .people(["ann", "breakglass"])
        .group(Group::at("emporix/admins").live(["ann", "breakglass"]).wanted(["ann"]));
    let run = world.rosterd(["plan", "--exit-code"]).exits(3);
    assert_snapshot!(run.text(), @r"
    rosterd plan   roster REVISION   3 providers, 1 group, 2 memberships

    emporix · Admins (admins)   HELD: protected people are never removed, and no approval changes that: 1 (rosterd.toml:5)
      − breakglass   first: member before rosterd managed this group

    0 to add, 0 to remove, 1 held, 0 withheld, 0 groups unchanged; 4 reads, 0 writes
    ");
    let json = world.rosterd(["plan", "--format", "json"]).success().json();
    assert!(json.pointer("/providers/0/digest").unwrap().is_null(), "there is nothing to approve");

    // Held beside others, it stays when the others are approved.
    world.add_person(crate::support::Person::new("mallory").stranger());
    world.live("emporix/admins").add("mallory");
    world.set_guard("adopt", "\"hold\"");
    let digest = world.rosterd(["plan"]).digest();
    world.rosterd(["apply", "--yes", "--approve", &digest]).exits(3);
    assert_eq!(world.members("emporix/admins"), ["ann", "breakglass"]);
}

#[test]
fn the_last_member_stays_unless_the_roster_or_a_person_says_otherwise() {
    let world = World::new()
        .people(["ann"])
        .group(Group::at("emporix/a").live(["ann"]))
        .group(Group::at("emporix/b").live(["ann"]))
        .group(Group::at("emporix/c").live(["ann"]).with("allow_empty = true"));
    // A member is written, so the roster is valid, on a day that passed.
    let passed = "{ who = \"ann\", until = 2020-01-31 }";
    world.wanted("emporix/a").add(passed);
    world.wanted("emporix/b").add(passed);

    let run = world.rosterd(["apply", "--yes"]).exits(3);
    assert_snapshot!(run.text(), @r#"
    rosterd apply   roster REVISION   3 providers, 3 groups, 2 memberships

    emporix · A (a)   HELD: removes the last member, and the group has no allow_empty = true: 1 of 1
      − ann   first: member before rosterd managed this group
    emporix · B (b)   HELD: removes the last member, and the group has no allow_empty = true: 1 of 1
      − ann   first: member before rosterd managed this group
      to let exactly what is held in a and b through: rosterd approve DIGEST --reason "…"
    emporix · C (c)   1 member, −1
      ✓ − ann   first: member before rosterd managed this group

    0 added, 1 removed, 0 failed, 0 unknown, 2 held, 0 withheld, 0 groups unchanged; 7 reads, 1 write
    "#);
    assert_eq!(world.members("emporix/a"), ["ann"]);
    assert_eq!(world.members("emporix/c"), [""; 0]);

    world.wanted("emporix/b").with("allow_empty = true");
    world.rosterd(["apply", "--yes"]).exits(3);
    assert_eq!(world.members("emporix/b"), [""; 0]);

    let digest = run.digest();
    world.rosterd(["apply", "--yes", "--approve", &digest]).exits(3).says("approved nothing");
    let digest = world.rosterd(["plan"]).digest();
    world.rosterd(["apply", "--yes", "--approve", &digest]).success();
    assert_eq!(world.members("emporix/a"), [""; 0]);
}

#[test]
fn on_trip_hold_all_holds_additions_too() {
    let world = World::new()
        .guard("on_trip", "\"hold-all\"")
        .people(["ann", "bob", "cem"])
        .strangers(["x", "y"])
        .group(Group::at("emporix/a").live(["ann", "x", "y"]).wanted(["ann", "bob"]))
        .group(Group::at("emporix/b").live(["ann"]).wanted(["ann", "cem"]))
        .group(Group::at("finance/payers").live(["ann"]).wanted(["ann", "bob"]));
    let run = world.rosterd(["apply", "--yes"]).exits(3);
    assert_eq!(world.writes(), ["POST finance/payers +bob -> 200"], "other providers go on");

    world.rosterd(["apply", "--yes", "--approve", &run.digest()]).success();
    assert_eq!(world.members("emporix/a"), ["ann", "bob"]);
    assert_eq!(world.members("emporix/b"), ["ann", "cem"]);
}

#[test]
fn a_name_that_means_another_group_holds_the_group() {
    let world = World::new()
        .people(["ann", "bob"])
        .strangers(["mallory"])
        .group(Group::at("finance/payers").in_sync(["ann"]).by_name())
        .group(Group::at("finance/other").live(["mallory"]).unmanaged());
    world.rosterd(["apply", "--yes"]).success();

    // Somebody swaps the names of the two.
    let finance = world.sandbox().solvexia();
    finance.rename_group(&world.group_id("finance/payers"), "Formerly payers");
    finance.rename_group(&world.group_id("finance/other"), "Payers");
    world.wanted("finance/payers").add("bob");

    let run = world.rosterd(["apply", "--yes"]).exits(3);
    assert_snapshot!(run.text(), @r#"
    rosterd apply   roster REVISION   3 providers, 1 group, 1 membership

    finance · Payers (payers)   HELD: its name means another group than the last time, so additions wait too: was ug-1, is now ug-2
      + ann     roster/groups.toml:5
      + bob     roster/groups.toml:6
      − u:u-3   first: member before rosterd managed this group
      to let exactly this through: rosterd approve DIGEST --reason "…"

    0 added, 0 removed, 0 failed, 0 unknown, 3 held, 0 withheld, 0 groups unchanged; 5 reads, 0 writes
    "#);
    assert_eq!(world.members("finance/payers"), ["ann"]);
    assert_eq!(world.members("finance/other"), ["mallory"], "additions wait too");
    // It waits for as long as nobody looks.
    world.rosterd(["apply", "--yes"]).exits(3);
    assert_eq!(world.writes(), []);

    world.rosterd(["apply", "--yes", "--approve", &run.digest()]).success();
    assert_eq!(world.members("finance/other"), ["ann", "bob"]);
    assert_eq!(world.members("finance/payers"), ["ann"], "the former group is not the roster's any more");
}
