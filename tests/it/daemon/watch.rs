//! Configuration and roster change while the daemon runs.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{ALWAYS, NEVER, settled};
use crate::support::{Group, Person, Running, World, ask, until};

/// Files are read when nothing has happened to them for so long.
const SETTLES: Duration = Duration::from_millis(300);

/// The text of a file of the world.
fn text(world: &World, path: &str) -> String {
    fs::read_to_string(world.path(path)).unwrap()
}

/// The groups without bob.
fn without_bob(world: &World, path: &str) -> String {
    let text = text(world, path);
    assert!(text.contains("  \"bob\",\n"), "{text}");
    text.replace("  \"bob\",\n", "")
}

fn started(world: &World) -> Running<'_> {
    let daemon = world.start(["run"]);
    daemon.ran("emporix", "start");
    daemon
}

#[track_caller]
fn bob_leaves(world: &World) {
    until("bob to be removed", || world.members("emporix/buyers") == ["ann"]);
}

#[test]
fn a_new_file_of_the_roster_is_seen() {
    let world = settled(NEVER).group(Group::at("travel/approvers").unmanaged());
    let daemon = started(&world);
    let id = world.group_id("travel/approvers");
    world.write(
        "roster/deeper/more.toml",
        &format!("[groups.travel.approvers]\nid = \"{id}\"\nmembers = [\"bob\"]\n"),
    );
    until("bob to be added", || world.members("travel/approvers") == ["bob"]);
    // What lies in the new directory is watched as well.
    fs::remove_file(world.path("roster/deeper/more.toml")).unwrap();
    until("the group to be left alone", || daemon.status()["roster"]["groups"] == 1);
    assert_eq!(world.members("travel/approvers"), ["bob"]);
}

#[test]
fn a_file_that_is_renamed_over_another_is_seen() {
    let world = settled(NEVER);
    let _daemon = started(&world);
    fs::write(world.path("new.toml"), without_bob(&world, "roster/groups.toml")).unwrap();
    fs::rename(world.path("new.toml"), world.path("roster/groups.toml")).unwrap();
    bob_leaves(&world);
}

#[test]
fn a_symbolic_link_that_is_swapped_is_seen_each_time() {
    let world = settled(NEVER);
    world.save();
    fs::create_dir(world.path("releases")).unwrap();
    fs::rename(world.path("roster"), world.path("releases/1")).unwrap();
    symlink("releases/1", world.path("roster")).unwrap();
    let daemon = started(&world);
    let swap = |number: u32, groups: &str| {
        let next = world.path(&format!("releases/{number}"));
        fs::create_dir(&next).unwrap();
        fs::copy(world.path("releases/1/people.toml"), next.join("people.toml")).unwrap();
        fs::write(next.join("groups.toml"), groups).unwrap();
        symlink(format!("releases/{number}"), world.path("next")).unwrap();
        fs::rename(world.path("next"), world.path("roster")).unwrap();
    };
    let whole = text(&world, "roster/groups.toml");
    swap(2, &without_bob(&world, "roster/groups.toml"));
    bob_leaves(&world);
    swap(3, &whole);
    until("bob to be added again", || world.members("emporix/buyers") == ["ann", "bob"]);
    assert!(!daemon.log().contains("does not check"), "{}", daemon.log());
    // A file of the release that is in force now.
    world.write("releases/3/groups.toml", &whole.replace("  \"bob\",\n", ""));
    bob_leaves(&world);
}

#[test]
fn a_symbolic_link_on_the_way_to_the_roster_is_watched() {
    let world = settled(NEVER);
    world.save();
    fs::create_dir_all(world.path("site/releases")).unwrap();
    let release = |number: u32, groups: &str| {
        let roster = world.path(&format!("site/releases/{number}/roster"));
        fs::create_dir_all(&roster).unwrap();
        fs::copy(world.path("roster/people.toml"), roster.join("people.toml")).unwrap();
        fs::write(roster.join("groups.toml"), groups).unwrap();
    };
    release(1, &text(&world, "roster/groups.toml"));
    release(2, &without_bob(&world, "roster/groups.toml"));
    symlink("releases/1", world.path("site/current")).unwrap();
    let config = text(&world, "rosterd.toml").replace("\"roster/\"", "\"site/current/roster\"");
    world.write("rosterd.toml", &config);
    let _daemon = started(&world);
    symlink("releases/2", world.path("site/next")).unwrap();
    fs::rename(world.path("site/next"), world.path("site/current")).unwrap();
    bob_leaves(&world);
}

#[test]
fn an_editor_that_writes_twice_is_read_once() {
    // A try in which this was held up for longer than the daemon waits proves nothing.
    let is_in_time = (0..20).any(|_| {
        let world = settled(NEVER);
        let daemon = started(&world);
        let after = without_bob(&world, "roster/groups.toml");
        let began = Instant::now();
        for part in ["", &after[..after.len() / 2], &after] {
            fs::write(world.path("roster/groups.toml"), part).unwrap();
            if part != after {
                sleep(Duration::from_millis(50));
            }
        }
        let is_in_time = began.elapsed() < SETTLES;
        if is_in_time {
            bob_leaves(&world);
            daemon.signal("TERM");
            daemon.end().success().never_says("does not check");
        }
        is_in_time
    });
    assert!(is_in_time, "nothing was tried");
}

/// Breaks a file, sees that what was good goes on, and mends it.
fn broken(path: &str, document: &str) {
    let world = settled(ALWAYS);
    let daemon = started(&world);
    assert_eq!(daemon.metrics().value("rosterd_roster_valid"), 1.0);
    let before = daemon.status();
    let good = text(&world, path);
    world.write(path, &format!("{good}\n[oops]\nwrong = 1\n"));
    until("it to be told", || daemon.status()[document]["valid"] == false);

    let status = daemon.status();
    let other = if document == "roster" { "configuration" } else { "roster" };
    let problem = status[document]["problem"].as_str().unwrap();
    assert!(problem.contains(path) && problem.contains("unknown key …"), "{status}");
    assert_eq!(
        (&status[other]["valid"], &status[other]["problem"]),
        (&true.into(), &Value::Null),
        "{status}"
    );
    assert_eq!(status["roster"]["revision"], before["roster"]["revision"]);
    until("metrics to say so", || daemon.metrics().value("rosterd_roster_valid") == 0.0);
    assert_eq!(daemon.get("/readyz").status, 200, "the last good one is in force");
    until("the log to say so", || daemon.log().contains("stays in force"));

    // The last good one is still brought about.
    world.live("emporix/buyers").remove("bob");
    until("bob to be back", || world.members("emporix/buyers") == ["ann", "bob"]);
    assert_eq!(daemon.status()[document]["since"], status[document]["since"], "it is told since when");

    world.write(path, &good);
    until("it to be well", || daemon.metrics().value("rosterd_roster_valid") == 1.0);
    let status = daemon.status();
    assert_eq!((&status[document]["valid"], &status[document]["problem"]), (&true.into(), &Value::Null));
    daemon.signal("TERM");
    let told = daemon.end().success().stderr;
    assert_eq!(told.matches("stays in force").count(), 1, "{told}");
}

#[test]
fn a_broken_roster_leaves_the_last_good_one_in_force() {
    broken("roster/groups.toml", "roster");
}

#[test]
fn a_broken_configuration_leaves_the_last_good_one_in_force() {
    broken("rosterd.toml", "configuration");
}

#[test]
fn a_bad_configuration_at_the_start_is_an_error() {
    let world = settled(NEVER);
    world.write("rosterd.toml", "roster = 3\n");
    world.rosterd(["run"]).exits(64).says("rosterd.toml:1:10");
}

#[test]
fn a_bad_roster_at_the_start_runs_nothing_until_it_is_mended() {
    let world = settled(NEVER);
    world.write("roster/more.toml", "[teams.x]\nmembers = [\"nobody\"]\n");
    let daemon = world.start(["run"]);
    until("it to be told", || daemon.log().contains("does not check"));
    until("it to be shown", || daemon.status()["configuration"]["valid"] == true);
    assert_eq!((daemon.get("/readyz").status, daemon.get("/healthz").status), (503, 200));
    let status = daemon.status();
    assert_eq!(
        (&status["roster"]["valid"], &status["configuration"]["valid"]),
        (&false.into(), &true.into())
    );
    assert!(status["roster"]["revision"].is_null());
    let metrics = daemon.metrics();
    assert_eq!(metrics.value("rosterd_roster_valid"), 0.0);
    assert_eq!(metrics.value("rosterd_last_success_timestamp_seconds{provider=\"emporix\"}"), 0.0);
    assert_eq!(world.request_count(), 0);
    fs::remove_file(world.path("roster/more.toml")).unwrap();
    daemon.ran("emporix", "start");
    assert_eq!(daemon.get("/readyz").status, 200);
}

#[test]
fn a_provider_comes_and_goes() {
    // Nobody of the roster has an id at the provider that is not there yet.
    let world = World::new()
        .person(Person::new("ann").with("ids = {}"))
        .daemon(NEVER)
        .daemon("listen = \"127.0.0.1:0\"")
        .group(Group::at("emporix/buyers").in_sync(["ann"]));
    world.save();
    let whole = text(&world, "rosterd.toml");
    let (without, _) = whole.split_once("[providers.finance]").unwrap();
    world.write("rosterd.toml", without);
    let daemon = started(&world);
    let drift = "rosterd_drift_memberships{provider=\"finance\"}";
    assert!(daemon.status()["providers"]["finance"].is_null());
    assert_eq!(daemon.metrics().find(drift), None);
    world.write("rosterd.toml", &whole);
    daemon.ran("finance", "change");
    assert_eq!(daemon.metrics().value(drift), 0.0);
    world.write("rosterd.toml", without);
    until("it to be gone", || daemon.status()["providers"]["finance"].is_null());
    until("metrics to forget it", || daemon.metrics().find(drift).is_none());
}

#[test]
fn another_schedule_holds_at_once() {
    let world = settled(NEVER);
    let daemon = started(&world);
    let config = text(&world, "rosterd.toml");
    world.write("rosterd.toml", &config.replace(NEVER, ALWAYS));
    daemon.ran("emporix", "schedule");
}

#[test]
fn another_address_is_listened_at_instead() {
    let world = settled(NEVER);
    let daemon = started(&world);
    let before = daemon.address();
    let config = text(&world, "rosterd.toml");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let next = taken.local_addr().unwrap();
    // While the port is taken, the daemon stays where it is.
    world.write("rosterd.toml", &config.replace("127.0.0.1:0", &next.to_string()));
    until("it to be told", || daemon.log().contains("the listener stays where it was"));
    assert_eq!(ask(before, "GET", "/healthz").unwrap().status, 200);
    drop(taken);
    // Any other change of the configuration is another try.
    world.write(
        "rosterd.toml",
        &format!("# Once more.\n{}", config.replace("127.0.0.1:0", &next.to_string())),
    );
    until("it to listen there", || ask(next, "GET", "/healthz").is_ok_and(|page| page.status == 200));
    until("it to be gone from there", || ask(before, "GET", "/healthz").is_err());
    world.write("rosterd.toml", &config.replace("127.0.0.1:0", ""));
    until("it to listen nowhere", || ask(next, "GET", "/healthz").is_err());
}
