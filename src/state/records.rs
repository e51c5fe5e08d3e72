//! What is remembered, as rows. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Snapshot;
use super::store::Row;
use crate::core::model::{GroupId, PersonHandle, Target, UserId};
use crate::core::moves::{MoveKey, PastMove};
use crate::core::remembered::{GroupRecord, Identity};

/// What a row is about: the first byte of its key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Family(u8);

/// Approvals that were given and not used.
pub(super) const APPROVAL: Family = Family(b'a');
/// Since when the state is one that was rebuilt.
pub(super) const DAMAGE: Family = Family(b'd');
/// Group records.
pub(super) const GROUP: Family = Family(b'g');
/// What the guard held back the last time.
pub(super) const HELD: Family = Family(b'h');
/// The journal's head.
pub(super) const JOURNAL: Family = Family(b'j');
/// Moves between groups that are kept apart.
pub(super) const MOVE: Family = Family(b'm');
/// What a group's name last meant.
pub(super) const NAME: Family = Family(b'n');
/// Who was found under which id.
pub(super) const PERSON: Family = Family(b'p');
/// The last revision of the roster.
pub(super) const REVISION: Family = Family(b'r');
/// What the older files of the journal were when they were last checked.
pub(super) const SEAL: Family = Family(b'c');
/// Snapshots.
pub(super) const SNAPSHOT: Family = Family(b's');
/// What is known of a target as a whole.
pub(super) const TARGET: Family = Family(b't');
/// How the last run of a target went.
pub(super) const RUN: Family = Family(b'l');
/// What a webhook was told of.
pub(super) const TOLD: Family = Family(b'w');
/// Until when a target is suspended.
pub(super) const SUSPENDED: Family = Family(b'u');

/// What is known of a target as a whole.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Facts {
    pub(super) users: Option<usize>,
    pub(super) read_by_groups_at: Option<Timestamp>,
    /// The damage, by its time, after which every group of the target was recorded again.
    pub(super) settled: Option<Timestamp>,
}

/// That an earlier state was set aside.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Damage {
    pub(super) at: Timestamp,
    pub(super) what: String,
}

#[derive(Serialize, Deserialize)]
struct GroupHead {
    id: GroupId,
    at: Timestamp,
    day: Date,
    hold_first: bool,
}

#[derive(Serialize, Deserialize)]
struct SnapshotHead {
    id: GroupId,
    at: Timestamp,
    members: usize,
}

#[derive(Serialize, Deserialize)]
struct PersonHead {
    person: PersonHandle,
    id: UserId,
    key: Option<String>,
    at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct NameHead {
    name: String,
    group: GroupId,
}

#[derive(Serialize, Deserialize)]
struct MoveHead {
    user: UserId,
    to: GroupId,
    from: Vec<(GroupId, UserId)>,
    revision: String,
    refused: Option<String>,
    at: Timestamp,
}

/// As much of a refusal is kept: a row has room for little, and the journal has the whole of it.
const REFUSAL: usize = 500;

impl Family {
    /// The key of the one row that there is, whatever the target.
    pub(super) fn only(self) -> Vec<u8> {
        vec![self.0]
    }

    /// What the keys of a target's rows begin with. Hashes make keys short, whatever an id looks like.
    pub(super) fn of(self, target: &Target) -> Vec<u8> {
        let mut key = self.only();
        key.extend(&Sha256::digest(target.as_str())[..16]);
        key
    }

    /// The key of one of a target's rows.
    pub(super) fn key(self, target: &Target, id: &str) -> Vec<u8> {
        let mut key = self.of(target);
        key.extend(&Sha256::digest(id)[..16]);
        key
    }
}

/// A row without large parts.
pub(super) fn small(head: &impl Serialize) -> Row {
    Row { head: json(head), parts: Vec::new() }
}

/// What a row without large parts says.
pub(super) fn read<T: DeserializeOwned>(row: Row) -> Result<T, String> {
    head(row.head)
}

pub(super) fn group(id: &GroupId, record: &GroupRecord) -> Row {
    let GroupRecord { at, day, owned, first, absent, hold_first } = record;
    let head = GroupHead { id: id.clone(), at: *at, day: *day, hold_first: *hold_first };
    let mut parts = vec![lines(owned), lines(first)];
    if !absent.is_empty() {
        let lines = absent.iter().map(|(id, since)| format!("{since} {id}\n"));
        parts.push(lines.collect::<Vec<_>>().concat());
    }
    Row { head: json(&head), parts }
}

pub(super) fn read_group(row: Row) -> Result<(GroupId, GroupRecord), String> {
    // The third list is there only when somebody is absent: rows of earlier versions have two.
    let (owned, first, absent) = match row.parts.as_slice() {
        [owned, first] => (owned, first, ""),
        [owned, first, absent] => (owned, first, absent.as_str()),
        _ => return Err("a group has neither two nor three lists".into()),
    };
    let (owned, first, absent) = (ids(owned)?, ids(first)?, times(absent)?);
    let GroupHead { id, at, day, hold_first } = head(row.head)?;
    Ok((id, GroupRecord { at, day, owned, first, absent, hold_first }))
}

pub(super) fn snapshot(id: &GroupId, snapshot: &Snapshot) -> Row {
    let head = SnapshotHead { id: id.clone(), at: snapshot.at, members: snapshot.members.len() };
    Row { head: json(&head), parts: vec![lines(&snapshot.members)] }
}

pub(super) fn read_snapshot(row: Row) -> Result<(GroupId, Snapshot), String> {
    let [members] = row.parts.as_slice() else { return Err("a snapshot has not one list".into()) };
    let members = ids(members)?;
    let SnapshotHead { id, at, members: count } = head(row.head)?;
    if count != members.len() {
        return Err(format!("a snapshot has {} members of {count}", members.len()));
    }
    Ok((id, Snapshot { at, members }))
}

/// How many members a snapshot has, from its head alone.
pub(super) fn read_size(value: Value) -> Result<(GroupId, usize), String> {
    head(value).map(|SnapshotHead { id, members, .. }| (id, members))
}

pub(super) fn person(person: &PersonHandle, identity: &Identity) -> Row {
    let Identity { id, key, at } = identity.clone();
    small(&PersonHead { person: person.clone(), id, key, at })
}

pub(super) fn read_person(row: Row) -> Result<(PersonHandle, Identity), String> {
    read(row).map(|PersonHead { person, id, key, at }| (person, Identity { id, key, at }))
}

pub(super) fn name(name: &str, group: &GroupId) -> Row {
    small(&NameHead { name: name.to_owned(), group: group.clone() })
}

pub(super) fn read_name(row: Row) -> Result<(String, GroupId), String> {
    read(row).map(|NameHead { name, group }| (name, group))
}

/// Ids hold no control characters, so that two of them stay apart.
pub(super) fn move_key(target: &Target, (user, to): &MoveKey) -> Vec<u8> {
    MOVE.key(target, &format!("{user}\n{to}"))
}

pub(super) fn past_move(past: &PastMove) -> Row {
    let PastMove { user, to, from, revision, refused, at } = past.clone();
    let refused = refused.map(|why| why.chars().take(REFUSAL).collect());
    small(&MoveHead { user, to, from, revision, refused, at })
}

pub(super) fn read_move(row: Row) -> Result<(MoveKey, PastMove), String> {
    read(row).map(|MoveHead { user, to, from, revision, refused, at }| {
        ((user.clone(), to.clone()), PastMove { user, to, from, revision, refused, at })
    })
}

/// Ids hold no control characters, so a line holds one.
fn lines(ids: &BTreeSet<UserId>) -> String {
    let mut text = String::with_capacity(ids.iter().map(|id| id.as_str().len() + 1).sum());
    for id in ids {
        text.push_str(id.as_str());
        text.push('\n');
    }
    text
}

fn ids(lines: &str) -> Result<BTreeSet<UserId>, String> {
    lines.lines().map(|line| UserId::new(line).map_err(|error| error.to_string())).collect()
}

fn times(lines: &str) -> Result<BTreeMap<UserId, Timestamp>, String> {
    let time = |line: &str| {
        let (since, id) = line.split_once(' ').ok_or("a line has no time")?;
        let since: Timestamp = since.parse().map_err(|_| "a time cannot be read")?;
        Ok((UserId::new(id).map_err(|error| error.to_string())?, since))
    };
    lines.lines().map(time).collect()
}

/// None of our heads has keys that are no text or a number out of range, which is all that can fail; a row
/// without a head would be found damaged when it is read.
fn json(head: &impl Serialize) -> Value {
    serde_json::to_value(head).unwrap_or_default()
}

fn head<T: DeserializeOwned>(head: Value) -> Result<T, String> {
    serde_json::from_value(head).map_err(|error| error.to_string())
}
