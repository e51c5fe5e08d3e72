//! Moves to a group that could not be read, or into which somebody cannot be added: whoever is to move stays where
//! they are until it can be, so that nobody is left in neither.

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
        let beside = beside(roster, plan, to);
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
        let until = format!("{to}, where the roster wants them instead, can be read");
        for from in plan.groups.iter_mut().filter(|from| beside.contains(&from.group)) {
            stay(from, &until, &is_wanted);
        }
    }
}

/// Withholds the removals that would make room for additions that are known to be impossible.
pub fn keep(roster: &Roster, plan: &mut Plan) {
    let is_addition = |it: &&Withheld| it.change.action == Action::Add && it.why == Why::Held;
    let impossible = plan.groups.iter().filter_map(|group| {
        let changes: Vec<Change> =
            group.withheld.iter().filter(is_addition).map(|it| it.change.clone()).collect();
        (!changes.is_empty()).then(|| (group.group.clone(), changes))
    });
    for (to, impossible) in impossible.collect::<Vec<_>>() {
        let beside = beside(roster, plan, &to);
        let is_theirs = |change: &Change| {
            let same =
                |it: &Change| it.id == change.id || (it.person.is_some() && it.person == change.person);
            impossible.iter().any(same)
        };
        let until = format!("they can be added to {to}");
        for from in plan.groups.iter_mut().filter(|from| beside.contains(&from.group)) {
            stay(from, &until, &is_theirs);
        }
    }
}

/// The groups of the same provider that a group is kept apart from.
fn beside(roster: &Roster, plan: &Plan, to: &GroupHandle) -> BTreeSet<GroupHandle> {
    let sides = apart(roster).into_iter().map(|set| set.groups);
    let here = sides.map(|sides| {
        sides.into_iter().filter(|side| *side.provider == plan.provider).map(|side| side.group.clone())
    });
    let sets = here.map(Iterator::collect::<BTreeSet<GroupHandle>>).filter(|set| set.contains(to));
    sets.flatten().filter(|group| group != to).collect()
}

fn stay(from: &mut GroupPlan, until: &str, is_theirs: &dyn Fn(&Change) -> bool) {
    let changes = std::mem::take(&mut from.changes);
    let moves = |change: &Change| change.action == Action::Remove && is_theirs(change);
    let (waiting, changes): (Vec<Change>, Vec<Change>) = changes.into_iter().partition(moves);
    from.changes = changes;
    for change in waiting {
        let person = change.person.as_ref().map(ToString::to_string);
        let who = person.or_else(|| change.id.as_ref().map(ToString::to_string)).unwrap_or_default();
        let detail = format!("{who} stays here until {until}");
        from.problems.push(Problem { code: CODE, detail });
        from.withheld.push(Withheld { change, why: Why::Held });
    }
}
