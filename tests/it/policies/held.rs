//! What holds a removal withholds the addition that needs it.

use rosterd::sandbox::{Effect, Fault};

use super::{promotion, rules};
use crate::support::World;

#[test]
fn an_addition_waits_for_a_removal_that_is_held_and_both_are_let_through_together() {
    let world = promotion().guard("adopt", "\"hold\"");
    let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(3);
    assert_eq!(rules(&run, "emporix"), ["adopt requester", "exclusive buyer"]);
    assert_eq!(world.writes(), []);
    let plan = world.rosterd(["plan"]).success().says("ann is in requester as long as that removal waits");
    world.rosterd(["apply", "--yes", "--approve", &plan.digest()]).success();
    assert_eq!(world.members("emporix/buyer"), ["ann", "cem"]);
}

#[test]
fn nobody_is_added_beside_a_group_that_cannot_be_read() {
    let world = promotion().provider("emporix", "retry_budget = \"200ms\"");
    let requester = world.group_id("emporix/requester");
    world.fail("emporix", Fault::new(Effect::status(503)).path(&format!("{requester}/users")).always());
    let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(3);
    assert_eq!(rules(&run, "emporix"), ["exclusive buyer"]);
    assert_eq!(world.writes(), []);
}

/// What is held in [`promotion`], and that nothing is sent.
#[track_caller]
fn holds(world: &World) -> Vec<String> {
    let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(3);
    assert_eq!(world.writes(), []);
    assert_eq!(world.members("emporix/requester"), ["ann", "bob"]);
    rules(&run, "emporix")
}

#[test]
fn an_addition_waits_for_a_removal_beyond_what_the_provider_may_lose() {
    let world = promotion().guard("max_removals", "1");
    world.live("emporix/requester").add("cem");
    let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(3);
    assert_eq!(rules(&run, "emporix"), ["max_removals ", "exclusive buyer"]);
    assert_eq!(world.writes(), []);
}

#[test]
fn a_protected_person_is_moved_nowhere_and_no_approval_changes_that() {
    let world = promotion().guard("protected", "[\"ann\"]");
    assert_eq!(holds(&world), ["protected requester", "exclusive buyer"]);
    world.rosterd(["plan"]).success().never_says("rosterd approve");
}

#[test]
fn too_few_who_stay_keep_everybody_where_they_are() {
    let world = promotion();
    world.wanted("emporix/requester").add("{ who = \"cem\", from = 2098-01-01 }").with("min_members = 2");
    assert_eq!(holds(&world), ["min_members requester", "exclusive buyer"]);
    let plan = world.rosterd(["plan"]).success();
    world.rosterd(["apply", "--yes", "--approve", &plan.digest()]).success();
    assert_eq!(world.members("emporix/buyer"), ["ann", "cem"]);
}

#[test]
fn whoever_waits_for_room_keeps_the_old_place() {
    let world = promotion();
    world
        .wanted("emporix/buyer")
        .set(["cem", "{ who = \"ann\", until = 2098-01-01 }"])
        .with("max_members = 1");
    assert_eq!(holds(&world), ["exclusive requester", "max_members buyer"]);
    let plan = world.rosterd(["plan"]).success().never_says("rosterd approve");
    plan.says("ann stays as long as the addition to buyer waits");
}
