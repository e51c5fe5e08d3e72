//! What the audit trail tells of a membership -> what takes it back.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::core::model::{GroupId, UserId};
use crate::core::plan::{Action, Cause};
use crate::core::undo::{Touch, Traced, WhyLeftOut};
use crate::core::verify::Outcome;
use Action::{Add, Remove};

const APPLIED: Option<Outcome> = Some(Outcome::Applied);
const FAILED: Option<Outcome> = Some(Outcome::Failed);
const UNKNOWN: Option<Outcome> = Some(Outcome::Unknown);

/// By `undone` runs or by others, in this order.
fn traced(touches: &[(bool, Action, Option<Outcome>)]) -> Traced {
    let touch = |(undone, action, result): &(bool, Action, Option<Outcome>)| Touch {
        run: if *undone { "undone".into() } else { "other".into() },
        undone: *undone,
        at: Timestamp::UNIX_EPOCH,
        action: *action,
        person: Some("bob".into()),
        cause: Cause::Roster,
        gives_back: false,
        result: *result,
    };
    Traced {
        group: "buyers".into(),
        group_id: GroupId::new("g1").unwrap(),
        user: UserId::new("u1").unwrap(),
        touches: touches.iter().map(touch).collect(),
        names: BTreeSet::new(),
        left: None,
    }
}

fn back(touches: &[(bool, Action, Option<Outcome>)]) -> Result<Option<Action>, WhyLeftOut> {
    let back = traced(touches).back();
    back.map(|back| back.map(|back| back.action)).map_err(|left_out| left_out.why)
}

#[test]
fn what_was_done_is_turned_round() {
    assert_eq!(back(&[(true, Add, APPLIED)]), Ok(Some(Remove)));
    assert_eq!(back(&[(true, Remove, APPLIED)]), Ok(Some(Add)));
}

#[test]
fn what_did_not_happen_is_not_taken_back() {
    assert_eq!(back(&[]), Ok(None));
    assert_eq!(back(&[(true, Add, FAILED)]), Ok(None));
    assert_eq!(back(&[(true, Remove, FAILED), (true, Remove, APPLIED)]), Ok(Some(Add)));
}

#[test]
fn a_place_that_was_given_back_is_as_it_was() {
    assert_eq!(back(&[(true, Remove, APPLIED), (true, Add, APPLIED)]), Ok(None));
    assert_eq!(back(&[(true, Remove, APPLIED), (true, Add, FAILED)]), Ok(Some(Add)));
    let three = [(true, Remove, APPLIED), (true, Add, APPLIED), (true, Remove, APPLIED)];
    assert_eq!(back(&three), Ok(Some(Add)));
}

#[test]
fn what_nobody_knows_is_left_out() {
    assert_eq!(back(&[(true, Add, UNKNOWN)]), Err(WhyLeftOut::UnknownOutcome));
    assert_eq!(back(&[(true, Add, None)]), Err(WhyLeftOut::UnknownOutcome));
    assert_eq!(back(&[(true, Remove, APPLIED), (true, Add, None)]), Err(WhyLeftOut::UnknownOutcome));
}

#[test]
fn what_a_later_run_changed_or_may_have_is_left_out() {
    for result in [APPLIED, UNKNOWN, None] {
        let changed = Err(WhyLeftOut::ChangedSince);
        assert_eq!(back(&[(true, Add, APPLIED), (false, Remove, result)]), changed, "{result:?}");
    }
    assert_eq!(back(&[(true, Add, APPLIED), (false, Remove, FAILED)]), Ok(Some(Remove)));
    // What lies between two of the undone runs is covered by the later of them.
    let between = [(true, Add, APPLIED), (false, Remove, APPLIED), (true, Add, APPLIED)];
    assert_eq!(back(&between), Ok(Some(Remove)));
}

#[test]
fn a_later_run_is_named() {
    let left_out = traced(&[(true, Add, APPLIED), (false, Remove, UNKNOWN)]).back().unwrap_err();
    assert_eq!(left_out.detail, "a later run, other, may have removed it on 1970-01-01 00:00 (UTC)");
    assert_eq!((left_out.action, left_out.person), (Remove, Some("bob".into())));
}

#[test]
fn what_a_later_run_ended_for_a_move_and_gave_back_is_as_it_was() {
    let given_back = [(true, Add, APPLIED), (false, Remove, APPLIED), (false, Add, APPLIED)];
    assert_eq!(back(&given_back), Ok(Some(Remove)), "one run removes and adds only to give back");
    // A crash came between, and another run gave it back.
    let mut by_two = traced(&given_back);
    by_two.touches[2].run = "next".into();
    assert_eq!(by_two.back().unwrap_err().why, WhyLeftOut::ChangedSince);
    by_two.touches[2].gives_back = true;
    assert_eq!(by_two.back().unwrap().unwrap().action, Remove);
    by_two.touches[2].result = FAILED;
    assert_eq!(by_two.back().unwrap_err().why, WhyLeftOut::ChangedSince, "it is not there any more");

    let mut own = traced(&[(true, Remove, APPLIED), (false, Add, APPLIED)]);
    own.touches[1].gives_back = true;
    assert_eq!(own.back(), Ok(None));
}
