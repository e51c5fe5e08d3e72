//! One provider while changes are sent to it: calls, looks at what stands, and what is given back.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};

use super::{ChangeResult, Key, Sent, Within};
use crate::core::call::{Call, SentGroup};
use crate::core::guard::{Approved, ApprovedGroup};
use crate::core::model::{Binding, GroupId, Hints, Live, Scope, ScopedGroup, UserId};
use crate::core::moves::{self, GiveBack, Send, Step};
use crate::core::plan::Action;
use crate::core::verify::{Outcome, Seen};
use crate::providers::gate::Gate;
use crate::providers::{Fault, FaultKind, Provider};

/// How calls went, before anything is read again: what went wrong, by change.
type Faults = BTreeMap<Key, Fault>;

pub(super) struct Sending<'a> {
    provider: &'a dyn Provider,
    approved: &'a Approved,
    within: &'a Within<'a>,
    sent: Sent,
    /// Intents without an outcome yet.
    open: BTreeMap<Key, u64>,
    faults: Faults,
    /// What was sent.
    tried: BTreeSet<Key>,
    /// Places that were sent for to be given back.
    given_back: Vec<&'a GiveBack>,
}

impl<'a> Sending<'a> {
    pub(super) fn new(provider: &'a dyn Provider, approved: &'a Approved, within: &'a Within<'a>) -> Self {
        Self {
            provider,
            approved,
            within,
            sent: Sent::default(),
            open: BTreeMap::new(),
            faults: Faults::new(),
            tried: BTreeSet::new(),
            given_back: Vec::new(),
        }
    }

    /// Makes the intents durable, then sends the calls side by side; nothing once the run's gate is closed.
    pub(super) async fn send(&mut self, sends: &[Send<'_>]) {
        self.send_through(self.within.gate, sends).await;
    }

    async fn send_through(&mut self, gate: Option<&Gate>, sends: &[Send<'_>]) {
        if sends.is_empty() {
            return;
        }
        if let Some(why) = gate.and_then(Gate::why) {
            return sends.iter().for_each(|send| self.not_sent(send, &why));
        }
        if let Some(why) = self.sent.stopped.clone() {
            return self.sent.keep_back(sends, why);
        }
        let within = self.within;
        let changes: Vec<_> = sends.iter().map(|send| (&**send.group, send.change)).collect();
        let numbers = match within.trail.intents(within.run, within.roster, &changes).await {
            Ok(numbers) => numbers,
            Err(error) => {
                let why = format!("not sent: its intent could not be written down: {error}");
                return self.sent.keep_back(sends, why);
            }
        };
        self.open.extend(sends.iter().map(Send::key).zip(numbers));
        self.tried.extend(sends.iter().map(Send::key));
        let provider = self.provider;
        let faults: Vec<(usize, Faults)> = stream::iter(provider.calls(&moves::changes(sends)))
            .map(|call| send_halving(provider, call, gate))
            .buffer_unordered(within.concurrency)
            .collect()
            .await;
        for (calls, faults) in faults {
            self.sent.calls += calls;
            self.faults.extend(faults);
        }
        if let Some(why) = gate.and_then(Gate::why) {
            let is_unsent = |key: &Key| self.faults.get(key).is_some_and(|fault| !fault.sent);
            self.sent.halt(why, sends.iter().map(Send::key).filter(is_unsent));
        }
    }

    /// Notes why a change is not sent. Once the run's gate is closed, that is why, whatever else there is.
    fn not_sent(&mut self, send: &Send<'_>, why: &dyn Display) {
        let closed = self.within.gate.and_then(Gate::why);
        let why = closed.map_or_else(|| why.to_string(), |closed| closed.to_string());
        let result = ChangeResult { outcome: Outcome::Failed, detail: Some(format!("not sent: {why}")) };
        self.sent.results.insert(send.key(), result);
        if let Some(closed) = closed {
            self.sent.halt(closed, [send.key()]);
        }
    }

    fn outcome(&self, key: &Key) -> Option<Outcome> {
        self.sent.results.get(key).map(|result| result.outcome)
    }

    /// The additions of moves whose places were seen to be free; a place that no addition took is given
    /// back at once, also when nothing else is sent any more: nobody is left in neither place for as long as a
    /// suspension lasts.
    pub(super) async fn take(&mut self, sends: Vec<Send<'a>>) {
        let mut ready = Vec::new();
        for send in &sends {
            match moves::is_free(send, &|key| self.outcome(key)) {
                Ok(()) => ready.push(*send),
                Err(group) => {
                    let place = self.handle(group);
                    self.not_sent(send, &format!("the place in {place} was not seen to be free"));
                }
            }
        }
        self.send(&ready).await;
        self.look(&ready).await;
        let backs = moves::give_backs(&sends, &|key| self.outcome(key));
        let again: Vec<Send<'_>> = backs.iter().map(|back| back.as_send()).collect();
        self.given_back = backs;
        self.send_through(None, &again).await;
    }

    fn handle(&self, group: &GroupId) -> &'a str {
        let mut groups = self.approved.groups().iter();
        groups.find(|it| it.group.id == *group).map_or("", |it| it.group.handle.as_str())
    }

    /// The removals of a phase, without those of groups that would be left too small because their
    /// additions failed. A group that is near to it is read first: an addition that was accepted is no
    /// member yet. While room is made for moves, a group only has to keep somebody.
    pub(super) async fn without_emptying(&mut self, step: Step, sends: Vec<Send<'a>>) -> Vec<Send<'a>> {
        let least = |group: &ApprovedGroup| match step {
            Step::Free => group.least.min(usize::from(!group.may_empty)),
            Step::Add | Step::Take | Step::Remove => group.least,
        };
        let mut leaving: BTreeMap<&GroupId, usize> = BTreeMap::new();
        for send in &sends {
            *leaving.entry(&send.group.id).or_default() += 1;
        }
        let left = self.sent.results.iter().filter(|(_, result)| result.outcome != Outcome::Failed);
        for (id, action, _) in left.map(|(key, _)| key).chain(self.open.keys()) {
            if let (Action::Remove, Some(leaving)) = (action, leaving.get_mut(id)) {
                *leaving += 1;
            }
        }
        let leaving_of = |group: &ApprovedGroup| leaving.get(&group.group.id).copied().unwrap_or(0);
        let is_risky = |group: &&ApprovedGroup| {
            leaving_of(group) > 0 && group.members_now < leaving_of(group) + least(group)
        };
        let risky: Vec<&ApprovedGroup> = self.approved.groups().iter().filter(is_risky).collect();
        if risky.is_empty() || self.sent.stopped.is_some() {
            return sends;
        }
        let live = self.read(risky.iter().copied()).await;
        let stands = |group: &ApprovedGroup| {
            let seen = live.as_ref().ok().and_then(|live| live.groups.get(&group.group.handle));
            let added = group.changes.iter().filter(|it| it.change.action == Action::Add);
            let added = seen.map_or(0, |seen| added.filter(|it| seen.members.contains(&it.user)).count());
            group.members_now + added >= leaving_of(group) + least(group)
        };
        let emptied: BTreeSet<GroupId> =
            risky.into_iter().filter(|group| !stands(group)).map(|group| group.group.id.clone()).collect();
        let (kept, sent) = sends.into_iter().partition(|send| emptied.contains(&send.group.id));
        let kept: Vec<Send<'_>> = kept;
        for send in kept {
            self.not_sent(&send, &"too few additions stand, and the group would be left empty or too small");
        }
        sent
    }

    async fn read(&self, groups: impl Iterator<Item = &ApprovedGroup>) -> Result<Live, Fault> {
        let groups = groups.map(scoped).collect();
        self.read_scoped(groups).await
    }

    /// Reads some groups again, even where the provider was given up over the calls before.
    async fn read_scoped(&self, groups: Vec<ScopedGroup>) -> Result<Live, Fault> {
        self.provider.reopen();
        let hints = Hints { by_groups_due: false, ..self.within.hints.clone() };
        self.provider.read(&Scope { groups, lookups: Vec::new(), hints }).await
    }

    /// Looks at what was just sent, since something rests on it.
    pub(super) async fn look(&mut self, sends: &[Send<'_>]) {
        let open = sends.iter().map(Send::key).filter(|key| self.open.contains_key(key)).collect();
        self.settle(open).await;
    }

    /// Reads the touched groups again, and writes down what has no outcome yet.
    pub(super) async fn look_at_the_rest(&mut self) {
        let open = self.open.keys().cloned().collect();
        self.settle(open).await;
    }

    /// Reads the groups of these changes, compares, and writes every outcome down.
    async fn settle(&mut self, keys: BTreeSet<Key>) {
        if keys.is_empty() {
            return;
        }
        let groups = self.groups_of(&keys);
        let live = self.read_scoped(groups.values().cloned().collect()).await;
        let failure = live.as_ref().err().map(ToString::to_string);
        let seen = match (&live, &failure) {
            (Ok(live), _) => Seen::new(live),
            (Err(_), failure) => Seen::nothing(failure.as_deref().unwrap_or_default()),
        };
        let mut outcomes = Vec::new();
        for key in keys {
            let Some(number) = self.open.remove(&key) else { continue };
            let (group, action, user) = &key;
            let handle = groups.get(group).map_or("", |group| group.handle.as_str());
            let fault = self.faults.get(&key);
            let (outcome, detail) = match fault {
                Some(fault) if !fault.sent => (Outcome::Failed, Some(format!("not sent: {fault}"))),
                _ => seen.judge(handle, group, user, *action, fault.map(|fault| fault.detail.as_str())),
            };
            outcomes.push((number, outcome, detail.clone()));
            self.sent.results.insert(key, ChangeResult { outcome, detail });
        }
        let within = self.within;
        if let Err(error) = within.trail.outcomes(within.run, &outcomes).await {
            self.sent.stop(format!("the outcomes could not be written down: {error}"));
        }
    }

    /// The groups of some changes, with the users whom they concern.
    fn groups_of(&self, keys: &BTreeSet<Key>) -> BTreeMap<GroupId, ScopedGroup> {
        let approved = self.approved.groups().iter().map(|group| &group.group);
        let known: BTreeMap<&GroupId, &Arc<SentGroup>> = approved
            .chain(self.given_back.iter().map(|back| &back.group))
            .map(|group| (&group.id, group))
            .collect();
        let mut groups: BTreeMap<GroupId, ScopedGroup> = BTreeMap::new();
        for (id, _, user) in keys {
            let Some(group) = known.get(id) else { continue };
            let scoped = groups.entry(id.clone()).or_insert_with(|| ScopedGroup {
                handle: group.handle.clone(),
                binding: Binding::Seen(id.clone()),
                user_type: group.user_type,
                only: Some(BTreeSet::new()),
            });
            scoped.only.get_or_insert_default().insert(user.clone());
        }
        groups
    }

    /// What became of moves: a removal whose place was given back does not stand, and a refused addition
    /// says where its person is.
    pub(super) fn tell(mut self) -> Sent {
        let refused: BTreeSet<Key> = moves::takes(self.approved).map(|send| send.key()).collect();
        let refused = refused.into_iter().filter(|key| self.outcome(key) == Some(Outcome::Failed));
        self.sent.refused = refused.filter_map(|key| Some((key.clone(), self.refusal(&key)?))).collect();
        for back in std::mem::take(&mut self.given_back) {
            let send = back.as_send();
            let (group, user) = (send.group, &send.change.user);
            let Some(result) = self.sent.results.get(&send.key()).cloned() else { continue };
            let word = match result.outcome {
                Outcome::Applied => format!("the place in {} was given back", group.handle),
                Outcome::Failed | Outcome::Unknown => format!(
                    "the place in {} could not be given back: {}",
                    group.handle,
                    result.detail.unwrap_or_default()
                ),
            };
            let takes: Vec<Send<'_>> =
                moves::takes(self.approved).filter(|take| take.needs(&group.id, user)).collect();
            let was_unsent = takes.iter().any(|take| self.sent.unsent.contains(&take.key()));
            for take in takes {
                if let Some(ChangeResult { detail: Some(detail), .. }) =
                    self.sent.results.get_mut(&take.key())
                {
                    *detail = format!("{detail}; {word}");
                }
            }
            let removal = (group.id.clone(), Action::Remove, user.clone());
            if let (Outcome::Applied, Some(removed)) = (result.outcome, self.sent.results.get_mut(&removal)) {
                let why = if was_unsent { "not sent" } else { "refused" };
                let detail = Some(format!("given back, since the addition was {why}"));
                *removed = ChangeResult { outcome: Outcome::Failed, detail };
                if was_unsent {
                    self.sent.unsent.insert(removal);
                }
            }
        }
        self.sent
    }

    /// Why the provider will not have a change, whatever is tried: it refused the call, or took it and did
    /// nothing.
    fn refusal(&self, key: &Key) -> Option<String> {
        if !self.tried.contains(key) {
            return None;
        }
        let detail = self.sent.results.get(key)?.detail.clone();
        match self.faults.get(key) {
            None => detail,
            // A 401 that outlasts a new token refuses this change: reads went through.
            Some(fault) if fault.sent && matches!(fault.kind, FaultKind::Refused | FaultKind::Auth) => detail,
            Some(_) => None,
        }
    }
}

fn scoped(group: &ApprovedGroup) -> ScopedGroup {
    ScopedGroup {
        handle: group.group.handle.clone(),
        binding: Binding::Seen(group.group.id.clone()),
        user_type: group.group.user_type,
        only: Some(group.changes.iter().map(|change| change.user.clone()).collect()),
    }
}

/// Sends a call. A batch that is refused as a whole is halved until the bad members are alone.
async fn send_halving(provider: &dyn Provider, call: Call, gate: Option<&Gate>) -> (usize, Faults) {
    let mut faults = Faults::new();
    let mut sent = 0;
    let mut waiting = vec![call];
    while let Some(call) = waiting.pop() {
        #[expect(clippy::disallowed_methods, reason = "this is src/apply, the one place that may write")]
        let answer = provider.send(&call, gate).await;
        sent += usize::from(!matches!(&answer, Err(fault) if !fault.sent));
        let Err(fault) = answer else { continue };
        match call.halves() {
            Some((left, right)) if fault.kind == FaultKind::Refused => waiting.extend([right, left]),
            _ => {
                let users = call.users.iter();
                let key = |user: &UserId| (call.group.id.clone(), call.action, user.clone());
                faults.extend(users.map(|user| (key(user), fault.clone())));
            }
        }
    }
    (sent, faults)
}
