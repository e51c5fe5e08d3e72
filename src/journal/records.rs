//! What the records of groups do not tell yet: changes of runs that were interrupted before they wrote them. Pure.

use std::collections::BTreeMap;

use super::record::{Line, Record};
use super::windows::verdicts;
use crate::core::model::{GroupId, Target};
use crate::core::record;
use crate::core::remembered::GroupRecord;
use crate::core::verify::Outcome;

/// Notes in each record every change that was sent after the record was made and is known to stand. What a run that
/// came to its end wrote stays as it is by that.
pub fn catch_up(lines: &[Line], target: &Target, records: &mut BTreeMap<GroupId, GroupRecord>) {
    let verdicts = verdicts(lines);
    for line in lines {
        let Record::Intent(intent) = &line.record else { continue };
        if intent.target != *target || verdicts.get(&line.seq) != Some(&Outcome::Applied) {
            continue;
        }
        if let Some(record) = records.get_mut(&intent.group_id).filter(|record| record.at < line.at) {
            record::note(record, intent.action, &intent.id, Some(intent.cause));
        }
    }
}
