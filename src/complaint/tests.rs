use super::*;
use crate::document::Source;

fn source(file: &str, text: &str) -> Source {
    Source::new(file, text.to_owned())
}

fn at(source: &Source, word: &str) -> At {
    let start = source.text().find(word).unwrap();
    source.at(start..start + word.len())
}

#[test]
fn shows_place_line_and_what_to_write_instead() {
    let here = source("roster/p.toml", "[people.alice]\nemial = \"a@b.example\"\n");
    let there = source("roster/a.toml", "[people.alice]\n");
    let complaints: Complaints = [
        Complaint::new(at(&here, "emial"), "unknown key `emial`").help("write `email`"),
        Complaint::new(at(&here, "alice"), "`alice` is there twice").also(at(&there, "alice"), "first here"),
        Complaint::about("roster/x.toml", "cannot be read"),
    ]
    .into_iter()
    .collect();
    insta::assert_snapshot!(complaints.sorted(), @r#"
    error: `alice` is there twice
     --> roster/p.toml:1:9
      |
    1 | [people.alice]
      |         ^^^^^
      |
    note: first here
     --> roster/a.toml:1:9
      |
    1 | [people.alice]
      |         ^^^^^

    error: unknown key `emial`
     --> roster/p.toml:2:1
      |
    2 | emial = "a@b.example"
      | ^^^^^
      |
    help: write `email`

    error: cannot be read
    --> roster/x.toml

    3 errors in 2 files; nothing was changed
    "#);
}

#[test]
fn columns_count_characters_not_bytes() {
    let here = source("f.toml", "ключ = \"ä\" # wörd\r\n");
    let complaint = Complaint::new(at(&here, "wörd"), "a word");
    insta::assert_snapshot!(Complaints::from(complaint), @r#"
    error: a word
     --> f.toml:1:14
      |
    1 | ключ = "ä" # wörd
      |              ^^^^

    1 error in 1 file; nothing was changed
    "#);
}

#[test]
fn text_from_files_reaches_no_terminal_as_it_is() {
    let evil = "a\u{1b}[31m\u{9b}2J\u{202e}b\u{200b}c\u{7}d\u{2028}e";
    let here = source(evil, &format!("x = \"{evil}\"\ty\n"));
    let there = source(evil, evil);
    let complaint = Complaint::new(at(&here, "y"), format!("{evil}\nfake: 0 errors"))
        .help(evil)
        .also(at(&there, "a"), format!("{evil}\n"));
    let told = Complaints::from(complaint).to_string();
    let harmful = |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{200b}\u{2028}".contains(c));
    assert!(!told.contains(harmful), "{told:?}");
    assert!(!told.contains("\nfake"), "{told}");
}

#[test]
fn colour_only_when_asked() {
    let complaints = Complaints::from(Complaint::about("f.toml", "wrong").help("right"));
    assert!(!complaints.render(false).contains('\u{1b}'));
    assert!(complaints.render(true).contains('\u{1b}'));
}

#[test]
fn sorted_by_file_and_place_and_said_once() {
    let a = source("a.toml", "one\ntwo three\n");
    let b = source("b.toml", "one\n");
    let all = [(&b, "one"), (&a, "three"), (&a, "two"), (&a, "one"), (&a, "one")];
    let all = all.map(|(source, word)| Complaint::new(at(source, word), word));
    let complaints = Complaints::from_iter(all).or(()).unwrap_err();
    let places: Vec<_> = complaints.iter().map(|complaint| complaint.at.to_string()).collect();
    assert_eq!(places, ["a.toml:1:1", "a.toml:2:1", "a.toml:2:5", "b.toml:1:1"]);
}

#[test]
fn a_very_long_list_is_counted_to_its_end() {
    let mut complaints: Complaints = (0..10_500).map(|_| Complaint::about("a", "wrong")).collect();
    complaints.append(Complaints::from(Complaint::about("b", "wrong")));
    assert_eq!(complaints.len(), 10_501);
    assert_eq!(complaints.iter().count(), 10_000);
    assert!(complaints.to_string().ends_with("10501 errors in 1 file; nothing was changed"));
}

#[test]
fn nothing_wrong_gives_the_value() {
    assert_eq!(Complaints::default().or(7), Ok(7));
}

#[test]
fn the_short_form_has_places_and_kinds_and_nothing_of_the_file() {
    let text = "[people.alice]\nemial = \"a@b.example\"\n";
    let here = source("roster/p.toml", text);
    let mut complaints =
        Complaints::from(Complaint::new(at(&here, "emial"), "unknown key `emial` in `people.alice`"));
    complaints.push(
        Complaint::new(at(&here, "alice"), "\"a@b.example\" is not an email address").help("a@b.example"),
    );
    let hint = "(`rosterd status` on its host shows the lines)";
    assert_eq!(
        complaints.brief(),
        format!(
            "2 errors: roster/p.toml:2:1: unknown key …; roster/p.toml:1:9: … is not an email address {hint}"
        )
    );
    for _ in 0..9 {
        complaints.push(Complaint::about("roster/x.toml", "cannot be read"));
    }
    let brief = complaints.brief();
    assert!(brief.starts_with("11 errors: ") && brief.contains("; and 6 more"), "{brief}");
    assert!(Problem::from(&complaints).whole.contains("a@b.example"));
}

#[test]
fn no_quotation_mark_in_what_is_quoted_lets_a_part_of_it_through() {
    let kind = |message: &str| Complaint::about("f.toml", message).kind();
    assert_eq!(kind("there is no person `al`ice`"), "there is no person …");
    assert_eq!(kind("`a'lice` is in both `x` and `\"y`, of which one"), "…, of which one");
    assert_eq!(kind("unfinished `alice"), "unfinished …");
    assert_eq!(kind("two providers have one target"), "two providers have one target");
    assert_eq!(kind("bad\u{1b}[31m"), "bad␛[31m");
}

#[test]
fn what_goes_into_one_line_is_one_line() {
    let problem = super::Problem::plain("this failed:\n  one\n\n  two\n".to_owned());
    assert_eq!(problem.brief, "this failed:; one; two");
    assert!(problem.whole.contains("\n  one"));
}
