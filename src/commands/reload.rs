//! `rosterd reload`: the daemon reads configuration and roster again, and says whether they check.

use tokio::sync::oneshot;

use super::inside::stopping;
use super::{Failure, Surroundings, output};
use crate::clean::clean_message;
use crate::daemon::Asked;

/// Waits for the look. What does not check is a roster error; what was good before stays in force.
pub async fn run(around: Surroundings<'_>) -> Result<u8, Failure> {
    let Some(inside) = around.inside else { return Err(stopping()) };
    let (reply, found) = oneshot::channel();
    inside.ask(Asked::Reload(reply)).await?;
    match found.await.map_err(|_| stopping())? {
        Ok(setup) => {
            let groups = setup.roster.groups.values().map(std::collections::BTreeMap::len).sum();
            around.console.print(&format!(
                "In force: roster {}, {} at {}.\n",
                output::short(&setup.roster.revision),
                output::count(groups, "group", "groups"),
                output::providers(setup.config.providers.len()),
            ))?;
            Ok(0)
        }
        Err(problem) => {
            for line in problem.lines() {
                around.console.print_notes(&format!("{}\n", clean_message(line)));
            }
            let in_force = inside.shared().setup().map_or_else(
                || "Nothing is in force".to_owned(),
                |setup| format!("Roster {} stays in force", output::short(&setup.roster.revision)),
            );
            around.console.note(&format!("{in_force} until this is mended."));
            Ok(64)
        }
    }
}
