//! When the disk or somebody else gets in the way.

use std::io::Write;
use std::os::unix::fs::symlink;

use super::*;

#[test]
fn a_full_disk_is_an_error_and_ends_appending() {
    let world = World::with_run();
    let mut journal = world.open().journal;
    symlink("/dev/full", world.file("2026-12")).unwrap();
    let error = journal.append(at("2026-12-01T00:00:00Z"), &[roster("r2")]).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("2026-12.jsonl") && text.contains("free some space"), "{text}");

    fs::remove_file(world.file("2026-12")).unwrap();
    let error = journal.append(at("2026-12-01T00:00:00Z"), &[roster("r2")]).unwrap_err();
    assert!(matches!(error, JournalError::Failed { .. }), "{error}");
    assert!(error.to_string().contains("a daemon goes on by itself"), "{error}");
    assert!(error.to_string().contains("No space left"), "{error}");
    assert!(!world.file("2026-12").exists());
    assert_eq!(journal.head().count, 7);

    let mut journal = world.open().journal;
    assert_eq!(journal.append(at("2026-12-01T00:00:00Z"), &[roster("r2")]).unwrap(), [8]);
}

#[test]
fn a_directory_that_cannot_be_used_is_named() {
    let world = World::new();
    fs::write(world.path().join("journal"), "a file").unwrap();
    let error = Journal::open(world.path(), None).unwrap_err();
    assert!(error.to_string().contains(world.path().join("journal").to_str().unwrap()), "{error}");

    let mut journal = Journal::open(Path::new("/proc/1"), None).unwrap().journal;
    let error = journal.append(at("2026-12-01T00:00:00Z"), &[roster("r")]).unwrap_err();
    assert!(error.to_string().contains("cannot make the directory /proc/1/journal"), "{error}");
}

#[test]
fn a_file_that_somebody_else_writes_to_is_left_alone() {
    let world = World::with_run();
    let mut journal = world.open().journal;
    let mut other = fs::OpenOptions::new().append(true).open(world.file("2026-11")).unwrap();
    other.write_all(b"hello\n").unwrap();
    let error = journal.append(at("2026-11-21T00:00:00Z"), &[roster("r2")]).unwrap_err();
    assert!(matches!(error, JournalError::Changed { .. }), "{error}");
    assert!(world.text("2026-11").ends_with("hello\n"));
}

#[test]
fn a_file_that_is_moved_away_is_noticed() {
    let world = World::with_run();
    let mut journal = world.open().journal;
    journal.append(at("2026-11-21T00:00:00Z"), &[roster("r2")]).unwrap();
    fs::rename(world.file("2026-11"), world.path().join("rotated")).unwrap();
    journal.append(at("2026-11-21T00:00:00Z"), &[roster("r3")]).unwrap_err();
    fs::copy(world.path().join("rotated"), world.file("2026-11")).unwrap();
    assert!(
        journal.append(at("2026-11-21T00:00:00Z"), &[roster("r3")]).is_err(),
        "no append after a failed one"
    );
}
