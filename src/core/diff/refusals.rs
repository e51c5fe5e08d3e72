//! Additions that the provider would refuse, or take and do nothing: told of and withheld, so that a plan shows as a
//! change only what an apply can keep.

use std::collections::{BTreeMap, BTreeSet};

use super::GroupDiff;
use crate::core::model::{Addition, Looked, UserId};
use crate::core::plan::{Action, Change, GroupPlan, Plan, Problem, Why, Withheld};

/// The word for an account that is switched off: the wire contract of company v3 asks not to add it.
pub const INACTIVE: &str = "inactive-user";

/// The word for an account that is locked.
pub const LOCKED: &str = "locked-user";

/// The word for a user or a group of another type than the roster says.
pub const WRONG_TYPE: &str = "wrong-user-type";

/// The word for an id that the provider does not know.
pub const UNKNOWN: &str = "unknown-user";

/// The word for additions that go on although nobody could look at the accounts.
pub const UNSEEN: &str = "unchecked-user";

/// Ids named in one line; the others are counted.
const NAMED: usize = 3;

impl GroupDiff<'_> {
    /// Whether an addition would be refused, as far as is known.
    pub(super) fn would_be_refused(&mut self, id: &UserId) -> bool {
        if self.known.is_some_and(|known| !known.contains(id)) {
            let detail = format!(
                "{id} is nobody at {}: the list of all users has no such id; correct the roster",
                self.basis.provider
            );
            self.problem(UNKNOWN, detail);
            return true;
        }
        let concerns = |user: &Option<UserId>, code| match user {
            Some(user) => user == id,
            // The whole group is for others.
            None => code == WRONG_TYPE,
        };
        let refuses = |code| [INACTIVE, LOCKED, WRONG_TYPE].contains(&code);
        self.live.remarks.iter().any(|remark| refuses(remark.code) && concerns(&remark.user, remark.code))
    }
}

/// Whom a plan would add.
#[must_use]
pub fn additions(plan: &Plan) -> BTreeSet<Addition> {
    let of_group = |group: &GroupPlan| {
        let ids = group.changes.iter().filter_map(added);
        ids.map(|id| (id.clone(), group.user_type)).collect::<Vec<_>>()
    };
    plan.groups.iter().flat_map(of_group).collect()
}

/// Withholds the additions against which a look at the accounts spoke, and says whose account could not be looked at.
pub fn refuse(plan: &mut Plan, looked: &Looked) {
    let mut nobody: BTreeMap<UserId, String> = BTreeMap::new();
    for group in &mut plan.groups {
        let mut unseen: Vec<&UserId> = Vec::new();
        for change in std::mem::take(&mut group.changes) {
            let against = added(&change).and_then(|id| looked.against.get(&(id.clone(), group.user_type)));
            if let Some(remark) = against {
                if remark.code == UNKNOWN {
                    nobody.extend(added(&change).cloned().zip(Some(remark.detail.clone())));
                }
                group.problems.push(Problem { code: remark.code, detail: remark.detail.clone() });
                group.withheld.push(Withheld { change, why: Why::Held });
                continue;
            }
            let known = added(&change).and_then(|id| looked.unseen.get_key_value(id));
            unseen.extend(known.map(|(id, _)| id));
            group.changes.push(change);
        }
        group.problems.extend(told_unseen(&unseen, looked));
    }
    // Of anybody else, a place that they had before is given back even where a new one is not.
    for owed in &mut plan.owed {
        owed.block = nobody.get(&owed.place.user).cloned();
    }
}

fn added(change: &Change) -> Option<&UserId> {
    change.id.as_ref().filter(|_| change.action == Action::Add)
}

/// One line a group: mostly what went wrong went wrong with all of them.
fn told_unseen(unseen: &[&UserId], looked: &Looked) -> Option<Problem> {
    let why = looked.unseen.get(*unseen.first()?)?;
    let named: Vec<&str> = unseen.iter().take(NAMED).map(|id| id.as_str()).collect();
    let more = unseen.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let detail = format!(
        "nobody could look whether {}{more} can be added, so the provider may refuse it: {why}",
        named.join(", ")
    );
    Some(Problem { code: UNSEEN, detail })
}
