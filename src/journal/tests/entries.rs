//! What people read of the journal.

use std::ops::ControlFlow;

use super::*;

fn seqs(world: &World, since: Option<&str>) -> Vec<u64> {
    let mut seqs = Vec::new();
    each_entry(world.path(), since.map(at), |entry| {
        seqs.push(entry.line.seq);
        ControlFlow::Continue(())
    })
    .unwrap();
    seqs
}

#[test]
fn entries_come_oldest_first_over_all_files() {
    let world = World::with_run();
    assert!(seqs(&World::new(), None).is_empty(), "there is no journal yet");
    world.open().journal.append(at("2026-12-01T00:00:00Z"), &[roster("r2")]).unwrap();
    assert_eq!(seqs(&world, None), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(seqs(&world, Some("2026-11-20T03:00:02Z")), [5, 6, 7, 8]);
    assert_eq!(seqs(&world, Some("2026-12-01T00:00:00Z")), [8]);
    assert!(seqs(&world, Some("2026-12-01T00:00:01Z")).is_empty());
}

#[test]
fn a_line_that_is_being_written_and_a_broken_one_are_passed_over() {
    let world = World::with_run();
    let mut text = world.text("2026-11");
    text.truncate(text.len() - 30);
    fs::write(world.file("2026-11"), &text).unwrap();
    assert_eq!(seqs(&world, None), [1, 2, 3, 4, 5, 6]);
    let mut lines = world.lines("2026-11");
    lines[2] = "{}".into();
    world.rewrite("2026-11", &lines);
    assert_eq!(seqs(&world, None), [1, 2, 4, 5, 6]);
}

#[test]
fn reading_stops_when_told() {
    let world = World::with_run();
    world.open().journal.append(at("2026-12-01T00:00:00Z"), &[roster("r2")]).unwrap();
    let mut entries = Vec::new();
    each_entry(world.path(), None, |entry| {
        entries.push(entry);
        if entries.len() == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[1].prev, record::hash(world.lines("2026-11")[0].as_bytes()));
}
