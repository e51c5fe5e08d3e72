//! `rosterd apply`: plan, ask, change, verify.

use std::io::{self, IsTerminal as _, Write as _};

use super::{Failure, Surroundings, live, output};
use crate::apply::Trail;
use crate::cli::{ApplyArgs, Format};
use crate::core::call::Changes;
use crate::core::digest;
use crate::providers::Access;
use crate::report::Report;
use crate::run::{self, Planned};

/// Plans, asks on a terminal, applies, verifies, prints the result.
pub async fn run(around: Surroundings<'_>, args: &ApplyArgs) -> Result<u8, Failure> {
    check(args)?;
    let live = live::open(around, &args.selection, Access::Write, "apply").await?;
    let job = live.job()?;
    let trail = Trail::new(live.stores().journal(), around.who(), args.reason.clone());
    let settled = run::settle(&job, &trail).await?;
    if settled > 0 {
        anstream::eprintln!(
            "An earlier run was interrupted: {settled} changes without an outcome were read again."
        );
    }
    let mut planned = run::plan(&job, &args.approve).await?;
    warn_of_unused(&args.approve, &planned);
    if !args.yes && sends_something(&planned) {
        if !confirmed(&live.planned(&job, &planned), args.format)? {
            return Err(Failure::Failed(anyhow::anyhow!("not confirmed: nothing was changed")));
        }
        planned = still_so(&planned, run::plan(&job, &args.approve).await?)?;
    }
    let applied = run::apply(&job, planned, &trail).await?;
    let report = live.applied(&job, &applied);
    output::report(&report, args.format)?;
    stopped(&applied)?;
    Ok(live.exit_code(&report, false))
}

fn check(args: &ApplyArgs) -> Result<(), Failure> {
    if !args.yes && !io::stdin().is_terminal() {
        let text = "apply asks before it changes anything, and there is no terminal to ask on: say --yes";
        return Err(Failure::usage(text));
    }
    for typed in &args.approve {
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

fn warn_of_unused(approvals: &[String], planned: &[Planned<'_>]) {
    let used = |typed: &String| {
        let judged = planned.iter().filter_map(|planned| planned.outcome.as_ref().ok());
        judged
            .filter_map(|ready| ready.judged.approval.as_ref())
            .any(|digest| digest::is_named_by(digest, typed))
    };
    for typed in approvals.iter().filter(|typed| !used(typed)) {
        anstream::eprintln!("Nothing that is held has the digest {typed}: it approved nothing.");
    }
}

/// An answer takes a person's time, and a plan is as good as the reads it rests on: what was confirmed is
/// only sent when a plan made after the answer says the same.
fn still_so<'a>(shown: &[Planned<'_>], again: Vec<Planned<'a>>) -> Result<Vec<Planned<'a>>, Failure> {
    let changes = |planned: &[Planned<'_>]| -> Vec<Option<Changes>> {
        let judged = planned.iter().map(|planned| planned.outcome.as_ref().ok());
        judged.map(|ready| ready.map(|ready| ready.judged.approved.changes())).collect()
    };
    if changes(shown) == changes(&again) {
        return Ok(again);
    }
    let text =
        "what is live changed while the plan was waiting for an answer: nothing was changed; run apply again";
    Err(Failure::Failed(anyhow::anyhow!(text)))
}

fn sends_something(planned: &[Planned<'_>]) -> bool {
    planned.iter().any(|planned| planned.writes > 0)
}

/// Shows the plan and asks. Where the result goes to stdout as JSON or markdown, the plan goes to stderr.
fn confirmed(plan: &Report<'_>, format: Format) -> Result<bool, Failure> {
    match format {
        Format::Text => output::report(plan, Format::Text)?,
        Format::Json | Format::Markdown => output::to_stderr(plan),
    }
    anstream::eprint!("\nApply this? Type yes: ");
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("yes"))
}

/// The journal failed in the middle: what was not written down was not sent, and that is a failure.
fn stopped(applied: &[run::Applied<'_>]) -> Result<(), Failure> {
    let stopped = applied.iter().filter_map(|applied| applied.sent.as_ref()?.stopped.clone());
    let reasons: Vec<String> = stopped.collect();
    if reasons.is_empty() { Ok(()) } else { Err(Failure::Failed(anyhow::anyhow!(reasons.join("; ")))) }
}
