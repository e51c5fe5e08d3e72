//! What the roster demands of groups, held against what would be sent; with the approval or without.
//!
//! A removal that is held may keep an addition waiting, and an addition that waits may keep a removal: the
//! rules here are asked again until none holds anything more. Each only ever holds, so that they end.

use super::{Bench, Held, Rule, Weighed};
use crate::core::plan::{Action, Change, GroupPlan};
use crate::core::policy::demands::{Required, Standing};

/// People named in one line; the others are counted.
const NAMED: usize = 3;

impl Bench<'_> {
    /// Holds until nothing more is to be held.
    pub(super) fn settle(&mut self, approved: bool) {
        loop {
            let more = self.hold_moves(approved) + self.hold_additions_beyond(approved);
            let mut held = Vec::new();
            for (plan, weighed) in self.case.plan.groups.iter().zip(&mut self.groups) {
                held.extend(must_contain(plan, weighed, approved));
                held.extend(min_members(plan, weighed, approved));
                held.extend(last_member(plan, weighed, approved));
            }
            if more == 0 && held.is_empty() {
                return;
            }
            for held in held {
                let told = |it: &Held| it.rule == held.rule && it.group == held.group;
                if !self.held.iter().any(told) {
                    self.held.push(held);
                }
            }
        }
    }

    /// Additions beyond what a group may have wait, the last by id first.
    fn hold_additions_beyond(&mut self, approved: bool) -> usize {
        let mut holds = 0;
        for (plan, weighed) in self.case.plan.groups.iter().zip(&mut self.groups) {
            let Some(max) = &plan.demands.max_members else { continue };
            let after = standing(weighed, approved).members(plan.members_now);
            let mut beyond = after.saturating_sub(max.count);
            for it in weighed.iter_mut().rev().filter(|it| it.passes(approved)) {
                if beyond > 0 && it.change.action == Action::Add {
                    it.rule = Some(Rule::MaxMembers);
                    beyond -= 1;
                    holds += 1;
                }
            }
        }
        holds
    }

    /// What additions wait for, told once everything is decided.
    pub(super) fn tell_derived(&mut self, approved: bool) {
        let moves = self.told_moves();
        self.held.extend(moves);
        for (plan, weighed) in self.case.plan.groups.iter().zip(&self.groups) {
            let Some(max) = &plan.demands.max_members else { continue };
            let waiting = weighed.iter().filter(|it| it.rule == Some(Rule::MaxMembers)).count();
            if waiting > 0 {
                let after =
                    standing_of(weighed.iter().filter(|it| it.rule != Some(Rule::MaxMembers)), approved);
                self.held.push(Held {
                    rule: Rule::MaxMembers,
                    group: Some(plan.group.clone()),
                    limit: Some(max.count.to_string()),
                    found: Some((after.members(plan.members_now) + waiting).to_string()),
                    set_at: Some(max.set_at.clone()),
                });
            }
        }
    }
}

/// Somebody who must be in the group would not be.
pub(super) fn must_contain(plan: &GroupPlan, weighed: &mut [Weighed], approved: bool) -> Option<Held> {
    let missing = plan.demands.missing(&standing(weighed, approved));
    let first = missing.first()?;
    let found = Some(names(&missing));
    let set_at = Some(first.set_at.clone());
    hold(weighed, Rule::MustContain, approved).then(|| Held {
        rule: Rule::MustContain,
        group: Some(plan.group.clone()),
        limit: None,
        found,
        set_at,
    })
}

/// Fewer would be left than must be.
pub(super) fn min_members(plan: &GroupPlan, weighed: &mut [Weighed], approved: bool) -> Option<Held> {
    let min = plan.demands.min_members.as_ref()?;
    let after = standing(weighed, approved).members(plan.members_now);
    (after < min.count && hold(weighed, Rule::MinMembers, approved)).then(|| Held {
        rule: Rule::MinMembers,
        group: Some(plan.group.clone()),
        limit: Some(min.count.to_string()),
        found: Some(after.to_string()),
        set_at: Some(min.set_at.clone()),
    })
}

/// What is sent would leave nobody. Whoever moves in does so only after others have left, and may be refused:
/// that keeps nobody company.
pub(super) fn last_member(plan: &GroupPlan, weighed: &mut [Weighed], approved: bool) -> Option<Held> {
    let passing = |action| weighed.iter().filter(move |it| it.passes(approved) && it.change.action == action);
    let moves_in = |it: &&Weighed| it.change.id.as_ref().is_some_and(|id| plan.demands.ways.contains_key(id));
    let additions = passing(Action::Add).filter(|it| !moves_in(it)).count();
    let removals = passing(Action::Remove).count();
    if plan.allow_empty || removals < plan.members_now + additions {
        return None;
    }
    hold(weighed, Rule::LastMember, approved).then(|| Held {
        rule: Rule::LastMember,
        group: Some(plan.group.clone()),
        limit: None,
        found: Some(format!("{0} of {0}", plan.members_now)),
        set_at: None,
    })
}

/// Holds every removal that nothing holds yet; whether there is any. Beside what was approved, it takes an
/// approval of its own.
fn hold(weighed: &mut [Weighed], rule: Rule, approved: bool) -> bool {
    let mut any = false;
    for it in weighed.iter_mut().filter(|it| it.is_free(Action::Remove)) {
        it.rule = Some(rule);
        it.after_approval = approved;
        any = true;
    }
    any
}

fn standing(weighed: &[Weighed], approved: bool) -> Standing<'_> {
    standing_of(weighed.iter(), approved)
}

fn standing_of<'a>(weighed: impl Iterator<Item = &'a Weighed>, approved: bool) -> Standing<'a> {
    Standing::of(weighed.filter(|it| it.passes(approved)).map(|it| -> &Change { &it.change }))
}

fn names(missing: &[&Required]) -> String {
    let named: Vec<&str> = missing.iter().take(NAMED).map(|required| &*required.who).collect();
    match missing.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
