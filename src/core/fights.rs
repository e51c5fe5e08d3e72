//! Fights: somebody else undoes the same membership again and again.
//!
//! Only a change that was seen to stand, and that a whole read later showed undone, counts; that a run set out to
//! make the change again shows it. Three times within seven days are a fight: rosterd stops adding, until a person
//! resumes it or the roster says something else of the membership. It goes on removing, with an alarm.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, civil::Date};

use super::model::{GroupHandle, GroupId, PersonHandle, TeamHandle, UserId};
use super::plan::{Action, Because};

/// So many reversals are a fight.
pub const MOST_UNDONE: usize = 3;

/// Reversals count for so long.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A membership at one provider.
pub type Membership = (GroupId, UserId);

/// What is known of the memberships of one target that somebody else undid.
pub type Pasts = BTreeMap<Membership, Past>;

/// What the roster says of a membership, apart from where it stands: an edit elsewhere in the file changes
/// nothing.
pub type Said = BTreeSet<Reason>;

/// One reason of the roster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// The teams on the way, outermost first.
    pub via: Arc<[TeamHandle]>,
    /// First day.
    pub from: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// The author's words.
    pub reason: Option<Arc<str>>,
}

/// Something that happened to a membership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A whole read showed that it was not as the roster says, and rosterd set out to change it.
    Tried {
        /// Make or end.
        action: Action,
        /// Whether the change was seen to stand.
        stood: bool,
    },
    /// rosterd stopped adding it.
    Stopped(Said),
    /// A person resumed it, or the roster says something else of it.
    Resumed,
}

/// What came of the events of one membership so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// The roster's name of the group.
    pub group: GroupHandle,
    /// Whose membership, when that is known.
    pub person: Option<PersonHandle>,
    /// What rosterd last set out to do.
    action: Option<Action>,
    /// Whether that was seen to stand.
    stands: bool,
    /// When that same change was found undone before.
    undone: Vec<Timestamp>,
    /// Since when rosterd has stopped adding it, and what the roster said of it then.
    stopped: Option<(Timestamp, Said)>,
}

/// A fight as a plan finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fight {
    /// The user.
    pub user: UserId,
    /// Who that is, when it is known.
    pub person: Option<PersonHandle>,
    /// What rosterd did and somebody else undid.
    pub action: Action,
    /// How often that was seen within the window.
    pub undone: usize,
    /// How far it has come.
    pub stage: Stage,
    /// Where the roster asks for the membership.
    pub because: Vec<Because>,
}

/// How far a fight has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It was found just now.
    Begins,
    /// rosterd stopped then.
    Since(Timestamp),
    /// The roster says something else of the membership: rosterd does as it says again.
    Over,
}

impl Past {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new(group: GroupHandle, person: Option<PersonHandle>) -> Self {
        Self { group, person, action: None, stands: false, undone: Vec::new(), stopped: None }
    }

    /// Takes the next event, in the order of time.
    pub fn take(&mut self, at: Timestamp, event: Event) {
        match event {
            Event::Tried { action, stood } => {
                if self.action != Some(action) {
                    // The roster changed its mind: whatever comes is another story.
                    self.undone.clear();
                } else if self.stands {
                    self.undone.push(at);
                }
                (self.action, self.stands) = (Some(action), stood);
            }
            Event::Stopped(said) => self.stopped = Some((at, said)),
            Event::Resumed => {
                (self.action, self.stands, self.stopped) = (None, false, None);
                self.undone.clear();
            }
        }
    }

    /// Forgets what was undone before the window began.
    pub fn forget_before(&mut self, time: Timestamp) {
        self.undone.retain(|at| *at >= time);
    }

    /// Whether there is anything to resume, or would be once the membership is found undone again.
    #[must_use]
    pub fn matters(&self) -> bool {
        self.stopped.is_some() || self.undone.len() + usize::from(self.stands) >= MOST_UNDONE
    }

    /// Since when rosterd has stopped adding it.
    #[must_use]
    pub fn stopped_at(&self) -> Option<Timestamp> {
        self.stopped.as_ref().map(|(at, _)| *at)
    }

    /// How often a change was undone, now that it has to be made again.
    #[must_use]
    pub fn undone(&self, action: Action) -> usize {
        if self.action == Some(action) { self.undone.len() + usize::from(self.stands) } else { 0 }
    }

    /// How far a fight has come over a change that has to be made again; none where there is none.
    #[must_use]
    pub fn stage(&self, action: Action, said: &Said) -> Option<Stage> {
        match &self.stopped {
            Some((_, then)) if action == Action::Remove || then != said => Some(Stage::Over),
            Some((at, _)) => Some(Stage::Since(*at)),
            None => (self.undone(action) >= MOST_UNDONE).then_some(Stage::Begins),
        }
    }
}

impl Fight {
    /// Whether the membership is not to be made.
    #[must_use]
    pub fn stops(&self) -> bool {
        self.action == Action::Add && self.stage != Stage::Over
    }
}

/// What the roster says of a membership, as reasons of a plan.
#[must_use]
pub fn said(because: &[Because]) -> Said {
    let reason = |because: &Because| {
        let Because { place: _, via, from, until, reason } = because;
        Reason { via: Arc::clone(via), from: *from, until: *until, reason: reason.clone() }
    };
    because.iter().map(reason).collect()
}
