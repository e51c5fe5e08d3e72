//! Policies of the roster, through the real binary.

mod alone;
mod check;
mod counts;
mod crashes;
mod formats;
mod held;
mod moves;
mod owed;
mod separation;

use rosterd::sandbox::{Effect, Fault, emporix};

use crate::support::{Group, Person, Run, World};

/// A customer whom the roster knows by id.
fn customer(handle: &str, number: u64) -> Person {
    let id = emporix::user_id(number);
    let ids = format!("ids = {{ emporix = {id:?} }}");
    Person::new(handle).customer().only_at(["emporix"]).id_at("emporix", &id).with(&ids)
}

/// A group of customers with the label `company-role`.
fn role(path: &str) -> Group {
    Group::at(path).for_customers().with("exclusive = \"company-role\"")
}

/// Ann is a requester and is to be a buyer; Emporix allows one of its predefined groups at a time.
fn promotion() -> World {
    let world = World::new()
        .guard("max_removal_percent", "\"off\"")
        .person(customer("ann", 900))
        .person(customer("bob", 901))
        .person(customer("cem", 902))
        .group(role("emporix/requester").live(["ann", "bob"]).wanted(["bob"]))
        .group(role("emporix/buyer").live(["cem"]).wanted(["ann", "cem"]));
    predefine(&world);
    world
}

fn predefine(world: &World) {
    for code in ["requester", "buyer"] {
        let id = world.group_id(&format!("emporix/{code}"));
        let group = emporix::Group::new(&id, code).predefined("acme-gmbh", code);
        world.sandbox().emporix().add_group(group);
    }
}

/// Nothing more is added to the buyers.
fn refuse(world: &World) {
    answer(world, 422);
}

/// Answers every addition there with this status.
fn answer(world: &World, status: u16) {
    let buyer = world.group_id("emporix/buyer");
    world.fail("emporix", Fault::new(Effect::status(status)).method("PUT").path(&buyer).always());
}

/// The rules that hold something at a provider, as `exclusive buyer`.
fn rules(run: &Run, provider: &str) -> Vec<String> {
    let held = run.provider(provider)["held"].as_array().cloned().unwrap_or_default();
    let word = |value: &serde_json::Value| value.as_str().unwrap_or("").to_owned();
    held.iter().map(|held| format!("{} {}", word(&held["rule"]), word(&held["group"]))).collect()
}
