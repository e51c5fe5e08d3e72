//! What earlier moves left behind, brought into today's plan.
//!
//! A move that was refused is not tried again until the roster changes: whoever stayed stays, and a place
//! that could not be given back then is given back now. A move that was interrupted is completed; refused now,
//! it still gives back what an earlier run freed, and so it does when it is held: see `guard::owed`.

use super::ways::{Free, Return};
use super::{Apart, ApartRule, apart, written_owners};
use crate::core::model::{GroupHandle, GroupId, Live, PersonHandle, ProviderName, UserId};
use crate::core::moves::PastMove;
use crate::core::plan::{Action, Because, Change, GroupPlan, Owed, Plan, Problem, Why, Withheld};
use crate::core::remembered::Remembered;
use crate::core::roster::{Group, GroupBinding, Place, Roster};

/// The code of a move that this run can neither complete nor give back.
pub const OPEN: &str = "move-open";

/// The code of a move that the provider refused, and that waits for another roster.
pub const REFUSED: &str = "move-refused";

/// Brings the moves of earlier runs into a plan.
pub fn recall(roster: &Roster, live: &Live, remembered: &Remembered, plan: &mut Plan) {
    let sets = apart(roster);
    for (key, past) in &remembered.moves {
        match recall_one(roster, &sets, (live, remembered), past, plan) {
            Recalled::Kept => {}
            Recalled::Settled => plan.past_moves.push(key.clone()),
        }
    }
}

/// Whether a move is still worth remembering.
#[derive(PartialEq, Eq)]
enum Recalled {
    Kept,
    Settled,
}

/// A group of the plan that a move left, by its index, with what keeps it apart from where it goes.
struct Left {
    index: usize,
    id: GroupId,
    free: Free,
    is_live: bool,
}

fn recall_one(
    roster: &Roster,
    sets: &[Apart<'_>],
    (live, remembered): (&Live, &Remembered),
    past: &PastMove,
    plan: &mut Plan,
) -> Recalled {
    let index = |id: &GroupId| plan.groups.iter().position(|group| group.id.as_ref() == Some(id));
    let is_live = |group: &GroupPlan, user: &UserId| {
        live.groups.get(&group.group).is_some_and(|live| live.members.contains(user))
    };
    let Some(to) = index(&past.to) else {
        let Some(to) = managed(roster, remembered, plan, &past.to) else { return Recalled::Settled };
        // Not read, or not part of this run.
        say_open(roster, (live, remembered), past, to, plan);
        return Recalled::Kept;
    };
    let Some(target) = plan.groups.get(to) else { return Recalled::Kept };
    if is_live(target, &past.user) {
        return Recalled::Settled;
    }
    let person = person_of(roster, remembered, &plan.provider, past);
    let froms: Vec<usize> = past.from.iter().filter_map(|(id, _)| index(id)).collect();
    let Some(now) = goes_to(sets, plan, to, past, person.as_ref(), &froms) else { return Recalled::Settled };
    let Some(target) = plan.groups.get(now) else { return Recalled::Kept };
    let (target, provider) = (target.group.clone(), plan.provider.clone());
    let left = past.from.iter().filter_map(|(id, user)| {
        let index = index(id)?;
        let group = plan.groups.get(index)?;
        let (rule, place) = kept_apart(sets, &provider, &target, &group.group)?;
        let set_at = roster.show(place).into();
        let free = Free { group: group.group.clone(), user: user.clone(), rule, place, set_at };
        Some(Left { index, id: id.clone(), free, is_live: is_live(group, user) })
    });
    let left: Vec<Left> = left.collect();
    let stays = !left.is_empty() && left.iter().all(|left| left.is_live);
    // A place that was not seen may be owed all the same.
    let is_hidden = |id: &GroupId| index(id).is_none() && managed(roster, remembered, plan, id).is_some();
    let is_blind = past.from.iter().any(|(id, _)| is_hidden(id));
    let refused = past.refused.as_deref().filter(|_| past.revision == *roster.revision && now == to);
    match refused {
        Some(_) if left.is_empty() && !is_blind => return Recalled::Settled,
        Some(why) => hold(plan, to, past, &left, why),
        None if stays => return Recalled::Settled,
        None => owe(plan, now, past, &left),
    }
    let freed = left.into_iter().filter(|left| !left.is_live);
    plan.owed.extend(freed.map(|Left { id, free, .. }| Owed {
        of: (past.user.clone(), past.to.clone()),
        to: target.clone(),
        at: past.at,
        person: person.clone(),
        place: free,
        group_id: id,
        apart: Vec::new(),
        block: None,
        settles: refused.is_none(),
    }));
    Recalled::Kept
}

/// The group that the roster wants the person in now: that of the move, or another one that is kept apart from where
/// they were.
fn goes_to(
    sets: &[Apart<'_>],
    plan: &Plan,
    to: usize,
    past: &PastMove,
    person: Option<&PersonHandle>,
    froms: &[usize],
) -> Option<usize> {
    let handle = |at: usize| plan.groups.get(at).map(|group| &group.group);
    let is_apart = |at: usize| {
        let mut froms = froms.iter().filter_map(|from| handle(*from));
        froms.any(|from| handle(at).is_some_and(|it| kept_apart(sets, &plan.provider, it, from).is_some()))
    };
    let is_wanted = |at: &usize| plan.groups.get(*at).is_some_and(|group| wants(group, past, person));
    let mut others = (0..plan.groups.len()).filter(|at| !froms.contains(at) && is_apart(*at));
    Some(to).filter(is_wanted).or_else(|| others.find(is_wanted))
}

/// The group of the plan's provider that has this id, or had it the last time, where the roster still names it.
fn managed<'a>(
    roster: &'a Roster,
    remembered: &Remembered,
    plan: &Plan,
    id: &GroupId,
) -> Option<&'a GroupHandle> {
    let mut groups = roster.groups.get(&plan.provider).into_iter().flatten();
    let is_it = |group: &Group| match &group.binding {
        GroupBinding::Id(bound) => bound == id,
        GroupBinding::Name(name) => remembered.names.get(name) == Some(id),
    };
    groups.find(|(_, group)| is_it(group)).map(|(handle, _)| handle)
}

/// Says where somebody came from that an interrupted move is open, while nobody can see whether it was made. The
/// place is not given back meanwhile: the person may be in the new one.
fn say_open(
    roster: &Roster,
    (live, remembered): (&Live, &Remembered),
    past: &PastMove,
    to: &GroupHandle,
    plan: &mut Plan,
) {
    let person = person_of(roster, remembered, &plan.provider, past);
    let who = person.map_or_else(|| past.user.to_string(), |person| person.to_string());
    let when = past.at.strftime("%Y-%m-%d %H:%M");
    for group in plan.groups.iter_mut().filter(|group| group.unreadable.is_none()) {
        let place = past.from.iter().find(|(id, _)| group.id.as_ref() == Some(id));
        let is_live = |user| live.groups.get(&group.group).is_some_and(|live| live.members.contains(user));
        if place.is_some_and(|(_, user)| !is_live(user)) {
            let detail = format!(
                "the move of {who} from here to {to} is open since {when} (UTC) and that group was not read in this run: \
                 {who} may be in neither; an apply that reads both completes it or gives the place back"
            );
            group.problems.push(Problem { code: OPEN, detail });
        }
    }
}

/// Whose move it is, as far as the roster or a look-up says.
fn person_of(
    roster: &Roster,
    remembered: &Remembered,
    provider: &ProviderName,
    past: &PastMove,
) -> Option<PersonHandle> {
    let found = || remembered.identities.iter().find(|(_, identity)| identity.id == past.user);
    let written = written_owners(roster, provider).remove(&past.user);
    written.or_else(|| found().map(|(person, _)| person.clone()))
}

/// Whether the person is to be in a group. Whoever cannot be identified now is wanted all the same.
fn wants(group: &GroupPlan, past: &PastMove, person: Option<&PersonHandle>) -> bool {
    let withheld = group.withheld.iter().map(|it| &it.change);
    let mut additions = group.changes.iter().chain(withheld).filter(|it| it.action == Action::Add);
    additions.any(|it| match &it.id {
        Some(id) => *id == past.user,
        None => person.is_some() && it.person.as_ref() == person,
    })
}

/// What keeps two groups of one provider apart, and where the first of them says so. Groups that are apart
/// only by way of a third, which the person was in as well, have the place of the second.
fn kept_apart(
    sets: &[Apart<'_>],
    provider: &ProviderName,
    one: &GroupHandle,
    other: &GroupHandle,
) -> Option<(ApartRule, Place)> {
    let side = |set: &Apart<'_>, group: &GroupHandle| {
        let mut sides = set.groups.iter();
        sides.find(|it| it.provider == provider && it.group == group).map(|side| side.place)
    };
    let both = |set: &Apart<'_>| side(set, other).and(side(set, one)).map(|place| (set.rule.clone(), place));
    let second = |set: &Apart<'_>| side(set, other).map(|place| (set.rule.clone(), place));
    sets.iter().find_map(both).or_else(|| sets.iter().find_map(second))
}

/// A refused move: the addition waits for another roster, and so does every removal that made room for it.
fn hold(plan: &mut Plan, to: usize, past: &PastMove, left: &[Left], why: &str) {
    let target = plan.groups.get(to).map(|group| group.group.clone());
    let Some(target) = target else { return };
    let when = past.at.strftime("%Y-%m-%d %H:%M");
    if let Some(group) = plan.groups.get_mut(to) {
        let person = withhold(group, Action::Add, &past.user).and_then(|change| change.person);
        let who = person.map_or_else(|| past.user.to_string(), |person| person.to_string());
        let detail = format!(
            "the move of {who} here was refused on {when} (UTC) and is not tried again until the roster changes: {why}"
        );
        group.problems.push(Problem { code: REFUSED, detail });
    }
    for left in left.iter().filter(|left| left.is_live) {
        let Some(group) = plan.groups.get_mut(left.index) else { continue };
        if let Some(change) = withhold(group, Action::Remove, &left.free.user) {
            let who = change.person.map_or_else(|| past.user.to_string(), |person| person.to_string());
            let detail = format!("{who} stays here: the move to {target} was refused on {when} (UTC)");
            group.problems.push(Problem { code: REFUSED, detail });
        }
    }
}

/// Takes a change out of those that would be sent.
fn withhold(group: &mut GroupPlan, action: Action, user: &UserId) -> Option<Change> {
    let at = group.changes.iter().position(|it| it.action == action && it.id.as_ref() == Some(user))?;
    let change = group.changes.remove(at);
    group.withheld.push(Withheld { change: change.clone(), why: Why::Held });
    Some(change)
}

/// An interrupted move: should the addition be refused, the places that were freed then are given back.
fn owe(plan: &mut Plan, to: usize, past: &PastMove, left: &[Left]) {
    let freed = left.iter().filter(|left| !left.is_live);
    let owed = freed.map(|left| Return { place: left.free.clone(), apart: Vec::new() });
    if let Some(group) = plan.groups.get_mut(to) {
        let way = group.demands.ways.entry(past.user.clone()).or_default();
        way.gives_back.extend(owed);
    }
}

/// Why a place is given back.
#[must_use]
pub fn given_back(place: Place, to: &GroupHandle) -> Because {
    let reason = format!("given back: the move to {to} was not completed");
    Because { place, via: [].into(), from: None, until: None, reason: Some(reason.into()) }
}
