//! Places that earlier runs freed for moves that are not made now either. They are given back whatever is held: that
//! rosterd gives back what it took itself is no change that a rule should keep anybody waiting for.

use std::collections::BTreeMap;

use super::moves::At;
use super::{Bench, Weighed};
use crate::core::model::{GroupHandle, UserId};
use crate::core::moves::Part;
use crate::core::plan::{Action, Cause, Change, Owed, Problem};
use crate::core::policy::recall::{OPEN, given_back};

/// What becomes of a place that is owed.
enum Debt {
    /// It is not due: the move is made after all, or the person has or gets a place that is kept apart from it.
    Waits,
    /// It is given back now.
    Due,
    /// It cannot be.
    Barred(String),
}

impl Bench<'_> {
    /// Adds what is given back to what is sent, once everything else is decided; and says what cannot be.
    pub(super) fn give_back(&mut self, approved: bool) -> BTreeMap<At, Part> {
        let mut parts = BTreeMap::new();
        for owed in self.case.plan.owed.clone() {
            match self.debt(&owed, approved) {
                Debt::Waits => {}
                Debt::Barred(why) => self.say_owed(&owed, &why),
                Debt::Due => {
                    let number = self.case.plan.groups.iter().position(|it| it.group == owed.place.group);
                    let Some(number) = number else { continue };
                    let Some(group) = self.groups.get_mut(number) else { continue };
                    let change = Change {
                        action: Action::Add,
                        person: owed.person,
                        id: Some(owed.place.user),
                        cause: Cause::Roster,
                        because: vec![given_back(owed.place.place, &owed.to)],
                    };
                    parts.insert((number, group.len()), Part::GivesBack(owed.of));
                    group.push(Weighed { change, rule: None, after_approval: false });
                }
            }
        }
        parts
    }

    /// Says that nothing is given back, since nothing is sent at all.
    pub(super) fn keep_owing(&mut self, why: &str) {
        for owed in self.case.plan.owed.clone() {
            self.say_owed(&owed, why);
        }
    }

    fn debt(&self, owed: &Owed, approved: bool) -> Debt {
        let (mover, _) = &owed.of;
        let enters = |group: &GroupHandle| self.enters(group, owed, &owed.place.user, approved);
        // The addition of the move gives it back by itself, should it be refused.
        let is_made = self.enters(&owed.to, owed, mover, approved);
        let is_elsewhere = enters(&owed.place.group) || owed.apart.iter().any(enters);
        let mut passing = self.moves.iter().filter(|it| self.passes(Some(it.add), approved));
        let may_return = passing.any(|it| {
            let mut places = it.way.gives_back.iter().map(|back| &back.place);
            places.any(|place| place.user == owed.place.user && owed.apart.contains(&place.group))
        });
        match &owed.block {
            _ if is_made || is_elsewhere || may_return => Debt::Waits,
            Some(why) => Debt::Barred(why.clone()),
            None => Debt::Due,
        }
    }

    /// Whether a user, or the person whose place it was, is added to a group by this run.
    fn enters(&self, group: &GroupHandle, owed: &Owed, user: &UserId, approved: bool) -> bool {
        let groups = self.case.plan.groups.iter().zip(&self.groups);
        let mut changes =
            groups.filter(|(plan, _)| plan.group == *group).flat_map(|(_, weighed)| weighed.iter());
        changes.any(|it| {
            let is_theirs = it.change.id.as_ref() == Some(user)
                || (owed.person.is_some() && it.change.person == owed.person);
            is_theirs && it.change.action == Action::Add && it.passes(approved)
        })
    }

    fn say_owed(&mut self, owed: &Owed, why: &str) {
        let Owed { to, place, .. } = owed;
        let who = owed.person.as_ref().map_or_else(|| place.user.to_string(), ToString::to_string);
        let when = owed.at.strftime("%Y-%m-%d %H:%M");
        let detail = format!(
            "the place of {who} here was freed for a move to {to} on {when} (UTC) that was not completed, and cannot \
             be given back now: {why}"
        );
        let mut groups = self.case.plan.groups.iter_mut();
        if let Some(group) = groups.find(|group| group.group == place.group) {
            group.problems.push(Problem { code: OPEN, detail });
        }
    }
}
