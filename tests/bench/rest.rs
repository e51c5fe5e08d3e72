//! The daemon at rest, after a run over 10,000 memberships.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rosterd::providers::KindName;

use super::Row;
use super::provider::One;

/// Groups of thirty.
const GROUPS: usize = 334;
/// So long nothing is to be done, so that what happens once a minute counts.
const REST: Duration = Duration::from_mins(2);
/// How often threads are looked at: one that is over by then is not seen, and none of the daemon lives so short.
const LOOK: Duration = Duration::from_secs(5);
/// A run that takes longer hangs.
const LIMIT: Duration = Duration::from_mins(1);

pub fn measure() -> Vec<Row> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (resident, busy) = runtime.block_on(async {
        let one = One::start(KindName::Emporix, GROUPS).await;
        let folder = tempfile::tempdir().unwrap();
        one.write(folder.path(), GROUPS);
        let mut configuration =
            OpenOptions::new().append(true).open(folder.path().join("rosterd.toml")).unwrap();
        writeln!(configuration, "[daemon]\nlisten = \"127.0.0.1:0\"\nschedule = \"0 0 3 1 1 *\"").unwrap();
        rest(folder.path()).await
    });
    vec![
        Row::new("daemon at rest after 10,000 memberships: resident", resident, 40.0, "MiB"),
        Row::new("daemon at rest: of a core", busy, 0.1, "%"),
    ]
}

async fn rest(folder: &Path) -> (f64, f64) {
    let mut daemon = tokio::process::Command::new(env!("CARGO_BIN_EXE_rosterd"))
        .args(["run", "--config"])
        .arg(folder.join("rosterd.toml"))
        .env("STATE_DIRECTORY", folder.join("state"))
        // As the unit of systemd has it.
        .env("MALLOC_ARENA_MAX", "1")
        .env("MALLOC_TRIM_THRESHOLD_", "65536")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let pid = daemon.id().unwrap();
    let started = Instant::now();
    while !has_run(&folder.join("state/journal")) {
        assert!(started.elapsed() < LIMIT, "the first run does not end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut times = ProcessorTimes::new(pid);
    let rested = Instant::now();
    while rested.elapsed() < REST {
        tokio::time::sleep(LOOK).await;
        times.look();
    }
    let busy = times.spent().as_secs_f64() / rested.elapsed().as_secs_f64() * 100.0;
    let resident = resident_mib(pid);
    for (thread, spent) in times.by_name() {
        println!("  {thread:<20} {:>10.3} ms", spent.as_secs_f64() * 1000.0);
    }
    daemon.kill().await.unwrap();
    (resident, busy)
}

fn has_run(journal: &Path) -> bool {
    let files = fs::read_dir(journal).into_iter().flatten().flatten();
    files
        .filter_map(|file| fs::read_to_string(file.path()).ok())
        .any(|text| text.contains(r#""event":"end""#))
}

/// What each thread took of the processor, to the nanosecond, from when it was first looked at.
struct ProcessorTimes {
    process: u32,
    /// By thread: its name, and what it had taken at first and at last.
    threads: BTreeMap<String, (String, Duration, Duration)>,
}

impl ProcessorTimes {
    fn new(process: u32) -> Self {
        let mut times = Self { process, threads: BTreeMap::new() };
        times.look();
        for (_, first, last) in times.threads.values_mut() {
            *first = *last;
        }
        times
    }

    fn look(&mut self) {
        for thread in fs::read_dir(format!("/proc/{}/task", self.process)).unwrap().flatten() {
            let text = |name: &str| fs::read_to_string(thread.path().join(name)).ok();
            // It may just have ended.
            let (Some(times), Some(name)) = (text("schedstat"), text("comm")) else { continue };
            let taken = Duration::from_nanos(times.split(' ').next().unwrap().parse().unwrap());
            let id = thread.file_name().to_string_lossy().into_owned();
            let known = self.threads.entry(id).or_insert((name.trim().to_owned(), Duration::ZERO, taken));
            known.2 = taken;
        }
    }

    fn spent(&self) -> Duration {
        self.threads.values().map(|(_, first, last)| last.saturating_sub(*first)).sum()
    }

    fn by_name(&self) -> BTreeMap<&str, Duration> {
        let mut names = BTreeMap::new();
        for (name, first, last) in self.threads.values() {
            *names.entry(name.trim_end_matches(|c: char| c.is_ascii_digit())).or_default() +=
                last.saturating_sub(*first);
        }
        names
    }
}

fn resident_mib(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}
