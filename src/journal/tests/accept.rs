//! A break is accepted by a person, and nothing that comes after it is.

use super::*;

const WHY: &str = "restored from the backup of Friday";

impl World {
    /// The run, with its third line edited, and the head that was kept.
    fn edited() -> (Self, Head) {
        let world = Self::with_run();
        let head = world.open().journal.head();
        let mut lines = world.lines("2026-11");
        lines[2] = lines[2].replace("dave", "eve1");
        world.rewrite("2026-11", &lines);
        (world, head)
    }

    fn accept(&self, head: &Head) -> Accepted {
        let accepted = Journal::accept(self.path(), Some(head), at("2026-11-21T00:00:00Z"), "ann", WHY);
        accepted.unwrap().expect("something is broken")
    }

    fn open_at(&self, head: &Head) -> Result<Opened, JournalError> {
        Journal::open(self.path(), Some(head.clone()))
    }
}

#[test]
fn an_accepted_break_lets_the_journal_go_on() {
    let (world, head) = World::edited();
    assert!(world.open_at(&head).is_err());
    let before = world.lines("2026-11");
    let accepted = world.accept(&head);
    assert_eq!(accepted.breaks.len(), 1);
    assert_eq!((accepted.breaks[0].file.as_str(), accepted.breaks[0].line), ("2026-11.jsonl", 4));

    let lines = world.lines("2026-11");
    assert_eq!(lines[..7], before[..], "what is broken stays as it is");
    let line: serde_json::Value = serde_json::from_str(&lines[7]).unwrap();
    assert_eq!((&line["type"], &line["seq"], &line["by"]), (&"acceptance".into(), &8.into(), &"ann".into()));
    assert_eq!((&line["reason"], &line["breaks"][0]["line"]), (&WHY.into(), &4.into()));

    let mut journal = world.open_at(&accepted.head).unwrap().journal;
    assert_eq!(journal.head(), accepted.head);
    assert_eq!(journal.append(at("2026-11-22T00:00:00Z"), &[roster("r2")]).unwrap(), [9]);
    assert_eq!(journal.append(at("2026-12-01T00:00:00Z"), &[roster("r3")]).unwrap(), [10]);
    assert_eq!(journal.since(at("2026-11-20T03:00:01Z")).unwrap().len(), 8, "what is readable still counts");
    let head = journal.head();
    let verified = Journal::verify(world.path(), Some(&head)).unwrap();
    assert_eq!(verified.head, head);
    assert!(matches!(&verified.accepted.unwrap().record, Record::Acceptance(it) if it.reason == WHY));
    assert_eq!(world.open_at(&accepted.head).unwrap().journal.head(), head);
}

#[test]
fn where_nothing_is_broken_nothing_is_written() {
    let world = World::with_run();
    let head = world.open().journal.head();
    let text = world.text("2026-11");
    let now = at("2026-11-21T00:00:00Z");
    assert_eq!(Journal::accept(world.path(), Some(&head), now, "ann", WHY).unwrap(), None);
    assert_eq!(world.text("2026-11"), text);
    // A torn end is no break either.
    fs::write(world.file("2026-11"), &text[..text.len() - 30]).unwrap();
    assert_eq!(Journal::accept(world.path(), None, now, "ann", WHY).unwrap(), None);
}

#[test]
fn whatever_changes_afterwards_shows() {
    let (world, head) = World::edited();
    let accepted = world.accept(&head).head;
    let mut journal = world.open_at(&accepted).unwrap().journal;
    journal.append(at("2026-11-22T00:00:00Z"), &[roster("r2")]).unwrap();
    let head = journal.head();
    let good = world.lines("2026-11");
    let broken = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = good.clone();
        change(&mut lines);
        world.rewrite("2026-11", &lines);
        assert!(world.open_at(&head).is_err(), "opening");
        let (_, line, what) = world.broken(Some(&head));
        (line, what)
    };
    let (line, what) = broken(&|lines| lines[2] = lines[2].replace("eve1", "eve2"));
    assert_eq!((line, what.contains("2026-11.jsonl:8 is of what stood here before")), (4, true), "{what}");
    assert_eq!(broken(&|lines| lines[2] = lines[2].replace("eve1", "dave")).0, 8, "the edit undone");
    assert_eq!(broken(&|lines| lines[0] = lines[0].replace("ann", "eve")).0, 2, "another line edited");
    assert_eq!(broken(&|lines| drop(lines.remove(1))).0, 2, "a line removed");
    assert_eq!(broken(&|lines| lines.insert(2, "{".into())).0, 3, "a line added");
    assert_eq!(broken(&|lines| lines[7] = lines[7].replace(WHY, "no reason")).0, 9, "the acceptance edited");
    assert_eq!(broken(&|lines| drop(lines.remove(7))).0, 4, "the acceptance removed");
    assert_eq!(broken(&|lines| lines.truncate(8)).0, 8, "the end cut off");
    assert_eq!(broken(&|lines| drop(lines.drain(..2))).0, 1, "the beginning cut off");
}

#[test]
fn an_acceptance_that_the_state_knows_nothing_of_is_no_acceptance() {
    let (world, head) = World::edited();
    // As somebody would who edits the journal and has read this code.
    let forged = world.accept(&head).head;
    let error = world.open_at(&head).unwrap_err().to_string();
    assert!(error.contains("2026-11.jsonl:8") && error.contains("the state knows nothing of it"), "{error}");
    let (_, line, what) = world.broken(Some(&head));
    assert_eq!((line, what.contains("did not write it")), (8, true), "{what}");
    // A person may accept that too: then it is part of what was broken.
    let accepted = world.accept(&head);
    assert_eq!(accepted.breaks.iter().map(|found| found.line).collect::<Vec<_>>(), [4, 8]);
    assert!(world.open_at(&accepted.head).is_ok());
    assert!(world.open_at(&forged).is_err(), "it counts for nothing now");
}

#[test]
fn a_forged_acceptance_below_the_head_is_found() {
    let world = World::with_run();
    let head = world.open().journal.head();
    let mut lines = world.lines("2026-11");
    let last = lines.pop().unwrap();
    lines[2] = lines[2].replace("dave", "eve1");
    world.rewrite("2026-11", &lines);
    let forged =
        Journal::accept(world.path(), None, at("2026-11-21T00:00:00Z"), "eve", WHY).unwrap().unwrap();
    assert_eq!(forged.head.count, 7, "it takes the place of the last line");
    assert!(world.open_at(&head).is_err());
    let mut lines = world.lines("2026-11");
    lines.push(last);
    world.rewrite("2026-11", &lines);
    assert!(world.open_at(&head).is_err());
    assert!(Journal::verify(world.path(), Some(&head)).is_err());
}

#[test]
fn a_cut_end_and_a_missing_journal_can_be_accepted() {
    let world = World::with_run();
    let head = world.open().journal.head();
    let lines = world.lines("2026-11");
    world.rewrite("2026-11", &lines[..4]);
    let accepted = world.accept(&head);
    assert_eq!(accepted.head.count, 8, "no number is given out twice");
    let opened = world.open_at(&accepted.head).unwrap();
    assert_eq!(opened.unsettled.iter().map(|line| line.seq).collect::<Vec<_>>(), [3, 4]);

    fs::remove_dir_all(world.path().join("journal")).unwrap();
    let again = world.accept(&accepted.head);
    assert_eq!((again.head.count, again.breaks.len()), (9, 1));
    assert!(world.open_at(&again.head).unwrap().unsettled.is_empty());
    assert!(world.open_at(&accepted.head).is_err());
}

#[test]
fn intents_without_an_outcome_are_found_across_an_acceptance() {
    let (world, head) = World::edited();
    let lines = world.lines("2026-11");
    world.rewrite("2026-11", &[&lines[..4], &lines[5..]].concat());
    let accepted = world.accept(&head);
    let unsettled = |world: &World| {
        let opened = world.open_at(&accepted.head).unwrap();
        opened.unsettled.iter().map(|line| line.seq).collect::<Vec<_>>()
    };
    assert_eq!(unsettled(&world), [3], "the outcome of 3 was cut out");
    let mut journal = world.open_at(&accepted.head).unwrap().journal;
    journal.append(at("2026-12-01T00:00:00Z"), &[roster("r2")]).unwrap();
    assert_eq!(unsettled(&world), [3], "a month later");
    journal.append(at("2026-12-01T00:00:00Z"), &[outcome(3, verify::Outcome::Applied)]).unwrap();
    assert!(unsettled(&world).is_empty());
}

#[test]
fn several_breaks_are_told_and_accepted_together() {
    let world = World::with_run();
    let head = world.open().journal.head();
    world.open().journal.append(at("2026-12-01T00:00:00Z"), &[roster("r2"), roster("r3")]).unwrap();
    let mut lines = world.lines("2026-11");
    lines[1] = "{}".into();
    lines[4] = lines[4].replace("applied", "failed");
    world.rewrite("2026-11", &lines);
    let mut lines = world.lines("2026-12");
    lines[0] = lines[0].replace("r2", "rr");
    world.rewrite("2026-12", &lines);
    let breaks = Journal::breaks(world.path(), Some(&head)).unwrap();
    let places: Vec<_> = breaks.iter().map(|found| (found.file.as_str(), found.line)).collect();
    assert_eq!(places, [("2026-11.jsonl", 2), ("2026-11.jsonl", 6), ("2026-12.jsonl", 2)]);
    let accepted = world.accept(&head);
    assert_eq!(accepted.breaks, breaks);
    assert_eq!(accepted.head.count, 10);
    assert!(world.lines("2026-11").len() == 7 && world.lines("2026-12").len() == 3);
    world.verify().unwrap();
    assert!(Journal::breaks(world.path(), Some(&accepted.head)).unwrap().is_empty());
    world.open_at(&accepted.head).unwrap();
}

#[test]
fn an_acceptance_cannot_be_appended() {
    let (world, head) = World::edited();
    let accepted = world.accept(&head);
    let mut journal = world.open_at(&accepted.head).unwrap().journal;
    let line = Journal::verify(world.path(), None).unwrap().accepted.unwrap();
    assert!(journal.append(at("2026-11-22T00:00:00Z"), &[line.record]).is_err());
}

#[test]
fn a_number_beyond_measure_does_not_stop_the_count() {
    let world = World::with_run();
    let head = world.open().journal.head();
    let mut lines = world.lines("2026-11");
    lines[6] = lines[6].replace(r#""seq":7"#, r#""seq":18446744073709551615"#);
    world.rewrite("2026-11", &lines);
    assert_eq!(world.accept(&head).head.count, 8);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    /// Bytes, garbage, and pieces of a real journal in any order: once accepted, the journal goes on.
    #[test]
    fn whatever_stands_there_can_be_accepted(
        pieces in proptest::collection::vec((0_usize..9, proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40)), 0..8),
        kept in proptest::prelude::any::<bool>(),
    ) {
        let world = World::with_run();
        let head = world.open().journal.head();
        let lines = world.lines("2026-11");
        let mut bytes = Vec::new();
        for (index, garbage) in pieces {
            bytes.extend_from_slice(lines.get(index).map_or(&garbage[..], |line| line.as_bytes()));
            bytes.push(b'\n');
        }
        fs::write(world.file("2026-11"), &bytes).unwrap();
        let head = kept.then_some(head);
        let now = at("2026-12-01T00:00:00Z");
        let accepted = Journal::accept(world.path(), head.as_ref(), now, "ann", WHY).unwrap();
        let head = accepted.map(|accepted| accepted.head).or(head);
        let mut journal = Journal::open(world.path(), head.clone()).unwrap().journal;
        journal.append(now, &[roster("r2")]).unwrap();
        let verified = Journal::verify(world.path(), head.as_ref()).unwrap();
        proptest::prop_assert_eq!(verified.head, journal.head());
        journal.since(Timestamp::MIN).unwrap();
    }
}
