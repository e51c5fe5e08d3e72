//! What is allowed: limits, adoption, protected people, last members, leavers, approvals.
//!
//! Only this module can make an [`Approved`], and an apply takes nothing else.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::call::{Changes, GroupChanges, SentGroup};
use super::digest;
use super::model::{GroupId, PersonHandle, ProviderName, UserId};
use super::moves::Part;
use super::plan::{Action, Change, GroupPlan, Plan, Why, Withheld};
use super::remembered::Remembered;
use super::shrunken;

mod limits;
mod moves;
mod owed;
mod policies;
mod rules;

pub use limits::{Adopt, Held, Limit, Limits, Mode, OnTrip, Rule, Setting};

/// A plan with what it is judged by.
pub struct Case<'a> {
    /// The plan.
    pub plan: Plan,
    /// The rules of its provider.
    pub limits: &'a Limits,
    /// Whether changes are made there at all.
    pub mode: Mode,
    /// What earlier runs left.
    pub remembered: &'a Remembered,
}

/// A plan that was judged.
#[derive(Debug)]
pub struct Judged {
    /// The plan: its `changes` are those that may be sent, what is held has moved to `withheld`.
    pub plan: Plan,
    /// The rules that hold something.
    pub held: Vec<Held>,
    /// What an approval of the held changes must name; none when nothing can be approved.
    pub digest: Option<String>,
    /// The digest of the approval that let held changes through.
    pub approval: Option<String>,
    /// What may be sent.
    pub approved: Approved,
}

/// Changes that the guard let through. Nothing else can be sent, and nobody else can make one.
#[derive(Debug)]
pub struct Approved {
    provider: ProviderName,
    groups: Vec<ApprovedGroup>,
}

/// The changes of one group that the guard let through.
#[derive(Debug)]
pub struct ApprovedGroup {
    /// The group.
    pub group: Arc<SentGroup>,
    /// Members before.
    pub members_now: usize,
    /// Whether it may become empty: the roster says so, or an approval covers every removal.
    pub may_empty: bool,
    /// How many must be left in it: as many as the roster demands, and somebody where it may not become empty; none
    /// where an approval covers every removal.
    pub least: usize,
    /// The changes, additions first; each has an id.
    pub changes: Vec<ApprovedChange>,
}

/// One change that the guard let through.
#[derive(Debug, Clone)]
pub struct ApprovedChange {
    /// The change.
    pub change: Change,
    /// The user.
    pub user: UserId,
    /// The approval that it needed.
    pub approval: Option<String>,
    /// What it has to do with a move between groups that are kept apart.
    pub part: Part,
}

impl Approved {
    /// Whose changes.
    #[must_use]
    pub fn provider(&self) -> &ProviderName {
        &self.provider
    }

    /// The changes, group by group; only groups that change.
    #[must_use]
    pub fn groups(&self) -> &[ApprovedGroup] {
        &self.groups
    }

    /// The same as sets, for cutting into calls.
    #[must_use]
    pub fn changes(&self) -> Changes {
        let groups = self.groups.iter().map(|group| {
            let of = |action| {
                let changes = group.changes.iter().filter(move |change| change.change.action == action);
                changes.map(|change| change.user.clone()).collect::<BTreeSet<_>>()
            };
            GroupChanges { group: Arc::clone(&group.group), add: of(Action::Add), remove: of(Action::Remove) }
        });
        Changes { groups: groups.collect() }
    }
}

/// Judges the plans of one command together, since people leave over all providers.
///
/// `approvals` are digests, whole or their first digits, that a person gave.
#[must_use]
pub fn judge(cases: Vec<Case<'_>>, approvals: &[String]) -> Vec<Judged> {
    let mut benches: Vec<Bench<'_>> = cases.into_iter().map(Bench::new).collect();
    for bench in &mut benches {
        bench.hold_within_provider();
    }
    rules::hold_leavers(&mut benches);
    benches.into_iter().map(|bench| bench.decide(approvals)).collect()
}

/// One plan while it is judged: each change with the rule that holds it.
struct Bench<'a> {
    case: Case<'a>,
    groups: Vec<Vec<Weighed>>,
    held: Vec<Held>,
    moves: Vec<moves::Move>,
}

/// One change while it is judged.
struct Weighed {
    change: Change,
    rule: Option<Rule>,
    /// The rule tripped beside what was approved, and is itself not covered by that approval.
    after_approval: bool,
}

impl Weighed {
    fn is_free(&self, action: Action) -> bool {
        self.rule.is_none() && self.change.action == action
    }

    /// Whether an approval of what is held covers this.
    fn is_approvable(&self) -> bool {
        self.rule.is_some_and(Rule::is_approvable) && !self.after_approval
    }

    /// Whether it is sent, with the approval of what is held or without.
    fn passes(&self, approved: bool) -> bool {
        self.rule.is_none() || (approved && self.is_approvable())
    }
}

impl<'a> Bench<'a> {
    fn new(mut case: Case<'a>) -> Self {
        let weigh = |group: &mut GroupPlan| {
            let changes = std::mem::take(&mut group.changes);
            changes.into_iter().map(|change| Weighed { change, rule: None, after_approval: false }).collect()
        };
        let groups: Vec<Vec<Weighed>> = case.plan.groups.iter_mut().map(weigh).collect();
        let moves = moves::of(&case.plan.groups, &groups);
        Self { case, groups, held: Vec::new(), moves }
    }

    fn decide(mut self, approvals: &[String]) -> Judged {
        match self.case.mode {
            Mode::Enforce => (),
            Mode::Observe => {
                return self.withhold(Why::Observe, "nothing is changed at this provider (observe)");
            }
            Mode::Suspended => return self.withhold(Why::Suspended, "the provider is suspended"),
        }
        self.settle(false);
        self.hold_the_rest();
        let digest = self.digest();
        let approval = digest
            .as_ref()
            .filter(|digest| approvals.iter().any(|typed| digest::is_named_by(digest, typed)))
            .cloned();
        if approval.is_some() {
            self.held.retain(|held| !held.rule.is_approvable());
            self.release_derived();
            self.settle(true);
        }
        self.tell_derived(approval.is_some());
        let digest = digest.filter(|_| approval.is_none());
        let mut parts = self.parts(approval.is_some());
        parts.extend(self.give_back(approval.is_some()));
        let Self { case: Case { mut plan, .. }, groups, held, .. } = self;
        let mut approved = Approved { provider: plan.provider.clone(), groups: Vec::new() };
        for (number, (group, weighed)) in plan.groups.iter_mut().zip(groups).enumerate() {
            let part = |at| parts.get(&(number, at)).cloned().unwrap_or_default();
            let changes = split(group, weighed, approval.as_deref(), &part);
            tell_doubt(group, are_removals_approved(&changes));
            if let (Some(sent), false) = (moves::sent_group(group), changes.is_empty()) {
                let are_approved = are_removals_approved(&changes);
                let may_empty = group.allow_empty || are_approved;
                let min_members = group.demands.min_members.as_ref().filter(|_| !are_approved);
                let least = min_members.map_or(0, |min| min.count).max(usize::from(!may_empty));
                approved.groups.push(ApprovedGroup {
                    group: sent,
                    members_now: group.members_now,
                    may_empty,
                    least,
                    changes,
                });
            }
        }
        Judged { plan, held, digest, approval, approved }
    }

    /// Everything is withheld, whatever the rules say.
    fn withhold(mut self, why: Why, text: &str) -> Judged {
        self.keep_owing(text);
        let Self { case: Case { mut plan, .. }, groups, .. } = self;
        for (group, weighed) in plan.groups.iter_mut().zip(groups) {
            group.withheld.extend(weighed.into_iter().map(|it| Withheld { change: it.change, why }));
        }
        let approved = Approved { provider: plan.provider.clone(), groups: Vec::new() };
        Judged { plan, held: Vec::new(), digest: None, approval: None, approved }
    }

    fn digest(&self) -> Option<String> {
        let plans = self.case.plan.groups.iter().zip(&self.groups);
        let mut held: Vec<(GroupId, Action, UserId)> = plans
            .flat_map(|(plan, weighed)| weighed.iter().map(move |it| (plan, it)))
            .filter(|(_, it)| it.is_approvable())
            .filter_map(|(plan, it)| Some((plan.id.clone()?, it.change.action, it.change.id.clone()?)))
            .collect();
        let used = self.case.remembered.approvals_used;
        (!held.is_empty()).then(|| digest::of(&self.case.plan.target, used, &mut held))
    }
}

/// Whether an approval covers every removal, of which there are some.
fn are_removals_approved(changes: &[ApprovedChange]) -> bool {
    let mut removals = changes.iter().filter(|it| it.change.action == Action::Remove).peekable();
    removals.peek().is_some() && removals.all(|it| it.approval.is_some())
}

/// Says what a doubtful read means for the removals of a group.
fn tell_doubt(group: &mut GroupPlan, is_approved: bool) {
    for problem in group.problems.iter_mut().filter(|problem| shrunken::CODES.contains(&problem.code)) {
        problem.detail.push_str(shrunken::consequence(is_approved));
    }
}

/// Puts each change of a group where it belongs: into the plan's changes, or among the withheld.
fn split(
    group: &mut GroupPlan,
    weighed: Vec<Weighed>,
    approval: Option<&str>,
    part: &dyn Fn(usize) -> Part,
) -> Vec<ApprovedChange> {
    let mut approved = Vec::new();
    for (at, it) in weighed.into_iter().enumerate() {
        let approval = approval.filter(|_| it.is_approvable()).map(str::to_owned);
        let let_through = it.rule.is_none() || approval.is_some();
        let change = it.change;
        match &change.id {
            Some(user) if let_through => {
                let (user, part) = (user.clone(), part(at));
                approved.push(ApprovedChange { change: change.clone(), user, approval, part });
                group.changes.push(change);
            }
            _ => group.withheld.push(Withheld { change, why: Why::Held }),
        }
    }
    // What is given back comes last.
    group.changes.sort_by_key(|change| change.action);
    approved.sort_by_key(|it| it.change.action);
    approved
}

/// The people in a set of changes.
fn people<'a>(changes: impl Iterator<Item = &'a Change>) -> BTreeSet<PersonHandle> {
    changes.filter_map(|change| change.person.clone()).collect()
}
