//! Policies that no day can keep are errors of the roster, with their lines.

use insta::assert_snapshot;

use super::promotion;
use crate::support::{Group, World};

const GROUPS: &str = r#"[groups.finance.payers]
id           = "ug-1"
members      = ["ann"]
must_contain = ["bob"]
min_members  = 2
max_members  = 1
exclusive    = ""

[groups.finance.approvers]
id      = "ug-2"
members = ["ann", "bob"]

[[separation]]
groups = ["finance/payers", "finance/approvers"]

[[separation]]
groups = ["finance/payers", "finance/approver"]
"#;

#[test]
fn every_mistake_is_told_at_once_with_its_place() {
    let world = World::new().people(["ann", "bob"]);
    world.write("roster/groups.toml", GROUPS);
    let run = world.rosterd(["check"]).exits(64);
    assert_snapshot!(run.stderr, @r##"
    error: `finance/payers` must contain `bob`, but never names them
     --> roster/groups.toml:4:17
      |
    4 | must_contain = ["bob"]
      |                 ^^^^^
      |
    note: the group is defined here
     --> roster/groups.toml:1:17
      |
    1 | [groups.finance.payers]
      |                 ^^^^^^
    help: name them in `members`, and not in `except`; or remove them here

    error: `finance/payers` must have 2 members, but never names more than 1
     --> roster/groups.toml:5:16
      |
    5 | min_members  = 2
      |                ^
      |
    help: name more members, or ask for fewer

    error: `max_members` is 1, but `min_members` is 2
     --> roster/groups.toml:6:16
      |
    6 | max_members  = 1
      |                ^
      |
    note: at least so many are asked for here
     --> roster/groups.toml:5:16
      |
    5 | min_members  = 2
      |                ^
    help: correct one of the two

    error: a label cannot be empty or hold control characters
     --> roster/groups.toml:7:16
      |
    7 | exclusive    = ""
      |                ^^
      |
    help: write one word for all groups of which a person may be in one

    error: `ann` is in both `finance/payers` and `finance/approvers`, which are separated (roster/groups.toml:13)
      --> roster/groups.toml:11:12
       |
    11 | members = ["ann", "bob"]
       |            ^^^^^
       |
    note: named by `finance/payers` here
      --> roster/groups.toml:3:17
       |
     3 | members      = ["ann"]
       |                 ^^^^^
    help: take them out of one of the two; an `except` does it too

    error: there is no group `finance/approver`
      --> roster/groups.toml:17:29
       |
    17 | groups = ["finance/payers", "finance/approver"]
       |                             ^^^^^^^^^^^^^^^^^^
       |
    help: did you mean "finance/approvers"?

    6 errors in 1 file; nothing was changed
    "##);
    assert_eq!(world.request_count(), 0);
    world.rosterd(["check", "--roster", "roster"]).exits(64).says("roster/groups.toml:4:17");
}

#[test]
fn nobody_can_have_two_groups_of_one_label() {
    let world = promotion();
    world.wanted("emporix/requester").add("ann");
    let run = world.rosterd(["check"]).exits(64);
    run.says("`ann` is in both `emporix/buyer` and `emporix/requester`, of which `exclusive = \"company-role\"` allows one");
    world.wanted("emporix/requester").with("except = [\"ann\"]");
    world.rosterd(["check"]).success();
}

/// What a passing `until` breaks was right when it was reviewed, and stays valid.
#[test]
fn what_a_date_breaks_is_no_error_on_any_day() {
    let world = World::new()
        .people(["ann", "bob"])
        .group(Group::at("finance/sales").live(["ann", "bob"]).wanted(["ann", "bob"]));
    world.wanted("finance/sales").with("must_contain = [\"bob\"]").with("min_members = 2");
    for last_day in ["2020-01-01", "2098-01-01"] {
        world.set_person("bob", &format!("until = {last_day}"));
        world.rosterd(["check"]).success();
    }
    world.set_person("bob", "until = 2020-01-01");
    world.rosterd(["plan"]).success();
    world.rosterd(["plan", "--exit-code"]).exits(3);
    world.rosterd(["apply", "--yes"]).exits(3);
    assert_eq!(world.members("finance/sales"), ["ann", "bob"]);
}
