//! Moves to a group that does not take anybody in now, since it could not be read, or does not take this person: who
//! they are is not known there, or the provider would refuse them. Whoever is to move stays where they are until it
//! does, so that nobody is left in neither.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::beside;
use crate::core::expand::{self, Subject};
use crate::core::model::{GroupHandle, UserId};
use crate::core::plan::{Action, Change, GroupPlan, Plan, Problem, Why, Withheld};
use crate::core::roster::Roster;
use crate::core::wanted::Identities;

/// The word for a move that waits.
pub const CODE: &str = "move-waits";

/// Withholds the removals that would make room for additions that are not made: to groups that were not read, and
/// those that are withheld already.
pub fn withhold(roster: &Roster, day: Date, identities: &Identities, plan: &mut Plan) {
    let unread = plan.groups.iter().filter(|group| group.unreadable.is_some());
    for to in unread.map(|group| group.group.clone()).collect::<Vec<_>>() {
        let Some(group) = roster.groups.get(&plan.provider).and_then(|groups| groups.get(&to)) else {
            continue;
        };
        let owner = |id: &UserId| identities.owner(id).cloned();
        let wanted = expand::members(roster, group, day, &owner).into_keys().collect();
        stay_beside(roster, plan, &to, &wanted, "can be read");
    }
    keep(roster, plan);
}

/// Withholds the removals that would make room for additions that are withheld.
pub fn keep(roster: &Roster, plan: &mut Plan) {
    let kept_out = |group: &GroupPlan| {
        let additions = group.withheld.iter().filter(|it| it.change.action == Action::Add);
        let who: BTreeSet<Subject> = additions.flat_map(|it| subjects(&it.change)).collect();
        (!who.is_empty()).then(|| (group.group.clone(), who))
    };
    for (to, who) in plan.groups.iter().filter_map(kept_out).collect::<Vec<_>>() {
        stay_beside(roster, plan, &to, &who, "takes them in");
    }
}

fn stay_beside(roster: &Roster, plan: &mut Plan, to: &GroupHandle, who: &BTreeSet<Subject>, until: &str) {
    let beside = beside_here(roster, plan, to);
    for from in plan.groups.iter_mut().filter(|from| beside.contains(&from.group)) {
        stay(from, who, &format!("until {to}, where the roster wants them instead, {until}"));
    }
}

/// Withholds the removals of these from a group, and says until when.
pub(super) fn stay(from: &mut GroupPlan, waiting: &BTreeSet<Subject>, until: &str) {
    let changes = std::mem::take(&mut from.changes);
    let moves = |change: &Change| {
        change.action == Action::Remove && subjects(change).any(|subject| waiting.contains(&subject))
    };
    let (waiting, changes): (Vec<Change>, Vec<Change>) = changes.into_iter().partition(moves);
    from.changes = changes;
    for change in waiting {
        let person = change.person.as_ref().map(ToString::to_string);
        let who = person.or_else(|| change.id.as_ref().map(ToString::to_string)).unwrap_or_default();
        from.problems.push(Problem { code: CODE, detail: format!("{who} stays here {until}") });
        from.withheld.push(Withheld { change, why: Why::Held });
    }
}

/// The groups of a plan's provider that a group is kept apart from.
fn beside_here(roster: &Roster, plan: &Plan, group: &GroupHandle) -> BTreeSet<GroupHandle> {
    let all = beside(roster, &|provider, it| *provider == plan.provider && it == group);
    let here = all.into_iter().filter(|(provider, other)| **provider == plan.provider && *other != group);
    here.map(|(_, other)| other.clone()).collect()
}

/// Whom a change concerns, as a person and as an id.
fn subjects(change: &Change) -> impl Iterator<Item = Subject> + use<> {
    let person = change.person.clone().map(Subject::Person);
    person.into_iter().chain(change.id.clone().map(Subject::Id))
}
