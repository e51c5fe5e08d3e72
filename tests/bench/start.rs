//! From the start of the binary to its first request at a provider.

use std::path::Path;
use std::process::Stdio;
use std::time::SystemTime;

use jiff::Timestamp;
use rosterd::providers::KindName;

use super::provider::One;
use super::{Row, median};

const GROUPS: usize = 10;

pub fn measure() -> Vec<Row> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let took = runtime.block_on(async {
        let one = One::start(KindName::Emporix, GROUPS).await;
        let folder = tempfile::tempdir().unwrap();
        one.write(folder.path(), GROUPS);
        let mut took = Vec::new();
        // The first start makes its state; the others find it.
        for _ in 0..9 {
            took.push(first_request(&one, folder.path()).await);
        }
        median(took)
    });
    vec![Row::new("start to first request", took, 100.0, "ms")]
}

/// Milliseconds from the start to the first request of a plan.
async fn first_request(one: &One, folder: &Path) -> f64 {
    one.take_requests();
    let started = Timestamp::try_from(SystemTime::now()).unwrap();
    let status = tokio::process::Command::new(env!("CARGO_BIN_EXE_rosterd"))
        .args(["plan", "--config"])
        .arg(folder.join("rosterd.toml"))
        .env("STATE_DIRECTORY", folder.join("state"))
        .stdout(Stdio::null())
        .status()
        .await
        .unwrap();
    assert!(status.success());
    let first = one.take_requests().first().map(|seen| seen.at).unwrap();
    first.duration_since(started).as_secs_f64() * 1_000.0
}
