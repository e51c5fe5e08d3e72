use insta::assert_snapshot;

use super::{complaints, roster};
use crate::core::roster::Who;

const PEOPLE: &str = r#"
[people.ann]
ids = { finance = "u-1", emporix = "e-1", travel = "0b5c2f0e-9f0c-4a4e-8e06-c01491314101" }
[people.bob]
ids = { finance = "u-2", emporix = "e-2", travel = "0b5c2f0e-9f0c-4a4e-8e06-c01491314102" }
until = 2020-01-01
[people.cem]
ids = { finance = "u-3", emporix = "e-3", travel = "0b5c2f0e-9f0c-4a4e-8e06-c01491314103" }
[teams.all]
members = ["ann", "bob", "cem"]
[teams.later]
members = [{ who = "ann", from = 2090-01-01 }]
"#;

/// What is said of people and a roster of one file.
fn told(groups: &str) -> String {
    roster! { "g.toml" => groups, "people.toml" => PEOPLE }.told()
}

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

#[test]
fn a_group_cannot_ask_for_what_its_lists_never_give() {
    let text = r#"
[groups.finance.a]
id = "ug-1"
members = ["ann", { who = "cem", until = 2020-01-01 }]
except = ["cem"]
must_contain = ["ann", "bob", "cem", { id = "u-9" }, "@all"]
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

    error: `finance/a` must have 2 members, but never names more than 1
     --> roster/g.toml:7:15
      |
    7 | min_members = 2
      |               ^
      |
    help: name more members, or ask for fewer

    error: `finance/b` must have 5 members, but never names more than 3
      --> roster/g.toml:11:15
       |
    11 | min_members = 5
       |               ^
       |
    help: name more members, or ask for fewer

    error: `max_members` is 4, but `min_members` is 5
      --> roster/g.toml:12:15
       |
    12 | max_members = 4
       |               ^
       |
    note: at least so many are asked for here
      --> roster/g.toml:11:15
       |
    11 | min_members = 5
       |               ^
    help: correct one of the two

    error: `finance/c` may have 2 members, but names 3 on every day
      --> roster/g.toml:16:15
       |
    16 | max_members = 2
       |               ^
       |
    help: name fewer members, or allow more

    8 errors in 1 file; nothing was changed
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

#[test]
fn a_separation_is_between_groups_that_are_there() {
    let text = r#"
[groups.finance.payers]
id = "ug-1"
members = ["ann"]
[[separation]]
groups = ["finance/payer", "finance/payers", "travel/nobody", "approvers"]
[[separation]]
groups = ["finance/payers"]
[[separation]]
groups = ["finance/payers", "finance/payers"]
[[separation]]
groups = []
"#;
    assert_snapshot!(told(text), @r#"
    error: there is no group `finance/payer`
     --> roster/g.toml:6:11
      |
    6 | groups = ["finance/payer", "finance/payers", "travel/nobody", "approvers"]
      |           ^^^^^^^^^^^^^^^
      |
    help: did you mean "finance/payers"?

    error: there is no group `travel/nobody`
     --> roster/g.toml:6:46
      |
    6 | groups = ["finance/payer", "finance/payers", "travel/nobody", "approvers"]
      |                                              ^^^^^^^^^^^^^^^
      |
    help: define it with [groups.travel.nobody]

    error: there is no group `approvers`
     --> roster/g.toml:6:63
      |
    6 | groups = ["finance/payer", "finance/payers", "travel/nobody", "approvers"]
      |                                                               ^^^^^^^^^^^
      |
    help: write the provider too, as in "finance/payers"

    error: a separation is between two groups at least
     --> roster/g.toml:7:1
      |
    7 | [[separation]]
      | ^^^^^^^^^^^^^^
      |
    help: write groups = ["provider/group", "provider/group"]

    error: `finance/payers` is named twice in one separation
      --> roster/g.toml:10:29
       |
    10 | groups = ["finance/payers", "finance/payers"]
       |                             ^^^^^^^^^^^^^^^^
       |
    help: remove one, or name the group that is meant

    error: a separation is between two groups at least
      --> roster/g.toml:11:1
       |
    11 | [[separation]]
       | ^^^^^^^^^^^^^^
       |
    help: write groups = ["provider/group", "provider/group"]

    6 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn nobody_can_be_in_both_without_any_date() {
    let files = roster! {
        "a.toml" => r#"
[groups.finance.payers]
id = "ug-1"
members = ["@all", { id = "u-9" }]
[groups.finance.approvers]
id = "ug-2"
members_from = "approvers.txt"
[groups.travel.approvers]
id = "0b5c2f0e-9f0c-4a4e-8e06-c01491314101"
members = ["cem", "bob"]
except = ["bob"]
[groups.emporix.buyer]
id = "1"
exclusive = "role"
members = [{ id = "e-3" }, "bob"]
[groups.emporix.admin]
id = "2"
exclusive = "role"
members = ["cem", { who = "bob", until = 2020-01-01 }]
[groups.emporix.other]
id = "3"
exclusive = "another role"
members = ["cem"]
[[separation]]
groups = ["finance/payers", "finance/approvers", "travel/approvers"]
"#,
        "approvers.txt" => "id:u-9\nid:u-1\n",
        "people.toml" => PEOPLE,
    };
    assert_snapshot!(files.told(), @r#"
    error: `cem` is in both `finance/payers` and `travel/approvers`, which are separated (roster/a.toml:24)
      --> roster/a.toml:10:12
       |
    10 | members = ["cem", "bob"]
       |            ^^^^^
       |
    note: named by `finance/payers` here, through `@all`
      --> roster/people.toml:10:26
       |
    10 | members = ["ann", "bob", "cem"]
       |                          ^^^^^
    help: take them out of one of the two; an `except` does it too

    error: `cem` is in both `emporix/admin` and `emporix/buyer`, of which `exclusive = "role"` allows one
      --> roster/a.toml:15:12
       |
    15 | members = [{ id = "e-3" }, "bob"]
       |            ^^^^^^^^^^^^^^
       |
    note: named by `emporix/admin` here
      --> roster/a.toml:19:12
       |
    19 | members = ["cem", { who = "bob", until = 2020-01-01 }]
       |            ^^^^^
    help: take them out of one of the two; an `except` does it too

    error: the id `u-9` is in both `finance/payers` and `finance/approvers`, which are separated (roster/a.toml:24)
     --> roster/approvers.txt:1:1
      |
    note: named by `finance/payers` here
     --> roster/a.toml:4:20
      |
    4 | members = ["@all", { id = "u-9" }]
      |                    ^^^^^^^^^^^^^^
    help: take them out of one of the two; an `except` does it too

    error: `ann` is in both `finance/payers` and `finance/approvers`, which are separated (roster/a.toml:24)
      --> roster/approvers.txt:2:1
       |
    note: named by `finance/payers` here, through `@all`
      --> roster/people.toml:10:12
       |
    10 | members = ["ann", "bob", "cem"]
       |            ^^^^^
    help: take them out of one of the two; an `except` does it too

    4 errors in 2 files; nothing was changed
    "#);
}

#[test]
fn dates_may_bring_together_what_is_kept_apart() {
    let text = r#"
[groups.finance.payers]
id = "ug-1"
members = ["ann", { who = "cem", until = 2026-11-30 }, { id = "u-9" }]
except = ["@later"]
[groups.finance.approvers]
id = "ug-2"
members = ["@later", { who = "cem", from = 2026-11-30 }]
[groups.emporix.approvers]
id = "ug-2"
members = [{ id = "u-9" }]
[[separation]]
groups = ["finance/payers", "finance/approvers", "emporix/approvers"]
"#;
    assert_snapshot!(told(text), @"nothing is wrong");
}

#[test]
fn many_in_both_are_counted() {
    let ids: String = (0..250).map(|number| format!("{{ id = \"u-{number}\" }},\n")).collect();
    let text = format!(
        "[groups.finance.a]\nid = \"1\"\nmembers = [{ids}]\n[groups.finance.b]\nid = \"2\"\nmembers = [{ids}]\n\
         [[separation]]\ngroups = [\"finance/a\", \"finance/b\"]\n"
    );
    let told = complaints(&text);
    assert!(told.ends_with("101 errors in 1 file; nothing was changed"), "{told}");
    assert!(told.contains("error: so are 150 more in `finance/b`"), "{told}");
}

#[test]
fn what_is_unsure_is_not_judged() {
    let text = r#"
[groups.finance.a]
id = "ug-1"
members = ["ann", "nobody"]
must_contain = ["cem"]
min_members = 7
[groups.finance.b]
id = "ug-2"
members = ["ann"]
[[separation]]
groups = ["finance/a", "finance/b"]
"#;
    assert_snapshot!(told(text), @r#"
    error: there is no person `nobody`
     --> roster/g.toml:4:19
      |
    4 | members = ["ann", "nobody"]
      |                   ^^^^^^^^
      |
    help: define it with [people.nobody]

    1 error in 1 file; nothing was changed
    "#);
}
