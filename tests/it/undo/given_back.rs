//! An undo whose change is refused gives back what it freed, and may be asked for again.

use rosterd::sandbox::{Effect, Fault};

use super::{apply, undo};
use crate::support::{Group, World};

#[test]
fn an_undo_that_was_refused_and_given_back_can_be_done_again() {
    let label = "exclusive = \"side\"";
    let world = World::new()
        .people(["ann", "bob", "cem"])
        .guard("max_removal_percent", "\"off\"")
        .group(Group::at("finance/left").in_sync(["ann", "bob"]).with(label))
        .group(Group::at("finance/right").in_sync(["cem"]).with(label));
    world.rosterd(["apply", "--yes"]).success();
    world.wanted("finance/left").remove("ann");
    world.wanted("finance/right").add("ann");
    let run = apply(&world, "finance");
    assert_eq!(world.members("finance/right"), ["ann", "cem"]);

    let left = world.group_id("finance/left");
    world.fail("finance", Fault::new(Effect::status(400)).method("POST").path(&left).always());
    undo(&world, &run).exits(4).says("the place in right was given back");
    assert_eq!(world.members("finance/right"), ["ann", "cem"]);
    world.heal();
    world.rosterd(["resume", "finance"]).success();
    undo(&world, &run).success().never_says("a later run");
    assert_eq!(
        (world.members("finance/left"), world.members("finance/right")),
        (vec!["ann".into(), "bob".into()], vec!["cem".to_owned()])
    );
}
