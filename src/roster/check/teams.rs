//! Teams, and that none of them contains itself.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::names::Names;
use super::people::twice;
use crate::complaint::{Complaint, Complaints};
use crate::core::model::TeamHandle;
use crate::core::roster::{Member, Team, Who};
use crate::roster::file::{self, Mark, Reference, Whom, Written};

/// Cycles told, and names told of one: teams that are knotted up worse are not understood from a list.
const MOST_CYCLES: usize = 100;
const MOST_NAMES: usize = 50;

/// Every team, under the handle that was defined first.
pub(super) fn check(
    written: &Written,
    names: &Names<'_>,
    complaints: &mut Complaints,
) -> BTreeMap<TeamHandle, Team> {
    let mut first: BTreeMap<TeamHandle, &file::Team> = BTreeMap::new();
    let mut teams = BTreeMap::new();
    for team in &written.teams {
        let handle = TeamHandle::from(&*team.handle);
        match first.entry(handle.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(team);
            }
            Entry::Occupied(entry) => {
                let what = format!("the team `{}`", team.handle);
                complaints.push(twice(written, &what, team.mark, entry.get().mark));
            }
        }
        let members =
            team.members.iter().filter_map(|reference| member(written, names, reference, complaints));
        let members = members.collect();
        teams.entry(handle).or_insert(Team { members, place: written.place(team.mark) });
    }
    complaints.extend(cycles(&first).values().filter_map(|cycle| complain(written, cycle)));
    teams
}

/// A reference whose person or team is defined.
fn member(
    written: &Written,
    names: &Names<'_>,
    reference: &Reference,
    complaints: &mut Complaints,
) -> Option<Member> {
    let found = match &reference.whom {
        Whom::Person(name) => names.person(name).map(Who::Person),
        Whom::Team(name) => names.team(name).map(Who::Team),
        Whom::Id(id) => Err(Some((
            "a team cannot name an id: an id belongs to one provider, a team to none".to_owned(),
            format!("write [people.HANDLE] with ids = {{ PROVIDER = \"{id}\" }}, and the handle here"),
        ))),
    };
    let who = found.map_err(|wrong| {
        complaints.extend(
            wrong.map(|(message, help)| Complaint::new(written.at(reference.mark), message).help(help)),
        );
    });
    let (bounds, reason) = (reference.bounds, reference.reason.clone());
    Some(Member { who: who.ok()?, bounds, reason, place: written.place(reference.mark) })
}

/// Teams that contain each other, from the first by name on, each with the place where it names the next.
type Cycle<'a> = Vec<(&'a str, Mark)>;

/// A team on the way down, and which of its references comes next.
struct Step<'a> {
    team: &'a file::Team,
    next: usize,
}

/// Every way back to a team that a walk through all teams comes upon, each once. No recursion: a roster
/// may nest teams as deep as it likes.
fn cycles<'a>(teams: &BTreeMap<TeamHandle, &'a file::Team>) -> BTreeMap<Vec<&'a str>, Cycle<'a>> {
    let mut found = BTreeMap::new();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for start in teams.values() {
        if done.contains(&*start.handle) {
            continue;
        }
        let mut path = vec![Step { team: start, next: 0 }];
        let mut open = BTreeMap::from([(&*start.handle, 0)]);
        while let Some(step) = path.last_mut() {
            let Some(reference) = step.team.members.get(step.next) else {
                done.insert(&step.team.handle);
                open.remove(&*step.team.handle);
                path.pop();
                continue;
            };
            step.next += 1;
            let Whom::Team(name) = &reference.whom else { continue };
            let Some(team) = teams.get(&**name) else { continue };
            if let Some(depth) = open.get(&**name)
                && found.len() < MOST_CYCLES
            {
                let cycle = rotated(path.get(*depth..).unwrap_or_default());
                found.entry(cycle.iter().map(|(name, _)| *name).collect()).or_insert(cycle);
            } else if !done.contains(&**name) && !open.contains_key(&**name) {
                open.insert(&team.handle, path.len());
                path.push(Step { team, next: 0 });
            }
        }
    }
    found
}

fn rotated<'a>(steps: &[Step<'a>]) -> Cycle<'a> {
    let mut cycle: Cycle<'a> = steps
        .iter()
        .map(|step| {
            let reference = step.team.members.get(step.next.saturating_sub(1));
            (&*step.team.handle, reference.map_or(step.team.mark, |reference| reference.mark))
        })
        .collect();
    let first = cycle.iter().enumerate().min_by_key(|(_, (name, _))| *name).map_or(0, |(at, _)| at);
    cycle.rotate_left(first);
    cycle
}

fn complain(written: &Written, cycle: &Cycle<'_>) -> Option<Complaint> {
    let (first, mark) = *cycle.first()?;
    let mut names: Vec<_> = cycle.iter().take(MOST_NAMES).map(|(name, _)| *name).collect();
    if cycle.len() > MOST_NAMES {
        names.push("…");
    }
    names.push(first);
    let message = format!("these teams contain each other: `{}`", names.join("` -> `"));
    let complaint = Complaint::new(written.at(mark), message).help("remove one of these references");
    Some(match cycle.get(1..).unwrap_or_default().last() {
        Some((_, last)) => complaint.also(written.at(*last), "and back here"),
        None => complaint,
    })
}
