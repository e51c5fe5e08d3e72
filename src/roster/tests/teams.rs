use insta::assert_snapshot;

use super::{complaints, roster};

#[test]
fn a_cycle_is_printed_once_with_its_place() {
    let files = roster! {
        "a.toml" => "[teams.c]\nmembers = [\"@a\"]\n[teams.b]\nmembers = [\"@c\"]\n[teams.x]\nmembers = [\"@b\"]\n",
        "b.toml" => "[teams.a]\nmembers = [\n  \"@b\",\n]\n",
    };
    assert_snapshot!(files.told(), @r#"
    error: these teams contain each other: `a` -> `b` -> `c` -> `a`
     --> roster/b.toml:3:3
      |
    3 |   "@b",
      |   ^^^^
      |
    note: and back here
     --> roster/a.toml:2:12
      |
    2 | members = ["@a"]
      |            ^^^^
    help: remove one of these references

    1 error in 1 file; nothing was changed
    "#);
}

#[test]
fn a_team_in_itself_is_a_cycle_even_for_a_while() {
    let text = "[teams.a]\nmembers = [{ who = \"@a\", until = 1999-01-01 }]\n";
    assert_snapshot!(complaints(text), @r#"
    error: these teams contain each other: `a` -> `a`
     --> roster/r.toml:2:12
      |
    2 | members = [{ who = "@a", until = 1999-01-01 }]
      |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
    help: remove one of these references

    1 error in 1 file; nothing was changed
    "#);
}

#[test]
fn two_cycles_through_one_team_are_both_told() {
    let told = complaints(
        "[teams.a]\nmembers = [\"@b\", \"@c\"]\n[teams.b]\nmembers = [\"@a\"]\n[teams.c]\nmembers = [\"@a\"]\n",
    );
    assert!(told.contains("`a` -> `b` -> `a`") && told.contains("`a` -> `c` -> `a`"), "{told}");
    assert!(told.contains("2 errors"), "{told}");
}

#[test]
fn a_team_twice_is_no_cycle() {
    let text = "[teams.a]\nmembers = [\"@b\", \"@c\"]\n[teams.b]\nmembers = [\"@d\"]\n[teams.c]\nmembers = [\"@d\"]\n[teams.d]\nmembers = []\n";
    assert_eq!(complaints(text), "nothing is wrong");
}

#[test]
fn teams_may_be_nested_very_deep() {
    use std::fmt::Write as _;
    let mut text = String::new();
    for team in 0..20_000 {
        writeln!(text, "[teams.t{team}]\nmembers = [\"@t{}\"]", (team + 1) % 20_000).unwrap();
    }
    let told = complaints(&text);
    assert!(
        told.contains("these teams contain each other: `t0` -> `t1` -> `t2`") && told.contains("`…` -> `t0`"),
        "{told}"
    );
}

#[test]
fn undefined_people_and_teams_are_told_with_what_was_meant() {
    let text = r#"
[people.alice]
[people.sales]
[teams.catalog]
members = ["alcie", "@catalogue", "catalog", "@alice", "xyz", "@xyz"]
[teams.more]
members = [{ who = "@sales" }, { who = "alise" }]
"#;
    assert_snapshot!(complaints(text), @r#"
    error: there is no person `alcie`
     --> roster/r.toml:5:12
      |
    5 | members = ["alcie", "@catalogue", "catalog", "@alice", "xyz", "@xyz"]
      |            ^^^^^^^
      |
    help: did you mean `alice`?

    error: there is no team `@catalogue`
     --> roster/r.toml:5:21
      |
    5 | members = ["alcie", "@catalogue", "catalog", "@alice", "xyz", "@xyz"]
      |                     ^^^^^^^^^^^^
      |
    help: did you mean `@catalog`?

    error: there is no person `catalog`
     --> roster/r.toml:5:35
      |
    5 | members = ["alcie", "@catalogue", "catalog", "@alice", "xyz", "@xyz"]
      |                                   ^^^^^^^^^
      |
    help: did you mean the team `@catalog`?

    error: there is no team `@alice`
     --> roster/r.toml:5:46
      |
    5 | members = ["alcie", "@catalogue", "catalog", "@alice", "xyz", "@xyz"]
      |                                              ^^^^^^^^
      |
    help: did you mean the person `alice`, without `@`?

    error: there is no person `xyz`
     --> roster/r.toml:5:56
      |
    5 | members = ["alcie", "@catalogue", "catalog", "@alice", "xyz", "@xyz"]
      |                                                        ^^^^^
      |
    help: define it with [people.xyz]

    error: there is no team `@xyz`
     --> roster/r.toml:5:63
      |
    5 | members = ["alcie", "@catalogue", "catalog", "@alice", "xyz", "@xyz"]
      |                                                               ^^^^^^
      |
    help: define it with [teams.xyz]

    error: there is no team `@sales`
     --> roster/r.toml:7:12
      |
    7 | members = [{ who = "@sales" }, { who = "alise" }]
      |            ^^^^^^^^^^^^^^^^^^
      |
    help: did you mean the person `sales`, without `@`?

    error: there is no person `alise`
     --> roster/r.toml:7:32
      |
    7 | members = [{ who = "@sales" }, { who = "alise" }]
      |                                ^^^^^^^^^^^^^^^^^
      |
    help: did you mean `alice`?

    8 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn a_team_names_no_id_and_needs_a_list() {
    assert_snapshot!(complaints("[teams.a]\nmembers = [{ id = \"u-9\" }]\n[teams.b]\nmember = []\n"), @r#"
    error: a team cannot name an id: an id belongs to one provider, a team to none
     --> roster/r.toml:2:12
      |
    2 | members = [{ id = "u-9" }]
      |            ^^^^^^^^^^^^^^
      |
    help: write [people.HANDLE] with ids = { PROVIDER = "u-9" }, and the handle here

    error: `teams.b` has no key `members`
     --> roster/r.toml:3:1
      |
    3 | [teams.b]
      | ^^^^^^^^^
      |
    help: write members = [ … ]; the list may be empty

    error: unknown key `member` in `teams.b`
     --> roster/r.toml:4:1
      |
    4 | member = []
      | ^^^^^^
      |
    help: did you mean `members`?

    3 errors in 1 file; nothing was changed
    "#);
}
