//! People who left, and people whom nobody can find.

use insta::assert_snapshot;
use rosterd::sandbox::{Effect, Fault, company};

use super::days;
use crate::support::{Group, Person, World};

#[test]
fn a_person_whose_last_day_passed_is_a_leaver_everywhere() {
    let ([yesterday, today, _], zone) = days();
    let world = World::new()
        .daemon(&zone)
        .people(["ann", "bob"])
        .group(Group::at("emporix/buyers").in_sync(["ann", "bob"]))
        .group(Group::at("travel/approvers").in_sync(["ann", "bob"]))
        .group(Group::at("finance/payers").in_sync(["ann", "bob"]));
    world.rosterd(["apply", "--yes"]).success();

    world.set_person("bob", &format!("until = {today}"));
    world.rosterd(["plan", "--exit-code"]).success().says("Nothing to do");

    world.set_person("bob", &format!("until = {yesterday}"));
    let text = world.rosterd(["plan"]).success().text();
    assert_snapshot!(text.replace(&yesterday, "YESTERDAY"), @r"
    rosterd plan   roster REVISION   3 providers, 3 groups, 3 memberships

    emporix · Buyers (buyers)        2 members, −1
      − bob   leaver: bob left; last day YESTERDAY; see roster/people.toml:5

    finance · Payers (payers)        2 members, −1
      − bob   leaver: bob left; last day YESTERDAY; see roster/people.toml:5

    travel · Approvers (approvers)   2 members, −1
      − bob   leaver: bob left; last day YESTERDAY; see roster/people.toml:5

    0 to add, 3 to remove, 0 held, 0 withheld, 0 groups unchanged; 9 reads, 3 writes
    ");
}

#[test]
fn a_person_who_is_gone_from_the_roster_is_a_leaver_and_one_with_a_new_handle_is_not() {
    let world = World::new()
        .people(["ann", "bob", "cem"])
        .group(Group::at("emporix/buyers").in_sync(["ann", "bob", "cem"]))
        .group(Group::at("finance/payers").in_sync(["ann", "bob", "cem"]));
    world.rosterd(["apply", "--yes"]).success();

    world.forget("bob");
    world.forget("cem");
    let robert =
        "[people.cemal]\nemail = \"cem@acme.example\"\nids = { finance = { login = \"acme.cem\" } }\n";
    world.write("roster/renamed.toml", robert);
    world.wanted("emporix/buyers").add("cemal");

    // Cem is cemal now: wanted among the buyers, and among the payers no longer named. Bob left.
    assert_snapshot!(world.rosterd(["plan"]).success().text(), @r"
    rosterd plan   roster REVISION   3 providers, 2 groups, 3 memberships

    emporix · Buyers (buyers)   3 members, −1
      − bob   leaver: no longer in the roster

    finance · Payers (payers)   3 members, −2
      − bob   leaver: no longer in the roster
      − cem   roster: no longer named

    0 to add, 3 to remove, 0 held, 0 withheld, 0 groups unchanged; 6 reads, 3 writes
    ");
}

#[test]
fn an_unidentified_person_withholds_the_removals_of_unknown_members_only() {
    let world = World::new()
        .people(["ann", "bob"])
        .person(Person::new("zoe").only_at(["emporix"]))
        .strangers(["mallory"])
        .group(Group::at("finance/payers").live(["bob", "mallory"]).wanted(["ann", "zoe"]))
        .group(Group::at("finance/viewers").live(["mallory"]).wanted(["ann", "bob"]));
    // Mallory may be zoe; bob is known to be bob.
    let run = world.rosterd(["plan", "--exit-code"]).exits(3);
    assert_snapshot!(run.text(), @r"
    rosterd plan   roster REVISION   3 providers, 2 groups, 4 memberships

    finance · Payers (payers)     2 members, +1 −1, +1 −1 withheld
      + ann     roster/groups.toml:5
      − bob     first: member before rosterd managed this group
      + zoe     roster/groups.toml:6   withheld: cannot be identified
      − u:u-4   first: member before rosterd managed this group   withheld: may be someone who cannot be identified
      ! zoe cannot be identified at finance (no user with login acme.zoe): removals in this group are withheld
    finance · Viewers (viewers)   1 member, +2 −1
      + ann     roster/groups.toml:11
      + bob     roster/groups.toml:12
      − u:u-4   first: member before rosterd managed this group

    3 to add, 2 to remove, 0 held, 2 withheld, 0 groups unchanged; 7 reads, 5 writes
    ");
    let json = world.rosterd(["plan", "--format", "json"]).success().json();
    let group = json.pointer("/providers/1/groups/0").unwrap();
    assert_eq!(group.pointer("/problems/0/code").unwrap(), "unidentified-person");
    let withheld = group["withheld"].as_array().unwrap().iter();
    let withheld: Vec<_> = withheld.map(|it| (&it["action"], &it["why"])).collect();
    let why = &"unidentified-person".into();
    assert_eq!(withheld, [(&"add".into(), why), (&"remove".into(), why)]);

    // Applied, the rest is done, and the run says that something waits.
    world.rosterd(["apply", "--yes"]).exits(3);
    assert_eq!(world.members("finance/payers"), ["ann", "mallory"]);
    assert_eq!(world.members("finance/viewers"), ["ann", "bob"]);
}

#[test]
fn two_accounts_with_one_email_identify_nobody() {
    let world = World::new()
        .people(["ann", "bob"])
        .person(Person::new("impostor").email("ANN@acme.example").stranger())
        .strangers(["mallory"])
        .group(Group::at("emporix/buyers").live(["bob", "mallory"]).wanted(["ann", "bob"]))
        .group(Group::at("travel/drivers").live(["bob", "mallory"]).wanted(["ann", "bob"]));
    let run = world.rosterd(["plan", "--exit-code"]).exits(3);
    assert_snapshot!(run.text(), @r"
    rosterd plan   roster REVISION   3 providers, 2 groups, 4 memberships

    emporix · Buyers (buyers)    2 members, +1 −1 withheld
      + ann                      roster/groups.toml:5   withheld: cannot be identified
      − u:00u4uk00000000004417   first: member before rosterd managed this group   withheld: may be someone who cannot be identified
      ! ann cannot be identified at emporix (several users with email ann@acme.example: 00u4uk00000000001417, 00u4uk00000000003417; write the right id under ids): removals in this group are withheld

    travel · Drivers (drivers)   2 members, +1 −1 withheld
      + ann                                      roster/groups.toml:11   withheld: cannot be identified
      − u:0f3b9a7e-1c2d-4e5f-8a6b-000000000004   first: member before rosterd managed this group   withheld: may be someone who cannot be identified
      ! ann cannot be identified at travel (several users with email ann@acme.example: 0f3b9a7e-1c2d-4e5f-8a6b-000000000001, 0f3b9a7e-1c2d-4e5f-8a6b-000000000003; write the right id under ids): removals in this group are withheld

    0 to add, 0 to remove, 0 held, 4 withheld, 0 groups unchanged; 8 reads, 0 writes
    ");
}

#[test]
fn emails_and_logins_match_without_regard_to_case() {
    let world = World::new()
        .person(
            Person::new("ann").email("Ann@ACME.example").with("ids = { finance = { login = \"ACME.Ann\" } }"),
        )
        .group(Group::at("emporix/buyers").wanted(["ann"]))
        .group(Group::at("travel/drivers").wanted(["ann"]))
        .group(Group::at("finance/payers").wanted(["ann"]));
    world.rosterd(["apply", "--yes"]).success();
    for group in ["emporix/buyers", "travel/drivers", "finance/payers"] {
        assert_eq!(world.members(group), ["ann"], "{group}");
    }
}

#[test]
fn a_login_that_the_roster_corrects_moves_the_membership() {
    let world = World::new()
        .people(["ann", "bob"])
        .strangers(["robert"])
        .group(Group::at("finance/payers").in_sync(["ann", "bob"]));
    world.rosterd(["apply", "--yes"]).success();
    world.forget_requests();

    world.set_person("bob", "ids = { finance = { login = \"acme.robert\" } }");
    assert_snapshot!(world.rosterd(["plan", "--exit-code"]).exits(2).text(), @r"
    rosterd plan   roster REVISION   3 providers, 1 group, 2 memberships

    finance · Payers (payers)   2 members, +1 −1
      + bob   roster/groups.toml:6
      − bob   roster: named under another id now

    1 to add, 1 to remove, 0 held, 0 withheld, 0 groups unchanged; 5 reads, 2 writes
    ");
    world.rosterd(["apply", "--yes"]).success();
    // Nobody is without access in between.
    assert_eq!(world.writes(), ["POST finance/payers +robert -> 200", "DELETE finance/payers -bob -> 200"]);
}

/// Bob is in place at travel, and ann is too, by an account whose email somebody else has by now; to be let into a
/// second group she was looked for anew.
fn replaced() -> World {
    let group = |name: &str| Group::at(&format!("travel/{name}"));
    let world = World::new()
        .guard("max_removal_percent", "\"off\"")
        .people(["ann", "bob"])
        .group(group("drivers").in_sync(["ann", "bob"]))
        .group(group("payers").in_sync(["bob"]));
    world.rosterd(["apply", "--yes"]).success();
    world.wanted("travel/payers").add("ann");
    let payers = world.group_id("travel/payers");
    world.fail("travel", Fault::new(Effect::status(400)).method("PATCH").path(&payers));
    world.rosterd(["apply", "--yes"]).exits(4);
    world.heal();
    world.sandbox().company().change_email(&world.id("travel", "ann"), "ann.before@acme.example");
    let other = company::User::new(&company::user_id(77), "ann@acme.example");
    world.sandbox().company().add_user(other);
    world.wanted("travel/payers").remove("ann");
    world.forget_requests();
    world
}

#[test]
fn a_member_who_is_found_under_another_id_is_not_said_to_be_no_longer_named() {
    let world = replaced();
    let run = world.rosterd(["plan", "--exit-code"]).exits(3);
    assert_snapshot!(run.text(), @r"
    rosterd plan   roster REVISION   3 providers, 2 groups, 3 memberships

    travel · Drivers (drivers)   2 members, +1 −1 withheld
      + ann   roster/groups.toml:5   withheld: cannot be identified
      − ann   roster: named under another id now   withheld: may be someone who cannot be identified
      ! ann cannot be identified at travel (ann was 0f3b9a7e-1c2d-4e5f-8a6b-000000000001 and is now found as 0f3b9a7e-1c2d-4e5f-8a6b-00000000004d (email ann@acme.example): write the right id under ids): removals in this group are withheld

    0 to add, 0 to remove, 0 held, 2 withheld, 1 group unchanged; 5 reads, 0 writes
    ");
}

#[test]
fn a_member_whom_no_group_names_any_more_is_looked_for_again_before_the_old_id_is_removed() {
    let world = replaced();
    world.wanted("travel/drivers").remove("ann");
    let run = world.rosterd(["apply", "--yes"]).exits(3);
    assert_snapshot!(run.text(), @r"
    rosterd apply   roster REVISION   3 providers, 2 groups, 3 memberships

    travel · Drivers (drivers)   2 members, −1 withheld
      − ann   roster: no longer named   withheld: may be someone who cannot be identified
      ! 0f3b9a7e-1c2d-4e5f-8a6b-000000000001 is neither added nor removed: ann was 0f3b9a7e-1c2d-4e5f-8a6b-000000000001 and is now found as 0f3b9a7e-1c2d-4e5f-8a6b-00000000004d (email ann@acme.example): write the right id under ids

    0 added, 0 removed, 0 failed, 0 unknown, 0 held, 1 withheld, 1 group unchanged; 5 reads, 0 writes
    ");
    assert_eq!(world.members("travel/drivers"), ["ann", "bob"]);
    let looks = world.requests("travel").iter().filter(|line| line.contains("/v3/users/list")).count();
    assert_eq!(looks, 1, "one call for everybody who is not known");
}
