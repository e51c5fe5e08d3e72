//! Whoever reads logs and plans may stop reading: the daemon goes on, and ends when it is told.

use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{ALWAYS, NEVER};
use crate::support::{Group, Running, World, ask, until};

/// A daemon whose stderr, or stdout, is a pipe that is full and that nobody reads; the pipe's other end stays open.
const STDERR: &str =
    "mkfifo pipe && exec 2<>pipe && head -c 65536 /dev/zero >&2 && exec \"$ROSTERD\" -vvv run";
const STDOUT: &str =
    "mkfifo pipe && exec 1<>pipe && head -c 65536 /dev/zero && exec \"$ROSTERD\" -vvv run --dry-run";

fn world(schedule: &str) -> World {
    let world = World::new().people(["ann", "bob"]).daemon(schedule).daemon("listen = \"127.0.0.1:0\"");
    world.group(Group::at("emporix/buyers").live(["ann"]).wanted(["ann", "bob"]))
}

/// Starts it with a listener that is open already: its log cannot say at which port.
fn start<'a>(world: &'a World, script: &str) -> (Running<'a>, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let script = format!("exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; {script}");
    (world.start_by(&script, &[], Stdio::from(OwnedFd::from(listener))), address)
}

fn runs(address: SocketAddr, outcome: &str) -> f64 {
    let sample = format!("rosterd_runs_total{{provider=\"emporix\",outcome=\"{outcome}\"}} ");
    let page = ask(address, "GET", "/metrics").map(|page| page.body).unwrap_or_default();
    page.lines().find_map(|line| line.strip_prefix(&sample)?.trim().parse().ok()).unwrap_or(0.0)
}

/// Tells it to stop, and says how long that took.
fn stop(daemon: Running<'_>) -> Duration {
    let told = Instant::now();
    daemon.signal("TERM");
    until("it to end", || daemon_ended(&daemon));
    let took = told.elapsed();
    daemon.end().success();
    took
}

fn daemon_ended(daemon: &Running<'_>) -> bool {
    // A zombie is still there, and has no memory any more.
    let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.id())).unwrap_or_default();
    !status.contains("VmRSS:")
}

#[test]
fn a_log_that_nobody_reads_holds_nothing_up() {
    let world = world(ALWAYS);
    let (daemon, address) = start(&world, STDERR);
    until("bob to be added", || world.members("emporix/buyers") == ["ann", "bob"]);
    until("more runs", || runs(address, "nothing-to-do") >= 3.0);
    assert_eq!(ask(address, "GET", "/healthz").unwrap().status, 200);
    assert!(stop(daemon) < Duration::from_secs(20));
}

#[test]
fn a_plan_that_nobody_reads_holds_nothing_up() {
    let world = world(ALWAYS);
    let (daemon, address) = start(&world, STDOUT);
    until("some runs", || runs(address, "planned") >= 3.0);
    assert!(stop(daemon) < Duration::from_secs(20));
}

#[test]
fn the_second_signal_ends_it_at_once_all_the_same() {
    let world = world(NEVER);
    let halted = world.halt("emporix", |seen| seen.write);
    let (daemon, address) = start(&world, STDERR);
    halted.reached();
    daemon.signal("TERM");
    until("the first to be heard", || ask(address, "GET", "/healthz").is_err());
    // Sooner than the first signal alone would have.
    assert!(stop(daemon) < Duration::from_secs(7));
}
