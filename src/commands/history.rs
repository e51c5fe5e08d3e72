//! `rosterd history`: the audit trail, beside whatever runs; its check, and the acceptance of a break.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::ops::ControlFlow;
use std::path::Path;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned, civil};
use serde::Serialize;

use super::live::unknown;
use super::{Console, Failure, Surroundings};
use crate::clean::clean_message;
use crate::cli::{HistoryArgs, TrailFormat};
use crate::config;
use crate::core::model::ProviderName;
use crate::core::run_id::{self, MIN_CHARACTERS};
use crate::core::verify::Outcome;
use crate::journal::{self, Entry, Intent, Record};
use crate::report::json;
use crate::state;
use crate::stores::Stores;

mod text;
mod verify;

/// Shows, checks, or accepts.
pub fn run(around: Surroundings<'_>, args: &HistoryArgs) -> Result<u8, Failure> {
    let directory = state::directory(around.env)?;
    if args.verify {
        return verify::run(around, &directory, args.format);
    }
    if args.accept_break {
        return accept(around, args.reason.as_deref().unwrap_or_default());
    }
    let Settings { zone, providers } = settings(around);
    let since = args.since.as_deref().map(|written| when(written, &Timestamp::now().to_zoned(zone.clone())));
    let since = since.transpose()?;
    let filter = Filter::new(args)?;
    filter.check_providers(providers, &directory)?;
    let outcomes = outcomes(&directory, since)?;
    let shown = show(around.console, &directory, since, &filter, |entry| match args.format {
        TrailFormat::Text => Ok(text::line(entry, outcome_of(entry, &outcomes), &zone)),
        TrailFormat::Json => json_line(entry, outcome_of(entry, &outcomes)),
    })?;
    if shown == 0 {
        around.console.note(&format!(
            "The audit trail in {} has nothing of that.",
            directory.join("journal").display()
        ));
    }
    Ok(0)
}

/// What is shown of the trail.
#[derive(Debug, Default)]
struct Filter {
    providers: Vec<String>,
    group: Option<String>,
    person: Option<String>,
    run: Option<String>,
}

/// What became of an intent.
type Known = (Outcome, Option<String>);

impl Filter {
    fn new(args: &HistoryArgs) -> Result<Self, Failure> {
        let (providers, person) = (args.providers.clone(), args.person.clone());
        let run = args.run.as_deref().map(|run| run.trim().to_ascii_lowercase());
        if run.as_ref().is_some_and(|run| run.chars().count() < MIN_CHARACTERS) {
            return Err(Failure::usage(format!(
                "--run takes the id of a run, or at least {MIN_CHARACTERS} characters of its beginning or its end"
            )));
        }
        let mut filter = Self { providers, group: None, person, run };
        if let Some(written) = &args.group {
            let (provider, group) = written.split_once('/').ok_or_else(|| {
                Failure::usage(format!(
                    "--group takes PROVIDER/GROUP, as in emporix/catalog-managers; {written:?} has no slash"
                ))
            })?;
            filter.providers = vec![provider.to_owned()];
            filter.group = Some(group.to_owned());
        }
        Ok(filter)
    }

    /// A provider that neither the configuration nor the audit trail knows is a slip of the hand.
    fn check_providers(&self, mut known: BTreeSet<String>, directory: &Path) -> Result<(), Failure> {
        let is_unknown = |known: &BTreeSet<String>| self.providers.iter().find(|name| !known.contains(*name));
        if is_unknown(&known).is_none() {
            return Ok(());
        }
        let read = journal::each_entry(directory, None, |entry| {
            known.extend(provider(&entry.line.record).map(ToString::to_string));
            ControlFlow::Continue(())
        });
        read.map_err(|error| Failure::Failed(error.into()))?;
        match is_unknown(&known).filter(|_| !known.is_empty()) {
            Some(name) => Err(unknown("provider", name, known.iter().map(String::as_str))),
            None => Ok(()),
        }
    }

    /// An outcome is shown with its intent. What names no provider is of none, and what is no change is nobody's.
    fn has(&self, record: &Record) -> bool {
        let intent = match record {
            Record::Outcome(_) => return false,
            Record::Intent(intent) => Some(intent),
            _ => None,
        };
        let provider = provider(record);
        let of_provider = self.providers.is_empty()
            || provider.is_some_and(|name| self.providers.iter().any(|wanted| wanted == name.as_str()));
        let of_change =
            (self.group.is_none() && self.person.is_none()) || intent.is_some_and(|it| self.has_change(it));
        of_provider && of_change && self.run.as_ref().is_none_or(|run| names_run(record, run))
    }

    fn has_change(&self, intent: &Intent) -> bool {
        let group = |wanted: &String| wanted == intent.group.as_str() || wanted == intent.group_id.as_str();
        let person = |wanted: &String| {
            intent.person.as_ref().is_some_and(|person| wanted == person.as_str())
                || wanted == intent.id.as_str()
        };
        self.group.as_ref().is_none_or(group) && self.person.as_ref().is_none_or(person)
    }
}

/// Where what a line says was.
fn provider(record: &Record) -> Option<&ProviderName> {
    match record {
        Record::Intent(intent) => Some(&intent.provider),
        Record::Run(run) => Some(&run.provider),
        Record::Approval(approval) => Some(&approval.provider),
        Record::Suspension(suspension) => Some(&suspension.provider),
        Record::Fight(fight) => Some(&fight.provider),
        Record::Outcome(_)
        | Record::Roster(_)
        | Record::Crash(_)
        | Record::Acceptance(_)
        | Record::Other(_) => None,
    }
}

/// Whether a line is of a run, used by it, or about undoing it.
fn names_run(record: &Record, typed: &str) -> bool {
    let is_meant = |run: &String| run_id::is_named_by(run, typed);
    match record {
        Record::Run(run) => is_meant(&run.run) || run.undoes.iter().any(is_meant),
        Record::Intent(intent) => is_meant(&intent.run),
        Record::Approval(approval) => approval.used_by.as_ref().is_some_and(is_meant),
        Record::Suspension(suspension) => suspension.undoes.iter().any(is_meant),
        Record::Outcome(_)
        | Record::Fight(_)
        | Record::Roster(_)
        | Record::Crash(_)
        | Record::Acceptance(_)
        | Record::Other(_) => false,
    }
}

/// Accepts what is broken. Other processes must be stopped: they would write to what is being accepted. A daemon that
/// could not open its audit trail writes nothing, and may carry this out itself.
fn accept(around: Surroundings<'_>, reason: &str) -> Result<u8, Failure> {
    if reason.trim().is_empty() {
        return Err(Failure::usage("say with --reason why the audit trail is broken, and who looked at it"));
    }
    let _alone = around.inside.map(|inside| inside.shared().opening());
    let accepted = Stores::accept_break(around.env, "rosterd history --accept-break", &around.who(), reason)?;
    let Some(accepted) = accepted else {
        around.console.print("The audit trail is not broken: there is nothing to accept.\n")?;
        return Ok(0);
    };
    for found in &accepted.breaks {
        around.console.print(&format!(
            "Accepted {}: {}\n",
            clean_message(&found.place()),
            clean_message(&found.what)
        ))?;
    }
    around.console.print(&format!(
        "The audit trail goes on with line {}. What stands before it stays as it is; any change of it from \
         now on shows.\n",
        accepted.head.count
    ))?;
    Ok(0)
}

/// What the configuration has to say, when there is one that can be used.
struct Settings {
    /// Where times are told.
    zone: TimeZone,
    providers: BTreeSet<String>,
}

fn settings(around: Surroundings<'_>) -> Settings {
    let nothing = || Settings { zone: TimeZone::UTC, providers: BTreeSet::new() };
    let Ok(file) = config::find(around.config) else { return nothing() };
    if let Ok(config) = around.configuration() {
        let providers = config.providers.keys().map(ToString::to_string).collect();
        return Settings { zone: config.daemon.timezone.clone(), providers };
    }
    around.console.note(&format!(
        "Note: {} cannot be used (`rosterd check` says why), so times are in UTC.",
        file.display()
    ));
    nothing()
}

/// A date, a time, or how long ago.
fn when(written: &str, now: &Zoned) -> Result<Timestamp, Failure> {
    if let Ok(time) = written.parse::<Timestamp>() {
        return Ok(time);
    }
    if let Ok(local) = written.parse::<civil::DateTime>()
        && let Ok(time) = local.to_zoned(now.time_zone().clone())
    {
        return Ok(time.timestamp());
    }
    let span = written.parse::<Span>().ok().filter(|span| span.is_positive());
    let time = span.and_then(|span| now.checked_sub(span).ok());
    time.map(|time| time.timestamp()).ok_or_else(|| {
        Failure::usage(format!(
            "--since takes a date (2026-11-20), a time (2026-11-20T03:00:00Z) or a span (2h, 7d); {written:?} is \
             none of them"
        ))
    })
}

/// The last word on each intent: an outcome stands after it.
fn outcomes(directory: &Path, since: Option<Timestamp>) -> Result<BTreeMap<u64, Known>, Failure> {
    let mut outcomes = BTreeMap::new();
    let read = journal::each_entry(directory, since, |entry| {
        if let Record::Outcome(outcome) = entry.line.record {
            outcomes.insert(outcome.of, (outcome.result, outcome.detail));
        }
        ControlFlow::Continue(())
    });
    read.map_err(|error| Failure::Failed(error.into()))?;
    Ok(outcomes)
}

fn outcome_of<'a>(entry: &Entry, outcomes: &'a BTreeMap<u64, Known>) -> Option<&'a Known> {
    outcomes.get(&entry.line.seq).filter(|_| matches!(entry.line.record, Record::Intent(_)))
}

/// Writes what the filter lets through, and says how much that was. A reader that stops reading is no error.
fn show(
    console: &Console,
    directory: &Path,
    since: Option<Timestamp>,
    filter: &Filter,
    line: impl Fn(&Entry) -> Result<String, Failure>,
) -> Result<usize, Failure> {
    let mut stdout = BufWriter::new(console.results());
    let (mut shown, mut failure) = (0, None);
    let read = journal::each_entry(directory, since, |entry| {
        if !filter.has(&entry.line.record) {
            return ControlFlow::Continue(());
        }
        shown += 1;
        let written = line(&entry).and_then(|text| Ok(stdout.write_all(text.as_bytes())?));
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        }
    });
    read.map_err(|error| Failure::Failed(error.into()))?;
    let ended = match failure {
        Some(error) => Err(error),
        None => stdout.flush().map_err(Failure::from),
    };
    match ended {
        Err(Failure::Failed(error)) if is_broken_pipe(&error) => Ok(shown),
        ended => ended.map(|()| shown),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// A line of the journal with its own fields, and those of its outcome.
#[derive(Serialize)]
struct Shown<'a> {
    at: Timestamp,
    seq: u64,
    prev: &'a str,
    #[serde(flatten)]
    record: &'a Record,
    #[serde(flatten)]
    outcome: Option<Joined<'a>>,
}

#[derive(Serialize)]
struct Joined<'a> {
    result: Option<Outcome>,
    detail: Option<&'a str>,
}

fn json_line(entry: &Entry, known: Option<&Known>) -> Result<String, Failure> {
    let Entry { line, prev } = entry;
    let outcome = matches!(line.record, Record::Intent(_)).then(|| Joined {
        result: known.map(|(result, _)| *result),
        detail: known.and_then(|(_, detail)| detail.as_deref()),
    });
    let written = match &line.record {
        Record::Other(other) => json::render_line(other),
        record => json::render_line(&Shown { at: line.at, seq: line.seq, prev, record, outcome }),
    };
    written.map_err(|error| Failure::Failed(error.into()))
}

#[cfg(test)]
mod tests;
