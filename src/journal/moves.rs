//! Moves that the trail tells of and that came to no end: what they owe is known even where the state was lost. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::record::{Line, Record};
use super::windows::verdicts;
use crate::core::model::{GroupId, Target, UserId};
use crate::core::moves::{MoveKey, PastMove};
use crate::core::plan::Action;
use crate::core::verify;

/// Where somebody was to move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveTo {
    /// The provider's id of the group.
    pub group_id: GroupId,
    /// The provider's id of the user there.
    pub id: UserId,
}

/// Moves whose places were freed, or may have been, by lines after this number: neither were they made, nor was
/// the place given back. Nothing is said of whether they were refused.
#[must_use]
pub fn open_moves(lines: &[Line], after: u64) -> BTreeMap<Target, Vec<PastMove>> {
    let verdicts = verdicts(lines);
    let mut open: BTreeMap<Target, BTreeMap<MoveKey, PastMove>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.seq > after) {
        let Record::Intent(intent) = &line.record else { continue };
        let moves = open.entry(intent.target.clone()).or_default();
        let place = (intent.group_id.clone(), intent.id.clone());
        match (intent.action, verdicts.get(&line.seq)) {
            (Action::Remove, Some(verify::Outcome::Failed)) => {}
            (Action::Remove, _) => {
                for to in &intent.for_moves {
                    let (user, to) = (to.id.clone(), to.group_id.clone());
                    let past = moves.entry((user.clone(), to.clone())).or_insert_with(|| PastMove {
                        user,
                        to,
                        from: Vec::new(),
                        revision: String::new(),
                        refused: None,
                        at: line.at,
                    });
                    past.from.push(place.clone());
                }
            }
            (Action::Add, Some(verify::Outcome::Applied)) => {
                let (group, user) = &place;
                moves.remove(&(user.clone(), group.clone()));
                for past in moves.values_mut() {
                    past.from.retain(|from| *from != place);
                }
                moves.retain(|_, past| !past.from.is_empty());
            }
            (Action::Add, _) => {}
        }
    }
    let all = open.into_iter().map(|(target, moves)| (target, moves.into_values().collect()));
    all.filter(|(_, moves): &(Target, Vec<PastMove>)| !moves.is_empty()).collect()
}
