//! Where no daemon is to be asked, and what may not be done beside one.

use super::{ask, daemon, settled, world};

#[test]
fn without_a_daemon_only_what_needs_it_fails() {
    let world = world();
    world.save();
    ask(&world, ["sync"]).exits(1).says("no daemon runs with").says("rosterd apply");
    ask(&world, ["reload"]).exits(1).says("no daemon runs with");
    ask(&world, ["status"]).success().says("no daemon");
    ask(&world, ["plan"]).success();
    ask(&world, ["suspend", "emporix", "--for", "1h"]).success();
    ask(&world, ["resume", "emporix"]).success();
}

#[test]
fn nothing_is_applied_beside_the_daemon() {
    let world = world();
    let daemon = daemon!(world);
    settled(&world);
    let process = format!("process {}", daemon.id());
    ask(&world, ["apply", "--yes"]).exits(1).says("rosterd sync").says(&process);
    let undo = ask(&world, ["undo", "12345678", "--yes"]).exits(1).says(&process);
    undo.says("systemctl stop rosterd").says("suspends the providers concerned").never_says("rosterd sync");
    // The lock of the state says it too, where there is no socket.
    world.rosterd(["apply", "--yes"]).exits(1).says("rosterd sync").says(&process);
    world.rosterd(["run"]).exits(1).says("is in use by").says(&process);
}

#[test]
fn the_daemon_of_another_configuration_is_not_asked() {
    let world = world();
    let _daemon = daemon!(world);
    settled(&world);
    std::fs::copy(world.path("rosterd.toml"), world.path("other.toml")).unwrap();
    ask(&world, ["--config", "other.toml", "sync"]).exits(1).says("no daemon runs with").says("other.toml");
    ask(&world, ["--config", "other.toml", "status"]).success().says("no daemon");
    std::os::unix::fs::symlink(world.path("rosterd.toml"), world.path("link.toml")).unwrap();
    ask(&world, ["--config", "link.toml", "sync"]).success();
}
