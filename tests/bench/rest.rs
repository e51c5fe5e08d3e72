//! The daemon at rest, after a run over 10,000 memberships.

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
/// So long nothing is to be done.
const REST: Duration = Duration::from_secs(20);
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
    let before = processor_ticks(pid);
    tokio::time::sleep(REST).await;
    let ticks = processor_ticks(pid) - before;
    let resident = resident_mib(pid);
    daemon.kill().await.unwrap();
    // A tick is a hundredth of a second.
    (resident, ticks / 100.0 / REST.as_secs_f64() * 100.0)
}

fn has_run(journal: &Path) -> bool {
    let files = fs::read_dir(journal).into_iter().flatten().flatten();
    files
        .filter_map(|file| fs::read_to_string(file.path()).ok())
        .any(|text| text.contains(r#""event":"end""#))
}

/// Processor time in user and kernel mode.
fn processor_ticks(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let after_name = stat.rsplit_once(") ").unwrap().1;
    let fields: Vec<f64> =
        after_name.split(' ').skip(11).take(2).map(|field| field.parse().unwrap()).collect();
    fields.iter().sum()
}

fn resident_mib(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}
