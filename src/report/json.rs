//! A report for scripts: JSON, version 1. Keys, their order and their meaning are a contract.
//!
//! Values are what providers and rosters wrote, unmodified. Characters that a terminal would act on are
//! written as `\u` escapes, so that a parser reads the same and a person looking at it is safe.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use super::totals::Totals;
use super::undo;
use super::{Command, GroupReport, Outcome, ProviderOutcome, ProviderReport, Report, RosterProblem};
use crate::clean::is_hidden;
use crate::core::guard::{Held, Rule};
use crate::core::model::{GroupHandle, GroupId, PersonHandle, ProviderName, TeamHandle, UserId};
use crate::core::plan::{Action, Because, Cause, Change, GroupPlan, Problem, Why};
use crate::core::policy::ways::Free;
use crate::core::roster::Roster;

/// The version of the form; it grows when a key changes its meaning or goes away.
const VERSION: u32 = 1;

/// The report as JSON, indented, with a final newline.
///
/// # Errors
/// Never for the values of a report; serialising is fallible by its type.
pub fn render(report: &Report<'_>) -> serde_json::Result<String> {
    render_value(&document(report))
}

/// Any value as JSON that is safe to look at, indented, with a final newline.
///
/// # Errors
/// When the value cannot be written as JSON, such as a map whose keys are no strings.
pub fn render_value(value: &impl Serialize) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, Visible(PrettyFormatter::new())))?;
    bytes.push(b'\n');
    String::from_utf8(bytes).map_err(serde::ser::Error::custom)
}

/// Any value as one line of JSON that is safe to look at, with its newline.
///
/// # Errors
/// When the value cannot be written as JSON.
pub fn render_line(value: &impl Serialize) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, Visible(CompactFormatter)))?;
    bytes.push(b'\n');
    String::from_utf8(bytes).map_err(serde::ser::Error::custom)
}

/// The report as a value, for those who embed it.
#[must_use]
pub fn document<'r>(report: &'r Report<'_>) -> impl Serialize + use<'r> {
    let Roster { revision, people, teams, groups, .. } = report.roster;
    Document {
        version: VERSION,
        roster: RosterPart {
            revision,
            people: people.len(),
            teams: teams.len(),
            groups: groups.values().map(std::collections::BTreeMap::len).sum(),
            problem: report.problem.as_ref(),
        },
        trail: report.broken_trail.as_deref().map(|detail| TrailPart { whole: false, detail }),
        providers: report.providers.iter().map(|provider| provider_part(report, provider)).collect(),
        summary: summary(report),
        undo: report.undo.as_ref().map(|undo| undo::json(report, undo)),
    }
}

#[derive(Serialize)]
struct Document<'r> {
    version: u32,
    roster: RosterPart<'r>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trail: Option<TrailPart<'r>>,
    providers: Vec<ProviderPart<'r>>,
    summary: Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    undo: Option<undo::Part<'r>>,
}

/// The audit trail, when it is broken.
#[derive(Serialize)]
struct TrailPart<'r> {
    whole: bool,
    detail: &'r str,
}

#[derive(Serialize)]
struct RosterPart<'r> {
    revision: &'r str,
    people: usize,
    teams: usize,
    groups: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'r RosterProblem>,
}

#[derive(Serialize)]
struct ProviderPart<'r> {
    provider: &'r ProviderName,
    kind: &'r str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'r str>,
    #[serde(flatten)]
    suspended: Option<SuspendedPart<'r>>,
    digest: Option<&'r str>,
    held: Vec<HeldPart<'r>>,
    groups: Vec<GroupPart<'r>>,
}

#[derive(Serialize)]
struct SuspendedPart<'r> {
    until: Timestamp,
    reason: &'r str,
    by: &'r str,
    /// People who left and whose removals wait.
    leavers: BTreeSet<&'r PersonHandle>,
}

#[derive(Serialize)]
struct HeldPart<'r> {
    rule: Rule,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'r GroupHandle>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    set_at: Option<&'r str>,
}

#[derive(Serialize)]
struct GroupPart<'r> {
    group: &'r GroupHandle,
    id: Option<&'r GroupId>,
    name: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'r str>,
    /// The group that was asked for, where this one has only what belongs to moves between the two.
    #[serde(skip_serializing_if = "Option::is_none")]
    along_with: Option<&'r GroupHandle>,
    members_now: Option<usize>,
    members_after: Option<usize>,
    changes: Vec<ChangePart<'r>>,
    withheld: Vec<ChangePart<'r>>,
    problems: Vec<ProblemPart<'r>>,
}

#[derive(Serialize)]
struct ChangePart<'r> {
    action: Action,
    person: Option<&'r PersonHandle>,
    id: Option<&'r UserId>,
    cause: Cause,
    because: Vec<BecausePart<'r>>,
    /// Places that are left first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    leaves: Vec<LeavesPart<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<Why>,
    #[serde(flatten)]
    result: Option<ResultPart<'r>>,
}

#[derive(Serialize)]
struct ResultPart<'r> {
    result: Outcome,
    detail: Option<&'r str>,
}

#[derive(Serialize)]
struct LeavesPart<'r> {
    group: &'r GroupHandle,
    rule: Rule,
    set_at: &'r str,
}

#[derive(Serialize)]
struct BecausePart<'r> {
    file: Arc<str>,
    line: u32,
    via: &'r [TeamHandle],
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'r str>,
}

#[derive(Serialize)]
struct ProblemPart<'r> {
    code: &'r str,
    detail: &'r str,
}

#[derive(Serialize)]
struct Summary {
    add: usize,
    remove: usize,
    held: usize,
    withheld: usize,
    unchanged_groups: usize,
    reads: u64,
    writes: u64,
    /// Providers that could not be read, and groups that could not within the others.
    unreadable: usize,
    #[serde(flatten)]
    results: Option<Results>,
}

#[derive(Serialize)]
struct Results {
    applied: usize,
    failed: usize,
    unknown: usize,
}

fn summary(report: &Report<'_>) -> Summary {
    let totals = Totals::of(report);
    Summary {
        add: totals.add,
        remove: totals.remove,
        held: totals.held,
        withheld: totals.withheld,
        unchanged_groups: totals.unchanged_groups,
        reads: totals.reads,
        writes: totals.writes,
        unreadable: totals.unreadable,
        results: (report.command == Command::Apply).then_some(Results {
            applied: totals.added + totals.removed,
            failed: totals.failed,
            unknown: totals.unknown,
        }),
    }
}

fn provider_part<'r>(report: &'r Report<'_>, provider: &'r ProviderReport) -> ProviderPart<'r> {
    let (outcome, error, suspended) = match &provider.outcome {
        ProviderOutcome::Planned => ("planned", None, None),
        ProviderOutcome::Unreadable { error } => ("unreadable", Some(error.as_str()), None),
        ProviderOutcome::Suspended { until, reason, by } => {
            let leavers = provider.waiting_leavers();
            ("suspended", None, Some(SuspendedPart { until: *until, reason, by, leavers }))
        }
    };
    ProviderPart {
        provider: &provider.provider,
        kind: provider.kind,
        outcome,
        error,
        suspended,
        digest: provider.digest.as_deref(),
        held: provider.held.iter().map(held_part).collect(),
        groups: provider.groups.iter().map(|group| group_part(report, provider, group)).collect(),
    }
}

fn held_part(held: &Held) -> HeldPart<'_> {
    let Held { rule, group, limit, found, set_at } = held;
    HeldPart {
        rule: *rule,
        group: group.as_ref(),
        limit: limit.as_deref(),
        found: found.as_deref(),
        set_at: set_at.as_deref(),
    }
}

fn group_part<'r>(
    report: &'r Report<'_>,
    provider: &'r ProviderReport,
    group: &'r GroupReport,
) -> GroupPart<'r> {
    let plan = &group.plan;
    let is_read = !provider.is_unread(group);
    let changes = plan.changes.iter().enumerate().map(|(index, change)| {
        let result = (report.command == Command::Apply).then(|| {
            let (result, detail) = group.result(index);
            ResultPart { result, detail }
        });
        change_part(report, plan, change, None, result)
    });
    let withheld = plan.withheld.iter().map(|withheld| {
        let was_held = report.command == Command::Apply && withheld.why == Why::Held;
        let result = was_held.then_some(ResultPart { result: Outcome::Held, detail: None });
        change_part(report, plan, &withheld.change, Some(withheld.why), result)
    });
    GroupPart {
        group: &plan.group,
        id: plan.id.as_ref(),
        name: plan.name.as_deref(),
        outcome: (!is_read).then_some("unreadable"),
        error: plan.unreadable.as_deref(),
        along_with: plan.along_with.as_ref(),
        members_now: is_read.then_some(plan.members_now),
        members_after: is_read.then(|| group.members_after()),
        changes: changes.collect(),
        withheld: withheld.collect(),
        problems: plan.problems.iter().map(|Problem { code, detail }| ProblemPart { code, detail }).collect(),
    }
}

fn change_part<'r>(
    report: &'r Report<'_>,
    plan: &'r GroupPlan,
    change: &'r Change,
    why: Option<Why>,
    result: Option<ResultPart<'r>>,
) -> ChangePart<'r> {
    let Change { action, person, id, cause, because } = change;
    let leaves = plan.frees(change).iter().map(|Free { group, rule, set_at, .. }| LeavesPart {
        group,
        rule: rule.into(),
        set_at,
    });
    ChangePart {
        action: *action,
        person: person.as_ref(),
        id: id.as_ref(),
        cause: *cause,
        because: because.iter().map(|because| because_part(report.roster, because)).collect(),
        leaves: leaves.collect(),
        why,
        result,
    }
}

fn because_part<'r>(roster: &Roster, because: &'r Because) -> BecausePart<'r> {
    let Because { place, via, from, until, reason } = because;
    let (file, line) = roster.locate(*place);
    BecausePart { file, line, via, from: *from, until: *until, reason: reason.as_deref() }
}

/// Lays out as another does, and writes invisible characters as escapes.
struct Visible<F>(F);

impl<F: Formatter> Formatter for Visible<F> {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, text: &str) -> io::Result<()> {
        let mut rest = text;
        while let Some((at, character)) = rest.char_indices().find(|(_, character)| is_hidden(*character)) {
            writer.write_all(&rest.as_bytes()[..at])?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[at + character.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}
