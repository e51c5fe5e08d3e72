mod accept;
mod chain;
mod crash;
mod disk;
mod entries;
mod fights;
mod lines;
mod moves;
mod records;
mod windows;

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tempfile::TempDir;

use super::*;
use crate::core::model::{GroupId, UserId};
use crate::core::plan::{Action, Cause};
use crate::core::verify;

/// A state directory with a journal in it.
struct World {
    dir: TempDir,
}

impl World {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    /// One November run: a roster, a begin, two intents, their outcomes, an end.
    fn with_run() -> Self {
        let world = Self::new();
        let mut journal = world.open().journal;
        journal.append(at("2026-11-20T03:00:00Z"), &[roster("r1"), run(RunEvent::Begin)]).unwrap();
        let intents =
            [intent("dave", Action::Add, Cause::Roster), intent("u9", Action::Remove, Cause::Drift)];
        let seqs = journal.append(at("2026-11-20T03:00:01Z"), &intents).unwrap();
        let outcomes: Vec<_> = seqs.iter().map(|seq| outcome(*seq, verify::Outcome::Applied)).collect();
        journal.append(at("2026-11-20T03:00:02Z"), &outcomes).unwrap();
        journal.append(at("2026-11-20T03:00:03Z"), &[run(RunEvent::End)]).unwrap();
        world
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn file(&self, month: &str) -> PathBuf {
        self.path().join("journal").join(format!("{month}.jsonl"))
    }

    fn text(&self, month: &str) -> String {
        fs::read_to_string(self.file(month)).unwrap()
    }

    fn lines(&self, month: &str) -> Vec<String> {
        self.text(month).lines().map(str::to_owned).collect()
    }

    fn rewrite(&self, month: &str, lines: &[String]) {
        fs::write(self.file(month), lines.join("\n") + "\n").unwrap();
    }

    fn open(&self) -> Opened {
        Journal::open(self.path(), None).unwrap()
    }

    fn verify(&self) -> Result<Verified, JournalError> {
        Journal::verify(self.path(), None)
    }

    /// File name, line and words of the break.
    fn broken(&self, head: Option<&Head>) -> (String, u64, String) {
        match Journal::verify(self.path(), head) {
            Err(JournalError::Broken { file, line, what }) => {
                (file.file_name().unwrap().to_str().unwrap().to_owned(), line, what)
            }
            other => panic!("not broken: {other:?}"),
        }
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn target() -> Target {
    Target::from("emporix https://api.emporix.io acme")
}

fn roster(revision: &str) -> Record {
    Record::Roster(RosterChange { revision: revision.to_owned(), previous: None, by: "ann".into() })
}

fn run(event: RunEvent) -> Record {
    Record::Run(Run {
        event,
        run: "run-1".into(),
        provider: "emporix".into(),
        target: target(),
        revision: "r1".into(),
        outcome: (event == RunEvent::End).then(|| "applied".into()),
        undoes: Vec::new(),
    })
}

fn plain_intent(user: &str, action: Action, cause: Cause) -> Intent {
    Intent {
        run: "run-1".into(),
        provider: "emporix".into(),
        target: target(),
        group: "buyers".into(),
        group_id: GroupId::new("g1").unwrap(),
        action,
        person: None,
        id: UserId::new(user).unwrap(),
        cause,
        because: vec![Reason {
            file: "teams.toml".into(),
            line: 12,
            via: ["catalog".into()].into(),
            from: None,
            until: Some("2026-12-31".parse().unwrap()),
            reason: None,
        }],
        approved: None,
        for_moves: Vec::new(),
    }
}

fn intent(user: &str, action: Action, cause: Cause) -> Record {
    Record::Intent(plain_intent(user, action, cause))
}

fn outcome(of: u64, result: verify::Outcome) -> Record {
    Record::Outcome(Outcome { of, run: "run-1".into(), result, detail: None })
}

fn approval(target: Target, used_by: Option<&str>) -> Record {
    Record::Approval(Approval {
        digest: "3f9c2a1b".into(),
        provider: "emporix".into(),
        target,
        reason: "none given".into(),
        by: "ann".into(),
        used_by: used_by.map(str::to_owned),
    })
}
