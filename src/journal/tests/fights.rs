//! Who undid what, as the journal tells it.

use super::*;
use crate::core::fights::MOST_UNDONE;

const NOW: &str = "2026-11-20T12:00:00Z";

fn line(seq: u64, time: &str, record: Record) -> Line {
    Line { at: at(time), seq, record }
}

/// An addition of `u1` and its outcome, at a time.
fn added(seq: u64, time: &str, result: verify::Outcome) -> [Line; 2] {
    let intent = plain_intent("u1", Action::Add, Cause::Drift);
    [line(seq, time, Record::Intent(intent)), line(seq + 1, time, outcome(seq, result))]
}

fn undone(lines: &[Line], decided: &[Line]) -> usize {
    let pasts = fights(lines, decided, &target(), at(NOW));
    pasts.values().next().map_or(0, |past| past.undone(Action::Add))
}

fn thrice(result: verify::Outcome, first: &str) -> Vec<Line> {
    let days = [first, "2026-11-18T12:00:00Z", "2026-11-19T12:00:00Z"];
    (0_u64..).zip(days).flat_map(|(number, day)| added(number * 2 + 1, day, result)).collect()
}

#[test]
fn three_additions_that_stood_were_undone_when_a_fourth_is_due() {
    assert_eq!(undone(&thrice(verify::Outcome::Applied, "2026-11-17T12:00:00Z"), &[]), MOST_UNDONE);
    for result in [verify::Outcome::Failed, verify::Outcome::Unknown] {
        assert_eq!(undone(&thrice(result, "2026-11-17T12:00:00Z"), &[]), 0, "{result:?}");
    }
}

#[test]
fn other_targets_and_other_memberships_are_other_stories() {
    let mut lines = thrice(verify::Outcome::Applied, "2026-11-17T12:00:00Z");
    let Record::Intent(intent) = &mut lines[0].record else { panic!() };
    intent.target = Target::from("other");
    assert_eq!(undone(&lines, &[]), 0);
    let mut lines = thrice(verify::Outcome::Applied, "2026-11-17T12:00:00Z");
    let Record::Intent(intent) = &mut lines[0].record else { panic!() };
    intent.id = UserId::new("u2").unwrap();
    assert_eq!(undone(&lines, &[]), 0);
}

#[test]
fn what_was_found_undone_more_than_seven_days_ago_counts_no_more() {
    let mut lines = thrice(verify::Outcome::Applied, "2026-11-17T12:00:00Z");
    assert_eq!(undone(&lines, &[]), 3);
    let before = "2026-11-13T11:59:59Z";
    for line in &mut lines[..4] {
        line.at = at(before);
    }
    assert_eq!(undone(&lines, &[]), 0, "found undone before the window, of the three two are left");
}

fn fight(seq: u64, event: RunEvent) -> Line {
    let intent = plain_intent("u1", Action::Add, Cause::Drift);
    let Intent { provider, target, group, group_id, id, .. } = intent;
    let (because, reason, by) = (Vec::new(), "told so".to_owned(), "carol".to_owned());
    let record = Fight { event, provider, target, group, group_id, person: None, id, because, reason, by };
    line(seq, "2026-11-19T13:00:00Z", Record::Fight(record))
}

#[test]
fn a_fight_that_began_lasts_and_one_that_was_resumed_starts_anew() {
    let lines = thrice(verify::Outcome::Applied, "2026-11-17T12:00:00Z");
    let stopped = |decided: &[Line]| {
        let pasts = fights(&lines, decided, &target(), at("2027-11-20T12:00:00Z"));
        pasts.values().any(|past| past.stopped_at().is_some())
    };
    assert!(stopped(&[fight(7, RunEvent::Begin)]), "however long ago");
    assert!(!stopped(&[fight(7, RunEvent::Begin), fight(8, RunEvent::End)]));
    assert_eq!(undone(&lines, &[fight(7, RunEvent::End)]), 0);
}
