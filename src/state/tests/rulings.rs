//! Holds, approvals and suspensions.

use super::*;
use crate::journal::{self, Line, Record};

fn digest(digit: char) -> String {
    digit.to_string().repeat(64)
}

fn given(digit: char, used_by: Option<&str>) -> Record {
    Record::Approval(journal::Approval {
        digest: digest(digit),
        provider: "emporix".into(),
        target: target(),
        reason: "they left".into(),
        by: "ann".into(),
        used_by: used_by.map(str::to_owned),
    })
}

fn suspended(until: Option<&str>) -> Record {
    Record::Suspension(journal::Suspension {
        provider: "emporix".into(),
        target: target(),
        until: until.map(at),
        reason: None,
        by: "ann".into(),
        undoes: Vec::new(),
    })
}

fn hold(digit: char, group: Option<&str>) -> Hold {
    Hold { digest: digest(digit), group: group.map(Into::into), changes: 3, at: now() }
}

fn digits(approvals: &[Approval]) -> Vec<char> {
    approvals.iter().filter_map(|approval| approval.digest.chars().next()).collect()
}

#[test]
fn an_approval_lasts_a_day_and_is_used_once() {
    let world = World::new();
    world.open().take_up(now(), &given('a', None)).unwrap();
    let state = world.open();
    let approvals = state.approvals(&target(), now()).unwrap();
    let expected = Approval { digest: digest('a'), reason: "they left".into(), by: "ann".into(), at: now() };
    assert_eq!(approvals, [expected]);
    assert_eq!(approvals[0].until(), at("2026-11-21T12:00:00Z"));
    let valid = |time: &str| digits(&state.approvals(&target(), at(time)).unwrap());
    assert_eq!(valid("2026-11-21T11:59:59Z"), ['a']);
    assert!(valid("2026-11-21T12:00:00Z").is_empty());
    assert!(state.approvals(&Target::from("emporix elsewhere"), now()).unwrap().is_empty());

    assert_eq!(valid("2026-11-20T11:56:00Z"), ['a']);
    assert!(valid("2026-11-17T12:00:00Z").is_empty(), "the clock was wrong when it was given, or is now");

    state.take_up(now(), &given('b', None)).unwrap();
    state.take_up(now(), &given('a', Some("run-1"))).unwrap();
    assert_eq!(valid("2026-11-20T12:00:01Z"), ['b']);
    // One that nobody used goes when the next comes.
    state.take_up(at("2026-11-22T12:00:00Z"), &given('c', None)).unwrap();
    assert!(valid("2026-11-20T12:00:01Z").is_empty());
    assert_eq!(valid("2026-11-22T12:00:01Z"), ['c']);
}

#[test]
fn a_suspension_ends_by_itself_or_when_told() {
    let world = World::new();
    world.open().take_up(now(), &suspended(Some("2026-11-20T16:00:00Z"))).unwrap();
    let state = world.open();
    let until = |time: &str| state.suspension(&target(), at(time)).unwrap().map(|it| it.until);
    assert_eq!(until("2026-11-20T15:59:59Z"), Some(at("2026-11-20T16:00:00Z")));
    assert_eq!(until("2026-11-20T16:00:00Z"), None);
    assert_eq!(state.suspension(&target(), now()).unwrap().unwrap().reason, "none given");
    assert!(state.suspension(&Target::from("emporix elsewhere"), now()).unwrap().is_none());
    state.take_up(now(), &suspended(Some("2026-11-22T00:00:00Z"))).unwrap();
    assert_eq!(until("2026-11-21T12:00:00Z"), Some(at("2026-11-22T00:00:00Z")));
    state.take_up(now(), &suspended(None)).unwrap();
    assert_eq!(until("2026-11-20T12:00:00Z"), None);
}

#[test]
fn what_was_decided_is_made_anew_out_of_the_journal() {
    let world = World::new();
    let state = world.open();
    let records = [
        given('a', None),
        suspended(Some("2026-11-23T00:00:00Z")),
        given('b', None),
        given('a', Some("run-1")),
        Record::Roster(journal::RosterChange { revision: "r2".into(), previous: None, by: "ann".into() }),
    ];
    let line = |(seq, record): (usize, &Record)| Line { at: now(), seq: seq as u64, record: record.clone() };
    let lines: Vec<_> = records.iter().enumerate().map(line).collect();
    for _ in 0..2 {
        state.take_up_all(&lines).unwrap();
        assert_eq!(digits(&state.approvals(&target(), now()).unwrap()), ['b']);
        assert!(state.suspension(&target(), now()).unwrap().is_some());
        assert_eq!(state.revision().unwrap().as_deref(), Some("r2"));
    }
}

#[test]
fn words_beyond_measure_are_kept_in_part() {
    let world = World::new();
    let state = world.open();
    let Record::Approval(approval) = given('a', None) else { panic!() };
    let long = journal::Approval { reason: "\u{1}".repeat(100_000), by: "ß".repeat(9000), ..approval };
    state.take_up(now(), &Record::Approval(long)).unwrap();
    assert_eq!(state.approvals(&target(), now()).unwrap()[0].reason.chars().count(), 200);
}

#[test]
fn a_hold_of_everything_replaces_those_of_groups() {
    let world = World::new();
    let state = world.open();
    let buyers = "buyers".into();
    let held = || {
        let holds = state.holds(&target()).unwrap();
        let mut digits: Vec<_> = holds.iter().filter_map(|hold| hold.digest.chars().next()).collect();
        digits.sort_unstable();
        digits
    };
    state.set_hold(&target(), None, Some(&hold('a', None))).unwrap();
    state.set_hold(&target(), Some(&buyers), Some(&hold('b', Some("buyers")))).unwrap();
    assert_eq!(held(), ['a', 'b']);
    state.set_hold(&target(), Some(&buyers), Some(&hold('c', Some("buyers")))).unwrap();
    assert_eq!(held(), ['a', 'c']);
    state.set_hold(&target(), Some(&"payers".into()), None).unwrap();
    state.set_hold(&Target::from("emporix elsewhere"), None, None).unwrap();
    assert_eq!(held(), ['a', 'c']);
    state.set_hold(&target(), None, Some(&hold('d', None))).unwrap();
    assert_eq!(held(), ['d']);
    state.set_hold(&target(), None, None).unwrap();
    assert!(held().is_empty());
}

#[test]
fn the_kept_head_is_read_without_changing_anything() {
    let world = World::new();
    assert_eq!(kept_head(world.path(), "test").unwrap(), None);
    assert!(!world.path().join("lock").exists(), "nothing is made");
    let head = Head { count: 7, hash: "ab".repeat(32) };
    let state = world.open();
    state.set_journal_head(&head).unwrap();
    assert!(matches!(kept_head(world.path(), "test"), Err(StateError::InUse { .. })));
    drop(state);
    assert_eq!(kept_head(world.path(), "test").unwrap(), Some(head));
    fs::write(world.file("flushed"), "99").unwrap();
    assert!(matches!(kept_head(world.path(), "test"), Err(StateError::Damaged { .. })));
    assert!(world.aside().is_empty(), "it is not set aside by one who only looks");
}
