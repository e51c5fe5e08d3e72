//! `rosterd history --verify`: whether the audit trail is what was written.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use crate::clean::clean_message;
use crate::cli::TrailFormat;
use crate::commands::{Failure, Surroundings, output};
use crate::journal::{Break, Head, Journal, JournalError, Record, Verified};
use crate::report::json;
use crate::state::{self, StateError};

/// How many breaks are shown.
const SHOWN: usize = 20;

/// Checks every line, and the head kept in the state where that can be read.
pub fn run(around: Surroundings<'_>, directory: &Path, format: TrailFormat) -> Result<u8, Failure> {
    let (head, compared) = kept(around, directory);
    let checked = match Journal::verify(directory, head.as_ref()) {
        Ok(verified) => Checked::Whole(Box::new(verified)),
        Err(first @ JournalError::Broken { .. }) => {
            let all = Journal::breaks(directory, head.as_ref()).map_err(failed)?;
            Checked::Broken(first.to_string(), all)
        }
        Err(error) => return Err(failed(error)),
    };
    let written = match format {
        TrailFormat::Text => text(&checked, &compared, directory),
        TrailFormat::Json => as_json(&checked, &compared).map_err(|error| Failure::Failed(error.into()))?,
    };
    around.console.print(&written)?;
    Ok(match checked {
        Checked::Whole(_) => 0,
        Checked::Broken(..) => 1,
    })
}

enum Checked {
    Whole(Box<Verified>),
    /// The first break in words, and all of them.
    Broken(String, Vec<Break>),
}

/// What became of the head that the state keeps: a word for scripts, a sentence for people.
struct Compared {
    word: &'static str,
    sentence: String,
}

/// The head kept in the state. That it cannot be read is said, and no error: the chain can be checked without it.
fn kept(around: Surroundings<'_>, directory: &Path) -> (Option<Head>, Compared) {
    if let Some(head) = around.inside.and_then(|inside| Some(inside.shared().stores()?.head())) {
        let sentence = format!("Compared with the daemon, which knows of {}.", lines(&head));
        return (Some(head), Compared { word: "compared", sentence });
    }
    let without = |word, why: String| {
        let sentence = format!(
            "Not compared with the state: {why}. A change of the last line, or a cut, would not show."
        );
        (None, Compared { word, sentence })
    };
    match state::kept_head(directory, "rosterd history --verify") {
        Ok(Some(head)) => {
            let sentence = format!("Compared with the state, which knows of {}.", lines(&head));
            (Some(head), Compared { word: "compared", sentence })
        }
        Ok(None) => without("none", "it keeps nothing of the audit trail".to_owned()),
        Err(StateError::InUse { holder, .. }) => without("in-use", format!("{holder} has it open")),
        Err(error) => without("unreadable", error.to_string()),
    }
}

fn text(checked: &Checked, compared: &Compared, directory: &Path) -> String {
    let mut text = String::new();
    match checked {
        Checked::Whole(verified) => {
            let Verified { head, torn, accepted } = &**verified;
            let lines = lines(head);
            let place = directory.join("journal");
            let _ = writeln!(
                text,
                "The audit trail in {} is whole: {lines}, head {}.",
                place.display(),
                head.hash
            );
            if let Some(Record::Acceptance(it)) = accepted.as_ref().map(|line| &line.record) {
                let (by, reason) = (clean_message(&it.by), clean_message(&it.reason));
                let _ = writeln!(
                    text,
                    "It was broken; {by} accepted that ({reason}), and nothing changed since:"
                );
                list(&it.breaks, &mut text);
            }
            if let Some(torn) = torn {
                let _ = writeln!(
                    text,
                    "At its end: {torn}, of a crash, or being written now. The next run closes them."
                );
            }
        }
        Checked::Broken(first, all) => {
            let _ = writeln!(text, "{}", clean_message(first));
            if all.len() > 1 {
                let _ = writeln!(text, "All breaks:");
                list(all, &mut text);
            }
            text.push_str(
                "Once you know why, let it go on with: rosterd history --accept-break --reason \"…\"\n",
            );
        }
    }
    let _ = writeln!(text, "{}", clean_message(&compared.sentence));
    text
}

fn lines(head: &Head) -> String {
    output::count(usize::try_from(head.count).unwrap_or(usize::MAX), "line", "lines")
}

fn list(breaks: &[Break], text: &mut String) {
    for found in breaks.iter().take(SHOWN) {
        let _ = writeln!(text, "  {}: {}", clean_message(&found.place()), clean_message(&found.what));
    }
    if breaks.len() > SHOWN {
        let _ = writeln!(text, "  and {} more", breaks.len() - SHOWN);
    }
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    whole: bool,
    /// `compared`, or why not: `none`, `in-use`, `unreadable`.
    state: &'static str,
    head: Option<&'a Head>,
    accepted: Option<&'a Record>,
    breaks: &'a [Break],
}

fn as_json(checked: &Checked, compared: &Compared) -> serde_json::Result<String> {
    let document = match checked {
        Checked::Whole(verified) => Document {
            version: 1,
            whole: true,
            state: compared.word,
            head: Some(&verified.head),
            accepted: verified.accepted.as_ref().map(|line| &line.record),
            breaks: &[],
        },
        Checked::Broken(_, breaks) => {
            Document { version: 1, whole: false, state: compared.word, head: None, accepted: None, breaks }
        }
    };
    json::render_line(&document)
}

fn failed(error: JournalError) -> Failure {
    Failure::Failed(error.into())
}
