//! `rosterd demo`: the whole cycle without an account, a network or a file that stays.

use std::fs;

use crate::support::World;

#[test]
fn the_demo_shows_every_station_and_leaves_nothing_behind() {
    let world = World::new();
    let [temporary, home] = ["tmp", "home"].map(|name| {
        fs::create_dir(world.path(name)).unwrap();
        world.path(name)
    });
    let env = [("TMPDIR", temporary.to_str().unwrap()), ("HOME", home.to_str().unwrap())];
    let run = world.rosterd_with(["demo"], &env).success();

    // In this order, each with the exit code that a script would see.
    let stations = [
        "$ rosterd plan --exit-code",
        "HELD: removes members that were there before rosterd managed this group",
        "(exit code 3)",
        "$ rosterd approve ",
        "$ rosterd apply --yes",
        "(exit code 0)",
        "The roster changes",
        "$ rosterd plan --exit-code",
        "roster: no longer named",
        "(exit code 2)",
        "$ rosterd apply --yes",
        "(exit code 0)",
        "by hand",
        "$ rosterd plan --exit-code",
        "drift: added outside rosterd after",
        "drift: removed outside rosterd after",
        "(exit code 2)",
        "$ rosterd apply --yes",
        "(exit code 0)",
        "$ rosterd plan --exit-code",
        "Nothing to do: 7 groups are as the roster says.",
        "(exit code 0)",
    ];
    let mut rest = run.stdout.as_str();
    for station in stations {
        let found = rest.split_once(station);
        rest = found.unwrap_or_else(|| panic!("no {station:?} in what is left:\n{rest}")).1;
    }
    assert!(!run.stdout.contains('\u{1b}'), "no colour in a pipe");
    assert!(run.stdout.lines().all(|line| line.chars().count() <= 160), "it fits a wide terminal");

    for folder in [temporary, home, world.path("state")] {
        let left = fs::read_dir(&folder).map(Iterator::count).unwrap_or_default();
        assert_eq!(left, 0, "{} is as empty as before", folder.display());
    }
    assert_eq!(world.request_count(), 0, "the demo brings its own servers");
}
