//! What earlier runs left behind, as the plan and the guard need it. It never says what is live.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};

use super::fights::Pasts;
use super::model::{GroupId, PersonHandle, UserId};
use super::moves::{MoveKey, PastMove};
use super::shrunken::Believed;

/// What is remembered of one target.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Remembered {
    /// The groups that an apply has seen, by the provider's id.
    pub groups: BTreeMap<GroupId, GroupRecord>,
    /// Who was last found under which id.
    pub identities: BTreeMap<PersonHandle, Identity>,
    /// Which id a group's name last meant.
    pub names: BTreeMap<String, GroupId>,
    /// Moves between groups that are kept apart, as far as they came.
    pub moves: BTreeMap<MoveKey, PastMove>,
    /// The state was damaged and rebuilt: whatever `adopt` says, first removals are held.
    pub damaged: bool,
    /// Approvals used so far, so that none can be replayed.
    pub approvals_used: u64,
    /// Removals of the last 24 hours that no approval covered, out of the journal.
    pub recent: Recent,
    /// What groups had in them when they were last believed, where that may be far more than now.
    pub believed: BTreeMap<GroupId, Believed>,
    /// Memberships that somebody else undid, out of the journal.
    pub fights: Pasts,
}

/// What an apply left in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRecord {
    /// When an apply last looked.
    pub at: Timestamp,
    /// The day for which the roster was read then.
    pub day: Date,
    /// Members that the roster wanted and that stood.
    pub owned: BTreeSet<UserId>,
    /// Members that were there, unwanted, when an apply first saw the group, and are not known to be gone.
    pub first: BTreeSet<UserId>,
    /// Which of them the last applies did not see, and since when.
    pub absent: BTreeMap<UserId, Timestamp>,
    /// `first` is held whatever `adopt` says: the group was first seen after the state was damaged.
    pub hold_first: bool,
}

/// Who was found under which id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider's id.
    pub id: UserId,
    /// The email or login that led to it, lower case; none when the roster gave the id.
    pub key: Option<String>,
    /// When a look-up last said so. Look-ups are repeated after a day.
    pub at: Timestamp,
}

/// Removals of the last 24 hours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recent {
    /// How many of each group, leavers and approved ones left out.
    pub removals: BTreeMap<GroupId, usize>,
    /// Who left, over all providers.
    pub leavers: BTreeSet<PersonHandle>,
}
