//! The directory, and who may have it.

use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt;

use super::*;

fn found(env: &[(&str, &str)]) -> Option<String> {
    let env: HashMap<_, _> = env.iter().copied().collect();
    let path = directory(&|name| env.get(name).map(|value| (*value).to_owned())).ok()?;
    Some(path.to_str().unwrap().to_owned())
}

#[test]
fn the_environment_says_where_the_state_is() {
    let (home, xdg, systemd) =
        (("HOME", "/home/ann"), ("XDG_STATE_HOME", "/x"), ("STATE_DIRECTORY", "/var/lib/rosterd:/var/lib/b"));
    assert_eq!(found(&[home, xdg, systemd]).unwrap(), "/var/lib/rosterd");
    assert_eq!(found(&[home, xdg]).unwrap(), "/x/rosterd");
    assert_eq!(found(&[home]).unwrap(), "/home/ann/.local/state/rosterd");
    assert_eq!(found(&[home, ("XDG_STATE_HOME", ""), ("STATE_DIRECTORY", "")]), found(&[home]));
    assert_eq!(found(&[home, ("XDG_STATE_HOME", "relative")]), found(&[home]));
    assert_eq!(found(&[home, ("STATE_DIRECTORY", "relative")]), None, "it would be another one everywhere");
    let relative = |name: &str| (name == "STATE_DIRECTORY").then(|| "state/dir:/other".to_owned());
    let error = directory(&relative).unwrap_err().to_string();
    assert!(error.starts_with("STATE_DIRECTORY is state/dir: write an absolute path"), "{error}");
    assert_eq!(found(&[("HOME", "")]), None);
    let error = directory(&|_| None).unwrap_err().to_string();
    assert!(error.contains("STATE_DIRECTORY") && error.contains("HOME"), "{error}");
}

#[test]
fn nobody_else_can_look_into_it() {
    let world = World::new();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let inner = world.path().join("a/b");
    drop(State::open(&inner, "rosterd").unwrap());
    assert_eq!(mode(&inner), 0o700);
    fs::set_permissions(&inner, fs::Permissions::from_mode(0o755)).unwrap();
    drop(State::open(&inner, "rosterd").unwrap());
    assert_eq!(mode(&inner), 0o700);
}

#[test]
fn the_second_is_told_of_the_first() {
    let world = World::new();
    let first = State::open(world.path(), "rosterd run\n--config x").unwrap();
    let error = State::open(world.path(), "rosterd apply").unwrap_err();
    let text = error.to_string();
    let StateError::InUse { holder, .. } = error else { panic!("{text}") };
    assert_eq!(holder.pid, Some(std::process::id()));
    assert_eq!(holder.command.as_deref(), Some("rosterd run --config x"));
    assert!(text.contains(&format!("process {} (`rosterd run --config x`)", std::process::id())), "{text}");
    drop(first);
    world.open();
}

#[test]
fn whatever_the_lock_says_the_second_is_told_something() {
    let world = World::new();
    let _first = world.open();
    for (word, expected) in [
        ("", "another process"),
        ("12", "another process"),
        ("12\n", "process 12;"),
        ("\u{1b}[2J\nx\u{7}\n", "another process"),
    ] {
        fs::write(world.path().join("lock"), word).unwrap();
        let text = State::open(world.path(), "rosterd").unwrap_err().to_string();
        assert!(text.contains(expected), "{word:?}: {text}");
        assert!(!text.contains(char::is_control), "{text:?}");
    }
}

#[test]
fn a_lock_file_without_an_owner_means_nothing() {
    let world = World::new();
    fs::write(world.path().join("lock"), "1\nrosterd run\n").unwrap();
    world.open();
}

#[test]
fn a_place_that_cannot_be_used_is_named() {
    let error = State::open(Path::new("/proc/1/rosterd"), "rosterd").unwrap_err().to_string();
    assert!(error.contains("cannot make the state directory /proc/1/rosterd"), "{error}");
    let world = World::new();
    fs::write(world.path().join("sled"), "a file").unwrap();
    let error = State::open(world.path(), "rosterd").unwrap_err().to_string();
    assert!(error.contains(world.path().join("sled").to_str().unwrap()), "{error}");
    assert!(world.aside().is_empty());
}
