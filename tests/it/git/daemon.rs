//! The daemon on a branch: pushes are taken up by themselves, and what may not be taken up is said.

use std::fs;

use crate::support::{World, until};

use super::upstream::reload;
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
    let env = [("RUNTIME_DIRECTORY", &*world.path("run").display().to_string())];
    let daemon = world.start_with(["run"], &env);
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
    let told = || world.rosterd_with(["status"], &env).success();
    until("it to be told", || {
        told().stdout.contains("branch is held, and not in force; what was good before")
    });
    told().never_says("does not check");
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

#[test]
fn a_first_commit_that_does_not_check_is_told_line_by_line() {
    let world = quiet();
    let upstream = Upstream::of(&world);
    upstream.write("roster/broken.toml", "[people.ann\n");
    let bad = upstream.push();
    let env = [("RUNTIME_DIRECTORY", &*world.path("run").display().to_string())];
    let daemon = world.start_with(["run"], &env);
    until("it to be told", || daemon.log().contains("branch is not in force"));
    let why = format!(
        "branch is not in force: the roster of commit {} does not check: 1 error: roster/broken.toml:1:",
        &bad[..7]
    );
    assert!(daemon.log().contains(&why) && daemon.log().contains("nothing is in force"), "{}", daemon.log());
    let status = || world.rosterd_with(["status"], &env).success();
    until("the status to be there", || {
        status().stdout.contains("! the head of the roster's branch is not in force,")
    });
    let told = status()
        .says("\n     --> roster/broken.toml:1:")
        .says("the remote last answered")
        .says("git main of /");
    told.never_says("\\u{a}").never_says("answered never").never_says("what was good before");
    daemon.signal("TERM");
    daemon.end().success();
}

#[test]
fn a_remote_that_goes_away_is_told_once_and_so_is_its_return() {
    let world = quiet();
    let upstream = Upstream::of(&world);
    upstream.push_story();
    let daemon = world.start(["run"]);
    until("bob to be added", || world.members("emporix/buyers") == ["ann", "bob"]);
    fs::rename(world.path("up.git"), world.path("away.git")).unwrap();
    daemon.signal("HUP");
    let gone = "is not known: the roster's branch could not be fetched";
    until("it to be told", || daemon.log().contains(gone));
    daemon.signal("HUP");
    fs::rename(world.path("away.git"), world.path("up.git")).unwrap();
    daemon.signal("HUP");
    until("its return to be told", || daemon.log().contains("answers again"));
    daemon.signal("TERM");
    let log = daemon.end().success().stderr;
    assert_eq!(log.matches(gone).count(), 1, "{log}");
    assert!(!log.contains("not in force"), "what is in force stays so: {log}");
}

#[test]
fn a_first_start_without_the_remote_says_why_there_is_no_roster() {
    let world = quiet();
    let upstream = Upstream::of(&world);
    upstream.push_story();
    fs::rename(world.path("up.git"), world.path("away.git")).unwrap();
    let env = [("RUNTIME_DIRECTORY", &*world.path("run").display().to_string())];
    let daemon = world.start_with(["run"], &env);
    let why = "branch is not in force: the roster's branch could not be fetched";
    until("it to be told", || daemon.log().contains(why));
    reload(&world, &env).exits(64).says("could not be fetched");
    fs::rename(world.path("away.git"), world.path("up.git")).unwrap();
    reload(&world, &env).success().says("In force: roster");
    until("bob to be added", || world.members("emporix/buyers") == ["ann", "bob"]);
    daemon.signal("TERM");
    daemon.end().success();
}
