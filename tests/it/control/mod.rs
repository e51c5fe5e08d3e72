//! Commands that talk to the daemon over its socket: the real binary on both sides.

mod beside;
mod broken;
mod decisions;
mod halts;
mod lapses;
mod leavers;
mod reload;
mod socket;
mod status;
mod sync;

use std::path::Path;
use std::process::Command;

use crate::support::{Group, Run, World, until};

/// One group at each provider in which bob is missing; no schedule is due in a test, and no port is taken.
fn world() -> World {
    let world =
        World::new().people(["ann", "bob"]).daemon("schedule = \"0 0 3 1 1 *\"").daemon("listen = \"\"");
    ["emporix/buyers", "travel/approvers", "finance/readers"]
        .into_iter()
        .fold(world, |world, path| world.group(Group::at(path).live(["ann"]).wanted(["ann", "bob"])))
}

/// Where the sockets of a world are.
fn socket(world: &World) -> std::path::PathBuf {
    world.path("run/rosterd.sock")
}

/// The environment of a daemon and of those who ask it.
fn runtime(world: &World) -> String {
    world.path("run").display().to_string()
}

/// Starts the daemon, and waits until it answers.
macro_rules! daemon {
    ($world:expr) => {{
        let directory = crate::control::runtime(&$world);
        let daemon = $world.start_with(["run"], &[("RUNTIME_DIRECTORY", directory.as_str())]);
        crate::control::listens(&crate::control::socket(&$world));
        daemon
    }};
}
use daemon;

fn listens(socket: &Path) {
    until("the daemon to listen", || std::os::unix::net::UnixStream::connect(socket).is_ok());
}

/// Asks the daemon of a world, as another user with another state directory would: what is known comes from it. The
/// files of the story stay as they are, so that the daemon finds none of them half written.
fn ask<const N: usize>(world: &World, args: [&str; N]) -> Run {
    ask_with(world, args, &[])
}

/// The same, with more in the environment.
fn ask_with<const N: usize>(world: &World, args: [&str; N], env: &[(&str, &str)]) -> Run {
    let asked = Command::new(env!("CARGO_BIN_EXE_rosterd"))
        .args(args)
        .current_dir(world.path("."))
        .env_clear()
        .env("RUNTIME_DIRECTORY", world.path("run"))
        .env("STATE_DIRECTORY", world.path("other-state"))
        .env("USER", "carol")
        .envs(env.iter().copied())
        .output()
        .unwrap();
    Run {
        typed: format!("rosterd {}", args.join(" ")),
        code: asked.status.code().unwrap_or(-1),
        stdout: String::from_utf8(asked.stdout).unwrap(),
        stderr: String::from_utf8(asked.stderr).unwrap(),
    }
}

/// Everything is as the roster says.
fn settled(world: &World) {
    for group in ["emporix/buyers", "travel/approvers", "finance/readers"] {
        until("bob to be added", || world.members(group) == ["ann", "bob"]);
    }
    until("the runs to end", || {
        let status = ask(world, ["status", "--format", "json"]).json();
        let providers = status["providers"].as_object().cloned().unwrap_or_default();
        providers.len() == 3 && providers.values().all(|it| it["running"].is_null() && !it["last"].is_null())
    });
}
