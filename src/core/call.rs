//! What is sent, named by its effect; and the ways to cut changes into calls.
//!
//! On purpose no call here names a whole group or a whole user.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::model::{GroupHandle, GroupId, UserId, UserType};
use super::plan::Action;

/// The changes of one provider, group by group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// One entry a group that changes.
    pub groups: Vec<GroupChanges>,
}

/// The changes of one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupChanges {
    /// Which.
    pub group: Arc<SentGroup>,
    /// Memberships to make.
    pub add: BTreeSet<UserId>,
    /// Memberships to end.
    pub remove: BTreeSet<UserId>,
}

/// What a call needs to know of a group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SentGroup {
    /// The roster's name for it.
    pub handle: GroupHandle,
    /// The provider's id.
    pub id: GroupId,
    /// Who it is for.
    pub user_type: UserType,
}

/// One call to a provider: some members of one group, in one direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The group.
    pub group: Arc<SentGroup>,
    /// Make or end memberships.
    pub action: Action,
    /// Of whom; never empty.
    pub users: Vec<UserId>,
}

impl Call {
    /// The two halves of a batch, so that a refused one can be narrowed down; none for a single member.
    #[must_use]
    pub fn halves(&self) -> Option<(Self, Self)> {
        if self.users.len() < 2 {
            return None;
        }
        let (left, right) = self.users.split_at(self.users.len() / 2);
        let part = |users: &[UserId]| Self { users: users.to_vec(), ..self.clone() };
        Some((part(left), part(right)))
    }
}

/// One call for each change, all additions before all removals.
#[must_use]
pub fn one_by_one(changes: &Changes) -> Vec<Call> {
    patches(changes, 1)
}

/// Batches of up to `limit` members of one group in one direction, all additions before all removals.
#[must_use]
pub fn patches(changes: &Changes, limit: usize) -> Vec<Call> {
    let cut = |action: Action| {
        changes.groups.iter().flat_map(move |group| {
            let users = match action {
                Action::Add => &group.add,
                Action::Remove => &group.remove,
            };
            let users: Vec<UserId> = users.iter().cloned().collect();
            users
                .chunks(limit.max(1))
                .map(|users| Call { group: Arc::clone(&group.group), action, users: users.to_vec() })
                .collect::<Vec<_>>()
        })
    };
    cut(Action::Add).chain(cut(Action::Remove)).collect()
}
