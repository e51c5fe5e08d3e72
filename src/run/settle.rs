//! After a crash: changes without an outcome are settled by reading, before anything else.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use super::{Connected, Job};
use crate::apply::Trail;
use crate::clean::clean_message;
use crate::core::model::{Binding, GroupHandle, GroupId, Live, Scope, ScopedGroup, Target, UserType};
use crate::core::record;
use crate::core::remembered::Remembered;
use crate::core::verify::{Outcome, Seen};
use crate::journal::{Intent, JournalError, Record};
use crate::stores::StoreError;

/// What became of intents, by their numbers.
type Outcomes = Vec<(u64, Outcome, Option<String>)>;

/// Reads the groups of changes that were about to be sent when rosterd stopped, and records what is
/// there. What cannot be read now stays open for the next apply.
///
/// # Errors
/// When the journal cannot be written.
pub async fn settle(job: &Job<'_>, trail: &Trail) -> Result<usize, StoreError> {
    let mut open: BTreeMap<&Target, Vec<(u64, &Intent)>> = BTreeMap::new();
    let unsettled = job.stores.unsettled();
    for line in &unsettled {
        if let Record::Intent(intent) = &line.record {
            open.entry(&intent.target).or_default().push((line.seq, intent));
        }
    }
    let looks = job.providers.iter().filter_map(|connected| {
        let intents = open.remove(&connected.config.target())?;
        Some(look(job, connected, intents))
    });
    let mut settled = 0;
    // Side by side: a provider that is slow to say that it is down keeps nobody waiting.
    for outcomes in join_all(looks).await.into_iter().filter(|outcomes| !outcomes.is_empty()) {
        settled += write_down(job, trail, &outcomes).await?;
    }
    Ok(settled)
}

/// Writes outcomes down, and says how many.
async fn write_down(job: &Job<'_>, trail: &Trail, outcomes: &Outcomes) -> Result<usize, JournalError> {
    if !outcomes.is_empty() {
        trail.settle(outcomes).await?;
        job.stores.settled(&outcomes.iter().map(|(seq, ..)| *seq).collect());
    }
    Ok(outcomes.len())
}

/// What stands of the intents, as far as it can be read.
async fn look(job: &Job<'_>, connected: &Connected<'_>, intents: Vec<(u64, &Intent)>) -> Outcomes {
    let groups: BTreeMap<GroupId, GroupHandle> =
        intents.iter().map(|(_, intent)| (intent.group_id.clone(), intent.group.clone())).collect();
    let scoped = groups.into_iter().map(|(id, handle)| {
        let of_group = intents.iter().filter(|(_, intent)| intent.group_id == id);
        let only: BTreeSet<_> = of_group.map(|(_, intent)| intent.id.clone()).collect();
        // The type of user only matters for finding a cheaper way to read; a customer group has one way.
        let user_type = UserType::Customer;
        ScopedGroup { handle, binding: Binding::Seen(id), user_type, only: Some(only) }
    });
    let scope = Scope { groups: scoped.collect(), ..Scope::default() };
    let provider = &connected.config.name;
    let live = match connected.adapter.read(&scope).await {
        Ok(live) => live,
        Err(_) if job.is_stopping() => return Outcomes::new(),
        Err(fault) => {
            let fault = clean_message(&fault.detail);
            tracing::warn!(%provider, %fault, "Changes of an interrupted run stay open.");
            return Outcomes::new();
        }
    };
    for (handle, why) in live.unread.iter().filter(|_| !job.is_stopping()) {
        let why = clean_message(why);
        tracing::warn!(%provider, group = %handle, %why, "Changes of an interrupted run cannot be read again.");
    }
    let seen = Seen::new(&live);
    let mut outcomes = Outcomes::new();
    for (seq, intent) in &intents {
        let (outcome, detail) = judge(&seen, intent);
        // A group that the roster has given up may be gone for good: then nobody will ever know.
        let groups = job.roster.groups.get(provider);
        let may_be_read_later = groups.is_some_and(|it| it.contains_key(intent.group.as_str()));
        if outcome != Outcome::Unknown || !may_be_read_later {
            outcomes.push((*seq, outcome, detail));
        }
    }
    outcomes
}

/// What could not be read by itself is settled by the read that the plan rests on, before anything is sent.
///
/// # Errors
/// When the journal cannot be written.
pub(super) async fn settle_by(
    job: &Job<'_>,
    target: &Target,
    live: &Live,
    trail: &Trail,
) -> Result<(), JournalError> {
    let seen = Seen::new(live);
    let mut outcomes = Outcomes::new();
    for line in job.stores.unsettled() {
        if let Record::Intent(intent) = &line.record
            && intent.target == *target
        {
            let (outcome, detail) = judge(&seen, intent);
            if outcome != Outcome::Unknown {
                outcomes.push((line.seq, outcome, detail));
            }
        }
    }
    write_down(job, trail, &outcomes).await.map(drop)
}

/// What is open and seen to stand is rosterd's own doing: lets the records say so, for the plan that is made before
/// anything is settled.
pub(super) fn foresee(job: &Job<'_>, target: &Target, live: &Live, remembered: &mut Remembered) {
    let seen = Seen::new(live);
    for line in job.stores.unsettled() {
        if let Record::Intent(intent) = &line.record
            && intent.target == *target
            && judge(&seen, intent).0 == Outcome::Applied
            && let Some(record) = remembered.groups.get_mut(&intent.group_id)
        {
            record::note(record, intent.action, &intent.id, Some(intent.cause));
        }
    }
}

fn judge(seen: &Seen<'_>, intent: &Intent) -> (Outcome, Option<String>) {
    let Intent { group, group_id, id, action, .. } = intent;
    let interrupted = Some("the run was interrupted before its outcome was seen");
    let (outcome, detail) = seen.judge(group.as_str(), group_id, id, *action, interrupted);
    (outcome, detail.or_else(|| Some("seen after an interrupted run".to_owned())))
}
