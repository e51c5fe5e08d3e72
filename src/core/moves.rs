//! Moves between groups that are kept apart: in which order things are sent, and what becomes of a place
//! that was freed for an addition that was refused.
//!
//! ```text
//! Add     what needs nothing first
//! Free    removals that make room; each is looked at before anything rests on it
//! Take    additions whose places were seen to be free
//!         (a place whose additions were all refused is given back here)
//! Remove  every other removal
//! ```
//!
//! Whoever is moved may stand in neither group for a moment, and never in both.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::call::{Changes, GroupChanges, SentGroup};
use super::guard::{Approved, ApprovedChange, Judged};
use super::model::{GroupId, UserId};
use super::plan::Action;
use super::verify::Outcome;

/// One change of one provider.
pub type Key = (GroupId, Action, UserId);

/// Who moves, and into which group.
pub type MoveKey = (UserId, GroupId);

/// What an approved change has to do with a move.
#[derive(Debug, Clone, Default)]
pub enum Part {
    /// Nothing.
    #[default]
    Alone,
    /// It ends a membership so that others can be made.
    Frees(Vec<MoveKey>),
    /// It makes a membership for which others ended.
    Takes(Take),
    /// It makes a membership again that ended for this move.
    GivesBack(MoveKey),
}

/// What the addition of a move rests on.
#[derive(Debug, Clone, Default)]
pub struct Take {
    /// Memberships that end first.
    pub frees: Vec<(GroupId, UserId)>,
    /// What is sent when it is refused.
    pub gives_back: Vec<GiveBack>,
}

/// A membership that is made again. The guard let it through together with the move.
#[derive(Debug, Clone)]
pub struct GiveBack {
    /// The group.
    pub group: Arc<SentGroup>,
    /// The addition.
    pub change: Box<ApprovedChange>,
    /// Groups that it is kept apart from: a person who left several gets one of them back.
    pub apart: Vec<GroupId>,
}

/// A move as an earlier run left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastMove {
    /// Who.
    pub user: UserId,
    /// Into which group.
    pub to: GroupId,
    /// Where the user was, and is again when the move cannot be made.
    pub from: Vec<(GroupId, UserId)>,
    /// The roster that asked for it.
    pub revision: String,
    /// Why the provider refused it; none when it was under way, or failed for the moment.
    pub refused: Option<String>,
    /// When it was last tried.
    pub at: Timestamp,
}

/// What is sent between two looks at what stands.
#[derive(Debug)]
pub struct Phase<'a> {
    /// Its place in the order.
    pub step: Step,
    /// What is sent.
    pub sends: Vec<Send<'a>>,
}

/// The order in which changes are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Additions that need nothing first.
    Add,
    /// Removals that make room.
    Free,
    /// Additions that need room.
    Take,
    /// Every other removal.
    Remove,
}

/// One change with its group.
#[derive(Debug, Clone, Copy)]
pub struct Send<'a> {
    /// The group.
    pub group: &'a Arc<SentGroup>,
    /// The change.
    pub change: &'a ApprovedChange,
}

/// What was approved, in the order in which it is sent; only phases in which anything is.
#[must_use]
pub fn phases(approved: &Approved) -> Vec<Phase<'_>> {
    let steps = [Step::Add, Step::Free, Step::Take, Step::Remove].into_iter();
    let phases = steps.map(|step| Phase {
        step,
        sends: sends(approved).filter(|send| step_of(send.change) == step).collect(),
    });
    phases.filter(|phase| !phase.sends.is_empty()).collect()
}

fn step_of(change: &ApprovedChange) -> Step {
    match (change.change.action, &change.part) {
        (Action::Add, Part::Takes(_)) => Step::Take,
        (Action::Add, _) => Step::Add,
        (Action::Remove, Part::Frees(_)) => Step::Free,
        (Action::Remove, _) => Step::Remove,
    }
}

/// The additions of moves.
pub fn takes(approved: &Approved) -> impl Iterator<Item = Send<'_>> {
    sends(approved).filter(|send| send.take().is_some())
}

fn sends(approved: &Approved) -> impl Iterator<Item = Send<'_>> {
    approved
        .groups()
        .iter()
        .flat_map(|group| group.changes.iter().map(|change| Send { group: &group.group, change }))
}

impl Send<'_> {
    /// What tells it from any other.
    #[must_use]
    pub fn key(&self) -> Key {
        (self.group.id.clone(), self.change.change.action, self.change.user.clone())
    }

    /// Whether it is the addition of a move that leaves this place.
    #[must_use]
    pub fn needs(&self, group: &GroupId, user: &UserId) -> bool {
        self.take().is_some_and(|take| take.rests_on((group, user)))
    }

    fn take(&self) -> Option<&Take> {
        match &self.change.part {
            Part::Takes(take) => Some(take),
            Part::Alone | Part::Frees(_) | Part::GivesBack(_) => None,
        }
    }
}

impl GiveBack {
    /// The addition, to be sent like any other.
    #[must_use]
    pub fn as_send(&self) -> Send<'_> {
        Send { group: &self.group, change: &self.change }
    }
}

/// Changes as sets, for cutting into calls.
#[must_use]
pub fn changes(sends: &[Send<'_>]) -> Changes {
    let mut groups: Vec<GroupChanges> = Vec::new();
    for send in sends {
        if groups.last().is_none_or(|last| last.group.id != send.group.id) {
            let group = Arc::clone(send.group);
            groups.push(GroupChanges { group, add: BTreeSet::new(), remove: BTreeSet::new() });
        }
        let Some(group) = groups.last_mut() else { continue };
        let side = match send.change.change.action {
            Action::Add => &mut group.add,
            Action::Remove => &mut group.remove,
        };
        side.insert(send.change.user.clone());
    }
    Changes { groups }
}

/// Whether every place that an addition needs was seen to be free; else the group of one that was not.
///
/// # Errors
/// The first place that may still be taken.
pub fn is_free<'a>(send: &Send<'a>, outcome: &dyn Fn(&Key) -> Option<Outcome>) -> Result<(), &'a GroupId> {
    let Part::Takes(take) = &send.change.part else { return Ok(()) };
    let taken = take.frees.iter().find(|(group, user)| {
        outcome(&(group.clone(), Action::Remove, user.clone())) != Some(Outcome::Applied)
    });
    taken.map_or(Ok(()), |(group, _)| Err(group))
}

/// What is given back once the additions of moves were tried: places that are free by now and that no
/// addition took.
#[must_use]
pub fn give_backs<'a>(takes: &[Send<'a>], outcome: &dyn Fn(&Key) -> Option<Outcome>) -> Vec<&'a GiveBack> {
    let mut given: BTreeSet<(&GroupId, &UserId)> = BTreeSet::new();
    let mut all = Vec::new();
    for send in takes {
        let Part::Takes(take) = &send.change.part else { continue };
        for back in &take.gives_back {
            let place = (&back.group.id, &back.change.user);
            let rests_here = takes.iter().filter(|other| other.take().is_some_and(|it| it.rests_on(place)));
            let mut rests_here = rests_here.peekable();
            let refused = rests_here.all(|other| outcome(&other.key()) == Some(Outcome::Failed));
            let beside = back.apart.iter().any(|group| {
                let other = (group, &back.change.user);
                given.contains(&other) || (take.frees_place(other) && !was_freed(take, other, outcome))
            });
            if refused && !beside && was_freed(take, place, outcome) && given.insert(place) {
                all.push(back);
            }
        }
    }
    all
}

/// Whether nobody stands in the place: this run ended the membership, or an earlier one did.
fn was_freed(take: &Take, place: (&GroupId, &UserId), outcome: &dyn Fn(&Key) -> Option<Outcome>) -> bool {
    let (group, user) = place;
    !take.frees_place(place)
        || outcome(&(group.clone(), Action::Remove, user.clone())) == Some(Outcome::Applied)
}

impl Take {
    fn frees_place(&self, place: (&GroupId, &UserId)) -> bool {
        self.frees.iter().any(|(group, user)| (group, user) == place)
    }

    fn rests_on(&self, place: (&GroupId, &UserId)) -> bool {
        self.frees_place(place)
            || self.gives_back.iter().any(|back| (&back.group.id, &back.change.user) == place)
    }
}

/// The moves that are about to be tried. Kept before anything is sent, a crash in the middle leaves word of
/// what is owed.
#[must_use]
pub fn begun(approved: &Approved, revision: &str, at: Timestamp) -> Vec<PastMove> {
    let moves = sends(approved).filter_map(|send| {
        let take = send.take().filter(|take| !take.gives_back.is_empty())?;
        Some(PastMove {
            user: send.change.user.clone(),
            to: send.group.id.clone(),
            from: take.gives_back.iter().map(|it| (it.group.id.clone(), it.change.user.clone())).collect(),
            revision: revision.to_owned(),
            refused: None,
            at,
        })
    });
    moves.collect()
}

/// What is known of changes after they were tried.
pub struct Tried<'a> {
    /// What stands.
    pub outcome: &'a dyn Fn(&Key) -> Option<Outcome>,
    /// The provider's words, where it refused for good.
    pub refusal: &'a dyn Fn(&Key) -> Option<String>,
}

/// What is to be remembered of moves after a run, and of which of them nothing is.
#[must_use]
pub fn after(judged: &Judged, begun: Vec<PastMove>, tried: &Tried<'_>) -> (Vec<PastMove>, Vec<MoveKey>) {
    let mut forgotten = judged.plan.past_moves.clone();
    let owed = &judged.plan.owed;
    for of in owed.iter().filter(|owed| owed.settles).map(|owed| &owed.of).collect::<BTreeSet<_>>() {
        let places = owed.iter().filter(|owed| owed.of == *of);
        let key = places.map(|owed| (owed.group_id.clone(), Action::Add, owed.place.user.clone()));
        let mut outcomes = key.filter_map(|key| (tried.outcome)(&key)).peekable();
        // Somebody who ends it by hand after that is not to be overruled.
        if outcomes.peek().is_some() && outcomes.all(|it| it == Outcome::Applied) {
            forgotten.push(of.clone());
        }
    }
    let mut kept = Vec::new();
    for begun in begun {
        match ended(&begun, tried) {
            Some(past) => kept.push(past),
            None => forgotten.push((begun.user, begun.to)),
        }
    }
    (kept, forgotten)
}

/// What is to be remembered of a move that was tried; none when it was made, or nothing came of it and it may
/// be tried again.
#[must_use]
pub fn ended(begun: &PastMove, tried: &Tried<'_>) -> Option<PastMove> {
    let key = (begun.to.clone(), Action::Add, begun.user.clone());
    let refused = (tried.refusal)(&key);
    let stands = |(group, user): &(GroupId, UserId)| {
        let of = |action| (tried.outcome)(&(group.clone(), action, user.clone()));
        of(Action::Add) == Some(Outcome::Applied)
            || of(Action::Remove).is_some_and(|it| it == Outcome::Failed)
    };
    match (tried.outcome)(&key) {
        Some(Outcome::Applied) => None,
        Some(Outcome::Failed) if refused.is_none() && begun.from.iter().all(stands) => None,
        Some(Outcome::Failed) => Some(PastMove { refused, ..begun.clone() }),
        Some(Outcome::Unknown) | None => Some(begun.clone()),
    }
}
