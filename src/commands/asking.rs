//! What `apply` and `undo` share: the answer of a person before anything is sent.

use std::io::{self, IsTerminal as _, Write as _};

use super::{Console, Failure, output};
use crate::apply::Trail;
use crate::cli::Format;
use crate::core::call::Changes;
use crate::core::digest;
use crate::report::Report;
use crate::run::{self, Applied, Job, Planned};

/// Whether there is somebody to ask, and whether what was approved can be digests.
pub fn check(command: &str, yes: bool, approve: &[String]) -> Result<(), Failure> {
    if !yes && !io::stdin().is_terminal() {
        return Err(Failure::usage(format!(
            "{command} asks before it changes anything, and there is no terminal to ask on: say --yes"
        )));
    }
    for typed in approve {
        if typed.len() < digest::MIN_DIGITS || !typed.chars().all(|digit| digit.is_ascii_hexdigit()) {
            let text = format!(
                "{typed:?} is no digest: give at least {} of the digits that the plan shows",
                digest::MIN_DIGITS
            );
            return Err(Failure::usage(text));
        }
    }
    Ok(())
}

/// Settles what an interrupted run left open, and says so.
pub async fn settle(console: &Console, job: &Job<'_>, trail: &Trail) -> Result<(), Failure> {
    let settled = run::settle(job, trail).await?;
    if settled > 0 {
        let changes =
            output::count(settled, "change without an outcome was", "changes without an outcome were");
        console.note(&format!("An earlier run was interrupted: {changes} read again."));
    }
    Ok(())
}

/// Says which approvals let nothing through.
pub fn warn_of_unused(console: &Console, approvals: &[String], planned: &[Planned<'_>]) {
    let used = |typed: &String| {
        let judged = planned.iter().filter_map(|planned| planned.outcome.as_ref().ok());
        judged
            .filter_map(|ready| ready.judged.approval.as_ref())
            .any(|digest| digest::is_named_by(digest, typed))
    };
    for typed in approvals.iter().filter(|typed| !used(typed)) {
        console.note(&format!("Nothing that is held has the digest {typed}: it approved nothing."));
    }
}

/// An answer takes a person's time, and a plan is as good as the reads it rests on: what was confirmed is
/// only sent when a plan made after the answer says the same.
pub fn still_so<'a>(
    command: &str,
    shown: &[Planned<'_>],
    again: Vec<Planned<'a>>,
) -> Result<Vec<Planned<'a>>, Failure> {
    let changes = |planned: &[Planned<'_>]| -> Vec<Option<Changes>> {
        let judged = planned.iter().map(|planned| planned.outcome.as_ref().ok());
        judged.map(|ready| ready.map(|ready| ready.judged.approved.changes())).collect()
    };
    if changes(shown) == changes(&again) {
        return Ok(again);
    }
    Err(Failure::Failed(anyhow::anyhow!(
        "what is live changed while the plan was waiting for an answer: nothing was changed; run {command} again"
    )))
}

/// Whether any call would be sent.
pub fn sends_something(planned: &[Planned<'_>]) -> bool {
    planned.iter().any(|planned| planned.writes > 0)
}

/// Shows the plan and asks. Where the result goes to stdout as JSON or markdown, the plan goes to stderr.
pub fn confirm(console: &Console, plan: &Report<'_>, format: Format, question: &str) -> Result<(), Failure> {
    match format {
        Format::Text => output::report(console, plan, Format::Text)?,
        Format::Json | Format::Markdown => output::to_notes(console, plan),
    }
    console.print_notes(&format!("\n{question} Type yes: "));
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    if answer.trim().eq_ignore_ascii_case("yes") {
        return Ok(());
    }
    Err(Failure::Failed(anyhow::anyhow!("not confirmed: nothing was changed")))
}

/// The journal failed in the middle: what was not written down was not sent, and that is a failure.
pub fn stopped(applied: &[Applied<'_>]) -> Result<(), Failure> {
    let stopped = applied.iter().filter_map(|applied| applied.sent.as_ref()?.stopped.clone());
    let reasons: Vec<String> = stopped.collect();
    if reasons.is_empty() { Ok(()) } else { Err(Failure::Failed(anyhow::anyhow!(reasons.join("; ")))) }
}
