//! Which files are read.

use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;

use super::*;

const EMPTY: &str = "[groups.emporix.g]\nid = \"1\"\nallow_empty = true\n";

fn names(roster: &Roster) -> Vec<&str> {
    roster.files.iter().map(|name| &**name).collect()
}

#[test]
fn a_directory_is_read_with_all_below_it_in_name_order() {
    let files = roster! {
        "b.toml" => "[people.b]\n", "a/z.toml" => "[people.z]\n", "a/b/c.toml" => "[people.c]\n",
        "a.toml" => EMPTY, "README.md" => "= no [toml", ".git/x.toml" => "= no", ".hidden.toml" => "= no",
        "old.toml.bak" => "= no",
    };
    let roster = files.load().unwrap();
    assert_eq!(names(&roster), ["a.toml", "a/b/c.toml", "a/z.toml", "b.toml"]);
    assert_eq!(&*roster.shown_root, "roster/");
}

#[test]
fn a_single_file_is_read_alone_and_its_directory_is_the_root() {
    let files = roster! {
        "r.toml" => "[groups.emporix.g]\nid = \"1\"\nmembers_from = \"l.txt\"\n",
        "other.toml" => "= no", "l.txt" => "id:C-1\n",
    };
    let roster = load(&files.root().join("r.toml"), "", Some(&known())).unwrap();
    assert_eq!(names(&roster), ["r.toml", "l.txt"]);
    assert_eq!(roster.groups["emporix"]["g"].members.len(), 1);
}

#[test]
fn nothing_to_read_is_an_error() {
    let files = Files::new([("README.md", "")]);
    assert_snapshot!(files.told(), @r#"
    error: there is no TOML file in this directory or below it
    --> roster/
     |
    help: a roster is one or more files whose names end in .toml

    1 error in 1 file; nothing was changed
    "#);
    let files = Files::new([]);
    assert_snapshot!(files.told(), @r#"
    error: cannot be read: No such file or directory (os error 2)
    --> DIR/roster
     |
    help: see that it exists and that rosterd may read it

    1 error in 1 file; nothing was changed
    "#);
}

#[test]
fn links_within_the_roster_are_followed_once() {
    let files =
        roster! { "a.toml" => EMPTY, ".data/p.toml" => "[people.p]\n", "sub/q.toml" => "[people.q]\n" };
    files.link("people.toml", ".data/p.toml");
    files.link("again.toml", "a.toml");
    files.link("sub/loop", "..");
    files.link("all", "sub");
    let roster = files.load().unwrap();
    assert_eq!(names(&roster), ["a.toml", "people.toml", "sub/q.toml"]);
}

#[test]
fn links_out_of_the_roster_are_told_and_not_read() {
    let files = roster! { "a.toml" => EMPTY };
    let outside = files.write("../outside/secret.toml", "password = \"hunter2\"\n");
    files.link("b.toml", &outside);
    files.link("c", outside.parent().unwrap());
    files.link("d.toml", "nowhere.toml");
    files.link("e.txt", &outside);
    let told = files.told();
    assert!(!told.contains("hunter2"), "{told}");
    assert_snapshot!(told, @r#"
    error: this symbolic link leads out of the roster
    --> roster/b.toml
     |
    help: put what it leads to into the roster, or remove the link

    error: this symbolic link leads out of the roster
    --> roster/c
     |
    help: put what it leads to into the roster, or remove the link

    error: cannot be read: No such file or directory (os error 2)
    --> roster/d.toml
     |
    help: see that it exists and that rosterd may read it

    3 errors in 3 files; nothing was changed
    "#);
}

#[test]
fn what_cannot_be_read_is_told_and_undefined_names_are_not() {
    let files = roster! { "a.toml" => "[teams.t]\nmembers = [\"alice\"]\n" };
    files.write("b.toml", b"[people.alice]\nname = \"\xe9\"\n");
    fs::create_dir(files.root().join("c.toml")).unwrap();
    assert_snapshot!(files.told(), @r#"
    error: this is not UTF-8 text
    --> roster/b.toml:2:9
     |
    help: save the file in the encoding UTF-8

    1 error in 1 file; nothing was changed
    "#);
}

#[test]
fn a_file_that_rosterd_may_not_read_is_told() {
    let files = roster! { "a.toml" => EMPTY, "sub/b.toml" => EMPTY };
    fs::set_permissions(files.root().join("a.toml"), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(files.root().join("a.toml")).is_ok() {
        return; // Nothing is forbidden to root.
    }
    assert!(files.told().contains("error: cannot be read: Permission denied"), "{}", files.told());
}

#[test]
fn a_pipe_is_not_waited_for() {
    let files = roster! { "a.toml" => EMPTY };
    let made = std::process::Command::new("mkfifo").arg(files.root().join("p.toml")).status();
    assert!(made.is_ok_and(|status| status.success()));
    assert!(files.told().contains("it is not a regular file"), "{}", files.told());
}

#[test]
fn a_roster_that_changes_while_it_is_read_is_read_again() {
    let files = roster! { "a.toml" => EMPTY, "l.txt" => "id:1\n" };
    let changes: [&dyn Fn(); 3] = [
        &|| drop(files.write("a.toml", EMPTY.replace("allow_empty = true", "members_from = \"l.txt\""))),
        &|| drop(files.write("l.txt", "id:1\nid:2\n")),
        &|| {},
    ];
    let mut read = 0;
    let roster = load_whole(&files.root(), "", None, &mut || {
        changes[read]();
        read += 1;
    });
    assert_eq!(read, 3);
    assert_eq!(roster.unwrap().groups["emporix"]["g"].members.len(), 2);
}

#[test]
fn a_new_file_counts_as_a_change() {
    let files = roster! { "a.toml" => EMPTY };
    let mut read = 0;
    let roster = load_whole(&files.root(), "", None, &mut || {
        if read == 0 {
            files.write("sub/b.toml", "[people.b]\n");
        }
        read += 1;
    });
    assert_eq!(read, 2);
    assert_eq!(names(&roster.unwrap()), ["a.toml", "sub/b.toml"]);
}

#[test]
fn a_roster_that_never_stands_still_is_not_taken() {
    let files = roster! { "a.toml" => EMPTY };
    let mut read = 0;
    let told = load_whole(&files.root(), "", None, &mut || {
        read += 1;
        files.write("a.toml", format!("{EMPTY}{}", "#\n".repeat(read)));
    });
    assert_snapshot!(files.without_root(&told.unwrap_err().to_string()), @r#"
    error: the roster changed while it was read, 3 times in a row
    --> DIR/roster
     |
    help: try again when nothing writes to it

    1 error in 1 file; nothing was changed
    "#);
}
