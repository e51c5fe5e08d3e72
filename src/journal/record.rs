//! The lines of the journal, as meant and as written.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::moves::MoveTo;
use crate::core::model::{GroupHandle, GroupId, PersonHandle, ProviderName, Target, TeamHandle, UserId};
use crate::core::plan::{Action, Cause};
use crate::core::verify;

/// A line: how many there are up to it, and its hash. Kept outside the journal, it shows a cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its `seq`; 0 when there is no line.
    pub count: u64,
    /// Lower-case hex SHA-256 of the line without its newline; 64 zeros when there is none.
    pub hash: String,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// When it was written.
    pub at: Timestamp,
    /// Its number, from 1, over all files.
    pub seq: u64,
    /// What it says.
    pub record: Record,
}

impl Record {
    /// The target that a decision is about.
    pub(super) fn target(&self) -> Option<&Target> {
        match self {
            Self::Approval(approval) => Some(&approval.target),
            Self::Fight(fight) => Some(&fight.target),
            _ => None,
        }
    }
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Record {
    /// A run began or ended at a provider.
    Run(Run),
    /// A membership change that is about to be sent.
    Intent(Intent),
    /// What became of an intent.
    Outcome(Outcome),
    /// An approval was given, or used.
    Approval(Approval),
    /// A provider was suspended or resumed.
    Suspension(Suspension),
    /// rosterd stopped adding a membership that somebody else goes on undoing, or adds it again.
    Fight(Fight),
    /// Another roster took effect.
    Roster(RosterChange),
    /// What a crash left was closed or settled.
    Crash(Crash),
    /// A person accepted that the journal is broken.
    Acceptance(Acceptance),
    /// A line of a later version of rosterd. It can be read, not written.
    #[serde(untagged)]
    Other(Other),
}

/// A run began or ended at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Which of the two.
    pub event: RunEvent,
    /// Id of the run.
    pub run: String,
    /// The provider's name.
    pub provider: ProviderName,
    /// What it is connected to.
    pub target: Target,
    /// Revision of the roster.
    pub revision: String,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// The runs that it undoes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undoes: Vec<String>,
}

/// Begin or end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunEvent {
    /// It begins.
    Begin,
    /// It ends.
    End,
}

/// One membership change that is about to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Id of the run.
    pub run: String,
    /// The provider's name.
    pub provider: ProviderName,
    /// What it is connected to.
    pub target: Target,
    /// The roster's name of the group.
    pub group: GroupHandle,
    /// The provider's id of the group.
    pub group_id: GroupId,
    /// Make or end.
    pub action: Action,
    /// Whose membership, when the id is known to be a person's.
    pub person: Option<PersonHandle>,
    /// The provider's id of the user.
    pub id: UserId,
    /// What made it necessary.
    pub cause: Cause,
    /// Where the roster says so.
    #[serde(default)]
    pub because: Vec<Reason>,
    /// Digest of the approval that let it through, when it needed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<String>,
    /// The moves between groups that are kept apart of which it is a part: a removal makes room for them, an addition
    /// gives back what was freed for one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub for_moves: Vec<MoveTo>,
}

/// One reason of the roster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The roster's file.
    pub file: Arc<str>,
    /// Its line, from 1.
    pub line: u32,
    /// The teams on the way, outermost first.
    pub via: Arc<[TeamHandle]>,
    /// First day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// The author's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Arc<str>>,
}

/// What became of an intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// `seq` of the intent.
    pub of: u64,
    /// Id of the run that found out.
    pub run: String,
    /// What was found.
    pub result: verify::Outcome,
    /// The provider's message and its support id, or how it was found out.
    #[serde(default)]
    pub detail: Option<String>,
}

/// An approval was given, or used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// What was approved.
    pub digest: String,
    /// The provider's name.
    pub provider: ProviderName,
    /// What it is connected to.
    pub target: Target,
    /// Why.
    pub reason: String,
    /// Who asked.
    pub by: String,
    /// The run that used it; none where it is given.
    #[serde(default)]
    pub used_by: Option<String>,
}

/// A provider was suspended or resumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// The provider's name.
    pub provider: ProviderName,
    /// What it is connected to.
    pub target: Target,
    /// Until when; none where it is resumed.
    pub until: Option<Timestamp>,
    /// Why.
    pub reason: Option<String>,
    /// Who asked.
    pub by: String,
    /// The runs whose undoing is to last so long.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undoes: Vec<String>,
}

/// rosterd stopped adding a membership that somebody else goes on undoing, or adds it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fight {
    /// Which of the two: rosterd stops where it begins.
    pub event: RunEvent,
    /// The provider's name.
    pub provider: ProviderName,
    /// What it is connected to.
    pub target: Target,
    /// The roster's name of the group.
    pub group: GroupHandle,
    /// The provider's id of the group.
    pub group_id: GroupId,
    /// Whose membership, when the id is known to be a person's.
    pub person: Option<PersonHandle>,
    /// The provider's id of the user.
    pub id: UserId,
    /// Where the roster asked for the membership when rosterd stopped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Reason>,
    /// Why.
    pub reason: String,
    /// Who asked, or whose run it was.
    pub by: String,
}

/// Another roster took effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterChange {
    /// Its revision.
    pub revision: String,
    /// The one before, when known.
    pub previous: Option<String>,
    /// Who brought it: a user, a commit's author, or the daemon.
    pub by: String,
}

/// What a crash left was closed or settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crash {
    /// For people.
    pub detail: String,
    /// Intents whose outcome was found out afterwards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settled: Vec<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) torn: Option<Torn>,
}

/// Which torn bytes a `crash` line closes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Torn {
    pub(super) bytes: u64,
    pub(super) after: String,
}

/// A person accepted that the journal is broken. What it accepts is everything before it, as `prev` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// What was broken; the first alone where there were very many.
    pub breaks: Vec<Break>,
}

/// A place where the journal is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Break {
    /// The file's name.
    pub file: String,
    /// Its line, from 1; 0 where the whole file, or all of them, are missing.
    pub line: u64,
    /// What is wrong with it.
    pub what: String,
}

impl Break {
    /// Where it is, in words: file and line, or the file alone.
    #[must_use]
    pub fn place(&self) -> String {
        super::error::place(&self.file, self.line)
    }
}

/// A line that this version does not know.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Other {
    pub(super) fields: Map<String, Value>,
}

#[derive(Serialize)]
struct Written<'a> {
    at: Timestamp,
    seq: u64,
    prev: &'a str,
    #[serde(flatten)]
    record: &'a Record,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    open: Vec<u64>,
}

impl Head {
    /// What the first line follows.
    #[must_use]
    pub fn start() -> Self {
        Self { count: 0, hash: "0".repeat(64) }
    }
}

impl Crash {
    /// Intents of an earlier run whose outcomes were found out by reading.
    #[must_use]
    pub fn settled(detail: String, settled: Vec<u64>) -> Self {
        Self { detail, settled, torn: None }
    }

    pub(super) fn closing(detail: String, torn: Torn) -> Self {
        Self { detail, settled: Vec::new(), torn: Some(torn) }
    }

    /// Whether it closes a torn line.
    #[must_use]
    pub fn closes_torn_line(&self) -> bool {
        self.torn.is_some()
    }
}

impl Other {
    /// The whole line.
    #[must_use]
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }
}

/// Why a record is only ever read.
pub(super) fn unwritable(record: &Record) -> Option<&'static str> {
    match record {
        Record::Other(_) => Some("it is of a later version"),
        Record::Crash(crash) if crash.closes_torn_line() => Some("it closes a torn line elsewhere"),
        Record::Acceptance(_) => Some("it accepts a break elsewhere"),
        _ => None,
    }
}

/// A line as it is written, without its newline.
pub(super) fn write(
    at: Timestamp,
    seq: u64,
    prev: &str,
    record: &Record,
    open: Vec<u64>,
) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Written { at, seq, prev, record, open })
}

/// Keeps account of the intents without an outcome.
pub(super) fn track(open: &mut BTreeSet<u64>, seq: u64, record: &Record) {
    match record {
        Record::Intent(_) => {
            open.insert(seq);
        }
        Record::Outcome(outcome) => {
            open.remove(&outcome.of);
        }
        Record::Run(_)
        | Record::Approval(_)
        | Record::Suspension(_)
        | Record::Fight(_)
        | Record::Roster(_)
        | Record::Crash(_)
        | Record::Acceptance(_)
        | Record::Other(_) => (),
    }
}

/// The hash of a line without its newline.
pub(super) fn hash(line: &[u8]) -> String {
    hex(Sha256::digest(line).as_slice())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}
