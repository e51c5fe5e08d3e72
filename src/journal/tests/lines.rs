//! What is written, and read back.

use std::os::unix::fs::PermissionsExt;

use super::*;

#[test]
fn a_line_reads_as_the_contract_says() {
    let world = World::with_run();
    let lines = world.lines("2026-11");
    assert_eq!(
        lines[0],
        format!(
            r#"{{"at":"2026-11-20T03:00:00Z","seq":1,"prev":"{}","type":"roster","revision":"r1","previous":null,"by":"ann"}}"#,
            "0".repeat(64)
        )
    );
    let prev = record::hash(lines[1].as_bytes());
    assert_eq!(
        lines[2],
        format!(
            concat!(
                r#"{{"at":"2026-11-20T03:00:01Z","seq":3,"prev":"{}","type":"intent","run":"run-1","#,
                r#""provider":"emporix","target":"emporix https://api.emporix.io acme","group":"buyers","#,
                r#""group_id":"g1","action":"add","person":null,"id":"dave","cause":"roster","#,
                r#""because":[{{"file":"teams.toml","line":12,"via":["catalog"],"until":"2026-12-31"}}]}}"#
            ),
            prev
        )
    );
    assert!(lines[4].ends_with(r#""type":"outcome","of":3,"run":"run-1","result":"applied","detail":null}"#));
    assert!(lines[6].contains(r#""type":"run","event":"end""#));
    let mode = fs::metadata(world.file("2026-11")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn what_was_written_is_read_back() {
    let world = World::with_run();
    let journal = world.open().journal;
    let lines = journal.since(at("2026-11-20T03:00:01Z")).unwrap();
    let seqs: Vec<_> = lines.iter().map(|line| line.seq).collect();
    assert_eq!(seqs, [3, 4, 5, 6, 7]);
    assert_eq!(lines[0].record, intent("dave", Action::Add, Cause::Roster));
    assert_eq!(lines[2].record, outcome(3, verify::Outcome::Applied));
    assert_eq!(lines[4].record, run(RunEvent::End));
    assert_eq!(lines[4].at, at("2026-11-20T03:00:03Z"));
}

#[test]
fn the_chain_goes_on_after_opening_again_and_over_months() {
    let world = World::with_run();
    let mut journal = world.open().journal;
    assert_eq!(journal.head().count, 7);
    assert_eq!(journal.append(at("2026-12-01T00:00:00Z"), &[roster("r2")]).unwrap(), [8]);
    assert_eq!(journal.append(at("2027-01-01T00:00:00Z"), &[roster("r3"), roster("r4")]).unwrap(), [9, 10]);
    let head = journal.head();
    drop(journal);
    assert_eq!(world.lines("2026-12").len(), 1);
    assert_eq!(world.lines("2027-01").len(), 2);
    assert_eq!(world.open().journal.head(), head);
    assert_eq!(world.verify().unwrap(), Verified { head, torn: None, accepted: None });
}

#[test]
fn since_reads_only_the_files_that_may_hold_an_answer() {
    let world = World::with_run();
    let mut journal = world.open().journal;
    journal.append(at("2026-12-01T00:00:00Z"), &[roster("r2")]).unwrap();
    fs::write(world.file("2026-11"), "no journal at all\n{}\n").unwrap();
    let lines = journal.since(at("2026-12-01T00:00:00Z")).unwrap();
    assert_eq!(lines.len(), 1);
    assert!(journal.since(at("2026-11-30T00:00:00Z")).is_err());
}

#[test]
fn a_clock_that_goes_back_does_not_reorder_files() {
    let world = World::with_run();
    let mut journal = world.open().journal;
    journal.append(at("2026-10-31T23:00:00Z"), &[roster("r2")]).unwrap();
    assert_eq!(world.lines("2026-11").len(), 8);
    world.verify().unwrap();
    assert_eq!(world.open().journal.since(at("2026-10-01T00:00:00Z")).unwrap().len(), 8);
}

#[test]
fn lines_of_a_later_version_are_kept_and_passed_over() {
    let world = World::with_run();
    let mut lines = world.lines("2026-11");
    let prev = record::hash(lines[6].as_bytes());
    lines.push(format!(r#"{{"at":"2026-11-21T00:00:00Z","seq":8,"prev":"{prev}","type":"moon","phase":3}}"#));
    let prev = record::hash(lines[7].as_bytes());
    lines.push(format!(
        r#"{{"at":"2026-11-21T00:00:00Z","seq":9,"prev":"{prev}","type":"run","event":"pause"}}"#
    ));
    world.rewrite("2026-11", &lines);

    let mut journal = world.open().journal;
    let found = journal.since(at("2026-11-21T00:00:00Z")).unwrap();
    let Record::Other(other) = &found[0].record else { panic!("{found:?}") };
    assert_eq!(other.fields()["phase"], 3);
    assert!(matches!(found[1].record, Record::Other(_)));
    let error = journal.append(at("2026-11-22T00:00:00Z"), &[found[0].record.clone()]).unwrap_err();
    assert!(matches!(error, JournalError::Record(_)), "{error}");
    journal.append(at("2026-11-22T00:00:00Z"), &[roster("r2")]).unwrap();
    world.verify().unwrap();
}

#[test]
fn approvals_are_counted_over_all_months_by_target() {
    let world = World::new();
    let mut journal = world.open().journal;
    let given = approval(target(), None);
    let used = approval(target(), Some("run-1"));
    let elsewhere = approval(Target::from("emporix other"), Some("run-2"));
    journal.append(at("2026-10-01T00:00:00Z"), &[given.clone(), used.clone()]).unwrap();
    journal.append(at("2026-11-01T00:00:00Z"), &[elsewhere, roster(r#""type":"approval""#), used]).unwrap();
    assert_eq!(journal.decided(&target()).unwrap().approvals_used, 2);
    assert_eq!(journal.decided(&Target::from("emporix other")).unwrap().approvals_used, 1);
    assert_eq!(journal.decided(&Target::from("nowhere")).unwrap().approvals_used, 0);
}

#[test]
fn an_empty_append_writes_nothing() {
    let world = World::new();
    let mut journal = world.open().journal;
    assert!(journal.append(at("2026-11-01T00:00:00Z"), &[]).unwrap().is_empty());
    assert!(!world.path().join("journal").exists());
    assert_eq!(world.verify().unwrap().head, Head::start());
}
