//! What the roster must say for an undo to last.

use crate::core::model::{GroupHandle, PersonHandle, UserId};
use crate::core::plan::{Action, Because};
use crate::core::roster::Place;

/// One edit of the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The group that it is for.
    pub group: GroupHandle,
    /// What was taken back: the membership is made, or ended.
    pub action: Action,
    /// Whose membership; somebody without a handle is written by id.
    pub person: Option<PersonHandle>,
    /// The provider's id of the user.
    pub id: UserId,
    /// What to write.
    pub what: What,
    /// Where.
    pub place: Place,
    /// What names the person elsewhere, when that is why the edit is not made there.
    pub named_at: Option<Because>,
}

/// What to write in the roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Name the member in `members`.
    AddToMembers,
    /// Take the reference out of the list of members.
    RemoveFromMembers,
    /// Name the member in `except`.
    AddToExcept,
    /// Take the reference out of `except`.
    RemoveFromExcept,
    /// Let the bounds of the reference include today.
    ChangeBounds,
}

/// What the roster says of one member today.
#[derive(Debug, Clone, Copy, Default)]
pub struct Said<'a> {
    /// Why the group wants the member.
    pub wanted: &'a [Because],
    /// Why it excepts the member.
    pub excepted: &'a [Because],
    /// Where it names the member on other days.
    pub other_days: &'a [Because],
    /// It removes nobody whom it does not name.
    pub only_includes: bool,
    /// Where the group is written.
    pub group: Place,
}

impl Said<'_> {
    /// The edits that make a change last: none where the roster says so already.
    #[must_use]
    pub fn edits(self, action: Action) -> Vec<(What, Place, Option<Because>)> {
        match action {
            Action::Remove => self.unnaming(),
            Action::Add if self.wanted.is_empty() => self.naming(),
            Action::Add => Vec::new(),
        }
    }

    /// A team stands for others too: who is a member through one is excepted in the group alone.
    fn unnaming(self) -> Vec<(What, Place, Option<Because>)> {
        if let Some(team) = self.wanted.iter().find(|because| !because.via.is_empty()) {
            return vec![(What::AddToExcept, self.group, Some(team.clone()))];
        }
        let places = self.wanted.iter().map(|because| because.place);
        places.map(|place| (What::RemoveFromMembers, place, None)).collect()
    }

    fn naming(self) -> Vec<(What, Place, Option<Because>)> {
        let mut edits = Vec::new();
        for because in self.excepted {
            let team = (!because.via.is_empty()).then(|| because.clone());
            edits.push((What::RemoveFromExcept, because.place, team));
        }
        if self.only_includes && self.excepted.is_empty() {
            return edits;
        }
        let bounded = |because: &&Because| because.from.is_some() || because.until.is_some();
        let direct = self.other_days.iter().filter(|because| because.via.is_empty());
        match direct.clone().find(bounded) {
            Some(because) => edits.push((What::ChangeBounds, because.place, None)),
            // Who is only excepted is named all the while.
            None if !self.excepted.is_empty() && !self.other_days.is_empty() => {}
            None => edits.push((What::AddToMembers, self.group, None)),
        }
        edits
    }
}
