//! What the guard counts over the last 24 hours, and what rosterd removed since a read. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::record::{Line, Record};
use crate::core::model::{GroupId, Target, UserId};
use crate::core::plan::{Action, Cause};
use crate::core::remembered::Recent;
use crate::core::verify;

/// Counts the removals of the last 24 hours that no approval covered: those of one target by group, and the
/// leavers of all. An intent counts unless its last outcome is that it failed, since what is unknown
/// may have been done. `lines` must reach back a day, and may reach further.
#[must_use]
pub fn recent(lines: &[Line], target: &Target, now: Timestamp) -> Recent {
    let from = now.saturating_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN);
    let verdicts = verdicts(lines);
    let mut recent = Recent::default();
    for line in lines.iter().filter(|line| line.at >= from) {
        let Record::Intent(intent) = &line.record else { continue };
        let failed = verdicts.get(&line.seq) == Some(&verify::Outcome::Failed);
        if intent.action != Action::Remove || intent.approved.is_some() || failed {
            continue;
        }
        match (&intent.person, intent.cause) {
            (Some(person), Cause::Leaver) => {
                recent.leavers.insert(person.clone());
            }
            _ if intent.target == *target => {
                *recent.removals.entry(intent.group_id.clone()).or_default() += 1;
            }
            _ => (),
        }
    }
    recent
}

/// Whom rosterd removed from a group, or may have: intents count unless their last outcome is that they failed.
/// Whom it was seen to add again afterwards it has not removed.
#[must_use]
pub fn removed(lines: &[Line], target: &Target, group: &GroupId) -> BTreeSet<UserId> {
    let verdicts = verdicts(lines);
    let mut removed = BTreeSet::new();
    for line in lines {
        let Record::Intent(intent) = &line.record else { continue };
        if intent.target != *target || intent.group_id != *group {
            continue;
        }
        match (intent.action, verdicts.get(&line.seq)) {
            (Action::Remove, Some(verify::Outcome::Failed)) => {}
            (Action::Remove, _) => drop(removed.insert(intent.id.clone())),
            (Action::Add, Some(verify::Outcome::Applied)) => drop(removed.remove(&intent.id)),
            (Action::Add, _) => {}
        }
    }
    removed
}

/// The last word on each intent.
pub(super) fn verdicts(lines: &[Line]) -> BTreeMap<u64, verify::Outcome> {
    let outcomes = lines.iter().filter_map(|line| match &line.record {
        Record::Outcome(outcome) => Some((outcome.of, outcome.result)),
        _ => None,
    });
    outcomes.collect()
}
