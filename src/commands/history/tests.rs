//! What the filters let through, and how times are read.

use super::*;
use crate::core::model::{GroupId, UserId};
use crate::core::plan::{Action, Cause};
use crate::journal::{Approval, Line, RosterChange};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn intent(provider: &str, group: &str, person: Option<&str>, id: &str) -> Record {
    Record::Intent(Intent {
        run: "run-1".into(),
        provider: provider.into(),
        target: format!("target of {provider}").as_str().into(),
        group: group.into(),
        group_id: GroupId::new(&format!("id-of-{group}")).unwrap(),
        action: Action::Remove,
        person: person.map(Into::into),
        id: UserId::new(id).unwrap(),
        cause: Cause::Drift,
        because: Vec::new(),
        approved: None,
    })
}

fn approval(provider: &str) -> Record {
    Record::Approval(Approval {
        digest: "3f".repeat(32),
        provider: provider.into(),
        target: "t".into(),
        reason: "evil\u{1b}[31m".into(),
        by: "ann".into(),
        used_by: None,
    })
}

fn roster() -> Record {
    Record::Roster(RosterChange { revision: "sha256:4f2c1ab9".into(), previous: None, by: "ann".into() })
}

fn entry(record: Record) -> Entry {
    Entry { line: Line { at: at("2026-11-20T23:30:00Z"), seq: 3, record }, prev: "ab".into() }
}

#[test]
fn filters_ask_for_provider_group_and_person() {
    let records = [
        intent("emporix", "buyers", Some("dave"), "u1"),
        intent("travel", "buyers", None, "u1"),
        approval("emporix"),
        roster(),
    ];
    let shown = |filter: Filter| records.map_ref(|record| filter.has(record));
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(shown(Filter::default()), [true, true, true, true]);
    let emporix = || vec!["emporix".to_owned()];
    assert_eq!(shown(Filter { providers: emporix(), ..Filter::default() }), [true, false, true, false]);
    let group = |group| Filter { providers: emporix(), group: some(group), ..Filter::default() };
    assert_eq!(shown(group("buyers")), [true, false, false, false]);
    assert_eq!(shown(group("id-of-buyers")), [true, false, false, false]);
    assert_eq!(shown(group("payers")), [false; 4]);
    assert_eq!(shown(Filter { person: some("dave"), ..Filter::default() }), [true, false, false, false]);
    assert_eq!(shown(Filter { person: some("u1"), ..Filter::default() }), [true, true, false, false]);
    assert_eq!(shown(Filter { run: some("run-1"), ..Filter::default() }), [true, true, false, false]);
    assert_eq!(shown(Filter { run: some("run-2"), ..Filter::default() }), [false; 4]);
}

trait MapRef<T> {
    fn map_ref<R>(&self, map: impl Fn(&T) -> R) -> Vec<R>;
}

impl<T, const N: usize> MapRef<T> for [T; N] {
    fn map_ref<R>(&self, map: impl Fn(&T) -> R) -> Vec<R> {
        self.iter().map(map).collect()
    }
}

#[test]
fn since_takes_dates_times_and_spans() {
    let now: Zoned = "2026-11-20T12:00:00+01:00[Europe/Berlin]".parse().unwrap();
    let since = |written| when(written, &now).unwrap().to_string();
    assert_eq!(since("2026-11-19"), "2026-11-18T23:00:00Z", "a day begins where the administrator is");
    assert_eq!(since("2026-11-19T03:00:00Z"), "2026-11-19T03:00:00Z");
    assert_eq!(since("2026-11-19T03:00:00+02:00"), "2026-11-19T01:00:00Z");
    assert_eq!(since("2026-11-19T03:00"), "2026-11-19T02:00:00Z");
    assert_eq!(since("2h"), "2026-11-20T09:00:00Z");
    assert_eq!(since("7d"), "2026-11-13T11:00:00Z");
    assert_eq!(since("1d 12h"), "2026-11-18T23:00:00Z");
    for wrong in ["", "yesterday", "-2h", "0h", "2026-13-01", "99999y", "7"] {
        assert!(matches!(when(wrong, &now), Err(Failure::Usage(_))), "{wrong:?}");
    }
}

#[test]
fn a_line_is_one_line_whatever_stands_in_it() {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let shown = text::line(&entry(approval("emporix")), None, &zone);
    assert_eq!(
        shown,
        "2026-11-21 00:30:00  emporix  approval of 3f3f3f3f3f3f given by ann: evil\\u{1b}[31m\n"
    );
    let change = entry(intent("emporix", "buyers", Some("dave"), "u1"));
    let known = (Outcome::Failed, Some("no\nsuch user".to_owned()));
    assert_eq!(
        text::line(&change, Some(&known), &TimeZone::UTC),
        "2026-11-20 23:30:00  emporix/buyers  − dave (u:u1)  failed: no\\u{a}such user  (drift)  run run-1\n"
    );
    assert!(text::line(&change, None, &zone).contains("no outcome yet"));
}

#[test]
fn json_joins_the_outcome_to_the_intent_alone() {
    let parsed = |entry: &Entry, known: Option<&Known>| {
        let line = json_line(entry, known).unwrap();
        assert_eq!(line.find('\n'), Some(line.len() - 1), "one line");
        serde_json::from_str::<serde_json::Value>(&line).unwrap()
    };
    let change = entry(intent("emporix", "buyers", None, "u1"));
    let known = (Outcome::Applied, None);
    let value = parsed(&change, Some(&known));
    assert_eq!((&value["type"], &value["seq"], &value["prev"]), (&"intent".into(), &3.into(), &"ab".into()));
    assert_eq!((&value["result"], &value["group_id"]), (&"applied".into(), &"id-of-buyers".into()));
    let open = parsed(&change, None);
    assert!(open["result"].is_null() && open.as_object().unwrap().contains_key("result"));
    assert!(!parsed(&entry(roster()), None).as_object().unwrap().contains_key("result"));
}
