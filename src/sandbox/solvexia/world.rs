//! The state behind the API.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::User;
use crate::sandbox::{
    fault::Edit,
    tokens::{Scopes, Tokens, scopes},
};

/// The published scopes, and the one that a token has without any.
const SCOPES: &str = "usergroup usergroup_read user user_read permission permission_read process_read";

/// The state behind the API.
pub struct World {
    pub(super) users: BTreeMap<String, Account>,
    pub(super) groups: BTreeMap<String, Room>,
    pub(super) tokens: Tokens,
    pub(super) client_scopes: Scopes,
    pub(super) reuse_tokens: bool,
    pub(super) refuse_double_add: bool,
    pub(super) errors: u64,
}

/// A user and where it is a member.
pub(super) struct Account {
    pub(super) user: User,
    pub(super) groups: BTreeSet<String>,
}

/// A group, its members and what they may do.
#[derive(Default)]
pub(super) struct Room {
    pub(super) name: String,
    pub(super) members: BTreeSet<String>,
    /// Role by resource.
    pub(super) permissions: BTreeMap<String, String>,
}

impl World {
    pub(in crate::sandbox) fn new() -> World {
        World {
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            tokens: Tokens::new("solvexia", Duration::from_micros(9_417_300)),
            client_scopes: scopes(SCOPES),
            reuse_tokens: true,
            refuse_double_add: false,
            errors: 0,
        }
    }

    pub(super) fn add_user(&mut self, user: User) {
        let groups = self.users.remove(&user.id).map(|account| account.groups).unwrap_or_default();
        self.users.insert(user.id.clone(), Account { user, groups });
    }

    pub(super) fn add_group(&mut self, id: &str, name: &str) {
        name.clone_into(&mut self.groups.entry(id.to_owned()).or_default().name);
    }

    /// Whether the user is new in the group; nothing happens if either is unknown.
    pub(super) fn join(&mut self, group: &str, user: &str) -> bool {
        let (Some(room), Some(account)) = (self.groups.get_mut(group), self.users.get_mut(user)) else {
            return false;
        };
        account.groups.insert(group.to_owned());
        room.members.insert(user.to_owned())
    }

    /// Whether the user was in the group.
    pub(super) fn leave(&mut self, group: &str, user: &str) -> bool {
        if let Some(account) = self.users.get_mut(user) {
            account.groups.remove(group);
        }
        self.groups.get_mut(group).is_some_and(|room| room.members.remove(user))
    }

    pub(super) fn rename_group(&mut self, group: &str, name: &str) {
        if let Some(room) = self.groups.get_mut(group) {
            name.clone_into(&mut room.name);
        }
    }

    pub(super) fn delete_group(&mut self, group: &str) {
        for user in self.groups.remove(group).map(|room| room.members).unwrap_or_default() {
            self.leave(group, &user);
        }
    }

    pub(super) fn change_login(&mut self, user: &str, login: &str) {
        if let Some(account) = self.users.get_mut(user) {
            login.clone_into(&mut account.user.login);
        }
    }

    pub(super) fn set_status(&mut self, user: &str, status: &str) {
        if let Some(account) = self.users.get_mut(user) {
            status.clone_into(&mut account.user.status);
        }
    }

    pub(super) fn delete_user(&mut self, user: &str) {
        for group in self.users.remove(user).map(|account| account.groups).unwrap_or_default() {
            self.leave(&group, user);
        }
    }

    pub(super) fn memberships(&self) -> BTreeMap<String, BTreeSet<String>> {
        self.groups.iter().map(|(id, room)| (id.clone(), room.members.clone())).collect()
    }

    pub(super) fn apply(&mut self, edit: &Edit) {
        match edit {
            Edit::Join { group, user } => {
                self.join(group, user);
            }
            Edit::Leave { group, user } => {
                self.leave(group, user);
            }
            Edit::DeleteGroup { group } => self.delete_group(group),
            Edit::DeleteUser { user } => self.delete_user(user),
            Edit::RevokeTokens => self.tokens.revoke(),
        }
    }
}
