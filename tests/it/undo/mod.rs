//! `rosterd undo`: what a run changed is taken back, as far as nothing changed since.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{Group, Run, World};

mod crash;
mod edits;
mod given_back;
mod guarded;
mod law;
mod left_out;
mod typed;

/// Two groups at a provider that an apply has put as the roster says: buyers have ann and bob, sellers have cem.
fn world_at(provider: &str) -> World {
    let world = World::new()
        .people(["ann", "bob", "cem", "dan", "eve"])
        .guard("max_removal_percent", "\"off\"")
        .provider(provider, "concurrency = 1")
        .group(Group::at(&format!("{provider}/buyers")).in_sync(["ann", "bob"]))
        .group(Group::at(&format!("{provider}/sellers")).in_sync(["cem"]));
    world.rosterd(["apply", "--yes"]).success();
    world
}

/// The roster changes: in buyers cem and dan take the place of bob, and sellers get eve. It is applied.
fn change_at(world: &World, provider: &str) -> String {
    world.wanted(&format!("{provider}/buyers")).remove("bob").add("cem").add("dan");
    world.wanted(&format!("{provider}/sellers")).add("eve");
    apply(world, provider)
}

/// Applies, and says which run that was.
fn apply(world: &World, provider: &str) -> String {
    world.rosterd(["apply", "--yes"]).success();
    last_run(world, provider)
}

/// The id of the last run at a provider.
fn last_run(world: &World, provider: &str) -> String {
    let journal = world.journal();
    let mut begun = journal.iter().filter(|line| line["event"] == "begin" && line["provider"] == provider);
    begun.next_back().and_then(|line| line["run"].as_str()).expect("a run began there").to_owned()
}

fn undo(world: &World, run: &str) -> Run {
    world.rosterd(["undo", run, "--yes"])
}

/// Every managed group and who is in it.
type Dump = BTreeMap<String, Vec<String>>;

/// The lines of the journal of one type.
fn lines(world: &World, kind: &str) -> Vec<Value> {
    world.journal().into_iter().filter(|line| line["type"] == kind).collect()
}

/// What the last undo left out, as `buyers add bob left`.
fn left_out(world: &World, run: &Run) -> Vec<String> {
    let report = run.json();
    let text_of = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let line = |it: &Value| {
        let who = world.handle(&text_of(&it["provider"]), &text_of(&it["id"]));
        format!("{} {} {who} {}", text_of(&it["group"]), text_of(&it["action"]), text_of(&it["why"]))
    };
    report["undo"]["left_out"].as_array().expect("an undo says what it leaves out").iter().map(line).collect()
}
