//! Which groups of Emporix the groups of the roster are.
//!
//! A file of its own because it is a question of its own: bindings to ids, before any member is read.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::client::{self, Client};
use super::wire::{Group, Stated};
use crate::core::model::{Binding, GroupHandle, GroupId, Scope, ScopedGroup};
use crate::providers::{Fault, FaultKind};

/// What became of each binding: the group, or why there is none.
pub type Located = BTreeMap<GroupHandle, Result<LocatedGroup, String>>;

/// One group of the roster, found at Emporix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocatedGroup {
    /// Its id.
    pub id: GroupId,
    /// Its name; empty when nothing was looked up or it has none.
    pub name: String,
    /// Who it says it is for.
    pub user_type: Stated,
}

/// What Emporix said of groups.
#[derive(Debug, Default)]
pub struct Known {
    /// Those that are there.
    pub groups: BTreeMap<GroupId, Group>,
    /// Those that were asked for one by one and did not come.
    pub failed: BTreeMap<GroupId, Fault>,
}

/// Finds the groups of a scope with as few calls as the bindings allow.
///
/// # Errors
/// When the list of groups cannot be read, or the credentials are not taken.
pub async fn locate(client: &Client, scope: &Scope) -> Result<Located, Fault> {
    Ok(resolve(&scope.groups, &look_up(client, scope).await?))
}

/// Which group each binding means. Pure. Two bindings of one live group leave it alone.
#[must_use]
pub fn resolve(groups: &[ScopedGroup], known: &Known) -> Located {
    let mut located: Located =
        groups.iter().map(|group| (group.handle.clone(), find(&group.binding, known))).collect();
    let mut bound: BTreeMap<GroupId, Vec<GroupHandle>> = BTreeMap::new();
    for (handle, group) in &located {
        if let Ok(group) = group {
            bound.entry(group.id.clone()).or_default().push(handle.clone());
        }
    }
    for (id, handles) in bound.into_iter().filter(|(_, handles)| handles.len() > 1) {
        let names: Vec<&str> = handles.iter().map(GroupHandle::as_str).collect();
        let why =
            format!("two bindings are one live group: {} all mean {id}; keep one of them", names.join(", "));
        located.extend(handles.iter().map(|handle| (handle.clone(), Err(why.clone()))));
    }
    located
}

fn find(binding: &Binding, known: &Known) -> Result<LocatedGroup, String> {
    match binding {
        Binding::Seen(id) => Ok(known.groups.get(id).map_or_else(
            || LocatedGroup { id: id.clone(), name: String::new(), user_type: Stated::Unsaid },
            LocatedGroup::from,
        )),
        Binding::Id(id) => match (known.groups.get(id), known.failed.get(id)) {
            (Some(group), _) => Ok(group.into()),
            (None, Some(Fault { kind: FaultKind::Refused, detail, .. })) => {
                Err(format!("Emporix does not show group {id}: {detail}; is `id` right in the roster?"))
            }
            (None, Some(fault)) => Err(fault.detail.clone()),
            (None, None) => Err(format!("there is no group with the id {id}; correct `id` in the roster")),
        },
        Binding::Name(name) => {
            let named: Vec<&Group> =
                known.groups.values().filter(|group| group.names.contains(name)).collect();
            match named.as_slice() {
                [group] => Ok((*group).into()),
                [] => Err(format!(
                    "no group has the name {name:?} in any language; correct `name` or bind it by `id`"
                )),
                several => {
                    let ids: Vec<&str> = several.iter().map(|group| group.id.as_str()).collect();
                    Err(format!(
                        "{} groups have the name {name:?}: bind it by one `id` of {}",
                        ids.len(),
                        ids.join(", ")
                    ))
                }
            }
        }
    }
}

async fn look_up(client: &Client, scope: &Scope) -> Result<Known, Fault> {
    let mut ids = BTreeSet::new();
    for group in &scope.groups {
        match &group.binding {
            Binding::Name(_) => return client.all_groups(None).await.map(Known::from),
            Binding::Id(id) => drop(ids.insert(id.clone())),
            Binding::Seen(_) => {}
        }
    }
    if ids.len() < 2 {
        return one_by_one(client, ids).await;
    }
    let first = client.first_groups().await?;
    let missing: BTreeSet<GroupId> =
        ids.into_iter().filter(|id| !first.items.iter().any(|group| group.id == *id)).collect();
    if !missing.is_empty() && !single_is_fewer(missing.len(), client::pages_left(&first)) {
        return client.all_groups(Some(first)).await.map(Known::from);
    }
    let mut known = Known::from(first.items);
    let rest = one_by_one(client, missing).await?;
    known.groups.extend(rest.groups);
    known.failed.extend(rest.failed);
    Ok(known)
}

/// Whether reading the missing groups one by one takes fewer calls than the rest of the list. When the
/// first page does not tell how many follow, at least one does.
#[must_use]
pub fn single_is_fewer(missing: usize, pages_left: Option<usize>) -> bool {
    pages_left.map_or(missing < 2, |left| missing < left)
}

async fn one_by_one(client: &Client, ids: BTreeSet<GroupId>) -> Result<Known, Fault> {
    stream::iter(ids)
        .map(|id| async move {
            match client.group(&id).await {
                Err(fault) if fault.kind == FaultKind::Auth => Err(fault),
                answer => Ok((id, answer)),
            }
        })
        .buffer_unordered(client.concurrency())
        .try_fold(Known::default(), |mut known, (id, answer)| async move {
            match answer {
                Ok(group) => drop(known.groups.insert(id, group)),
                Err(fault) => drop(known.failed.insert(id, fault)),
            }
            Ok(known)
        })
        .await
}

impl From<Vec<Group>> for Known {
    fn from(groups: Vec<Group>) -> Self {
        let groups = groups.into_iter().map(|group| (group.id.clone(), group)).collect();
        Self { groups, failed: BTreeMap::new() }
    }
}

impl From<&Group> for LocatedGroup {
    fn from(group: &Group) -> Self {
        Self { id: group.id.clone(), name: group.name.clone(), user_type: group.user_type }
    }
}
