use insta::assert_snapshot;

use super::{complaints, roster};

#[test]
fn a_handle_defined_twice_shows_both_places() {
    let files = roster! {
        "a.toml" => "[people.alice]\nname = \"Alice\"\n",
        "b.toml" => "[people.bob]\n\n[people.alice]\nname = \"Alice, too\"\n",
    };
    assert_snapshot!(files.told(), @r#"
    error: the person `alice` is defined twice
     --> roster/b.toml:3:9
      |
    3 | [people.alice]
      |         ^^^^^
      |
    note: first defined here
     --> roster/a.toml:1:9
      |
    1 | [people.alice]
      |         ^^^^^
    help: keep one of the two, or give one another handle

    1 error in 1 file; nothing was changed
    "#);
}

#[test]
fn a_handle_defined_twice_in_one_file_shows_both_places() {
    assert_snapshot!(complaints("[people.alice]\nname = \"A\"\n\n[people.alice]\nname = \"B\"\n"), @r#"
    error: `alice` is defined twice
     --> roster/r.toml:4:9
      |
    4 | [people.alice]
      |         ^^^^^
      |
    note: first defined here
     --> roster/r.toml:1:9
      |
    1 | [people.alice]
      |         ^^^^^
    help: keep one of the two

    1 error in 1 file; nothing was changed
    "#);
    assert_snapshot!(complaints("people.alice = { name = \"A\" }\n\n[people.alice]\nname = \"B\"\n"), @r#"
    error: `alice` is defined twice
     --> roster/r.toml:3:9
      |
    3 | [people.alice]
      |         ^^^^^
      |
    note: first defined here
     --> roster/r.toml:1:8
      |
    1 | people.alice = { name = "A" }
      |        ^^^^^
    help: keep one of the two

    1 error in 1 file; nothing was changed
    "#);
    assert_snapshot!(complaints("[people.alice]\nname = \"A\"\nuntil = 2026-01-01\nname = \"B\"\n"), @r#"
    error: `name` is defined twice
     --> roster/r.toml:4:1
      |
    4 | name = "B"
      | ^^^^
      |
    note: first defined here
     --> roster/r.toml:2:1
      |
    2 | name = "A"
      | ^^^^
    help: keep one of the two

    1 error in 1 file; nothing was changed
    "#);
}

#[test]
fn a_handle_is_made_of_letters_digits_and_a_few_signs() {
    let fine = "[people.\"a.b_c-d+e@f\"]\n[people.\"Жанна1\"]\n";
    assert_eq!(complaints(fine), "nothing is wrong");
    let wrong = "[people.\"\"]\n[people.\"@team\"]\n[people.\"two words\"]\n[people.\"id:7\"]\n[people.\"a\\u001b[31m\"]\n";
    assert_snapshot!(complaints(wrong), @r#"
    error: the handle of a person cannot be empty
     --> roster/r.toml:1:9
      |
    1 | [people.""]
      |         ^^
      |
    help: use letters, digits, `.`, `_`, `-`, `+`, and `@` after the first character

    error: the handle of a person cannot begin with `@`: `@team`
     --> roster/r.toml:2:9
      |
    2 | [people."@team"]
      |         ^^^^^^^
      |
    help: use letters, digits, `.`, `_`, `-`, `+`, and `@` after the first character

    error: the handle of a person cannot hold ' ': `two words`
     --> roster/r.toml:3:9
      |
    3 | [people."two words"]
      |         ^^^^^^^^^^^
      |
    help: use letters, digits, `.`, `_`, `-`, `+`, and `@` after the first character

    error: the handle of a person cannot hold ':': `id:7`
     --> roster/r.toml:4:9
      |
    4 | [people."id:7"]
      |         ^^^^^^
      |
    help: use letters, digits, `.`, `_`, `-`, `+`, and `@` after the first character

    error: the handle of a person cannot hold '\u{1b}': `a␛[31m`
     --> roster/r.toml:5:9
      |
    5 | [people."a\u001b[31m"]
      |         ^^^^^^^^^^^^^
      |
    help: use letters, digits, `.`, `_`, `-`, `+`, and `@` after the first character

    5 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn an_email_has_one_at_sign_with_text_around_it() {
    assert_eq!(complaints("[people.a]\nemail = \"a+b@c.example\"\n"), "nothing is wrong");
    for wrong in ["", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\\u0007"] {
        let told = complaints(&format!("[people.a]\nemail = \"{wrong}\"\n"));
        assert!(told.contains("is not an email address\n --> roster/r.toml:2:9"), "{wrong}: {told}");
    }
}

#[test]
fn unknown_keys_are_named_with_the_nearest_known_one() {
    let text =
        "[people.a]\nuntl = 2026-01-01\ncolour = \"red\"\nids = { finance = { logn = \"a\" } }\n[poeple.b]\n";
    assert_snapshot!(complaints(text), @r#"
    error: unknown key `untl` in `people.a`
     --> roster/r.toml:2:1
      |
    2 | untl = 2026-01-01
      | ^^^^
      |
    help: did you mean `until`?

    error: unknown key `colour` in `people.a`
     --> roster/r.toml:3:1
      |
    3 | colour = "red"
      | ^^^^^^
      |
    help: remove it; the keys here are `email`, `ids`, `name`, `until`

    error: `people.a.ids.finance` has no key `login`
     --> roster/r.toml:4:19
      |
    4 | ids = { finance = { logn = "a" } }
      |                   ^^^^^^^^^^^^^^
      |
    help: write the id in quotes, or { login = "…" }

    error: unknown key `logn` in `people.a.ids.finance`
     --> roster/r.toml:4:21
      |
    4 | ids = { finance = { logn = "a" } }
      |                     ^^^^
      |
    help: did you mean `login`?

    error: unknown key `poeple`
     --> roster/r.toml:5:2
      |
    5 | [poeple.b]
      |  ^^^^^^
      |
    help: did you mean `people`?

    5 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn a_date_is_no_string() {
    assert_snapshot!(complaints("[people.a]\nuntil = \"2026-11-30\"\n"), @r#"
    error: `people.a.until` must be a date, not a string
     --> roster/r.toml:2:9
      |
    2 | until = "2026-11-30"
      |         ^^^^^^^^^^^^
      |
    help: write it without quotes: 2026-11-30

    1 error in 1 file; nothing was changed
    "#);
    assert_snapshot!(complaints("[people.a]\nuntil = 2026-11-30T00:00:00Z\n"), @r#"
    error: `people.a.until` must be a date, not a date with a time
     --> roster/r.toml:2:9
      |
    2 | until = 2026-11-30T00:00:00Z
      |         ^^^^^^^^^^^^^^^^^^^^
      |
    help: write year-month-day: 2026-11-30

    1 error in 1 file; nothing was changed
    "#);
    assert_snapshot!(complaints("[people.a]\nuntil = 2026-02-30\n"), @r#"
    error: this is not TOML: invalid date
     --> roster/r.toml:2:9
      |
    2 | until = 2026-02-30
      |         ^^^^^^^^^^
      |
    help: expected here: day between 01 and 28

    1 error in 1 file; nothing was changed
    "#);
}

#[test]
fn a_past_day_is_no_error() {
    let text = "[people.a]\nemail = \"a@b\"\nuntil = 1999-12-31\n[groups.emporix.g]\nid = \"1\"\n\
                members = [{ who = \"a\", until = 1999-01-01 }]\n";
    assert_eq!(complaints(text), "nothing is wrong");
}

#[test]
fn two_people_cannot_share_an_id_a_login_or_an_email() {
    let text = r#"
[people.a]
email = "Same@acme.example"
ids = { finance = "u-1", travel = "0b5c2f0e-9f0c-4a4e-8e06-c01491314101" }
[people.b]
email = "same@ACME.example"
ids = { finance = "u-1", travel = "0B5C2F0E-9F0C-4A4E-8E06-C01491314101" }
[people.c]
ids = { finance = { login = "acme.c" } }
[people.d]
ids = { finance = { login = "ACME.C" } }
[people.e]
ids = { finance = "U-1" }
"#;
    assert_snapshot!(complaints(text), @r#"
    error: `a` and `b` have the same email
     --> roster/r.toml:6:9
      |
    6 | email = "same@ACME.example"
      |         ^^^^^^^^^^^^^^^^^^^
      |
    note: `a` has it here
     --> roster/r.toml:3:9
      |
    3 | email = "Same@acme.example"
      |         ^^^^^^^^^^^^^^^^^^^
    help: correct one of the two, or make them one person

    error: `a` and `b` have the same id at `finance`
     --> roster/r.toml:7:19
      |
    7 | ids = { finance = "u-1", travel = "0B5C2F0E-9F0C-4A4E-8E06-C01491314101" }
      |                   ^^^^^
      |
    note: `a` has it here
     --> roster/r.toml:4:19
      |
    4 | ids = { finance = "u-1", travel = "0b5c2f0e-9f0c-4a4e-8e06-c01491314101" }
      |                   ^^^^^
    help: correct one of the two, or make them one person

    error: `a` and `b` have the same id at `travel`
     --> roster/r.toml:7:35
      |
    7 | ids = { finance = "u-1", travel = "0B5C2F0E-9F0C-4A4E-8E06-C01491314101" }
      |                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
    note: `a` has it here
     --> roster/r.toml:4:35
      |
    4 | ids = { finance = "u-1", travel = "0b5c2f0e-9f0c-4a4e-8e06-c01491314101" }
      |                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    help: correct one of the two, or make them one person

    error: `c` and `d` have the same login at `finance`
      --> roster/r.toml:11:19
       |
    11 | ids = { finance = { login = "ACME.C" } }
       |                   ^^^^^^^^^^^^^^^^^^^^
       |
    note: `c` has it here
      --> roster/r.toml:9:19
       |
     9 | ids = { finance = { login = "acme.c" } }
       |                   ^^^^^^^^^^^^^^^^^^^^
    help: correct one of the two, or make them one person

    4 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn ids_are_text_that_can_stand_in_a_path() {
    let text = "[people.a]\nids = { finance = \"..\", emporix = \" \", travel = \"u-9\", broken = 7 }\n";
    assert_snapshot!(complaints(text), @r#"
    error: an id cannot be `.` or `..`
     --> roster/r.toml:2:19
      |
    2 | ids = { finance = "..", emporix = " ", travel = "u-9", broken = 7 }
      |                   ^^^^
      |
    help: write the id that the provider gave the user

    error: an id cannot be empty
     --> roster/r.toml:2:35
      |
    2 | ids = { finance = "..", emporix = " ", travel = "u-9", broken = 7 }
      |                                   ^^^
      |
    help: write the id that the provider gave the user

    error: "u-9" is not an id of company v3: those are UUIDs
     --> roster/r.toml:2:49
      |
    2 | ids = { finance = "..", emporix = " ", travel = "u-9", broken = 7 }
      |                                                 ^^^^^
      |
    help: write it like 0b5c2f0e-9f0c-4a4e-8e06-c01491314101

    error: `people.a.ids.broken` must be an id or a login
     --> roster/r.toml:2:65
      |
    2 | ids = { finance = "..", emporix = " ", travel = "u-9", broken = 7 }
      |                                                                 ^
      |
    help: write the id in quotes, or { login = "…" }

    4 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn ids_are_for_configured_providers() {
    assert_snapshot!(complaints("[people.a]\nids = { finanse = \"u-1\", elsewhere = \"u-1\" }\n"), @r#"
    error: there is no provider `finanse`
     --> roster/r.toml:2:9
      |
    2 | ids = { finanse = "u-1", elsewhere = "u-1" }
      |         ^^^^^^^
      |
    help: did you mean `finance`?

    error: there is no provider `elsewhere`
     --> roster/r.toml:2:26
      |
    2 | ids = { finanse = "u-1", elsewhere = "u-1" }
      |                          ^^^^^^^^^
      |
    help: the configuration has `broken`, `emporix`, `finance`, `travel`

    2 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn only_kinds_with_logins_take_one() {
    assert_snapshot!(complaints("[people.a]\nids = { emporix = { login = \"a\" }, finance = { login = \" \" }, broken = { login = \"a\" } }\n"), @r#"
    error: `emporix` has no logins: it is of the kind emporix
     --> roster/r.toml:2:19
      |
    2 | ids = { emporix = { login = "a" }, finance = { login = " " }, broken = { login = "a" } }
      |                   ^^^^^^^^^^^^^^^
      |
    help: write the person's id in quotes, or only an `email` to be found by

    error: a login cannot be empty or hold control characters
     --> roster/r.toml:2:56
      |
    2 | ids = { emporix = { login = "a" }, finance = { login = " " }, broken = { login = "a" } }
      |                                                        ^^^
      |
    help: write the name that the person logs in with

    2 errors in 1 file; nothing was changed
    "#);
}
