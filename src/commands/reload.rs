//! `rosterd reload`: the daemon reads configuration and roster again, and says whether they check.

use tokio::sync::oneshot;

use super::inside::stopping;
use super::{Failure, Surroundings, output};
use crate::clean::clean_message;
use crate::daemon::Asked;
use crate::daemon::intake::Reread;

/// Waits for the look, though not long for a remote that does not answer. What does not check is a roster error;
/// what was good before stays in force.
pub async fn run(around: Surroundings<'_>) -> Result<u8, Failure> {
    let Some(inside) = around.inside else { return Err(stopping()) };
    let (reply, found) = oneshot::channel();
    inside.ask(Asked::Reload(reply)).await?;
    let Reread { in_force, problem, troubles, note } = found.await.map_err(|_| stopping())?;
    if let Some(problem) = &problem {
        for line in problem.lines() {
            around.console.print_notes(&format!("{}\n", clean_message(line)));
        }
    }
    for trouble in &troubles {
        around.console.note(&format!("Warning: {trouble}."));
    }
    if let Some(note) = note {
        around.console.note(&format!("Note: {note}."));
    }
    match (problem, in_force) {
        (Some(_), in_force) => {
            let in_force = in_force.map_or_else(
                || "Nothing is in force".to_owned(),
                |setup| format!("Roster {} stays in force", output::short(&setup.roster.revision)),
            );
            around.console.note(&format!("{in_force} until this is mended."));
            Ok(64)
        }
        (None, Some(setup)) => {
            let groups = setup.roster.groups.values().map(std::collections::BTreeMap::len).sum();
            around.console.print(&format!(
                "In force: roster {}, {} at {}.\n",
                output::short(&setup.roster.revision),
                output::count(groups, "group", "groups"),
                output::providers(setup.config.providers.len()),
            ))?;
            Ok(u8::from(!troubles.is_empty()))
        }
        (None, None) => Err(Failure::failed("no roster is in force yet; `rosterd status` says more")),
    }
}
