//! The alerts that come with rosterd, tried by Prometheus' own tool.

use std::path::Path;
use std::process::Command;

#[test]
fn they_fire_when_they_should_and_only_then() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/prometheus");
    let tried =
        Command::new("promtool").args(["test", "rules", "alerts_test.yml"]).current_dir(folder).output();
    let Ok(tried) = tried else {
        println!("skipped, there is no promtool here");
        return;
    };
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(tried.status.success(), "{}{}", said(&tried.stdout), said(&tried.stderr));
}
