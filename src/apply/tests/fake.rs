//! A provider in memory that watches who enters where, refuses what it is told to, and can hang.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::Notify;

use crate::apply::{Sent, Trail, Within, send_all};
use crate::core::call::{self, Call, Changes};
use crate::core::guard::Judged;
use crate::core::model::{
    Addition, Binding, GroupHandle, GroupId, Hints, Live, LiveGroup, Looked, Scope, UserId,
};
use crate::core::moves::{self, Key, Tried};
use crate::core::plan::Action;
use crate::core::tests::policies::laws;
use crate::core::tests::world::World;
use crate::journal::Journal;
use crate::providers::gate::{Closed, Gate};
use crate::providers::{Fault, FaultKind, Provider};

/// What happens to an addition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is refused for good.
    Refused,
    /// It fails for the moment.
    Passing,
    /// It is accepted, and nothing happens.
    Ignored,
}

pub struct Fake {
    groups: Mutex<BTreeMap<GroupId, BTreeSet<UserId>>>,
    handles: BTreeMap<GroupId, GroupHandle>,
    sets: Vec<BTreeSet<GroupHandle>>,
    pub refuses: BTreeMap<(GroupId, UserId), Refusal>,
    /// Whose removal is refused.
    pub stuck: BTreeSet<(GroupId, UserId)>,
    /// Groups that cannot be read after the plan.
    pub hidden: BTreeSet<GroupId>,
    /// After so many calls nothing is answered any more.
    pub hangs_after: usize,
    hung: Arc<Notify>,
    /// What was sent: `old -u-ann`.
    log: Mutex<Vec<String>>,
    /// Who entered a group beside one that it is kept apart from.
    pub beside: Mutex<Vec<String>>,
    /// Nothing can be written down.
    pub journal_is_lost: bool,
    /// After so many calls somebody suspends it.
    pub suspended_after: usize,
    gate: Gate,
}

impl Fake {
    pub fn of(world: &World) -> Self {
        let groups = world.live.groups.values();
        let handles = world.live.groups.iter().map(|(handle, group)| (group.id.clone(), handle.clone()));
        Self {
            groups: Mutex::new(groups.map(|group| (group.id.clone(), group.members.clone())).collect()),
            handles: handles.collect(),
            sets: laws::sets(world),
            refuses: BTreeMap::new(),
            stuck: BTreeSet::new(),
            hidden: BTreeSet::new(),
            hangs_after: usize::MAX,
            hung: Arc::default(),
            log: Mutex::default(),
            beside: Mutex::default(),
            journal_is_lost: false,
            suspended_after: usize::MAX,
            gate: Gate::default(),
        }
    }

    /// Somebody suspends it now.
    pub fn suspend(&self) {
        self.gate.close(Closed::Suspended);
    }

    /// Answers again, as after a restart.
    pub fn heal(&mut self) {
        self.hangs_after = usize::MAX;
        self.hung = Arc::default();
        self.suspended_after = usize::MAX;
        self.gate = Gate::default();
    }

    /// Sends what was approved and keeps what a run keeps. None when it hung: then only what was kept
    /// before is left, as after a crash.
    pub fn apply(&self, world: &mut World, judged: &Judged, revision: &str) -> Option<Sent> {
        let begun = moves::begun(&judged.approved, revision, Timestamp::UNIX_EPOCH);
        for past in &begun {
            world.remembered.moves.insert((past.user.clone(), past.to.clone()), past.clone());
        }
        let sent = self.send(world, judged);
        if let Some(sent) = &sent {
            let outcome = |key: &Key| sent.results.get(key).map(|result| result.outcome);
            let refusal = |key: &Key| sent.refused.get(key).cloned();
            let tried = Tried { outcome: &outcome, refusal: &refusal };
            let (kept, forgotten) = moves::after(judged, begun, &tried);
            for key in &forgotten {
                world.remembered.moves.remove(key);
            }
            let kept = kept.into_iter().map(|past| ((past.user.clone(), past.to.clone()), past));
            world.remembered.moves.extend(kept);
        }
        for group in world.live.groups.values_mut() {
            group.members = self.members(&group.id);
        }
        sent
    }

    fn send(&self, world: &World, judged: &Judged) -> Option<Sent> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path(), None).unwrap().journal;
        if self.journal_is_lost {
            std::fs::write(folder.path().join("journal"), "a file where its folder should be").unwrap();
        }
        let trail = Trail::new(Arc::new(Mutex::new(journal)), "test".to_owned(), None);
        let (roster, run, hints) = (&world.roster, super::a_run(), Hints::default());
        let gate = Some(&self.gate);
        let within = Within { roster, concurrency: 3, hints, trail: &trail, run: &run, gate };
        runtime.block_on(async {
            tokio::select! {
                sent = send_all(self, &judged.approved, &within) => Some(sent),
                () = self.hung.notified() => None,
            }
        })
    }

    pub fn members(&self, group: &GroupId) -> BTreeSet<UserId> {
        self.groups.lock().unwrap()[group].clone()
    }

    /// What was sent since the last time.
    pub fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut *self.log.lock().unwrap())
    }

    fn change(&self, group: &GroupId, user: &UserId, action: Action) {
        let mut groups = self.groups.lock().unwrap();
        let handle = &self.handles[group];
        if action == Action::Add {
            let mut apart = self.sets.iter().filter(|set| set.contains(handle)).flatten();
            let is_in = |other: &&GroupHandle| {
                let id = self.handles.iter().find(|(_, it)| it == other).unwrap().0;
                *other != handle && groups[id].contains(user)
            };
            if let Some(other) = apart.find(is_in) {
                self.beside.lock().unwrap().push(format!("{user} enters {handle} beside {other}"));
            }
        }
        let members = groups.get_mut(group).unwrap();
        match action {
            Action::Add => members.insert(user.clone()),
            Action::Remove => members.remove(user),
        };
    }
}

#[async_trait]
impl Provider for Fake {
    async fn read(&self, scope: &Scope) -> Result<Live, Fault> {
        let mut live = Live::default();
        for group in &scope.groups {
            let Binding::Seen(id) = &group.binding else { panic!("the plan saw it") };
            if self.hidden.contains(id) {
                live.unread.insert(group.handle.clone(), "cut off".to_owned());
                continue;
            }
            let mut members = self.members(id);
            members.retain(|user| group.only.as_ref().is_none_or(|only| only.contains(user)));
            let read = LiveGroup { id: id.clone(), name: String::new(), members, remarks: Vec::new() };
            live.groups.insert(group.handle.clone(), read);
        }
        Ok(live)
    }

    async fn look_at(&self, _: &Live, _: &Hints, _: &BTreeSet<Addition>) -> Looked {
        Looked::default()
    }

    fn calls(&self, changes: &Changes) -> Vec<Call> {
        call::one_by_one(changes)
    }

    async fn send(&self, call: &Call, gate: Option<&Gate>) -> Result<(), Fault> {
        if let Some(fault) = gate.and_then(Gate::fault) {
            return Err(fault);
        }
        let (group, user) = (&call.group.id, &call.users[0]);
        let sign = if call.action == Action::Add { '+' } else { '-' };
        let number = {
            let mut log = self.log.lock().unwrap();
            log.push(format!("{} {sign}{user}", call.group.handle));
            log.len()
        };
        if number >= self.suspended_after {
            self.suspend();
        }
        if number > self.hangs_after {
            self.hung.notify_one();
            std::future::pending::<()>().await;
        }
        if call.action == Action::Add {
            match self.refuses.get(&(group.clone(), user.clone())) {
                Some(Refusal::Refused) => return Err(Fault::new(FaultKind::Refused, "no such role")),
                Some(Refusal::Passing) => return Err(Fault::new(FaultKind::Passing, "busy")),
                Some(Refusal::Ignored) => return Ok(()),
                None => {}
            }
        }
        if call.action == Action::Remove && self.stuck.contains(&(group.clone(), user.clone())) {
            return Err(Fault::new(FaultKind::Refused, "may not leave"));
        }
        self.change(group, user, call.action);
        Ok(())
    }

    fn requests(&self) -> u64 {
        0
    }

    fn reopen(&self) {}

    fn begin(&self) {}

    fn stop(&self) {}
}
