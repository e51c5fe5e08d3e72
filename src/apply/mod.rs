//! Sends what the guard approved: journal before, calls, a read after, journal after.
//!
//! Additions come before removals. One failure does not stop the rest. What is about to be sent is
//! durable before its first byte; what was sent counts as done only when a read shows it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};

use crate::core::call::{Call, SentGroup};
use crate::core::guard::{Approved, ApprovedChange, ApprovedGroup};
use crate::core::model::{Binding, GroupId, Hints, Live, Scope, ScopedGroup, UserId};
use crate::core::plan::Action;
use crate::core::roster::Roster;
use crate::core::verify::{Outcome, Seen};
use crate::providers::{Fault, FaultKind, Provider};

mod trail;

pub use trail::{Run, Trail};

/// What became of every approved change, group by group in the order of [`Approved::groups`].
#[derive(Debug, Default)]
pub struct Sent {
    /// The results, keyed by what was changed.
    pub results: BTreeMap<Key, ChangeResult>,
    /// Calls sent.
    pub calls: usize,
    /// Why nothing more could be sent, when the journal failed.
    pub stopped: Option<String>,
}

impl Sent {
    /// Nothing was sent, because the journal does not know of the run.
    #[must_use]
    pub fn nothing(approved: &Approved, error: &dyn std::fmt::Display) -> Self {
        let mut sent = Self::default();
        let groups = approved.groups().iter();
        let changes = groups.flat_map(|group| group.changes.iter().map(|change| (&*group.group, change)));
        sent.keep_back(changes, format!("not sent: the run could not be written down: {error}"));
        sent
    }

    /// Notes trouble of ours. What was sent until then stays as it is.
    pub fn stop(&mut self, why: String) {
        self.stopped.get_or_insert(why);
    }

    /// Nothing is sent whose intent is not durable.
    fn keep_back<'a>(
        &mut self,
        changes: impl IntoIterator<Item = (&'a SentGroup, &'a ApprovedChange)>,
        why: String,
    ) {
        for (group, change) in changes {
            let result = ChangeResult { outcome: Outcome::Failed, detail: Some(why.clone()) };
            self.results.insert(key(group, change.change.action, &change.user), result);
        }
        self.stop(why);
    }
}

/// One change of one provider.
pub type Key = (GroupId, Action, UserId);

/// What became of one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeResult {
    /// Seen to stand, seen not to, or not seen.
    pub outcome: Outcome,
    /// The provider's message, or ours.
    pub detail: Option<String>,
}

/// The run that changes are sent in.
pub struct Within<'a> {
    /// Where the reasons of changes are written.
    pub roster: &'a Roster,
    /// Calls in flight at once.
    pub concurrency: usize,
    /// What is known of sizes, for the cheapest way to read again.
    pub hints: Hints,
    /// The audit trail.
    pub trail: &'a Trail,
    /// The run, as the trail names it.
    pub run: &'a Run,
}

/// How the calls of one phase went, before anything is read again: what went wrong, by change.
type Faults = BTreeMap<Key, Fault>;

/// Sends the approved changes of one provider and reads the touched groups again.
pub async fn send_all(provider: &dyn Provider, approved: &Approved, within: &Within<'_>) -> Sent {
    let mut sending = Sending { provider, within, sent: Sent::default(), faults: Faults::new() };
    let additions = select(approved.groups(), Action::Add, |_| true);
    let intents = sending.phase(approved, &additions).await;
    let removals = sending.removals_that_empty_nothing(approved).await;
    let more = sending.phase(approved, &removals).await;
    let intents = intents.into_iter().chain(more).collect::<BTreeMap<_, _>>();
    sending.verify(approved, &intents).await;
    sending.sent
}

/// Some changes of one group.
struct Part<'a> {
    group: &'a ApprovedGroup,
    changes: Vec<&'a ApprovedChange>,
}

fn select(groups: &[ApprovedGroup], action: Action, which: impl Fn(&ApprovedGroup) -> bool) -> Vec<Part<'_>> {
    let parts = groups.iter().filter(|group| which(group)).map(|group| Part {
        group,
        changes: group.changes.iter().filter(|change| change.change.action == action).collect(),
    });
    parts.filter(|part| !part.changes.is_empty()).collect()
}

fn key(group: &SentGroup, action: Action, user: &UserId) -> Key {
    (group.id.clone(), action, user.clone())
}

struct Sending<'a> {
    provider: &'a dyn Provider,
    within: &'a Within<'a>,
    sent: Sent,
    faults: Faults,
}

impl Sending<'_> {
    /// Makes the intents durable, then sends the calls side by side. Returns the intents' numbers.
    async fn phase(&mut self, approved: &Approved, parts: &[Part<'_>]) -> BTreeMap<Key, u64> {
        let Some(action) = parts.first().and_then(|part| part.changes.first()).map(|it| it.change.action)
        else {
            return BTreeMap::new();
        };
        let within = self.within;
        let changes: Vec<_> = parts
            .iter()
            .flat_map(|part| part.changes.iter().map(|change| (&*part.group.group, *change)))
            .collect();
        if let Some(why) = self.sent.stopped.clone() {
            self.sent.keep_back(changes, why);
            return BTreeMap::new();
        }
        let numbers = match within.trail.intents(within.run, within.roster, &changes).await {
            Ok(numbers) => numbers,
            Err(error) => {
                let why = format!("not sent: its intent could not be written down: {error}");
                self.sent.keep_back(changes, why);
                return BTreeMap::new();
            }
        };
        let wanted: BTreeSet<Key> =
            changes.iter().map(|(group, change)| key(group, action, &change.user)).collect();
        let calls = self.provider.calls(&approved.changes()).into_iter();
        let calls: Vec<Call> =
            calls.filter(|call| call.action == action).filter_map(|call| keep(call, &wanted)).collect();
        let provider = self.provider;
        let faults: Vec<(usize, Faults)> = stream::iter(calls)
            .map(|call| send_halving(provider, call))
            .buffer_unordered(within.concurrency)
            .collect()
            .await;
        for (calls, faults) in faults {
            self.sent.calls += calls;
            self.faults.extend(faults);
        }
        changes.iter().map(|(group, change)| key(group, action, &change.user)).zip(numbers).collect()
    }

    /// The removals, without those of groups that would be left empty because their additions failed.
    /// A group that loses everybody it has is read first: an addition that was accepted is no member yet.
    async fn removals_that_empty_nothing<'g>(&mut self, approved: &'g Approved) -> Vec<Part<'g>> {
        let loses_all = |group: &ApprovedGroup| {
            let removals = group.changes.iter().filter(|it| it.change.action == Action::Remove).count();
            !group.may_empty && removals > 0 && removals >= group.members_now
        };
        let risky: Vec<&ApprovedGroup> = approved.groups().iter().filter(|group| loses_all(group)).collect();
        if risky.is_empty() || self.sent.stopped.is_some() {
            return select(approved.groups(), Action::Remove, |_| true);
        }
        let live = self.read(risky.iter().copied()).await;
        let stands = |group: &ApprovedGroup| {
            let seen = live.as_ref().ok().and_then(|live| live.groups.get(&group.group.handle));
            seen.is_some_and(|seen| {
                let mut added = group.changes.iter().filter(|it| it.change.action == Action::Add);
                added.any(|it| seen.members.contains(&it.user))
            })
        };
        let emptied: BTreeSet<GroupId> =
            risky.into_iter().filter(|group| !stands(group)).map(|group| group.group.id.clone()).collect();
        for group in approved.groups().iter().filter(|group| emptied.contains(&group.group.id)) {
            for change in group.changes.iter().filter(|it| it.change.action == Action::Remove) {
                let detail = "not sent: no addition stands, and the group would be left empty".to_owned();
                let result = ChangeResult { outcome: Outcome::Failed, detail: Some(detail) };
                self.sent.results.insert(key(&group.group, Action::Remove, &change.user), result);
            }
        }
        select(approved.groups(), Action::Remove, |group| !emptied.contains(&group.group.id))
    }

    /// Reads some groups again, even where the provider was given up over the calls before.
    async fn read(&self, groups: impl Iterator<Item = &ApprovedGroup>) -> Result<Live, Fault> {
        self.provider.reopen();
        let groups = groups.map(scoped).collect();
        let hints = Hints { by_groups_due: false, ..self.within.hints.clone() };
        self.provider.read(&Scope { groups, lookups: Vec::new(), hints }).await
    }

    /// Reads the touched groups again, compares, and writes every outcome down.
    async fn verify(&mut self, approved: &Approved, intents: &BTreeMap<Key, u64>) {
        if intents.is_empty() {
            return;
        }
        let touched = |group: &&ApprovedGroup| intents.keys().any(|(id, ..)| *id == group.group.id);
        let live = self.read(approved.groups().iter().filter(touched)).await;
        let failure = live.as_ref().err().map(ToString::to_string);
        let seen = match (&live, &failure) {
            (Ok(live), _) => Seen::new(live),
            (Err(_), failure) => Seen::nothing(failure.as_deref().unwrap_or_default()),
        };
        let handles: BTreeMap<&GroupId, &str> =
            approved.groups().iter().map(|group| (&group.group.id, group.group.handle.as_str())).collect();
        let within = self.within;
        let mut outcomes = Vec::new();
        for (key, number) in intents {
            let (group, action, user) = key;
            let handle = handles.get(group).copied().unwrap_or_default();
            let fault = self.faults.get(key);
            let (outcome, detail) = match fault {
                Some(fault) if !fault.sent => (Outcome::Failed, Some(format!("not sent: {fault}"))),
                _ => seen.judge(handle, group, user, *action, fault.map(|fault| fault.detail.as_str())),
            };
            outcomes.push((*number, outcome, detail.clone()));
            self.sent.results.insert(key.clone(), ChangeResult { outcome, detail });
        }
        if let Err(error) = within.trail.outcomes(within.run, &outcomes).await {
            self.sent.stop(format!("the outcomes could not be written down: {error}"));
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

/// The call without the users that are not to be sent; none when nobody is left.
fn keep(mut call: Call, wanted: &BTreeSet<Key>) -> Option<Call> {
    let (group, action) = (Arc::clone(&call.group), call.action);
    call.users.retain(|user| wanted.contains(&key(&group, action, user)));
    (!call.users.is_empty()).then_some(call)
}

/// Sends a call. A batch that is refused as a whole is halved until the bad members are alone.
async fn send_halving(provider: &dyn Provider, call: Call) -> (usize, Faults) {
    let mut faults = Faults::new();
    let mut sent = 0;
    let mut waiting = vec![call];
    while let Some(call) = waiting.pop() {
        #[expect(clippy::disallowed_methods, reason = "this is src/apply, the one place that may write")]
        let answer = provider.send(&call).await;
        sent += usize::from(!matches!(&answer, Err(fault) if !fault.sent));
        let Err(fault) = answer else { continue };
        match call.halves() {
            Some((left, right)) if fault.kind == FaultKind::Refused => waiting.extend([right, left]),
            _ => {
                let users = call.users.iter();
                faults.extend(users.map(|user| (key(&call.group, call.action, user), fault.clone())));
            }
        }
    }
    (sent, faults)
}
