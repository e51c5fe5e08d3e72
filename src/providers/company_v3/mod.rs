//! The adapter for v3 company user-groups: read, calls, send.
//!
//! Every read but one is a POST and the only write is a PATCH, so that what may be repeated is said
//! call by call and never follows from the method. Ids are UUIDs and compared in lower case. No call
//! here names a whole group or a whole user.
//!
//! One file more than in other adapters: [`binding`] (which group is meant) is a subject of its own.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use futures_util::future;
use futures_util::stream::{self, StreamExt};

use super::gate::Gate;
use super::http::Http;
use super::secret::Secrets;
use super::{Access, Fault, FaultKind, Provider};
use crate::core::call::{self, Call, Changes};
use crate::core::model::{Addition, GroupId, Hints, Live, LiveGroup, Looked, Scope, ScopedGroup, UserId};
use binding::{Bound, Directory};
use client::{AT_ONCE, Client};

mod binding;
mod client;
pub mod config;
mod lookup;
#[cfg(test)]
mod tests;
mod wire;

/// The code of a remark about a member-to-be whose account is switched off.
pub const INACTIVE_USER: &str = crate::core::diff::INACTIVE;

/// One company's user groups.
pub struct CompanyV3 {
    client: Client,
}

impl CompanyV3 {
    /// Nothing is sent yet. This API has no scopes, so that access makes no difference: it follows the
    /// role of the API user (official reference).
    #[must_use]
    pub fn new(http: Http, kind: config::Config, secrets: Secrets, _access: Access) -> Self {
        Self { client: Client::new(http, kind, secrets) }
    }
}

#[async_trait]
impl Provider for CompanyV3 {
    async fn read(&self, scope: &Scope) -> Result<Live, Fault> {
        let groups = self.read_groups(scope);
        let people = lookup::find(&self.client, &scope.lookups);
        let (mut live, people) = future::try_join(groups, people).await?;
        live.found = people.found;
        live.accounts = Some(people.accounts);
        remark_inactive(&mut live, scope);
        Ok(live)
    }

    async fn look_at(&self, live: &Live, _: &Hints, additions: &BTreeSet<Addition>) -> Looked {
        self.client.session().aside(lookup::look_at(&self.client, live, additions)).await
    }

    fn calls(&self, changes: &Changes) -> Vec<Call> {
        call::patches(changes, AT_ONCE)
    }

    async fn send(&self, call: &Call, gate: Option<&Gate>) -> Result<(), Fault> {
        // What an empty list means to the provider is nothing to find out on a live group.
        if call.users.is_empty() {
            return Ok(());
        }
        self.client.change(call, gate).await
    }

    fn reopen(&self) {
        self.client.session().reopen();
    }

    fn begin(&self) {
        self.client.session().begin();
    }

    fn stop(&self) {
        self.client.session().stop();
    }

    fn requests(&self) -> u64 {
        self.client.requests()
    }
}

impl CompanyV3 {
    async fn read_groups(&self, scope: &Scope) -> Result<Live, Fault> {
        let directory = self.directory(&scope.groups).await?;
        let (bound, unread) = binding::bind(&scope.groups, &directory, self.client.company());
        let mut live = Live { unread, by_groups: true, ..Live::default() };
        let at_once = self.client.connection().concurrency.max(1);
        let reads = bound.into_iter().map(|group| async move {
            let members = self.members(&group, &scope.hints).await;
            (group, members)
        });
        let mut reads = stream::iter(reads).buffer_unordered(at_once);
        while let Some((group, members)) = reads.next().await {
            let Bound { handle, id, name, only: _ } = group;
            match members {
                Ok(members) => {
                    drop(live.groups.insert(handle, LiveGroup { id, name, members, remarks: Vec::new() }));
                }
                Err(fault) if fault.kind == FaultKind::Auth => return Err(fault),
                Err(fault) => drop(live.unread.insert(handle, fault.detail)),
            }
        }
        Ok(live)
    }

    /// Reads as much of the list of groups as the scope needs, in the fewest calls: the whole list for
    /// names; for ids alone a GET for one, a filtered list for several.
    async fn directory(&self, scope: &[ScopedGroup]) -> Result<Directory, Fault> {
        let ids: Vec<GroupId> = binding::ids_to_find(scope).into_iter().collect();
        if binding::has_names(scope) {
            return directory_of(self.client.groups().await);
        }
        match ids.as_slice() {
            [] => Ok(Directory::default()),
            [only] => match self.client.group(only).await {
                // The trouble of this one group, whatever it is, as long as it is not the credentials.
                Err(fault) if fault.kind != FaultKind::Auth => {
                    Ok(Directory { refused: Some(fault.detail), ..Directory::default() })
                }
                read => directory_of(read.map(|group| vec![group])),
            },
            several => directory_of(self.client.groups_by_id(several).await),
        }
    }

    async fn members(&self, group: &Bound, hints: &Hints) -> Result<BTreeSet<UserId>, Fault> {
        match &group.only {
            Some(only) if self.filter_is_cheaper(only.len(), hints.members.get(&group.id)) => {
                self.client.members_among(&group.id, only).await
            }
            Some(only) => Ok(client::among(only, &self.client.members(&group.id).await?)),
            None => self.client.members(&group.id).await,
        }
    }

    /// Whether asking for some users takes no more calls than asking for all, as far as is known.
    fn filter_is_cheaper(&self, some: usize, all: Option<&usize>) -> bool {
        let page = self.client.connection().page_size.max(1);
        all.is_none_or(|all| some.div_ceil(self.client.filter_size()) <= all.div_ceil(page).max(1))
    }
}

/// A refused list leaves groups unread; any other fault concerns everything.
fn directory_of(read: Result<Vec<wire::Group>, Fault>) -> Result<Directory, Fault> {
    match read {
        Ok(groups) => Ok(Directory { groups, refused: None }),
        Err(fault) if fault.kind == FaultKind::Refused => {
            Ok(Directory { groups: Vec::new(), refused: Some(fault.detail) })
        }
        Err(fault) => Err(fault),
    }
}

/// Says of each group that was read whole which inactive users are not in it: adding them should be
/// refused (inferred), and the plan can say so before.
fn remark_inactive(live: &mut Live, scope: &Scope) {
    let whole: BTreeMap<_, _> =
        scope.groups.iter().map(|group| (&group.handle, group.only.is_none())).collect();
    let accounts = live.accounts.iter().flatten();
    let inactive: Vec<_> = accounts.filter_map(|(user, remark)| Some((user, remark.as_ref()?))).collect();
    for (handle, group) in &mut live.groups {
        if whole.get(handle) == Some(&true) {
            let strangers = inactive.iter().filter(|(user, _)| !group.members.contains(*user));
            group.remarks.extend(strangers.map(|(_, remark)| (*remark).clone()));
        }
    }
}
