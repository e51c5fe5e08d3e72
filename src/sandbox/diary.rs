//! Who changed which membership, in order: what was asked for, apart from what others did.

use std::collections::{BTreeMap, BTreeSet};

use super::{exchange::Answer, exchange::Call, server::Api};

/// Groups with their members, by id.
pub type Memberships = BTreeMap<String, BTreeSet<String>>;

/// Who changed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A request that came in over the wire.
    Client,
    /// Somebody else: an edit, a test, a fault.
    Others,
}

/// One membership that began or ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// When it was noticed: for a request, the moment at which it was carried out.
    pub at: jiff::Timestamp,
    /// Who did it.
    pub by: By,
    /// The group.
    pub group: String,
    /// The user.
    pub user: String,
    /// Whether it began.
    pub joined: bool,
}

/// The diary of one server. It costs a look at every membership a call, and is kept only where asked for.
#[derive(Default)]
pub(super) struct Diary {
    last: Option<Memberships>,
    turns: Vec<Turn>,
}

impl Diary {
    /// From now on.
    pub(super) fn begin(&mut self, now: Memberships) {
        *self = Diary { last: Some(now), turns: Vec::new() };
    }

    /// Carries out a call, and notes what it changed and what others did before.
    pub(super) fn carry_out<A: Api>(&mut self, api: &mut A, call: &Call) -> Answer {
        self.note(api, By::Others);
        let answer = api.answer(call);
        self.note(api, By::Client);
        answer
    }

    /// Notes what changed since the last time.
    pub(super) fn note<A: Api>(&mut self, api: &A, by: By) {
        let Some(last) = &mut self.last else { return };
        let now = api.memberships();
        let before = std::mem::replace(last, now);
        let at = jiff::Timestamp::now();
        let none = BTreeSet::new();
        let groups: BTreeSet<&String> = before.keys().chain(last.keys()).collect();
        for group in groups {
            let (was, is) = (before.get(group).unwrap_or(&none), last.get(group).unwrap_or(&none));
            for user in was.symmetric_difference(is) {
                let (group, user) = (group.clone(), user.clone());
                self.turns.push(Turn { at, by, joined: is.contains(&user), group, user });
            }
        }
    }

    pub(super) fn turns(&self) -> Vec<Turn> {
        self.turns.clone()
    }
}
