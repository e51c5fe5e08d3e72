//! The sentences of a report: who, why, and which rule. All foreign text in them is clean.

use jiff::Timestamp;
use jiff::civil::Date;

use super::Report;
use crate::clean::{clean, clean_message};
use crate::core::guard::{Held, Rule};
use crate::core::plan::{Action, Because, Cause, Change, GroupPlan};
use crate::core::policy::ways::Free;
use crate::core::roster::PersonId;

/// The minus sign of removals: as wide as a plus, and no hyphen.
pub(super) const MINUS: char = '−';

/// `1 group`, `2 groups`.
pub fn count(number: impl TryInto<u64>, singular: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    if number == 1 { format!("1 {singular}") } else { format!("{number} {singular}s") }
}

/// `+2 −1`, leaving out what is none.
pub(super) fn delta<'c>(changes: impl Iterator<Item = &'c Change>) -> String {
    let (mut add, mut remove) = (0_usize, 0_usize);
    for change in changes {
        match change.action {
            Action::Add => add += 1,
            Action::Remove => remove += 1,
        }
    }
    match (add, remove) {
        (add, 0) => format!("+{add}"),
        (0, remove) => format!("{MINUS}{remove}"),
        (add, remove) => format!("+{add} {MINUS}{remove}"),
    }
}

/// The revision as people compare it: seven characters.
pub(super) fn revision(revision: &str) -> String {
    let revision = clean(revision);
    revision.strip_prefix("sha256:").unwrap_or(&revision).chars().take(7).collect()
}

/// Whom a change concerns: a handle, else the provider's id.
pub(super) fn who(change: &Change) -> String {
    match (&change.person, &change.id) {
        (Some(person), _) => clean(person.as_str()).into_owned(),
        (None, Some(id)) => format!("u:{}", clean(id.as_str())),
        (None, None) => "?".to_owned(),
    }
}

/// Why a change is necessary; empty when there is nothing to say.
pub(super) fn why(report: &Report<'_>, plan: &GroupPlan, change: &Change) -> String {
    if report.undo.is_some() {
        return undone(report, change);
    }
    let last_applied = plan.last_applied;
    match change.action {
        Action::Add => {
            let reasons = reasons(report, &change.because);
            let cause = cause_of_addition(report, change, last_applied);
            [reasons, cause].into_iter().flatten().collect::<Vec<_>>().join("; ")
        }
        Action::Remove if change.cause == Cause::Roster && is_named(report, plan, change) => {
            "roster: named under another id now".to_owned()
        }
        Action::Remove => cause_of_removal(report, change, last_applied),
    }
}

/// Whether the group should have the person whose id is removed, under another one: to be added, or there already.
fn is_named(report: &Report<'_>, plan: &GroupPlan, change: &Change) -> bool {
    let Some(person) = &change.person else { return false };
    let mut ids = report.roster.people.get(person).into_iter().flat_map(|person| person.ids.values());
    let is_there = |id: &PersonId| matches!(id, PersonId::Id(id) if plan.standing.contains(id));
    let withheld = plan.withheld.iter().map(|withheld| &withheld.change);
    let mut all = plan.changes.iter().chain(withheld);
    all.any(|it| it.action == Action::Add && it.person.as_ref() == Some(person)) || ids.any(is_there)
}

/// The reason of an addition, and which places are left for it first.
pub(super) fn and_leaves(why: String, frees: &[Free]) -> String {
    let Some(Free { set_at, .. }) = frees.first() else { return why };
    let groups: Vec<String> = frees.iter().map(|free| clean(free.group.as_str()).into_owned()).collect();
    format!("{why}; leaves {} first ({})", groups.join(" and "), clean_message(set_at))
}

/// Which run is undone, and where the roster says otherwise.
fn undone(report: &Report<'_>, change: &Change) -> String {
    let Some(because) = change.because.first() else { return String::new() };
    let run = because.reason.as_deref().map(clean);
    with_place(run.unwrap_or_default().into_owned(), Some(path(report, because)))
}

/// What a rule found, what it allows and where that is set.
pub(super) fn rule(held: &Held) -> String {
    let found = held.found.as_deref().map(clean);
    let with = |what: &str| match &found {
        Some(found) => format!("{what}: {found}"),
        None => what.to_owned(),
    };
    let mut text = match held.rule {
        Rule::Protected => with("protected people are never removed, and no approval changes that"),
        Rule::NameMoved => with("its name means another group than the last time, so additions wait too"),
        Rule::Fight => with("adds nobody whom someone else goes on removing"),
        Rule::Shrunken => with("removals wait, members are gone whom rosterd did not remove"),
        Rule::Adopt => with("removes members that were there before rosterd managed this group"),
        Rule::LastMember => with("removes the last member, and the group has no allow_empty = true"),
        Rule::MaxRemovalPercent => {
            format!("removes {} members", found.as_deref().unwrap_or("too many"))
        }
        Rule::MaxRemovals => with("more removals than allowed"),
        Rule::MaxLeavers => with("more people leave than allowed"),
        Rule::MustContain => with("would be left without members that it must contain"),
        Rule::MinMembers => with("would be left with too few members"),
        Rule::MaxMembers => with("additions wait, there would be too many members"),
        Rule::Exclusive => with("waits, a person is in one group of a label at a time"),
        Rule::Separation => with("waits, nobody may be in two separated groups"),
    };
    if let Some(limit) = &held.limit {
        text.push_str(", limit ");
        text.push_str(&clean(limit));
    }
    if let Some(set_at) = &held.set_at {
        text.push_str(" (");
        text.push_str(&clean(set_at));
        text.push(')');
    }
    text
}

fn cause_of_addition(
    report: &Report<'_>,
    change: &Change,
    last_applied: Option<Timestamp>,
) -> Option<String> {
    match change.cause {
        Cause::Roster | Cause::First => None,
        Cause::Drift => Some(format!("drift: removed outside rosterd{}", after(report, last_applied))),
        Cause::Date => Some(match started(report, change) {
            Some(from) => format!("date: from {from}"),
            None => "date: a bound passed".to_owned(),
        }),
        Cause::Leaver => Some("leaver".to_owned()),
    }
}

fn cause_of_removal(report: &Report<'_>, change: &Change, last_applied: Option<Timestamp>) -> String {
    let cause = match change.cause {
        Cause::Roster if change.because.is_empty() => "roster: no longer named".to_owned(),
        Cause::Roster => "roster: excepted".to_owned(),
        Cause::First => "first: member before rosterd managed this group".to_owned(),
        Cause::Drift => format!("drift: added outside rosterd{}", after(report, last_applied)),
        Cause::Date => return passed(report, change),
        Cause::Leaver => {
            return with_place(left(report, change), change.because.first().map(|it| path(report, it)));
        }
    };
    with_place(cause, reasons(report, &change.because))
}

/// Which bound ended a membership, and where that bound is written.
fn passed(report: &Report<'_>, change: &Change) -> String {
    let today = today(report);
    let ends = change.because.iter().filter_map(|because| Some((because.until?, because)));
    let ended = ends.filter(|(until, _)| *until < today).max_by_key(|(until, _)| *until);
    match (ended, started(report, change)) {
        (Some((until, because)), _) => {
            with_place(format!("date: until {until} passed"), Some(path(report, because)))
        }
        (None, Some(from)) => with_place(format!("date: from {from}"), reasons(report, &change.because)),
        (None, None) => with_place("date: a bound passed".to_owned(), reasons(report, &change.because)),
    }
}

fn with_place(cause: String, place: Option<String>) -> String {
    match place {
        Some(place) => format!("{cause}; see {place}"),
        None => cause,
    }
}

fn left(report: &Report<'_>, change: &Change) -> String {
    let person = change.person.as_ref();
    let until = person.and_then(|handle| report.roster.people.get(handle)).and_then(|person| person.until);
    match (person, until) {
        (Some(handle), Some(day)) => format!("leaver: {} left; last day {day}", clean(handle.as_str())),
        _ => "leaver: no longer in the roster".to_owned(),
    }
}

/// The latest first day that has come.
fn started(report: &Report<'_>, change: &Change) -> Option<Date> {
    let today = today(report);
    change.because.iter().filter_map(|because| because.from).filter(|from| *from <= today).max()
}

fn today(report: &Report<'_>) -> Date {
    report.now.to_zoned(report.timezone.clone()).date()
}

fn after(report: &Report<'_>, last_applied: Option<Timestamp>) -> String {
    last_applied.map_or_else(String::new, |at| format!(" after {}", minute(report, at)))
}

/// A time to the minute, where the report is read.
pub(super) fn minute(report: &Report<'_>, at: Timestamp) -> String {
    let at = at.to_zoned(report.timezone.clone());
    format!("{} {:02}:{:02}", at.date(), at.hour(), at.minute())
}

/// The first reason, and how many more there are.
fn reasons(report: &Report<'_>, because: &[Because]) -> Option<String> {
    match because {
        [] => None,
        [only] => Some(reason(report, only)),
        [first, more @ ..] => Some(format!("{} (and {} more)", reason(report, first), more.len())),
    }
}

fn reason(report: &Report<'_>, because: &Because) -> String {
    let mut parts = vec![path(report, because)];
    parts.extend(because.from.map(|from| format!("from {from}")));
    parts.extend(because.until.map(|until| format!("until {until}")));
    let text = parts.join(" ");
    match &because.reason {
        Some(reason) => format!("{text}, {}", clean(reason)),
        None => text,
    }
}

/// Where a reason is written, and through which teams it reaches the group.
pub(super) fn path(report: &Report<'_>, because: &Because) -> String {
    let place = report.roster.show(because.place);
    let place = clean_message(&place);
    if because.via.is_empty() {
        return place.into_owned();
    }
    let teams: Vec<String> = because.via.iter().map(|team| format!("@{}", clean(team.as_str()))).collect();
    format!("{place} via {}", teams.join(" > "))
}
