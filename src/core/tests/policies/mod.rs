//! Policies on the plan and on what is live: what they hold, what they say, in which order places are freed.

mod apart;
mod counts;
pub(crate) mod laws;
mod looks;
mod memory;
mod owed;
mod providers;

use super::world::{World, lines, references};
use crate::core::guard::Judged;
use crate::core::moves::{self, Step};
use crate::core::plan::Action;
use crate::core::roster::{Place, Placed, Separation};

const NONE: [&str; 0] = [];

impl World {
    fn on(mut self, day: &str) -> Self {
        self.day = super::world::date(day);
        self
    }

    pub(crate) fn must_contain(self, handle: &str, references: &[&str]) -> Self {
        self.with(handle, |group| group.policies.must_contain = super::world::references(references))
    }

    pub(crate) fn min_members(self, handle: &str, value: usize) -> Self {
        let place = Place { file: 0, line: 90 };
        self.with(handle, |group| group.policies.min_members = Some(Placed { value, place }))
    }

    pub(crate) fn max_members(self, handle: &str, value: usize) -> Self {
        let place = Place { file: 0, line: 91 };
        self.with(handle, |group| group.policies.max_members = Some(Placed { value, place }))
    }

    /// All of these carry one label.
    pub(crate) fn exclusive(self, label: &str, handles: &[&str]) -> Self {
        handles.iter().fold(self, |world, handle| {
            let place = Place { file: 0, line: 92 };
            world.with(handle, |it| it.policies.exclusive = Some(Placed { value: label.into(), place }))
        })
    }

    /// Groups written `provider/group`.
    pub(crate) fn separate(mut self, groups: &[&str]) -> Self {
        let groups = groups.iter().map(|group| group.split_once('/').unwrap());
        let groups = groups.map(|(provider, group)| (provider.into(), group.into())).collect();
        self.roster.separations.push(Separation { groups, place: Place { file: 0, line: 93 } });
        self
    }
}

/// The order in which things are sent: `free g -u-1`.
fn order(judged: &Judged) -> Vec<String> {
    let phases = moves::phases(&judged.approved).into_iter();
    let lines = phases.flat_map(|phase| {
        let step = match phase.step {
            Step::Add => "add",
            Step::Free => "free",
            Step::Take => "take",
            Step::Remove => "remove",
        };
        let sends = phase.sends.into_iter().map(move |send| {
            let sign = if send.change.change.action == Action::Add { '+' } else { '-' };
            format!("{step} {} {sign}{}", send.group.handle, send.change.user)
        });
        sends.collect::<Vec<_>>()
    });
    lines.collect()
}

/// What the plan says of a group besides its changes.
fn problems(judged: &Judged, handle: &str) -> Vec<String> {
    let group = judged.plan.groups.iter().find(|group| group.group.as_str() == handle).unwrap();
    group.problems.iter().map(|problem| format!("{}: {}", problem.code, problem.detail)).collect()
}

fn of(judged: &Judged, handle: &str) -> Vec<String> {
    lines(judged.plan.groups.iter().find(|group| group.group.as_str() == handle).unwrap())
}

/// Two groups of one label, applied before; `ann` is in the first and wanted in the second, `bob` and `cem`
/// stay where they are.
pub(crate) fn moving() -> World {
    World::new()
        .people(&["ann", "bob", "cem"])
        .group("old", &["bob"])
        .group("new", &["ann", "cem"])
        .exclusive("role", &["old", "new"])
        .live("old", &["u-ann", "u-bob"])
        .live("new", &["u-cem"])
        .applied("old", "2026-11-20", &["u-ann", "u-bob"], &[])
        .applied("new", "2026-11-20", &["u-cem"], &[])
}

fn wanted(world: World, handle: &str, members: &[&str]) -> World {
    world.with(handle, |group| group.members = references(members))
}
