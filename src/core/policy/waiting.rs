//! Moves to a group that could not be read: whoever is to move stays where they are until it can be, so that nobody
//! is left in neither.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::apart;
use crate::core::expand::{self, Subject};
use crate::core::model::{GroupHandle, UserId};
use crate::core::plan::{Action, Change, GroupPlan, Plan, Problem, Why, Withheld};
use crate::core::roster::Roster;
use crate::core::wanted::Identities;

/// The word for a move that waits.
pub const CODE: &str = "move-waits";

/// Withholds the removals that would make room for additions to groups that were not read.
pub fn withhold(roster: &Roster, day: Date, identities: &Identities, plan: &mut Plan) {
    let unread: Vec<GroupHandle> =
        plan.groups.iter().filter(|plan| plan.unreadable.is_some()).map(|plan| plan.group.clone()).collect();
    for to in &unread {
        let Some(group) = roster.groups.get(&plan.provider).and_then(|groups| groups.get(to)) else {
            continue;
        };
        let sides = apart(roster).into_iter().map(|set| set.groups);
        let here = sides.map(|sides| {
            sides.into_iter().filter(|side| *side.provider == plan.provider).map(|side| side.group.clone())
        });
        let sets = here.map(Iterator::collect::<BTreeSet<GroupHandle>>).filter(|set| set.contains(to));
        let beside: BTreeSet<GroupHandle> = sets.flatten().filter(|group| group != to).collect();
        if beside.is_empty() {
            continue;
        }
        let owner = |id: &UserId| identities.owner(id).cloned();
        let wanted = expand::members(roster, group, day, &owner);
        let is_wanted = |change: &Change| {
            let person = change.person.clone().map(Subject::Person);
            let id = change.id.clone().map(Subject::Id);
            person.into_iter().chain(id).any(|subject| wanted.contains_key(&subject))
        };
        for from in plan.groups.iter_mut().filter(|from| beside.contains(&from.group)) {
            stay(from, to, &is_wanted);
        }
    }
}

fn stay(from: &mut GroupPlan, to: &GroupHandle, is_wanted: &dyn Fn(&Change) -> bool) {
    let changes = std::mem::take(&mut from.changes);
    let moves = |change: &Change| change.action == Action::Remove && is_wanted(change);
    let (waiting, changes): (Vec<Change>, Vec<Change>) = changes.into_iter().partition(moves);
    from.changes = changes;
    for change in waiting {
        let person = change.person.as_ref().map(ToString::to_string);
        let who = person.or_else(|| change.id.as_ref().map(ToString::to_string)).unwrap_or_default();
        let detail = format!("{who} stays here until {to}, where the roster wants them instead, can be read");
        from.problems.push(Problem { code: CODE, detail });
        from.withheld.push(Withheld { change, why: Why::Held });
    }
}
