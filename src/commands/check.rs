//! `rosterd check`: configuration and roster, no network.

use std::path::Path;

use super::{Failure, Surroundings, output};
use crate::cli::CheckArgs;
use crate::core::roster::Roster;
use crate::{roster, setup};

/// Checks and says what was found.
pub fn run(around: Surroundings<'_>, args: &CheckArgs) -> Result<u8, Failure> {
    let text = if let Some(path) = &args.roster {
        let roster = roster::load(path, &shown_root(path), None)?;
        format!(
            "{}\nNot checked, for want of a configuration: whether providers exist, how they find people, \
             and the form of their ids.\n",
            count(&roster)
        )
    } else {
        let setup = setup::load(around.config)?;
        let providers = setup.config.providers.len();
        format!("{}\n{} and the roster are good.\n", count(&setup.roster), output::providers(providers))
    };
    output::print(&text)?;
    Ok(0)
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
