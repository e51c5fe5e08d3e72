//! What every plan asks the journal for, kept in memory: a daemon plans for years, and must not read for it all
//! that it ever wrote. What is appended is added; nobody else writes while the journal is open.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::record::{Line, Record};
use super::{Decided, JournalError};
use crate::core::model::Target;

/// Lines this much too old are let go of.
const SLACK: SignedDuration = SignedDuration::from_hours(24);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Kept {
    window: Option<Window>,
    decided: BTreeMap<Target, Decided>,
}

/// Every line since a time that is about a change or a decision; runs say nothing that is asked for.
#[derive(Debug)]
struct Window {
    since: Timestamp,
    lines: Vec<Line>,
}

impl Kept {
    /// The lines about changes and decisions since a time; `read` reads them where they are not kept.
    pub(super) fn changes(
        &mut self,
        since: Timestamp,
        read: impl FnOnce() -> Result<Vec<Line>, JournalError>,
    ) -> Result<Vec<Line>, JournalError> {
        let window = match self.window.take().filter(|window| window.since <= since) {
            Some(mut window) => {
                if since.duration_since(window.since) > SLACK {
                    window.lines.retain(|line| line.at >= since);
                    window.since = since;
                }
                window
            }
            None => Window { since, lines: read()?.into_iter().filter(is_change).collect() },
        };
        let lines = window.lines.iter().filter(|line| line.at >= since).cloned().collect();
        self.window = Some(window);
        Ok(lines)
    }

    /// What was decided of a target; `read` reads it where it is not kept.
    pub(super) fn decided(
        &mut self,
        target: &Target,
        read: impl FnOnce() -> Result<Decided, JournalError>,
    ) -> Result<Decided, JournalError> {
        if let Some(decided) = self.decided.get(target) {
            return Ok(decided.clone());
        }
        let decided = read()?;
        self.decided.insert(target.clone(), decided.clone());
        Ok(decided)
    }

    /// A line was appended.
    pub(super) fn add(&mut self, line: Line) {
        if let Some(decided) = line.record.target().and_then(|target| self.decided.get_mut(target)) {
            decided.add(&line);
        }
        if let Some(window) = self.window.as_mut().filter(|_| is_change(&line)) {
            window.lines.push(line);
        }
    }
}

impl Decided {
    /// Counts a line of the target.
    pub(super) fn add(&mut self, line: &Line) {
        match &line.record {
            Record::Approval(approval) if approval.used_by.is_some() => {
                self.approvals_used += 1;
                self.used.insert(approval.digest.clone(), line.at);
            }
            Record::Fight(_) => self.fights.push(line.clone()),
            _ => (),
        }
    }
}

fn is_change(line: &Line) -> bool {
    !matches!(line.record, Record::Run(_))
}
