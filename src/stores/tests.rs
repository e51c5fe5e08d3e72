//! State and journal together.

use std::fs;
use std::path::Path;

use jiff::SignedDuration;

use super::*;

fn open(dir: &Path) -> Stores {
    let dir = dir.display().to_string();
    Stores::open(&|name| (name == "STATE_DIRECTORY").then(|| dir.clone()), "rosterd test").unwrap()
}

fn suspension(until: Timestamp) -> Record {
    Record::Suspension(journal::Suspension {
        provider: "emporix".into(),
        target: target(),
        until: Some(until),
        reason: None,
        by: "ann".into(),
        undoes: Vec::new(),
    })
}

fn target() -> Target {
    Target::from("emporix https://api.emporix.io acme")
}

#[test]
fn what_cannot_be_journalled_takes_no_effect() {
    let dir = tempfile::tempdir().unwrap();
    let stores = open(dir.path());
    let now = Timestamp::now();
    let later = now + SignedDuration::from_hours(4);
    stores.decide(now, &suspension(later)).unwrap();
    assert_eq!(stores.suspension(&target(), now).unwrap().unwrap().until, later);

    let file = fs::read_dir(dir.path().join("journal")).unwrap().next().unwrap().unwrap().path();
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{text}somebody else was here")).unwrap();
    let much_later = now + SignedDuration::from_hours(48);
    stores.decide(now, &suspension(much_later)).unwrap_err();
    assert_eq!(stores.suspension(&target(), now).unwrap().unwrap().until, later);
}

#[test]
fn what_was_journalled_takes_effect_after_a_crash() {
    let dir = tempfile::tempdir().unwrap();
    let now = Timestamp::now();
    let later = now + SignedDuration::from_hours(4);
    let stores = open(dir.path());
    // As far as a process comes that is killed between the two.
    stores.journal().lock().unwrap().append(now, &[suspension(later)]).unwrap();
    assert!(stores.suspension(&target(), now).unwrap().is_none());
    drop(stores);
    assert_eq!(open(dir.path()).suspension(&target(), now).unwrap().unwrap().until, later);
}

#[test]
fn a_roster_takes_effect_once_however_many_runs_begin_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let (stores, now) = (open(dir.path()), Timestamp::now());
    stores.takes_effect(now, "r1", "ann").unwrap();
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| stores.takes_effect(now, "r2", "rosterd run").unwrap());
        }
    });
    let lines = stores.journal().lock().unwrap().since(now).unwrap();
    let rosters: Vec<_> = lines
        .into_iter()
        .filter_map(|line| match line.record {
            Record::Roster(change) => Some((change.previous, change.revision)),
            _ => None,
        })
        .collect();
    assert_eq!(rosters, [(None, "r1".to_owned()), (Some("r1".to_owned()), "r2".to_owned())]);
}
