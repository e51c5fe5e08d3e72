//! How policies are written.

use insta::assert_snapshot;

use super::super::{complaints, roster};
use super::PEOPLE;
use crate::core::roster::Who;

#[test]
fn policies_are_kept_with_their_places() {
    let files = roster! {
        "g.toml" => r#"
[groups.finance.sales]
name = "Sales"
members = ["@all"]
must_contain = ["ann", { who = "@all", until = 2026-12-31 }, { id = "u-3" }]
min_members = 2
max_members = 3
exclusive = "role"
[groups.travel.payers]
name = "Payers"
members = ["ann"]
[[separation]]
groups = ["travel/payers", "finance/other"]
[groups.finance.other]
name = "Other"
allow_empty = true
"#,
        "people.toml" => PEOPLE,
    };
    let roster = files.load().unwrap();
    let policies = &roster.groups["finance"]["sales"].policies;
    assert_eq!(policies.must_contain.len(), 3);
    assert_eq!(policies.must_contain[1].who, Who::Team("all".into()));
    assert!(policies.must_contain[1].bounds.until.is_some());
    let (min, max) = (policies.min_members.unwrap(), policies.max_members.unwrap());
    assert_eq!((min.value, roster.show(min.place)), (2, "roster/g.toml:6".to_owned()));
    assert_eq!((max.value, roster.show(max.place)), (3, "roster/g.toml:7".to_owned()));
    let label = policies.exclusive.as_ref().unwrap();
    assert_eq!((&*label.value, roster.show(label.place)), ("role", "roster/g.toml:8".to_owned()));
    let [separation] = roster.separations.as_slice() else { panic!("one separation") };
    assert_eq!(roster.show(separation.place), "roster/g.toml:12");
    assert_eq!(separation.groups, [("travel".into(), "payers".into()), ("finance".into(), "other".into())]);
}

#[test]
fn policies_have_their_own_forms() {
    let text = r#"
[groups.finance.a]
id = "ug-1"
members = [{ id = "u-9" }]
must_contain = ["frank", 7]
min_members = -2
max_members = 0
exclusive = ["role"]
[groups.finance.b]
id = "ug-2"
members = [{ id = "u-9" }]
exclusive = " "
[[separation]]
groups = "finance/a"
[[separation]]
reson = "four eyes"
[[separation]]
groups = ["finance/a", 7]
"#;
    assert_snapshot!(complaints(text), @r#"
    error: there is no person `frank`
     --> roster/r.toml:5:17
      |
    5 | must_contain = ["frank", 7]
      |                 ^^^^^^^
      |
    help: define it with [people.frank]

    error: a member is a person, a team or an id
     --> roster/r.toml:5:26
      |
    5 | must_contain = ["frank", 7]
      |                          ^
      |
    help: write "alice", "@team", { id = "…" }, or { who = "…", from = DATE, until = DATE, reason = "…" }

    error: `groups.finance.a.min_members` is out of range
     --> roster/r.toml:6:15
      |
    6 | min_members = -2
      |               ^^
      |
    help: write a whole number of at least 0, without quotes

    error: `groups.finance.a.max_members` is out of range
     --> roster/r.toml:7:15
      |
    7 | max_members = 0
      |               ^
      |
    help: write a whole number of at least 1, without quotes

    error: `groups.finance.a.exclusive` must be a string, not an array
     --> roster/r.toml:8:13
      |
    8 | exclusive = ["role"]
      |             ^^^^^^^^
      |
    help: write a text in quotes: "…"

    error: a label cannot be empty or hold control characters
      --> roster/r.toml:12:13
       |
    12 | exclusive = " "
       |             ^^^
       |
    help: write one word for all groups of which a person may be in one

    error: `groups` of an entry of `separation` must be an array, not a string
      --> roster/r.toml:14:10
       |
    14 | groups = "finance/a"
       |          ^^^^^^^^^^^
       |
    help: write a list in brackets: [ … ]

    error: an entry of `separation` has no key `groups`
      --> roster/r.toml:15:1
       |
    15 | [[separation]]
       | ^^^^^^^^^^^^^^
       |
    help: write groups = ["provider/group", "provider/group"]

    error: unknown key `reson` in an entry of `separation`
      --> roster/r.toml:16:1
       |
    16 | reson = "four eyes"
       | ^^^^^
       |
    help: remove it; the keys here are `groups`

    error: an entry of `groups` of an entry of `separation` must be a string, not a whole number
      --> roster/r.toml:18:24
       |
    18 | groups = ["finance/a", 7]
       |                        ^
       |
    help: write a text in quotes: "…"

    10 errors in 1 file; nothing was changed
    "#);
}
