//! What was sent, what stands -> results. A success that was not seen is none.

use std::collections::BTreeMap;

use super::model::{GroupId, Live, UserId};
use super::plan::Action;

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was seen to stand.
    Applied,
    /// It was seen not to stand, or was never sent.
    Failed,
    /// It could not be seen.
    Unknown,
}

/// Answers whether memberships stand, out of a read after the fact.
#[derive(Debug)]
pub struct Seen<'a> {
    groups: BTreeMap<&'a GroupId, &'a std::collections::BTreeSet<UserId>>,
    unread: BTreeMap<&'a str, &'a str>,
    failure: Option<&'a str>,
}

impl<'a> Seen<'a> {
    /// What a read showed.
    #[must_use]
    pub fn new(live: &'a Live) -> Self {
        Self {
            groups: live.groups.values().map(|group| (&group.id, &group.members)).collect(),
            unread: live.unread.iter().map(|(handle, why)| (handle.as_str(), why.as_str())).collect(),
            failure: None,
        }
    }

    /// Nothing could be read.
    #[must_use]
    pub fn nothing(why: &'a str) -> Self {
        Self { groups: BTreeMap::new(), unread: BTreeMap::new(), failure: Some(why) }
    }

    /// Whether a change stands, and when it does not, what is known of why.
    #[must_use]
    pub fn judge(
        &self,
        handle: &str,
        group: &GroupId,
        user: &UserId,
        action: Action,
        sent: Option<&str>,
    ) -> (Outcome, Option<String>) {
        let Some(members) = self.groups.get(group) else {
            let why = self.failure.or_else(|| self.unread.get(handle).copied());
            let why = why.unwrap_or("the group was not read again");
            let detail = sent.map_or_else(String::new, |sent| format!("{sent}; "));
            return (Outcome::Unknown, Some(format!("{detail}reading it again failed: {why}")));
        };
        if members.contains(user) == (action == Action::Add) {
            return (Outcome::Applied, None);
        }
        let stands = match action {
            Action::Add => "accepted, but the member is not there when read again",
            Action::Remove => "accepted, but the member is still there when read again",
        };
        (Outcome::Failed, Some(sent.unwrap_or(stands).to_owned()))
    }
}
