//! The audit trail of one command: what is written to the journal before and after each call.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::core::call::SentGroup;
use crate::core::fights::{self as core, Stage};
use crate::core::guard::ApprovedChange;
use crate::core::moves::{MoveKey, Part};
use crate::core::plan::{Action, Because, GroupPlan};
use crate::core::roster::Roster;
use crate::core::verify::Outcome;
use crate::journal::{
    Approval, Crash, Fight, Head, Intent, Journal, JournalError, MoveTo, NO_REASON, Outcome as OutcomeRecord,
    Reason, Record, Run as RunRecord, RunEvent,
};
use crate::providers::ProviderConfig;
use crate::state::Approval as Given;

/// Writes to the journal for one command.
pub struct Trail {
    journal: Arc<Mutex<Journal>>,
    by: String,
    reason: String,
}

/// One run at one provider, as the journal names it.
#[derive(Debug, Clone)]
pub struct Run {
    record: RunRecord,
}

impl Run {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.record.run
    }

    /// A run of which the journal has no beginning.
    #[cfg(test)]
    pub(super) fn named(run: &str, provider: &str, target: &str) -> Self {
        let (provider, target) = (provider.into(), target.into());
        let (event, run, revision) = (RunEvent::Begin, run.to_owned(), String::new());
        let (outcome, undoes) = (None, Vec::new());
        Self { record: RunRecord { event, run, provider, target, revision, outcome, undoes } }
    }
}

impl Trail {
    /// A trail that says who asked, and why.
    #[must_use]
    pub fn new(journal: Arc<Mutex<Journal>>, by: String, reason: Option<String>) -> Self {
        Self { journal, by, reason: reason.unwrap_or_else(|| NO_REASON.to_owned()) }
    }

    /// Who asked.
    #[must_use]
    pub fn by(&self) -> &str {
        &self.by
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Writes that a run begins, and which runs it undoes.
    pub async fn begin(
        &self,
        config: &ProviderConfig,
        revision: &str,
        undoes: Vec<String>,
    ) -> Result<Run, JournalError> {
        let record = RunRecord {
            event: RunEvent::Begin,
            run: uuid::Uuid::now_v7().to_string(),
            provider: config.name.clone(),
            target: config.target(),
            revision: revision.to_owned(),
            outcome: None,
            undoes,
        };
        self.append(vec![Record::Run(record.clone())]).await?;
        Ok(Run { record })
    }

    /// Writes how a run ended.
    pub async fn end(&self, run: &Run, outcome: &str) -> Result<(), JournalError> {
        let end = RunRecord { event: RunEvent::End, outcome: Some(outcome.to_owned()), ..run.record.clone() };
        self.append(vec![Record::Run(end)]).await.map(drop)
    }

    /// Writes that a run uses an approval, which makes it void for any other. One that was given earlier
    /// keeps its words; else they are those of this command.
    pub async fn approval(
        &self,
        run: &Run,
        digest: &str,
        given: Option<&Given>,
    ) -> Result<Record, JournalError> {
        let (by, reason) = given.map_or((&self.by, &self.reason), |given| (&given.by, &given.reason));
        let record = Record::Approval(Approval {
            digest: digest.to_owned(),
            provider: run.record.provider.clone(),
            target: run.record.target.clone(),
            reason: reason.clone(),
            by: by.clone(),
            used_by: Some(run.record.run.clone()),
        });
        self.append(vec![record.clone()]).await?;
        Ok(record)
    }

    /// Writes which memberships are added no more, since somebody else goes on undoing them, and which of these
    /// are left to the roster again.
    pub async fn fights(&self, run: &Run, roster: &Roster, groups: &[GroupPlan]) -> Result<(), JournalError> {
        let fights = groups.iter().flat_map(|plan| plan.fights.iter().map(move |fight| (plan, fight)));
        let record = |(plan, fight): (&GroupPlan, &core::Fight)| {
            let (event, why) = match (fight.action, fight.stage) {
                (_, Stage::Over) => (RunEvent::End, "the roster says something else of it".to_owned()),
                (Action::Add, Stage::Begins) => (
                    RunEvent::Begin,
                    format!("removed by someone else {} times within seven days", fight.undone),
                ),
                (Action::Add, Stage::Since(_)) | (Action::Remove, _) => return None,
            };
            Some(Record::Fight(Fight {
                event,
                provider: run.record.provider.clone(),
                target: run.record.target.clone(),
                group: plan.group.clone(),
                group_id: plan.id.clone()?,
                person: fight.person.clone(),
                id: fight.user.clone(),
                because: fight.because.iter().map(|because| reason(roster, because)).collect(),
                reason: why,
                by: self.by.clone(),
            }))
        };
        self.append(fights.filter_map(record).collect()).await.map(drop)
    }

    /// Makes what is about to be sent durable, in one sync. Returns the number of each intent.
    pub async fn intents(
        &self,
        run: &Run,
        roster: &Roster,
        changes: &[(&SentGroup, &ApprovedChange)],
    ) -> Result<Vec<u64>, JournalError> {
        let intent = |(group, approved): &(&SentGroup, &ApprovedChange)| {
            let change = &approved.change;
            Record::Intent(Intent {
                run: run.record.run.clone(),
                provider: run.record.provider.clone(),
                target: run.record.target.clone(),
                group: group.handle.clone(),
                group_id: group.id.clone(),
                action: change.action,
                person: change.person.clone(),
                id: approved.user.clone(),
                cause: change.cause,
                because: change.because.iter().map(|because| reason(roster, because)).collect(),
                approved: approved.approval.clone(),
                for_moves: for_moves(&approved.part),
            })
        };
        self.append(changes.iter().map(intent).collect()).await
    }

    /// Writes what became of intents.
    pub async fn outcomes(
        &self,
        run: &Run,
        outcomes: &[(u64, Outcome, Option<String>)],
    ) -> Result<(), JournalError> {
        self.append(outcome_records(&run.record.run, outcomes)).await.map(drop)
    }

    /// Writes what became of intents that an interrupted run left open.
    pub async fn settle(&self, outcomes: &[(u64, Outcome, Option<String>)]) -> Result<(), JournalError> {
        let numbers: Vec<u64> = outcomes.iter().map(|(of, ..)| *of).collect();
        let detail = "changes of an interrupted run were settled by reading".to_owned();
        let crash = Record::Crash(Crash::settled(detail, numbers.clone()));
        let records = [crash].into_iter().chain(outcome_records("settled", outcomes)).collect();
        self.append(records).await?;
        Ok(())
    }

    /// How far the journal goes.
    #[must_use]
    pub fn head(&self) -> Head {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner).head()
    }

    /// Writing waits for the disk, so it happens beside the calls in flight, not among them.
    async fn append(&self, records: Vec<Record>) -> Result<Vec<u64>, JournalError> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let journal = Arc::clone(&self.journal);
        let write = move || {
            let mut journal = journal.lock().unwrap_or_else(PoisonError::into_inner);
            journal.append(Timestamp::now(), &records)
        };
        let stopped = |_| JournalError::Record("the process is stopping");
        tokio::task::spawn_blocking(write).await.map_err(stopped)?
    }
}

fn outcome_records(run: &str, outcomes: &[(u64, Outcome, Option<String>)]) -> Vec<Record> {
    let record = |(of, result, detail): &(u64, Outcome, Option<String>)| {
        Record::Outcome(OutcomeRecord {
            of: *of,
            run: run.to_owned(),
            result: *result,
            detail: detail.clone(),
        })
    };
    outcomes.iter().map(record).collect()
}

/// The moves that a change makes room for, or gives a place back of.
fn for_moves(part: &Part) -> Vec<MoveTo> {
    let of = |(user, group): &MoveKey| MoveTo { group_id: group.clone(), id: user.clone() };
    match part {
        Part::Alone | Part::Takes(_) => Vec::new(),
        Part::Frees(moves) => moves.iter().map(of).collect(),
        Part::GivesBack(back) => vec![of(back)],
    }
}

fn reason(roster: &Roster, because: &Because) -> Reason {
    let (file, line) = roster.locate(because.place);
    Reason {
        file,
        line,
        via: Arc::clone(&because.via),
        from: because.from,
        until: because.until,
        reason: because.reason.clone(),
    }
}
