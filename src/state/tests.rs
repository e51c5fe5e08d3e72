mod damage;
mod keep;
mod kill;
mod place;
mod rows;
mod rulings;

use std::collections::BTreeMap;

use tempfile::TempDir;

use super::*;

/// A state directory that is opened again and again.
struct World {
    dir: TempDir,
}

impl World {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path().join("sled").join(name)
    }

    fn open(&self) -> State {
        let (state, opening) = self.reopen();
        assert_eq!(opening.damaged, None);
        state
    }

    fn reopen(&self) -> (State, Opening) {
        State::open(self.path(), "rosterd test").unwrap()
    }

    /// What was set aside.
    fn aside(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path()).unwrap().map(|entry| entry.unwrap().path());
        entries
            .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("state.corrupt-"))
            .collect()
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-20T12:00:00Z")
}

fn target() -> Target {
    Target::from("emporix https://api.emporix.io acme")
}

fn group(id: &str) -> GroupId {
    GroupId::new(id).unwrap()
}

fn users(range: std::ops::Range<u32>) -> BTreeSet<UserId> {
    range.map(|number| UserId::new(&format!("87413250-0f9e-4a4e-9f0c-{number:012}")).unwrap()).collect()
}

fn record(owned: std::ops::Range<u32>, first: std::ops::Range<u32>) -> GroupRecord {
    GroupRecord {
        at: now(),
        day: "2026-11-20".parse().unwrap(),
        owned: users(owned),
        first: users(first),
        absent: BTreeMap::new(),
        hold_first: false,
    }
}

fn identity(id: &str) -> Identity {
    Identity { id: UserId::new(id).unwrap(), key: Some(format!("{id}@acme.example")), at: now() }
}

fn snapshot(members: std::ops::Range<u32>) -> Snapshot {
    Snapshot { at: now(), members: users(members) }
}

/// Groups `g0`, `g1`, … of some hundred members, each with a snapshot, and as many people.
fn large(groups: u32) -> Update {
    let each = |number: u32| (group(&format!("g{number}")), record(0..number * 40, number..number + 3));
    Update {
        groups: (0..groups).map(each).collect(),
        snapshots: (0..groups)
            .map(|number| (group(&format!("g{number}")), snapshot(0..number * 40)))
            .collect(),
        identities: (0..groups).map(|number| (format!("p{number}").as_str().into(), identity("u"))).collect(),
        ..Update::default()
    }
}

fn as_map<K: Ord + Clone, V: Clone>(pairs: &[(K, V)]) -> BTreeMap<K, V> {
    pairs.iter().cloned().collect()
}
