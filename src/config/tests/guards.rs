use super::{but, config, loaded, told};
use crate::core::guard::{Adopt, OnTrip};

#[test]
fn a_limit_knows_where_it_was_set() {
    let text = but(&[("max_removals = 10", "max_removals = 10\nmax_removal_percent = \"off\"")]);
    let limits = config(&text).limits;
    assert_eq!((limits.max_removals.value, &*limits.max_removals.set_at), (Some(10), "rosterd.toml:7"));
    assert_eq!(
        (limits.max_removal_percent.value, &*limits.max_removal_percent.set_at),
        (None, "rosterd.toml:8")
    );
    assert_eq!((limits.max_leavers.value, &*limits.max_leavers.set_at), (Some(5), "default"));
    assert_eq!((limits.adopt.value, &*limits.adopt.set_at), (Adopt::Hold, "default"));
}

#[test]
fn a_provider_overrides_key_by_key() {
    let own =
        "[providers.finance.guard]\nadopt = \"enforce\"\non_trip = \"hold-all\"\nprotected = [\"ann\"]\n";
    let general = "max_removals = 10\nprotected = [\"breakglass\", \"bob\"]";
    let text = format!("{}{own}", but(&[("max_removals = 10", general)]));
    let loading = loaded(&text);
    let config = config(&text);
    let finance = &config.providers["finance"].limits;
    assert_eq!((finance.max_removals.value, &*finance.max_removals.set_at), (Some(10), "rosterd.toml:7"));
    assert_eq!((finance.adopt.value, &*finance.adopt.set_at), (Adopt::Enforce, "rosterd.toml:28"));
    assert_eq!(finance.on_trip.value, OnTrip::HoldAll);
    let names = |people: &std::collections::BTreeSet<crate::core::model::PersonHandle>| {
        people.iter().map(|person| person.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&finance.protected.value), ["ann"]);
    assert_eq!(names(&config.providers["travel"].limits.protected.value), ["bob", "breakglass"]);
    assert_eq!(config.providers["travel"].limits.adopt.value, Adopt::Hold);
    assert_eq!(loading.protected.len(), 3, "both lists are checked against the roster");
}

#[test]
fn numbers_that_are_no_limits_are_refused() {
    let text = but(&[(
        "max_removals = 10",
        "max_removals = 0\nmax_removal_percent = 101\nmax_leavers = -1\nadopt = \"hld\"\non_trip = \"stop\"\nprotected = [\"@ops\", 3]",
    )]);
    insta::assert_snapshot!(told(&text), @r#"
    error: `guard.max_removals` cannot be 0, which could mean no limit as well as no removal
     --> rosterd.toml:7:16
      |
    7 | max_removals = 0
      |                ^
      |
    help: write "off" for no limit; to remove nothing at a provider, give it mode = "observe"

    error: `guard.max_removal_percent` is out of range
     --> rosterd.toml:8:23
      |
    8 | max_removal_percent = 101
      |                       ^^^
      |
    help: write a whole number from 1 to 100, without quotes

    error: `guard.max_leavers` is out of range
     --> rosterd.toml:9:15
      |
    9 | max_leavers = -1
      |               ^^
      |
    help: write a whole number from 1 to 1000000, without quotes

    error: `guard.adopt` cannot be "hld"
      --> rosterd.toml:10:9
       |
    10 | adopt = "hld"
       |         ^^^^^
       |
    help: did you mean "hold"?

    error: `guard.on_trip` cannot be "stop"
      --> rosterd.toml:11:11
       |
    11 | on_trip = "stop"
       |           ^^^^^^
       |
    help: write "hold-removals" or "hold-all"

    error: `protected` names people, and `@ops` is a team
      --> rosterd.toml:12:14
       |
    12 | protected = ["@ops", 3]
       |              ^^^^^^
       |
    help: write the handles of its people

    error: an entry of `guard.protected` must be a string, not a whole number
      --> rosterd.toml:12:22
       |
    12 | protected = ["@ops", 3]
       |                      ^
       |
    help: write a text in quotes: "…"

    7 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn other_things_than_numbers_are_refused() {
    let text = but(&[(
        "max_removals = 10",
        "max_removals = 2.5\nmax_removal_percent = \"30\"\nmax_leavers = 99999999999999999999",
    )]);
    insta::assert_snapshot!(told(&text), @r#"
    error: `guard.max_removals` must be a whole number from 1 to 1000000, not a number with a fraction
     --> rosterd.toml:7:16
      |
    7 | max_removals = 2.5
      |                ^^^
      |
    help: write a whole number from 1 to 1000000, without quotes

    error: `guard.max_removal_percent` must be a whole number or "off"
     --> rosterd.toml:8:23
      |
    8 | max_removal_percent = "30"
      |                       ^^^^
      |
    help: write it without quotes: 30

    error: `guard.max_leavers` is out of range
     --> rosterd.toml:9:15
      |
    9 | max_leavers = 99999999999999999999
      |               ^^^^^^^^^^^^^^^^^^^^
      |
    help: write a whole number from 1 to 1000000, without quotes

    3 errors in 1 file; nothing was changed
    "#);
    let text = but(&[(
        "max_removals = 10",
        "max_removals = \"none\"\nmax_removal_percent = \"Off\"\nmax_leavers = true",
    )]);
    insta::assert_snapshot!(told(&text), @r#"
    error: `guard.max_removals` must be a whole number or "off"
     --> rosterd.toml:7:16
      |
    7 | max_removals = "none"
      |                ^^^^^^
      |
    help: write a whole number from 1 to 1000000, or "off" for no limit

    error: `guard.max_removal_percent` must be a whole number or "off"
     --> rosterd.toml:8:23
      |
    8 | max_removal_percent = "Off"
      |                       ^^^^^
      |
    help: write a whole number from 1 to 100, or "off" for no limit

    error: `guard.max_leavers` must be a whole number from 1 to 1000000, not true or false
     --> rosterd.toml:9:15
      |
    9 | max_leavers = true
      |               ^^^^
      |
    help: write a whole number from 1 to 1000000, without quotes

    3 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn leavers_count_over_all_providers() {
    let text = format!("{}[providers.finance.guard]\nmax_leavers = 3\nmax_remove = 1\n", but(&[]));
    insta::assert_snapshot!(told(&text), @"
    error: a provider cannot override `max_leavers`, which counts people over all providers
      --> rosterd.toml:27:1
       |
    27 | max_leavers = 3
       | ^^^^^^^^^^^
       |
    help: write it in [guard]

    error: unknown key `max_remove` in `providers.finance.guard`
      --> rosterd.toml:28:1
       |
    28 | max_remove = 1
       | ^^^^^^^^^^
       |
    help: did you mean `max_removals`?

    2 errors in 1 file; nothing was changed
    ");
}
