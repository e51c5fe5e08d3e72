//! The last 24 hours, as the guard counts them.

use super::*;

const NOW: &str = "2026-11-20T12:00:00Z";

fn line(seq: u64, time: &str, record: Record) -> Line {
    Line { at: at(time), seq, record }
}

fn removal(seq: u64, time: &str, change: impl FnOnce(&mut Intent)) -> Line {
    let mut intent = plain_intent("u1", Action::Remove, Cause::Drift);
    change(&mut intent);
    line(seq, time, Record::Intent(intent))
}

fn counted(lines: &[Line]) -> usize {
    recent(lines, &target(), at(NOW)).removals.values().sum()
}

#[test]
fn removals_count_for_a_day() {
    assert_eq!(counted(&[removal(1, "2026-11-20T11:00:00Z", |_| ())]), 1);
    assert_eq!(counted(&[removal(1, "2026-11-19T12:00:00Z", |_| ())]), 1);
    assert_eq!(counted(&[removal(1, "2026-11-19T11:59:59Z", |_| ())]), 0);
}

#[test]
fn additions_approved_ones_and_other_targets_do_not_count() {
    let time = "2026-11-20T11:00:00Z";
    assert_eq!(counted(&[removal(1, time, |intent| intent.action = Action::Add)]), 0);
    assert_eq!(counted(&[removal(1, time, |intent| intent.approved = Some("3f9c".into()))]), 0);
    assert_eq!(counted(&[removal(1, time, |intent| intent.target = Target::from("other"))]), 0);
}

#[test]
fn only_a_failed_removal_did_not_happen() {
    let time = "2026-11-20T11:00:00Z";
    let with = |result| [removal(1, time, |_| ()), line(2, time, outcome(1, result))];
    assert_eq!(counted(&with(verify::Outcome::Applied)), 1);
    assert_eq!(counted(&with(verify::Outcome::Unknown)), 1);
    assert_eq!(counted(&with(verify::Outcome::Failed)), 0);
    // The last word counts.
    let mut lines = with(verify::Outcome::Unknown).to_vec();
    lines.push(line(3, time, outcome(1, verify::Outcome::Failed)));
    assert_eq!(counted(&lines), 0);
}

#[test]
fn removals_are_counted_by_group() {
    let time = "2026-11-20T11:00:00Z";
    let lines = [
        removal(1, time, |_| ()),
        removal(2, time, |_| ()),
        removal(3, time, |intent| intent.group_id = GroupId::new("g2").unwrap()),
    ];
    let removals = recent(&lines, &target(), at(NOW)).removals;
    assert_eq!(removals[&GroupId::new("g1").unwrap()], 2);
    assert_eq!(removals[&GroupId::new("g2").unwrap()], 1);
}

#[test]
fn leavers_are_people_over_all_targets() {
    let time = "2026-11-20T11:00:00Z";
    let leaver = |seq, person: &str, elsewhere: bool| {
        removal(seq, time, |intent| {
            intent.cause = Cause::Leaver;
            intent.person = Some(person.into());
            if elsewhere {
                intent.target = Target::from("other");
            }
        })
    };
    let approved = removal(9, time, |intent| {
        intent.cause = Cause::Leaver;
        intent.person = Some("eve".into());
        intent.approved = Some("3f9c".into());
    });
    let lines = [
        leaver(1, "bob", false),
        leaver(2, "bob", true),
        leaver(3, "zoe", true),
        leaver(4, "ann", false),
        approved,
        line(5, time, outcome(4, verify::Outcome::Failed)),
    ];
    let recent = recent(&lines, &target(), at(NOW));
    assert_eq!(recent.leavers, ["bob".into(), "zoe".into()].into());
    assert!(recent.removals.is_empty());
}
