//! Reads that show far fewer members than there were, though rosterd removed nobody: they may be lies.
//!
//! What a read says is held against the last one that was believed. While a group is far smaller than that, its
//! removals wait, the believed read stays what later ones are held against, and nobody who is missing counts as
//! gone. A plan never ends this; an apply does, see [`is_over`].

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::model::UserId;

/// What a read said of a group's members, less those whom rosterd has removed since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Believed {
    /// When it was read.
    pub at: Timestamp,
    /// Who was a member.
    pub members: BTreeSet<UserId>,
}

/// A group that is far smaller than it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shrunken {
    /// When the read was made that it is held against.
    pub at: Timestamp,
    /// How many members there were then.
    pub before: usize,
    /// Who of them is not a member now.
    pub missing: BTreeSet<UserId>,
}

/// Fewer than this may leave a small group in a day without anything being wrong.
pub const LEAST_GONE: usize = 3;

/// After this long an apply takes a smaller group as it is, when there is nothing to do in it.
pub const DOUBT_LASTS: SignedDuration = SignedDuration::from_hours(24);

/// What a group that is far smaller than it was means for the changes in it, to follow what is said of it.
#[must_use]
pub fn consequence(is_approved: bool) -> &'static str {
    if is_approved {
        "; its removals were approved"
    } else {
        ": additions go on, removals in this group wait until it is as before or they are approved"
    }
}

/// The codes of what is said of such a group.
pub const CODES: [&str; 2] = ["empty-live", "shrunken"];

/// Whether a group of so many members is far smaller than it was: empty, or less than half with at least
/// [`LEAST_GONE`] fewer.
#[must_use]
pub fn is_far_fewer(before: usize, now: usize) -> bool {
    let gone = before.saturating_sub(now);
    (now == 0 && gone > 0) || (gone >= LEAST_GONE && now < before - now)
}

/// Holds what is live against what was believed.
#[must_use]
pub fn judge(believed: &Believed, live: &BTreeSet<UserId>) -> Option<Shrunken> {
    let before = believed.members.len();
    is_far_fewer(before, live.len()).then(|| Shrunken {
        at: believed.at,
        before,
        missing: believed.members.difference(live).cloned().collect(),
    })
}

/// Whether an earlier read stays what later ones are held against: it is of the last day, and had more members than
/// this one. Else lists that are each a little shorter than the last would take a group down step by step.
#[must_use]
pub fn outlasts(believed: &Believed, live: &BTreeSet<UserId>, now: Timestamp) -> bool {
    believed.members.len() > live.len() && now.duration_since(believed.at) < DOUBT_LASTS
}

/// What an apply made of a group.
#[derive(Debug, Clone, Copy)]
pub struct Aftermath {
    /// An approval covered removals of the group: a person has looked.
    pub approved: bool,
    /// Everything is as the roster says, and nothing waits.
    pub in_line: bool,
}

/// Whether what an apply leaves is what later reads are held against: a person approved what was held, or the group
/// has been as the roster says for a day. That it is no longer far smaller only the next read shows: what an apply
/// adds to a group says nothing of those who are missing from it.
#[must_use]
pub fn is_over(shrunken: &Shrunken, after: Aftermath, now: Timestamp) -> bool {
    let is_old = now.duration_since(shrunken.at) >= DOUBT_LASTS;
    after.approved || (after.in_line && is_old)
}
