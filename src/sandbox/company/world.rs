//! The state behind the API.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

use super::{Group, Settings, User};
use crate::sandbox::{fault::Edit, tokens::Tokens};

/// The state behind the API.
pub struct World {
    pub(super) users: BTreeMap<String, Account>,
    /// Lowercase email to ids, so that a look-up does not scan.
    pub(super) emails: HashMap<String, BTreeSet<String>>,
    pub(super) groups: BTreeMap<String, Room>,
    pub(super) tokens: Tokens,
    pub(super) settings: Settings,
    pub(super) errors: u64,
    serial: u64,
}

/// A user and where it is a member.
pub(super) struct Account {
    pub(super) user: User,
    pub(super) groups: BTreeSet<String>,
}

/// A group and its members in the order in which they came.
pub(super) struct Room {
    pub(super) group: Group,
    pub(super) created: u64,
    pub(super) members: BTreeMap<u64, String>,
    pub(super) added: HashMap<String, u64>,
}

impl World {
    pub(in crate::sandbox) fn new() -> World {
        World {
            users: BTreeMap::new(),
            emails: HashMap::new(),
            groups: BTreeMap::new(),
            tokens: Tokens::new("company", Duration::from_hours(1)),
            settings: Settings::default(),
            errors: 0,
            serial: 0,
        }
    }

    pub(super) fn add_user(&mut self, user: User) {
        let id = user.id.clone();
        let groups = self.take_account(&id).map(|account| account.groups).unwrap_or_default();
        self.emails.entry(user.email.to_lowercase()).or_default().insert(id.clone());
        self.users.insert(id, Account { user, groups });
    }

    pub(super) fn add_group(&mut self, group: Group) {
        self.serial += 1;
        let created = self.serial;
        let room = self.groups.entry(group.id.clone()).or_insert_with(|| Room {
            group: group.clone(),
            created,
            members: BTreeMap::new(),
            added: HashMap::new(),
        });
        room.group = group;
    }

    pub(super) fn join(&mut self, group: &str, user: &str) {
        let (Some(room), Some(account)) = (self.groups.get_mut(group), self.users.get_mut(user)) else {
            return;
        };
        if !room.added.contains_key(user) {
            self.serial += 1;
            room.members.insert(self.serial, user.to_owned());
            room.added.insert(user.to_owned(), self.serial);
            account.groups.insert(group.to_owned());
        }
    }

    pub(super) fn leave(&mut self, group: &str, user: &str) {
        if let Some(room) = self.groups.get_mut(group)
            && let Some(serial) = room.added.remove(user)
        {
            room.members.remove(&serial);
        }
        if let Some(account) = self.users.get_mut(user) {
            account.groups.remove(group);
        }
    }

    pub(super) fn delete_group(&mut self, group: &str) {
        let room = self.groups.remove(group);
        for user in room.map(|room| room.added).unwrap_or_default().into_keys() {
            self.leave(group, &user);
        }
    }

    pub(super) fn delete_user(&mut self, user: &str) {
        let account = self.take_account(user);
        for group in account.map(|account| account.groups).unwrap_or_default() {
            self.leave(&group, user);
        }
    }

    pub(super) fn rename_group(&mut self, group: &str, name: &str) {
        if let Some(room) = self.groups.get_mut(group) {
            name.clone_into(&mut room.group.name);
        }
    }

    pub(super) fn change_email(&mut self, user: &str, email: &str) {
        if let Some(account) = self.users.get(user) {
            let user = User { email: email.to_owned(), ..account.user.clone() };
            self.add_user(user);
        }
    }

    pub(super) fn set_active(&mut self, user: &str, active: bool) {
        if let Some(account) = self.users.get_mut(user) {
            account.user.active = active;
        }
    }

    pub(super) fn memberships(&self) -> BTreeMap<String, BTreeSet<String>> {
        let members = |room: &Room| room.members.values().cloned().collect();
        self.groups.iter().map(|(id, room)| (id.clone(), members(room))).collect()
    }

    pub(super) fn apply(&mut self, edit: &Edit) {
        match edit {
            Edit::Join { group, user } => self.join(group, user),
            Edit::Leave { group, user } => self.leave(group, user),
            Edit::DeleteGroup { group } => self.delete_group(group),
            Edit::DeleteUser { user } => self.delete_user(user),
            Edit::RevokeTokens => self.tokens.revoke(),
        }
    }

    fn take_account(&mut self, user: &str) -> Option<Account> {
        let account = self.users.remove(user)?;
        if let Some(ids) = self.emails.get_mut(&account.user.email.to_lowercase()) {
            ids.remove(user);
        }
        Some(account)
    }
}

/// When something happened: a minute for each event since the time in the documented example.
pub(super) fn moment(serial: u64) -> Timestamp {
    let start = Timestamp::constant(1_767_953_700, 0);
    let minutes = i64::try_from(serial).unwrap_or(i64::MAX);
    let since = SignedDuration::from_secs(minutes.saturating_mul(60));
    start.checked_add(since).unwrap_or(Timestamp::MAX)
}
