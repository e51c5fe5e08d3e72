//! `rosterd status`, with the daemon and without it.

use std::time::{Duration, Instant};

use super::{ask, daemon, settled, world};

#[test]
fn tells_of_the_daemon_and_of_every_provider() {
    let world = world();
    let daemon = daemon!(world);
    settled(&world);
    let status = ask(&world, ["status"]).success();
    let status = status.says(&format!("process {}", daemon.id())).says("emporix · emporix, enforce");
    status.says("last run: applied").says("(start): +1 −0").says("next run:").never_says("bob");
    let status = ask(&world, ["status", "--format", "json"]).success().json();
    assert_eq!(status["daemon"]["pid"], daemon.id());
    assert_eq!(status["providers"]["travel"]["last"]["added"], 1);
}

#[test]
fn answers_at_once_while_a_run_is_on() {
    let world = world();
    let halted = world.halt("emporix", |seen| seen.write);
    let daemon = daemon!(world);
    halted.reached();
    let began = Instant::now();
    ask(&world, ["status"]).success().says("running since");
    let status = ask(&world, ["status", "--format", "json"]).json();
    assert_eq!(status["providers"]["emporix"]["running"]["wake"], "start");
    assert!(began.elapsed() < Duration::from_secs(20), "it waited for the run: {:?}", began.elapsed());
    daemon.kill();
}

#[test]
fn without_a_daemon_the_state_tells_how_the_last_runs_went() {
    let world = world();
    world.rosterd(["status"]).success().says("no daemon").says("no run has ended yet");
    world.rosterd(["apply", "--yes"]).success();
    world.rosterd(["suspend", "finance", "--for", "4h", "--reason", "migration"]).success();
    let status = world.rosterd(["status"]).success().says("no daemon").says("last run: applied");
    status.says("(apply): +1 −0").says("suspended until").says("migration");
    let status = world.rosterd(["status", "--format", "json"]).success().json();
    assert!(status["daemon"].is_null() && status["providers"]["emporix"]["last"]["added"] == 1, "{status}");
}

#[test]
fn is_told_by_a_daemon_whose_configuration_is_gone_and_without_a_state_that_can_be_opened() {
    let world = world();
    let daemon = daemon!(world);
    settled(&world);
    let config = std::fs::read_to_string(world.path("rosterd.toml")).unwrap();
    std::fs::remove_file(world.path("rosterd.toml")).unwrap();
    let status = ask(&world, ["--config", "rosterd.toml", "status"]).success();
    status.says(&format!("process {}", daemon.id()));
    ask(&world, ["status"]).success().says(&format!("process {}", daemon.id()));
    std::fs::write(world.path("rosterd.toml"), config).unwrap();
    daemon.signal("TERM");
    daemon.end().success();

    // A file where the state would be: it cannot be opened, whoever asks.
    std::fs::write(world.path("other-state"), "").unwrap();
    ask(&world, ["status"]).success().says("nothing is known of the last runs").says("no daemon");
}

#[test]
fn resuming_says_who_changes_what_waited() {
    let world = world();
    let _daemon = daemon!(world);
    settled(&world);
    ask(&world, ["suspend", "travel", "--for", "1h"]).success();
    ask(&world, ["resume", "travel"]).success().says("the daemon now changes what waited");
}
