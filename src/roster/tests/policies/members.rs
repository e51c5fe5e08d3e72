//! What a group demands and its own lists can never give.

use insta::assert_snapshot;

use super::told;

#[test]
fn a_group_cannot_ask_for_what_its_lists_never_give() {
    let text = r#"
[groups.finance.a]
id = "ug-1"
members = ["ann", { who = "cem", until = 2020-01-01 }]
except = ["cem"]
must_contain = ["ann", "bob", "cem", { id = "u-9" }, "@all"]
"#;
    assert_snapshot!(told(text), @r#"
    error: `finance/a` must contain `bob`, but never names them
     --> roster/g.toml:6:24
      |
    6 | must_contain = ["ann", "bob", "cem", { id = "u-9" }, "@all"]
      |                        ^^^^^
      |
    note: the group is defined here
     --> roster/g.toml:2:17
      |
    2 | [groups.finance.a]
      |                 ^
    help: name them in `members`, and not in `except`; or remove them here

    error: `finance/a` must contain `cem`, but never names them
     --> roster/g.toml:6:31
      |
    6 | must_contain = ["ann", "bob", "cem", { id = "u-9" }, "@all"]
      |                               ^^^^^
      |
    note: the group is defined here
     --> roster/g.toml:2:17
      |
    2 | [groups.finance.a]
      |                 ^
    help: name them in `members`, and not in `except`; or remove them here

    error: `finance/a` must contain the id `u-9`, but never names them
     --> roster/g.toml:6:38
      |
    6 | must_contain = ["ann", "bob", "cem", { id = "u-9" }, "@all"]
      |                                      ^^^^^^^^^^^^^^
      |
    note: the group is defined here
     --> roster/g.toml:2:17
      |
    2 | [groups.finance.a]
      |                 ^
    help: name them in `members`, and not in `except`; or remove them here

    error: `finance/a` must contain `bob`, `cem`, but never names them
     --> roster/g.toml:6:54
      |
    6 | must_contain = ["ann", "bob", "cem", { id = "u-9" }, "@all"]
      |                                                      ^^^^^^
      |
    note: the group is defined here
     --> roster/g.toml:2:17
      |
    2 | [groups.finance.a]
      |                 ^
    help: name them in `members`, and not in `except`; or remove them here

    4 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn a_group_cannot_have_more_or_fewer_than_its_lists_name() {
    let text = r#"
[groups.finance.a]
id = "ug-1"
members = ["ann", { who = "cem", until = 2020-01-01 }]
except = ["cem"]
min_members = 2
[groups.finance.b]
id = "ug-2"
members = ["@all", { id = "u-1" }]
min_members = 5
max_members = 4
[groups.finance.c]
id = "ug-3"
members = ["ann", "cem", { id = "u-9" }]
max_members = 2
"#;
    assert_snapshot!(told(text), @r#"
    error: `finance/a` must have 2 members, but never names more than 1
     --> roster/g.toml:6:15
      |
    6 | min_members = 2
      |               ^
      |
    help: name more members, or ask for fewer

    error: `finance/b` must have 5 members, but never names more than 3
      --> roster/g.toml:10:15
       |
    10 | min_members = 5
       |               ^
       |
    help: name more members, or ask for fewer

    error: `max_members` is 4, but `min_members` is 5
      --> roster/g.toml:11:15
       |
    11 | max_members = 4
       |               ^
       |
    note: at least so many are asked for here
      --> roster/g.toml:10:15
       |
    10 | min_members = 5
       |               ^
    help: correct one of the two

    error: `finance/c` may have 2 members, but names 3 on every day
      --> roster/g.toml:15:15
       |
    15 | max_members = 2
       |               ^
       |
    help: name fewer members, or allow more

    4 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn what_only_a_date_breaks_is_no_error() {
    let text = r#"
[groups.finance.a]
id = "ug-1"
members = ["ann", "bob", { who = "cem", until = 2020-01-01 }]
except = [{ who = "ann", from = 2090-01-01 }]
must_contain = ["ann", "bob", "cem"]
min_members = 3
max_members = 3
[groups.finance.b]
id = "ug-2"
members = ["ann", "bob", { who = "cem", from = 2090-01-01 }]
max_members = 1
[groups.finance.open]
id = "ug-3"
membership = "include"
min_members = 7
"#;
    assert_snapshot!(told(text), @"nothing is wrong");
}
