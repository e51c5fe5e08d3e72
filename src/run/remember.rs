//! What a run leaves in the state.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Job, Planned, Ready};
use crate::apply::Sent;
use crate::core::diff;
use crate::core::guard::Judged;
use crate::core::model::{Found, GroupId, Hints, PersonHandle, UserId};
use crate::core::moves::{self, Tried};
use crate::core::plan::{Action, GroupPlan, Why};
use crate::core::record::{self, Standing};
use crate::core::remembered::{GroupRecord, Identity};
use crate::core::roster::PersonId;
use crate::core::shrunken::{self, Aftermath, Believed, Shrunken};
use crate::core::verify::Outcome;
use crate::core::wanted;
use crate::providers::ProviderConfig;
use crate::providers::gate::Closed;
use crate::state::{Hold, Snapshot, Update};
use crate::stores::StoreError;

/// One word for a run, for the journal.
pub fn outcome(planned: &Planned<'_>, judged: &Judged, sent: &Sent) -> &'static str {
    let mut failed = sent.results.iter().filter(|(_, result)| result.outcome != Outcome::Applied);
    let failed = failed.any(|(key, _)| !sent.unsent.contains(key));
    let unread = judged.plan.groups.iter().any(|group| group.unreadable.is_some());
    match () {
        () if planned.suspended.is_some() => "suspended",
        () if sent.stopped.is_some() => "stopped",
        () if failed => "partly-failed",
        () if sent.halted == Some(Closed::Suspended) => "suspended",
        () if sent.halted.is_some() => "halted",
        () if !judged.held.is_empty() => "held",
        () if unread => "partly-unreadable",
        () if sent.results.is_empty() => "nothing-to-do",
        () => "applied",
    }
}

/// The sizes that groups will have when everything was sent, for the cheapest way to read them again.
pub fn sizes_after(ready: &Ready) -> Hints {
    let Ready { judged, live, hints: before, .. } = ready;
    let mut hints = Hints { users: live.users.or(before.users), ..before.clone() };
    hints.members.extend(live.groups.values().map(|group| (group.id.clone(), group.members.len())));
    for group in judged.approved.groups() {
        let additions = group.changes.iter().filter(|it| it.change.action == Action::Add).count();
        let removals = group.changes.len() - additions;
        let size = (group.members_now + additions).saturating_sub(removals);
        hints.members.insert(group.group.id.clone(), size);
    }
    hints
}

/// What a plan may leave: what the provider said, never what the roster did, which may be a proposal.
pub fn after_plan(job: &Job<'_>, config: &ProviderConfig, ready: &Ready) -> Result<(), StoreError> {
    let mut update = observed(job, ready);
    update.snapshots = snapshots(job, ready, None);
    update.identities = found(job, config, ready, false);
    job.stores.remember(&config.target(), &update)?;
    remember_hold(job, config, &ready.judged)
}

/// What is held, so that a person can name it by its first digits.
fn remember_hold(job: &Job<'_>, config: &ProviderConfig, judged: &Judged) -> Result<(), StoreError> {
    let withheld = judged.plan.groups.iter().flat_map(|group| &group.withheld);
    let changes = withheld.filter(|it| it.why == Why::Held).count();
    let digest = judged.digest.clone();
    let hold = digest.map(|digest| Hold { digest, group: job.group.clone(), changes, at: job.now });
    job.stores.set_hold(&config.target(), job.group.as_ref(), hold.as_ref())
}

/// What is kept before anything is sent: the moves that are about to be tried. Should rosterd stop in the
/// middle of one, the next run completes it or gives the place back.
pub fn before_apply(job: &Job<'_>, config: &ProviderConfig, ready: &Ready) -> Result<(), StoreError> {
    let moves = moves::begun(&ready.judged.approved, &job.roster.revision, job.now);
    if moves.is_empty() {
        return Ok(());
    }
    job.stores.remember(&config.target(), &Update { moves, ..Update::default() })?;
    job.stores.flush()
}

/// What is left of moves: those that were refused, and those that are still owed something.
fn moves_after(job: &Job<'_>, ready: &Ready, sent: &Sent, update: &mut Update) {
    let outcome = |key: &moves::Key| sent.results.get(key).map(|result| result.outcome);
    let refusal = |key: &moves::Key| sent.refused.get(key).cloned();
    let tried = Tried { outcome: &outcome, refusal: &refusal };
    let begun = moves::begun(&ready.judged.approved, &job.roster.revision, job.now);
    (update.moves, update.forget_moves) = moves::after(&ready.judged, begun, &tried);
}

/// What an apply leaves: the records of every group it read, and who is who.
pub fn after_apply(
    job: &Job<'_>,
    config: &ProviderConfig,
    ready: &Ready,
    sent: &Sent,
) -> Result<(), StoreError> {
    let standing = |group: &GroupPlan| standing(ready, sent, group);
    let mut update = observed(job, ready);
    update.snapshots = snapshots(job, ready, Some(&standing));
    update.identities = found(job, config, ready, true);
    update.identities.extend(doubted(ready, sent));
    for plan in &ready.judged.plan.groups {
        let Some(live) = ready.live.groups.get(&plan.group) else { continue };
        if plan.along_with.is_some() {
            update.groups.extend(as_before(ready, plan, &standing(plan)));
            continue;
        }
        if let Some(name) = bound_name(job, config, ready, plan) {
            update.names.retain(|(known, _)| *known != name);
            update.names.push((name, live.id.clone()));
        }
        let before = ready.remembered.groups.get(&live.id);
        let record = record::after(plan, live, before, &standing(plan), job.now, job.day);
        update.groups.push((live.id.clone(), record));
    }
    moves_after(job, ready, sent, &mut update);
    let whole = job.is_whole() && ready.live.unread.is_empty();
    update.damage_settled = whole;
    if whole {
        update.forget_identities = forgotten(job, ready);
    }
    job.stores.remember(&config.target(), &update)?;
    remember_hold(job, config, &ready.judged)
}

/// What an undo leaves: the records as they were, but for what it changed. No date and no cause is settled.
pub fn after_undo(
    job: &Job<'_>,
    config: &ProviderConfig,
    ready: &Ready,
    sent: &Sent,
) -> Result<(), StoreError> {
    let standing = |group: &GroupPlan| standing(ready, sent, group);
    let mut update = observed(job, ready);
    update.snapshots = snapshots(job, ready, Some(&standing));
    update.identities = found(job, config, ready, false);
    let plans = ready.judged.plan.groups.iter();
    update.groups.extend(plans.filter_map(|plan| as_before(ready, plan, &standing(plan))));
    moves_after(job, ready, sent, &mut update);
    job.stores.remember(&config.target(), &update)
}

/// The record of a group of which the run had a part only: as it was, but for what stands of its changes.
fn as_before(ready: &Ready, plan: &GroupPlan, standing: &Standing) -> Option<(GroupId, GroupRecord)> {
    let id = plan.id.as_ref()?;
    let before = ready.remembered.groups.get(id)?;
    Some((id.clone(), record::after_part(plan, before, standing)))
}

/// The name of a group whose meaning may be kept: new, unchanged, or a move that an approval covered. A
/// move with nothing to approve yet stays a move, so that what comes later has to be approved.
fn bound_name(job: &Job<'_>, config: &ProviderConfig, ready: &Ready, plan: &GroupPlan) -> Option<String> {
    let group = job.roster.groups.get(&config.name)?.get(&plan.group)?;
    let name = wanted::bound_name(&group.binding)?;
    let groups =
        ready.judged.approved.groups().iter().filter(|group| Some(&group.group.id) == plan.id.as_ref());
    let approved = groups.flat_map(|group| &group.changes).any(|change| change.approval.is_some());
    (plan.moved_from.is_none() || approved).then(|| name.to_owned())
}

fn observed(job: &Job<'_>, ready: &Ready) -> Update {
    let whole = job.is_whole();
    Update {
        users: ready.live.users,
        read_by_groups_at: (whole && ready.live.by_groups).then_some(job.now),
        ..Update::default()
    }
}

/// What groups have in them, as far as it is believed: a plan, or an apply with what stands of it.
fn snapshots(
    job: &Job<'_>,
    ready: &Ready,
    standing: Option<&dyn Fn(&GroupPlan) -> Standing>,
) -> Vec<(GroupId, Snapshot)> {
    let plans = ready.judged.plan.groups.iter().filter(|plan| plan.unreadable.is_none());
    let read = plans.filter_map(|plan| Some((plan, ready.live.groups.get(&plan.group)?)));
    let believed = read.filter_map(|(plan, live)| {
        let made = standing.map(|standing| standing(plan));
        let members = record::members_after(live, made.as_ref().unwrap_or(&Standing::default()));
        let is_over = |shrunken: &Shrunken| {
            let after = made.as_ref().map(|made| aftermath(plan, made));
            after.is_some_and(|after| shrunken::is_over(shrunken, after, job.now))
        };
        let earlier = ready.remembered.believed.get(&live.id);
        // Whoever approved removals has looked at the group.
        let earlier = earlier
            .filter(|_| plan.shrunken.is_some() || made.as_ref().is_none_or(|made| made.approved.is_empty()));
        let is_true = match &plan.shrunken {
            Some(shrunken) => is_over(shrunken),
            None => earlier.is_none_or(|earlier| !shrunken::outlasts(earlier, &live.members, job.now)),
        };
        if is_true {
            return Some((live.id.clone(), Snapshot { at: job.now, members }));
        }
        // Whom rosterd adds must not make up for those who are missing.
        let Believed { at, mut members } = earlier?.clone();
        members.extend(made?.added);
        Some((live.id.clone(), Snapshot { at, members }))
    });
    believed.collect()
}

fn aftermath(plan: &GroupPlan, made: &Standing) -> Aftermath {
    let stand = made.added.len() + made.removed.len() == plan.changes.len();
    // Of a group that was taken along, only a part was looked at.
    let is_whole = plan.along_with.is_none();
    Aftermath { approved: !made.approved.is_empty(), in_line: stand && plan.withheld.is_empty() && is_whole }
}

/// What stands of a group's changes.
fn standing(ready: &Ready, sent: &Sent, plan: &GroupPlan) -> Standing {
    let mut standing = Standing::default();
    for ((id, action, user), result) in &sent.results {
        if Some(id) == plan.id.as_ref() && result.outcome == Outcome::Applied {
            match action {
                Action::Add => standing.added.insert(user.clone()),
                Action::Remove => standing.removed.insert(user.clone()),
            };
        }
    }
    let groups =
        ready.judged.approved.groups().iter().filter(|group| Some(&group.group.id) == plan.id.as_ref());
    let approved = groups.flat_map(|group| &group.changes).filter(|change| change.approval.is_some());
    standing.approved = approved.map(|change| change.user.clone()).collect();
    standing
}

/// Who is who: what look-ups found and, after an apply, what the roster says. An identity that changed
/// is kept as it was until a person writes the right id.
fn found(
    job: &Job<'_>,
    config: &ProviderConfig,
    ready: &Ready,
    applied: bool,
) -> Vec<(PersonHandle, Identity)> {
    let mut identities = Vec::new();
    for lookup in &ready.looked_up {
        let Some(Found::One(id)) = ready.live.found.get(&lookup.person) else { continue };
        let key = Some(wanted::fold(&lookup.key));
        let last = ready.remembered.identities.get(&lookup.person);
        let same_key = last.is_none_or(|last| last.key == key);
        let changed = last.is_some_and(|last| last.id != *id && (same_key || last.key.is_none()));
        // Whoever the provider calls inactive is looked up again every time, until that has changed.
        if !changed && !is_inactive(ready, id) && (applied || same_key) {
            identities.push((lookup.person.clone(), Identity { id: id.clone(), key, at: job.now }));
        }
    }
    if applied {
        for (handle, person) in &job.roster.people {
            if let Some(PersonId::Id(id)) = person.ids.get(&config.name) {
                let identity = Identity { id: id.clone(), key: None, at: job.now };
                let known = ready.remembered.identities.get(handle);
                if known.is_none_or(|known| known.id != *id || known.key.is_some()) {
                    identities.push((handle.clone(), identity));
                }
            }
        }
    }
    identities
}

fn is_inactive(ready: &Ready, id: &UserId) -> bool {
    let mut remarks = ready.live.groups.values().flat_map(|group| &group.remarks);
    remarks.any(|it| [diff::INACTIVE, diff::LOCKED].contains(&it.code) && it.user.as_ref() == Some(id))
}

/// Remembered people whose addition failed, made old: the next run looks them up again, since the
/// account may be another by now. The id stays, so that a change of it shows.
fn doubted(ready: &Ready, sent: &Sent) -> Vec<(PersonHandle, Identity)> {
    let failed = sent.results.iter().filter(|(_, result)| result.outcome == Outcome::Failed);
    let users: BTreeSet<&UserId> =
        failed.filter(|((_, action, _), _)| *action == Action::Add).map(|((.., user), _)| user).collect();
    let people = ready.remembered.identities.iter();
    let doubted = people.filter(|(_, identity)| identity.key.is_some() && users.contains(&identity.id));
    let old = |identity: &Identity| Identity { at: Timestamp::UNIX_EPOCH, ..identity.clone() };
    doubted.map(|(person, identity)| (person.clone(), old(identity))).collect()
}

/// People who are gone from the roster and from every group: there is nothing left to remember them for.
fn forgotten(job: &Job<'_>, ready: &Ready) -> Vec<PersonHandle> {
    let live: BTreeSet<&UserId> = ready.live.groups.values().flat_map(|group| &group.members).collect();
    let people = ready.remembered.identities.iter();
    let gone = people.filter(|(person, identity)| {
        !job.roster.people.contains_key(*person) && !live.contains(&identity.id)
    });
    gone.map(|(person, _)| person.clone()).collect()
}
