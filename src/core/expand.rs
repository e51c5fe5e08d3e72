//! Teams and dates -> who should be in a group on a given day, and why.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use super::model::{PersonHandle, TeamHandle, UserId};
use super::plan::Because;
use super::roster::{Bounds, Group, Member, Roster, Who};

/// Somebody who should be in a group: a person, or an id that is nobody's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A person of the roster.
    Person(PersonHandle),
    /// A provider's id that belongs to no person of the roster.
    Id(UserId),
}

/// Who is meant, and every reason for it, in the order of the roster.
pub type Expansion = BTreeMap<Subject, Vec<Because>>;

/// Whom an id belongs to, at the provider of the group.
pub type Owner<'a> = &'a dyn Fn(&UserId) -> Option<PersonHandle>;

/// Whether a person's last day has passed, on the day in question.
pub type HasLeft<'a> = &'a dyn Fn(&PersonHandle) -> bool;

/// Who should be in `group` on `day`, the exceptions taken out.
#[must_use]
pub fn members(roster: &Roster, group: &Group, day: Date, owner: Owner<'_>) -> Expansion {
    by_subject(reasons(roster, group, day, owner, &|person| roster.has_left(person, day)))
}

/// The same as a list in the order of subjects, one entry for each reason: for a million memberships
/// this is a good deal less than a map of lists. `has_left` is asked once for each reference.
#[must_use]
pub fn reasons(
    roster: &Roster,
    group: &Group,
    day: Date,
    owner: Owner<'_>,
    has_left: HasLeft<'_>,
) -> Vec<(Subject, Because)> {
    let mut wanted = walk(roster, &group.members, Some(day), owner, has_left);
    if !group.except.is_empty() {
        let except = walk(roster, &group.except, Some(day), owner, has_left);
        let except: BTreeSet<Subject> = except.into_iter().map(|(subject, _)| subject).collect();
        wanted.retain(|(subject, _)| !except.contains(subject));
    }
    // Stable: of one subject, the reasons stay in the order of the roster.
    wanted.sort_by(|(one, _), (other, _)| one.cmp(other));
    wanted
}

/// Everybody whom `group` names on any day at all, the exceptions left in.
#[must_use]
pub fn ever(roster: &Roster, group: &Group, owner: Owner<'_>) -> Expansion {
    by_subject(walk(roster, &group.members, None, owner, &|_| false))
}

/// Everybody whom `group` excepts on any day at all.
#[must_use]
pub fn excepted(roster: &Roster, group: &Group, owner: Owner<'_>) -> Expansion {
    by_subject(walk(roster, &group.except, None, owner, &|_| false))
}

/// Everybody whom `group` excepts on `day`, of those who have not left.
#[must_use]
pub fn excepted_on(roster: &Roster, group: &Group, day: Date, owner: Owner<'_>) -> Expansion {
    by_subject(walk(roster, &group.except, Some(day), owner, &|person| roster.has_left(person, day)))
}

fn by_subject(reasons: Vec<(Subject, Because)>) -> Expansion {
    let mut all = Expansion::new();
    for (subject, because) in reasons {
        match all.entry(subject) {
            Entry::Occupied(mut known) => known.get_mut().push(because),
            // Most have one reason: room for one, not for the four that a first push takes.
            Entry::Vacant(new) => {
                new.insert(vec![because]);
            }
        }
    }
    all
}

/// Everybody whom a list of references names: on `day`, those who have not left; or on any day at all.
#[must_use]
pub fn list(roster: &Roster, members: &[Member], day: Option<Date>, owner: Owner<'_>) -> Expansion {
    let has_left = |person: &PersonHandle| day.is_some_and(|day| roster.has_left(person, day));
    by_subject(walk(roster, members, day, owner, &has_left))
}

/// A team is entered for so many different bounds at most. Who is found does not depend on it: a walk
/// for one day enters a team only while it is within bounds, and a walk for all days heeds none. What
/// is lost are further reasons for what already has this many.
const BOUNDS_KEPT: usize = 8;

/// Of a longer way only so many teams are kept at each end, so that a chain of teams, each with people
/// of its own, costs what its length is and not the square of it.
const ENDS_KEPT: usize = 8;

/// Stands for the teams left out of a long way.
const LEFT_OUT: &str = "…";

/// One list of members that is being walked.
struct Frame<'a> {
    members: std::slice::Iter<'a, Member>,
    via: Arc<[TeamHandle]>,
    bounds: Bounds,
    reason: Option<Arc<str>>,
}

/// Walks members and the teams among them, with a stack of its own so that no depth can exhaust it.
/// A team is entered once for the same bounds, so that diamonds cost nothing.
fn walk(
    roster: &Roster,
    members: &[Member],
    day: Option<Date>,
    owner: Owner<'_>,
    has_left: HasLeft<'_>,
) -> Vec<(Subject, Because)> {
    let mut found = Vec::new();
    let mut entered = Entered::new();
    let root =
        Frame { members: members.iter(), via: Arc::default(), bounds: Bounds::default(), reason: None };
    let mut stack = vec![root];
    while let Some(frame) = stack.last_mut() {
        let Some(member) = frame.members.next() else {
            stack.pop();
            continue;
        };
        let bounds = frame.bounds.and(member.bounds);
        if day.is_some_and(|day| !bounds.contains(day)) {
            continue;
        }
        let reason = member.reason.clone().or_else(|| frame.reason.clone());
        let subject = match &member.who {
            Who::Team(team) => {
                if let Some(inner) = roster.teams.get(team)
                    && enter(&mut entered, team, bounds)
                {
                    let via = longer(&frame.via, team);
                    stack.push(Frame { members: inner.members.iter(), via, bounds, reason });
                }
                continue;
            }
            Who::Person(person) => Subject::Person(person.clone()),
            Who::Id(id) => owner(id).map_or_else(|| Subject::Id(id.clone()), Subject::Person),
        };
        if matches!(&subject, Subject::Person(person) if has_left(person)) {
            continue;
        }
        let Bounds { from, until } = bounds;
        let via = Arc::clone(&frame.via);
        let because = Because { place: member.place, via, from, until, reason };
        found.push((subject, because));
    }
    found
}

/// The bounds for which each team was entered.
type Entered<'a> = BTreeMap<&'a TeamHandle, Vec<Bounds>>;

fn enter<'a>(entered: &mut Entered<'a>, team: &'a TeamHandle, bounds: Bounds) -> bool {
    let before = entered.entry(team).or_default();
    let enters = before.len() < BOUNDS_KEPT && !before.contains(&bounds);
    if enters {
        before.push(bounds);
    }
    enters
}

/// The way one team further, its middle left out once it is long.
fn longer(via: &[TeamHandle], team: &TeamHandle) -> Arc<[TeamHandle]> {
    if via.len() < 2 * ENDS_KEPT {
        return via.iter().chain([team]).cloned().collect();
    }
    let (first, rest) = via.split_at(ENDS_KEPT);
    let last = &rest[rest.len() + 1 - ENDS_KEPT..];
    let left_out = TeamHandle::from(LEFT_OUT);
    first.iter().chain([&left_out]).chain(last).chain([team]).cloned().collect()
}
