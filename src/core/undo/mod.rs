//! Taking back what earlier runs changed: what the audit trail tells of each membership, and what of it may
//! be taken back at all.
//!
//! Here only the trail speaks. What is live, who left and what is forbidden now has its say in
//! [`crate::core::diff::undo`].

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::model::{GroupHandle, GroupId, PersonHandle, UserId};
use super::plan::{Action, Cause};
use super::run_id;
use super::verify::Outcome;

pub mod edits;
pub mod extent;

/// What the audit trail tells of one membership that the undone runs changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Traced {
    /// The roster's name of the group, at the time.
    pub group: GroupHandle,
    /// The provider's id of the group.
    pub group_id: GroupId,
    /// The provider's id of the user.
    pub user: UserId,
    /// What was done to it since the first of the undone runs, oldest first.
    pub touches: Vec<Touch>,
    /// Everybody whom the trail ever knew under this id, at this provider.
    pub names: BTreeSet<PersonHandle>,
    /// When the trail last took this id for that of somebody who left, and nothing added it since.
    pub left: Option<Timestamp>,
}

/// One change of a membership that was about to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Touch {
    /// The run.
    pub run: String,
    /// Whether that run is to be undone.
    pub undone: bool,
    /// When.
    pub at: Timestamp,
    /// Make or end.
    pub action: Action,
    /// Whose membership it was.
    pub person: Option<PersonHandle>,
    /// What made it necessary.
    pub cause: Cause,
    /// It made a membership again that had ended for a move.
    pub gives_back: bool,
    /// What became of it; none while nobody knows.
    pub result: Option<Outcome>,
}

/// What takes a membership back to where the undone runs found it.
#[derive(Debug, Clone, PartialEq)]
pub struct Back {
    /// Make or end.
    pub action: Action,
    /// The run that left it so.
    pub run: String,
    /// Whose membership it was.
    pub person: Option<PersonHandle>,
    /// What the first of the undone changes was for.
    pub cause: Cause,
}

/// A change that an undo leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The roster's name of the group, at the time of the undone run.
    pub group: GroupHandle,
    /// What would take the membership back.
    pub action: Action,
    /// Whose membership.
    pub person: Option<PersonHandle>,
    /// The provider's id of the user.
    pub id: UserId,
    /// Why in a word.
    pub why: WhyLeftOut,
    /// Why in a sentence.
    pub detail: String,
}

/// Why an undo leaves a change out, as scripts know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhyLeftOut {
    /// The membership is not as the undone runs left it, or a later run changed it.
    ChangedSince,
    /// The person left: nobody who left is added back.
    Left,
    /// The id is not known to be that person's any more.
    IdentityChanged,
    /// Nobody knows whether the change was made.
    UnknownOutcome,
    /// The roster does not name the group any more.
    NotManaged,
    /// The group could not be read.
    Unreadable,
}

impl Traced {
    /// What takes the membership back; none where the undone runs left it as they found it.
    ///
    /// # Errors
    /// When the trail says that it must be left out.
    pub fn back(&self) -> Result<Option<Back>, LeftOut> {
        let lasting = self.lasting();
        let own = lasting.iter().copied().enumerate().filter(|(_, touch)| touch.undone);
        let own: Vec<(usize, &Touch)> = own.collect();
        let (Some((_, first)), Some((at, last))) = (own.first(), own.last()) else { return Ok(None) };
        let action = opposite(last.action);
        let person = own.iter().rev().find_map(|(_, touch)| touch.person.clone());
        let doubtful = own.iter().find(|(_, touch)| touch.result != Some(Outcome::Applied));
        if let Some((_, touch)) = doubtful {
            let detail = match touch.result {
                None => "the audit trail has no outcome of it yet; `undo` without --dry-run looks first",
                Some(_) => "nobody could see whether it was made",
            };
            return Err(self.left_out(action, person, WhyLeftOut::UnknownOutcome, detail.to_owned()));
        }
        if first.action != last.action {
            return Ok(None);
        }
        let mut later = lasting.iter().skip(at + 1);
        if let Some(touch) = later.find(|touch| !touch.undone) {
            let detail = told(touch);
            return Err(self.left_out(action, person, WhyLeftOut::ChangedSince, detail));
        }
        Ok(Some(Back { action, run: last.run.clone(), person, cause: first.cause }))
    }

    /// What was done to it, without what failed, and without a place that was freed for a move and given back.
    fn lasting(&self) -> Vec<&Touch> {
        let mut lasting: Vec<&Touch> = Vec::new();
        for touch in self.touches.iter().filter(|touch| touch.result != Some(Outcome::Failed)) {
            if lasting.last().is_some_and(|last| touch.takes_back(last)) {
                lasting.pop();
            } else {
                lasting.push(touch);
            }
        }
        lasting
    }

    /// The change of this membership, left out.
    #[must_use]
    pub fn left_out(
        &self,
        action: Action,
        person: Option<PersonHandle>,
        why: WhyLeftOut,
        detail: String,
    ) -> LeftOut {
        LeftOut { group: self.group.clone(), action, person, id: self.user.clone(), why, detail }
    }
}

impl Touch {
    /// Whether it gives back what another ended: no run adds what it has ended itself but for that.
    fn takes_back(&self, ended: &Touch) -> bool {
        let both = (ended.action, self.action) == (Action::Remove, Action::Add);
        let stand = [ended, self].iter().all(|touch| touch.result == Some(Outcome::Applied));
        both && stand && (self.gives_back || self.run == ended.run)
    }
}

fn told(touch: &Touch) -> String {
    let did = match (touch.result, touch.action) {
        (Some(Outcome::Applied), Action::Add) => "added",
        (Some(Outcome::Applied), Action::Remove) => "removed",
        (_, Action::Add) => "may have added",
        (_, Action::Remove) => "may have removed",
    };
    let when = touch.at.strftime("%Y-%m-%d %H:%M");
    format!("a later run, {}, {did} it on {when} (UTC)", run_id::short(&touch.run))
}

fn opposite(action: Action) -> Action {
    match action {
        Action::Add => Action::Remove,
        Action::Remove => Action::Add,
    }
}
