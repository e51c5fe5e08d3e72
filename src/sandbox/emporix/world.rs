//! The state of the tenant, and the rules that it keeps.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use super::{Group, User, UserType, refusal::Refusal};
use crate::sandbox::{
    fault::Edit,
    tokens::{Scopes, Tokens, scopes},
};

/// Every scope that the official IAM document names for the operations here, and that of the customer service.
const SCOPES: &str = "iam.group_read iam.user_read iam.assignment_manage iam.user_create iam.user_update \
                      iam.user_delete customer.customer_read";

/// The state of the tenant.
pub struct World {
    pub(super) users: BTreeMap<String, Account>,
    pub(super) groups: BTreeMap<String, Room>,
    /// `backofficeUserNumber` to id.
    pub(super) numbers: HashMap<String, String>,
    pub(super) hidden: BTreeSet<String>,
    pub(super) tokens: Tokens,
    pub(super) client_scopes: Scopes,
    pub(super) client_secret: String,
    pub(super) page_clamp: Option<usize>,
    serial: u64,
}

/// A user and where it is a member.
pub(super) struct Account {
    pub(super) user: User,
    pub(super) groups: BTreeSet<String>,
}

/// A group and its members by user id.
pub(super) struct Room {
    pub(super) group: Group,
    pub(super) members: BTreeMap<String, Assignment>,
}

/// One membership. Its id is not that of the user.
#[derive(Clone, Debug)]
pub(super) struct Assignment {
    pub(super) id: String,
    pub(super) kind: UserType,
}

impl World {
    pub(in crate::sandbox) fn new() -> World {
        World {
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            numbers: HashMap::new(),
            hidden: BTreeSet::new(),
            tokens: Tokens::new("emporix", Duration::from_secs(14_399)),
            client_scopes: scopes(SCOPES),
            client_secret: super::CLIENT_SECRET.to_owned(),
            page_clamp: None,
            serial: 0,
        }
    }

    pub(super) fn add_user(&mut self, user: User) {
        let id = user.id.clone();
        if let Some(old) = self.users.get(&id) {
            self.numbers.remove(&old.user.number);
        }
        self.numbers.insert(user.number.clone(), id.clone());
        let groups = self.users.remove(&id).map(|account| account.groups).unwrap_or_default();
        self.users.insert(id, Account { user, groups });
    }

    pub(super) fn add_group(&mut self, group: Group) {
        let id = group.id.clone();
        let members = self.groups.remove(&id).map(|room| room.members).unwrap_or_default();
        self.groups.insert(id, Room { group, members });
    }

    /// The id of the assignment, new or old; None if either is unknown.
    pub(super) fn join(&mut self, group: &str, user: &str) -> Option<String> {
        let room = self.groups.get_mut(group)?;
        let account = self.users.get_mut(user)?;
        let serial = &mut self.serial;
        let assignment = room.members.entry(user.to_owned()).or_insert_with(|| {
            *serial += 1;
            Assignment { id: format!("c0a7e2f4-93b1-4a7f-8a55-{serial:012x}"), kind: account.user.kind }
        });
        account.groups.insert(group.to_owned());
        Some(assignment.id.clone())
    }

    pub(super) fn leave(&mut self, group: &str, user: &str) {
        if let Some(room) = self.groups.get_mut(group) {
            room.members.remove(user);
        }
        if let Some(account) = self.users.get_mut(user) {
            account.groups.remove(group);
        }
    }

    pub(super) fn leave_all(&mut self, user: &str) {
        let groups = self.users.get_mut(user).map(|account| std::mem::take(&mut account.groups));
        for group in groups.unwrap_or_default() {
            self.leave(&group, user);
        }
    }

    pub(super) fn empty_group(&mut self, group: &str) {
        let members = self.groups.get_mut(group).map(|room| std::mem::take(&mut room.members));
        for user in members.unwrap_or_default().into_keys() {
            self.leave(group, &user);
        }
    }

    pub(super) fn delete_group(&mut self, group: &str) {
        self.empty_group(group);
        self.groups.remove(group);
    }

    pub(super) fn delete_user(&mut self, user: &str) {
        self.leave_all(user);
        if let Some(account) = self.users.remove(user) {
            self.numbers.remove(&account.user.number);
        }
    }

    pub(super) fn rename_group(&mut self, group: &str, language: &str, name: &str) {
        if let Some(room) = self.groups.get_mut(group) {
            room.group.name.insert(language.to_owned(), name.to_owned());
        }
    }

    pub(super) fn change_email(&mut self, user: &str, email: &str) {
        if let Some(account) = self.users.get_mut(user) {
            email.clone_into(&mut account.user.email);
        }
    }

    pub(super) fn lock_user(&mut self, user: &str, locked: bool) {
        if let Some(account) = self.users.get_mut(user) {
            account.user.locked = locked;
        }
    }

    pub(super) fn memberships(&self) -> BTreeMap<String, BTreeSet<String>> {
        let members = |room: &Room| room.members.keys().cloned().collect();
        self.groups.iter().map(|(id, room)| (id.clone(), members(room))).collect()
    }

    pub(super) fn apply(&mut self, edit: &Edit) {
        match edit {
            Edit::Join { group, user } => {
                self.join(group, user);
            }
            Edit::Leave { group, user } => self.leave(group, user),
            Edit::DeleteGroup { group } => self.delete_group(group),
            Edit::DeleteUser { user } => self.delete_user(user),
            Edit::RevokeTokens => self.tokens.revoke(),
        }
    }

    /// The group, or the 404 that the documents show.
    pub(super) fn room(&self, group: &str) -> Result<&Room, Refusal> {
        self.groups.get(group).ok_or_else(|| Refusal::no_group(group))
    }

    /// Whether this user may enter this group under this type. Rule violations answer 400 (inferred; the
    /// documents state the rules without a status).
    pub(super) fn may_join(&self, room: &Room, user: &str, kind: UserType) -> Result<(), Refusal> {
        let account = self.users.get(user).ok_or_else(|| Refusal::user_not_found(user))?;
        let group = &room.group;
        if account.user.locked {
            return Err(Refusal::constraint("User is locked", user));
        }
        if account.user.kind != kind {
            return Err(Refusal::constraint(format!("User is not of type '{}'", kind.text()), user));
        }
        if group.kind != kind {
            let message = format!("Group does not take users of type '{}'", kind.text());
            return Err(Refusal::constraint(message, &group.id));
        }
        for other in account.groups.iter().filter_map(|id| self.groups.get(id)).map(|room| &room.group) {
            // A group without a vendor goes with any (inferred).
            let vendors = (other.vendor.as_ref(), group.vendor.as_ref());
            if matches!(vendors, (Some(theirs), Some(ours)) if theirs != ours) {
                let message = "Groups assigned to employee users must share the same vendor identifier";
                return Err(Refusal::constraint(message, &group.id));
            }
            if group.predefined && other.predefined && other.legal_entity == group.legal_entity {
                let message = "Customer is in another predefined group of this legal entity";
                return Err(Refusal::constraint(message, &group.id));
            }
        }
        Ok(())
    }
}
