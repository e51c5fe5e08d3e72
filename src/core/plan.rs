//! The changes that turn what is live into what the roster says, each with its cause.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{Timestamp, civil::Date};

use super::fights::Fight;
use super::model::{GroupHandle, GroupId, PersonHandle, ProviderName, Target, TeamHandle, UserId, UserType};
use super::moves::MoveKey;
use super::policy::demands::Demands;
use super::policy::ways::Free;
use super::roster::Place;
use super::shrunken::Shrunken;

/// The plan for one provider.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Which provider.
    pub provider: ProviderName,
    /// What it is connected to.
    pub target: Target,
    /// Every group of the roster there, in the order of handles.
    pub groups: Vec<GroupPlan>,
    /// Earlier moves of which nothing is left to remember.
    pub past_moves: Vec<MoveKey>,
    /// Places that earlier runs freed for moves that are not made yet.
    pub owed: Vec<Owed>,
}

/// A place that an earlier run freed for a move that is not made yet. It is given back as soon as it is known that the
/// move is not made now either, whatever is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// The move.
    pub of: MoveKey,
    /// Into which group.
    pub to: GroupHandle,
    /// When it was last tried.
    pub at: Timestamp,
    /// Whose place it was, when that is known.
    pub person: Option<PersonHandle>,
    /// The place.
    pub place: Free,
    /// The provider's id of its group.
    pub group_id: GroupId,
    /// The groups of this provider that its group is kept apart from.
    pub apart: Vec<GroupHandle>,
    /// Why it cannot be given back.
    pub block: Option<String>,
    /// Once it is given back, nothing is left to remember of the move.
    pub settles: bool,
}

/// The plan for one group.
#[derive(Debug, Clone)]
pub struct GroupPlan {
    /// The roster's name for it.
    pub group: GroupHandle,
    /// The provider's id, when it was found.
    pub id: Option<GroupId>,
    /// The provider's name for it: data, to be cleaned before it is shown.
    pub name: Option<String>,
    /// Who it is for.
    pub user_type: UserType,
    /// Members that are live.
    pub members_now: usize,
    /// Members that are live and wanted.
    pub standing: BTreeSet<UserId>,
    /// When an apply last looked, for the words of a drift.
    pub last_applied: Option<Timestamp>,
    /// What an apply would send now, additions first.
    pub changes: Vec<Change>,
    /// What it would not, with the reason.
    pub withheld: Vec<Withheld>,
    /// What a person should look at.
    pub problems: Vec<Problem>,
    /// Why the group could not be read, when it could not: then nothing is planned in it.
    pub unreadable: Option<String>,
    /// Whether the guard lets the group become empty.
    pub allow_empty: bool,
    /// First removals are held whatever `adopt` says.
    pub hold_first: bool,
    /// The group that the roster's name meant the last time, when it now means another.
    pub moved_from: Option<GroupId>,
    /// The group is far smaller than it was, and rosterd did not make it so: removals wait.
    pub shrunken: Option<Shrunken>,
    /// Memberships that somebody else undoes again and again.
    pub fights: Vec<Fight>,
    /// What the roster demands of the group besides.
    pub demands: Demands,
    /// Only this other group was asked for: of this one, the plan has what belongs to moves between the two.
    pub along_with: Option<GroupHandle>,
}

impl GroupPlan {
    /// The memberships that are ended before an addition is made.
    #[must_use]
    pub fn frees(&self, change: &Change) -> &[Free] {
        let way = change.id.as_ref().filter(|_| change.action == Action::Add);
        way.and_then(|id| self.demands.ways.get(id)).map_or(&[], |way| &way.frees)
    }
}

/// One membership to make or to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Make or end.
    pub action: Action,
    /// Whose, when the id is known to be a person's.
    pub person: Option<PersonHandle>,
    /// The provider's id of the user; none for a person who could not be identified.
    pub id: Option<UserId>,
    /// What made it necessary.
    pub cause: Cause,
    /// Where the roster says so.
    pub because: Vec<Because>,
}

/// Make or end a membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Make.
    Add,
    /// End.
    Remove,
}

/// What made a change necessary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// The roster changed since the last run.
    Roster,
    /// The provider changed on its own.
    Drift,
    /// A `from` or `until` passed.
    Date,
    /// The person left.
    Leaver,
    /// rosterd never applied this group before, or the member was there before it did.
    First,
}

/// One reason of the roster for a membership, or for its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Because {
    /// Where it is written.
    pub place: Place,
    /// The teams on the way, outermost first.
    pub via: Arc<[TeamHandle]>,
    /// Its first day.
    pub from: Option<Date>,
    /// Its last day.
    pub until: Option<Date>,
    /// The author's words.
    pub reason: Option<Arc<str>>,
}

/// A change that an apply would not send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// The change.
    pub change: Change,
    /// Why not.
    pub why: Why,
}

/// Why a change is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Somebody whom the group should have could not be identified, and may be this member.
    UnidentifiedPerson,
    /// A rule of the guard.
    Held,
    /// The provider is suspended.
    Suspended,
    /// The provider is only observed.
    Observe,
}

/// Something in a group that a person should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// A stable word, `unidentified-person`.
    pub code: &'static str,
    /// What is wrong and what to do; may hold text of the provider, to be cleaned before it is shown.
    pub detail: String,
}
