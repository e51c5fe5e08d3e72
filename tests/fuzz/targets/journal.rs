//! The journal: its lines, its chain, and what a change of a byte comes to.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use jiff::Timestamp;
use rosterd::journal::{Head, Journal, JournalError, Record, RosterChange, each_entry};

use super::{LONGEST, folder};

/// A line of this stands between two months.
const NEXT_MONTH: &[u8] = b"\n%%\n";

/// The month files of one input, by name.
type Months = BTreeMap<String, Vec<u8>>;

/// Opens, reads, verifies; then accepts what is broken, or appends to what is whole; and changes a byte.
pub(super) fn run(bytes: &[u8]) {
    if bytes.len() > LONGEST {
        return;
    }
    let folder = folder();
    let dir = folder.path();
    fs::create_dir(dir.join("journal")).expect("folders can be made");
    let months = months(bytes);
    write(dir, &months);
    let mut entries = 0_u64;
    let listed = each_entry(dir, None, |_| {
        entries += 1;
        ControlFlow::Continue(())
    });
    listed.expect("any bytes can be listed");
    let breaks = Journal::breaks(dir, None).expect("any bytes can be looked through");
    match Journal::verify(dir, None) {
        Ok(verified) => {
            assert_eq!(breaks, [], "it verifies");
            assert!(verified.accepted.is_some() || entries == verified.head.count);
            is_whole(dir, &verified.head);
        }
        Err(JournalError::Broken { .. }) => {
            assert_ne!(breaks, [], "it does not verify");
            accept(dir);
        }
        Err(error) => panic!("{error}"),
    }
}

fn months(bytes: &[u8]) -> Months {
    let mut rest = bytes;
    let mut months = Months::new();
    for month in 1..=12 {
        let name = format!("2026-{month:02}.jsonl");
        let Some(end) = rest.windows(NEXT_MONTH.len()).position(|window| window == NEXT_MONTH) else {
            months.insert(name, rest.to_vec());
            break;
        };
        months.insert(name, rest[..=end].to_vec());
        rest = &rest[end + NEXT_MONTH.len()..];
    }
    months
}

fn write(dir: &Path, months: &Months) {
    for (name, bytes) in months {
        fs::write(dir.join("journal").join(name), bytes).expect("files can be written");
    }
}

fn read(dir: &Path) -> Months {
    let files = fs::read_dir(dir.join("journal")).expect("it is there");
    let files = files.map(|file| file.expect("it can be listed").path());
    files
        .map(|path| {
            let name = path.file_name().expect("it has one").to_string_lossy().into_owned();
            (name, fs::read(path).expect("it can be read"))
        })
        .collect()
}

/// What verifies can be opened and goes on; and no byte of it can change unseen.
fn is_whole(dir: &Path, head: &Head) {
    Journal::verify(dir, Some(head)).expect("it ends where it ends");
    let mut journal = Journal::open(dir, Some(head.clone())).expect("it verifies").journal;
    let now = Timestamp::from_second(1_795_000_000).expect("a time");
    let change = RosterChange { revision: "r-2".into(), previous: None, by: "olga".into() };
    let appended = journal.append(now, &[Record::Roster(change)]).expect("it is whole, so it goes on");
    let head = journal.head();
    assert_eq!(appended, [head.count]);
    no_byte_changes_unseen(dir, &head);
}

/// A person may accept any break: from then on it is whole again, and as easily broken.
fn accept(dir: &Path) {
    let now = Timestamp::from_second(1_795_000_000).expect("a time");
    let accepted =
        Journal::accept(dir, None, now, "olga", "looked at it").expect("any break can be accepted");
    let head = accepted.expect("something is broken").head;
    let verified = Journal::verify(dir, Some(&head)).expect("it was accepted");
    assert!(verified.accepted.is_some());
    Journal::open(dir, Some(head.clone())).expect("it was accepted");
    no_byte_changes_unseen(dir, &head);
}

/// Its last line is whole, so every byte is vouched for by it.
fn no_byte_changes_unseen(dir: &Path, head: &Head) {
    let whole = read(dir);
    for (name, bytes) in &whole {
        let mut random = fastrand::Rng::with_seed(bytes.len() as u64);
        for _ in 0..3.min(bytes.len()) {
            let mut changed = bytes.clone();
            let at = random.usize(..changed.len());
            changed[at] ^= 1 << random.u8(..8);
            fs::write(dir.join("journal").join(name), &changed).expect("files can be written");
            let verified = Journal::verify(dir, Some(head));
            assert!(verified.is_err(), "byte {at} of {name} was changed, and it still verifies");
            let opened = Journal::open(dir, Some(head.clone()));
            // Opening checks the newest file and its tie to the one before, not all of history.
            let is_newest = whole.keys().last() == Some(name);
            assert!(opened.is_err() || !is_newest, "byte {at} of {name} was changed, and it still opens");
        }
        fs::write(dir.join("journal").join(name), bytes).expect("files can be written");
    }
    Journal::verify(dir, Some(head)).expect("it is as it was");
}
