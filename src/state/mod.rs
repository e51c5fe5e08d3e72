//! What earlier runs left behind: a cache in sled that never decides what is live, and that may be lost.
//!
//! ```text
//! DIR/lock                 which process has the state open
//! DIR/sled/                the cache; whatever is in it can be read from the providers again
//! DIR/damaged              for the moment in which a damaged cache is replaced
//! DIR/state.corrupt-TIME/  damaged caches, kept for whoever wants to look; nobody reads them
//! DIR/journal/             the audit trail, see [`crate::journal`]
//! ```
//!
//! A missing cache means a first start, and `adopt` says what follows. A damaged one could hide that rosterd
//! knew better: then first removals are held in every target until an apply has recorded all its groups anew
//! ([`Remembered::damaged`]).
//!
//! Everything here blocks: call it where blocking is allowed.

mod engine;
mod error;
mod lock;
mod records;
mod rulings;
mod store;
mod summaries;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::core::model::{GroupId, Hints, PersonHandle, Target, UserId};
use crate::core::moves::{MoveKey, PastMove};
use crate::core::remembered::{GroupRecord, Identity, Remembered};
use crate::journal::Head;
use lock::{Lock, sync_dir};
use records::{
    DAMAGE, Damage, Facts, Family, GROUP, JOURNAL, MOVE, NAME, PERSON, REVISION, SEAL, SNAPSHOT, TARGET,
};
use store::{Row, Store};

pub use error::{Holder, StateError};
pub use lock::{daemon, directory};
pub use rulings::{APPROVAL_LASTS, Approval, Hold, LONGEST_SUSPENSION, Suspension};

/// The state of one rosterd, open in this process alone.
#[derive(Debug)]
pub struct State {
    // The lock is given back last: fields are dropped in this order.
    store: Store,
    _lock: Lock,
}

/// The head of the journal that is kept in the state of a directory, which is read and not changed: not made where
/// it is missing, not set aside where it is damaged.
///
/// # Errors
/// When another process has the state open, or it cannot be read.
pub fn kept_head(dir: &Path, command: &str) -> Result<Option<Head>, StateError> {
    let path = dir.join("sled");
    if !path.try_exists().map_err(StateError::io("look at", &path))? {
        return Ok(None);
    }
    let lock = Lock::take(dir, command)?;
    let state = State { store: Store::open(&path)?, _lock: lock };
    state.journal_head()
}

/// What was found on opening.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opening {
    /// What was damaged, and where it was set aside.
    pub damaged: Option<String>,
    /// There was no state, and nothing tells that there ever was.
    pub fresh: bool,
}

/// What a run learned of a target.
#[derive(Debug, Clone, Default)]
pub struct Update {
    /// What an apply left in groups.
    pub groups: Vec<(GroupId, GroupRecord)>,
    /// What was read of groups.
    pub snapshots: Vec<(GroupId, Snapshot)>,
    /// Who was found.
    pub identities: Vec<(PersonHandle, Identity)>,
    /// Who is no longer of interest.
    pub forget_identities: Vec<PersonHandle>,
    /// Which id a group's name meant.
    pub names: Vec<(String, GroupId)>,
    /// Moves that are under way or were refused.
    pub moves: Vec<PastMove>,
    /// Moves of which nothing is left to remember.
    pub forget_moves: Vec<MoveKey>,
    /// Users of the provider, when they were listed.
    pub users: Option<usize>,
    /// When every group was read through its own member list.
    pub read_by_groups_at: Option<Timestamp>,
    /// An apply has recorded all groups of the target since the state was damaged.
    pub damage_settled: bool,
}

/// What a provider said a group's members are, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub members: BTreeSet<UserId>,
}

impl State {
    /// Opens the state of a directory, which is made where it is missing, for a command that is named
    /// to whoever comes second. Every row is checked: what is damaged is set aside whole, and an empty
    /// state takes its place.
    pub fn open(dir: &Path, command: &str) -> Result<(Self, Opening), StateError> {
        lock::prepare(dir)?;
        let lock = Lock::take(dir, command)?;
        let path = dir.join("sled");
        let fresh = !path.try_exists().map_err(StateError::io("look at", &path))?;
        if fresh {
            Store::create(&path)?;
        }
        let store = match Store::open(&path) {
            Err(StateError::Damaged { what, .. }) => {
                set_aside(dir, &path, &what)?;
                Store::create(&path)?;
                Store::open(&path)?
            }
            result => result?,
        };
        let state = Self { store, _lock: lock };
        let damaged = state.note_damage(dir)?;
        let fresh = fresh && damaged.is_none();
        Ok((state, Opening { damaged, fresh }))
    }

    /// What is remembered of a target. `approvals_used` and `recent` stand in the journal.
    pub fn remembered(&self, target: &Target) -> Result<Remembered, StateError> {
        let damage = self.one::<Damage>(&DAMAGE.only())?.map(|damage| damage.at);
        let settled = self.facts(target)?.settled;
        Ok(Remembered {
            groups: self.all(GROUP, target, records::read_group)?,
            identities: self.all(PERSON, target, records::read_person)?,
            names: self.all(NAME, target, records::read_name)?,
            moves: self.all(MOVE, target, records::read_move)?,
            damaged: damage.is_some() && damage != settled,
            ..Remembered::default()
        })
    }

    /// What is known of a target's sizes.
    pub fn hints(&self, target: &Target, now: Timestamp) -> Result<Hints, StateError> {
        let Facts { users, read_by_groups_at, .. } = self.facts(target)?;
        let prefix = SNAPSHOT.of(target);
        let sizes = self.store.heads(&prefix);
        let members =
            sizes.map(|head| self.understood(records::read_size(head?))).collect::<Result<_, _>>()?;
        let fresh = |at: Timestamp| now.duration_since(at) <= SignedDuration::from_hours(24) && at <= now;
        Ok(Hints { members, users, by_groups_due: !read_by_groups_at.is_some_and(fresh) })
    }

    /// The last snapshot of one group.
    pub fn snapshot(&self, target: &Target, group: &GroupId) -> Result<Option<Snapshot>, StateError> {
        let row = self.store.get(&SNAPSHOT.key(target, group.as_str()))?;
        row.map(|row| self.understood(records::read_snapshot(row)).map(|(_, snapshot)| snapshot)).transpose()
    }

    /// The last snapshot of each group of a target.
    pub fn snapshots(&self, target: &Target) -> Result<BTreeMap<GroupId, Snapshot>, StateError> {
        self.all(SNAPSHOT, target, records::read_snapshot)
    }

    /// Remembers what a run learned. Each record changes whole or not at all.
    pub fn remember(&self, target: &Target, update: &Update) -> Result<(), StateError> {
        let Update { groups, snapshots, identities, forget_identities, names, .. } = update;
        let facts = self.facts_after(target, update)?;
        let made = update.forget_moves.iter().map(|key| (records::move_key(target, key), None));
        let moves = update.moves.iter().map(|past| {
            let key = (past.user.clone(), past.to.clone());
            (records::move_key(target, &key), Some(records::past_move(past)))
        });
        let gone = forget_identities.iter().map(|person| (PERSON.key(target, person.as_str()), None));
        let people = identities.iter().map(|(person, identity)| {
            (PERSON.key(target, person.as_str()), Some(records::person(person, identity)))
        });
        let names = names.iter().map(|(name, id)| (NAME.key(target, name), Some(records::name(name, id))));
        let snapshots = snapshots
            .iter()
            .map(|(id, snapshot)| (SNAPSHOT.key(target, id.as_str()), Some(records::snapshot(id, snapshot))));
        let groups = groups
            .iter()
            .map(|(id, record)| (GROUP.key(target, id.as_str()), Some(records::group(id, record))));
        // That damage is settled must not be on the disk before the groups that settle it.
        let facts = facts.map(|facts| (TARGET.of(target), Some(records::small(&facts))));
        let small = made.chain(moves).chain(gone).chain(people).chain(names);
        self.store.write(small.chain(snapshots).chain(groups).chain(facts))
    }

    /// The last line of the journal that is known to have been written.
    pub fn journal_head(&self) -> Result<Option<Head>, StateError> {
        self.one(&JOURNAL.only())
    }

    /// Keeps the last line of the journal. Call it after an append has returned.
    pub fn set_journal_head(&self, head: &Head) -> Result<(), StateError> {
        self.set(JOURNAL.only(), head)
    }

    /// What the older files of the journal were when they were last checked.
    pub fn journal_seal(&self) -> Result<Option<String>, StateError> {
        self.one(&SEAL.only())
    }

    /// Keeps what the older files of the journal are. Call it once they were checked.
    pub fn set_journal_seal(&self, seal: &str) -> Result<(), StateError> {
        self.set(SEAL.only(), &seal)
    }

    /// The last revision of the roster.
    pub fn revision(&self) -> Result<Option<String>, StateError> {
        self.one(&REVISION.only())
    }

    /// Keeps the revision of the roster.
    pub fn set_revision(&self, revision: &str) -> Result<(), StateError> {
        self.set(REVISION.only(), &revision)
    }

    /// Waits until the disk has everything. Without it a crash may lose the last minute.
    pub fn flush(&self) -> Result<(), StateError> {
        self.store.flush()
    }

    fn all<K: Ord, V>(
        &self,
        family: Family,
        target: &Target,
        read: fn(Row) -> Result<(K, V), String>,
    ) -> Result<BTreeMap<K, V>, StateError> {
        self.store.scan(&family.of(target)).map(|row| self.understood(read(row?))).collect()
    }

    fn one<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, StateError> {
        self.store.get(key)?.map(|row| self.understood(records::read(row))).transpose()
    }

    fn set(&self, key: Vec<u8>, value: &impl Serialize) -> Result<(), StateError> {
        self.store.write([(key, Some(records::small(value)))])
    }

    fn understood<T>(&self, read: Result<T, String>) -> Result<T, StateError> {
        read.map_err(|what| self.store.damaged(what))
    }

    fn facts(&self, target: &Target) -> Result<Facts, StateError> {
        Ok(self.one(&TARGET.of(target))?.unwrap_or_default())
    }

    /// What is known of a target after an update, when that changes anything.
    fn facts_after(&self, target: &Target, update: &Update) -> Result<Option<Facts>, StateError> {
        let Update { users, read_by_groups_at, damage_settled, .. } = update;
        if users.is_none() && read_by_groups_at.is_none() && !damage_settled {
            return Ok(None);
        }
        let mut facts = self.facts(target)?;
        facts.users = users.or(facts.users);
        facts.read_by_groups_at = read_by_groups_at.or(facts.read_by_groups_at);
        if *damage_settled {
            facts.settled = self.one::<Damage>(&DAMAGE.only())?.map(|damage| damage.at);
        }
        Ok(Some(facts))
    }

    /// Takes the word that something was set aside into the new state, and returns it.
    fn note_damage(&self, dir: &Path) -> Result<Option<String>, StateError> {
        let mark = dir.join("damaged");
        let what = match fs::read(&mark) {
            // A crash may have kept the words from the disk; that the mark is there says enough.
            Ok(bytes) if bytes.is_empty() => "the state was damaged".to_owned(),
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StateError::io("read", &mark)(error)),
        };
        self.set(DAMAGE.only(), &Damage { at: Timestamp::now(), what: what.clone() })?;
        self.flush()?;
        fs::remove_file(&mark).map_err(StateError::io("remove", &mark))?;
        sync_dir(dir)?;
        Ok(Some(what))
    }
}

/// Moves a damaged state away. The mark comes first: whenever this is interrupted, the state that
/// is opened next counts as damaged.
fn set_aside(dir: &Path, path: &Path, what: &str) -> Result<(), StateError> {
    let aside = free_name(dir);
    let mark = dir.join("damaged");
    let word = format!("{what}; it was set aside as {}", aside.display());
    File::create(&mark)
        .and_then(|mut file| file.write_all(word.as_bytes()).and_then(|()| file.sync_all()))
        .map_err(StateError::io("write to", &mark))?;
    sync_dir(dir)?;
    fs::rename(path, &aside).map_err(StateError::io("set aside", path))?;
    sync_dir(dir)
}

fn free_name(dir: &Path) -> PathBuf {
    let time = Timestamp::now().strftime("%Y-%m-%dT%H-%M-%S%.fZ");
    dir.join(format!("state.corrupt-{time}"))
}

#[cfg(test)]
mod tests;
