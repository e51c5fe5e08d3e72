use std::fs;

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;
use crate::complaint::Complaints;

fn complaints(text: &str, read: impl FnOnce(Table<'_>)) -> String {
    told(&Source::new("some.toml", text.to_owned()), read)
}

fn told(source: &Source, read: impl FnOnce(Table<'_>)) -> String {
    let mut complaints = Complaints::default();
    lower(source, &mut complaints, read);
    complaints.sorted().to_string()
}

fn nothing_asked(table: Table<'_>) {
    table.finish();
}

#[test]
fn a_wrong_type_says_what_is_there_and_what_to_write() {
    let text = "name = 3\nlast = \"2026-11-30\"\nsize = \"big\"\non = \"yes\"\nlist = 1\ntable = []\nmany = 70\nshare = 1.5\n";
    let told = complaints(text, |mut table| {
        assert!(table.string("name").is_none());
        assert!(table.date("last").is_none());
        assert!(table.integer("size", 1..=64).is_none());
        assert!(table.bool("on").is_none());
        assert!(table.array("list").is_none());
        assert!(table.table("table").is_none());
        assert!(table.integer("many", 1..=64).is_none());
        assert!(table.float("share", 0.0..=1.0).is_none());
        table.finish();
    });
    assert_snapshot!(told, @r#"
    error: `name` must be a string, not a whole number
     --> some.toml:1:8
      |
    1 | name = 3
      |        ^
      |
    help: write a text in quotes: "…"

    error: `last` must be a date, not a string
     --> some.toml:2:8
      |
    2 | last = "2026-11-30"
      |        ^^^^^^^^^^^^
      |
    help: write it without quotes: 2026-11-30

    error: `size` must be a whole number from 1 to 64, not a string
     --> some.toml:3:8
      |
    3 | size = "big"
      |        ^^^^^
      |
    help: write a whole number from 1 to 64, without quotes

    error: `on` must be true or false, not a string
     --> some.toml:4:6
      |
    4 | on = "yes"
      |      ^^^^^
      |
    help: write true or false, without quotes

    error: `list` must be an array, not a whole number
     --> some.toml:5:8
      |
    5 | list = 1
      |        ^
      |
    help: write a list in brackets: [ … ]

    error: `table` must be a table, not an array
     --> some.toml:6:9
      |
    6 | table = []
      |         ^^
      |
    help: write a table: { key = value }

    error: `many` is out of range
     --> some.toml:7:8
      |
    7 | many = 70
      |        ^^
      |
    help: write a whole number from 1 to 64, without quotes

    error: `share` is out of range
     --> some.toml:8:9
      |
    8 | share = 1.5
      |         ^^^
      |
    help: write a number from 0 to 1, without quotes

    8 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn right_types_are_read_with_their_places() {
    let text = "name = \"x\"\nlast = 2026-11-30\nsize = 0x10\nshare = 1\non = true\nlist = [\"a\", \"b\"]\n[table]\nkey = 1\n";
    let told = complaints(text, |mut table| {
        let name = table.string("name").unwrap();
        assert_eq!((name.value, &text[name.span.clone()]), ("x", "\"x\""));
        assert_eq!(table.date("last").unwrap().value, jiff::civil::date(2026, 11, 30));
        assert_eq!(table.integer("size", 1..=64).unwrap().value, 16);
        assert!((table.float("share", 0.0..=2.0).unwrap().value - 1.0).abs() < f64::EPSILON);
        assert!(table.bool("on").unwrap().value);
        assert_eq!(table.strings("list").unwrap().len(), 2);
        let mut inner = table.table("table").unwrap();
        assert_eq!(inner.label(), "`table`");
        let key = inner.integer("key", 0..=9).unwrap();
        assert_eq!(inner.line_of(&key.span), 8);
        inner.finish();
        table.finish();
    });
    assert_eq!(told, "0 errors in 0 files; nothing was changed");
}

#[test]
fn a_value_may_be_of_several_types() {
    let text = "a = \"off\"\nb = { env = \"X\" }\nc = 5\nd = 1.5\ne = 99999999999999999999\n";
    complaints(text, |mut table| {
        assert!(matches!(table.value("a").unwrap().item(), Item::Text(text) if text.value == "off"));
        assert!(matches!(table.value("b").unwrap().item(), Item::Table(_)));
        assert!(matches!(table.value("c").unwrap().item(), Item::Integer(number) if number.value == 5));
        assert!(matches!(table.value("d").unwrap().item(), Item::Other(_)));
        assert!(matches!(table.value("e").unwrap().item(), Item::Other(_)));
    });
}

#[test]
fn duplicate_keys_show_both_places() {
    let text = "[a]\nx = 1\n[b]\nx = 1\n[a.\"c\"]\n[a.c]\n[d]\ny = { z = 1, z = 2 }\n";
    assert_snapshot!(complaints(text, |mut table| drop(table.entries())), @r#"
    error: `c` is defined twice
     --> some.toml:6:4
      |
    6 | [a.c]
      |    ^
      |
    note: first defined here
     --> some.toml:5:4
      |
    5 | [a."c"]
      |    ^^^
    help: keep one of the two

    error: `z` is defined twice
     --> some.toml:8:14
      |
    8 | y = { z = 1, z = 2 }
      |              ^
      |
    note: first defined here
     --> some.toml:8:7
      |
    8 | y = { z = 1, z = 2 }
      |       ^
    help: keep one of the two

    2 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn a_byte_order_mark_is_no_trouble() {
    let source = Source::new("some.toml", "\u{feff}nam = 1\n".to_owned());
    let told = told(&source, |mut table| {
        table.string("name");
        table.finish();
    });
    assert!(told.contains("some.toml:1:1") && told.contains("did you mean `name`?"), "{told}");
}

#[test]
fn a_file_that_cannot_be_taken_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("some.toml");
    let read = |path| {
        let mut complaints = Complaints::default();
        assert!(Source::read(path, "some.toml", &mut complaints).is_none());
        complaints.to_string()
    };
    assert!(read(&path).contains("cannot be read: No such file"));
    assert!(read(directory.path()).contains("it is not a regular file"));
    fs::write(&path, b"a = 1\nb = \"\xff\"\n").unwrap();
    assert!(read(&path).contains("error: this is not UTF-8 text\n--> some.toml:2:6"), "{}", read(&path));
    fs::File::create(&path).unwrap().set_len(MAX_BYTES + 1).unwrap();
    assert!(read(&path).contains("is larger than 64 MiB"));
}

#[test]
fn one_slip_is_not_told_a_thousand_times() {
    let told = complaints(&"= x\n".repeat(1000), nothing_asked);
    assert!(told.contains("more syntax errors, not shown"), "{told}");
    assert!(told.len() < 10_000, "{}", told.len());
}

#[test]
fn the_nearest_word_is_near() {
    assert_eq!(nearest("untill", ["until", "email"]).as_deref(), Some("until"));
    assert_eq!(nearest("colour", ["until", "email"]), None);
    assert_eq!(nearest(&"a".repeat(1 << 20), [&*"a".repeat(1 << 20)]), None);
}

proptest! {
    #[test]
    fn any_range_of_any_text_has_a_place(text in ".{0,40}\n.{0,40}", start in 0..200_usize, end in 0..200_usize) {
        let source = Source::new("f", text);
        #[expect(clippy::reversed_empty_ranges, reason = "any range is taken")]
        for span in [start..end, 5..1, usize::MAX..usize::MAX] {
            let told = Complaints::from(crate::complaint::Complaint::new(source.at(span), "x")).to_string();
            prop_assert!(told.contains("--> f:"));
        }
    }
}
