use insta::assert_snapshot;

use super::complaints;

#[test]
fn policies_that_are_not_enforced_yet_are_refused() {
    let text = r#"
[groups.finance.a]
id = "ug-1"
members = [{ id = "u-9" }]
must_contain = ["frank"]
min_members = -2
max_members = 40
exclusive = ["role"]
[[separation]]
groups = ["finance/a", "finance/b"]
reson = "four eyes"
"#;
    assert_snapshot!(complaints(text), @r#"
    error: this version of rosterd does not enforce `must_contain` yet
     --> roster/r.toml:5:1
      |
    5 | must_contain = ["frank"]
      | ^^^^^^^^^^^^
      |
    help: remove it: a policy that nobody enforces only looks like protection

    error: this version of rosterd does not enforce `min_members` yet
     --> roster/r.toml:6:1
      |
    6 | min_members = -2
      | ^^^^^^^^^^^
      |
    help: remove it: a policy that nobody enforces only looks like protection

    error: `groups.finance.a.min_members` is out of range
     --> roster/r.toml:6:15
      |
    6 | min_members = -2
      |               ^^
      |
    help: write a whole number of at least 0, without quotes

    error: this version of rosterd does not enforce `max_members` yet
     --> roster/r.toml:7:1
      |
    7 | max_members = 40
      | ^^^^^^^^^^^
      |
    help: remove it: a policy that nobody enforces only looks like protection

    error: this version of rosterd does not enforce `exclusive` yet
     --> roster/r.toml:8:1
      |
    8 | exclusive = ["role"]
      | ^^^^^^^^^
      |
    help: remove it: a policy that nobody enforces only looks like protection

    error: `groups.finance.a.exclusive` must be a string, not an array
     --> roster/r.toml:8:13
      |
    8 | exclusive = ["role"]
      |             ^^^^^^^^
      |
    help: write a text in quotes: "…"

    error: this version of rosterd does not enforce `separation` yet
     --> roster/r.toml:9:1
      |
    9 | [[separation]]
      | ^^^^^^^^^^^^^^
      |
    help: remove it: a policy that nobody enforces only looks like protection

    error: unknown key `reson` in an entry of `separation`
      --> roster/r.toml:11:1
       |
    11 | reson = "four eyes"
       | ^^^^^
       |
    help: remove it; the keys here are `groups`

    8 errors in 1 file; nothing was changed
    "#);
}
