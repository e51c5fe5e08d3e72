//! Additions that the provider would refuse, or take and do nothing: told of and withheld, so that a plan shows as a
//! change only what an apply can keep.

use super::GroupDiff;
use crate::core::model::UserId;

/// The word for an account that is switched off: the wire contract of company v3 asks not to add it.
pub const INACTIVE: &str = "inactive-user";

/// The word for an account that is locked.
pub const LOCKED: &str = "locked-user";

/// The word for a user or a group of another type than the roster says.
pub const WRONG_TYPE: &str = "wrong-user-type";

/// The word for an id that the provider does not know.
pub const UNKNOWN: &str = "unknown-user";

impl GroupDiff<'_> {
    /// Whether an addition would be refused, as far as is known.
    pub(super) fn would_be_refused(&mut self, id: &UserId) -> bool {
        if self.known.is_some_and(|known| !known.contains(id)) {
            let detail = format!(
                "{id} is nobody at {}: the list of all users has no such id; correct the roster",
                self.basis.provider
            );
            self.problem(UNKNOWN, detail);
            return true;
        }
        let concerns = |user: &Option<UserId>, code| match user {
            Some(user) => user == id,
            // The whole group is for others.
            None => code == WRONG_TYPE,
        };
        let refuses = |code| [INACTIVE, LOCKED, WRONG_TYPE].contains(&code);
        self.live.remarks.iter().any(|remark| refuses(remark.code) && concerns(&remark.user, remark.code))
    }
}
