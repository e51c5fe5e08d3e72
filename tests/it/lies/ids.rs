//! Ids that the roster writes and the provider does not know, or knows as somebody else: said before anything is sent.

use rosterd::sandbox::{company, emporix, solvexia};

use super::findings::{reasons, said_and_not_sent};
use crate::support::{Group, Person, World};

/// Ann is in place, eve is to come.
fn world(group: &str) -> World {
    World::new().people(["ann", "eve"]).group(Group::at(group).live(["ann"]).wanted(["ann", "eve"]))
}

/// The roster names one more id; what the plan says of it.
#[track_caller]
fn is_found_out(world: &World, group: &str, id: &str, code: &str) {
    world.wanted(group).add(&format!("{{ id = \"{id}\" }}"));
    said_and_not_sent(world, group, id, (code, "held"));
    // Once the roster is right, a green plan means a green apply.
    world.wanted(group).remove(&format!("{{ id = \"{id}\" }}"));
    world.rosterd(["plan", "--exit-code"]).success().says("Nothing to do");
}

#[test]
fn nobody_at_the_provider() {
    for (group, id) in [
        ("emporix/buyers", emporix::user_id(999)),
        ("travel/approvers", company::user_id(999)),
        ("finance/payers", solvexia::user_id(999)),
    ] {
        is_found_out(&world(group), group, &id, "unknown-user");
    }
}

#[test]
fn nobody_at_the_provider_by_the_id_of_a_person() {
    for (provider, id) in [
        ("emporix", emporix::user_id(999)),
        ("travel", company::user_id(999)),
        ("finance", solvexia::user_id(999)),
    ] {
        let group = format!("{provider}/buyers");
        let ids = format!("ids = {{ {provider} = {id:?} }}");
        let dan = Person::new("dan").only_at([]).with(&ids);
        let world = super::findings::world(&group, dan);
        said_and_not_sent(&world, &group, &id, ("unknown-user", "held"));
        let found = world.rosterd(["plan", "--format", "json"]).success().group(&group);
        assert_eq!(found["withheld"][0]["person"], "dan");
    }
}

#[test]
fn an_id_of_another_company() {
    let (group, id) = ("travel/approvers", company::user_id(77));
    let world = world(group);
    let other = "3e1b7f44-90ad-4c0f-b6a1-5d2c8e7f9a01";
    world.sandbox().company().add_user(company::User::new(&id, "dan@acme.example").of_company(other));
    is_found_out(&world, group, &id, "unknown-user");
}

#[test]
fn accounts_that_are_switched_off_or_locked_by_their_ids() {
    let (group, id) = ("travel/approvers", company::user_id(77));
    let travel = world(group);
    travel.sandbox().company().add_user(company::User::new(&id, "dan@acme.example").inactive());
    is_found_out(&travel, group, &id, "inactive-user");

    let (group, id) = ("emporix/buyers", emporix::user_id(77));
    let shop = world(group);
    shop.sandbox().emporix().add_user(emporix::User::employee(&id, "dan@acme.example").locked());
    is_found_out(&shop, group, &id, "locked-user");
}

#[test]
fn an_employee_among_customers() {
    let customer = |handle: &str, number| {
        let id = emporix::user_id(number);
        let ids = format!("ids = {{ emporix = {id:?} }}");
        Person::new(handle).customer().only_at(["emporix"]).id_at("emporix", &id).with(&ids)
    };
    let group = "emporix/vips";
    let world = World::new()
        .person(customer("ann", 900))
        .person(customer("eve", 901))
        .group(Group::at(group).for_customers().live(["ann"]).wanted(["ann", "eve"]));
    let id = emporix::user_id(77);
    world.sandbox().emporix().add_user(emporix::User::employee(&id, "dan@acme.example"));
    is_found_out(&world, group, &id, "wrong-user-type");
}

#[test]
fn a_customer_among_employees() {
    let (group, id) = ("emporix/buyers", "87413250");
    let world = world(group);
    world.sandbox().emporix().add_user(emporix::User::customer(id, "dan@acme.example"));
    is_found_out(&world, group, id, "unknown-user");
    world.wanted(group).add(&format!("{{ id = \"{id}\" }}"));
    world.rosterd(["plan"]).success().says("put it into a group for CUSTOMER if it is a customer's");
}

#[test]
fn an_employee_from_before_by_id_and_by_number() {
    let (group, id) = ("emporix/buyers", emporix::user_id(77));
    let world = World::new().group(Group::at(group));
    world.sandbox().emporix().add_user(emporix::User::employee(&id, "dan@acme.example").numbered("B-77"));
    world.wanted(group).add("{ id = \"B-77\" }");
    world.rosterd(["plan"]).success().says(&format!("B-77 is the backofficeUserNumber of the employee {id}"));
    let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(3);
    assert_eq!((reasons(&run, group), world.writes().len()), (vec!["held".to_owned()], 0));
    // No read by the number finds the id; the list of users does.
    world.wanted(group).set([format!("{{ id = {id:?} }}")]);
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members(group), [id]);
}

#[test]
fn an_employee_whom_the_list_of_users_hides() {
    let world = super::findings::world("emporix/buyers", Person::new("dan"));
    let id = emporix::user_id(77);
    world.sandbox().emporix().add_user(emporix::User::employee(&id, "hal@acme.example"));
    world.sandbox().emporix().hide_users(&[&id]);
    world.wanted("emporix/buyers").add(&format!("{{ id = {id:?} }}"));
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members("emporix/buyers"), [&id, "ann", "dan", "eve"]);
}

#[test]
fn a_group_without_members_and_a_batch_with_one_wrong_id() {
    let (group, id) = ("travel/approvers", company::user_id(999));
    let people: Vec<String> = (0..120).map(|number| format!("p{number:03}")).collect();
    let world = World::new().people(&people).group(Group::at(group).wanted(&people));
    world.wanted(group).add(&format!("{{ id = {id:?} }}"));
    // The first apply finds everybody by email, the second remembers them: the ids go into two calls.
    for gone in ["", "p007"] {
        if !gone.is_empty() {
            for person in &people {
                world.live(group).remove(person);
            }
        }
        let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(3);
        assert_eq!((reasons(&run, group), world.members(group)), (vec!["held".to_owned()], people.clone()));
    }
    let failed = world.writes().iter().filter(|line| !line.ends_with("-> 200")).count();
    assert_eq!(failed, 0, "no batch is halved for it");
}
