//! A changed journal shows.

use proptest::prelude::*;

use super::*;

/// Where the break is said to be, after a change to the lines of the run.
fn after(change: impl FnOnce(&mut Vec<String>)) -> (u64, String) {
    let world = World::with_run();
    world.verify().unwrap();
    let mut lines = world.lines("2026-11");
    change(&mut lines);
    world.rewrite("2026-11", &lines);
    let (file, line, what) = world.broken(None);
    assert_eq!(file, "2026-11.jsonl");
    let error = Journal::open(world.path(), None).unwrap_err();
    assert!(matches!(error, JournalError::Broken { line: found, .. } if found == line), "{error}");
    (line, what)
}

#[test]
fn an_edited_line_is_found() {
    let (line, what) = after(|lines| lines[2] = lines[2].replace("dave", "eve1"));
    assert_eq!((line, what.contains("that line was changed")), (4, true), "{what}");
}

#[test]
fn a_deleted_line_is_found() {
    let (line, what) = after(|lines| drop(lines.remove(3)));
    assert_eq!((line, what.contains("number 5 stands where 4 should be")), (4, true), "{what}");
    assert_eq!(after(|lines| drop(lines.remove(0))).0, 1);
}

#[test]
fn a_line_twice_is_found() {
    assert_eq!(after(|lines| lines.insert(3, lines[2].clone())).0, 4);
    assert_eq!(after(|lines| lines.push(lines[6].clone())).0, 8);
}

#[test]
fn an_inserted_line_is_found() {
    let forged = |lines: &[String], seq: u64| {
        let prev = record::hash(lines[1].as_bytes());
        record::write(at("2026-11-20T03:00:00Z"), seq, &prev, &roster("evil"), Vec::new()).unwrap()
    };
    assert_eq!(after(|lines| lines.insert(2, forged(lines, 3))).0, 4);
    assert_eq!(after(|lines| lines.insert(2, forged(lines, 9))).0, 3);
    // A replacement with the right number is seen by the line after it.
    assert_eq!(after(|lines| lines[2] = forged(lines, 3)).0, 4);
}

#[test]
fn reordered_lines_are_found() {
    assert_eq!(after(|lines| lines.swap(2, 3)).0, 3);
}

#[test]
fn what_is_no_record_is_found() {
    assert_eq!(after(|lines| lines[3] = "{}".into()).0, 4);
    assert_eq!(after(|lines| lines[3].clear()).0, 4);
    assert_eq!(after(|lines| lines.push(String::new())).0, 8);
    // Half a line in the middle is no torn line, since nothing closes it.
    let (line, what) = after(|lines| lines[3].truncate(40));
    assert_eq!((line, what.contains("no `crash` record")), (4, true), "{what}");
}

#[test]
fn what_nobody_touched_since_it_was_checked_is_not_read_again() {
    let world = World::with_run();
    let whole = |seal: Option<&str>| Journal::open_whole(world.path(), None, seal);
    assert_eq!(whole(None).unwrap().seal, None, "the newest file is always read");
    world.open().journal.append(at("2026-12-01T00:00:00Z"), &[roster("r2")]).unwrap();
    let seal = whole(None).unwrap().seal.unwrap();
    world.open().journal.append(at("2026-12-02T00:00:00Z"), &[roster("r3")]).unwrap();
    assert_eq!(whole(Some(&seal)).unwrap().seal.as_ref(), Some(&seal), "the newest file does not count");

    // Of the same size and age as before, it still is another.
    let written = fs::metadata(world.file("2026-11")).unwrap().modified().unwrap();
    let lines = world.lines("2026-11");
    let mut edited = lines.clone();
    edited[0] = edited[0].replace("ann", "eve");
    world.rewrite("2026-11", &edited);
    fs::File::options().append(true).open(world.file("2026-11")).unwrap().set_modified(written).unwrap();
    assert!(matches!(whole(Some(&seal)), Err(JournalError::Broken { line: 2, .. })));
    let broken = seal::of(&Files::list(&world.path().join("journal")).unwrap()).unwrap().unwrap();
    whole(Some(&broken)).expect("nobody touched it since it was checked");

    world.rewrite("2026-11", &lines);
    assert_ne!(whole(Some(&seal)).unwrap().seal, Some(seal), "what was put back is checked once");
}

#[test]
fn equal_records_differ_as_lines() {
    let world = World::new();
    let mut journal = world.open().journal;
    journal.append(at("2026-11-01T00:00:00Z"), &[roster("r"), roster("r"), roster("r")]).unwrap();
    let mut lines = world.lines("2026-11");
    lines.remove(1);
    world.rewrite("2026-11", &lines);
    assert_eq!(world.broken(None).1, 2);
}

#[test]
fn a_change_in_an_earlier_month_is_found() {
    let world = World::with_run();
    world.open().journal.append(at("2026-12-01T00:00:00Z"), &[roster("r2")]).unwrap();
    let lines = world.lines("2026-11");

    // The last line of the month before, on opening too.
    world.rewrite("2026-11", &lines[..6]);
    assert_eq!(world.broken(None).0, "2026-12.jsonl");
    let error = Journal::open(world.path(), None).unwrap_err();
    assert!(error.to_string().contains("2026-12.jsonl:1"), "{error}");

    // Others by reading everything: opening alone reads only the newest file.
    let mut edited = lines.clone();
    edited[0] = edited[0].replace("ann", "eve");
    world.rewrite("2026-11", &edited);
    world.open();
    assert_eq!(world.broken(None).1, 2);
    Journal::open_whole(world.path(), None, None).unwrap_err();

    fs::remove_file(world.file("2026-11")).unwrap();
    assert_eq!(world.broken(None).0, "2026-12.jsonl");
}

#[test]
fn a_cut_end_shows_against_the_head() {
    let world = World::with_run();
    let head = world.open().journal.head();
    let lines = world.lines("2026-11");
    Journal::verify(world.path(), Some(&head)).unwrap();

    world.rewrite("2026-11", &lines[..5]);
    world.verify().unwrap();
    let (_, line, what) = world.broken(Some(&head));
    assert_eq!((line, what.contains("number 5, but 7 were written")), (5, true), "{what}");
    let error = Journal::open(world.path(), Some(head.clone())).unwrap_err();
    assert!(error.to_string().contains("its end was cut off"), "{error}");

    // A last line cut in half that was known to be written is no crash.
    let text = lines.join("\n");
    fs::write(world.file("2026-11"), &text[..text.len() - 9]).unwrap();
    assert!(Journal::open(world.path(), Some(head.clone())).is_err());

    fs::remove_dir_all(world.path().join("journal")).unwrap();
    assert!(Journal::open(world.path(), Some(head)).is_err());
}

#[test]
fn a_changed_last_line_shows_against_the_head() {
    let world = World::with_run();
    let head = world.open().journal.head();
    let mut lines = world.lines("2026-11");
    lines[6] = lines[6].replace("applied", "nothing");
    world.rewrite("2026-11", &lines);
    world.verify().unwrap();
    assert_eq!(world.broken(Some(&head)).1, 7);
    assert!(Journal::open(world.path(), Some(head)).is_err());
}

#[test]
fn a_head_in_an_earlier_month_is_looked_up_there() {
    let world = World::with_run();
    let head = world.open().journal.head();
    let mut journal = world.open().journal;
    journal.append(at("2026-12-01T00:00:00Z"), &[roster("r2")]).unwrap();
    journal.append(at("2027-01-01T00:00:00Z"), &[roster("r3")]).unwrap();
    assert_eq!(Journal::open(world.path(), Some(head.clone())).unwrap().journal.head().count, 9);
    let wrong = Head { hash: "f".repeat(64), ..head };
    assert!(Journal::open(world.path(), Some(wrong)).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_changed_byte_is_found(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let world = World::with_run();
        let head = world.open().journal.head();
        let mut bytes = fs::read(world.file("2026-11")).unwrap();
        let place = place.index(bytes.len() - 1);
        prop_assume!(bytes[place] != byte);
        bytes[place] = byte;
        fs::write(world.file("2026-11"), bytes).unwrap();
        prop_assert!(Journal::verify(world.path(), Some(&head)).is_err());
        prop_assert!(Journal::open(world.path(), Some(head)).is_err());
    }

    #[test]
    fn no_bytes_are_a_panic(files in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..3)) {
        let world = World::new();
        fs::create_dir(world.path().join("journal")).unwrap();
        for (month, bytes) in files.iter().enumerate() {
            fs::write(world.file(&format!("2026-0{}", month + 1)), bytes).unwrap();
        }
        let _ = world.verify();
        if let Ok(opened) = Journal::open(world.path(), None) {
            let mut journal = opened.journal;
            let _ = journal.since(Timestamp::MIN);
            let _ = journal.decided(&target());
            journal.append(at("2026-11-01T00:00:00Z"), &[roster("r")]).unwrap();
            world.verify().unwrap();
        }
    }

    #[test]
    fn no_fields_are_a_panic(kind in "run|intent|outcome|approval|suspension|roster|crash|x", key in "[a-z_]{1,8}", value in "[0-9]{1,25}|\"[a-z.]{0,3}\"|null|\\[\\]|\\{\\}") {
        let world = World::new();
        fs::create_dir(world.path().join("journal")).unwrap();
        let zeros = "0".repeat(64);
        let line = format!(r#"{{"at":"2026-11-01T00:00:00Z","seq":1,"prev":"{zeros}","type":"{kind}","{key}":{value}}}"#);
        world.rewrite("2026-11", &[line]);
        if let Ok(opened) = Journal::open(world.path(), None) {
            let lines = opened.journal.since(Timestamp::MIN).unwrap();
            let _ = recent(&lines, &target(), at("2026-11-01T00:00:00Z"));
        }
    }
}
