//! What a provider would refuse is said in the plan and not sent: a green plan is a green apply.

use rosterd::sandbox::{company, solvexia};
use serde_json::Value;

use crate::support::{Group, Person, Run, World, split};

/// The plan says the code and withholds every addition; the apply says so too and sends nothing; nobody else waits.
#[track_caller]
fn is_said_and_not_sent(world: &World, group: &str, code: &str, why: &str) {
    said_and_not_sent(world, group, "dan", (code, why));
}

/// The same of somebody who is known by this name in what is written.
#[track_caller]
pub(super) fn said_and_not_sent(world: &World, group: &str, who: &str, (code, why): (&str, &str)) {
    for command in [&["plan", "--exit-code", "--format", "json"][..], &["apply", "--yes", "--format", "json"]]
    {
        let run = world.rosterd(command).exits(3);
        let found = run.group(group);
        let codes: Vec<&Value> = found["problems"].as_array().unwrap().iter().map(|it| &it["code"]).collect();
        assert!(codes.contains(&&Value::from(code)), "{group} should say {code}: {found}");
        assert_eq!(reasons(&run, group), [why], "{found}");
    }
    let sent = world.writes().iter().filter(|write| write.contains(&format!("+{who}"))).count();
    assert_eq!(sent, 0, "{}", world.writes());
    assert_eq!(world.members(group), ["ann", "eve"], "the others are not held up");
}

pub(super) fn reasons(run: &Run, group: &str) -> Vec<String> {
    let found = run.group(group);
    let withheld = found["withheld"].as_array().unwrap().iter();
    withheld.map(|it| it["why"].as_str().unwrap().to_owned()).collect()
}

/// Ann is in place, eve is to come, and so is dan, as the roster writes him here.
pub(super) fn world(group: &str, dan: Person) -> World {
    World::new()
        .people(["ann", "eve"])
        .person(dan)
        .group(Group::at(group).live(["ann"]).wanted(["ann", "eve", "dan"]))
}

#[test]
fn somebody_nobody_knows() {
    for group in ["emporix/buyers", "travel/approvers", "finance/payers"] {
        let (provider, _) = split(group);
        let elsewhere = if provider == "emporix" { "travel" } else { "emporix" };
        let world = world(group, Person::new("dan").only_at([elsewhere]));
        is_said_and_not_sent(&world, group, "unidentified-person", "unidentified-person");
    }
}

#[test]
fn a_locked_account_at_emporix_until_it_is_unlocked() {
    let world = world("emporix/buyers", Person::new("dan"));
    world.sandbox().emporix().lock_user(&world.id("emporix", "dan"), true);
    is_said_and_not_sent(&world, "emporix/buyers", "locked-user", "held");
    world.sandbox().emporix().lock_user(&world.id("emporix", "dan"), false);
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members("emporix/buyers"), ["ann", "dan", "eve"]);
}

#[test]
fn a_group_of_customers_that_the_roster_takes_for_employees() {
    let world = World::new().people(["ann"]).group(Group::at("emporix/vips").for_customers());
    world.wanted("emporix/vips").add("ann");
    // The provider says whom the group is for, and the roster no longer does.
    let id = world.group_id("emporix/vips");
    world
        .write("roster/groups.toml", &format!("[groups.emporix.vips]\nid = \"{id}\"\nmembers = [\"ann\"]\n"));
    let run = world.rosterd(["plan", "--exit-code", "--format", "json"]).exits(3);
    assert_eq!(reasons(&run, "emporix/vips"), ["held"]);
    world.rosterd(["apply", "--yes"]).exits(3).says("correct `user_type`");
    assert_eq!(world.writes(), []);
}

#[test]
fn an_account_that_is_switched_off_at_company_v3_until_it_is_on() {
    let world = world("travel/approvers", Person::new("dan"));
    world.sandbox().company().set_active(&world.id("travel", "dan"), false);
    is_said_and_not_sent(&world, "travel/approvers", "inactive-user", "held");
    world.sandbox().company().set_active(&world.id("travel", "dan"), true);
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members("travel/approvers"), ["ann", "dan", "eve"]);
}

#[test]
fn an_account_that_is_not_active_at_solvexia_until_it_is() {
    for (status, code) in [("Locked", "locked-user"), ("Suspended", "inactive-user")] {
        let world = world("finance/payers", Person::new("dan"));
        world.sandbox().solvexia().set_status(&world.id("finance", "dan"), status);
        is_said_and_not_sent(&world, "finance/payers", code, "held");
        world.rosterd(["plan"]).says(&format!("is {} at SolveXia: it is not added", status.to_lowercase()));
        world.sandbox().solvexia().set_status(&world.id("finance", "dan"), "Active");
        world.rosterd(["plan", "--exit-code"]).exits(2);
        world.rosterd(["apply", "--yes"]).success();
        assert_eq!(world.members("finance/payers"), ["ann", "dan", "eve"]);
    }
}

#[test]
fn somebody_of_another_company() {
    let world = world("travel/approvers", Person::new("dan").only_at(["emporix"]));
    let user = company::User::new(&company::user_id(77), "dan@acme.example");
    let other = "3e1b7f44-90ad-4c0f-b6a1-5d2c8e7f9a01";
    world.sandbox().company().add_user(user.of_company(other));
    is_said_and_not_sent(&world, "travel/approvers", "unidentified-person", "unidentified-person");
}

#[test]
fn an_id_that_solvexia_does_not_know() {
    let group = "finance/payers";
    let world =
        World::new().people(["ann", "eve"]).group(Group::at(group).live(["ann"]).wanted(["ann", "eve"]));
    world.wanted(group).add(&format!("{{ id = \"{}\" }}", solvexia::user_id(999)));
    is_said_and_not_sent(&world, group, "unknown-user", "held");
}
