//! The roster out of a branch, for commands that look once.

use anyhow::anyhow;
use jiff::Timestamp;

use super::{Console, Failure, Surroundings};
use crate::config::RosterGit;
use crate::following::{self, Look, Outlook, Trouble};
use crate::git::Branch;
use crate::report::RosterProblem;
use crate::setup::{Branched, Setup};
use crate::state;
use crate::stores::Stores;

/// The branch of a configuration, kept in the state directory that the environment names.
pub fn branch(around: Surroundings<'_>, config: &RosterGit) -> Result<Branch, Failure> {
    Ok(Branch::new(config, &state::directory(around.env)?, around.env))
}

/// Looks at the branch, says what is not as it should be, and goes on with the roster that is in force. Also tells
/// why the head is not in force, when it is not.
pub async fn follow(
    around: Surroundings<'_>,
    branched: Branched,
    stores: &Stores,
) -> Result<(Setup, Option<RosterProblem>), Failure> {
    let branch = branch(around, &branched.branch)?;
    let check = |path: &std::path::Path, shown: &str| branched.check(path, shown);
    let now = Timestamp::now();
    let look = Look { branch: &branch, stores, check: &check, env: around.env, now, fetched: &|| () };
    let outlook = look.run().await?;
    stores.flush()?;
    let problem = problem(&outlook, now);
    say(around.console, &outlook, now);
    let Outlook { in_force, mut troubles, .. } = outlook;
    match (in_force, troubles.pop()) {
        (Some(in_force), _) => Ok((branched.with(in_force.roster), problem)),
        (None, Some(Trouble::Invalid { complaints, .. })) => Err(complaints.into()),
        (None, Some(trouble)) => Err(Failure::Failed(anyhow!("no roster is in force: {trouble}"))),
        (None, None) => Err(Failure::Failed(anyhow!("no roster is in force"))),
    }
}

/// The roster that was in force last, without a look at the remote; none where no commit was taken up yet.
pub fn last(around: Surroundings<'_>, branched: &Branched) -> Result<Option<following::InForce>, Failure> {
    let branch = branch(around, &branched.branch)?;
    let check = |path: &std::path::Path, shown: &str| branched.check(path, shown);
    following::last(&branch, &check).map_err(|trouble| match trouble {
        Trouble::Invalid { complaints, .. } => complaints.into(),
        trouble => Failure::Failed(anyhow!("{trouble}")),
    })
}

/// What keeps the head from being in force, and what is instead. A hold goes first: somebody has to decide.
fn problem(outlook: &Outlook, now: Timestamp) -> Option<RosterProblem> {
    let held = outlook.troubles.iter().find(|trouble| matches!(trouble, Trouble::Held { .. }));
    let trouble = held.or(outlook.troubles.first())?;
    Some(RosterProblem { code: trouble.code(), detail: format!("{trouble}; {}", outlook.standing(now)) })
}

/// The same of a branch that the daemon follows.
pub fn problem_of(roster: &crate::situation::Roster) -> Option<RosterProblem> {
    let git = roster.git.as_ref()?;
    let wrong = roster.document.problem.as_ref().filter(|_| !roster.document.valid);
    let (code, problem) = match (wrong, &git.error) {
        (Some(wrong), _) if git.held.is_some() => ("held", wrong),
        (Some(wrong), None) => ("invalid", wrong),
        (_, Some(error)) => ("unreachable", error),
        (None, None) => return None,
    };
    // The complaints follow in further lines, which `status` and `reload` show.
    let first = problem.lines().next().unwrap_or_default();
    Some(RosterProblem { code, detail: format!("{first}; {}", roster.standing(Timestamp::now())) })
}

/// What is wrong goes before the result, in full, to stderr. The last trouble is the error where no roster is in force.
fn say(console: &Console, outlook: &Outlook, now: Timestamp) {
    for notice in &outlook.notices {
        console.note(&format!("Note: {notice}."));
    }
    let said = usize::from(outlook.in_force.is_none());
    let troubles = outlook.troubles.len().saturating_sub(said);
    for trouble in outlook.troubles.iter().take(troubles) {
        if let Trouble::Invalid { complaints, .. } = trouble {
            console.print_notes(&complaints.render_without_end(console.colour_notes()));
        }
        console.note(&format!("Warning: {trouble}."));
    }
    if troubles > 0 {
        console.note(&format!("Warning: {}.", outlook.standing(now)));
    }
}
