//! What is going on, for people. Pure; what comes from elsewhere is made harmless.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use jiff::{SpanRound, Timestamp, Unit};

use super::{Daemon, Document, LastRun, Provider, Roster, Situation};
use crate::clean::{clean, clean_lines, clean_message, shell};
use crate::core::model::ProviderName;

/// Writes `rosterd status`.
#[must_use]
pub fn render(situation: &Situation, zone: &TimeZone, now: Timestamp) -> String {
    let mut text = format!(
        "rosterd status   {}   {}\n",
        daemon(situation.daemon.as_ref(), now),
        roster(&situation.roster)
    );
    let matter = "the configuration that was found last does not check";
    document(&mut text, matter, &situation.configuration, &situation.roster, zone);
    let matter = situation.roster.matter().unwrap_or("the roster that was found last does not check");
    document(&mut text, matter, &situation.roster.document, &situation.roster, zone);
    git(&mut text, &situation.roster, now);
    if let Some(listener) = &situation.listener {
        let _ = writeln!(text, "! {}", clean_message(listener));
    }
    for silent in situation.silent() {
        let _ = writeln!(text, "! {}", clean_message(&silent));
    }
    for (name, of) in &situation.providers {
        provider(&mut text, name, of, zone, now);
    }
    text
}

/// How long ago, to the second.
#[must_use]
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    let round = SpanRound::new().smallest(Unit::Second).largest(Unit::Hour);
    let span = now.since(at.min(now)).and_then(|span| span.round(round));
    span.map_or_else(|_| at.to_string(), |span| format!("{span:#} ago"))
}

fn daemon(daemon: Option<&Daemon>, now: Timestamp) -> String {
    match daemon {
        Some(Daemon { version, pid, started_at, dry_run }) => {
            let dry = if *dry_run { ", dry run" } else { "" };
            format!("daemon {version}, process {pid}, started {}{dry}", ago(*started_at, now))
        }
        None => "no daemon".to_owned(),
    }
}

fn roster(roster: &Roster) -> String {
    match &roster.revision {
        Some(revision) => format!("roster {}", clean(revision.get(..7).unwrap_or(revision))),
        None => "no roster in force".to_owned(),
    }
}

fn document(text: &mut String, matter: &str, document: &Document, roster: &Roster, zone: &TimeZone) {
    let problem = document.whole.as_ref().or(document.problem.as_ref());
    let Some(problem) = problem.filter(|_| !document.valid) else { return };
    let since = document.since.map(|since| format!(", since {}", minute(since, zone))).unwrap_or_default();
    let instead = match roster.revision {
        Some(_) => "; what was good before stays in force",
        None => "",
    };
    let _ = writeln!(text, "! {matter}{instead}{since}:");
    for line in clean_lines(problem) {
        let _ = writeln!(text, "    {line}");
    }
}

fn git(text: &mut String, roster: &Roster, now: Timestamp) {
    let Some(git) = &roster.git else { return };
    let seen = git.fetched_at.map_or_else(|| "never".to_owned(), |at| ago(at, now));
    let _ =
        writeln!(text, "git {} of {}: the remote last answered {seen}", clean(&git.branch), clean(&git.url));
    if let Some(error) = git.error.as_ref().filter(|_| roster.revision.is_some()) {
        let _ = writeln!(text, "! {}", clean_message(error));
    }
    if git.error.is_some() || git.held.is_some() {
        let _ = writeln!(text, "! {}", clean_message(&roster.standing(now)));
    }
    // What is wrong with the roster says it, too.
    if let Some(held) = git.held.as_ref().filter(|_| roster.document.valid) {
        let digest = held.digest.get(..12).unwrap_or(&held.digest);
        let _ = writeln!(
            text,
            "! HELD: commit {} does not descend from the one in force; to take it up: rosterd approve {} --reason \"…\"",
            clean(held.commit.get(..12).unwrap_or(&held.commit)),
            shell(digest),
        );
    }
}

fn provider(text: &mut String, name: &ProviderName, provider: &Provider, zone: &TimeZone, now: Timestamp) {
    let _ = write!(text, "\n{} · {}, {}", clean(name.as_str()), provider.kind, provider.mode);
    if let Some(running) = &provider.running {
        let _ = write!(text, ", running since {} ({})", ago(running.since, now), clean(&running.wake));
    }
    text.push('\n');
    if let Some(suspended) = &provider.suspended {
        let _ = writeln!(
            text,
            "  ! suspended until {} by {}: {}; {} waiting",
            minute(suspended.until, zone),
            clean(&suspended.by),
            clean(&suspended.reason),
            leavers(provider),
        );
    }
    match &provider.last {
        Some(last) => last_run(text, last, now),
        None => text.push_str("  no run has ended yet\n"),
    }
    if let Some(last) = &provider.last
        && !last.is_full_success()
    {
        let success = provider.last_success.map_or_else(|| "never".to_owned(), |at| ago(at, now));
        let _ = writeln!(text, "  everything was done: {success}");
    }
    if let Some(next) = provider.next {
        let _ = writeln!(text, "  next run: {}", minute(next, zone));
    }
}

fn leavers(provider: &Provider) -> String {
    let leavers = provider.last.as_ref().map_or(0, |last| last.counts.leavers);
    format!(
        "{leavers} {} who left",
        if leavers == 1 { "membership of somebody" } else { "memberships of people" }
    )
}

fn last_run(text: &mut String, last: &LastRun, now: Timestamp) {
    let counts = &last.counts;
    let _ = write!(
        text,
        "  last run: {}, {} ({})",
        clean(&last.outcome),
        ago(last.ended, now),
        clean(&last.wake)
    );
    let _ = writeln!(text, ": +{} −{}", counts.added, counts.removed);
    if let Some(error) = &last.error {
        let _ = writeln!(text, "  ! {}", clean_message(error));
    }
    let numbers = [
        (counts.held, "held"),
        (counts.withheld, "withheld"),
        (counts.failed_add + counts.failed_remove, "failed"),
        (counts.unknown_add + counts.unknown_remove, "unknown"),
        (counts.drift, "changed by others"),
        (counts.fights, "fought over"),
        (counts.unreadable_groups, "groups unreadable"),
        (counts.problems, "findings"),
    ];
    let told: Vec<String> = numbers
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    if !told.is_empty() {
        let _ = writeln!(text, "  {}: see rosterd plan", told.join(", "));
    }
    if let Some(digest) = &last.digest {
        let digest = digest.get(..12).unwrap_or(digest);
        let _ =
            writeln!(text, "  to let what is held through: rosterd approve {} --reason \"…\"", shell(digest));
    }
}

fn minute(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
}
