//! No input makes it panic.

use proptest::prelude::*;

use super::*;

const FINE: &str = r#"
[people.alice]
name  = "Alice Smith"
email = "alice.smith@acme.example"
ids   = { travel = "0b5c2f0e-9f0c-4a4e-8e06-c01491314101", finance = { login = "acme.alice" } }
until = 2026-11-30
[teams.catalog]
members = ["alice", "@leads", { who = "alice", from = 2026-01-01, until = 2026-12-31, reason = "x" }]
[teams.leads]
members = []
[groups.emporix.managers]
id = "5ac869fc"
user_type = "CUSTOMER"
members = ["@catalog", { id = "1" }]
members_from = "l.txt"
membership = "include"
except = ["alice"]
must_contain = ["@leads"]
min_members = 1
max_members = 9
exclusive = "role"
[groups.travel.others]
id = "0b5c2f0e-9f0c-4a4e-8e06-c01491314101"
allow_empty = true
[[separation]]
groups = ["emporix/managers", "travel/others"]
"#;

/// Loads it, and shows what is wrong in both ways.
fn survives(roster: &[u8], list: &[u8]) {
    let files = Files::new([]);
    files.write("r.toml", roster);
    files.write("l.txt", list);
    if let Err(complaints) = files.load() {
        assert!(complaints.render(true).len() >= complaints.render(false).len());
    }
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let edit = (0..FINE.len(), 0..8_usize, prop::collection::vec(token(), 0..3));
    prop::collection::vec(edit, 1..6).prop_map(|edits| {
        let mut bytes = FINE.as_bytes().to_vec();
        for (at, cut, tokens) in edits {
            let at = at.min(bytes.len());
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, tokens.concat().bytes());
        }
        bytes
    })
}

fn token() -> impl Strategy<Value = String> {
    let tokens = [
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        "\"",
        "'",
        "\"\"\"",
        "=",
        ",",
        ".",
        "\n",
        "#",
        "@",
        "people",
        "alice",
        "teams",
        "members",
        "id",
        "who",
        "2026-01-01",
        "1e999",
        "0x7fffffffffffffffff",
        "nan",
        "true",
        "\u{1b}",
        "ä",
        "\r",
        "\u{feff}",
        "\\u0000",
        "-",
        "groups.emporix.managers",
        "[people.alice]\n",
    ];
    prop::sample::select(tokens.to_vec()).prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(roster in prop::collection::vec(any::<u8>(), 0..300), list in prop::collection::vec(any::<u8>(), 0..100)) {
        survives(&roster, &list);
    }

    #[test]
    fn any_text(roster in "[\\[\\]{}=\"'a-c.,#@0-9\n \u{1b}ä]{0,200}", list in "[a-c@:#id \r\nä\u{85}]{0,60}") {
        survives(roster.as_bytes(), format!("{list}\n").as_bytes());
    }

    #[test]
    fn a_mutated_roster(roster in mutated()) {
        survives(&roster, b"alice\n@leads\nid:7\n");
    }
}

#[test]
fn a_very_long_line_is_cut_where_it_is_shown() {
    let text = format!("[teams.t]\nmembers = [{}]\n", "1, ".repeat(100_000));
    let complaints = roster!(&text).load().unwrap_err();
    assert!(complaints.len() == 100_000, "all are counted: {}", complaints.len());
    let told = complaints.into_iter().take(150).collect::<Complaints>().to_string();
    assert!(told.contains("roster/r.toml:2:456"), "{told}");
    assert!(told.len() < 100_000, "{}", told.len());
}

#[test]
fn deep_nesting_is_refused() {
    let told = complaints(&format!("[teams.t]\nmembers = {}{}\n", "[".repeat(100_000), "]".repeat(100_000)));
    assert!(told.contains("recursion"), "{}", &told[..300.min(told.len())]);
}
