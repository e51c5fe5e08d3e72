//! Moves between groups that are kept apart: an addition waits for the places that it needs, and whoever
//! waits keeps the place there is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{ApprovedChange, Bench, Held, Rule, Weighed};
use crate::core::call::SentGroup;
use crate::core::model::{GroupHandle, UserId};
use crate::core::moves::{GiveBack, Part, Take};
use crate::core::plan::{Action, Cause, Change, GroupPlan};
use crate::core::policy::recall::given_back;
use crate::core::policy::ways::{Free, Return, Way};

/// People told of in one line; the others are counted.
const NAMED: usize = 3;

/// A change by the number of its group and its own.
pub(super) type At = (usize, usize);

/// One addition that needs something first.
pub(super) struct Move {
    pub(super) add: At,
    pub(super) way: Way,
    /// Where each removal stands that makes room; none when nothing removes it.
    frees: Vec<Option<At>>,
    /// Why it waits.
    why: Option<Waits>,
    /// Removals that wait with it.
    stays: Vec<(At, Waits)>,
}

/// Why an addition waits.
pub(super) struct Waits {
    rule: Rule,
    set_at: Arc<str>,
    text: String,
}

/// What is told in one line: the number of a group, the rule and where it is set.
type Line<'a> = (usize, Rule, &'a Arc<str>);

/// Every addition of a plan that needs something first.
pub(super) fn of(plans: &[GroupPlan], weighed: &[Vec<Weighed>]) -> Vec<Move> {
    let mut concerned: BTreeSet<&GroupHandle> = BTreeSet::new();
    for (user_ways, plan) in plans.iter().map(|plan| (&plan.demands.ways, plan)) {
        concerned.extend(user_ways.values().flat_map(|way| way.frees.iter().map(|free| &free.group)));
        concerned.extend((!user_ways.is_empty()).then_some(&plan.group));
    }
    let mut places: BTreeMap<(&GroupHandle, Action, &UserId), At> = BTreeMap::new();
    for (number, (plan, weighed)) in plans.iter().zip(weighed).enumerate() {
        if concerned.contains(&plan.group) {
            let of_group = weighed.iter().enumerate().filter_map(|(at, it)| {
                Some(((&plan.group, it.change.action, it.change.id.as_ref()?), (number, at)))
            });
            places.extend(of_group);
        }
    }
    let mut moves = Vec::new();
    for plan in plans {
        for (user, way) in &plan.demands.ways {
            let Some(add) = places.get(&(&plan.group, Action::Add, user)) else { continue };
            let place = |free: &Free| places.get(&(&free.group, Action::Remove, &free.user)).copied();
            let frees = way.frees.iter().map(place).collect();
            moves.push(Move { add: *add, way: way.clone(), frees, why: None, stays: Vec::new() });
        }
    }
    moves
}

/// A group as calls name it; none for one that was not found.
pub(super) fn sent_group(plan: &GroupPlan) -> Option<Arc<SentGroup>> {
    let id = plan.id.clone()?;
    Some(Arc::new(SentGroup { handle: plan.group.clone(), id, user_type: plan.user_type }))
}

impl Bench<'_> {
    /// Additions that cannot be made now wait, and the removals that make room only for them do too.
    pub(super) fn hold_moves(&mut self, approved: bool) -> usize {
        let mut holds = 0;
        for number in 0..self.moves.len() {
            let Some(it) = self.moves.get(number) else { continue };
            let (mut why, mut stays) = (None, Vec::new());
            if self.passes(Some(it.add), approved) {
                why = self.waits(it, approved);
            } else {
                stays = self.stays(it, approved);
            }
            let add = it.add;
            let waiting = why.iter().map(|waits| (add, waits.rule));
            let waiting: Vec<_> = waiting.chain(stays.iter().map(|(at, waits)| (*at, waits.rule))).collect();
            holds += waiting.len();
            for (at, rule) in waiting {
                self.hold_at(at, rule);
            }
            if let Some(it) = self.moves.get_mut(number) {
                it.why = it.why.take().or(why);
                it.stays.extend(stays);
            }
        }
        holds
    }

    /// What followed from holds that an approval ended is judged anew.
    pub(super) fn release_derived(&mut self) {
        for it in self.groups.iter_mut().flatten().filter(|it| it.rule.is_some_and(Rule::is_derived)) {
            it.rule = None;
        }
        for it in &mut self.moves {
            it.why = None;
            it.stays.clear();
        }
    }

    /// The removals that would make room for an addition that is not made.
    fn stays(&self, it: &Move, approved: bool) -> Vec<(At, Waits)> {
        let who = self.change(it.add).map_or_else(String::new, who);
        let to = self.case.plan.groups.get(it.add.0).map_or_else(String::new, |plan| plan.group.to_string());
        let frees = it.frees.iter().zip(&it.way.frees).filter(|(at, _)| self.passes(**at, approved));
        let stays = frees.filter_map(|(at, free)| {
            let text = format!("{who} stays as long as the addition to {to} waits");
            Some(((*at)?, Waits { rule: Rule::from(&free.rule), set_at: free.set_at.clone(), text }))
        });
        stays.collect()
    }

    /// Why an addition must wait, when it must.
    fn waits(&self, it: &Move, approved: bool) -> Option<Waits> {
        if let Some(block) = it.way.blocks.first() {
            let (rule, set_at) = (Rule::from(&block.rule), block.set_at.clone());
            return Some(Waits { rule, set_at, text: block.why.clone() });
        }
        let taken = it.frees.iter().zip(&it.way.frees).find(|(at, _)| !self.passes(**at, approved));
        taken.map(|(_, free)| {
            let who = self.change(it.add).map_or_else(String::new, who);
            let text = format!("{who} is in {} as long as that removal waits", free.group);
            Waits { rule: Rule::from(&free.rule), set_at: free.set_at.clone(), text }
        })
    }

    /// What keeps additions waiting, a line for each group and rule.
    pub(super) fn told_moves(&self) -> Vec<Held> {
        let mut told: BTreeMap<Line<'_>, Vec<&str>> = BTreeMap::new();
        for it in &self.moves {
            let waits = it.why.iter().map(|waits| (it.add, waits));
            for ((group, _), waits) in waits.chain(it.stays.iter().map(|(at, waits)| (*at, waits))) {
                let texts = told.entry((group, waits.rule, &waits.set_at)).or_default();
                if !texts.contains(&waits.text.as_str()) {
                    texts.push(&waits.text);
                }
            }
        }
        let held = told.into_iter().map(|((group, rule, set_at), texts)| {
            let more = texts.len().saturating_sub(NAMED);
            let more = (more > 0).then(|| format!("and {more} more"));
            let named = texts.into_iter().take(NAMED).map(str::to_owned);
            let found = named.chain(more).collect::<Vec<_>>().join("; ");
            let group = self.case.plan.groups.get(group).map(|plan| plan.group.clone());
            Held { rule, group, limit: None, found: Some(found), set_at: Some(set_at.clone()) }
        });
        held.collect()
    }

    /// What each change that is sent has to do with a move.
    pub(super) fn parts(&self, approved: bool) -> BTreeMap<At, Part> {
        let mut parts = BTreeMap::new();
        for it in self.moves.iter().filter(|it| self.passes(Some(it.add), approved)) {
            let Some(plan) = self.case.plan.groups.get(it.add.0) else { continue };
            let person = self.change(it.add).and_then(|change| change.person.clone());
            let of = self.change(it.add).and_then(|change| change.id.clone()).zip(plan.id.clone());
            let plan_of =
                |group: &GroupHandle| self.case.plan.groups.iter().find(|plan| plan.group == *group);
            let frees = it.way.frees.iter();
            let frees = frees.filter_map(|free| Some((plan_of(&free.group)?.id.clone()?, free.user.clone())));
            let gives_back = it.way.gives_back.iter().filter_map(|Return { place, apart }| {
                let change = Change {
                    action: Action::Add,
                    person: person.clone(),
                    id: Some(place.user.clone()),
                    cause: Cause::Roster,
                    because: vec![given_back(place.place, &plan.group)],
                };
                let (user, part) = (place.user.clone(), Part::GivesBack(of.clone()?));
                let change = Box::new(ApprovedChange { change, user, approval: None, part });
                let apart = apart.iter().filter_map(|group| plan_of(group)?.id.clone()).collect();
                Some(GiveBack { group: sent_group(plan_of(&place.group)?)?, change, apart })
            });
            let take = Take { frees: frees.collect(), gives_back: gives_back.collect() };
            parts.insert(it.add, Part::Takes(take));
            for at in it.frees.iter().flatten() {
                let mut moves = match parts.remove(at) {
                    Some(Part::Frees(moves)) => moves,
                    _ => Vec::new(),
                };
                moves.extend(of.clone());
                parts.insert(*at, Part::Frees(moves));
            }
        }
        parts
    }

    pub(super) fn passes(&self, at: Option<At>, approved: bool) -> bool {
        at.and_then(|(group, at)| self.groups.get(group)?.get(at)).is_some_and(|it| it.passes(approved))
    }

    fn change(&self, (group, at): At) -> Option<&Change> {
        self.groups.get(group)?.get(at).map(|it| &it.change)
    }

    fn hold_at(&mut self, (group, at): At, rule: Rule) {
        if let Some(it) = self.groups.get_mut(group).and_then(|weighed| weighed.get_mut(at)) {
            it.rule = Some(rule);
        }
    }
}

fn who(change: &Change) -> String {
    match (&change.person, &change.id) {
        (Some(person), _) => person.to_string(),
        (None, Some(id)) => id.to_string(),
        (None, None) => "?".to_owned(),
    }
}
