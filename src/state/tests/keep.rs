//! What is remembered comes back.

use super::*;

#[test]
fn the_first_start_knows_nothing() {
    let world = World::new();
    let (state, opening) = world.reopen();
    assert_eq!(opening, Opening { damaged: None, fresh: true });
    assert_eq!(state.remembered(&target()).unwrap(), Remembered::default());
    assert_eq!(state.journal_head().unwrap(), None);
    assert_eq!(state.revision().unwrap(), None);
    let hints = state.hints(&target(), now()).unwrap();
    assert!(hints.by_groups_due && hints.users.is_none() && hints.members.is_empty());
    drop(state);
    assert_eq!(world.reopen().1, Opening::default());
}

#[test]
fn what_was_remembered_comes_back_after_a_plain_drop() {
    let world = World::new();
    let mut held = record(0..3, 3..5);
    held.hold_first = true;
    let update = Update {
        groups: vec![(group("g1"), held), (group("g2"), record(0..0, 0..0))],
        identities: vec![("ann".into(), identity("u1"))],
        names: vec![("Buyers, Köln".into(), group("g1"))],
        ..Update::default()
    };
    world.open().remember(&target(), &update).unwrap();
    let remembered = world.open().remembered(&target()).unwrap();
    assert_eq!(remembered.groups, as_map(&update.groups));
    assert_eq!(remembered.identities, as_map(&update.identities));
    assert_eq!(remembered.names, as_map(&update.names));
    assert!(!remembered.damaged);
}

#[test]
fn another_target_starts_anew() {
    let world = World::new();
    let state = world.open();
    state.remember(&target(), &large(3)).unwrap();
    let other = Target::from("emporix https://api.emporix.io other");
    assert_eq!(state.remembered(&other).unwrap(), Remembered::default());
    state.remember(&other, &Update { users: Some(9), ..large(1) }).unwrap();
    assert_eq!(state.remembered(&target()).unwrap().groups.len(), 3);
    assert_eq!(state.hints(&target(), now()).unwrap().users, None);
}

#[test]
fn the_last_word_counts_and_people_are_forgotten() {
    let world = World::new();
    let state = world.open();
    state.remember(&target(), &large(3)).unwrap();
    let update = Update {
        groups: vec![(group("g2"), record(0..1, 0..0)), (group("g2"), record(5..9, 0..0))],
        forget_identities: vec!["p0".into(), "p1".into(), "nobody".into()],
        identities: vec![("p1".into(), identity("u7"))],
        ..Update::default()
    };
    state.remember(&target(), &update).unwrap();
    drop(state);
    let remembered = world.open().remembered(&target()).unwrap();
    assert_eq!(remembered.groups[&group("g2")], record(5..9, 0..0));
    assert_eq!(remembered.groups[&group("g1")], record(0..40, 1..4));
    let people: Vec<_> = remembered.identities.keys().map(ToString::to_string).collect();
    assert_eq!(people, ["p1", "p2"]);
    assert_eq!(remembered.identities["p1"].id.as_str(), "u7");
}

#[test]
fn hints_say_sizes_and_when_to_read_by_groups() {
    let world = World::new();
    let state = world.open();
    let update = Update {
        snapshots: vec![(group("g1"), snapshot(0..5000)), (group("g2"), snapshot(0..0))],
        users: Some(412),
        read_by_groups_at: Some(at("2026-11-19T12:00:00Z")),
        ..Update::default()
    };
    state.remember(&target(), &update).unwrap();
    state.remember(&target(), &Update { users: Some(413), ..Update::default() }).unwrap();
    let hints = state.hints(&target(), now()).unwrap();
    assert_eq!(hints.members, [(group("g1"), 5000), (group("g2"), 0)].into());
    assert_eq!((hints.users, hints.by_groups_due), (Some(413), false));
    let due = |time| state.hints(&target(), at(time)).unwrap().by_groups_due;
    assert!(due("2026-11-20T12:00:01Z"));
    assert!(due("2026-11-19T11:00:00Z"), "the clock went back");
    assert_eq!(state.snapshots(&target()).unwrap(), as_map(&update.snapshots));
}

#[test]
fn the_journals_head_and_the_revision_are_kept() {
    let world = World::new();
    let head = Head { count: 7, hash: "ab".repeat(32) };
    let state = world.open();
    state.set_journal_head(&Head::start()).unwrap();
    state.set_journal_head(&head).unwrap();
    state.set_revision("4f2c1ab").unwrap();
    state.flush().unwrap();
    drop(state);
    let state = world.open();
    assert_eq!(state.journal_head().unwrap(), Some(head));
    assert_eq!(state.revision().unwrap().as_deref(), Some("4f2c1ab"));
}

#[test]
fn a_hundred_thousand_members_are_kept() {
    let world = World::new();
    let update = Update {
        groups: vec![(group("big"), record(0..100_000, 0..10))],
        snapshots: vec![(group("big"), snapshot(0..100_000))],
        ..Update::default()
    };
    world.open().remember(&target(), &update).unwrap();
    let state = world.open();
    assert_eq!(state.remembered(&target()).unwrap().groups, as_map(&update.groups));
    assert_eq!(state.snapshots(&target()).unwrap(), as_map(&update.snapshots));
}

#[test]
fn runs_of_several_providers_may_share_it() {
    let world = World::new();
    let state = world.open();
    std::thread::scope(|scope| {
        for number in 0..4 {
            let state = &state;
            scope.spawn(move || {
                let target = Target::from(format!("t{number}").as_str());
                for _ in 0..5 {
                    state.remember(&target, &large(12)).unwrap();
                    assert_eq!(state.remembered(&target).unwrap().groups.len(), 12);
                }
            });
        }
    });
    drop(state);
    let state = world.open();
    for number in 0..4 {
        let target = Target::from(format!("t{number}").as_str());
        assert_eq!(state.remembered(&target).unwrap().groups, as_map(&large(12).groups));
    }
}

#[test]
fn a_name_beyond_measure_is_refused_and_nothing_breaks() {
    let world = World::new();
    let state = world.open();
    let update = Update { names: vec![("x".repeat(70_000), group("g"))], ..Update::default() };
    let error = state.remember(&target(), &update).unwrap_err();
    assert!(matches!(error, StateError::TooLong { .. }), "{error}");
    state.remember(&target(), &large(2)).unwrap();
    drop(state);
    assert_eq!(world.open().remembered(&target()).unwrap().groups.len(), 2);
}
