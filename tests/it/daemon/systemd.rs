//! What systemd is told, read from a socket of the test.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use sd_notify::NotifyState;

use super::{ALWAYS, NEVER, settled};
use crate::support::{Running, World, until};

/// The socket that systemd would hand to a service. It is read all the time, as systemd does.
pub struct Told {
    datagrams: Receiver<(Instant, String)>,
    pub path: String,
}

impl Told {
    pub fn new(world: &World) -> Told {
        let path = world.path("notify").display().to_string();
        let socket = UnixDatagram::bind(&path).unwrap();
        let (heard, datagrams) = mpsc::channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length) = socket.recv(&mut buffer) {
                let text = String::from_utf8(buffer[..length].to_vec()).expect("it is text");
                if heard.send((Instant::now(), text)).is_err() {
                    return;
                }
            }
        });
        Told { datagrams, path }
    }

    fn start<'a>(&self, world: &'a World, more: &[(&str, &str)]) -> Running<'a> {
        let mut env = vec![("NOTIFY_SOCKET", self.path.as_str())];
        env.extend(more);
        world.start_with(["run"], &env)
    }

    fn next(&self) -> String {
        self.next_at().1
    }

    fn next_at(&self) -> (Instant, String) {
        self.datagrams.recv_timeout(Duration::from_mins(1)).expect("systemd is told")
    }

    /// Everything up to a datagram with such a line.
    pub fn until(&self, line: &str) -> Vec<String> {
        let mut told = Vec::new();
        while !told.last().is_some_and(|last: &String| last.lines().any(|it| it.starts_with(line))) {
            told.push(self.next());
        }
        told
    }
}

fn count(told: &[String], line: &str) -> usize {
    told.iter().flat_map(|told| told.lines()).filter(|it| *it == line).count()
}

#[test]
fn readiness_reloads_and_the_end_are_told() {
    let world = settled(NEVER);
    let told = Told::new(&world);
    let daemon = told.start(&world, &[]);
    let mut all = told.until("READY=1");
    daemon.ran("emporix", "start");
    daemon.signal("HUP");
    all.extend(told.until("RELOADING=1"));
    assert_eq!(count(&all, "READY=1"), 1, "readiness is told once: {all:#?}");
    let reloading = all.last().unwrap();
    let at = reloading.lines().find_map(|line| line.strip_prefix("MONOTONIC_USEC=")).expect("with its time");
    let NotifyState::MonotonicUsec(now) = NotifyState::monotonic_usec_now().unwrap() else { unreachable!() };
    let behind = now - at.parse::<i128>().unwrap();
    assert!((0..60_000_000).contains(&behind), "{behind} µs ago");
    told.until("READY=1");
    daemon.signal("TERM");
    let last = told.until("STOPPING=1");
    assert_eq!(count(&last, "READY=1"), 0, "{last:#?}");
    assert!(last.last().unwrap().contains("STATUS=stopping"), "{last:#?}");
    daemon.end().success();
}

#[test]
fn the_status_says_what_does_not_check() {
    let world = settled(NEVER);
    let told = Told::new(&world);
    let daemon = told.start(&world, &[]);
    told.until("STATUS=roster ");
    daemon.ran("emporix", "start");
    let file = world.path("roster/groups.toml");
    let good = fs::read_to_string(&file).unwrap();
    world.write("roster/groups.toml", "nonsense");
    let all = told.until("STATUS=roster ");
    let mut line = all.last().unwrap().clone();
    while !line.contains("the roster that was found last does not check") {
        line = told.next();
    }
    assert!(!line.contains("configuration"), "{line}");
    // A reload that finds nothing good ends all the same: the last good one is in force.
    daemon.signal("HUP");
    told.until("RELOADING=1");
    told.until("READY=1");
    world.write("roster/groups.toml", &good);
    until("it to be well", || daemon.metrics().value("rosterd_roster_valid") == 1.0);
    // What was said before may not have been read yet.
    while told.until("STATUS=roster ").last().unwrap().contains("does not check") {}
}

#[test]
fn the_watchdog_is_fed_at_half_of_its_time() {
    let world = settled(NEVER);
    let told = Told::new(&world);
    let daemon = told.start(&world, &[("WATCHDOG_USEC", "6000000")]);
    daemon.ran("emporix", "start");
    let feeds = std::iter::repeat_with(|| told.next_at()).filter(|(_, text)| text.contains("WATCHDOG=1"));
    let times: Vec<Instant> = feeds.map(|(at, _)| at).take(4).collect();
    for pair in times.windows(2) {
        assert!(pair[1] - pair[0] < Duration::from_secs(6), "after {:?}", pair[1] - pair[0]);
    }
}

#[test]
fn a_watchdog_without_a_time_or_of_another_process_is_not_fed() {
    for env in [&[("WATCHDOG_USEC", "0")][..], &[("WATCHDOG_USEC", "600000"), ("WATCHDOG_PID", "1")]] {
        let world = settled(ALWAYS);
        let told = Told::new(&world);
        let daemon = told.start(&world, env);
        daemon.ran("emporix", "schedule");
        daemon.signal("TERM");
        let all = told.until("STOPPING=1");
        assert_eq!(count(&all, "WATCHDOG=1"), 0, "{all:#?}");
        assert_eq!(count(&all, "READY=1"), 1, "{all:#?}");
        daemon.end().success();
    }
}

#[test]
fn a_systemd_that_reads_nothing_holds_nothing_up() {
    let world = settled(ALWAYS);
    let path = world.path("notify");
    let systemd = UnixDatagram::bind(&path).unwrap();
    let noise = UnixDatagram::unbound().unwrap();
    noise.set_nonblocking(true).unwrap();
    while noise.send_to(b"noise", &path).is_ok() {}
    let env = [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "600000")];
    let daemon = world.start_with(["run"], &env);
    daemon.ran("emporix", "schedule");
    let runs = daemon.runs("emporix");
    until("some more runs", || daemon.runs("emporix") >= runs + 2);
    assert_eq!(daemon.get("/healthz").status, 200);
    until("it to be logged", || daemon.log().contains("systemd does not read"));
    assert_eq!(daemon.log().matches("systemd does not read").count(), 1, "{}", daemon.log());
    // Once it reads, it hears what it has to know.
    systemd.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let mut buffer = [0; 4096];
    let mut told = Vec::new();
    while !told.iter().any(|text: &String| text.starts_with("STATUS=roster ")) {
        let length = systemd.recv(&mut buffer).expect("it is told at last");
        told.push(String::from_utf8_lossy(&buffer[..length]).into_owned());
    }
    assert_eq!(count(&told, "READY=1"), 1, "{told:?}");
    daemon.signal("TERM");
    daemon.end().success();
}
