use insta::assert_snapshot;

use super::*;
use crate::core::roster::Who;

const GROUP: &str = "[people.alice]\nemail = \"a@b.example\"\n[teams.t]\nmembers = []\n\
                     [groups.emporix.g]\nid = \"1\"\nmembers_from = \"lists/l.txt\"\n";

/// What is said when the group's list holds this.
fn list(text: &str) -> String {
    roster! { "r.toml" => GROUP, "lists/l.txt" => text }.told()
}

/// What is said when the group's list is called this.
fn called(path: &str) -> String {
    let files = roster! { "r.toml" => &GROUP.replace("lists/l.txt", path), "lists/l.txt" => "alice\n" };
    files.write("../outside.txt", "alice\n");
    files.write("../roster-beside/l.txt", "alice\n");
    files.told()
}

#[test]
fn comments_blank_lines_and_line_ends_of_any_system_are_fine() {
    let text = "\u{feff}# all of them\r\n\r\n  alice  # the first\r\n\t@t\t# a team\nid:u-9#1 # an id may hold a #\n#end\n";
    let roster = roster! { "r.toml" => GROUP, "lists/l.txt" => text }.load().unwrap();
    let members = &roster.groups["emporix"]["g"].members;
    let read: Vec<_> = members.iter().map(|member| (member.who.clone(), roster.show(member.place))).collect();
    let id = crate::core::model::UserId::new("u-9#1").unwrap();
    assert_eq!(
        read,
        [
            (Who::Person("alice".into()), "roster/lists/l.txt:3".to_owned()),
            (Who::Team("t".into()), "roster/lists/l.txt:4".to_owned()),
            (Who::Id(id), "roster/lists/l.txt:5".to_owned()),
        ]
    );
}

#[test]
fn lines_add_to_written_members() {
    let text = GROUP.replace("id = \"1\"", "id = \"1\"\nmembers = [{ id = \"C-1\" }]");
    let roster = roster! { "r.toml" => &text, "lists/l.txt" => "alice\n" }.load().unwrap();
    assert_eq!(roster.groups["emporix"]["g"].members.len(), 2);
}

#[test]
fn every_wrong_line_is_told_with_its_column() {
    assert_snapshot!(list("alice\nä # c\n  alcie # typo\n@tt\nid:\nid:..\nalice bob\n@\n"), @r#"
    error: there is no person `ä`
     --> roster/lists/l.txt:2:1
      |
    2 | ä # c
      | ^
      |
    help: define it with [people."ä"]

    error: there is no person `alcie`
     --> roster/lists/l.txt:3:3
      |
    3 |   alcie # typo
      |   ^^^^^
      |
    help: did you mean `alice`?

    error: there is no team `@tt`
     --> roster/lists/l.txt:4:1
      |
    4 | @tt
      | ^^^
      |
    help: did you mean `@t`?

    error: an id cannot be empty
     --> roster/lists/l.txt:5:1
      |
    5 | id:
      | ^^^
      |
    help: write the id that the provider gave the user

    error: an id cannot be `.` or `..`
     --> roster/lists/l.txt:6:1
      |
    6 | id:..
      | ^^^^^
      |
    help: write the id that the provider gave the user

    error: there is more than one reference on this line
     --> roster/lists/l.txt:7:1
      |
    7 | alice bob
      | ^^^^^^^^^
      |
    help: write one a line: alice, @team or id:…; a comment begins with #

    error: there is no team `@`
     --> roster/lists/l.txt:8:1
      |
    8 | @
      | ^
      |
    help: write the handle of a team after the `@`

    7 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn a_list_must_end_with_a_line_end() {
    assert_snapshot!(list("alice\n@t"), @r#"
    error: the last line does not end: the list may have been cut off
     --> roster/lists/l.txt:2:3
      |
    2 | @t
      |   ^
      |
    help: end the last line with a line end, when the list is whole

    1 error in 1 file; nothing was changed
    "#);
    assert!(list("").contains("the list may have been cut off"));
    assert_eq!(list("alice\n"), "nothing is wrong");
}

#[test]
fn a_list_must_be_there_and_inside_the_roster() {
    assert_eq!(called("lists/l.txt"), "nothing is wrong");
    assert_eq!(called("./lists/../lists/l.txt"), "nothing is wrong");
    assert_snapshot!(called("lists/m.txt"), @r#"
    error: this list cannot be read: No such file or directory (os error 2)
     --> roster/r.toml:7:16
      |
    7 | members_from = "lists/m.txt"
      |                ^^^^^^^^^^^^^
      |
    help: write a path relative to the roster's root, not to this file

    1 error in 1 file; nothing was changed
    "#);
    assert_snapshot!(called("../outside.txt"), @r#"
    error: this list lies outside the roster
     --> roster/r.toml:7:16
      |
    7 | members_from = "../outside.txt"
      |                ^^^^^^^^^^^^^^^^
      |
    help: write a path relative to the roster's root, and inside it

    1 error in 1 file; nothing was changed
    "#);
    for outside in
        ["lists/../../outside.txt", "/etc/passwd", "../roster-beside/l.txt", "..", "../roster/lists/l.txt"]
    {
        assert!(
            called(outside).contains("this list lies outside the roster"),
            "{outside}: {}",
            called(outside)
        );
    }
    for folder in ["lists", ""] {
        let told = called(folder);
        assert!(told.contains("it is not a regular file") && told.contains("members_from ="), "{told}");
    }
}

#[test]
fn a_link_out_of_the_roster_is_not_followed() {
    let files = roster! { "r.toml" => GROUP };
    let outside = files.write("../outside.txt", "alice\n");
    files.link("lists/l.txt", &outside);
    let told = files.told();
    assert!(told.contains("this list lies outside the roster\n --> roster/r.toml:7:16"), "{told}");

    let files = roster! { "r.toml" => GROUP };
    let outside = files.write("../elsewhere/l.txt", "alice\n");
    files.link("lists", outside.parent().unwrap());
    let told = files.told();
    assert!(told.contains("this list lies outside the roster"), "{told}");
}

#[test]
fn a_link_within_the_roster_is_followed() {
    let files = roster! { "r.toml" => GROUP, "lists/2026/real.txt" => "alice\n" };
    files.link("lists/l.txt", "2026/real.txt");
    assert_eq!(files.told(), "nothing is wrong");
}

#[test]
fn a_list_is_text_in_utf_8() {
    let files = roster! { "r.toml" => GROUP };
    files.write("lists/l.txt", b"alice\nb\xffb\n");
    assert_snapshot!(files.told(), @r#"
    error: this is not UTF-8 text
    --> roster/lists/l.txt:2:2
     |
    help: save the file in the encoding UTF-8

    1 error in 1 file; nothing was changed
    "#);
}

#[test]
fn a_list_used_twice_is_told_once() {
    let text = format!("{GROUP}[groups.emporix.h]\nid = \"2\"\nmembers_from = \"lists/l.txt\"\n");
    let told = roster! { "r.toml" => &text, "lists/l.txt" => "bert\n" }.told();
    assert!(told.contains("1 error in 1 file"), "{told}");
}

#[test]
fn ids_in_lists_are_checked_by_kind() {
    let text = "[groups.travel.g]\nid = \"0b5c2f0e-9f0c-4a4e-8e06-c01491314101\"\nmembers_from = \"l.txt\"\n";
    let told = roster! { "r.toml" => text, "l.txt" => "id:u-9\n" }.told();
    assert!(told.contains("\"u-9\" is not an id of company v3"), "{told}");
}
