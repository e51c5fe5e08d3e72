//! The audit trail for people: a line each.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Known;
use crate::clean::{clean, clean_message};
use crate::commands::output;
use crate::core::model::{PersonHandle, UserId};
use crate::core::plan::{Action, Cause};
use crate::core::run_id;
use crate::core::verify::Outcome;
use crate::journal::{
    Acceptance, Approval, Entry, Fight, Intent, NO_REASON, Reason, Record, RosterChange, Run, RunEvent,
    Suspension,
};

/// One line, with its newline. All text that others wrote is clean.
pub fn line(entry: &Entry, known: Option<&Known>, zone: &TimeZone) -> String {
    let said = match &entry.line.record {
        Record::Run(run) => run_line(run),
        Record::Intent(intent) => intent_line(intent, known),
        Record::Approval(approval) => approval_line(approval),
        Record::Suspension(suspension) => suspension_line(suspension, zone),
        Record::Fight(fight) => fight_line(fight),
        Record::Roster(change) => roster_line(change),
        Record::Crash(crash) => format!("crash  {}", clean_message(&crash.detail)),
        Record::Acceptance(acceptance) => acceptance_line(acceptance),
        Record::Outcome(outcome) => format!("outcome of line {}", outcome.of),
        Record::Other(other) => {
            let kind = other.fields().get("type").and_then(|kind| kind.as_str()).unwrap_or("?");
            format!("{}  a record of a later version of rosterd", clean(kind))
        }
    };
    format!("{}  {said}\n", second(entry.line.at, zone))
}

fn second(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn run_line(run: &Run) -> String {
    let (provider, id) = (clean(run.provider.as_str()), clean(run_id::short(&run.run)));
    match run.event {
        RunEvent::Begin => {
            let undoes: Vec<_> = run.undoes.iter().map(|undone| clean(run_id::short(undone))).collect();
            let undoes =
                if undoes.is_empty() { String::new() } else { format!(", undoes {}", undoes.join(", ")) };
            format!("{provider}  run {id} begins, roster {}{undoes}", clean(output::short(&run.revision)))
        }
        RunEvent::End => {
            format!("{provider}  run {id} ends: {}", clean(run.outcome.as_deref().unwrap_or("unknown")))
        }
    }
}

fn intent_line(intent: &Intent, known: Option<&Known>) -> String {
    let sign = match intent.action {
        Action::Add => '+',
        Action::Remove => '−',
    };
    let place = format!("{}/{}", clean(intent.provider.as_str()), clean(intent.group.as_str()));
    let who = who(intent.person.as_ref(), &intent.id);
    let mut parts = vec![format!("{place}  {sign} {who}"), result(known), why(intent)];
    if let Some(digest) = &intent.approved {
        parts.push(format!("approved {}", digits(digest)));
    }
    // Whoever sees a change that was wrong needs to know what to undo.
    parts.push(format!("run {}", clean(run_id::short(&intent.run))));
    parts.join("  ")
}

fn result(known: Option<&Known>) -> String {
    let Some((outcome, detail)) = known else { return "no outcome yet".to_owned() };
    let word = match outcome {
        Outcome::Applied => "applied",
        Outcome::Failed => "failed",
        Outcome::Unknown => "unknown",
    };
    match detail {
        Some(detail) => format!("{word}: {}", clean_message(detail)),
        None => word.to_owned(),
    }
}

fn why(intent: &Intent) -> String {
    let cause = match intent.cause {
        Cause::Roster => "roster",
        Cause::Drift => "drift",
        Cause::Date => "date",
        Cause::Leaver => "leaver",
        Cause::First => "first",
    };
    let reasons: Vec<String> = intent.because.iter().map(reason).collect();
    if reasons.is_empty() { format!("({cause})") } else { format!("({cause}: {})", reasons.join("; ")) }
}

fn reason(reason: &Reason) -> String {
    let Reason { file, line, via, from, until, reason } = reason;
    let teams: Vec<String> = via.iter().map(|team| format!("@{}", clean(team.as_str()))).collect();
    let parts = [
        Some(format!("{}:{line}", clean_message(file))),
        (!teams.is_empty()).then(|| format!(" via {}", teams.join(" > "))),
        from.map(|day| format!(" from {day}")),
        until.map(|day| format!(" until {day}")),
        reason.as_deref().map(|words| format!(", {}", clean(words))),
    ];
    parts.into_iter().flatten().collect()
}

fn approval_line(approval: &Approval) -> String {
    let Approval { digest, provider, reason, by, used_by, .. } = approval;
    let (provider, digest) = (clean(provider.as_str()), digits(digest));
    let who = format!("{}: {}", clean(by), clean_message(reason));
    match used_by {
        None => format!("{provider}  approval of {digest} given by {who}"),
        Some(run) => {
            format!("{provider}  approval of {digest} used by run {} ({who})", clean(run_id::short(run)))
        }
    }
}

fn suspension_line(suspension: &Suspension, zone: &TimeZone) -> String {
    let Suspension { provider, until, reason, by, .. } = suspension;
    let (provider, by) = (clean(provider.as_str()), clean(by));
    match until {
        Some(until) => {
            let reason = reason.as_deref().unwrap_or(NO_REASON);
            format!("{provider}  suspended until {} by {by}: {}", second(*until, zone), clean_message(reason))
        }
        None => format!("{provider}  resumed by {by}"),
    }
}

fn fight_line(fight: &Fight) -> String {
    let Fight { event, provider, group, person, id, reason, by, .. } = fight;
    let place = format!("{}/{}", clean(provider.as_str()), clean(group.as_str()));
    let does = match event {
        RunEvent::Begin => "stops adding",
        RunEvent::End => "adds again",
    };
    let who = who(person.as_ref(), id);
    format!("{place}  rosterd {does} {who}, by {}: {}", clean(by), clean_message(reason))
}

fn who(person: Option<&PersonHandle>, id: &UserId) -> String {
    match person {
        Some(person) => format!("{} (u:{})", clean(person.as_str()), clean(id.as_str())),
        None => format!("u:{}", clean(id.as_str())),
    }
}

fn roster_line(change: &RosterChange) -> String {
    let RosterChange { revision, previous, by } = change;
    let before = previous.as_deref().map(|before| format!(" after {}", clean(output::short(before))));
    let revision = clean(output::short(revision)).into_owned();
    format!("roster  {revision} takes effect{}, by {}", before.unwrap_or_default(), clean(by))
}

fn acceptance_line(acceptance: &Acceptance) -> String {
    let Acceptance { by, reason, breaks } = acceptance;
    let places: Vec<String> = breaks.iter().map(|it| clean(&it.place()).into_owned()).collect();
    format!(
        "audit trail  broken at {}; accepted by {}: {}",
        places.join(", "),
        clean(by),
        clean_message(reason)
    )
}

/// As many digits as a plan shows.
fn digits(digest: &str) -> String {
    clean(digest).chars().take(12).collect()
}
