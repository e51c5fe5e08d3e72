//! What the audit trail tells of runs that are to be undone. Pure, but for reading the lines.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use super::error::JournalError;
use super::files::Files;
use super::reading;
use super::record::{Intent, Line, Outcome, Record, Run, RunEvent};
use crate::core::model::{GroupId, PersonHandle, Target, UserId};
use crate::core::plan::{Action, Cause};
use crate::core::run_id;
use crate::core::undo::{Touch, Traced};
use crate::core::verify;

/// A run of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastRun {
    /// As it began.
    pub run: Run,
    /// When.
    pub at: Timestamp,
}

/// A membership: where, in which group, whose.
type Key = (Target, GroupId, UserId);

/// The runs that are named by one of these texts, in their order.
pub(super) fn runs(files: &Files, typed: &[String]) -> Result<Vec<PastRun>, JournalError> {
    reading::fold(files, Timestamp::MIN, &Vec::new, &|runs, line| {
        if let Record::Run(run) = line.record
            && run.event == RunEvent::Begin
            && typed.iter().any(|typed| run_id::is_named_by(&run.run, typed))
        {
            runs.push(PastRun { run, at: line.at });
        }
    })
}

/// Every membership that these runs set out to change, with all that happened to it since.
pub(super) fn trace(
    files: &Files,
    runs: &BTreeSet<String>,
) -> Result<BTreeMap<Target, Vec<Traced>>, JournalError> {
    let keys: BTreeSet<Key> =
        reading::fold(files, Timestamp::MIN, &BTreeSet::new, &|keys: &mut BTreeSet<Key>, line| {
            if let Record::Intent(intent) = line.record
                && runs.contains(&intent.run)
            {
                keys.insert(key(&intent));
            }
        })?;
    let start = || Tracing::new(&keys);
    let tracing = reading::fold(files, Timestamp::MIN, &start, &|tracing: &mut Tracing<'_>, line| {
        tracing.take(line, runs);
    })?;
    Ok(tracing.finish())
}

fn key(intent: &Intent) -> Key {
    (intent.target.clone(), intent.group_id.clone(), intent.id.clone())
}

/// One pass over the trail.
struct Tracing<'a> {
    keys: &'a BTreeSet<Key>,
    /// The users of those memberships, each with what is known of whoever that was.
    users: BTreeMap<(Target, UserId), Known>,
    memberships: BTreeMap<Key, Traced>,
    /// Where the intents stand that wait for an outcome.
    open: HashMap<u64, (Key, usize)>,
}

/// Whose an id was.
#[derive(Default)]
struct Known {
    names: BTreeSet<PersonHandle>,
    left: Option<Timestamp>,
}

impl<'a> Tracing<'a> {
    fn new(keys: &'a BTreeSet<Key>) -> Self {
        let user = |(target, _, user): &Key| ((target.clone(), user.clone()), Known::default());
        let users = keys.iter().map(user).collect();
        Self { keys, users, memberships: BTreeMap::new(), open: HashMap::new() }
    }

    fn take(&mut self, line: Line, runs: &BTreeSet<String>) {
        match line.record {
            Record::Intent(intent) => self.intent(line.seq, line.at, intent, runs),
            Record::Outcome(outcome) => self.outcome(&outcome),
            _ => {}
        }
    }

    fn intent(&mut self, seq: u64, at: Timestamp, intent: Intent, runs: &BTreeSet<String>) {
        let Some(known) = self.users.get_mut(&(intent.target.clone(), intent.id.clone())) else { return };
        known.names.extend(intent.person.clone());
        known.left = match (intent.action, intent.cause) {
            (Action::Remove, Cause::Leaver) => Some(at),
            (Action::Remove, _) => known.left,
            (Action::Add, _) => None,
        };
        let key = key(&intent);
        let undone = runs.contains(&intent.run);
        if !self.keys.contains(&key) || !(undone || self.memberships.contains_key(&key)) {
            return;
        }
        let Intent { run, group, group_id, action, person, id, cause, for_moves, .. } = intent;
        let gives_back = action == Action::Add && !for_moves.is_empty();
        let traced = self.memberships.entry(key.clone()).or_insert_with(|| Traced {
            group: group.clone(),
            group_id,
            user: id,
            touches: Vec::new(),
            names: BTreeSet::new(),
            left: None,
        });
        self.open.insert(seq, (key, traced.touches.len()));
        if undone {
            traced.group = group;
        }
        traced.touches.push(Touch { run, undone, at, action, person, cause, gives_back, result: None });
    }

    /// The last word on an intent counts.
    fn outcome(&mut self, outcome: &Outcome) {
        let Some((key, number)) = self.open.get(&outcome.of) else { return };
        let touch = self.memberships.get_mut(key).and_then(|traced| traced.touches.get_mut(*number));
        if let Some(touch) = touch {
            let result: verify::Outcome = outcome.result;
            touch.result = Some(result);
        }
    }

    fn finish(self) -> BTreeMap<Target, Vec<Traced>> {
        let mut all: BTreeMap<Target, Vec<Traced>> = BTreeMap::new();
        for ((target, _, user), mut traced) in self.memberships {
            if let Some(known) = self.users.get(&(target.clone(), user)) {
                traced.names.clone_from(&known.names);
                traced.left = known.left;
            }
            all.entry(target).or_default().push(traced);
        }
        all
    }
}
