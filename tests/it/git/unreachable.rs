//! A daemon whose remote cannot be reached, or hangs: everybody hears of it, and nothing else waits for it.
#![expect(clippy::float_cmp, reason = "counts are whole numbers, however Prometheus writes them")]

use std::fs;

use super::upstream::{fake, reload};
use super::{Upstream, world};
use crate::daemon::systemd::Told;
use crate::daemon::webhooks::Hook;
use crate::support::{Running, World, until};

/// No schedule is due in a test.
fn listening() -> World {
    world().daemon("schedule = \"0 0 3 1 1 *\"").daemon("listen = \"127.0.0.1:0\"")
}

/// Lines of `[roster_git]`, and a webhook after them.
fn told(world: &World, hook: &Hook, more: &str) -> String {
    world.write_secret("hook", &hook.url());
    format!(
        "{more}\n[[notify]]\nurl = {{ file = \"secrets/hook\" }}\nevents = [\"roster-invalid\", \"recovered\"]"
    )
}

fn away(world: &World, is_away: bool) {
    let (from, to) = if is_away { ("up.git", "away.git") } else { ("away.git", "up.git") };
    fs::rename(world.path(from), world.path(to)).unwrap();
}

/// A git that hangs in a fetch while there is a file `hang`, and takes its time while there is a file `slow`.
fn hanging(world: &World) -> String {
    let git = std::env::var_os("PATH").unwrap();
    let git = std::env::split_paths(&git).map(|folder| folder.join("git")).find(|git| git.exists()).unwrap();
    let script = format!(
        "case \"$*\" in *\" fetch \"*) [ -e {} ] && exec sleep 300; [ -e {} ] && sleep 1 ;; esac\nexec {} \"$@\"",
        world.path("hang").display(),
        world.path("slow").display(),
        git.display()
    );
    fake(world, "git", &script)
}

/// Waits until this stands in the log.
#[track_caller]
fn logged(daemon: &Running<'_>, text: &str) {
    until(text, || daemon.log().contains(text));
}

fn in_words(daemon: &Running<'_>, path: &str) -> String {
    daemon.get(path).body
}

#[test]
fn a_remote_that_never_answered_is_said_everywhere() {
    let (world, hook) = (listening(), Hook::new());
    let upstream = Upstream::of(&world);
    upstream.configure(&told(&world, &hook, ""));
    upstream.push_story();
    away(&world, true);
    let run = world.path("run").display().to_string();
    let notify = Told::new(&world);
    let env = [("RUNTIME_DIRECTORY", run.as_str()), ("NOTIFY_SOCKET", notify.path.as_str())];
    let daemon = world.start_with(["run"], &env);
    hook.hears(&["roster-invalid roster-invalid -"]);
    notify.until("STATUS=no roster; the roster's branch cannot be fetched");
    let why = "could not be fetched";
    logged(&daemon, "nothing is in force");
    logged(&daemon, why);
    assert_eq!(daemon.metrics().value("rosterd_roster_valid"), 0.0);
    assert_eq!(daemon.metrics().value("rosterd_roster_branch_seen_timestamp_seconds"), 0.0);
    let status = daemon.status();
    assert_eq!(status["roster"]["valid"], false);
    assert!(status["roster"]["problem"].as_str().unwrap().contains(why), "{status}");
    assert!(in_words(&daemon, "/").contains(why));
    world.rosterd_with(["status"], &env[..1]).success().says(why).says("no roster in force");
    reload(&world, &env[..1]).exits(64).says(why).says("Nothing is in force");

    away(&world, false);
    reload(&world, &env[..1]).success().says("In force");
    hook.hears(&["roster-invalid roster-invalid -", "recovered roster-invalid -"]);
    assert_eq!(daemon.metrics().value("rosterd_roster_valid"), 1.0);
    daemon.signal("TERM");
    let log = daemon.end().success().stderr;
    assert_eq!(log.matches("nothing is in force").count(), 1, "it is said once: {log}");
}

#[test]
fn a_remote_that_is_gone_is_said_once_with_the_age_of_what_is_in_force() {
    let (world, hook) = (listening(), Hook::new());
    let upstream = Upstream::of(&world);
    upstream.configure(&told(&world, &hook, ""));
    let good = upstream.push_story();
    let run = world.path("run").display().to_string();
    let runtime = [("RUNTIME_DIRECTORY", run.as_str())];
    let daemon = world.start_with(["run"], &runtime);
    daemon.ran("emporix", "start");
    away(&world, true);
    let standing = format!("commit {} is in force, taken up", &good[..7]);
    reload(&world, &runtime).exits(1).says("could not be fetched").says(&standing);
    reload(&world, &runtime).exits(1);
    let unknown = "The head of the roster's branch is not known";
    logged(&daemon, unknown);
    logged(&daemon, &standing);
    let status = world.rosterd_with(["status"], &runtime).success();
    status.says("could not be fetched").says("and the repository exists").says(&standing);
    assert!(in_words(&daemon, "/").contains(&standing));
    let metrics = daemon.metrics();
    assert_eq!(metrics.value("rosterd_roster_valid"), 1.0, "what was found last is in force");
    assert!(metrics.value("rosterd_roster_branch_seen_timestamp_seconds") > 1e9);
    assert_eq!(hook.told(), [""; 0], "it may be back in a moment");
    away(&world, false);
    reload(&world, &runtime).success();
    logged(&daemon, "answers again");
    daemon.signal("TERM");
    let log = daemon.end().success().stderr;
    assert_eq!(log.matches(unknown).count(), 1, "{log}");

    // It was last seen long ago: now somebody has to look.
    away(&world, true);
    let folder = fs::read_dir(world.path("state/git")).unwrap().next().unwrap().unwrap().path();
    let record = fs::read_to_string(folder.join("followed.json")).unwrap();
    let mut record: serde_json::Value = serde_json::from_str(&record).unwrap();
    record["seen_at"] = (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(2)).to_string().into();
    fs::write(folder.join("followed.json"), record.to_string()).unwrap();
    let daemon = world.start_with(["run"], &runtime);
    hook.hears(&["roster-invalid roster-invalid -"]);
    assert!(hook.bodies.lock().unwrap()[0]["text"].as_str().unwrap().contains("2 h ago"));
    assert_eq!(daemon.metrics().value("rosterd_roster_valid"), 1.0);
}

#[test]
fn a_remote_that_hangs_delays_nothing_else() {
    let world = listening();
    let upstream = Upstream::of(&world);
    // Longer than a test waits for anything.
    upstream.configure("timeout = \"1h\"");
    upstream.push_story();
    let (path, run) = (hanging(&world), world.path("run").display().to_string());
    let notify = Told::new(&world);
    let env = [
        ("RUNTIME_DIRECTORY", run.as_str()),
        ("PATH", path.as_str()),
        ("NOTIFY_SOCKET", notify.path.as_str()),
    ];
    let daemon = world.start_with(["run"], &env);
    daemon.ran("emporix", "start");
    notify.until("READY=1");
    world.write("hang", "");
    let config = fs::read_to_string(world.path("rosterd.toml")).unwrap();
    world.write("rosterd.toml", &config.replace("[daemon]\n", "[daemon]\ndry_run = true\n"));
    daemon.signal("HUP");
    until("the configuration to be in force", || daemon.status()["daemon"]["dry_run"] == true);
    notify.until("RELOADING=1");
    let told = notify.until("READY=1");
    assert_eq!(daemon.status()["daemon"]["dry_run"], true, "{told:?}");
    let reload = world.rosterd_with(["reload"], &env[..1]).exits(1).says("In force");
    reload.says("has not answered within 10 s");

    // A start waits neither: what was taken up last is good.
    daemon.signal("TERM");
    daemon.end().success();
    let daemon = world.start_with(["run"], &env);
    daemon.ran("emporix", "start");
}

#[test]
fn a_reload_ends_once_the_head_is_in_force() {
    let world = listening();
    let upstream = Upstream::of(&world);
    upstream.push_story();
    let (path, notify) = (hanging(&world), Told::new(&world));
    let env = [("PATH", path.as_str()), ("NOTIFY_SOCKET", notify.path.as_str())];
    let daemon = world.start_with(["run"], &env);
    notify.until("READY=1");
    daemon.ran("emporix", "start");
    world.write("slow", "");
    world.wanted("emporix/buyers").add("cleo");
    let pushed = upstream.push_story();
    daemon.signal("HUP");
    notify.until("RELOADING=1");
    notify.until("READY=1");
    assert_eq!(daemon.status()["roster"]["revision"], pushed.as_str());
}

#[test]
fn a_remote_is_asked_as_often_as_the_interval_says() {
    let world = listening();
    let upstream = Upstream::of(&world);
    upstream.configure("interval = \"10s\"");
    upstream.push_story();
    let daemon = world.start(["run"]);
    daemon.ran("emporix", "start");
    let seen = || daemon.status()["roster"]["git"]["fetched_at"].as_str().unwrap().to_owned();
    let mut times = vec![seen()];
    for _ in 0..2 {
        until("another look", || seen() != *times.last().unwrap());
        times.push(seen());
    }
    let times: Vec<jiff::Timestamp> = times.iter().map(|time| time.parse().unwrap()).collect();
    for pair in times.windows(2) {
        let between = pair[1].duration_since(pair[0]).as_secs_f64();
        // Nearer to the interval than to the minute that is usual.
        assert!((9.0..35.0).contains(&between), "{between} s between two looks: {times:?}");
    }
}
