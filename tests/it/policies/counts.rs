//! `must_contain`, `min_members`, `max_members`.

use insta::assert_snapshot;

use super::rules;
use crate::support::{Group, World};

fn sales() -> World {
    World::new()
        .people(["ann", "bob", "cem"])
        .group(Group::at("finance/sales").live(["ann", "bob"]).wanted(["ann", "bob"]))
}

#[test]
fn what_would_break_a_policy_is_held_with_rule_numbers_place_and_a_way_out() {
    let world = sales();
    world.rosterd(["apply", "--yes"]).success();
    world.wanted("finance/sales").with("must_contain = [\"bob\"]").with("min_members = 2");
    world.set_person("bob", "until = 2020-01-01");
    let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(3);
    assert_eq!(rules(&run, "finance"), ["must_contain sales"]);
    assert_eq!(world.writes(), []);
    let plan = world.rosterd(["plan"]).success();
    assert_snapshot!(plan.text(), @r#"
    rosterd plan   roster REVISION   3 providers, 1 group, 2 memberships

    finance · Sales (sales)   HELD: would be left without members that it must contain: bob (roster/groups.toml:8)
      − bob   leaver: bob left; last day 2020-01-01; see roster/people.toml:5
      to let exactly this through: rosterd approve DIGEST --reason "…"

    0 to add, 0 to remove, 1 held, 0 withheld, 0 groups unchanged; 3 reads, 0 writes
    "#);
    let digest = plan.digest();
    let approve = ["apply", "--yes", "--reason", "bob is replaced next week", "--approve", &digest];
    world.rosterd(approve).success();
    assert_eq!(world.members("finance/sales"), ["ann"]);
    assert_snapshot!(world.rosterd(["plan", "--exit-code"]).success().text(), @r"
    rosterd plan   roster REVISION   3 providers, 1 group, 1 membership

    finance · Sales (sales)
      ! bob must be in this group and is not (roster/groups.toml:8)
      ! too few members: 1, and 2 are the least (roster/groups.toml:9)

    0 to add, 0 to remove, 0 held, 0 withheld, 0 groups unchanged; 3 reads, 0 writes
    ");
}

#[test]
fn additions_beyond_the_most_wait() {
    let world = sales();
    world.wanted("finance/sales").set(["ann", "bob", "{ who = \"cem\", from = 2020-01-01 }"]);
    world.wanted("finance/sales").with("max_members = 2");
    let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(3);
    assert_eq!(rules(&run, "finance"), ["max_members sales"]);
    assert_eq!(world.writes(), []);
    let plan = world.rosterd(["plan"]).success().never_says("--approve");
    assert_snapshot!(plan.text(), @r"
    rosterd plan   roster REVISION   3 providers, 1 group, 2 memberships

    finance · Sales (sales)   HELD: additions wait, there would be too many members: 3, limit 2 (roster/groups.toml:9)
      + cem   roster/groups.toml:7 from 2020-01-01

    0 to add, 0 to remove, 1 held, 0 withheld, 0 groups unchanged; 4 reads, 0 writes
    ");
}
