//! What the formats for people show, in their order and words, before it is laid out.

use std::borrow::Cow;

use super::totals::Totals;
use super::words::{self, count};
use super::{Command, GroupReport, Outcome, ProviderOutcome, ProviderReport, Report};
use crate::clean::{clean, clean_message, shell};
use crate::core::guard::Held;
use crate::core::model::GroupHandle;
use crate::core::plan::{Action, Change, GroupPlan, Why};

/// More groups than this are counted, not named, where one approval covers them.
const NAMED_GROUPS: usize = 5;

/// What is shown of a provider. Groups with nothing to say are left out.
pub(super) struct ProviderView {
    /// Its name.
    pub name: String,
    /// What concerns all of it.
    pub notices: Vec<Alarm>,
    /// Its groups.
    pub groups: Vec<GroupView>,
    /// How the held changes are let through, where no group shows it.
    pub approve: Option<Approve>,
}

/// How held changes are let through.
pub(super) struct Approve {
    /// The groups that an approval covers, where they are several: `buyers, payers and sellers`, `these 12 groups`.
    pub held_in: Option<String>,
    /// The command.
    pub command: String,
}

/// Something that stops changes: a word that stands out, and what it means here.
pub(super) struct Alarm {
    /// `HELD`.
    pub word: &'static str,
    /// What is held.
    pub text: String,
}

/// What is shown of a group.
pub(super) struct GroupView {
    /// The provider's name for it, when it has one.
    pub name: Option<String>,
    /// The roster's name for it.
    pub handle: String,
    /// How many members it has and how many change; empty when none does.
    pub numbers: String,
    /// What stops changes.
    pub alarms: Vec<Alarm>,
    /// Its changes, sent or not.
    pub rows: Vec<Row>,
    /// What a person should look at.
    pub problems: Vec<String>,
    /// How its held changes are let through; where the same approval covers those of several groups, in the last.
    pub approve: Option<Approve>,
}

/// One change.
pub(super) struct Row {
    /// What became of it, after an apply.
    pub result: Option<Outcome>,
    /// Make or end.
    pub action: Action,
    /// Whom it concerns.
    pub who: String,
    /// Why it is necessary.
    pub why: String,
    /// Why it was not sent, or how it failed.
    pub note: Option<String>,
}

/// The command that speaks.
pub(super) fn command(report: &Report<'_>) -> &'static str {
    match (&report.undo, report.command) {
        (Some(_), _) => "undo",
        (None, Command::Plan) => "plan",
        (None, Command::Apply) => "apply",
    }
}

/// `3 providers, 14 groups, 412 memberships`.
pub(super) fn extent(report: &Report<'_>, totals: &Totals) -> String {
    let providers = count(report.providers.len(), "provider");
    format!("{providers}, {}, {}", count(totals.groups, "group"), count(totals.memberships, "membership"))
}

/// What concerns all of it: the audit trail is broken, an older roster was planned for.
pub(super) fn problems(report: &Report<'_>) -> impl Iterator<Item = Alarm> {
    let alarm = |word, text: &String| Alarm { word, text: clean_message(text).into_owned() };
    let broken = report.broken_trail.iter().map(move |text| alarm("BROKEN", text));
    broken.chain(report.problem.iter().map(move |problem| alarm("NOT THE HEAD", &problem.detail)))
}

/// The last line: all changes and calls in numbers.
pub(super) fn summary(report: &Report<'_>, totals: &Totals) -> String {
    if totals.all_unchanged() && is_quiet(report) {
        if report.undo.is_some() {
            return "Nothing to undo.".to_owned();
        }
        let be = if totals.groups == 1 { "is" } else { "are" };
        return format!("Nothing to do: {} {be} as the roster says.", count(totals.groups, "group"));
    }
    let changes = match report.command {
        Command::Plan => format!("{} to add, {} to remove", totals.add, totals.remove),
        Command::Apply => {
            let Totals { added, removed, failed, unknown, .. } = totals;
            format!("{added} added, {removed} removed, {failed} failed, {unknown} unknown")
        }
    };
    let Totals { held, withheld, unreadable, .. } = totals;
    let unchanged = count(totals.unchanged_groups, "group");
    let unreadable = if *unreadable == 0 { String::new() } else { format!(", {unreadable} unreadable") };
    let calls = format!("{}, {}", count(totals.reads, "read"), count(totals.writes, "write"));
    format!("{changes}, {held} held, {withheld} withheld, {unchanged} unchanged{unreadable}; {calls}")
}

/// The providers that have something to say.
pub(super) fn providers(report: &Report<'_>) -> Vec<ProviderView> {
    let views = report.providers.iter().map(|provider| provider_view(report, provider));
    views
        .filter(|view| !view.notices.is_empty() || !view.groups.is_empty() || view.approve.is_some())
        .collect()
}

/// No provider has anything to say that is no matter of a single group.
fn is_quiet(report: &Report<'_>) -> bool {
    report
        .providers
        .iter()
        .all(|provider| provider.outcome == ProviderOutcome::Planned && provider.held.is_empty())
}

fn provider_view(report: &Report<'_>, provider: &ProviderReport) -> ProviderView {
    let shown =
        provider.groups.iter().filter_map(|group| Some((group, group_view(report, provider, group)?)));
    let (reports, mut groups): (Vec<_>, Vec<_>) = shown.unzip();
    let covered = |group: &GroupReport| is_covered(provider, group);
    let mut approve = approve(report, provider).map(|command| {
        let held =
            reports.iter().filter(|group| covered(group)).map(|group| clean(group.plan.group.as_str()));
        Approve { held_in: several(&held.collect::<Vec<_>>()), command }
    });
    if let Some(last) = reports.iter().rposition(|group| covered(group)) {
        groups[last].approve = approve.take();
    }
    let (name, notices) = (clean(provider.provider.as_str()).into_owned(), notices(report, provider));
    ProviderView { name, notices, groups, approve }
}

/// Whether an approval lets changes of this group through.
fn is_covered(provider: &ProviderReport, group: &GroupReport) -> bool {
    let concerns = |held: &&Held| held.group.as_ref().is_none_or(|name| *name == group.plan.group);
    let mut rules = provider.held.iter().filter(concerns);
    group.plan.withheld.iter().any(|it| it.why == Why::Held) && rules.any(|held| held.rule.is_approvable())
}

/// Several groups in words; none where there are not.
fn several(groups: &[Cow<'_, str>]) -> Option<String> {
    match groups {
        [] | [_] => None,
        [most @ .., last] if most.len() < NAMED_GROUPS => Some(format!("{} and {last}", most.join(", "))),
        all => Some(format!("these {} groups", all.len())),
    }
}

/// No command is offered where none would help: no approval lets a protected person go.
fn approve(report: &Report<'_>, provider: &ProviderReport) -> Option<String> {
    let none_helps = provider.held.iter().all(|held| !held.rule.is_approvable());
    let digest = provider.digest.as_deref().filter(|_| !none_helps || provider.held.is_empty())?;
    let digest: String = digest.chars().take(12).collect();
    let digest = shell(&digest);
    if let Some(undo) = &report.undo {
        return Some(format!("rosterd undo {} --approve {digest} --reason \"…\"", undo.names()));
    }
    Some(format!("rosterd approve {digest} --reason \"…\""))
}

fn notices(report: &Report<'_>, provider: &ProviderReport) -> Vec<Alarm> {
    let waiting = |why: Why| {
        let withheld = provider.groups.iter().flat_map(|group| &group.plan.withheld);
        withheld.filter(|withheld| withheld.why == why).count()
    };
    let mut notices = Vec::new();
    match &provider.outcome {
        ProviderOutcome::Planned => {}
        ProviderOutcome::Unreadable { error } => notices.push(unreadable(error)),
        ProviderOutcome::Suspended { until, reason, by } => {
            let until = words::minute(report, *until);
            let leavers: Vec<_> =
                provider.waiting_leavers().into_iter().map(|person| clean(person.as_str())).collect();
            let leavers = match leavers.as_slice() {
                [] => String::new(),
                some => format!("; people who left and still have access: {}", some.join(", ")),
            };
            let text = format!(
                "nothing is changed here until {until} ({}, {}); waiting: {}{leavers}",
                clean(by),
                clean(reason),
                count(waiting(Why::Suspended), "change")
            );
            notices.push(Alarm { word: "SUSPENDED", text });
        }
    }
    let observed = waiting(Why::Observe);
    if observed > 0 {
        let text = format!("nothing is changed here; reported only: {}", count(observed, "change"));
        notices.push(Alarm { word: "OBSERVED", text });
    }
    for held in &provider.held {
        let has_group =
            |handle: &GroupHandle| provider.groups.iter().any(|group| group.plan.group == *handle);
        let text = match &held.group {
            None => words::rule(held),
            Some(handle) if has_group(handle) => continue,
            Some(handle) => format!("{}: {}", clean(handle.as_str()), words::rule(held)),
        };
        notices.push(Alarm { word: "HELD", text });
    }
    notices
}

fn unreadable(error: &str) -> Alarm {
    Alarm { word: "UNREADABLE", text: format!("{}; left alone", clean_message(error)) }
}

fn group_view(report: &Report<'_>, provider: &ProviderReport, group: &GroupReport) -> Option<GroupView> {
    let plan = &group.plan;
    let mut alarms = Vec::new();
    if let Some(error) = &plan.unreadable {
        alarms.push(unreadable(error));
    }
    let rules = provider.held.iter().filter(|held| held.group.as_ref() == Some(&plan.group));
    alarms.extend(rules.map(|held| Alarm { word: "HELD", text: words::rule(held) }));
    let view = GroupView {
        name: plan
            .name
            .as_deref()
            .filter(|name| !name.trim().is_empty())
            .map(|name| clean(name).into_owned()),
        handle: clean(plan.group.as_str()).into_owned(),
        numbers: numbers(plan, alarms.is_empty()),
        alarms,
        rows: rows(report, group),
        problems: plan.problems.iter().map(|problem| clean_message(&problem.detail).into_owned()).collect(),
        approve: None,
    };
    let says_something = !view.rows.is_empty() || !view.problems.is_empty() || !view.alarms.is_empty();
    says_something.then_some(view)
}

/// Why a group is there that was not asked for.
fn along(plan: &GroupPlan) -> Option<String> {
    let named = clean(plan.along_with.as_ref()?.as_str());
    Some(format!("taken along: people move between here and {named}"))
}

/// `13 members, +2 −1`, then what waits. `say_held`: no rule of this group says so already.
fn numbers(plan: &GroupPlan, say_held: bool) -> String {
    let waiting = |why: Why| {
        let mut withheld = plan.withheld.iter().filter(move |withheld| withheld.why == why).peekable();
        let some = withheld.peek().is_some();
        some.then(|| words::delta(withheld.map(|withheld| &withheld.change)))
    };
    let mut parts = Vec::new();
    if !plan.changes.is_empty() {
        parts.push(words::delta(plan.changes.iter()));
    }
    for (why, word) in
        [(Why::UnidentifiedPerson, "withheld"), (Why::Suspended, "suspended"), (Why::Observe, "observed")]
    {
        parts.extend(waiting(why).map(|delta| format!("{delta} {word}")));
    }
    if say_held {
        parts.extend(waiting(Why::Held).map(|delta| format!("{delta} HELD")));
    }
    let numbers =
        (!parts.is_empty()).then(|| format!("{}, {}", count(plan.members_now, "member"), parts.join(", ")));
    numbers.into_iter().chain(along(plan)).collect::<Vec<_>>().join("; ")
}

fn rows(report: &Report<'_>, group: &GroupReport) -> Vec<Row> {
    let plan = &group.plan;
    let row = |change: &Change, result, note| Row {
        result,
        action: change.action,
        who: words::who(change),
        why: words::and_leaves(words::why(report, plan, change), plan.frees(change)),
        note,
    };
    let sent = plan.changes.iter().enumerate().map(|(index, change)| match report.command {
        Command::Plan => row(change, None, None),
        Command::Apply => {
            let (outcome, detail) = group.result(index);
            row(change, Some(outcome), result_note(outcome, detail))
        }
    });
    // Where everything waits for the same reason, the heading says so once.
    let is_mixed = !plan.changes.is_empty();
    let withheld = plan.withheld.iter().map(|withheld| {
        let note = withheld_note(&withheld.change, withheld.why, is_mixed);
        row(&withheld.change, None, note.map(str::to_owned))
    });
    sent.chain(withheld).collect()
}

fn result_note(outcome: Outcome, detail: Option<&str>) -> Option<String> {
    let word = match outcome {
        Outcome::Applied => return None,
        Outcome::Failed => "failed",
        Outcome::Held => "held",
        Outcome::Unknown => "unknown",
    };
    Some(match detail {
        Some(detail) => format!("{word}: {}", clean_message(detail)),
        None => word.to_owned(),
    })
}

fn withheld_note(change: &Change, why: Why, is_mixed: bool) -> Option<&'static str> {
    match why {
        Why::UnidentifiedPerson if change.id.is_none() => Some("withheld: cannot be identified"),
        Why::UnidentifiedPerson => Some("withheld: may be someone who cannot be identified"),
        Why::Held => is_mixed.then_some("held"),
        Why::Suspended => is_mixed.then_some("suspended"),
        Why::Observe => is_mixed.then_some("observed"),
    }
}
