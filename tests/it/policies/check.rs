//! Policies that no day can keep are errors of the roster, with their lines.

use insta::assert_snapshot;

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
    assert_snapshot!(run.stderr, @"");
    assert_eq!(world.request_count(), 0);
    world.rosterd(["check", "--roster", "roster"]).exits(64).says("roster/groups.toml:4:17");
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
