//! What an apply leaves behind in a group, for the next run's causes and for adoption.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp, civil::Date};

use super::model::{LiveGroup, UserId};
use super::plan::{Action, Cause, Change, GroupPlan};
use super::remembered::GroupRecord;

/// Who was there before rosterd and has been absent for this long, apply after apply, is gone. One read that
/// is a little short proves nothing.
pub const ABSENCE_LASTS: SignedDuration = SignedDuration::from_hours(24);

/// Changes that were seen to stand, and removals that an approval covered.
#[derive(Debug, Default)]
pub struct Standing {
    /// Additions that stand.
    pub added: BTreeSet<UserId>,
    /// Removals that stand.
    pub removed: BTreeSet<UserId>,
    /// Removals that an approval covered, whether they stand or not.
    pub approved: BTreeSet<UserId>,
}

/// The members of a group after an apply.
#[must_use]
pub fn members_after(live: &LiveGroup, standing: &Standing) -> BTreeSet<UserId> {
    let kept = live.members.iter().filter(|id| !standing.removed.contains(*id));
    kept.chain(&standing.added).cloned().collect()
}

/// The record of a group after an apply.
///
/// Adoption goes by membership: what was live and unwanted when an apply first saw the group stays
/// `first` until it is approved, wanted, or gone for [`ABSENCE_LASTS`]. A wanted member that is live is owned from then on.
/// What could not be carried out keeps its cause: a held removal of a member that rosterd had made is no
/// drift the next day, and a date that passed is not settled while its change waits.
#[must_use]
pub fn after(
    plan: &GroupPlan,
    live: &LiveGroup,
    before: Option<&GroupRecord>,
    standing: &Standing,
    at: Timestamp,
    day: Date,
) -> GroupRecord {
    if let (Some(before), true) = (before, plan.unreadable.is_some()) {
        return before.clone();
    }
    // Whoever is missing from a read that may be wrong is not gone by that, unless a person looked.
    let doubted = plan.shrunken.as_ref().filter(|_| standing.approved.is_empty());
    let missing = doubted.map(|shrunken| &shrunken.missing);
    let looked = plan.shrunken.as_ref().filter(|_| !standing.approved.is_empty());
    let there = |id: &UserId| live.members.contains(id) || missing.is_some_and(|them| them.contains(id));
    let candidates: BTreeSet<&UserId> = match before {
        Some(before) => before.first.iter().collect(),
        None => live.members.iter().chain(missing.into_iter().flatten()).collect(),
    };
    let wanted: BTreeSet<&UserId> =
        changes(plan).filter(|it| it.action == Action::Add).filter_map(|it| it.id.as_ref()).collect();
    // Since when each of them is absent, as far as applies have seen.
    let absent = candidates.iter().filter(|id| !there(id)).map(|id| {
        let since = before.and_then(|before| before.absent.get(*id)).copied();
        ((*id).clone(), since.unwrap_or(at))
    });
    let absent: BTreeMap<UserId, Timestamp> = absent.collect();
    let is_gone = |id: &UserId| {
        looked.is_some_and(|shrunken| shrunken.missing.contains(id))
            || absent.get(id).is_some_and(|since| at.duration_since(*since) >= ABSENCE_LASTS)
    };
    let stays_first = |id: &&UserId| {
        !is_gone(id)
            && !wanted.contains(*id)
            && !plan.standing.contains(*id)
            && !standing.removed.contains(*id)
            && !standing.approved.contains(*id)
    };
    let waiting: Vec<&Change> = changes(plan).filter(|change| !stands(change, standing)).collect();
    let waiting_ids: BTreeSet<&UserId> = waiting.iter().filter_map(|change| change.id.as_ref()).collect();
    let stays_owned =
        |id: &&UserId| waiting_ids.contains(id) || (there(id) && !standing.removed.contains(*id));
    let kept = before.into_iter().flat_map(|before| before.owned.iter().filter(stays_owned));
    let date_waits = waiting.iter().any(|change| change.cause == Cause::Date);
    let first: BTreeSet<UserId> = candidates.into_iter().filter(stays_first).cloned().collect();
    GroupRecord {
        at,
        day: before.filter(|_| date_waits).map_or(day, |before| before.day),
        owned: plan.standing.iter().chain(&standing.added).chain(kept).cloned().collect(),
        absent: absent.into_iter().filter(|(id, _)| first.contains(id)).collect(),
        first,
        hold_first: plan.hold_first,
    }
}

/// The record of a group after a run that planned a part of it only, as an undo does: as before, but for what
/// stands of its changes.
#[must_use]
pub fn after_part(plan: &GroupPlan, before: &GroupRecord, standing: &Standing) -> GroupRecord {
    let mut after = before.clone();
    for id in &standing.removed {
        note(&mut after, Action::Remove, id, None);
    }
    for id in &standing.added {
        let change = plan.changes.iter().find(|it| it.action == Action::Add && it.id.as_ref() == Some(id));
        note(&mut after, Action::Add, id, change.map(|change| change.cause));
    }
    after
}

/// Notes a change that stands, made for this cause. What was there before rosterd managed the group and is put back
/// is so again.
pub fn note(record: &mut GroupRecord, action: Action, id: &UserId, cause: Option<Cause>) {
    record.absent.remove(id);
    match (action, cause) {
        (Action::Remove, _) => {
            record.owned.remove(id);
            record.first.remove(id);
        }
        // What the first apply of a group made is owned already.
        (Action::Add, Some(Cause::First)) if !record.owned.contains(id) => {
            record.first.insert(id.clone());
        }
        (Action::Add, _) => {
            record.owned.insert(id.clone());
        }
    }
}

/// Every change of the plan, sent or not.
fn changes(plan: &GroupPlan) -> impl Iterator<Item = &Change> {
    plan.changes.iter().chain(plan.withheld.iter().map(|withheld| &withheld.change))
}

fn stands(change: &Change, standing: &Standing) -> bool {
    let done = match change.action {
        Action::Add => &standing.added,
        Action::Remove => &standing.removed,
    };
    change.id.as_ref().is_some_and(|id| done.contains(id))
}
