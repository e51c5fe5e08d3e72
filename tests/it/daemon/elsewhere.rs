//! A provider that is pointed elsewhere.

use std::fs;

use super::{NEVER, settled};
use crate::support::until;

#[test]
fn what_was_done_elsewhere_is_not_said_of_another_target() {
    let world = settled(NEVER);
    let run = world.path("run").display().to_string();
    let runtime = [("RUNTIME_DIRECTORY", run.as_str())];
    let daemon = world.start_with(["run"], &runtime);
    daemon.ran("emporix", "start");
    assert!(daemon.status()["providers"]["emporix"]["last_success"].is_string());
    let config = fs::read_to_string(world.path("rosterd.toml")).unwrap();
    let tenant = config.lines().find(|line| line.starts_with("tenant")).unwrap();
    world.write("rosterd.toml", &config.replace(tenant, "tenant = \"another\""));
    daemon.ran("emporix", "change");
    let status = daemon.status();
    assert!(status["providers"]["emporix"]["last_success"].is_null(), "{status}");
    let shown = world.rosterd_with(["status"], &runtime).success();
    let (_, shown) = shown.stdout.split_once("emporix").unwrap();
    assert!(shown.contains("everything was done: never"), "{shown}");

    // Back there, what was done there is known.
    world.write("rosterd.toml", &config);
    until("it to be well", || daemon.status()["providers"]["emporix"]["last_success"].is_string());
}
