//! A damaged state never passes for a whole one.

use super::*;

/// A world whose state holds some groups, and what they are.
fn filled() -> (World, Remembered) {
    let world = World::new();
    let state = world.open();
    for _ in 0..2 {
        state.remember(&target(), &large(20)).unwrap();
    }
    state.set_revision("4f2c1ab").unwrap();
    let remembered = state.remembered(&target()).unwrap();
    (world, remembered)
}

/// Opens after damage was done: all is there, or all is set aside and said.
fn never_half(world: &World, before: &Remembered, what: &str) -> bool {
    let (state, opening) = world.reopen();
    let after = state.remembered(&target()).unwrap();
    let Some(words) = opening.damaged else {
        assert!(after == *before, "{what}: {} groups without a word", after.groups.len());
        return false;
    };
    assert!(!opening.fresh);
    assert_eq!(after, Remembered { damaged: true, ..Remembered::default() }, "{what}");
    let aside = world.aside().pop().unwrap();
    assert!(words.contains(aside.to_str().unwrap()), "{words}");
    for theirs in ["backtrace", "sled panicked", "REPORT", "offset None"] {
        assert!(!words.contains(theirs), "the database speaks of its code: {words}");
    }
    assert!(aside.join("db").exists() || what.contains("removed"), "{what}");
    true
}

#[test]
fn overwritten_bytes_are_noticed_wherever_they_are() {
    let (world, before) = filled();
    let whole = fs::read(world.file("db")).unwrap();
    let names = fs::read_dir(world.path().join("sled")).unwrap().map(|entry| entry.unwrap());
    let files: Vec<_> = names.filter(|entry| entry.path().is_file()).collect();
    let mut noticed = 0;
    for step in 0..40 {
        let mut bytes = whole.clone();
        let place = step * (bytes.len() / 40) + 3 * step;
        bytes[place..place + 4].copy_from_slice(b"\xff\x00\xff\x5a");
        let other = World::new();
        fs::create_dir(other.path().join("sled")).unwrap();
        for file in &files {
            fs::copy(file.path(), other.path().join("sled").join(file.file_name())).unwrap();
        }
        fs::write(other.file("db"), bytes).unwrap();
        noticed += u32::from(never_half(&other, &before, &format!("byte {place}")));
    }
    assert!(noticed > 0);
}

#[test]
fn a_cut_file_is_noticed() {
    for (numerator, remove) in [(0, false), (1, false), (2, false), (3, false), (0, true)] {
        let (world, before) = filled();
        let file = fs::OpenOptions::new().write(true).open(world.file("db")).unwrap();
        file.set_len(file.metadata().unwrap().len() * numerator / 4).unwrap();
        if remove {
            fs::remove_file(world.file("db")).unwrap();
        }
        never_half(&world, &before, &format!("{numerator}/4 removed: {remove}"));
    }
}

#[test]
fn an_older_state_is_noticed() {
    let world = World::new();
    let copy = |name: &str, to: &Path| fs::copy(world.file(name), to.join(name)).unwrap();
    world.open().remember(&target(), &large(3)).unwrap();
    let older = tempfile::tempdir().unwrap();
    copy("db", older.path());
    let state = world.open();
    state.remember(&target(), &large(5)).unwrap();
    let before = state.remembered(&target()).unwrap();
    drop(state);
    for snapshot in fs::read_dir(world.path().join("sled")).unwrap().map(|entry| entry.unwrap().path()) {
        if snapshot.to_str().unwrap().contains("snap.") {
            fs::remove_file(snapshot).unwrap();
        }
    }
    fs::copy(older.path().join("db"), world.file("db")).unwrap();
    assert!(never_half(&world, &before, "an older database"));
}

#[test]
fn a_lost_or_odd_number_of_writes_is_noticed() {
    for odd in [None, Some("x"), Some(""), Some("-1"), Some("99999999999")] {
        let (world, before) = filled();
        fs::remove_file(world.file("flushed")).unwrap();
        if let Some(odd) = odd {
            fs::write(world.file("flushed"), odd).unwrap();
        }
        assert!(never_half(&world, &before, &format!("{odd:?}")));
    }
}

#[test]
fn lost_rows_are_noticed() {
    let prefixes =
        [GROUP.only(), PERSON.key(&target(), "p3"), b"~".to_vec(), b"!sum".to_vec(), b"!schema".to_vec()];
    for prefix in prefixes {
        let (world, before) = filled();
        let engine = engine::Engine::open(&world.path().join("sled")).unwrap();
        let (key, _) = engine.scan(&prefix).next().unwrap().unwrap();
        engine.apply([(key, None)]).unwrap();
        drop(engine);
        assert!(never_half(&world, &before, &format!("{prefix:?}")));
    }
}

#[test]
fn changed_rows_are_noticed() {
    let (world, before) = filled();
    let engine = engine::Engine::open(&world.path().join("sled")).unwrap();
    let (key, mut chunk) = engine.scan(b"~").next().unwrap().unwrap();
    chunk[0] ^= 1;
    engine.apply([(key, Some(chunk))]).unwrap();
    drop(engine);
    assert!(never_half(&world, &before, "a chunk"));
}

#[test]
fn what_a_crash_while_opening_leaves_is_cleared_away() {
    let (world, before) = filled();
    fs::write(world.file("snap.0000000000000000.generating"), "half").unwrap();
    assert!(!never_half(&world, &before, "a half snapshot"));
}

#[test]
fn a_damaged_snapshot_of_sled_is_made_anew() {
    let (world, before) = filled();
    let snapshot = fs::read_dir(world.path().join("sled")).unwrap().map(|entry| entry.unwrap().path());
    let snapshot = snapshot.into_iter().find(|path| path.to_str().unwrap().contains("snap.")).unwrap();
    fs::OpenOptions::new().write(true).open(snapshot).unwrap().set_len(20).unwrap();
    assert!(!never_half(&world, &before, "a cut snapshot"));
}

#[test]
fn first_removals_stay_held_until_every_target_is_settled() {
    let (world, _) = filled();
    fs::write(world.file("db"), "nothing like a database").unwrap();
    let (state, opening) = world.reopen();
    assert!(opening.damaged.is_some());
    let other = Target::from("other");
    let damaged = |state: &State, target: &Target| state.remembered(target).unwrap().damaged;
    assert!(damaged(&state, &target()) && damaged(&state, &other));

    // Recording some groups settles nothing.
    state.remember(&target(), &Update { users: Some(3), ..large(2) }).unwrap();
    drop(state);
    let state = world.open();
    assert!(damaged(&state, &target()));
    state.remember(&target(), &Update { damage_settled: true, ..large(3) }).unwrap();
    drop(state);
    let state = world.open();
    assert!(!damaged(&state, &target()));
    assert!(damaged(&state, &other));
    drop(state);

    // The next damage is another.
    fs::write(world.file("db"), "nothing like a database").unwrap();
    let (state, _) = world.reopen();
    assert!(damaged(&state, &target()));
    assert_eq!(world.aside().len(), 2);
}

#[test]
fn a_crash_while_damage_is_set_aside_forgets_nothing() {
    // After the mark, after the move, and after the new state is in place.
    for after in 0..3 {
        let (world, _) = filled();
        fs::write(world.path().join("damaged"), "rows were lost").unwrap();
        match after {
            0 => fs::write(world.file("db"), "nothing like a database").unwrap(),
            1 => fs::rename(world.path().join("sled"), world.path().join("state.corrupt-x")).unwrap(),
            _ => (),
        }
        fs::create_dir_all(world.path().join("sled.unfinished")).unwrap();
        fs::write(world.path().join("sled.unfinished/db"), "half").unwrap();
        let (state, opening) = world.reopen();
        assert!(opening.damaged.is_some() && !opening.fresh, "{after}");
        assert!(state.remembered(&target()).unwrap().damaged, "{after}");
        drop(state);
        assert!(world.open().remembered(&target()).unwrap().damaged, "{after}");
    }
}

#[test]
fn what_settled_one_damage_does_not_settle_the_next() {
    let (world, _) = filled();
    for _ in 0..2 {
        // A crash came after the mark, and then the state turned out to be readable.
        fs::write(world.path().join("damaged"), "rows were lost").unwrap();
        let (state, _) = world.reopen();
        assert!(state.remembered(&target()).unwrap().damaged);
        state.remember(&target(), &Update { damage_settled: true, ..Update::default() }).unwrap();
        assert!(!state.remembered(&target()).unwrap().damaged);
    }
}

#[test]
fn a_missing_state_is_a_first_start() {
    let (world, _) = filled();
    fs::remove_dir_all(world.path().join("sled")).unwrap();
    let (state, opening) = world.reopen();
    assert_eq!(opening, Opening { damaged: None, fresh: true });
    assert_eq!(state.remembered(&target()).unwrap(), Remembered::default());
}

#[test]
fn a_state_of_a_later_version_is_left_as_it_is() {
    let (world, before) = filled();
    let version = |number: &str| {
        let engine = engine::Engine::open(&world.path().join("sled")).unwrap();
        engine.apply([(b"!schema".to_vec(), Some(number.as_bytes().to_vec()))]).unwrap();
    };
    version("2");
    let error = State::open(world.path(), "rosterd").unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, StateError::Newer { found: 2, known: 1, .. }), "{text}");
    assert!(world.aside().is_empty());
    version("1");
    assert_eq!(world.open().remembered(&target()).unwrap(), before);
}

#[test]
fn damage_is_told_in_words_for_people() {
    let told = |error| engine::told(&error);
    assert_eq!(
        told(sled::Error::Corruption { at: None, bt: () }),
        "what its files hold is not what was written"
    );
    let bug = told(sled::Error::ReportableBug("it is odd".to_owned()));
    assert_eq!(bug, "its files cannot be made sense of (it is odd)");
}
