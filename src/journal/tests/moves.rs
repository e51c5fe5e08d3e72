//! Moves that the trail tells of.

use super::*;
use crate::core::moves::PastMove;
use crate::journal::{MoveTo, open_moves};
use verify::Outcome::{Applied, Failed, Unknown};

fn to_new() -> Vec<MoveTo> {
    vec![MoveTo { group_id: GroupId::new("g2").unwrap(), id: UserId::new("u1").unwrap() }]
}

/// The place in g1 that is left for g2.
fn freed() -> Intent {
    Intent { for_moves: to_new(), ..plain_intent("u1", Action::Remove, Cause::Roster) }
}

fn added(group: &str) -> Intent {
    Intent { group_id: GroupId::new(group).unwrap(), ..plain_intent("u1", Action::Add, Cause::Roster) }
}

/// What is open after these changes, each with what came of it: `u1 to g2 from g1`.
fn open(after: u64, changes: &[(Intent, Option<verify::Outcome>)]) -> Vec<String> {
    let mut lines = Vec::new();
    for (seq, (intent, result)) in (1..).step_by(2).zip(changes) {
        let at = at("2026-11-20T10:00:00Z");
        lines.push(Line { at, seq, record: Record::Intent(intent.clone()) });
        lines.extend(result.map(|result| Line { at, seq: seq + 1, record: outcome(seq, result) }));
    }
    let moves = open_moves(&lines, after).remove(&target()).unwrap_or_default();
    let from = |past: &PastMove| {
        past.from.iter().map(|(group, _)| group.as_str().to_owned()).collect::<Vec<_>>().join(" and ")
    };
    moves.iter().map(|past| format!("{} to {} from {}", past.user, past.to, from(past))).collect()
}

#[test]
fn a_place_that_was_freed_is_owed_until_the_move_is_made_or_it_is_given_back() {
    for result in [Some(Applied), Some(Unknown), None] {
        assert_eq!(open(0, &[(freed(), result)]), ["u1 to g2 from g1"], "{result:?}");
    }
    assert!(open(0, &[(freed(), Some(Failed))]).is_empty());
    let end = |group, result| open(0, &[(freed(), Some(Applied)), (added(group), result)]);
    for group in ["g1", "g2"] {
        assert!(end(group, Some(Applied)).is_empty(), "{group}");
        for result in [Some(Failed), Some(Unknown), None] {
            assert_eq!(end(group, result), ["u1 to g2 from g1"], "{group} {result:?}");
        }
    }
    assert_eq!(end("g3", Some(Applied)), ["u1 to g2 from g1"]);
    let plain = plain_intent("u1", Action::Remove, Cause::Roster);
    assert!(open(0, &[(plain, Some(Applied))]).is_empty(), "nobody was to move");
    assert!(open(1, &[(freed(), Some(Applied))]).is_empty(), "the state knows of it");
}

#[test]
fn a_move_out_of_two_places_is_one_move() {
    let third = Intent { group_id: GroupId::new("g3").unwrap(), ..freed() };
    let both = [(freed(), Some(Applied)), (third, Some(Applied)), (added("g1"), Some(Applied))];
    assert_eq!(open(0, &both[..2]), ["u1 to g2 from g1 and g3"]);
    assert_eq!(open(0, &both), ["u1 to g2 from g3"]);
}
