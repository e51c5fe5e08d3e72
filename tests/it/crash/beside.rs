//! What a killed run leaves, beside other providers and later changes of the roster.

use std::collections::{BTreeMap, BTreeSet};

use rosterd::sandbox::Seen;

use super::{lines, open, word};
use crate::support::{Group, PROVIDERS, World, split, until};

#[test]
fn a_crash_at_one_provider_is_settled_beside_the_others() {
    let world = World::new().people(["ann", "bob", "cem"]);
    let paths = ["emporix/buyers", "travel/approvers", "finance/payers"];
    let world = paths
        .into_iter()
        .fold(world, |world, path| world.group(Group::at(path).live(["ann", "bob"]).wanted(["ann", "cem"])));
    let halted = PROVIDERS.map(|provider| world.halt(provider, |seen: &Seen| seen.write));
    let run = world.start(["apply", "--yes"]);
    halted.iter().for_each(crate::support::Halted::reached);
    run.kill();
    let open_at: BTreeSet<String> =
        open(&world).into_values().map(|(group, ..)| split(&group).0.to_owned()).collect();
    assert_eq!(open_at.len(), 3, "each provider's run was about to change something");
    world.heal();
    world.rosterd(["apply", "--yes"]).success().says("An earlier run was interrupted");
    for path in paths {
        assert_eq!(world.members(path), ["ann", "cem"], "{path}");
    }
    assert_eq!(open(&world), BTreeMap::new());
}

#[test]
fn what_one_provider_was_left_with_is_kept_while_another_is_still_at_work() {
    let world = ["emporix/buyers", "travel/approvers"]
        .into_iter()
        .fold(World::new().people(["ann", "bob"]).strangers(["mal"]), |world, path| {
            world.group(Group::at(path).live(["ann"]).wanted(["ann", "bob"]))
        });
    let halted = world.halt("travel", |seen| seen.write);
    let run = world.start(["-v", "apply", "--yes"]);
    halted.reached();
    until("the other to be done", || run.log().contains("Ran emporix"));
    assert!(world.flushed() > 0, "its records are on the disk");
    run.kill();
    world.heal();
    world.live("emporix/buyers").add("mal");
    let plan = world.rosterd(["plan", "--provider", "emporix", "--format", "json"]).success();
    let changes = plan.group("emporix/buyers")["changes"].clone();
    assert_eq!(changes[0]["cause"], "drift", "the group was rosterd's already: {changes}");
}

#[test]
fn what_an_interrupted_run_removed_is_no_drift_when_it_is_wanted_again() {
    let path = "finance/payers";
    let world =
        World::new().people(["ann", "bob", "cem"]).group(Group::at(path).in_sync(["ann", "bob", "cem"]));
    world.rosterd(["apply", "--yes"]).success();
    world.wanted(path).remove("ann");
    let halted = world.halt("finance", |seen: &Seen| seen.write);
    let run = world.start(["apply", "--yes"]);
    halted.reached();
    run.kill();
    world.carry_out_the_last_write();
    world.heal();
    world.wanted(path).add("ann");
    // Before it is settled, and after.
    let plan = world.rosterd(["plan", "--format", "json"]).success();
    assert_eq!(plan.group(path)["changes"][0]["cause"], "roster");
    world.rosterd(["apply", "--yes"]).success().says("An earlier run was interrupted");
    let journal = world.journal();
    assert_eq!(lines(&journal, "intent").last().map(|intent| word(intent, "cause")), Some("roster".into()));
}
