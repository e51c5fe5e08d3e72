//! The adapter: read, calls, send.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use futures_util::future::join;
use futures_util::stream::{self, StreamExt};

use super::gate::Gate;
use super::http::Http;
use super::secret::Secrets;
use super::{Access, Fault, FaultKind, Provider};
use crate::core::call::{self, Call, Changes};
use crate::core::model::{
    Addition, Binding, Found, GroupHandle, GroupId, Hints, Live, LiveGroup, Looked, Lookup, LookupKey,
    PersonHandle, Scope, ScopedGroup, UserId,
};
use crate::core::plan::Action;
use client::Client;
use wire::{Members, User};

mod client;
pub mod config;
mod lookup;
#[cfg(test)]
mod tests;
mod wire;

/// One `SolveXia` environment.
pub struct SolveXia {
    client: Client,
}

/// A group of the scope and the live group it is, by id and name; or why there is none.
type Resolved<'a> = (&'a ScopedGroup, Result<(GroupId, String), String>);

impl SolveXia {
    /// Nothing is sent yet.
    #[must_use]
    pub fn new(http: Http, secrets: Secrets, access: Access) -> Self {
        Self { client: Client::new(http, secrets, access) }
    }

    /// Reads the groups of the scope, each through its own member list.
    async fn read_groups(&self, scoped: &[ScopedGroup]) -> Result<Live, Fault> {
        let mut live = Live { by_groups: true, ..Live::default() };
        let mut reads = Vec::new();
        for (group, resolved) in apart(self.resolve(scoped).await?) {
            match resolved {
                Ok(known) => reads.push(self.read_members(group, known)),
                Err(why) => drop(live.unread.insert(group.handle.clone(), why)),
            }
        }
        let at_once = self.client.session.connection().concurrency.max(1);
        let mut reads = stream::iter(reads).buffer_unordered(at_once);
        while let Some((handle, outcome)) = reads.next().await {
            match outcome {
                Ok(group) => drop(live.groups.insert(handle, group)),
                Err(why) => drop(live.unread.insert(handle, why)),
            }
        }
        Ok(live)
    }

    /// Finds the live group of each binding, with one call or none.
    async fn resolve<'a>(&self, scoped: &'a [ScopedGroup]) -> Result<Vec<Resolved<'a>>, Fault> {
        let mut unseen = scoped.iter().filter(|group| !is_seen(group));
        let listed = match (unseen.next().map(|group| &group.binding), unseen.next()) {
            (None, _) => Ok(Vec::new()),
            // As many calls as the whole list, and less to carry.
            (Some(Binding::Id(id)), None) => {
                self.client.group(id).await.map(|group| vec![group]).map_err(|fault| fault.detail)
            }
            _ => match self.client.groups().await {
                Ok(groups) => Ok(groups),
                // Without the list, groups that are known to exist can still be read.
                Err(fault) if scoped.iter().any(is_seen) => Err(fault.detail),
                Err(fault) => return Err(fault),
            },
        };
        let resolve = |binding: &Binding| match (binding, &listed) {
            (Binding::Seen(id), _) => Ok((id.clone(), String::new())),
            (_, Err(why)) => Err(why.clone()),
            (Binding::Id(id), Ok(groups)) => wire::group_by_id(groups, id),
            (Binding::Name(name), Ok(groups)) => wire::group_by_name(groups, name),
        };
        Ok(scoped.iter().map(|group| (group, resolve(&group.binding))).collect())
    }

    /// Reads one group, or says why it cannot be read.
    async fn read_members(
        &self,
        group: &ScopedGroup,
        (id, name): (GroupId, String),
    ) -> (GroupHandle, Result<LiveGroup, String>) {
        let users = self.client.members(&id).await.map_err(|fault| fault.detail);
        let group_read = users.and_then(Members::ids).map(|mut members| {
            if let Some(only) = &group.only {
                members.retain(|user| only.contains(user));
            }
            LiveGroup { id, name, members, remarks: Vec::new() }
        });
        (group.handle.clone(), group_read)
    }

    /// Looks people up in the list of all users, which is read only when there is a login to find. A list
    /// that is refused identifies nobody; one that did not come at all says nothing.
    async fn look_up(
        &self,
        lookups: &[Lookup],
    ) -> Result<(BTreeMap<PersonHandle, Found>, Option<Vec<User>>), Fault> {
        if !lookups.iter().any(|lookup| matches!(lookup.key, LookupKey::Login(_))) {
            return Ok((wire::find(lookups, &[]), None));
        }
        match self.client.users().await {
            Ok(users) => Ok((wire::find(lookups, &users), Some(users))),
            Err(fault) if fault.kind != FaultKind::Refused => Err(fault),
            Err(fault) => {
                let refused = |lookup: &Lookup| (lookup.person.clone(), Found::Refused(fault.detail.clone()));
                Ok((lookups.iter().map(refused).collect(), None))
            }
        }
    }
}

#[async_trait]
impl Provider for SolveXia {
    async fn read(&self, scope: &Scope) -> Result<Live, Fault> {
        let (groups, looked_up) = join(self.read_groups(&scope.groups), self.look_up(&scope.lookups)).await;
        // Whatever was read before: with nobody let in, or the provider given up, it concerns everything.
        if let Some(fault) = self.client.session.ended() {
            return Err(fault);
        }
        let ((found, users), groups) = (looked_up?, groups?);
        let users_known = users.as_deref().and_then(|users| known(users, &groups));
        Ok(Live { found, users: users.map(|users| users.len()), users_known, ..groups })
    }

    async fn look_at(&self, _: &Live, _: &Hints, additions: &BTreeSet<Addition>) -> Looked {
        self.client.session.aside(lookup::look_at(&self.client, additions)).await
    }

    /// There is no call for several members (seed 004).
    fn calls(&self, changes: &Changes) -> Vec<Call> {
        call::one_by_one(changes)
    }

    async fn send(&self, call: &Call, gate: Option<&Gate>) -> Result<(), Fault> {
        let [user] = call.users.as_slice() else {
            return Err(Fault::new(FaultKind::Refused, "not sent: SolveXia takes one member a call"));
        };
        match call.action {
            Action::Add => self.client.add(&call.group.id, user, gate).await,
            Action::Remove => self.client.remove(&call.group.id, user, gate).await,
        }
    }

    fn reopen(&self) {
        self.client.session.reopen();
    }

    fn begin(&self) {
        self.client.session.begin();
    }

    fn stop(&self) {
        self.client.session.stop();
    }

    fn requests(&self) -> u64 {
        self.client.session.requests()
    }
}

/// Every user there is, unless the list misses somebody who is a member: then it may miss others too.
fn known(users: &[User], live: &Live) -> Option<BTreeSet<UserId>> {
    let known: BTreeSet<UserId> = users.iter().filter_map(|user| UserId::new(&user.id).ok()).collect();
    let mut members = live.groups.values().flat_map(|group| &group.members);
    members.all(|member| known.contains(member)).then_some(known)
}

fn is_seen(group: &ScopedGroup) -> bool {
    matches!(group.binding, Binding::Seen(_))
}

/// Turns down bindings that are one live group: whose members it should have cannot be told.
fn apart(mut resolved: Vec<Resolved<'_>>) -> Vec<Resolved<'_>> {
    let mut handles: BTreeMap<GroupId, Vec<&GroupHandle>> = BTreeMap::new();
    for (group, known) in &resolved {
        if let Ok((id, _)) = known {
            handles.entry(id.clone()).or_default().push(&group.handle);
        }
    }
    for (_, known) in &mut resolved {
        let Ok((id, _)) = known else { continue };
        if let Some(handles) = handles.get(id).filter(|handles| handles.len() > 1) {
            let handles: Vec<&str> = handles.iter().map(|handle| handle.as_str()).collect();
            *known = Err(format!("two bindings are one live group: {} mean {id}", handles.join(" and ")));
        }
    }
    resolved
}
