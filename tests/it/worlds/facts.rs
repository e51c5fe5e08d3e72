//! What happened in a world: as the providers saw it, and as the journal tells it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rosterd::sandbox::By;
use serde_json::Value;

use super::spec::Spec;
use super::staging;
use super::storm::Ran;
use crate::support::{PROVIDERS, World};

/// A membership by path and handle, with what is done to it.
pub type Key = (String, String, bool);

/// One membership that began or ended, by handles.
#[derive(Clone, Debug)]
pub struct Turn {
    pub at: Timestamp,
    pub by: By,
    pub path: String,
    pub who: String,
    pub joined: bool,
    /// In which act.
    pub act: usize,
}

/// A change that the journal says was about to be sent.
#[derive(Clone, Debug)]
pub struct Intent {
    pub seq: u64,
    pub at: Timestamp,
    pub run: String,
    pub key: Key,
    pub cause: String,
    /// Every outcome that was recorded: number, time, result.
    pub outcomes: Vec<(u64, Timestamp, String)>,
}

/// One roster, and the time during which it was in force.
pub struct Act {
    pub spec: Spec,
    pub begins: Timestamp,
    pub runs: Vec<Ran>,
    /// Who was where when it was quiet.
    pub ends: BTreeMap<String, BTreeSet<String>>,
}

/// Everything.
pub struct Facts {
    /// Who was where before rosterd came.
    pub initial: BTreeMap<String, BTreeSet<String>>,
    pub acts: Vec<Act>,
    pub turns: Vec<Turn>,
    pub intents: Vec<Intent>,
    /// Runs that came to their end, by the journal's names.
    pub ended: BTreeSet<String>,
    /// Ids by provider and handle.
    pub ids: BTreeMap<(String, String), String>,
}

/// Every group with its members, by path and handle.
pub fn live(world: &World) -> BTreeMap<String, BTreeSet<String>> {
    world.dump().into_iter().map(|(path, members)| (path, members.into_iter().collect())).collect()
}

/// Gathers what happened.
pub fn gather(world: &World, initial: BTreeMap<String, BTreeSet<String>>, acts: Vec<Act>) -> Facts {
    let mut turns = Vec::new();
    for at in PROVIDERS {
        for turn in staging::diary(world, at) {
            let act = acts.iter().rposition(|act| act.begins <= turn.at).unwrap_or_default();
            let path = staging::path(world, &acts[act].spec, at, &turn.group);
            let who = world.handle(at, &turn.user);
            turns.push(Turn { at: turn.at, by: turn.by, path, who, joined: turn.joined, act });
        }
    }
    turns.sort_by_key(|turn| turn.at);
    let (intents, ended) = intents(world, &acts[0].spec);
    let ids = ids(world, &acts[0].spec);
    Facts { initial, acts, turns, intents, ended, ids }
}

fn ids(world: &World, spec: &Spec) -> BTreeMap<(String, String), String> {
    let people = spec.people.iter().map(|person| &person.handle).chain(&spec.strangers);
    let accounts = people.flat_map(|who| PROVIDERS.map(|at| (at, who)));
    let there = accounts.filter(|(at, who)| spec.has_account(who, at));
    there.map(|(at, who)| ((at.to_owned(), who.clone()), world.id(at, who))).collect()
}

/// The journal's changes, and the runs that ended. A torn line is what a crash may leave, and no change.
fn intents(world: &World, spec: &Spec) -> (Vec<Intent>, BTreeSet<String>) {
    let text = world.journal_text();
    let lines: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let text_of = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
    let time = |line: &Value| text_of(line, "at").parse::<Timestamp>().expect("each line has a time");
    let number = |line: &Value, key: &str| line[key].as_u64().expect("each line has a number");
    let mut intents = BTreeMap::new();
    for line in &lines {
        if line["type"] == "intent" {
            let at = text_of(line, "provider");
            let path = staging::path(world, spec, &at, &text_of(line, "group_id"));
            let key = (path, world.handle(&at, &text_of(line, "id")), line["action"] == "add");
            let (seq, run, cause) = (number(line, "seq"), text_of(line, "run"), text_of(line, "cause"));
            intents.insert(seq, Intent { seq, at: time(line), run, key, cause, outcomes: Vec::new() });
        } else if line["type"] == "outcome"
            && let Some(intent) = intents.get_mut(&number(line, "of"))
        {
            intent.outcomes.push((number(line, "seq"), time(line), text_of(line, "result")));
        }
    }
    let ends = lines.iter().filter(|line| line["type"] == "run" && line["event"] == "end");
    (intents.into_values().collect(), ends.map(|line| text_of(line, "run")).collect())
}

impl Intent {
    /// The person and the group.
    pub fn place(&self) -> (&str, &str) {
        (&self.key.0, &self.key.1)
    }

    /// Whether it adds.
    pub fn adds(&self) -> bool {
        self.key.2
    }

    /// Whether it was seen to stand.
    pub fn is_applied(&self) -> bool {
        self.outcomes.last().is_some_and(|(.., result)| result == "applied")
    }

    /// Whether it was seen not to stand.
    pub fn has_failed(&self) -> bool {
        self.outcomes.last().is_some_and(|(.., result)| result == "failed")
    }
}

impl Turn {
    pub fn key(&self) -> Key {
        (self.path.clone(), self.who.clone(), self.joined)
    }

    pub fn is_ours(&self) -> bool {
        self.by == By::Client
    }

    pub fn told(&self) -> String {
        let Turn { at, by, path, who, joined, act } = self;
        format!("act {act} {at} {by:?} {}{who} {path}", if *joined { '+' } else { '-' })
    }
}

impl Facts {
    /// The roster that was in force.
    pub fn spec(&self, turn: &Turn) -> &Spec {
        &self.acts[turn.act].spec
    }

    /// Whether this is the id of somebody at a provider.
    pub fn is_id(&self, at: &str, who: &str, id: &str) -> bool {
        self.ids.get(&(at.to_owned(), who.to_owned())).is_some_and(|known| known == id)
    }

    /// What rosterd did.
    pub fn ours(&self) -> impl Iterator<Item = &Turn> {
        self.turns.iter().filter(|turn| turn.is_ours())
    }

    /// Whether others ended a membership of this group in this act.
    pub fn others_left(&self, path: &str, act: usize) -> bool {
        self.turns.iter().any(|turn| !turn.is_ours() && !turn.joined && turn.path == path && turn.act == act)
    }

    /// Whether a provider said of a list that it is empty.
    pub fn has_lied(&self, at: &str) -> bool {
        self.acts.iter().flat_map(|act| &act.runs).any(|ran| ran.lied.contains(at))
    }

    /// Whether a group is far smaller than it was at some time, counting none whom rosterd removed since: empty, or
    /// less than half with three gone.
    pub fn has_shrunken(&self, path: &str, act: usize) -> bool {
        let now = self.acts[act].ends.get(path).map_or(0, BTreeSet::len);
        let turns: Vec<&Turn> =
            self.turns.iter().filter(|turn| turn.path == path && turn.act <= act).collect();
        let mut live = self.initial.get(path).cloned().unwrap_or_default();
        (0..=turns.len()).any(|at| {
            if let Some(turn) = at.checked_sub(1).map(|at| turns[at]) {
                if turn.joined {
                    live.insert(turn.who.clone())
                } else {
                    live.remove(&turn.who)
                };
            }
            let later = || turns[at..].iter().filter(|turn| turn.is_ours() && !turn.joined);
            let before = live.iter().filter(|who| !later().any(|turn| turn.who == **who)).count();
            (now == 0 && before > 0) || (before >= now + 3 && now * 2 < before)
        })
    }

    /// How often a membership that rosterd made was made and seen to stand.
    pub fn made(&self, path: &str, who: &str) -> usize {
        let made = self.intents.iter().filter(|it| it.adds() && it.place() == (path, who) && it.is_applied());
        made.count()
    }

    /// Whether others touched this membership at all.
    pub fn others_touched(&self, path: &str, who: &str) -> bool {
        self.turns.iter().any(|turn| !turn.is_ours() && turn.path == path && turn.who == who)
    }

    /// Removals that count toward a limit: those whose intents did not fail.
    fn counted(&self) -> impl Iterator<Item = &Intent> {
        self.intents.iter().filter(|intent| !intent.key.2 && !intent.has_failed())
    }

    /// How many of them there are in some groups, without those of leavers.
    pub fn counted_removals(&self, of: impl Fn(&str) -> bool) -> usize {
        self.counted().filter(|intent| of(&intent.key.0) && intent.cause != "leaver").count()
    }

    /// The leavers among them.
    pub fn leavers(&self) -> BTreeSet<String> {
        let leavers = self.counted().filter(|intent| intent.cause == "leaver");
        leavers.map(|intent| intent.key.1.clone()).collect()
    }

    /// The intent that a change by rosterd goes back to: the last one before it.
    pub fn intent(&self, turn: &Turn) -> Option<&Intent> {
        self.intents.iter().rev().find(|intent| intent.key == turn.key() && intent.at <= turn.at)
    }
}
