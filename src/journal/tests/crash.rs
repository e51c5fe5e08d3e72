//! What a crash leaves is taken up, never lost and never taken for an edit.

use super::*;

#[test]
fn wherever_the_last_two_lines_are_torn_the_journal_goes_on() {
    let world = World::with_run();
    let whole = fs::read(world.file("2026-11")).unwrap();
    let lines = world.lines("2026-11");
    let kept: usize = lines[..5].iter().map(|line| line.len() + 1).sum();
    for cut in kept..=whole.len() {
        fs::write(world.file("2026-11"), &whole[..cut]).unwrap();
        let there = whole[..cut].split(|byte| *byte == b'\n').count() as u64 - 1;
        let opened = world.open();
        let before = opened.journal.head().count;
        // A line that lacks only its newline is whole.
        assert!(before == there || (before == there + 1 && opened.torn.is_none()), "cut at {cut}");
        assert_eq!(fs::read(world.file("2026-11")).unwrap(), whole[..cut], "opening writes nothing");

        let mut journal = opened.journal;
        let closing = u64::from(opened.torn.is_some());
        assert_eq!(
            journal.append(at("2026-11-21T00:00:00Z"), &[roster("r2")]).unwrap(),
            [before + closing + 1]
        );
        let head = journal.head();
        assert!(fs::read(world.file("2026-11")).unwrap().starts_with(&whole[..cut]), "torn bytes stay");
        assert_eq!(
            world.verify().unwrap(),
            Verified { head: head.clone(), torn: None, accepted: None },
            "cut at {cut}"
        );
        let opened = Journal::open(world.path(), Some(head)).unwrap();
        assert_eq!(opened.torn, None);
        let crashes = opened.journal.since(Timestamp::MIN).unwrap();
        let crashes = crashes
            .iter()
            .filter(|line| matches!(&line.record, Record::Crash(crash) if crash.closes_torn_line()));
        assert_eq!(crashes.count() as u64, closing, "cut at {cut}");
    }
}

#[test]
fn a_torn_line_is_reported_and_no_break() {
    let world = World::with_run();
    let text = world.text("2026-11");
    fs::write(world.file("2026-11"), &text[..text.len() - 30]).unwrap();
    let torn = world.open().torn.unwrap();
    assert!(torn.contains("torn bytes at") && torn.ends_with("2026-11.jsonl:7"), "{torn}");
    let verified = world.verify().unwrap();
    assert_eq!((verified.head.count, verified.torn), (6, Some(torn)));
}

#[test]
fn a_crash_while_a_torn_line_is_closed_is_closed_too() {
    let world = World::with_run();
    let text = world.text("2026-11");
    let torn = &text.as_bytes()[..text.len() - 30];
    fs::write(world.file("2026-11"), torn).unwrap();
    world.open().journal.append(at("2026-11-21T00:00:00Z"), &[roster("r2")]).unwrap();
    let closed = fs::read(world.file("2026-11")).unwrap();
    for cut in torn.len()..=closed.len() {
        fs::write(world.file("2026-11"), &closed[..cut]).unwrap();
        if cut == torn.len() + 1 {
            assert!(
                world.broken(None).2.contains("ends with a newline"),
                "the newline alone: nobody can tell"
            );
            continue;
        }
        let mut journal = world.open().journal;
        journal.append(at("2026-11-22T00:00:00Z"), &[roster("r3")]).unwrap();
        assert_eq!(world.verify().unwrap().head, journal.head(), "cut at {cut}");
    }
}

#[test]
fn what_ends_with_a_newline_and_is_no_json_is_a_break_and_not_torn() {
    for garbage in ["garbage", "{\"at\":\"2026", "{\"at\":\"2026\n{\"at", "\0\0\0"] {
        let world = World::with_run();
        let whole = world.text("2026-11");
        fs::write(world.file("2026-11"), format!("{whole}{garbage}")).unwrap();
        assert!(world.verify().unwrap().torn.is_some(), "{garbage:?}: as a crash leaves it");
        fs::write(world.file("2026-11"), format!("{whole}{garbage}\n")).unwrap();
        let last = 8 + garbage.matches('\n').count() as u64;
        let (_, line, what) = world.broken(None);
        assert_eq!((line, what.contains("a crash leaves no such line")), (last, true), "{what}");
        assert!(Journal::open(world.path(), None).is_err());
        assert_eq!(Journal::breaks(world.path(), None).unwrap().len(), 1);
        Journal::accept(world.path(), None, at("2026-11-22T00:00:00Z"), "ann", "looked").unwrap().unwrap();
        world.verify().unwrap();
    }
}

#[test]
fn a_torn_line_may_be_closed_in_the_next_month() {
    let world = World::with_run();
    let text = world.text("2026-11");
    fs::write(world.file("2026-11"), &text[..text.len() - 30]).unwrap();
    let mut journal = world.open().journal;
    journal.append(at("2026-12-01T00:00:00Z"), &[roster("r2")]).unwrap();
    assert_eq!(world.text("2026-11"), &text[..text.len() - 30]);
    assert_eq!(world.verify().unwrap().head, journal.head());
    let opened = Journal::open(world.path(), Some(journal.head())).unwrap();
    assert_eq!((opened.torn, opened.journal.head()), (None, journal.head()));
    assert_eq!(journal.since(at("2026-12-01T00:00:00Z")).unwrap().len(), 2);
}

#[test]
fn only_the_torn_bytes_that_the_record_names_are_accepted() {
    let world = World::with_run();
    let text = world.text("2026-11");
    fs::write(world.file("2026-11"), &text[..text.len() - 30]).unwrap();
    world.open().journal.append(at("2026-11-21T00:00:00Z"), &[roster("r2")]).unwrap();
    let good = world.lines("2026-11");
    world.verify().unwrap();
    let broken = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = good.clone();
        change(&mut lines);
        world.rewrite("2026-11", &lines);
        world.broken(None).1
    };
    assert_eq!(broken(&|lines| lines[6] = lines[6].replace("run-1", "run-2")), 7, "torn bytes edited");
    assert_eq!(broken(&|lines| lines[6] = "{".into()), 7, "torn bytes replaced");
    assert_eq!(broken(&|lines| drop(lines.remove(6))), 7, "torn bytes removed");
    assert_eq!(broken(&|lines| lines.insert(6, "{".into())), 7, "torn bytes added");
    assert_eq!(broken(&|lines| lines[5] = lines[5].replace("applied", "failed")), 7, "line before edited");
    assert_eq!(broken(&|lines| drop(lines.remove(5))), 6, "line before removed");
    assert_eq!(broken(&|lines| drop(lines.remove(7))), 7, "closing record removed");
    assert_eq!(
        broken(&|lines| lines[7] = lines[7].replace("left by", "Left by")),
        9,
        "closing record edited"
    );
}

#[test]
fn a_closing_record_cannot_be_written_by_hand() {
    let world = World::with_run();
    let text = world.text("2026-11");
    fs::write(world.file("2026-11"), &text[..text.len() - 30]).unwrap();
    let mut journal = world.open().journal;
    journal.append(at("2026-11-21T00:00:00Z"), &[roster("r2")]).unwrap();
    let lines = journal.since(at("2026-11-21T00:00:00Z")).unwrap();
    assert!(journal.append(at("2026-11-21T00:00:00Z"), &[lines[0].record.clone()]).is_err());
    journal.append(at("2026-11-21T00:00:00Z"), &[roster("r3")]).unwrap();
    world.verify().unwrap();
}

#[test]
fn intents_without_an_outcome_are_found() {
    let world = World::with_run();
    let mut journal = world.open().journal;
    let intents = [intent("u1", Action::Add, Cause::Roster), intent("u2", Action::Add, Cause::Roster)];
    journal.append(at("2026-11-21T00:00:00Z"), &intents).unwrap();
    journal.append(at("2026-11-21T00:00:01Z"), &[outcome(8, verify::Outcome::Applied)]).unwrap();
    let unsettled = world.open().unsettled;
    assert_eq!(unsettled.len(), 1);
    assert_eq!((unsettled[0].seq, &unsettled[0].record), (9, &intents[1]));

    let mut journal = world.open().journal;
    let crash = Record::Crash(Crash::settled("read again".into(), vec![9]));
    journal.append(at("2026-11-21T01:00:00Z"), &[outcome(9, verify::Outcome::Failed), crash]).unwrap();
    assert!(world.open().unsettled.is_empty());
}

#[test]
fn intents_without_an_outcome_are_found_months_later() {
    let world = World::with_run();
    let mut journal = world.open().journal;
    let intents = ["u1", "u2", "u3"].map(|user| intent(user, Action::Add, Cause::Roster));
    journal.append(at("2026-11-30T23:59:59Z"), &intents).unwrap();
    journal.append(at("2026-12-01T00:00:00Z"), &[outcome(8, verify::Outcome::Applied)]).unwrap();
    let mut journal = world.open().journal;
    journal
        .append(at("2027-01-01T00:00:00Z"), &[outcome(9, verify::Outcome::Applied), roster("r2")])
        .unwrap();
    let mut journal = world.open().journal;
    journal.append(at("2027-02-01T00:00:00Z"), &[roster("r3")]).unwrap();

    let unsettled = world.open().unsettled;
    assert_eq!(unsettled.iter().map(|line| line.seq).collect::<Vec<_>>(), [10]);
    assert_eq!(unsettled[0].record, intents[2]);
    world.verify().unwrap();
}

#[test]
fn a_month_file_that_was_created_and_not_written_is_no_break() {
    let world = World::with_run();
    fs::write(world.file("2026-12"), "").unwrap();
    let mut journal = world.open().journal;
    assert_eq!(journal.append(at("2026-12-01T00:00:00Z"), &[roster("r2")]).unwrap(), [8]);
    world.verify().unwrap();
}

#[test]
fn zeros_after_a_power_loss_are_torn_bytes() {
    let world = World::with_run();
    let mut bytes = fs::read(world.file("2026-11")).unwrap();
    bytes.extend_from_slice(&[0; 4096]);
    fs::write(world.file("2026-11"), bytes).unwrap();
    let opened = world.open();
    assert!(opened.torn.unwrap().starts_with("4096 torn bytes"));
    let mut journal = opened.journal;
    journal.append(at("2026-11-21T00:00:00Z"), &[roster("r2")]).unwrap();
    world.verify().unwrap();
}
