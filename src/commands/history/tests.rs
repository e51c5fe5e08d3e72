//! What the filters let through, and how times are read.

use super::*;
use crate::core::model::{GroupId, UserId};
use crate::core::plan::{Action, Cause};
use crate::journal::{Approval, Line, RosterChange, RunEvent};

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
        for_moves: Vec::new(),
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

#[test]
fn every_kind_of_line_is_of_its_provider_and_of_its_run() {
    let of = |name: &str| (name.into(), name.into());
    let run = |undoes: &[&str]| {
        let (provider, target) = of("emporix");
        let undoes = undoes.iter().map(|run| (*run).to_owned()).collect();
        let (revision, outcome) = ("r".to_owned(), None);
        Record::Run(journal::Run {
            event: RunEvent::Begin,
            run: "run-7".into(),
            provider,
            target,
            revision,
            outcome,
            undoes,
        })
    };
    let suspension = |undoes: &[&str]| {
        let (provider, target) = of("travel");
        let undoes = undoes.iter().map(|run| (*run).to_owned()).collect();
        Record::Suspension(journal::Suspension {
            provider,
            target,
            until: None,
            reason: None,
            by: "ann".into(),
            undoes,
        })
    };
    let fight = || {
        let (provider, target) = of("finance");
        let (group, group_id, id) = ("buyers".into(), GroupId::new("g").unwrap(), UserId::new("u1").unwrap());
        let (event, person, because, reason, by) =
            (RunEvent::Begin, Some("dave".into()), Vec::new(), String::new(), "ann".to_owned());
        Record::Fight(journal::Fight {
            event,
            provider,
            target,
            group,
            group_id,
            person,
            id,
            because,
            reason,
            by,
        })
    };
    let used = |by: &str| match approval("emporix") {
        Record::Approval(approval) => Record::Approval(Approval { used_by: Some(by.to_owned()), ..approval }),
        other => other,
    };
    let outcome = journal::Outcome { of: 1, run: "run-7".into(), result: Outcome::Applied, detail: None };
    let records = [
        run(&[]),
        run(&["run-3"]),
        used("run-7"),
        used("run-3"),
        suspension(&[]),
        suspension(&["run-3"]),
        fight(),
        roster(),
        Record::Outcome(outcome),
    ];
    let shown = |filter: Filter| -> Vec<usize> {
        records.iter().enumerate().filter(|(_, record)| filter.has(record)).map(|(at, _)| at).collect()
    };
    assert_eq!(shown(Filter::default()), [0, 1, 2, 3, 4, 5, 6, 7], "an outcome stands with its intent");
    let at = |names: &[&str]| {
        let providers = names.iter().map(|name| (*name).to_owned()).collect();
        shown(Filter { providers, ..Filter::default() })
    };
    assert_eq!(at(&["emporix"]), [0, 1, 2, 3]);
    assert_eq!(at(&["travel"]), [4, 5]);
    assert_eq!(at(&["finance"]), [6]);
    assert_eq!(at(&["finance", "travel"]), [4, 5, 6]);
    let of_run = |run: &str| shown(Filter { run: Some(run.to_owned()), ..Filter::default() });
    assert_eq!(of_run("run-7"), [0, 1, 2]);
    assert_eq!(of_run("run-3"), [1, 3, 5], "what undid it, what it used, and what that suspended");
    // A fight is no change of anybody: it is told with its provider.
    assert_eq!(shown(Filter { person: Some("dave".into()), ..Filter::default() }), Vec::<usize>::new());
    let both = Filter { providers: vec!["travel".into()], run: Some("run-3".into()), ..Filter::default() };
    assert_eq!(shown(both), [5], "all filters have to fit");
}
