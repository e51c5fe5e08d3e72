//! The first step of a run: what one provider says of its groups and of people.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::settle::foresee;
use super::{Aim, Connected, Job};
use crate::core::model::{
    Binding, Found, GroupHandle, GroupId, Hints, Live, Lookup, PersonHandle, ProviderName, Scope,
    ScopedGroup, Target,
};
use crate::core::remembered::{Identity, Remembered};
use crate::core::roster::GroupBinding;
use crate::core::shrunken::Believed;
use crate::core::wanted::{self, Identities};
use crate::providers::{Fault, FaultKind};
use crate::stores::StoreError;

/// Look-ups are repeated after this long.
const LOOKUP_LASTS: SignedDuration = SignedDuration::from_hours(24);

/// What one provider said, before planning.
pub(super) struct Reading {
    pub(super) live: Live,
    pub(super) identities: Identities,
    pub(super) remembered: Remembered,
    pub(super) looked_up: Vec<Lookup>,
    pub(super) hints: Hints,
}

/// Reads one provider: the groups of the run and those beside them, and the people who must be found.
pub(super) async fn read(
    job: &Job<'_>,
    connected: &Connected<'_>,
    remembered: Remembered,
) -> Result<Reading, Fault> {
    let Connected { config, adapter } = connected;
    let target = config.target();
    let hints = job.stores.hints(&target, job.now).map_err(no_memory)?;
    let is_planned = job.scope(&config.name);
    let beside = job.beside_groups();
    let is_read = |group: &GroupHandle| is_planned(group) || beside.contains(&(&config.name, group));
    let protected = &config.limits.protected.value;
    let kind = config.kind.name();
    let by_email = kind.finds_by_email();
    let mut lookups = wanted::lookups(job.roster, &config.name, by_email, protected, &is_planned);
    let known = wanted::members_known(job.roster, &remembered);
    lookups.extend(wanted::lookups_of(job.roster, &config.name, by_email, known.into_iter()));
    if let Aim::Undo(undo) = job.aim {
        lookups.extend(wanted::lookups_of(job.roster, &config.name, by_email, undo.people().iter()));
    }
    lookups.sort_by(|one, other| one.person.cmp(&other.person));
    lookups.dedup();
    let (mut cached, mut lookups) = split_cached(lookups, &remembered, job.now);
    if kind.finds_all_at_once() && !lookups.is_empty() {
        cached.clear();
        lookups = wanted::all_lookups(job.roster, &config.name, by_email);
    }
    let scope = Scope { groups: scoped(job, &config.name, &is_read), lookups, hints: hints.clone() };
    let mut remembered = remembered;
    let mut live = if scope.groups.is_empty() { Live::default() } else { adapter.read(&scope).await? };
    live.found.extend(cached);
    remembered.believed = believed(job, &target, &hints, &live)?;
    foresee(job, &target, &live, &mut remembered);
    let identities = Identities::judge(job.roster, &config.name, &live.found, &remembered.identities);
    Ok(Reading { live, identities, remembered, looked_up: scope.lookups, hints })
}

/// What was believed of groups that are smaller now; of the others it need not be loaded.
fn believed(
    job: &Job<'_>,
    target: &Target,
    hints: &Hints,
    live: &Live,
) -> Result<BTreeMap<GroupId, Believed>, Fault> {
    let mut believed = BTreeMap::new();
    for group in live.groups.values() {
        let before = hints.members.get(&group.id).copied().unwrap_or_default();
        if group.members.len() < before
            && let Some(found) = job.stores.believed(target, &group.id).map_err(no_memory)?
        {
            believed.insert(group.id.clone(), found);
        }
    }
    Ok(believed)
}

/// Without what earlier runs left, a provider is left alone.
#[expect(clippy::needless_pass_by_value, reason = "it is made for `map_err`")]
fn no_memory(error: StoreError) -> Fault {
    Fault::new(FaultKind::Unreadable, error.to_string())
}

fn scoped(
    job: &Job<'_>,
    provider: &ProviderName,
    is_read: &dyn Fn(&GroupHandle) -> bool,
) -> Vec<ScopedGroup> {
    let groups = job.roster.groups.get(provider).into_iter().flatten();
    let in_scope = groups.filter(|(handle, _)| is_read(handle));
    let scoped = in_scope.map(|(handle, group)| ScopedGroup {
        handle: handle.clone(),
        binding: match &group.binding {
            GroupBinding::Id(id) => Binding::Id(id.clone()),
            GroupBinding::Name(name) => Binding::Name(name.clone()),
        },
        user_type: group.user_type,
        only: None,
    });
    scoped.collect()
}

/// What was found within a day need not be looked up again.
fn split_cached(
    lookups: Vec<Lookup>,
    remembered: &Remembered,
    now: Timestamp,
) -> (BTreeMap<PersonHandle, Found>, Vec<Lookup>) {
    let fresh = |lookup: &Lookup| -> Option<&Identity> {
        let identity = remembered.identities.get(&lookup.person)?;
        let same = identity.key.as_deref() == Some(wanted::fold(&lookup.key).as_str());
        (same && now.duration_since(identity.at) < LOOKUP_LASTS).then_some(identity)
    };
    let mut cached = BTreeMap::new();
    let mut open = Vec::new();
    for lookup in lookups {
        match fresh(&lookup) {
            Some(identity) => drop(cached.insert(lookup.person, Found::One(identity.id.clone()))),
            None => open.push(lookup),
        }
    }
    (cached, open)
}
