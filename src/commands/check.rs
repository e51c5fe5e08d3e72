//! `rosterd check`: configuration and roster, no network.

use std::path::Path;

use super::{Failure, Surroundings, branch, output};
use crate::cli::CheckArgs;
use crate::core::roster::Roster;
use crate::setup::Branched;
use crate::{roster, setup, state};

/// Checks and says what was found.
pub fn run(around: Surroundings<'_>, args: &CheckArgs) -> Result<u8, Failure> {
    let text = if let Some(path) = &args.roster {
        let roster = roster::load(path, &shown_root(path), None)?;
        format!(
            "{}\nNot checked, for want of a configuration: whether providers exist, how they find people, \
             and the form of their ids.\n",
            count(&roster)
        )
    } else if let Some(branched) = setup::branched(around.config) {
        checked_branch(around, &branched)?
    } else {
        let setup = setup::load(around.config)?;
        let providers = setup.config.providers.len();
        format!("{}\n{} and the roster are good.\n", count(&setup.roster), output::providers(providers))
    };
    around.console.print(&text)?;
    Ok(0)
}

/// A check asks no network: it goes by the commit that was taken up last.
fn checked_branch(around: Surroundings<'_>, branched: &Branched) -> Result<String, Failure> {
    let number = branched.config.providers.len();
    let providers = output::providers(number);
    let Some(in_force) = branch::last(around, branched)? else {
        return Ok(format!(
            "The configuration of {providers} is good. The roster was not checked: no commit of the branch was taken \
             up yet, as far as {} tells; the daemon fetches it, and so does `rosterd plan`.\n",
            state::directory(around.env)?.display()
        ));
    };
    Ok(format!(
        "{}\n{providers} and the roster are good. It is the commit that was taken up last, at {}; a check does not \
         fetch.\n",
        count(&in_force.roster),
        output::minute(in_force.followed.taken_at, &branched.config.daemon.timezone),
    ))
}

/// A directory's files are shown with its name before them, as it was typed.
fn shown_root(path: &Path) -> String {
    let shown = if path.is_dir() { Some(path) } else { path.parent() };
    let shown = shown.map_or_else(String::new, |path| path.display().to_string());
    if shown.is_empty() { shown } else { format!("{}/", shown.trim_end_matches('/')) }
}

fn count(roster: &Roster) -> String {
    let groups: usize = roster.groups.values().map(std::collections::BTreeMap::len).sum();
    format!(
        "roster {}   {}, {}, {} at {}",
        output::short(&roster.revision),
        output::count(roster.people.len(), "person", "people"),
        output::count(roster.teams.len(), "team", "teams"),
        output::count(groups, "group", "groups"),
        output::providers(roster.groups.len()),
    )
}
