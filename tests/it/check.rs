//! `rosterd check`, and what every command says of a configuration, a roster or a flag that is wrong.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;

use crate::support::{Group, World};

/// Four mistakes, each commented.
const CONFIGURATION: &str = r#"roster = "roster/"

[guard]
max_removal = 5                          # no such key

[providers.emporix]
kind          = "emporix"
tenant        = "acme"
client_id     = { env = "EMPORIX_CLIENT_ID" }
client_secret = "hunter2"                # a literal secret

[providers.travel]
kind          = "company-v3"
base_url      = "http://api.travel.example"  # not https
company_id    = "2f0c7c1e-0f9e-4a4e-9f0c-3f5d1f7a9b11"
client_id     = { env = "TRAVEL_CLIENT_ID" }
client_secret = { env = "TRAVEL_CLIENT_SECRET" }

[providers.finance]
kind          = "solvexia"               # without its base_url
client_id     = { env = "SOLVEXIA_CLIENT_ID" }
client_secret = { env = "SOLVEXIA_CLIENT_SECRET" }
"#;

/// Two more.
const PEOPLE: &str = r#"[people.ann]
email = "ann@acme.example"

[people.bob]
email = "bob@acme.example"
until = "2026-11-30"                     # text, not a date

[teams.alpha]
members = ["@beta"]

[teams.beta]
members = ["ann", "@alpha"]              # a cycle
"#;

/// And six.
const GROUPS: &str = r#"[groups.emporix.buyers]
id      = "g-1"
members = ["an"]                         # nobody of that name

[groups.emporix.empty]
id      = "g-2"
members = []                             # would remove everybody

[groups.emprix.sellers]                  # no such provider
id      = "g-3"
members = ["ann"]

[groups.travel.drivers]
name         = "Drivers"
members_from = "../drivers.txt"          # outside the roster

[groups.finance.payers]
id           = "ug-1"
members      = ["ann"]                   # neither id nor login there
must_contain = ["ann"]
max_members  = 0                         # that would be nobody
"#;

#[test]
fn twelve_mistakes_are_twelve_complaints_at_once_and_no_request() {
    let world = World::new().people(["ann"]);
    world.write("rosterd.toml", CONFIGURATION);
    world.write("roster/people.toml", PEOPLE);
    world.write("roster/groups.toml", GROUPS);
    world.write("drivers.txt", "ann\n");

    let run = world.rosterd(["check"]).exits(64).never_says("hunter2");
    assert_eq!(run.stdout, "");
    assert_eq!(run.stderr.matches("error:").count(), 12);
    assert_snapshot!(run.stderr);

    for command in [&["plan"][..], &["apply", "--yes"]] {
        let same = world.rosterd(command).exits(64);
        assert_eq!(same.stderr, run.stderr, "{command:?}");
    }
    assert_eq!(world.request_count(), 0);
    assert!(!world.path("state").exists(), "nothing is kept of a roster that does not check");
}

#[test]
fn a_good_roster_is_counted_without_a_request() {
    let world = World::new()
        .people(["ann", "bob"])
        .team("all", ["ann", "bob"])
        .group(Group::at("emporix/buyers").wanted(["@all"]));
    let run = world.rosterd(["check"]).success();
    assert_eq!(run.stderr, "");
    assert_snapshot!(run.text(), @r"
    roster REVISION   2 people, 1 team, 1 group at 1 provider
    3 providers and the roster are good.
    ");
    assert_eq!(world.request_count(), 0);
}

#[test]
fn a_roster_alone_is_checked_without_configuration_or_secret() {
    let world = World::new().people(["ann"]).group(Group::at("emporix/buyers").wanted(["ann"]));
    world.write("rosterd.toml", "this is no TOML at all");
    let run = world.rosterd(["check", "--roster", "roster"]).success();
    assert_snapshot!(run.text(), @r"
    roster REVISION   1 person, 0 teams, 1 group at 1 provider
    Not checked, for want of a configuration: whether providers exist, how they find people, and the form of their ids.
    ");

    world.wanted("emporix/buyers").add("anne");
    let run = world.rosterd(["check", "--roster", "roster/"]).exits(64);
    assert_snapshot!(run.stderr, @r#"
    error: there is no person `anne`
     --> roster/groups.toml:6:3
      |
    6 |   "anne",
      |   ^^^^^^
      |
    help: did you mean `ann`?

    1 error in 1 file; nothing was changed
    "#);
    assert_eq!(world.request_count(), 0);
}

#[test]
fn flags_that_do_not_fit_exit_64() {
    let world = World::new();
    for args in [
        &["plan", "--frobnicate"][..],
        &["plan", "--format", "yaml"],
        &["plan", "--provider", "emporix", "--group", "emporix/buyers"],
        &["apply", "--yes", "--approve", "not-hex!"],
        &["apply", "--yes", "--approve", "abc"],
        &["frobnicate"],
        &[],
    ] {
        let run = world.rosterd(args).exits(64);
        assert_eq!(run.stdout, "", "{args:?}");
        assert!(!run.stderr.is_empty(), "{args:?} says what is wrong");
    }
    assert_eq!(world.request_count(), 0);
}

#[test]
fn help_and_version_are_no_errors() {
    let world = World::new();
    world.rosterd(["--version"]).success().says(&format!("rosterd {}", env!("CARGO_PKG_VERSION")));
    let help = world.rosterd(["--help"]).success().says("Exit codes: 0 done or nothing to do");
    for command in ["check", "plan", "apply", "demo"] {
        assert!(help.stdout.contains(command), "the help names {command}");
        let run = world.rosterd([command, "--help"]).success();
        assert_eq!(run.stderr, "", "help is a result, on stdout");
    }
}

#[test]
fn a_misspelt_provider_or_group_is_answered_with_the_nearest() {
    let world = World::new().people(["ann"]).group(Group::at("emporix/buyers").wanted(["ann"]));
    let said = |args: &[&str]| world.rosterd(args).exits(64).stderr;
    assert_snapshot!(said(&["plan", "--provider", "emprix"]), @r#"error: there is no provider "emprix"; did you mean "emporix"?"#);
    assert_snapshot!(said(&["plan", "--group", "emporix/buyer"]), @r#"error: there is no group "buyer"; did you mean "buyers"?"#);
    assert_snapshot!(said(&["plan", "--group", "xyz/buyers"]), @r#"error: there is no provider "xyz"; known are: emporix, finance, travel"#);
    assert_snapshot!(said(&["apply", "--yes", "--group", "buyers"]), @r#"error: --group takes PROVIDER/GROUP, as in emporix/catalog-managers; "buyers" has no slash"#);
    assert_eq!(world.request_count(), 0);
}

#[test]
fn the_configuration_is_named_by_a_flag_or_a_variable() {
    let world = World::new().people(["ann"]);
    let run = world.rosterd(["check", "--config", "elsewhere.toml"]).exits(64);
    assert_snapshot!(run.stderr, @r"
    error: cannot be read: No such file or directory (os error 2)
    --> elsewhere.toml
     |
    help: rosterd must be able to read this file; see its path and its mode

    1 error in 1 file; nothing was changed
    ");

    world.write("rosterd.toml", "broken = ");
    let other = "roster = \"../roster/\"\n[providers.finance]\nkind = \"solvexia\"\n\
                 base_url = \"https://acme.solvexia.com\"\ntoken = { env = \"TOKEN\" }\n";
    world.write("other/rosterd.toml", other);
    world.rosterd(["check"]).exits(64);
    world.rosterd(["check", "--config", "other/rosterd.toml"]).success();
    world.rosterd_with(["check"], &[("ROSTERD_CONFIG", "other/rosterd.toml")]).success();
    // A flag is said on purpose, a variable may be left over.
    world
        .rosterd_with(["check", "--config", "rosterd.toml"], &[("ROSTERD_CONFIG", "other/rosterd.toml")])
        .exits(64);
}

#[test]
fn a_secret_that_others_may_read_is_refused_before_any_request() {
    let world = World::new().people(["ann"]).group(Group::at("emporix/buyers").wanted(["ann"]));
    set_permissions(world.path("secrets/emporix-secret"), Permissions::from_mode(0o644)).unwrap();
    for command in [&["check"][..], &["plan"], &["apply", "--yes"]] {
        world.rosterd(command).exits(64).says("rosterd.toml:11:26").says("run `chmod o= ");
    }
    assert_eq!(world.request_count(), 0);
}

#[test]
fn secrets_that_are_missing_are_all_named_before_any_request() {
    let world = World::new().people(["ann"]).group(Group::at("emporix/buyers").wanted(["ann"]));
    std::fs::remove_file(world.path("secrets/emporix-id")).unwrap();
    std::fs::remove_file(world.path("secrets/finance-secret")).unwrap();
    let run = world.rosterd(["plan"]).exits(64);
    assert_snapshot!(run.stderr.replace(world.path("").to_str().unwrap(), "[world]/"), @r"
    error: rosterd.toml:10: `client_id`: the secret file `[world]/secrets/emporix-id` does not exist
    error: rosterd.toml:24: `client_secret`: the secret file `[world]/secrets/finance-secret` does not exist
    ");
    assert_eq!(world.request_count(), 0);
    // A check needs no secret, and a plan none of a provider that was not asked for.
    world.rosterd(["check"]).success();
    world.rosterd(["plan", "--provider", "travel"]).success();
}
