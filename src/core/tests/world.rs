//! A roster, a provider and a memory, built in a few words; and an apply that does what it is told.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};

use crate::core::call::{self, Call, Changes};
use crate::core::diff::{self, Basis};
use crate::core::guard::{self, Adopt, Judged, Limits, Mode, OnTrip};
use crate::core::model::{
    Found, GroupHandle, GroupId, Live, LiveGroup, PersonHandle, ProviderName, Target, UserId,
};
use crate::core::moves;
use crate::core::plan::{Action, Cause, Change, GroupPlan, Plan, Why};
use crate::core::policy::{recall, waiting};
use crate::core::record::{self, Standing};
use crate::core::remembered::{GroupRecord, Identity, Remembered};
use crate::core::roster::{
    Bounds, Group, GroupBinding, Member, Membership, Person, PersonId, Place, Policies, Roster, Team, Who,
};
use crate::core::wanted::{self, Identities};

pub use super::together::judge;

/// The day of every world that names no other.
pub const TODAY: &str = "2026-11-21";

/// One provider with its roster, what is live there, and what is remembered of it.
#[derive(Debug, Clone)]
pub struct World {
    pub provider: ProviderName,
    pub roster: Roster,
    pub live: Live,
    pub remembered: Remembered,
    pub limits: Limits,
    pub mode: Mode,
    pub day: Date,
    /// The time of the next apply.
    pub now: Timestamp,
}

pub fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub fn user(id: &str) -> UserId {
    UserId::new(id).unwrap()
}

pub fn users(ids: &[&str]) -> BTreeSet<UserId> {
    ids.iter().map(|id| user(id)).collect()
}

pub fn group_id(id: &str) -> GroupId {
    GroupId::new(id).unwrap()
}

/// `alice`, `@team` or `id:u-9`, then perhaps ` FROM..UNTIL`, then perhaps ` # reason`.
pub fn reference(text: &str, line: u32) -> Member {
    let (text, reason) = text.split_once(" # ").map_or((text, None), |(text, reason)| (text, Some(reason)));
    let (who, bounds) = text.split_once(' ').map_or((text, None), |(who, bounds)| (who, Some(bounds)));
    let (from, until) = bounds.and_then(|bounds| bounds.split_once("..")).unwrap_or_default();
    let day = |text: &str| (!text.is_empty()).then(|| date(text));
    let who = match (who.strip_prefix('@'), who.strip_prefix("id:")) {
        (Some(team), _) => Who::Team(team.into()),
        (_, Some(id)) => Who::Id(user(id)),
        _ => Who::Person(who.into()),
    };
    let bounds = Bounds { from: day(from), until: day(until) };
    Member { who, bounds, reason: reason.map(Into::into), place: Place { file: 0, line } }
}

pub fn references(texts: &[&str]) -> Vec<Member> {
    (1..).zip(texts).map(|(line, text)| reference(text, line)).collect()
}

/// An exact group with the id `g-HANDLE`.
pub fn exact(handle: &str, members: &[&str]) -> Group {
    Group {
        binding: GroupBinding::Id(group_id(&format!("g-{handle}"))),
        user_type: crate::core::model::UserType::Employee,
        membership: Membership::Exact,
        members: references(members),
        except: Vec::new(),
        allow_empty: false,
        policies: Policies::default(),
        place: Place::default(),
    }
}

impl World {
    pub fn new() -> Self {
        let roster = Roster { files: vec!["roster.toml".into()], ..Roster::default() };
        Self {
            provider: "p".into(),
            roster,
            live: Live::default(),
            remembered: Remembered::default(),
            limits: Limits::default(),
            mode: Mode::Enforce,
            day: date(TODAY),
            now: Timestamp::UNIX_EPOCH,
        }
    }

    /// People whose ids the roster gives: `u-alice`.
    pub fn people(mut self, handles: &[&str]) -> Self {
        for handle in handles {
            let id = PersonId::Id(user(&format!("u-{handle}")));
            let person = Person { ids: BTreeMap::from([(self.provider.clone(), id)]), ..Person::default() };
            self.roster.people.insert((*handle).into(), person);
        }
        self
    }

    /// Somebody who is looked for by login, and what becomes of the look-up.
    pub fn sought(mut self, handle: &str, found: Found) -> Self {
        let id = PersonId::Login(format!("{handle}.login"));
        let person = Person { ids: BTreeMap::from([(self.provider.clone(), id)]), ..Person::default() };
        self.roster.people.insert(handle.into(), person);
        self.live.found.insert(handle.into(), found);
        self
    }

    pub fn until(mut self, handle: &str, until: &str) -> Self {
        self.roster.people.get_mut(handle).unwrap().until = Some(date(until));
        self
    }

    pub fn team(mut self, handle: &str, members: &[&str]) -> Self {
        self.roster
            .teams
            .insert(handle.into(), Team { members: references(members), place: Place::default() });
        self
    }

    /// An exact group, live as `g-HANDLE` and empty until told otherwise.
    pub fn group(mut self, handle: &str, members: &[&str]) -> Self {
        let groups = self.roster.groups.entry(self.provider.clone()).or_default();
        groups.insert(handle.into(), exact(handle, members));
        self.live(handle, &[])
    }

    /// Changes how a group is written.
    pub fn with(mut self, handle: &str, edit: impl FnOnce(&mut Group)) -> Self {
        edit(self.roster.groups.get_mut(&self.provider).unwrap().get_mut(handle).unwrap());
        self
    }

    pub fn except(self, handle: &str, except: &[&str]) -> Self {
        self.with(handle, |group| group.except = references(except))
    }

    pub fn include(self, handle: &str) -> Self {
        self.with(handle, |group| group.membership = Membership::Include)
    }

    pub fn allow_empty(self, handle: &str) -> Self {
        self.with(handle, |group| group.allow_empty = true)
    }

    pub fn live(mut self, handle: &str, members: &[&str]) -> Self {
        let live = LiveGroup {
            id: group_id(&format!("g-{handle}")),
            name: handle.to_owned(),
            members: users(members),
            remarks: Vec::new(),
        };
        self.live.groups.insert(handle.into(), live);
        self
    }

    /// An apply saw the group on that day, and left these owned and these adopted.
    pub fn applied(mut self, handle: &str, day: &str, owned: &[&str], first: &[&str]) -> Self {
        let record = GroupRecord {
            at: Timestamp::UNIX_EPOCH,
            day: date(day),
            owned: users(owned),
            first: users(first),
            absent: BTreeMap::new(),
            hold_first: false,
        };
        self.remembered.groups.insert(group_id(&format!("g-{handle}")), record);
        self
    }

    /// An earlier run found the person under that id.
    pub fn known(mut self, handle: &str, id: &str) -> Self {
        let key = Some(format!("{handle}.login"));
        let identity = Identity { id: user(id), key, at: Timestamp::UNIX_EPOCH };
        self.remembered.identities.insert(handle.into(), identity);
        self
    }

    pub fn limits(mut self, edit: impl FnOnce(&mut Limits)) -> Self {
        edit(&mut self.limits);
        self
    }

    pub fn protect(self, people: &[&str]) -> Self {
        self.limits(|limits| limits.protected.value = people.iter().map(|person| (*person).into()).collect())
    }

    /// Nothing is held.
    pub fn unguarded(mut self) -> Self {
        self.remembered.believed.clear();
        self.limits(|limits| {
            limits.max_removals.value = None;
            limits.max_removal_percent.value = None;
            limits.max_leavers.value = None;
            limits.adopt.value = Adopt::Enforce;
            limits.on_trip.value = OnTrip::HoldRemovals;
            limits.protected.value = BTreeSet::new();
        })
    }

    pub fn target(&self) -> Target {
        format!("target of {}", self.provider).as_str().into()
    }

    pub fn identities(&self) -> Identities {
        Identities::judge(&self.roster, &self.provider, &self.live.found, &self.remembered.identities)
    }

    /// Who is gone as far as this provider knows.
    pub fn gone(&self) -> BTreeSet<PersonHandle> {
        let remembered = BTreeMap::from([(self.provider.clone(), self.remembered.identities.clone())]);
        wanted::gone(&self.roster, &remembered, &BTreeMap::from([(self.provider.clone(), self.identities())]))
    }

    pub fn plan(&self) -> Plan {
        let basis = Basis {
            roster: &self.roster,
            provider: &self.provider,
            target: &self.target(),
            identities: &self.identities(),
            remembered: &self.remembered,
            gone: &self.gone(),
            protected: &self.limits.protected.value,
            day: self.day,
        };
        let mut plan = diff::plan(basis, &self.live, &|_| true);
        recall::recall(&self.roster, &self.live, &self.remembered, &mut plan);
        waiting::withhold(&self.roster, self.day, &self.identities(), &mut plan);
        plan
    }

    pub fn group_plan(&self, handle: &str) -> GroupPlan {
        self.plan().groups.into_iter().find(|group| group.group.as_str() == handle).unwrap()
    }

    /// The plan of a group in lines: `+ alice roster`, `(- u-9 drift: unidentified-person)`.
    pub fn lines(&self, handle: &str) -> Vec<String> {
        lines(&self.group_plan(handle))
    }

    pub fn judge(&self, approvals: &[String]) -> Judged {
        judge(&[self], approvals).remove(0)
    }

    /// Judges, sends and records as an apply does; every call succeeds.
    pub fn apply(&mut self, approvals: &[String]) -> Judged {
        let judged = self.judge(approvals);
        self.record(&judged, true);
        for phase in moves::phases(&judged.approved) {
            self.send(&call::one_by_one(&moves::changes(&phase.sends)));
        }
        judged
    }

    /// What an apply leaves, all of what it sent standing, or none. What is live is as it was before.
    pub fn record(&mut self, judged: &Judged, stands: bool) {
        let live = self.live.clone();
        for plan in &judged.plan.groups {
            let Some(group) = live.groups.get(&plan.group) else { continue };
            let approved =
                judged.approved.groups().iter().filter(|group| Some(&group.group.id) == plan.id.as_ref());
            let mut standing = Standing::default();
            for change in approved.flat_map(|group| &group.changes) {
                match change.change.action {
                    _ if !stands => false,
                    Action::Add => standing.added.insert(change.user.clone()),
                    Action::Remove => standing.removed.insert(change.user.clone()),
                };
                if change.approval.is_some() {
                    standing.approved.insert(change.user.clone());
                } else if stands && change.change.action == Action::Remove {
                    self.count(&group.id, &change.change);
                }
            }
            let before = self.remembered.groups.get(&group.id);
            let after = record::after(plan, group, before, &standing, self.now, self.day);
            self.remembered.groups.insert(group.id.clone(), after);
        }
        self.remembered.approvals_used += u64::from(judged.approval.is_some());
    }

    fn count(&mut self, group: &GroupId, change: &Change) {
        match (&change.person, change.cause) {
            (Some(person), Cause::Leaver) => drop(self.remembered.recent.leavers.insert(person.clone())),
            _ => *self.remembered.recent.removals.entry(group.clone()).or_default() += 1,
        }
    }

    pub fn send(&mut self, calls: &[Call]) {
        for call in calls {
            let members = self.live.groups.values_mut().find(|group| group.id == call.group.id);
            let members = &mut members.unwrap().members;
            for user in &call.users {
                match call.action {
                    Action::Add => members.insert(user.clone()),
                    Action::Remove => members.remove(user),
                };
            }
        }
    }

    pub fn members(&self, handle: &str) -> Vec<&str> {
        self.live.groups[&GroupHandle::from(handle)].members.iter().map(UserId::as_str).collect()
    }
}

fn line(change: &Change) -> String {
    let sign = match change.action {
        Action::Add => '+',
        Action::Remove => '-',
    };
    let who = match (&change.person, &change.id) {
        (Some(person), Some(id)) if id.as_str() == format!("u-{person}") => person.to_string(),
        (Some(person), Some(id)) => format!("{person}/{id}"),
        (Some(person), None) => format!("{person}/?"),
        (None, id) => id.as_ref().unwrap().to_string(),
    };
    format!("{sign} {who} {}", format!("{:?}", change.cause).to_lowercase())
}

pub fn lines(plan: &GroupPlan) -> Vec<String> {
    let withheld = plan.withheld.iter().map(|withheld| {
        let why = match withheld.why {
            Why::UnidentifiedPerson => "unidentified-person",
            Why::Held => "held",
            Why::Suspended => "suspended",
            Why::Observe => "observe",
        };
        format!("({}: {why})", line(&withheld.change))
    });
    plan.changes.iter().map(line).chain(withheld).collect()
}

/// Every group of a judged plan in lines.
pub fn judged_lines(judged: &Judged) -> Vec<String> {
    judged.plan.groups.iter().flat_map(lines).collect()
}

/// What holds something: `max_removal_percent in sales: 3 of 4, limit 30 %`.
pub fn held_lines(judged: &Judged) -> Vec<String> {
    let line = |held: &guard::Held| {
        let group = held.group.as_ref().map_or_else(String::new, |group| format!(" in {group}"));
        let found = held.found.as_ref().map_or_else(String::new, |found| format!(": {found}"));
        let limit = held.limit.as_ref().map_or_else(String::new, |limit| format!(", limit {limit}"));
        format!("{:?}{group}{found}{limit}", held.rule)
    };
    judged.held.iter().map(line).collect()
}

pub fn codes(plan: &GroupPlan) -> Vec<&str> {
    plan.problems.iter().map(|problem| problem.code).collect()
}

/// The changes of some groups, by id, for cutting into calls.
pub fn changes(groups: &[(&str, &[&str], &[&str])]) -> Changes {
    let groups = groups.iter().map(|(handle, add, remove)| call::GroupChanges {
        group: std::sync::Arc::new(call::SentGroup {
            handle: (*handle).into(),
            id: group_id(&format!("g-{handle}")),
            user_type: crate::core::model::UserType::Employee,
        }),
        add: users(add),
        remove: users(remove),
    });
    Changes { groups: groups.collect() }
}
