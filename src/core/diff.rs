//! Live, wanted, remembered -> plan: a set difference a group, with the cause of every change.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::civil::Date;

use super::expand::{self, Subject};
use super::model::{GroupHandle, GroupId, Live, LiveGroup, PersonHandle, ProviderName, Target, UserId};
use super::plan::{Action, Because, Change, GroupPlan, Plan, Problem, Why, Withheld};
use super::policy::demands::Demands;
use super::remembered::Remembered;
use super::roster::{Group, Membership, Roster};
use super::wanted::{Identities, Unidentified, bound_name};
use past::Past;

mod fights;
mod past;
mod refusals;
mod shrunken;
pub mod undo;

pub use refusals::{INACTIVE, LOCKED, UNKNOWN, UNSEEN, WRONG_TYPE, additions, refuse};

/// What a plan is made from, besides the live state.
#[derive(Clone, Copy)]
pub struct Basis<'a> {
    /// The desired state.
    pub roster: &'a Roster,
    /// The provider that is planned for.
    pub provider: &'a ProviderName,
    /// What it is connected to.
    pub target: &'a Target,
    /// Who is who there.
    pub identities: &'a Identities,
    /// What earlier runs left.
    pub remembered: &'a Remembered,
    /// People who are remembered but no longer in the roster.
    pub gone: &'a BTreeSet<PersonHandle>,
    /// People who are never removed.
    pub protected: &'a BTreeSet<PersonHandle>,
    /// The day that the roster is read for.
    pub day: Date,
}

/// The plan for one provider: every group of `scope`, unread ones left alone.
#[must_use]
pub fn plan(basis: Basis<'_>, live: &Live, scope: &dyn Fn(&GroupHandle) -> bool) -> Plan {
    let groups = basis.roster.groups.get(basis.provider);
    let in_scope = groups.into_iter().flatten().filter(|(handle, _)| scope(handle));
    let bindings = bindings(live);
    let left = left(basis);
    let groups = in_scope.map(|(handle, group)| match readable(live, &bindings, handle) {
        Ok(group_live) => {
            GroupDiff::new(basis, handle, group, group_live, live.users_known.as_ref()).plan(&left)
        }
        Err(reason) => GroupPlan { unreadable: Some(reason), ..GroupPlan::empty(handle, group) },
    });
    let (provider, target) = (basis.provider.clone(), basis.target.clone());
    Plan { provider, target, groups: groups.collect(), past_moves: Vec::new(), owed: Vec::new() }
}

/// Everybody whose last day has passed: asked once for each membership.
fn left(basis: Basis<'_>) -> HashSet<&PersonHandle> {
    let people = basis.roster.people.keys();
    people.filter(|person| basis.roster.has_left(person, basis.day)).collect()
}

/// The groups of the roster that are each live group.
fn bindings(live: &Live) -> BTreeMap<&GroupId, Vec<&GroupHandle>> {
    let mut bindings: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (handle, group) in &live.groups {
        bindings.entry(&group.id).or_default().push(handle);
    }
    bindings
}

/// A group that was read, or why nothing may be planned in it. What was also said to be unread was not
/// read whole; and whose members a group should have that two bindings mean cannot be told.
fn readable<'a>(
    live: &'a Live,
    bindings: &BTreeMap<&GroupId, Vec<&GroupHandle>>,
    handle: &GroupHandle,
) -> Result<&'a LiveGroup, String> {
    if let Some(reason) = live.unread.get(handle) {
        return Err(reason.clone());
    }
    let group = live.groups.get(handle).ok_or_else(|| "the provider said nothing of it".to_owned())?;
    match bindings.get(&group.id).map(Vec::as_slice) {
        Some([_, _, ..]) => {
            let handles = bindings.get(&group.id).into_iter().flatten().map(|handle| handle.as_str());
            let handles = handles.collect::<Vec<_>>().join(" and ");
            Err(format!("two bindings are one live group: {handles} mean {}; keep one of them", group.id))
        }
        _ => Ok(group),
    }
}

impl GroupPlan {
    fn empty(handle: &GroupHandle, group: &Group) -> Self {
        Self {
            group: handle.clone(),
            id: None,
            name: bound_name(&group.binding).map(str::to_owned),
            user_type: group.user_type,
            members_now: 0,
            standing: BTreeSet::new(),
            last_applied: None,
            changes: Vec::new(),
            withheld: Vec::new(),
            problems: Vec::new(),
            unreadable: None,
            allow_empty: group.allow_empty,
            hold_first: false,
            moved_from: None,
            shrunken: None,
            fights: Vec::new(),
            demands: Demands::default(),
            along_with: None,
        }
    }
}

/// One id that the group should have, whose it is, and why.
struct Wish<'a> {
    id: &'a UserId,
    person: Option<&'a PersonHandle>,
    because: &'a [(Subject, Because)],
}

/// One group while it is compared.
struct GroupDiff<'a> {
    basis: Basis<'a>,
    group: &'a Group,
    live: &'a LiveGroup,
    /// Every user that there is, where the provider said so.
    known: Option<&'a BTreeSet<UserId>>,
    past: Past<'a>,
    /// Somebody the group should have is nobody known: unknown members may be that person.
    unsure: bool,
    plan: GroupPlan,
}

impl<'a> GroupDiff<'a> {
    fn new(
        basis: Basis<'a>,
        handle: &GroupHandle,
        group: &'a Group,
        live: &'a LiveGroup,
        known: Option<&'a BTreeSet<UserId>>,
    ) -> Self {
        let record = basis.remembered.groups.get(&live.id);
        let plan = GroupPlan {
            id: Some(live.id.clone()),
            name: Some(live.name.clone()),
            members_now: live.members.len(),
            last_applied: record.map(|record| record.at),
            hold_first: record.map_or(basis.remembered.damaged, |record| record.hold_first),
            moved_from: moved_from(basis.remembered, group, &live.id),
            ..GroupPlan::empty(handle, group)
        };
        Self { basis, group, live, known, past: Past::new(basis, group, record), unsure: false, plan }
    }

    fn plan(mut self, left: &HashSet<&PersonHandle>) -> GroupPlan {
        let Basis { roster, day, .. } = self.basis;
        let owner = |id: &UserId| self.past.owner(id);
        let reasons = expand::reasons(roster, self.group, day, &owner, &|person| left.contains(person));
        let wanted = self.wanted(&reasons);
        self.remark(&wanted);
        let unwanted = self.add(&wanted);
        self.remove(&unwanted);
        self.report_move();
        self.shrink();
        self.end_fights(&wanted);
        self.plan.demands = Demands::of(self.basis, self.group, self.live, &|id| self.past.owner(id));
        self.plan
    }

    /// The wanted ids in their order; people without an id become problems.
    fn wanted<'r>(&mut self, reasons: &'r [(Subject, Because)]) -> Vec<Wish<'r>>
    where
        'a: 'r,
    {
        let identities = self.basis.identities;
        let mut wanted = Vec::new();
        for because in reasons.chunk_by(|(one, _), (other, _)| one == other) {
            match because.first().map(|(subject, _)| subject) {
                Some(Subject::Id(id)) => wanted.push(Wish { id, person: None, because }),
                Some(Subject::Person(person)) => match identities.id_of(person) {
                    Ok(id) => wanted.push(Wish { id, person: Some(person), because }),
                    Err(why) => self.report_unidentified(person, &why, because),
                },
                None => {}
            }
        }
        wanted.sort_by_key(|wish| wish.id);
        wanted
    }

    fn report_unidentified(
        &mut self,
        person: &PersonHandle,
        why: &Unidentified,
        because: &[(Subject, Because)],
    ) {
        let detail = format!(
            "{person} cannot be identified at {} ({}): removals in this group are withheld",
            self.basis.provider, why.detail
        );
        self.problem(why.code, detail);
        let cause = self.past.cause_of_addition(None, &Subject::Person(person.clone()));
        let because = because.iter().map(|(_, because)| because.clone()).collect();
        let (action, person) = (Action::Add, Some(person.clone()));
        self.withhold(Change { action, person, id: None, cause, because });
        self.unsure = true;
    }

    /// What the adapter noticed, as far as it concerns somebody who is here or should be.
    fn remark(&mut self, wanted: &[Wish<'_>]) {
        for remark in &self.live.remarks {
            let is_wanted = |user: &UserId| wanted.binary_search_by_key(&user, |wish| wish.id).is_ok();
            let concerns = |user: &UserId| self.live.members.contains(user) || is_wanted(user);
            if remark.user.as_ref().is_none_or(concerns) {
                self.problem(remark.code, remark.detail.clone());
            }
        }
    }

    /// Plans what is missing, and returns who is live and not wanted. Both sides are in order, so that
    /// one walk along both compares them.
    fn add(&mut self, wanted: &[Wish<'_>]) -> Vec<&'a UserId> {
        let (mut unwanted, mut standing) = (Vec::new(), Vec::new());
        let mut members = self.live.members.iter().peekable();
        // A disputed id can be written beside the person whom it may belong to: one membership.
        for wishes in wanted.chunk_by(|one, other| one.id == other.id) {
            let Some(id) = wishes.first().map(|wish| wish.id) else { continue };
            while let Some(member) = members.next_if(|member| *member < id) {
                unwanted.push(member);
            }
            match members.next_if_eq(&id) {
                Some(member) => {
                    standing.push(member.clone());
                    self.fight_over(id, wishes);
                }
                None => self.add_one(id, wishes),
            }
        }
        self.plan.standing = standing.into_iter().collect();
        unwanted.extend(members);
        unwanted
    }

    fn add_one(&mut self, id: &UserId, wishes: &[Wish<'_>]) {
        let person = wishes.iter().find_map(|wish| wish.person).cloned();
        let subject = person.clone().map_or_else(|| Subject::Id(id.clone()), Subject::Person);
        let cause = self.past.cause_of_addition(Some(id), &subject);
        let because = wishes.iter().flat_map(|wish| wish.because).map(|(_, because)| because.clone());
        let (action, because) = (Action::Add, because.collect());
        self.plan_addition(id, Change { action, person, id: Some(id.clone()), cause, because });
    }

    fn plan_addition(&mut self, id: &UserId, change: Change) {
        if self.is_disputed(id) {
            self.withhold(change);
        } else if self.would_be_refused(id) {
            self.plan.withheld.push(Withheld { change, why: Why::Held });
        } else {
            self.fight(&change);
            self.plan.changes.push(change);
        }
    }

    fn remove(&mut self, unwanted: &[&UserId]) {
        let hidden = self.hidden();
        self.unsure |= !hidden.is_empty();
        let mut explained = false;
        for id in unwanted {
            let person = self.past.whose(id);
            if self.group.membership == Membership::Include {
                self.report_leaver(id, person);
            } else if self.remove_one(id, person) && !explained && !hidden.is_empty() {
                self.report_hidden(&hidden);
                explained = true;
            }
        }
    }

    /// Protected people whom the provider would not look for: each may be any member.
    fn hidden(&self) -> Vec<&'a PersonHandle> {
        let Basis { protected, identities, .. } = self.basis;
        protected.iter().filter(|person| identities.was_refused(person)).collect()
    }

    fn remove_one(&mut self, id: &UserId, person: Option<PersonHandle>) -> bool {
        let cause = self.past.cause_of_removal(id, person.as_ref());
        let because = self.past.because_of_removal(id, person.as_ref(), cause);
        self.plan_removal(id, Change { action: Action::Remove, person, id: Some(id.clone()), cause, because })
    }

    /// Plans a removal. True when it is withheld because the member may be somebody nobody could identify.
    fn plan_removal(&mut self, id: &UserId, change: Change) -> bool {
        // An id that is known to be another person's cannot be that of whom we could not identify. That
        // it was another's once proves nothing: the roster may have had it wrong.
        let may_be_wanted = self.unsure && self.basis.identities.owner(id).is_none();
        if self.is_disputed(id) || may_be_wanted {
            self.withhold(change);
        } else {
            self.fight(&change);
            self.plan.changes.push(change);
        }
        may_be_wanted
    }

    /// Whether the id may be one that must be neither added nor removed; says why, once.
    fn is_disputed(&mut self, id: &UserId) -> bool {
        let Some(why) = self.basis.identities.dispute(id) else { return false };
        if !self.plan.problems.iter().any(|problem| problem.detail.contains(&why.detail)) {
            self.problem(why.code, format!("{id} is neither added nor removed: {}", why.detail));
        }
        true
    }

    fn report_hidden(&mut self, hidden: &[&PersonHandle]) {
        for person in hidden {
            let Err(why) = self.basis.identities.id_of(person) else { continue };
            if self.plan.problems.iter().any(|problem| problem.detail.contains(&why.detail)) {
                continue;
            }
            let provider = self.basis.provider;
            let detail = format!(
                "{person} is protected and cannot be identified at {provider} ({}): removals in this group are withheld",
                why.detail
            );
            self.problem(why.code, detail);
        }
    }

    /// An include group removes nobody, but a leaver in it is worth a word.
    fn report_leaver(&mut self, id: &UserId, person: Option<PersonHandle>) {
        let Some(person) = person.filter(|person| self.past.has_left(person)) else { return };
        let detail = format!(
            "{person} ({id}) left and is still a member; rosterd removes nobody from an include group"
        );
        self.problem("leaver-live", detail);
    }

    /// While nothing changes there is nothing to hold, and the move would go unseen.
    fn report_move(&mut self) {
        if let Some(before) = &self.plan.moved_from
            && self.plan.changes.is_empty()
        {
            let detail = format!(
                "its name meant the group {before} the last time and means {} now: changes here will wait for an approval",
                self.live.id
            );
            self.problem("name-moved", detail);
        }
    }

    fn withhold(&mut self, change: Change) {
        self.plan.withheld.push(Withheld { change, why: Why::UnidentifiedPerson });
    }

    fn problem(&mut self, code: &'static str, detail: String) {
        self.plan.problems.push(Problem { code, detail });
    }
}

/// The group that the roster's name meant the last time, when it now means another.
fn moved_from(remembered: &Remembered, group: &Group, id: &GroupId) -> Option<GroupId> {
    let last = remembered.names.get(bound_name(&group.binding)?)?;
    (last != id).then(|| last.clone())
}
