//! The daemon on a branch: pushes are taken up by themselves, and what may not be taken up is said.

use crate::support::{World, until};

use super::{Upstream, world};

/// No schedule is due in a test, and no port is taken.
fn quiet() -> World {
    world().daemon("schedule = \"0 0 3 1 1 *\"").daemon("listen = \"\"")
}

#[test]
fn a_push_is_taken_up_by_itself() {
    let world = quiet();
    let upstream = Upstream::of(&world);
    upstream.configure("interval = \"10s\"");
    upstream.push_story();
    let daemon = world.start(["run"]);
    until("bob to be added", || world.members("emporix/buyers") == ["ann", "bob"]);

    world.wanted("emporix/buyers").add("cleo");
    let pushed = upstream.push_story();
    until("cleo to be added", || world.members("emporix/buyers") == ["ann", "bob", "cleo"]);
    daemon.signal("TERM");
    daemon.end().success().says(&pushed);
}

#[test]
fn a_rewritten_branch_waits_for_an_approval_and_what_was_good_stays_in_force() {
    let world = quiet();
    let upstream = Upstream::of(&world);
    let base = upstream.push_story();
    world.wanted("emporix/buyers").add("cleo");
    upstream.push_story();
    let daemon = world.start(["run"]);
    until("cleo to be added", || world.members("emporix/buyers") == ["ann", "bob", "cleo"]);

    upstream.git("work", &["reset", "--quiet", "--hard", &base]);
    upstream.write("other.txt", "another history");
    upstream.commit();
    let rewritten = upstream.push_by_force();
    daemon.signal("HUP");
    until("the head to be held", || {
        let log = daemon.log();
        log.contains("head of the roster's branch is not in force") && log.contains(&rewritten[..7])
    });
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob", "cleo"]);
    daemon.signal("TERM");
    daemon.end().success();
    let held = world.rosterd(["plan", "--exit-code"]).exits(3).says("does not descend from");
    let digest = held.stderr.split("rosterd approve ").nth(1).unwrap().split(' ').next().unwrap().to_owned();

    world.rosterd(["approve", &digest, "--reason", "history was cleaned"]).success();
    let daemon = world.start(["run"]);
    until("cleo to be removed", || world.members("emporix/buyers") == ["ann", "bob"]);
    daemon.signal("TERM");
    daemon.end().success().says(&rewritten);
}

#[test]
fn a_commit_that_does_not_check_changes_nothing_until_it_is_mended() {
    let world = quiet();
    let upstream = Upstream::of(&world);
    upstream.push_story();
    let daemon = world.start(["run"]);
    until("bob to be added", || world.members("emporix/buyers") == ["ann", "bob"]);

    upstream.write("roster/broken.toml", "[people.ann\n");
    upstream.push();
    daemon.signal("HUP");
    until("it to be told", || daemon.log().contains("head of the roster's branch is not in force"));
    upstream.write("roster/broken.toml", "");
    world.wanted("emporix/buyers").add("cleo");
    upstream.push_story();
    daemon.signal("HUP");
    until("cleo to be added", || world.members("emporix/buyers") == ["ann", "bob", "cleo"]);
    daemon.signal("TERM");
    daemon.end().success();
}
