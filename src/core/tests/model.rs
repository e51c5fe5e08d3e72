//! The contract said a second time, as plainly as it can be and sharing nothing with the code it judges.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::world::World;
use crate::core::expand::Subject;
use crate::core::model::{Found, PersonHandle, UserId};
use crate::core::roster::{Bounds, Group, Member, PersonId, Roster, Who};

/// One way by which a list names somebody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way {
    pub line: u32,
    pub via: Vec<String>,
    pub from: Option<Date>,
    pub until: Option<Date>,
}

/// Everybody whom a list names on a day by any way at all. Recursive, and as slow as there are ways.
pub fn named(
    roster: &Roster,
    members: &[Member],
    day: Date,
    owner: &dyn Fn(&UserId) -> Option<PersonHandle>,
) -> BTreeMap<Subject, BTreeSet<Way>> {
    let mut found = BTreeMap::new();
    follow(roster, members, day, owner, &mut Vec::new(), &mut found);
    found
}

/// A line on the way: its bounds, and the team it leads to.
type Step = (Bounds, String);

fn follow(
    roster: &Roster,
    members: &[Member],
    day: Date,
    owner: &dyn Fn(&UserId) -> Option<PersonHandle>,
    steps: &mut Vec<Step>,
    found: &mut BTreeMap<Subject, BTreeSet<Way>>,
) {
    for member in members {
        let Bounds { from, until } = member.bounds;
        if from.is_some_and(|from| from > day) || until.is_some_and(|until| until < day) {
            continue;
        }
        let subject = match &member.who {
            Who::Team(team) => {
                steps.push((member.bounds, team.to_string()));
                follow(roster, &roster.teams[team].members, day, owner, steps, found);
                steps.pop();
                continue;
            }
            Who::Person(person) => Subject::Person(person.clone()),
            Who::Id(id) => match owner(id) {
                Some(person) => Subject::Person(person),
                None => Subject::Id(id.clone()),
            },
        };
        if let Subject::Person(person) = &subject
            && roster.people[person].until.is_some_and(|until| until < day)
        {
            continue;
        }
        let bounds = || steps.iter().map(|(bounds, _)| *bounds).chain([member.bounds]);
        let way = Way {
            line: member.place.line,
            via: steps.iter().map(|(_, team)| team.clone()).collect(),
            from: bounds().filter_map(|bounds| bounds.from).max(),
            until: bounds().filter_map(|bounds| bounds.until).min(),
        };
        found.entry(subject).or_default().insert(way);
    }
}

/// Who should be in a group on a day.
pub fn wanted(
    roster: &Roster,
    group: &Group,
    day: Date,
    owner: &dyn Fn(&UserId) -> Option<PersonHandle>,
) -> BTreeSet<Subject> {
    let except = named(roster, &group.except, day, owner);
    let named = named(roster, &group.members, day, owner);
    named.into_keys().filter(|subject| !except.contains_key(subject)).collect()
}

/// Who is who, told the long way round.
#[derive(Debug, Default)]
pub struct Known {
    /// People with an id that is nobody else's and in no doubt.
    pub sure: BTreeMap<UserId, PersonHandle>,
    /// Ids that may be somebody's who could not be identified.
    pub doubtful: BTreeSet<UserId>,
    /// People without an id.
    pub lost: BTreeSet<PersonHandle>,
}

pub fn who_is_who(world: &World) -> Known {
    let mut claims: Vec<(PersonHandle, UserId)> = Vec::new();
    let mut known = Known::default();
    for (handle, person) in &world.roster.people {
        let last = world.remembered.identities.get(handle);
        match (person.ids.get(&world.provider), world.live.found.get(handle)) {
            (Some(PersonId::Id(id)), _) => claims.push((handle.clone(), id.clone())),
            (_, Some(Found::One(id))) => {
                // Every login of these worlds is HANDLE.login.
                let same_key = last.is_some_and(|last| last.key == Some(format!("{handle}.login")));
                match last.filter(|last| same_key && last.id != *id) {
                    Some(last) => {
                        known.doubtful.extend([id.clone(), last.id.clone()]);
                        known.lost.insert(handle.clone());
                    }
                    None => claims.push((handle.clone(), id.clone())),
                }
            }
            (_, Some(Found::Many(ids))) => {
                known.doubtful.extend(ids.iter().cloned());
                known.lost.insert(handle.clone());
            }
            _ => drop(known.lost.insert(handle.clone())),
        }
    }
    for (person, id) in &claims {
        if claims.iter().any(|(other, theirs)| other != person && theirs == id) {
            known.doubtful.insert(id.clone());
            known.lost.insert(person.clone());
        }
    }
    for (person, id) in claims {
        if !known.doubtful.contains(&id) {
            known.sure.insert(id, person);
        }
    }
    known
}
