//! What the list of users says: memberships, people, and whether it agrees with the member lists. Pure.
//!
//! A file of its own because it is the second witness: nothing here talks to Emporix, and what it finds
//! decides whether a group that was read may be believed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::wire::{Member, User, email_key};
use crate::core::diff::LOCKED;
use crate::core::model::{Found, GroupId, Lookup, LookupKey, PersonHandle, Remark, UserId};

/// At most this many ids are named in one reason.
const NAMED: usize = 3;

/// Every employee, read whole.
#[derive(Debug)]
pub struct Users {
    by_id: HashMap<UserId, User>,
    /// Whose `backofficeUserNumber` it is, for those whose id differs.
    by_number: HashMap<String, UserId>,
}

/// Memberships as the user list tells them.
#[derive(Debug)]
pub struct ByUsers {
    /// The members of each group that was asked for.
    pub members: BTreeMap<GroupId, BTreeSet<UserId>>,
    /// False when any user's row does not say its groups: that user may be in all of them.
    pub complete: bool,
}

impl Users {
    /// Sorts a list by id and number.
    #[must_use]
    pub fn new(list: Vec<User>) -> Self {
        let numbered = |user: &User| Some((user.other_number.clone()?, user.id.clone()));
        Self {
            by_number: list.iter().filter_map(numbered).collect(),
            by_id: list.into_iter().map(|user| (user.id.clone(), user)).collect(),
        }
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, id: &UserId) -> Option<&User> {
        self.by_id.get(id)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.by_id.len()
    }

    /// The members of the groups asked for.
    #[must_use]
    pub fn memberships(&self, groups: &BTreeSet<GroupId>) -> ByUsers {
        let mut members: BTreeMap<GroupId, BTreeSet<UserId>> =
            groups.iter().map(|group| (group.clone(), BTreeSet::new())).collect();
        for user in self.by_id.values() {
            for group in user.groups.iter().flatten() {
                if let Some(members) = members.get_mut(group) {
                    members.insert(user.id.clone());
                }
            }
        }
        ByUsers { members, complete: self.by_id.values().all(|user| user.groups.is_some()) }
    }

    /// What is wrong with a group, when its member list and this list contradict each other. A member
    /// that this list does not know at all is simply a member; finding those is what member lists are
    /// read for.
    #[must_use]
    pub fn contradiction(&self, by_users: &BTreeSet<UserId>, members: &[Member]) -> Option<String> {
        let listed: BTreeSet<&UserId> = members.iter().map(|member| &member.user).collect();
        if let Some(reason) = self.known_by_number(&listed) {
            return Some(reason);
        }
        let says_groups = |user: &UserId| self.by_id.get(user).is_some_and(|user| user.groups.is_some());
        let unlisted = by_users.iter().filter(|user| !listed.contains(user));
        let denied = listed.iter().copied().filter(|user| says_groups(user) && !by_users.contains(*user));
        let doubtful: Vec<&UserId> = unlisted.chain(denied).collect();
        (!doubtful.is_empty()).then(|| {
            format!("its member list and the groups in the user list disagree about {}", some(&doubtful))
        })
    }

    /// Whether memberships carry `backofficeUserNumber` rather than `id`. The texts of the fields allow
    /// both (seed 000, 002); taking one for the other would add and remove the wrong people.
    fn known_by_number(&self, listed: &BTreeSet<&UserId>) -> Option<String> {
        let strangers = listed.iter().copied().filter(|user| !self.by_id.contains_key(*user));
        let numbers: Vec<&UserId> =
            strangers.filter(|user| self.by_number.contains_key(user.as_str())).collect();
        (!numbers.is_empty()).then(|| {
            format!(
                "its members are listed under backofficeUserNumber instead of id: {}; \
                 rosterd knows people by id and leaves the group alone",
                some(&numbers)
            )
        })
    }

    /// What becomes of each look-up.
    #[must_use]
    pub fn find(&self, lookups: &[Lookup]) -> BTreeMap<PersonHandle, Found> {
        let keys = lookups.iter().filter_map(|lookup| key(&lookup.key));
        let mut matches: HashMap<String, Vec<UserId>> = keys.map(|key| (key, Vec::new())).collect();
        for user in self.by_id.values() {
            if let Some(ids) = user.email.as_ref().and_then(|email| matches.get_mut(email)) {
                ids.push(user.id.clone());
            }
        }
        let found = |lookup: &Lookup| {
            let ids = key(&lookup.key).and_then(|key| matches.get(&key)).cloned().unwrap_or_default();
            (lookup.person.clone(), answer(&lookup.key, ids))
        };
        lookups.iter().map(found).collect()
    }

    /// A remark on everybody who was found, is locked, and is not a member: Emporix may refuse to add
    /// them, should they be meant to be.
    #[must_use]
    pub fn locked(&self, found: &BTreeMap<PersonHandle, Found>, members: &BTreeSet<UserId>) -> Vec<Remark> {
        let remark = |found: &Found| {
            let Found::One(id) = found else { return None };
            self.by_id.get(id).filter(|_| !members.contains(id)).and_then(against)
        };
        found.values().filter_map(remark).collect()
    }

    /// Every employee, with what speaks against adding them to a group of employees.
    #[must_use]
    pub fn accounts(&self) -> BTreeMap<UserId, Option<Remark>> {
        self.by_id.iter().map(|(id, user)| (id.clone(), against(user))).collect()
    }
}

/// What speaks against adding an employee.
#[must_use]
pub fn against(user: &User) -> Option<Remark> {
    let id = &user.id;
    user.locked.then(|| Remark {
        code: LOCKED,
        user: Some(id.clone()),
        detail: format!("the account {id} is locked at Emporix: it is not added until it is unlocked"),
    })
}

fn key(key: &LookupKey) -> Option<String> {
    match key {
        LookupKey::Email(email) => email_key(email),
        LookupKey::Login(_) => None,
    }
}

fn answer(key: &LookupKey, mut ids: Vec<UserId>) -> Found {
    if matches!(key, LookupKey::Login(_)) {
        return Found::Refused("Emporix finds people by email or id, it has no logins".to_owned());
    }
    ids.sort_unstable();
    match ids.len() {
        0 => Found::None,
        1 => ids.pop().map_or(Found::None, Found::One),
        _ => Found::Many(ids),
    }
}

fn some(ids: &[&UserId]) -> String {
    let named: Vec<&str> = ids.iter().take(NAMED).map(|id| id.as_str()).collect();
    match ids.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
