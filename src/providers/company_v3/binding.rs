//! Which group of the company each group of the roster is. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::wire::Group;
use crate::core::model::{Binding, GroupHandle, GroupId, ScopedGroup, UserId};
use crate::providers::KindName;

/// What is known of the company's groups.
#[derive(Default)]
pub(super) struct Directory {
    /// The groups that were read.
    pub(super) groups: Vec<Group>,
    /// Why others could not be.
    pub(super) refused: Option<String>,
}

/// A group of the roster and the group of the company that it is.
#[derive(Debug)]
pub(super) struct Bound {
    /// The roster's name for it.
    pub(super) handle: GroupHandle,
    /// The company's id of it.
    pub(super) id: GroupId,
    /// The company's name for it; empty when it was not looked up.
    pub(super) name: String,
    /// When given, only these users matter.
    pub(super) only: Option<BTreeSet<UserId>>,
}

/// The ids that have to be looked up, each once, as they are compared.
pub(super) fn ids_to_find(scope: &[ScopedGroup]) -> BTreeSet<GroupId> {
    let ids = scope.iter().filter_map(|group| match &group.binding {
        Binding::Id(id) => Some(canonical(id)),
        Binding::Name(_) | Binding::Seen(_) => None,
    });
    ids.collect()
}

/// Whether a group has to be found by its name, for which only the whole list will do.
pub(super) fn has_names(scope: &[ScopedGroup]) -> bool {
    scope.iter().any(|group| matches!(group.binding, Binding::Name(_)))
}

/// Binds every group, or says why not. Two handles of one group are bound to nothing: whose roster
/// would win is not for us to say.
pub(super) fn bind(
    scope: &[ScopedGroup],
    directory: &Directory,
    company: &str,
) -> (Vec<Bound>, BTreeMap<GroupHandle, String>) {
    let mut unread = BTreeMap::new();
    let mut bound: Vec<Bound> = Vec::new();
    for group in scope {
        match bind_one(group, directory, company) {
            Ok(one) => bound.push(one),
            Err(why) => drop(unread.insert(group.handle.clone(), why)),
        }
    }
    let mut handles: BTreeMap<GroupId, Vec<GroupHandle>> = BTreeMap::new();
    for one in &bound {
        handles.entry(one.id.clone()).or_default().push(one.handle.clone());
    }
    handles.retain(|_, handles| handles.len() > 1);
    bound.retain(|one| !handles.contains_key(&one.id));
    for (id, handles) in handles {
        let all: Vec<String> = handles.iter().map(|handle| format!("`{handle}`")).collect();
        let why = format!("{} are all user group {id}; keep one of them in the roster", all.join(" and "));
        unread.extend(handles.into_iter().map(|handle| (handle, why.clone())));
    }
    (bound, unread)
}

fn bind_one(group: &ScopedGroup, directory: &Directory, company: &str) -> Result<Bound, String> {
    let live = match &group.binding {
        Binding::Seen(id) => return Ok(bound(group, canonical(id), String::new())),
        Binding::Id(id) => by_id(id, directory)?,
        Binding::Name(name) => by_name(name, directory)?,
    };
    if let Some(other) = live.company_id.as_ref().filter(|other| other.as_str() != company) {
        return Err(format!(
            "user group {} belongs to company {}, not to {company}; correct the roster's `id` or the \
             configuration's `company_id`",
            live.id.as_str(),
            other.as_str()
        ));
    }
    let id = GroupId::new(live.id.as_str()).map_err(|bad| format!("the provider's id of it: {bad}"))?;
    Ok(bound(group, id, live.name.clone().unwrap_or_default()))
}

fn bound(group: &ScopedGroup, id: GroupId, name: String) -> Bound {
    Bound { handle: group.handle.clone(), id, name, only: group.only.clone() }
}

fn by_id<'a>(id: &GroupId, directory: &'a Directory) -> Result<&'a Group, String> {
    let id = canonical(id);
    let found = directory.groups.iter().find(|group| group.id.as_str() == id.as_str());
    found.ok_or_else(|| match &directory.refused {
        Some(why) => format!("user group {id} could not be read: {why}"),
        None => format!("the company has no user group {id}; correct the roster's `id`"),
    })
}

/// Names of groups are not unique at the provider as far as is published, so that two of them mean none.
fn by_name<'a>(name: &str, directory: &'a Directory) -> Result<&'a Group, String> {
    if let Some(why) = &directory.refused {
        return Err(format!("the company's user groups could not be listed: {why}"));
    }
    let is_named = |group: &&Group| group.name.as_deref() == Some(name);
    let exact: Vec<&Group> = directory.groups.iter().filter(is_named).collect();
    match exact.as_slice() {
        [only] => Ok(only),
        [] => Err(match close_to(name, directory).as_slice() {
            [] => format!("the company has no user group called `{name}`"),
            close => format!(
                "the company has no user group called exactly `{name}`; close to it: {}",
                candidates(close)
            ),
        }),
        several => Err(format!(
            "{} user groups are called `{name}`: {}; write the `id` of one instead of `name`",
            several.len(),
            candidates(several)
        )),
    }
}

fn close_to<'a>(name: &str, directory: &'a Directory) -> Vec<&'a Group> {
    let loose = |name: &str| name.trim().to_lowercase();
    let wanted = loose(name);
    directory
        .groups
        .iter()
        .filter(|group| group.name.as_deref().is_some_and(|n| loose(n) == wanted))
        .collect()
}

fn candidates(groups: &[&Group]) -> String {
    const SHOWN: usize = 5;
    let mut listed: Vec<String> =
        groups.iter().take(SHOWN).map(|group| group.id.as_str().to_owned()).collect();
    if groups.len() > SHOWN {
        listed.push(format!("and {} more", groups.len() - SHOWN));
    }
    listed.join(", ")
}

/// An id as it is compared. A change of case leaves a good id good.
pub(super) fn canonical(id: &GroupId) -> GroupId {
    GroupId::new(&KindName::CompanyV3.canonical_id(id.as_str())).unwrap_or_else(|_| id.clone())
}
