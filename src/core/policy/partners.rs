//! A run of one group alone: whoever moves between it and another group is moved whole, or not at all.
//!
//! Such a run reads and plans every group of its provider that people may move to or from, and keeps of those
//! plans what belongs to moves of people of the named group. So nobody loses one place without being let into
//! the other, and a move that an earlier run left open is completed or given back.

use std::collections::{BTreeMap, BTreeSet};

use super::{apart, beside, recall, waiting};
use crate::core::expand::Subject;
use crate::core::model::{GroupHandle, GroupId, PersonHandle, ProviderName, UserId};
use crate::core::moves::{MoveKey, PastMove};
use crate::core::plan::{Action, Change, GroupPlan, Plan};
use crate::core::roster::Roster;

/// What is said of moves in a group: it stays where the group is only taken along.
const CODES: [&str; 3] = [recall::OPEN, recall::REFUSED, waiting::CODE];

/// A group, and those of its provider between which and it people may move: kept apart from it, or from one
/// of those.
#[must_use]
pub fn with<'a>(
    roster: &'a Roster,
    provider: &ProviderName,
    group: &GroupHandle,
) -> BTreeSet<&'a GroupHandle> {
    let named = roster.groups.get(provider).and_then(|groups| groups.get_key_value(group));
    let mut reached: BTreeSet<&GroupHandle> = named.map(|(named, _)| named).into_iter().collect();
    let sets: Vec<BTreeSet<&GroupHandle>> = apart(roster)
        .into_iter()
        .map(|set| set.groups.into_iter().filter(|side| side.provider == provider))
        .map(|sides| sides.map(|side| side.group).collect())
        .collect();
    loop {
        let before = reached.len();
        for set in sets.iter().filter(|set| !set.is_disjoint(&reached)).collect::<Vec<_>>() {
            reached.extend(set);
        }
        if reached.len() == before {
            return reached;
        }
    }
}

/// Leaves in the other groups of a plan what belongs to moves of people of the named one; groups in which nothing
/// is left are left out.
pub fn keep(named: &GroupHandle, earlier: &BTreeMap<MoveKey, PastMove>, plan: &mut Plan) {
    let movers = Movers::of(named, earlier, plan);
    for group in plan.groups.iter_mut().filter(|group| group.group != *named) {
        group.changes.retain(|change| movers.has(change));
        group.withheld.retain(|withheld| movers.has(&withheld.change));
        group.problems.retain(|problem| CODES.contains(&problem.code));
        group.demands.ways.retain(|user, _| movers.ids.contains(user));
        group.along_with = Some(named.clone());
    }
    let is_unread = plan.groups.iter().any(|group| group.group == *named && group.unreadable.is_some());
    let ways = plan.groups.iter().flat_map(|group| group.demands.ways.values());
    plan.owed.retain(|owed| movers.ids.contains(&owed.of.0));
    let places = ways.flat_map(|way| &way.gives_back).map(|owed| &owed.place);
    let places = places.chain(plan.owed.iter().map(|owed| &owed.place));
    let owed: BTreeSet<GroupHandle> = places.map(|place| place.group.clone()).collect();
    plan.groups.retain(|group| {
        let is_open = || group.problems.iter().any(|problem| problem.code == recall::OPEN);
        let has_part = !group.changes.is_empty() || !group.withheld.is_empty() || owed.contains(&group.group);
        group.along_with.is_none() || has_part || (is_unread && is_open())
    });
}

/// Whoever would leave a group for one of another provider stays: a run of one group lets nobody in there.
pub fn stay(roster: &Roster, plan: &mut Plan, others: &[&Plan]) {
    let Plan { provider, groups, .. } = plan;
    for group in groups {
        let handle = group.group.clone();
        let beside = beside(roster, &|at, it| at == provider && *it == handle);
        for (other, to) in others.iter().flat_map(|other| other.groups.iter().map(move |to| (other, to))) {
            if !beside.contains(&(&other.provider, &to.group)) {
                continue;
            }
            let additions = changes(to).filter(|change| change.action == Action::Add);
            let wanted = additions.filter_map(|change| change.person.clone().map(Subject::Person)).collect();
            let until =
                format!("until an apply without --group moves them to {}/{}", other.provider, to.group);
            waiting::stay(group, &wanted, &until);
        }
    }
}

/// Who of the named group moves, by handle and by id.
#[derive(Default)]
struct Movers {
    people: BTreeSet<PersonHandle>,
    ids: BTreeSet<UserId>,
}

impl Movers {
    fn of(named: &GroupHandle, earlier: &BTreeMap<MoveKey, PastMove>, plan: &Plan) -> Self {
        let mut concerned = Self::default();
        let id = plan.groups.iter().find(|group| group.group == *named).and_then(|group| group.id.as_ref());
        let is_here = |group: &GroupId| Some(group) == id;
        for past in earlier.values() {
            if is_here(&past.to) || past.from.iter().any(|(group, _)| is_here(group)) {
                concerned.ids.insert(past.user.clone());
                concerned.ids.extend(past.from.iter().map(|(_, user)| user.clone()));
            }
        }
        for change in plan.groups.iter().filter(|group| group.group == *named).flat_map(changes) {
            concerned.add(change);
        }
        // Whoever is let in nowhere does not move.
        let mut movers = Self::default();
        let additions = plan.groups.iter().flat_map(changes).filter(|it| it.action == Action::Add);
        for change in additions.filter(|change| concerned.has(change)) {
            movers.add(change);
        }
        // A person may be known by another id where they come from.
        let theirs = plan.groups.iter().flat_map(changes).filter(|change| movers.has(change));
        let ids: Vec<UserId> = theirs.filter_map(|change| change.id.clone()).collect();
        movers.ids.extend(ids);
        movers
    }

    fn add(&mut self, change: &Change) {
        self.people.extend(change.person.clone());
        self.ids.extend(change.id.clone());
    }

    fn has(&self, change: &Change) -> bool {
        change.person.as_ref().is_some_and(|person| self.people.contains(person))
            || change.id.as_ref().is_some_and(|id| self.ids.contains(id))
    }
}

/// Every change of a group, sent or not.
fn changes(group: &GroupPlan) -> impl Iterator<Item = &Change> {
    group.changes.iter().chain(group.withheld.iter().map(|withheld| &withheld.change))
}
