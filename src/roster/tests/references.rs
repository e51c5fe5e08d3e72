use insta::assert_snapshot;

use super::complaints;

#[test]
fn references_say_whom() {
    let text = r#"
[people.ann]
email = "ann@acme.example"
[groups.emporix.g]
id = "1"
members = [
    "", "@", "id:u-9", 7, ["ann"], {},
    { who = "ann", id = "1" },
    { id = "." },
]
except = ["bert"]
"#;
    assert_snapshot!(complaints(text), @r#"
    error: this names nobody
     --> roster/r.toml:7:5
      |
    7 |     "", "@", "id:u-9", 7, ["ann"], {},
      |     ^^
      |
    help: write "alice", "@team", { id = "…" }, or { who = "…", from = DATE, until = DATE, reason = "…" }

    error: a team has a name
     --> roster/r.toml:7:9
      |
    7 |     "", "@", "id:u-9", 7, ["ann"], {},
      |         ^^^
      |
    help: write it after the `@`: "@team"

    error: an id is written as a table here; `id:` is for list files
     --> roster/r.toml:7:14
      |
    7 |     "", "@", "id:u-9", 7, ["ann"], {},
      |              ^^^^^^^^
      |
    help: write { id = "u-9" }

    error: a member is a person, a team or an id
     --> roster/r.toml:7:24
      |
    7 |     "", "@", "id:u-9", 7, ["ann"], {},
      |                        ^
      |
    help: write "alice", "@team", { id = "…" }, or { who = "…", from = DATE, until = DATE, reason = "…" }

    error: a member is a person, a team or an id
     --> roster/r.toml:7:27
      |
    7 |     "", "@", "id:u-9", 7, ["ann"], {},
      |                           ^^^^^^^
      |
    help: write "alice", "@team", { id = "…" }, or { who = "…", from = DATE, until = DATE, reason = "…" }

    error: this names nobody
     --> roster/r.toml:7:36
      |
    7 |     "", "@", "id:u-9", 7, ["ann"], {},
      |                                    ^^
      |
    help: write "alice", "@team", { id = "…" }, or { who = "…", from = DATE, until = DATE, reason = "…" }

    error: a reference has either `who` or `id`, not both
     --> roster/r.toml:8:5
      |
    8 |     { who = "ann", id = "1" },
      |     ^^^^^^^^^^^^^^^^^^^^^^^^^
      |
    help: remove one of the two

    error: an id cannot be `.` or `..`
     --> roster/r.toml:9:5
      |
    9 |     { id = "." },
      |     ^^^^^^^^^^^^
      |
    help: write the id that the provider gave the user

    error: there is no person `bert`
      --> roster/r.toml:11:11
       |
    11 | except = ["bert"]
       |           ^^^^^^
       |
    help: define it with [people.bert]

    9 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn references_say_when() {
    let text = r#"
[people.ann]
email = "ann@acme.example"
[groups.emporix.g]
id = "1"
members = [
    { who = "ann", from = 2026-12-31, until = 2026-12-01 },
    { who = "ann", from = "2026-12-31" },
    { who = "ann", untill = 2026-12-01 },
    { who = "ann", until = 2026-12-01T10:00:00 },
]
except = [{ who = "ann", from = 2026-12-01, until = 2026-12-01 }]
"#;
    assert_snapshot!(complaints(text), @r#"
    error: this begins on 2026-12-31 and ends before, on 2026-12-01
     --> roster/r.toml:7:47
      |
    7 |     { who = "ann", from = 2026-12-31, until = 2026-12-01 },
      |                                               ^^^^^^^^^^
      |
    help: `until` is the last day: write the same day as `from`, or a later one

    error: `from` of an entry of `groups.emporix.g.members` must be a date, not a string
     --> roster/r.toml:8:27
      |
    8 |     { who = "ann", from = "2026-12-31" },
      |                           ^^^^^^^^^^^^
      |
    help: write it without quotes: 2026-12-31

    error: unknown key `untill` in an entry of `groups.emporix.g.members`
     --> roster/r.toml:9:20
      |
    9 |     { who = "ann", untill = 2026-12-01 },
      |                    ^^^^^^
      |
    help: did you mean `until`?

    error: `until` of an entry of `groups.emporix.g.members` must be a date, not a date with a time
      --> roster/r.toml:10:28
       |
    10 |     { who = "ann", until = 2026-12-01T10:00:00 },
       |                            ^^^^^^^^^^^^^^^^^^^
       |
    help: write year-month-day: 2026-11-30

    4 errors in 1 file; nothing was changed
    "#);
}
