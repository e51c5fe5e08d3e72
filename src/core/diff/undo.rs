//! Taking back what earlier runs changed -> a plan like any other, with what is left out of it and why.
//!
//! The plan rests on the same reads and the same identities as one for the roster, and goes to the same guard.

use std::collections::{BTreeSet, HashSet};

use super::past::subject;
use super::{Basis, GroupDiff, Wish, bindings, left, readable};
use crate::core::expand;
use crate::core::model::{GroupHandle, Live, PersonHandle, UserId};
use crate::core::plan::{Action, Because, Cause, Change, GroupPlan, Plan};
use crate::core::roster::{Bounds, GroupBinding, Member, Membership, Who};
use crate::core::undo::edits::{Edit, Said};
use crate::core::undo::{Back, LeftOut, Traced, WhyLeftOut};

/// What takes earlier changes back.
#[derive(Debug)]
pub struct TakenBack {
    /// The changes.
    pub plan: Plan,
    /// What is beside the plan.
    pub aside: Aside,
}

/// What an undo says beside its plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aside {
    /// What is left out.
    pub left_out: Vec<LeftOut>,
    /// What the roster must say for every change to last.
    pub edits: Vec<Edit>,
}

/// The plan that takes these memberships back, at one provider; only groups of `scope` that hold one.
#[must_use]
pub fn undo(
    basis: Basis<'_>,
    live: &Live,
    traced: &[Traced],
    scope: &dyn Fn(&GroupHandle) -> bool,
) -> TakenBack {
    let groups = basis.roster.groups.get(basis.provider);
    let bindings = bindings(live);
    let people_left = left(basis);
    let mut rest: Vec<&Traced> = traced.iter().collect();
    let (mut plans, mut aside) = (Vec::new(), Aside::default());
    let known = live.users_known.as_ref();
    for (handle, group) in groups.into_iter().flatten().filter(|(handle, _)| scope(handle)) {
        let read = readable(live, &bindings, handle);
        let is_bound =
            |traced: &Traced| matches!(&group.binding, GroupBinding::Id(id) if *id == traced.group_id);
        let (here, others): (Vec<&Traced>, Vec<&Traced>) = rest.into_iter().partition(|traced| match &read {
            Ok(live) => live.id == traced.group_id,
            Err(_) => traced.group == *handle || is_bound(traced),
        });
        rest = others;
        if here.is_empty() {
            continue;
        }
        match read {
            Ok(live) => {
                let diff = GroupDiff::new(basis, handle, group, live, known);
                plans.push(diff.take_back(&people_left, &here, &mut aside));
            }
            Err(why) => {
                aside.leave_out(
                    &here,
                    WhyLeftOut::Unreadable,
                    &format!("the group could not be read: {why}"),
                );
                plans.push(GroupPlan { unreadable: Some(why), ..GroupPlan::empty(handle, group) });
            }
        }
    }
    aside.leave_out(&rest, WhyLeftOut::NotManaged, "the roster does not name this group any more");
    let (provider, target) = (basis.provider.clone(), basis.target.clone());
    let plan = Plan { provider, target, groups: plans, past_moves: Vec::new(), owed: Vec::new() };
    TakenBack { plan, aside }
}

impl Aside {
    fn leave_out(&mut self, traced: &[&Traced], why: WhyLeftOut, detail: &str) {
        for traced in traced {
            match traced.back() {
                Ok(None) => {}
                Ok(Some(Back { action, person, .. })) => {
                    self.left_out.push(traced.left_out(action, person, why, detail.to_owned()));
                }
                Err(left_out) => self.left_out.push(left_out),
            }
        }
    }
}

impl GroupDiff<'_> {
    fn take_back(
        mut self,
        people_left: &HashSet<&PersonHandle>,
        traced: &[&Traced],
        aside: &mut Aside,
    ) -> GroupPlan {
        let Basis { roster, day, .. } = self.basis;
        let owner = |id: &UserId| self.past.owner(id);
        let has_left = |person: &PersonHandle| people_left.contains(person);
        let reasons = expand::reasons(roster, self.group, day, &owner, &has_left);
        let wanted = self.wanted(&reasons);
        // Whom the roster wants and nobody knows is no matter of the undo, unless a removal waits for it.
        self.plan.withheld.clear();
        let unknown = std::mem::take(&mut self.plan.problems);
        let hidden = self.hidden();
        self.unsure |= !hidden.is_empty();
        let (mut additions, mut removals) = (Vec::new(), Vec::new());
        for traced in traced {
            match self.change(traced, &wanted) {
                Ok(None) => {}
                Ok(Some(change)) if change.action == Action::Add => additions.push((&traced.user, change)),
                Ok(Some(change)) => removals.push((&traced.user, change)),
                Err(left_out) => aside.left_out.push(left_out),
            }
        }
        let wishes: BTreeSet<&UserId> = additions.iter().map(|(id, _)| *id).collect();
        let wishes = wishes.into_iter().map(|id| Wish { id, person: None, because: &[] });
        self.remark(&wishes.collect::<Vec<_>>());
        for (id, change) in additions {
            self.plan_addition(id, change);
        }
        let mut waits = false;
        for (id, change) in removals {
            waits |= self.plan_removal(id, change);
        }
        if waits {
            self.plan.problems.extend(unknown);
            self.report_hidden(&hidden);
        }
        self.report_move();
        self.shrink();
        // A person asks for this once: it neither waits for the end of a fight nor is it one.
        self.plan.fights.clear();
        self.plan.demands = super::Demands::of(self.basis, self.group, self.live, &|id| self.past.owner(id));
        aside.edits.extend(self.edits(&wanted));
        self.plan
    }

    /// What takes one membership back, or why it is left out.
    fn change(&self, traced: &Traced, wanted: &[Wish<'_>]) -> Result<Option<Change>, LeftOut> {
        let Some(back) = traced.back()? else { return Ok(None) };
        let is_member = self.live.members.contains(&traced.user);
        let person = self.whose_now(traced, &back);
        let leave_out =
            |why, detail: String| traced.left_out(back.action, person.clone().ok().flatten(), why, detail);
        match (back.action, is_member) {
            (Action::Add, true) => {
                let detail = "changed since: the membership is there again".to_owned();
                return Err(leave_out(WhyLeftOut::ChangedSince, detail));
            }
            (Action::Remove, false) => {
                let detail = "changed since: the membership is not there any more".to_owned();
                return Err(leave_out(WhyLeftOut::ChangedSince, detail));
            }
            (Action::Add, false) | (Action::Remove, true) => {}
        }
        if back.action == Action::Add
            && let Some(detail) = self.left(traced, &back)
        {
            return Err(leave_out(WhyLeftOut::Left, detail));
        }
        let person = match &person {
            Ok(person) => person.clone(),
            Err(detail) => {
                let why = WhyLeftOut::IdentityChanged;
                return Err(traced.left_out(back.action, back.person.clone(), why, detail.clone()));
            }
        };
        let cause = self.cause_of(traced, &back, person.as_ref());
        let because = vec![self.because_of(traced, &back, person.as_ref(), wanted)];
        Ok(Some(Change { action: back.action, person, id: Some(traced.user.clone()), cause, because }))
    }

    /// Whose membership it is now. The trail's person who is known by another id, or by none, is not taken for
    /// this one: only a membership of nobody may still be ended.
    fn whose_now(&self, traced: &Traced, back: &Back) -> Result<Option<PersonHandle>, String> {
        let Basis { identities, roster, .. } = self.basis;
        let owner = identities.owner(&traced.user);
        let last = identities.last_owner(&traced.user);
        if let Some(then) = back.person.as_ref().filter(|then| roster.people.contains_key(*then))
            && owner != Some(then)
            && (owner.is_some() || back.action == Action::Add)
        {
            return Err(match (owner, identities.id_of(then)) {
                (Some(owner), _) => format!("the id was {then}'s and is {owner}'s now"),
                (None, Ok(id)) => format!("{then} is known as {id} now"),
                (None, Err(why)) => format!("{then} cannot be identified now: {}", why.detail),
            });
        }
        Ok(owner.or(last).or(back.person.as_ref()).cloned())
    }

    /// Why somebody left, if the id is that of somebody who did.
    fn left(&self, traced: &Traced, back: &Back) -> Option<String> {
        let Basis { identities, roster, day, .. } = self.basis;
        if let Some(owner) = identities.owner(&traced.user) {
            let until = roster.people.get(owner).and_then(|person| person.until);
            let last_day = until.map_or_else(String::new, |until| format!("; last day {until}"));
            return self.past.has_left(owner).then(|| format!("{owner} left{last_day}"));
        }
        let references = self.references(&traced.user);
        // A reviewed roster that names the id today, or will, knows whom it means.
        let ended = |bounds: &Bounds| bounds.until.is_some_and(|until| until < day);
        if references.iter().any(|bounds| !ended(bounds)) {
            return None;
        }
        let last = identities.last_owner(&traced.user);
        let mut known = traced.names.iter().chain(&back.person).chain(last);
        if let Some(person) = known.find(|person| !roster.people.contains_key(*person)) {
            return Some(format!("it was {person}'s, who is not in the roster any more"));
        }
        if let Some(person) = traced.names.iter().chain(last).find(|person| self.past.has_left(person)) {
            return Some(format!("it was {person}'s, who left"));
        }
        if let Some(until) = references.iter().filter_map(|bounds| bounds.until).max() {
            return Some(format!("its last day in the roster was {until}"));
        }
        let at = traced.left?;
        Some(format!("it left, as the audit trail says on {}", at.strftime("%Y-%m-%d")))
    }

    /// The bounds of every reference that the roster makes to an id, in groups of this provider and in teams.
    fn references(&self, id: &UserId) -> Vec<Bounds> {
        let Basis { roster, provider, .. } = self.basis;
        let groups = roster.groups.get(provider).into_iter().flat_map(|groups| groups.values());
        let lists = groups.map(|group| &group.members).chain(roster.teams.values().map(|team| &team.members));
        let is_meant = |member: &&Member| matches!(&member.who, Who::Id(written) if written == id);
        lists.flatten().filter(is_meant).map(|member| member.bounds).collect()
    }

    /// What was there before rosterd managed the group is so again, and is held as such.
    fn cause_of(&self, traced: &Traced, back: &Back, person: Option<&PersonHandle>) -> Cause {
        let is_first = match back.action {
            Action::Add => back.cause == Cause::First,
            Action::Remove => self.past.cause_of_removal(&traced.user, person) == Cause::First,
        };
        if is_first { Cause::First } else { Cause::Roster }
    }

    /// Where the roster says otherwise, else where the group is written; and which run is undone.
    fn because_of(
        &self,
        traced: &Traced,
        back: &Back,
        person: Option<&PersonHandle>,
        wanted: &[Wish<'_>],
    ) -> Because {
        let wish = wanted.iter().find(|wish| *wish.id == traced.user);
        let excepted = self.past.excepted().get(&subject(&traced.user, person));
        let said = match back.action {
            Action::Add => excepted.and_then(|because| because.first()),
            Action::Remove => wish.and_then(|wish| wish.because.first()).map(|(_, because)| because),
        };
        let (place, via) =
            said.map_or_else(|| (self.group.place, [].into()), |it| (it.place, it.via.clone()));
        let reason = Some(format!("undoes run {}", back.run).into());
        Because { place, via, from: None, until: None, reason }
    }

    /// What the roster must say for the changes to last.
    fn edits(&self, wanted: &[Wish<'_>]) -> Vec<Edit> {
        let mut edits = Vec::new();
        let withheld = self.plan.withheld.iter().map(|withheld| &withheld.change);
        for change in self.plan.changes.iter().chain(withheld) {
            let Some(id) = &change.id else { continue };
            let subject = subject(id, change.person.as_ref());
            let wishes = wanted.iter().filter(|wish| wish.id == id).flat_map(|wish| wish.because);
            let wishes: Vec<Because> = wishes.map(|(_, because)| because.clone()).collect();
            let said = Said {
                wanted: &wishes,
                excepted: self.past.excepted().get(&subject).map_or(&[], Vec::as_slice),
                other_days: self.past.ever().get(&subject).map_or(&[], Vec::as_slice),
                only_includes: self.group.membership == Membership::Include,
                group: self.group.place,
            };
            edits.extend(said.edits(change.action).into_iter().map(|(what, place, named_at)| Edit {
                group: self.plan.group.clone(),
                action: change.action,
                person: change.person.clone(),
                id: id.clone(),
                what,
                place,
                named_at,
            }));
        }
        edits
    }
}
