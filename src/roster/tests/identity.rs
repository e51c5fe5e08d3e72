//! Whoever a group names must be identifiable at its provider.

use insta::assert_snapshot;

use super::{complaints, roster};

#[test]
fn each_kind_says_what_it_needs() {
    let text = r#"
[people.nothing]
[people.mail]
email = "mail@acme.example"
[groups.emporix.a]
id = "1"
members = ["nothing", "mail"]
[groups.travel.b]
id = "0b5c2f0e-9f0c-4a4e-8e06-c01491314101"
members = ["nothing", "mail"]
[groups.finance.c]
id = "ug-1"
members = ["nothing", "mail"]
[groups.broken.d]
id = "1"
members = ["nothing", "mail"]
"#;
    assert_snapshot!(complaints(text), @r#"
    error: `nothing` cannot be identified at `emporix`, but is named by `emporix/a`
     --> roster/r.toml:2:9
      |
    2 | [people.nothing]
      |         ^^^^^^^
      |
    note: named by this group
     --> roster/r.toml:5:17
      |
    5 | [groups.emporix.a]
      |                 ^
    help: write email = "…" to be found by, or ids = { emporix = "…" }

    error: `nothing` cannot be identified at `finance`, but is named by `finance/c`
      --> roster/r.toml:2:9
       |
     2 | [people.nothing]
       |         ^^^^^^^
       |
    note: named by this group
      --> roster/r.toml:11:17
       |
    11 | [groups.finance.c]
       |                 ^
    help: write ids = { finance = "…" }, or ids = { finance = { login = "…" } }

    error: `nothing` cannot be identified at `travel`, but is named by `travel/b`
     --> roster/r.toml:2:9
      |
    2 | [people.nothing]
      |         ^^^^^^^
      |
    note: named by this group
     --> roster/r.toml:8:16
      |
    8 | [groups.travel.b]
      |                ^
    help: write email = "…" to be found by, or ids = { travel = "…" }

    error: `mail` cannot be identified at `finance`, but is named by `finance/c`
      --> roster/r.toml:3:9
       |
     3 | [people.mail]
       |         ^^^^
       |
    note: named by this group
      --> roster/r.toml:11:17
       |
    11 | [groups.finance.c]
       |                 ^
    help: write ids = { finance = "…" }, or ids = { finance = { login = "…" } }

    4 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn customers_need_a_written_id() {
    let text = r#"
[people.ann]
email = "ann@acme.example"
[people.bert]
ids = { emporix = "C-1" }
[groups.emporix.staff]
id = "1"
members = ["ann"]
[groups.emporix.customers]
id = "2"
user_type = "CUSTOMER"
members = ["ann", "bert"]
"#;
    assert_snapshot!(complaints(text), @r#"
    error: `ann` cannot be identified at `emporix`, but is named by `emporix/customers`
     --> roster/r.toml:2:9
      |
    2 | [people.ann]
      |         ^^^
      |
    note: named by this group
     --> roster/r.toml:9:17
      |
    9 | [groups.emporix.customers]
      |                 ^^^^^^^^^
    help: write ids = { emporix = "…" }: customers are in no list that could be searched

    1 error in 1 file; nothing was changed
    "#);
}

#[test]
fn teams_lead_to_people_and_each_is_told_once_a_provider() {
    let files = roster! {
        "groups.toml" => "[groups.finance.a]\nid = \"ug-1\"\nmembers = [\"@outer\"]\n\
                          [groups.finance.b]\nid = \"ug-2\"\nmembers = [\"ann\", \"@inner\"]\n\
                          [groups.finance.c]\nid = \"ug-3\"\nmembers_from = \"c.txt\"\n",
        "people.toml" => "[people.ann]\nemail = \"ann@acme.example\"\n[people.bert]\n",
        "teams.toml" => "[teams.outer]\nmembers = [\"@inner\"]\n[teams.inner]\nmembers = [\"ann\"]\n",
        "c.txt" => "bert\nann\n",
    };
    assert_snapshot!(files.told(), @r#"
    error: `ann` cannot be identified at `finance`, but is named by `finance/a`
     --> roster/people.toml:1:9
      |
    1 | [people.ann]
      |         ^^^
      |
    note: named by this group, through `@inner`
     --> roster/groups.toml:1:17
      |
    1 | [groups.finance.a]
      |                 ^
    help: write ids = { finance = "…" }, or ids = { finance = { login = "…" } }

    error: `bert` cannot be identified at `finance`, but is named by `finance/c`
     --> roster/people.toml:3:9
      |
    3 | [people.bert]
      |         ^^^^
      |
    note: named by this group
     --> roster/groups.toml:7:17
      |
    7 | [groups.finance.c]
      |                 ^
    help: write ids = { finance = "…" }, or ids = { finance = { login = "…" } }

    2 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn who_is_always_excepted_need_not_be_identified() {
    let group = |except: &str| {
        complaints(&format!(
            "[people.ann]\n[teams.t]\nmembers = [\"ann\"]\n[teams.u]\nmembers = [\"@t\"]\n\
             [groups.finance.a]\nid = \"1\"\nmembers = [\"@u\"]\nexcept = {except}\n"
        ))
    };
    assert_eq!(group("[\"ann\"]"), "nothing is wrong");
    assert_eq!(group("[\"@t\"]"), "nothing is wrong");
    assert!(group("[{ who = \"ann\", until = 2026-12-31 }]").contains("cannot be identified"));
    assert!(group("[]").contains("cannot be identified"));
}

#[test]
fn an_exception_in_one_group_hides_nobody_from_the_next() {
    let told = complaints(
        "[people.ann]\n[teams.t]\nmembers = [\"ann\"]\n\
         [groups.finance.a]\nid = \"1\"\nmembers = [\"@t\"]\nexcept = [\"ann\"]\n\
         [groups.finance.b]\nid = \"2\"\nmembers = [\"@t\"]\n",
    );
    assert!(told.contains("named by `finance/b`"), "{told}");
}

#[test]
fn an_id_that_is_wrong_in_itself_is_told_once() {
    let text = "[people.ann]\nids = { finance = \"..\", emporix = { login = \"ann\" } }\n\
                [groups.finance.a]\nid = \"1\"\nmembers = [\"ann\"]\n[groups.emporix.a]\nid = \"1\"\nmembers = [\"ann\"]\n";
    let told = complaints(text);
    assert!(told.contains("2 errors") && !told.contains("identified"), "{told}");
}
