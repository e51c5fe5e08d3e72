//! What an undo says beside its plan: which runs, what is left out, how long it lasts, and what makes it last.

use jiff::Timestamp;
use serde::Serialize;

use super::words::{self, MINUS};
use super::{Command, Report};
use crate::clean::{clean, clean_message, shell};
use crate::core::model::{GroupHandle, PersonHandle, ProviderName, UserId};
use crate::core::plan::Action;
use crate::core::run_id;
use crate::core::undo::edits::{Edit, What};
use crate::core::undo::{LeftOut, WhyLeftOut};

/// What stands above the changes that are left out.
pub(super) const LEFT_OUT: &str = "Left out:";

/// What an undo says beside its plan.
#[derive(Debug, Clone, Default)]
pub struct UndoReport {
    /// The runs that are undone.
    pub runs: Vec<UndoneRun>,
    /// What is left out, with its provider.
    pub left_out: Vec<(ProviderName, LeftOut)>,
    /// What the roster must say for the changes to last.
    pub edits: Vec<(ProviderName, Edit)>,
    /// The providers that are suspended, and until when; none before that is known.
    pub suspended: Vec<(ProviderName, Option<Timestamp>)>,
}

/// A run that is undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoneRun {
    /// Its id.
    pub run: String,
    /// Where it was.
    pub provider: ProviderName,
    /// When it began.
    pub at: Timestamp,
}

impl UndoReport {
    /// The runs as they are typed.
    pub(super) fn names(&self) -> String {
        let names = self.runs.iter().map(|run| shell(run_id::short(&run.run)));
        names.collect::<Vec<_>>().join(" ")
    }
}

/// The runs that are undone, a line each.
pub(super) fn runs(report: &Report<'_>) -> Vec<String> {
    let runs = report.undo.iter().flat_map(|undo| &undo.runs);
    let line = |run: &UndoneRun| {
        let (id, provider) = (clean(run_id::short(&run.run)), clean(run.provider.as_str()));
        format!("run {id} at {provider}, {}", words::minute(report, run.at))
    };
    runs.map(line).collect()
}

/// What is left out, a line each.
pub(super) fn left_out(report: &Report<'_>) -> Vec<String> {
    let left_out = report.undo.iter().flat_map(|undo| &undo.left_out);
    let line = |(provider, it): &(ProviderName, LeftOut)| {
        let sign = match it.action {
            Action::Add => '+',
            Action::Remove => MINUS,
        };
        let (place, who) = (path(provider, &it.group), who(it.person.as_ref(), &it.id));
        format!("{place}   {sign} {who}   {}", clean_message(&it.detail))
    };
    left_out.map(line).collect()
}

/// How long it lasts, and what makes it last.
pub(super) fn after(report: &Report<'_>) -> Vec<String> {
    let Some(undo) = &report.undo else { return Vec::new() };
    let suspended = undo.suspended.iter().map(|(provider, until)| {
        let (provider, word) = (clean(provider.as_str()), shell(provider.as_str()));
        match (report.command, until) {
            (Command::Apply, Some(until)) => format!(
                "{provider} is suspended until {}, so that no apply does it again; `rosterd resume {word}` ends that.",
                words::minute(report, *until)
            ),
            _ => format!(
                "Before the first change, {provider} is suspended for 4 h, so that no apply does it again."
            ),
        }
    });
    let mut lines: Vec<String> = suspended.collect();
    if !undo.edits.is_empty() {
        lines.push("To make it last, edit the roster:".to_owned());
        let edits = undo.edits.iter();
        lines.extend(edits.map(|(provider, edit)| {
            let place = report.roster.show(edit.place);
            format!("  {}   {}", clean_message(&place), words_of(report, provider, edit))
        }));
    }
    lines
}

fn words_of(report: &Report<'_>, provider: &ProviderName, edit: &Edit) -> String {
    let group = path(provider, &edit.group);
    let is_list = !report.roster.locate(edit.place).0.ends_with(".toml");
    let known = edit.person.as_ref().filter(|person| report.roster.people.contains_key(*person));
    let who = match (known, is_list) {
        (Some(person), false) => format!("\"{}\"", clean(person.as_str())),
        (Some(person), true) => clean(person.as_str()).into_owned(),
        (None, false) => format!("{{ id = \"{}\" }}", clean(edit.id.as_str())),
        (None, true) => format!("id:{}", clean(edit.id.as_str())),
    };
    let named_at = edit.named_at.as_ref().map(|because| words::path(report, because));
    match (edit.what, named_at) {
        (What::AddToMembers, _) => format!("add {who} to the `members` of {group}"),
        (What::RemoveFromMembers, _) => format!("take {who} out of the members of {group}"),
        (What::AddToExcept, at) => {
            let at = at.map_or_else(String::new, |at| format!(" (a member by {at})"));
            format!("add {who} to the `except` of {group}{at}")
        }
        (What::RemoveFromExcept, None) => format!("take {who} out of the `except` of {group}"),
        (What::RemoveFromExcept, Some(at)) => {
            format!("see to it that the `except` of {group} does not name {who} ({at})")
        }
        (What::ChangeBounds, _) => format!("let `from` and `until` of {who} in {group} include today"),
    }
}

fn path(provider: &ProviderName, group: &GroupHandle) -> String {
    format!("{}/{}", clean(provider.as_str()), clean(group.as_str()))
}

fn who(person: Option<&PersonHandle>, id: &UserId) -> String {
    match person {
        Some(person) => clean(person.as_str()).into_owned(),
        None => format!("u:{}", clean(id.as_str())),
    }
}

/// What an undo says beside its plan, for scripts.
#[derive(Serialize)]
pub(super) struct Part<'r> {
    runs: Vec<RunPart<'r>>,
    left_out: Vec<LeftOutPart<'r>>,
    suspended: Vec<SuspendedPart<'r>>,
    edits: Vec<EditPart<'r>>,
}

#[derive(Serialize)]
struct RunPart<'r> {
    run: &'r str,
    provider: &'r ProviderName,
    at: Timestamp,
}

#[derive(Serialize)]
struct LeftOutPart<'r> {
    provider: &'r ProviderName,
    group: &'r GroupHandle,
    action: Action,
    person: Option<&'r PersonHandle>,
    id: &'r UserId,
    why: WhyLeftOut,
    detail: &'r str,
}

#[derive(Serialize)]
struct SuspendedPart<'r> {
    provider: &'r ProviderName,
    /// None before anything was sent.
    until: Option<Timestamp>,
}

#[derive(Serialize)]
struct EditPart<'r> {
    provider: &'r ProviderName,
    group: &'r GroupHandle,
    person: Option<&'r PersonHandle>,
    id: &'r UserId,
    edit: What,
    file: std::sync::Arc<str>,
    line: u32,
}

pub(super) fn json<'r>(report: &'r Report<'_>, undo: &'r UndoReport) -> Part<'r> {
    let UndoReport { runs, left_out, edits, suspended } = undo;
    let run = |UndoneRun { run, provider, at }: &'r UndoneRun| RunPart { run, provider, at: *at };
    let left_out = left_out.iter().map(|(provider, it)| {
        let LeftOut { group, action, person, id, why, detail } = it;
        LeftOutPart { provider, group, action: *action, person: person.as_ref(), id, why: *why, detail }
    });
    let edits = edits.iter().map(|(provider, edit)| {
        let (file, line) = report.roster.locate(edit.place);
        let Edit { group, person, id, what, .. } = edit;
        EditPart { provider, group, person: person.as_ref(), id, edit: *what, file, line }
    });
    let suspended = suspended.iter().map(|(provider, until)| SuspendedPart { provider, until: *until });
    Part {
        runs: runs.iter().map(run).collect(),
        left_out: left_out.collect(),
        suspended: suspended.collect(),
        edits: edits.collect(),
    }
}
