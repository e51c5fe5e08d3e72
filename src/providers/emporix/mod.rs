//! Emporix IAM: the adapter.
//!
//! Never sent, by no path through here: emptying a group, removing a user from all groups, replacing or
//! deleting a user. The client has no function for them.

use std::collections::BTreeSet;

use async_trait::async_trait;

use self::client::Client;
use super::gate::Gate;
use super::http::Http;
use super::secret::Secrets;
use super::{Access, Fault, FaultKind, Provider};
use crate::core::call::{self, Call, Changes};
use crate::core::model::{Addition, Hints, Live, Looked, Scope};
use crate::core::plan::Action;

mod choose;
mod client;
pub mod config;
mod groups;
mod lookup;
mod read;
mod users;
mod wire;

#[cfg(test)]
mod tests;

/// Emporix IAM of one tenant.
pub struct Emporix {
    client: Client,
}

impl Emporix {
    /// Nothing is sent yet.
    #[must_use]
    pub fn new(http: Http, kind: config::Config, secrets: Secrets, access: Access) -> Self {
        Self { client: Client::new(http, kind, secrets, access) }
    }
}

#[async_trait]
impl Provider for Emporix {
    async fn read(&self, scope: &Scope) -> Result<Live, Fault> {
        // On the heap: it holds three readings side by side, and more futures are built around it.
        Box::pin(read::read(&self.client, scope)).await
    }

    async fn look_at(&self, live: &Live, hints: &Hints, additions: &BTreeSet<Addition>) -> Looked {
        // On the heap, as a read is.
        Box::pin(self.client.session().aside(lookup::look_at(&self.client, live, hints, additions))).await
    }

    /// Emporix has no call for several memberships.
    fn calls(&self, changes: &Changes) -> Vec<Call> {
        call::one_by_one(changes)
    }

    async fn send(&self, call: &Call, gate: Option<&Gate>) -> Result<(), Fault> {
        let Call { group, action, users } = call;
        let [user] = users.as_slice() else {
            return Err(Fault::new(FaultKind::Refused, "Emporix takes one member a call"));
        };
        match action {
            Action::Add => self.client.add(&group.id, group.user_type, user, gate).await,
            Action::Remove => self.client.remove(&group.id, user, gate).await,
        }
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
