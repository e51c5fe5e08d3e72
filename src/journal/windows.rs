//! What the guard counts over the last 24 hours. Pure.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::record::{Line, Record};
use crate::core::model::Target;
use crate::core::plan::{Action, Cause};
use crate::core::remembered::Recent;
use crate::core::verify;

/// Counts the removals of the last 24 hours that no approval covered: those of one target by group, and the
/// leavers of all. An intent counts unless its last outcome is that it failed, since what is unknown
/// may have been done. `lines` must reach back a day, and may reach further.
#[must_use]
pub fn recent(lines: &[Line], target: &Target, now: Timestamp) -> Recent {
    let from = now.saturating_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN);
    let mut verdicts = BTreeMap::new();
    for line in lines {
        if let Record::Outcome(outcome) = &line.record {
            verdicts.insert(outcome.of, outcome.result);
        }
    }
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
