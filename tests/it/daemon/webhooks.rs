//! `[[notify]]`: each begin and each end once.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::{ALWAYS, NEVER, settled};
use crate::support::{PROVIDERS, Running, World, until};

/// A webhook that keeps what it is sent.
pub struct Hook {
    address: SocketAddr,
    pub bodies: Arc<Mutex<Vec<Value>>>,
    /// What it answers; nothing, and it never does.
    status: Arc<Mutex<Option<u16>>>,
}

impl Hook {
    pub fn new() -> Hook {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let hook = Hook {
            address: listener.local_addr().unwrap(),
            bodies: Arc::default(),
            status: Arc::new(Mutex::new(Some(200))),
        };
        let (bodies, status) = (Arc::clone(&hook.bodies), Arc::clone(&hook.status));
        thread::spawn(move || {
            let mut kept = Vec::new();
            for stream in listener.incoming().map_while(Result::ok) {
                let answer = *status.lock().unwrap();
                match answer {
                    Some(status) => drop(take(stream, status, &bodies)),
                    None => kept.push(stream),
                }
            }
        });
        hook
    }

    /// An address with something secret in it.
    pub fn url(&self) -> String {
        format!("http://{}/services/hunter2", self.address)
    }

    pub fn answers(&self, status: Option<u16>) {
        *self.status.lock().unwrap() = status;
    }

    /// Event, what began or ended, and where, in the order of arrival.
    pub fn told(&self) -> Vec<String> {
        let bodies = self.bodies.lock().unwrap();
        let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let line =
            |it: &Value| format!("{} {} {}", word(&it["event"]), word(&it["of"]), word(&it["provider"]));
        bodies.iter().map(line).collect()
    }

    #[track_caller]
    pub fn hears(&self, expected: &[&str]) {
        until("it to be told", || self.told().len() >= expected.len());
        assert_eq!(self.told(), expected, "{:#?}", self.bodies.lock().unwrap());
    }
}

/// Reads one request, answers, and keeps its body when it took it.
fn take(stream: TcpStream, status: u16, bodies: &Mutex<Vec<Value>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let (mut length, mut line) = (0, String::new());
    while reader.read_line(&mut line).ok()? > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    reader.get_mut().write_all(head.as_bytes()).ok()?;
    // It counts as told once whoever sent it has heard the answer, and hangs up.
    reader.get_mut().shutdown(Shutdown::Write).ok()?;
    reader.get_mut().set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    reader.read_to_end(&mut Vec::new()).ok();
    if status == 200 {
        bodies.lock().unwrap().push(serde_json::from_slice(&body).expect("what is sent is JSON"));
    }
    Some(())
}

/// A world with a webhook, as lines of TOML besides the address.
pub(super) fn hooked(schedule: &str, hook: &Hook, lines: &str) -> World {
    let world = settled(schedule);
    world.write_secret("hook", &hook.url());
    world.save();
    let config = std::fs::read_to_string(world.path("rosterd.toml")).unwrap();
    let webhook = format!("[[notify]]\nurl = {{ file = \"secrets/hook\" }}\n{lines}\n");
    world.write("rosterd.toml", &format!("{config}\n{webhook}"));
    world
}

/// It ran often enough to have told everything twice.
fn ran_on(daemon: &Running<'_>) {
    let runs = daemon.runs("emporix");
    until("some more runs", || daemon.runs("emporix") >= runs + 2);
}

#[test]
fn failures_are_told_when_they_begin_and_when_they_end() {
    let hook = Hook::new();
    let world = hooked(ALWAYS, &hook, "");
    let daemon = world.start(["run"]);
    daemon.ran("emporix", "schedule");
    assert_eq!(hook.told(), [""; 0], "nothing is told of what is well");
    let broken = rosterd::sandbox::Fault::new(rosterd::sandbox::Effect::Html).reads().always();
    world.fail("emporix", broken);
    hook.hears(&["failed failed emporix"]);
    ran_on(&daemon);
    world.heal();
    hook.hears(&["failed failed emporix", "recovered failed emporix"]);
    ran_on(&daemon);
    assert_eq!(hook.told().len(), 2, "nothing is told twice");
    let bodies = hook.bodies.lock().unwrap().clone();
    assert_eq!(bodies[0]["version"], 1);
    assert!(bodies[0]["text"].as_str().unwrap().contains("emporix"), "{bodies:?}");
    assert!(bodies[0]["roster"].is_string() && bodies[0]["at"].is_string(), "{bodies:?}");
    daemon.signal("TERM");
    daemon.end().success().never_says("hunter2");
}

/// Lets nothing be due any more, waits until no run is on, and ends the daemon.
fn ends_at_rest(world: &World, daemon: Running<'_>, runtime: &[(&str, &str)]) {
    let config = std::fs::read_to_string(world.path("rosterd.toml")).unwrap();
    world.write("rosterd.toml", &config.replace(ALWAYS, NEVER));
    world.rosterd_with(["reload"], runtime).success();
    // Answered after the last run that anything woke.
    world.rosterd_with(["sync"], runtime);
    daemon.signal("TERM");
    daemon.end().success();
    world.write("rosterd.toml", &config);
}

#[test]
fn holds_and_drift_are_told_and_not_again_after_a_restart() {
    let hook = Hook::new();
    let world = hooked(ALWAYS, &hook, "").strangers(["mal"]);
    let run = world.path("run").display().to_string();
    let runtime = [("RUNTIME_DIRECTORY", run.as_str())];
    let daemon = world.start_with(["run"], &runtime);
    daemon.ran("emporix", "start");
    world.live("emporix/buyers").add("mal");
    hook.hears(&["drift drift emporix", "recovered drift emporix"]);
    ends_at_rest(&world, daemon, &runtime);

    let config = std::fs::read_to_string(world.path("rosterd.toml")).unwrap();
    // One was removed today already.
    let tight =
        config.replace("max_removal_percent = \"off\"", "max_removals = 1\nmax_removal_percent = \"off\"");
    world.write("rosterd.toml", &tight);
    world.live("emporix/buyers").add("mal");
    let daemon = world.start_with(["run"], &runtime);
    let held = ["held held emporix", "drift drift emporix"];
    let all = [&["drift drift emporix", "recovered drift emporix"], &held[..]].concat();
    hook.hears(&all);
    ran_on(&daemon);
    ends_at_rest(&world, daemon, &runtime);

    let daemon = world.start_with(["run"], &runtime);
    daemon.ran("emporix", "schedule");
    ran_on(&daemon);
    assert_eq!(hook.told(), all, "a restart tells nothing again");
    world.live("emporix/buyers").remove("mal");
    hook.hears(&[&all[..], &["recovered held emporix", "recovered drift emporix"]].concat());
}

#[test]
fn a_roster_that_does_not_check_is_told_as_text() {
    let hook = Hook::new();
    let world = hooked(NEVER, &hook, "format = \"text\"\nevents = [\"roster-invalid\", \"recovered\"]");
    let file = world.path("roster/groups.toml");
    let good = std::fs::read_to_string(&file).unwrap();
    world.write("roster/groups.toml", "nonsense");
    let daemon = world.start(["run"]);
    // At the start as well as later.
    hook.hears(&["- - -"]);
    world.write("roster/groups.toml", &good);
    daemon.ran("emporix", "start");
    hook.hears(&["- - -"; 2]);
    world.write("roster/groups.toml", "nonsense");
    hook.hears(&["- - -"; 3]);
    let bodies = hook.bodies.lock().unwrap().clone();
    let texts: Vec<&str> = bodies.iter().map(|body| body["text"].as_str().expect("it is a text")).collect();
    assert!(bodies.iter().all(|body| body.as_object().unwrap().len() == 1), "{bodies:?}");
    assert!(texts[0].starts_with("rosterd: roster-invalid. "), "{texts:?}");
    assert!(texts[1].starts_with("rosterd: recovered. "), "{texts:?}");
    assert!(texts[2].contains("stays in force"), "{texts:?}");
}

#[test]
fn a_roster_that_does_not_check_is_told_once_over_restarts_and_so_is_its_end() {
    let hook = Hook::new();
    let world = hooked(NEVER, &hook, "");
    let daemon = world.start(["run"]);
    for provider in PROVIDERS {
        daemon.ran(provider, "start");
    }
    let file = world.path("roster/groups.toml");
    let good = std::fs::read_to_string(&file).unwrap();
    world.write("roster/groups.toml", "nonsense");
    hook.hears(&["roster-invalid roster-invalid -"]);
    daemon.signal("TERM");
    daemon.end().success();

    let daemon = world.start(["run"]);
    until("it to be seen", || daemon.log().contains("nothing is in force"));
    daemon.signal("TERM");
    daemon.end().success();
    assert_eq!(hook.told().len(), 1, "a restart tells nothing again");

    world.write("roster/groups.toml", &good);
    let daemon = world.start(["run"]);
    hook.hears(&["roster-invalid roster-invalid -", "recovered roster-invalid -"]);
    daemon.signal("TERM");
    daemon.end().success();
}

#[test]
fn a_webhook_hears_only_what_it_asks_for() {
    let hook = Hook::new();
    let world = hooked(ALWAYS, &hook, "events = [\"recovered\"]");
    let daemon = world.start(["run"]);
    daemon.ran("emporix", "start");
    world.live("emporix/buyers").remove("bob");
    hook.hears(&["recovered drift emporix"]);
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob"]);
}

#[test]
fn a_webhook_that_is_down_delays_nothing_and_hears_of_it_later() {
    let hook = Hook::new();
    hook.answers(None);
    let world = hooked(ALWAYS, &hook, "");
    let daemon = world.start(["-v", "run"]);
    daemon.ran("emporix", "start");
    world.live("emporix/buyers").remove("bob");
    until("bob to be back", || world.members("emporix/buyers") == ["ann", "bob"]);
    ran_on(&daemon);
    daemon.signal("TERM");
    daemon.end().success().never_says("hunter2").never_says("did not end in time");

    hook.answers(Some(500));
    let daemon = world.start(["-v", "run"]);
    daemon.ran("emporix", "start");
    world.live("emporix/buyers").remove("bob");
    until("the webhook to refuse", || daemon.log().contains("A webhook did not take a message"));
    hook.answers(Some(200));
    let told = || hook.told().into_iter().find(|line| line.ends_with(" emporix"));
    until("it to be told after all", || told().is_some());
    assert_eq!(told().unwrap(), "drift drift emporix");
    daemon.signal("TERM");
    daemon.end().success().never_says("hunter2");
}
