//! How rows are laid out.

use proptest::prelude::*;

use super::*;
use crate::state::engine::{Engine, LARGEST_VALUE};

fn values(world: &World) -> Vec<(Vec<u8>, Vec<u8>)> {
    let engine = Engine::open(&world.path().join("sled")).unwrap();
    engine.scan(&[]).collect::<Result<_, _>>().unwrap()
}

fn chunks(world: &World) -> BTreeSet<Vec<u8>> {
    values(world).into_iter().map(|(key, _)| key).filter(|key| key[0] == b'~').collect()
}

#[test]
fn no_value_is_so_large_that_sled_leaks_it() {
    let world = World::new();
    world
        .open()
        .remember(
            &target(),
            &Update { groups: vec![(group("g"), record(0..20_000, 0..9))], ..Update::default() },
        )
        .unwrap();
    let values = values(&world);
    assert!(values.len() > 10);
    assert!(values.iter().all(|(_, value)| value.len() <= LARGEST_VALUE));
    assert_eq!(fs::read_dir(world.file("blobs")).unwrap().count(), 0);
}

#[test]
fn what_did_not_change_is_not_written_again() {
    let world = World::new();
    let mut update = Update { groups: vec![(group("g"), record(0..20_000, 0..9))], ..Update::default() };
    world.open().remember(&target(), &update).unwrap();
    let before = chunks(&world);
    update.groups[0].1.at = at("2026-11-21T00:00:00Z");
    update.groups[0].1.first = users(0..5000);
    world.open().remember(&target(), &update).unwrap();
    let after = chunks(&world);
    assert!(after.is_superset(&before) && after.len() > before.len());
    assert_eq!(world.open().remembered(&target()).unwrap().groups, as_map(&update.groups));

    // And what is not needed any more goes.
    update.groups[0].1 = record(0..1, 0..1);
    world.open().remember(&target(), &update).unwrap();
    assert!(chunks(&world).is_empty());
}

#[test]
fn a_record_that_changes_and_changes_back_at_once_keeps_its_chunks() {
    let world = World::new();
    let once = |members| Update { snapshots: vec![(group("g"), snapshot(members))], ..Update::default() };
    let state = world.open();
    state.remember(&target(), &once(0..900)).unwrap();
    let mut update = once(0..800);
    update.snapshots.extend(once(0..900).snapshots);
    state.remember(&target(), &update).unwrap();
    assert_eq!(state.snapshots(&target()).unwrap(), as_map(&once(0..900).snapshots));
    drop(state);
    assert_eq!(world.open().snapshots(&target()).unwrap(), as_map(&once(0..900).snapshots));
}

#[test]
fn chunks_that_a_crash_left_are_removed() {
    let world = World::new();
    world.open().remember(&target(), &large(20)).unwrap();
    let before = chunks(&world);
    let engine = Engine::open(&world.path().join("sled")).unwrap();
    engine
        .apply([(b"~\0\0\0\0\0\0\x01\0".to_vec(), Some(b"left".to_vec())), (b"~odd".to_vec(), None)])
        .unwrap();
    drop(engine);
    let state = world.open();
    state
        .remember(
            &target(),
            &Update { snapshots: vec![(group("new"), snapshot(0..900))], ..Update::default() },
        )
        .unwrap();
    drop(state);
    let after = chunks(&world);
    assert!(after.is_superset(&before));
    assert!(!after.contains(b"~\0\0\0\0\0\0\x01\0".as_slice()));
    assert_eq!(world.open().remembered(&target()).unwrap().groups.len(), 20);
}

#[test]
fn the_state_may_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<State>();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(25))]

    #[test]
    fn no_row_is_a_panic(key in "[a-z~]", tail in prop::collection::vec(any::<u8>(), 0..40), value in any_value()) {
        let world = World::new();
        world.open().remember(&target(), &large(3)).unwrap();
        let engine = Engine::open(&world.path().join("sled")).unwrap();
        engine.apply([([key.as_bytes(), &tail].concat(), Some(value))]).unwrap();
        drop(engine);
        let (state, _) = world.reopen();
        state.remembered(&target()).unwrap();
        state.hints(&target(), now()).unwrap();
    }
}

fn any_value() -> impl Strategy<Value = Vec<u8>> {
    let row = |first: u64, count: u64| {
        format!(r#"{{"head":{{}},"parts":[{{"chunks":{{"first":{first},"count":{count},"bytes":1,"sha256":{:?}}}}}]}}"#, [0; 32]).into_bytes()
    };
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..60),
        (any::<u64>(), any::<u64>()).prop_map(move |(first, count)| row(first, count)),
        Just(row(0, u64::MAX)),
    ]
}

#[test]
fn who_is_absent_is_kept_with_the_time_and_rows_without_are_read() {
    let world = World::new();
    let mut update = Update { groups: vec![(group("g"), record(0..3, 3..9))], ..Update::default() };
    world.open().remember(&target(), &update).unwrap();
    assert_eq!(world.open().remembered(&target()).unwrap().groups, as_map(&update.groups));

    let absent = users(3..5).into_iter().zip([at("2026-11-20T08:15:00.25Z"), at("2026-11-19T00:00:00Z")]);
    update.groups[0].1.absent = absent.collect();
    world.open().remember(&target(), &update).unwrap();
    assert_eq!(world.open().remembered(&target()).unwrap().groups, as_map(&update.groups));
}
