//! The roster of the contract.

use insta::assert_snapshot;
use jiff::civil::date;

use super::*;
use crate::core::model::UserType;
use crate::core::roster::{GroupBinding, Membership, PersonId, Who};

const PEOPLE: &str = r#"
[people.alice]
name  = "Alice Smith"
email = "alice.smith@acme.example"
ids   = { travel = "0B5C2F0E-9f0c-4a4e-8e06-c01491314101", finance = "u-1233" }

[people.bob]
email = "bob@acme.example"
ids   = { finance = { login = "acme.bob" } }
until = 2026-11-30

[people.dave]
email = "dave@acme.example"
"#;

const GROUPS: &str = r#"
[teams.leads]
members = ["alice"]

[teams.catalog]
members = ["alice", "bob", "@leads"]

[groups.emporix.catalog-managers]
id      = "5ac869fc-d548-4ec8-8e06-c01491314101"
members = ["@catalog", { who = "dave", from = 2026-12-01, until = 2026-12-31, reason = "covers for bob" }]

[groups.emporix.vip-customers]
id           = "87"
user_type    = "CUSTOMER"
members_from = "lists/vip.txt"
membership   = "include"

[groups.finance.sales]
name    = "Sales Team"
members = ["@catalog", { id = "u-9", until = 2026-12-31 }]
except  = ["bob"]
must_contain = ["alice"]
min_members  = 2
max_members  = 40

[groups.emporix.buyer]
id        = "b-1"
user_type = "CUSTOMER"
exclusive = "company-role"
members   = [{ id = "87413250" }]

[[separation]]
groups = ["finance/sales", "emporix/buyer"]
"#;

fn example() -> Files {
    roster! { "people.toml" => PEOPLE, "groups.toml" => GROUPS, "lists/vip.txt" => "id:C-1 # the first\n" }
}

#[test]
fn becomes_people_teams_and_groups_with_their_places() {
    let roster = example().load().unwrap();
    let files: Vec<_> = roster.files.iter().map(|name| &**name).collect();
    assert_eq!(files, ["groups.toml", "people.toml", "lists/vip.txt"]);

    let alice = &roster.people["alice"];
    assert_eq!(alice.name.as_deref(), Some("Alice Smith"));
    assert_eq!(roster.show(alice.place), "roster/people.toml:2");
    let PersonId::Id(id) = &alice.ids["travel"] else { panic!("alice has an id") };
    assert_eq!(id.as_str(), "0b5c2f0e-9f0c-4a4e-8e06-c01491314101", "UUIDs compare in lower case");
    let bob = &roster.people["bob"];
    assert_eq!(bob.ids["finance"], PersonId::Login("acme.bob".to_owned()));
    assert_eq!(bob.until, Some(date(2026, 11, 30)));

    assert_eq!(roster.teams["catalog"].members[2].who, Who::Team("leads".into()));

    let managers = &roster.groups["emporix"]["catalog-managers"];
    assert_eq!(managers.user_type, UserType::Employee);
    assert_eq!(managers.membership, Membership::Exact);
    let dave = &managers.members[1];
    assert_eq!(dave.bounds.from, Some(date(2026, 12, 1)));
    assert_eq!(dave.reason.as_deref(), Some("covers for bob"));
    assert_eq!(roster.show(dave.place), "roster/groups.toml:10");

    let vip = &roster.groups["emporix"]["vip-customers"];
    assert_eq!(vip.membership, Membership::Include);
    assert_eq!(roster.show(vip.members[0].place), "roster/lists/vip.txt:1");

    let sales = &roster.groups["finance"]["sales"];
    assert_eq!(sales.binding, GroupBinding::Name("Sales Team".to_owned()));
    assert_eq!(sales.members[1].bounds.until, Some(date(2026, 12, 31)));
    assert_eq!(sales.except[0].who, Who::Person("bob".into()));
}

#[test]
fn has_a_revision_that_every_file_has_a_part_in() {
    let files = example();
    let first = files.load().unwrap().revision;
    assert_eq!(first.len(), 64);
    assert_eq!(example().load().unwrap().revision, first, "it does not depend on where the roster lies");

    files.write("lists/vip.txt", "id:C-2\n");
    let second = files.load().unwrap().revision;
    files.write("people.toml", format!("{PEOPLE}# a remark\n"));
    let third = files.load().unwrap().revision;
    assert!(first != second && second != third && first != third);
}

#[test]
fn shares_one_text_among_all_references_to_a_person() {
    let files = roster! {
        "r.toml" => "[people.alice]\nemail = \"a@b.example\"\n[groups.emporix.g]\nid = \"1\"\nmembers_from = \"l.txt\"\n",
        "l.txt" => "alice\nalice\n",
    };
    let roster = files.load().unwrap();
    let texts: Vec<_> = roster.groups["emporix"]["g"]
        .members
        .iter()
        .map(|member| match &member.who {
            Who::Person(person) => person.as_str().as_ptr(),
            _ => panic!("a person"),
        })
        .collect();
    assert_eq!(texts.len(), 2, "the same reference twice is no error");
    assert_eq!(texts[0], texts[1]);
}

#[test]
fn without_a_configuration_only_what_needs_it_is_left_out() {
    let text = "[people.ann]\nids = { nowhere = { login = \"ann\" } }\n\
                [groups.elsewhere.g]\nid = \"not a uuid\"\nuser_type = \"CUSTOMER\"\nmembers = [\"ann\", \"bert\"]\n";
    let files = roster!(text);
    let told = load(&files.root(), "", None).unwrap_err().to_string();
    assert_snapshot!(told, @r#"
    error: there is no person `bert`
     --> r.toml:6:19
      |
    6 | members = ["ann", "bert"]
      |                   ^^^^^^
      |
    help: define it with [people.bert]

    1 error in 1 file; nothing was changed
    "#);
    let kindless = Known::from([("nowhere".into(), None), ("elsewhere".into(), None)]);
    assert_eq!(load(&files.root(), "", Some(&kindless)).unwrap_err().to_string(), told);
}

#[test]
fn everything_is_said_at_once_over_all_files() {
    let files = roster! {
        "a.toml" => "[people.alice]\nemial = \"a@b.example\"\nemail = \n",
        "b/groups.toml" => "[groups.emporx.g]\nid = \"1\"\nmembers = [\"alcie\"]\nmembers_from = \"l.txt\"\n",
        "c.toml" => "[teams.t]\nmembers = [\"@t\"]\n",
        "l.txt" => "alice\n@tt\nnobody at all",
    };
    assert_snapshot!(files.told(), @r#"
    error: unknown key `emial` in `people.alice`
     --> roster/a.toml:2:1
      |
    2 | emial = "a@b.example"
      | ^^^^^
      |
    help: did you mean `email`?

    error: this is not TOML: string values must be quoted
     --> roster/a.toml:3:9
      |
    3 | email = 
      |         ^
      |
    help: expected here: literal string

    error: there is no provider `emporx`
     --> roster/b/groups.toml:1:9
      |
    1 | [groups.emporx.g]
      |         ^^^^^^
      |
    help: did you mean `emporix`?

    error: there is no person `alcie`
     --> roster/b/groups.toml:3:12
      |
    3 | members = ["alcie"]
      |            ^^^^^^^
      |
    help: did you mean `alice`?

    error: these teams contain each other: `t` -> `t`
     --> roster/c.toml:2:12
      |
    2 | members = ["@t"]
      |            ^^^^
      |
    help: remove one of these references

    error: there is no team `@tt`
     --> roster/l.txt:2:1
      |
    2 | @tt
      | ^^^
      |
    help: did you mean `@t`?

    error: there is more than one reference on this line
     --> roster/l.txt:3:1
      |
    3 | nobody at all
      | ^^^^^^^^^^^^^
      |
    help: write one a line: alice, @team or id:…; a comment begins with #

    error: the last line does not end: the list may have been cut off
     --> roster/l.txt:3:14
      |
    3 | nobody at all
      |              ^
      |
    help: end the last line with a line end, when the list is whole

    8 errors in 4 files; nothing was changed
    "#);
}
