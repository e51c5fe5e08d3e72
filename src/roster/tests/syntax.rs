//! Files that are no TOML.

use insta::assert_snapshot;

use super::complaints;

#[test]
fn what_is_left_of_a_broken_file_is_still_checked() {
    let text = "[people.alice\nname = \"A\"\n\n[people.bob]\nemail = bob@acme.example\nemial = \"b\"\n\n[teams.t]\nmembers = [\"alice\", \"bbo\"]\n";
    assert_snapshot!(complaints(text), @r#"
    error: this is not TOML: unclosed table
     --> roster/r.toml:1:14
      |
    1 | [people.alice
      |              ^
      |
    help: expected here: `]`

    error: this is not TOML: string values must be quoted
     --> roster/r.toml:5:9
      |
    5 | email = bob@acme.example
      |         ^^^^^^^^^^^^^^^^
      |
    help: expected here: literal string

    error: unknown key `emial` in `people.bob`
     --> roster/r.toml:6:1
      |
    6 | emial = "b"
      | ^^^^^
      |
    help: did you mean `email`?

    error: there is no person `alice`
     --> roster/r.toml:9:12
      |
    9 | members = ["alice", "bbo"]
      |            ^^^^^^^
      |
    help: define it with [people.alice]

    error: there is no person `bbo`
     --> roster/r.toml:9:21
      |
    9 | members = ["alice", "bbo"]
      |                     ^^^^^
      |
    help: define it with [people.bbo]

    5 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn escapes_in_a_roster_do_not_reach_the_terminal() {
    let told = complaints("[people.a]\n\"\\u001b[2J\" = 1\nname = 1 # \u{202e}txt\nuntil = \"\u{9b}31m\"\n");
    assert!(!told.chars().any(|c| c.is_control() && c != '\n'), "{told:?}");
    assert!(!told.contains('\u{202e}'), "{told:?}");
    assert_snapshot!(told, @r#"
    error: unknown key `␛[2J` in `people.a`
     --> roster/r.toml:2:1
      |
    2 | "\u001b[2J" = 1
      | ^^^^^^^^^^^
      |
    help: remove it; the keys here are `email`, `ids`, `name`, `until`

    error: `people.a.name` must be a string, not a whole number
     --> roster/r.toml:3:8
      |
    3 | name = 1 # �txt
      |        ^
      |
    help: write a text in quotes: "…"

    error: `people.a.until` must be a date, not a string
     --> roster/r.toml:4:9
      |
    4 | until = "�31m"
      |         ^^^^^^
      |
    help: write year-month-day: 2026-11-30, without quotes

    3 errors in 1 file; nothing was changed
    "#);
}
