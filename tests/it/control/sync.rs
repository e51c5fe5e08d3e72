//! `rosterd sync`: a run now, and what came of it.

use rosterd::sandbox::{Effect, Fault};

use super::{ask, daemon, settled, world};
use crate::support::until;

#[test]
fn runs_now_and_prints_what_an_apply_would() {
    let world = world();
    let _daemon = daemon!(world);
    settled(&world);
    world.live("emporix/buyers").remove("bob");
    world.live("finance/readers").remove("bob");
    let sync = ask(&world, ["sync", "--provider", "emporix", "--format", "json"]).success();
    assert_eq!(world.results(&sync), ["emporix/buyers add bob applied"]);
    assert_eq!(world.members("finance/readers"), ["ann"], "the others were not asked for");
    ask(&world, ["sync"]).success().says("+ bob").says("1 added, 0 removed");
    assert_eq!(world.members("finance/readers"), ["ann", "bob"]);
    ask(&world, ["sync", "--provider", "emporyx"]).exits(64).says("did you mean \"emporix\"?");
}

#[test]
fn says_what_is_held_unreadable_or_failed_and_exits_so() {
    let world = world();
    let _daemon = daemon!(world);
    settled(&world);
    world.down("travel", true);
    let sync = ask(&world, ["sync", "--format", "json"]).exits(5);
    assert_eq!(sync.group("travel/approvers")["outcome"], "unreadable");
    assert_eq!(sync.provider("emporix")["outcome"], "planned");
    world.heal();

    world.live("finance/readers").remove("bob");
    world.fail("finance", Fault::new(Effect::status(400)).writes().always());
    let sync = ask(&world, ["sync", "--format", "json"]).exits(4);
    assert_eq!(world.results(&sync), ["finance/readers add bob failed"]);
    world.heal();

    ask(&world, ["suspend", "finance", "--for", "1h"]).success();
    ask(&world, ["sync", "--provider", "finance"]).exits(3).says("SUSPENDED");
}

#[test]
fn a_client_that_goes_away_disturbs_nothing() {
    let world = world();
    let daemon = daemon!(world);
    settled(&world);
    world.live("emporix/buyers").remove("bob");
    let halted = world.halt("emporix", |seen| !seen.write);
    let run = super::runtime(&world);
    let client = world.start_with(["sync"], &[("RUNTIME_DIRECTORY", &run)]);
    halted.reached();
    client.kill();
    ask(&world, ["status"]).success().says("running since");
    daemon.signal("TERM");
    let ended = daemon.end();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    until("the socket to go", || !super::socket(&world).exists());
}

#[test]
fn whoever_waits_is_told_when_the_daemon_stops() {
    let world = world();
    let daemon = daemon!(world);
    settled(&world);
    let halted = world.halt("emporix", |_| true);
    let run = super::runtime(&world);
    let client = world.start_with(["sync", "--provider", "emporix"], &[("RUNTIME_DIRECTORY", &run)]);
    halted.reached();
    daemon.signal("TERM");
    daemon.end().success();
    let told = client.end();
    assert!(told.code == 1 || told.code == 5, "{}", told.stderr);
    assert!(!told.stdout.contains("Nothing to do"), "of no run nothing is known: {}", told.stdout);
}
