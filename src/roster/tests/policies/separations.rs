//! Groups that are kept apart, and who is in both.

use insta::assert_snapshot;

use super::super::{complaints, roster};
use super::{PEOPLE, told};

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
    let ids: Vec<String> = (0..250).map(|number| format!("{{ id = \"u-{number}\" }},\n")).collect();
    let ids = ids.concat();
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
