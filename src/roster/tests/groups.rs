use insta::assert_snapshot;

use super::{complaints, roster};

#[test]
fn a_group_has_either_an_id_or_a_name() {
    let text = r#"
[groups.finance.neither]
members = [{ id = "u-9" }]
[groups.finance.both]
id = "ug-1"
name = "Sales"
members = [{ id = "u-9" }]
[groups.finance.blank]
name = " "
members = [{ id = "u-9" }]
[groups.finance.wrong]
id = 7
members = [{ id = "u-9" }]
[groups.travel.uuid]
id = "{0b5c2f0e-9f0c-4a4e-8e06-c01491314101}"
members = [{ id = "0b5c2f0e9f0c4a4e8e06c01491314101" }]
"#;
    assert_snapshot!(complaints(text), @r#"
    error: `groups.finance.neither` has neither `id` nor `name`
     --> roster/r.toml:2:1
      |
    2 | [groups.finance.neither]
      | ^^^^^^^^^^^^^^^^^^^^^^^^
      |
    help: write the id that the provider gave the group, or its exact name

    error: `groups.finance.both` has both `id` and `name`
     --> roster/r.toml:6:1
      |
    6 | name = "Sales"
      | ^^^^
      |
    help: remove one of the two; `id` is the safer one

    error: a name cannot be empty or hold control characters
     --> roster/r.toml:9:8
      |
    9 | name = " "
      |        ^^^
      |
    help: write the name as the provider shows it

    error: `groups.finance.wrong.id` must be a string, not a whole number
      --> roster/r.toml:12:6
       |
    12 | id = 7
       |      ^
       |
    help: write a text in quotes: "…"

    error: "{0b5c2f0e-9f0c-4a4e-8e06-c01491314101}" is not an id of company v3: those are UUIDs
      --> roster/r.toml:15:6
       |
    15 | id = "{0b5c2f0e-9f0c-4a4e-8e06-c01491314101}"
       |      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
    help: write it like 0b5c2f0e-9f0c-4a4e-8e06-c01491314101

    error: "0b5c2f0e9f0c4a4e8e06c01491314101" is not an id of company v3: those are UUIDs
      --> roster/r.toml:16:12
       |
    16 | members = [{ id = "0b5c2f0e9f0c4a4e8e06c01491314101" }]
       |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
    help: write it like 0b5c2f0e-9f0c-4a4e-8e06-c01491314101

    6 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn an_undefined_provider_is_told_with_what_was_meant() {
    let text = "[groups.emporx.a]\nid = \"1\"\nallow_empty = true\n[groups.emporx.b]\nid = \"1\"\nallow_empty = true\n\
                [groups.nowhere.c]\nid = \"2\"\nallow_empty = true\n";
    assert_snapshot!(complaints(text), @r#"
    error: there is no provider `emporx`
     --> roster/r.toml:1:9
      |
    1 | [groups.emporx.a]
      |         ^^^^^^
      |
    help: did you mean `emporix`?

    error: `a` and `b` are one group at `emporx`
     --> roster/r.toml:5:6
      |
    5 | id = "1"
      |      ^^^
      |
    note: `a` is bound to it here
     --> roster/r.toml:2:6
      |
    2 | id = "1"
      |      ^^^
    help: make them one group of the roster, or correct one of the two

    error: there is no provider `nowhere`
     --> roster/r.toml:7:9
      |
    7 | [groups.nowhere.c]
      |         ^^^^^^^
      |
    help: the configuration has `broken`, `emporix`, `finance`, `travel`

    3 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn two_groups_cannot_be_one_at_the_provider() {
    let files = roster! {
        "a.toml" => "[groups.travel.a]\nid = \"0b5c2f0e-9f0c-4a4e-8e06-c01491314101\"\nallow_empty = true\n\
                     [groups.finance.x]\nname = \"Sales\"\nallow_empty = true\n\
                     [groups.emporix.x]\nname = \"Sales\"\nallow_empty = true\n",
        "b.toml" => "[groups.travel.b]\nid = \"0B5C2F0E-9F0C-4A4E-8E06-C01491314101\"\nallow_empty = true\n\
                     [groups.finance.y]\nname = \"Sales\"\nallow_empty = true\n\
                     [groups.finance.z]\nname = \"sales\"\nallow_empty = true\n",
    };
    assert_snapshot!(files.told(), @r#"
    error: `a` and `b` are one group at `travel`
     --> roster/b.toml:2:6
      |
    2 | id = "0B5C2F0E-9F0C-4A4E-8E06-C01491314101"
      |      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
    note: `a` is bound to it here
     --> roster/a.toml:2:6
      |
    2 | id = "0b5c2f0e-9f0c-4a4e-8e06-c01491314101"
      |      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    help: make them one group of the roster, or correct one of the two

    error: `x` and `y` are one group at `finance`
     --> roster/b.toml:5:8
      |
    5 | name = "Sales"
      |        ^^^^^^^
      |
    note: `x` is bound to it here
     --> roster/a.toml:5:8
      |
    5 | name = "Sales"
      |        ^^^^^^^
    help: make them one group of the roster, or correct one of the two

    2 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn a_group_defined_twice_shows_both_places() {
    let group = "[groups.finance.a]\nname = \"Sales\"\nallow_empty = true\n";
    let other = "[groups.finance.a]\nname = \"Buyers\"\nallow_empty = true\n";
    assert_snapshot!(roster! { "a.toml" => group, "b.toml" => other }.told(), @r#"
    error: the group `finance/a` is defined twice
     --> roster/b.toml:1:17
      |
    1 | [groups.finance.a]
      |                 ^
      |
    note: first defined here
     --> roster/a.toml:1:17
      |
    1 | [groups.finance.a]
      |                 ^
    help: keep one of the two, or give one another handle

    1 error in 1 file; nothing was changed
    "#);
}

#[test]
fn an_exact_group_without_anybody_must_say_that_it_is_meant() {
    let text = "[groups.finance.a]\nid = \"ug-1\"\nmembers = []\n[groups.finance.b]\nid = \"ug-2\"\n\
                [groups.finance.c]\nid = \"ug-3\"\nallow_empty = true\n\
                [groups.finance.d]\nid = \"ug-4\"\nmembership = \"include\"\n\
                [teams.nobody]\nmembers = []\n[groups.finance.e]\nid = \"ug-5\"\nmembers = [\"@nobody\"]\n\
                [groups.finance.f]\nid = \"ug-6\"\nmembers_from = \"none.txt\"\n";
    assert_snapshot!(roster! { "r.toml" => text, "none.txt" => "# nobody yet\n\n" }.told(), @r#"
    error: `finance/a` has no members, so everybody would be removed
     --> roster/r.toml:1:17
      |
    1 | [groups.finance.a]
      |                 ^
      |
    help: name its members, or write allow_empty = true if that is meant

    error: `finance/b` has no members, so everybody would be removed
     --> roster/r.toml:4:17
      |
    4 | [groups.finance.b]
      |                 ^
      |
    help: name its members, or write allow_empty = true if that is meant

    error: `finance/f` has no members, so everybody would be removed
      --> roster/r.toml:17:17
       |
    17 | [groups.finance.f]
       |                 ^
       |
    help: name its members, or write allow_empty = true if that is meant

    3 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn words_come_from_a_closed_list() {
    let text = "[groups.emporix.a]\nid = \"1\"\nuser_type = \"CUSTOMERS\"\nmembership = \"all\"\nallow_empty = \"yes\"\n";
    assert_snapshot!(complaints(text), @r#"
    error: `groups.emporix.a.user_type` cannot be "CUSTOMERS"
     --> roster/r.toml:3:13
      |
    3 | user_type = "CUSTOMERS"
      |             ^^^^^^^^^^^
      |
    help: did you mean "CUSTOMER"?

    error: `groups.emporix.a.membership` cannot be "all"
     --> roster/r.toml:4:14
      |
    4 | membership = "all"
      |              ^^^^^
      |
    help: write "exact" or "include"

    error: `groups.emporix.a.allow_empty` must be true or false, not a string
     --> roster/r.toml:5:15
      |
    5 | allow_empty = "yes"
      |               ^^^^^
      |
    help: write true or false, without quotes

    3 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn user_types_are_for_kinds_that_have_them() {
    let text = "[groups.finance.a]\nid = \"1\"\nuser_type = \"CUSTOMER\"\nallow_empty = true\n\
                [groups.broken.b]\nid = \"1\"\nuser_type = \"CUSTOMER\"\nallow_empty = true\n";
    assert_snapshot!(complaints(text), @r#"
    error: `user_type` means nothing at `finance`, which is of the kind solvexia
     --> roster/r.toml:3:13
      |
    3 | user_type = "CUSTOMER"
      |             ^^^^^^^^^^
      |
    help: remove it

    1 error in 1 file; nothing was changed
    "#);
}

#[test]
fn nothing_in_a_roster_says_where_to_connect() {
    let text = "[groups.emporix]\nbase_url = \"https://evil.example\"\n[providers.emporix]\nbase_url = \"https://evil.example\"\n";
    assert_snapshot!(complaints(text), @r#"
    error: `groups.emporix.base_url` must be a table, not a string
     --> roster/r.toml:2:12
      |
    2 | base_url = "https://evil.example"
      |            ^^^^^^^^^^^^^^^^^^^^^^
      |
    help: write a table: { key = value }

    error: unknown key `providers`
     --> roster/r.toml:3:2
      |
    3 | [providers.emporix]
      |  ^^^^^^^^^
      |
    help: remove it; the keys here are `groups`, `people`, `separation`, `teams`

    2 errors in 1 file; nothing was changed
    "#);
}
