//! An hour in the life of the daemon, at one run a second over three providers that fail now and then: it does not
//! grow, misses no run, and never has two runs of one provider at once. Not a part of the usual tests:
//!
//! ```sh
//! ROSTERD_ENDURANCE=3600 cargo test --release --test it endurance -- --ignored --nocapture
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rosterd::sandbox::{Seen, weather::Weather};

use crate::support::{Group, PROVIDERS, World, until};

/// Mishaps among a thousand calls.
const ROUGH: u32 = 15;
/// The longest time between the end of a run and the beginning of the next: the schedule's second, and what the
/// alarm clock may be late.
const LONGEST_PAUSE: f64 = 2.6;

/// What the daemon holds at one moment.
#[derive(Debug, Clone, Copy)]
struct Sample {
    resident_kib: u64,
    files: usize,
    threads: usize,
    tasks: u64,
}

#[test]
#[ignore = "it takes as long as ROSTERD_ENDURANCE says, in seconds"]
fn an_hour_of_runs_leaves_no_trace_but_the_audit_trail() {
    let seconds = std::env::var("ROSTERD_ENDURANCE").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let port = free_port();
    let world = rough_world(port);
    let daemon = world.start(["run"]);
    until("the daemon to answer", || metric(port, "rosterd_roster_valid") == Some(1));

    let started = Instant::now();
    let mut samples = Vec::new();
    let pause = Duration::from_secs((seconds / 60).max(1));
    while started.elapsed() < Duration::from_secs(seconds) {
        std::thread::sleep(pause);
        drift(&world, samples.len());
        let sample = sample(daemon.id(), port);
        println!("{:>5} s  {sample:?}", started.elapsed().as_secs());
        samples.push(sample);
    }
    daemon.signal("TERM");
    daemon.end().success();

    for provider in PROVIDERS {
        let (runs, longest_pause) = runs(&world, provider);
        println!("{provider}: {runs} runs, longest pause {longest_pause:.2} s");
        assert!(longest_pause <= LONGEST_PAUSE, "{provider} missed a run: {longest_pause:.2} s between two");
    }
    does_not_grow(&samples);
    world.rosterd(["history", "--verify"]).success();
}

/// Forty people in two groups at each provider; calls of all providers fail now and then.
fn rough_world(port: u16) -> World {
    let people: Vec<String> = (0..40).map(|number| format!("p{number}")).collect();
    let names: Vec<&str> = people.iter().map(String::as_str).collect();
    let mut world = World::new()
        .people(names.iter().copied())
        .daemon("schedule = \"* * * * * *\"")
        .daemon(&format!("listen = \"127.0.0.1:{port}\""))
        .guard("max_removals", "\"off\"")
        .guard("max_removal_percent", "\"off\"");
    for provider in PROVIDERS {
        world = world.provider(provider, "retry_budget = \"1s\"").provider(provider, "timeout = \"2s\"");
        for group in ["one", "two"] {
            let path = format!("{provider}/{group}");
            let half = &names[..20];
            world = world.group(Group::at(&path).live(half.iter().copied()).wanted(half.iter().copied()));
        }
    }
    for (place, provider) in PROVIDERS.into_iter().enumerate() {
        let mut weather = Weather::new(7 + place as u64).rough(ROUGH);
        world.fail_by(provider, move |seen: &Seen| weather.choose(seen));
    }
    world
}

/// Somebody joins a group by hand, who is taken out again.
fn drift(world: &World, number: usize) {
    let provider = PROVIDERS[number % 3];
    let who = format!("p{}", 20 + number % 20);
    world.live(&format!("{provider}/one")).add(&who);
}

fn sample(pid: u32, port: u16) -> Sample {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).expect("Linux says so");
        line.split_whitespace().nth(1).and_then(|word| word.parse::<u64>().ok()).expect("a number")
    };
    Sample {
        resident_kib: field("VmRSS:"),
        files: fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count),
        threads: usize::try_from(field("Threads:")).expect("few"),
        tasks: metric(port, "rosterd_tasks").unwrap_or_default(),
    }
}

/// The first value of a metric without labels.
fn metric(port: u16, name: &str) -> Option<u64> {
    let text = reqwest_blocking(port)?;
    let line = text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')))?;
    let value: f64 = line.rsplit(' ').next()?.parse().ok()?;
    format!("{value:.0}").parse().ok()
}

fn reqwest_blocking(port: u16) -> Option<String> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    Some(text)
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// How many runs of a provider there were, and the longest time in seconds between two. Two at once fail.
fn runs(world: &World, provider: &str) -> (usize, f64) {
    let (mut number, mut longest, mut ended, mut open) = (0, 0.0_f64, None::<Timestamp>, None::<String>);
    for line in world.journal().iter().filter(|line| line["type"] == "run" && line["provider"] == provider) {
        let at: Timestamp = line["at"].as_str().and_then(|at| at.parse().ok()).expect("a time");
        let run = line["run"].as_str().map(str::to_owned);
        if line["event"] == "begin" {
            assert_eq!(open, None, "a run of {provider} began while another was on");
            if let Some(ended) = ended {
                longest = longest.max(at.duration_since(ended).as_secs_f64());
            }
            open = run;
            number += 1;
        } else {
            assert_eq!(open, run, "a run of {provider} ended that had not begun");
            (open, ended) = (None, Some(at));
        }
    }
    (number, longest)
}

fn does_not_grow(samples: &[Sample]) {
    let (early, late) = (&samples[samples.len() / 6..samples.len() / 3], &samples[samples.len() * 5 / 6..]);
    let most = |samples: &[Sample], of: fn(&Sample) -> u64| samples.iter().map(of).max().unwrap_or_default();
    let grown: BTreeMap<&str, (u64, u64, u64)> = BTreeMap::from([
        ("resident KiB", (most(early, |it| it.resident_kib), most(late, |it| it.resident_kib), 8 * 1024)),
        ("files", (most(early, |it| it.files as u64), most(late, |it| it.files as u64), 8)),
        ("threads", (most(early, |it| it.threads as u64), most(late, |it| it.threads as u64), 2)),
        ("tasks", (most(early, |it| it.tasks), most(late, |it| it.tasks), 8)),
    ]);
    println!("early, late, allowed growth: {grown:?}");
    for (what, (early, late, allowed)) in grown {
        assert!(late <= early + allowed, "{what} grew from {early} to {late}");
    }
}
