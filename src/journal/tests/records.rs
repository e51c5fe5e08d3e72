//! What interrupted runs did, noted in the records of groups.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::core::remembered::GroupRecord;
use crate::journal::catch_up;

const MADE: &str = "2026-11-20T10:00:00Z";

fn users(ids: &[&str]) -> BTreeSet<UserId> {
    ids.iter().map(|id| UserId::new(id).unwrap()).collect()
}

/// Who is owned and who is from before, after these changes, each with its time, what it did and what came of it.
fn after(changes: &[(&str, Intent, Option<verify::Outcome>)]) -> (BTreeSet<UserId>, BTreeSet<UserId>) {
    let record = GroupRecord {
        at: at(MADE),
        day: "2026-11-20".parse().unwrap(),
        owned: users(&["u1"]),
        first: users(&["u7"]),
        absent: BTreeMap::new(),
        hold_first: false,
    };
    let group = GroupId::new("g1").unwrap();
    let mut records = BTreeMap::from([(group.clone(), record)]);
    let mut lines = Vec::new();
    for (seq, (time, intent, result)) in (1..).step_by(2).zip(changes) {
        lines.push(Line { at: at(time), seq, record: Record::Intent(intent.clone()) });
        lines.extend(result.map(|result| Line { at: at(time), seq: seq + 1, record: outcome(seq, result) }));
    }
    catch_up(&lines, &target(), &mut records);
    let record = records.remove(&group).unwrap();
    (record.owned, record.first)
}

#[test]
fn what_stands_since_the_record_was_made_is_noted() {
    use verify::Outcome::{Applied, Failed, Unknown};

    let later = "2026-11-20T11:00:00Z";
    let removal = || plain_intent("u1", Action::Remove, Cause::Roster);
    let addition = |cause| plain_intent("u2", Action::Add, cause);
    let as_before = (users(&["u1"]), users(&["u7"]));
    assert_eq!(after(&[(later, removal(), Some(Applied))]).0, users(&[]));
    for unseen in [Some(Failed), Some(Unknown), None] {
        assert_eq!(after(&[(later, removal(), unseen)]), as_before);
    }
    assert_eq!(after(&[("2026-11-20T09:59:59Z", removal(), Some(Applied))]), as_before, "the record knows");
    assert_eq!(after(&[(later, addition(Cause::Roster), Some(Applied))]).0, users(&["u1", "u2"]));
    let from_before = plain_intent("u7", Action::Remove, Cause::First);
    assert_eq!(after(&[(later, from_before, Some(Applied))]).1, users(&[]));
    let put_back = after(&[(later, addition(Cause::First), Some(Applied))]);
    assert_eq!(put_back, (users(&["u1"]), users(&["u2", "u7"])), "an undo puts back what was from before");
    let given_back = plain_intent("u1", Action::Add, Cause::Roster);
    assert_eq!(after(&[(later, removal(), Some(Applied)), (later, given_back, Some(Applied))]), as_before);
    let elsewhere = Intent { target: Target::from("other"), ..removal() };
    assert_eq!(after(&[(later, elsewhere, Some(Applied))]), as_before);
}
