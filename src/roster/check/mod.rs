//! The roster as written, turned into the roster as meant, or into complaints.

mod groups;
mod identify;
mod ids;
mod names;
mod people;
mod policies;
mod teams;

use std::path::Path;

pub(super) use ids::user_id;
pub(super) use names::Names;

use super::file::Written;
use super::{Files, Known};
use crate::complaint::Complaints;
use crate::core::model::ProviderName;
use crate::core::roster::Roster;
use crate::providers::KindName;

/// Checks everything. What it returns means something only when there were no complaints; its files
/// and revision are still to be set.
pub(super) fn check(
    written: &Written,
    files: &mut Files<'_>,
    root: &Path,
    known: Option<&Known>,
    complaints: &mut Complaints,
) -> Roster {
    let kinds = Kinds { known };
    let people = people::check(written, kinds, complaints);
    let names = Names::new(written, files.incomplete);
    let before = complaints.len();
    let teams = teams::check(written, &names, complaints);
    let teams_are_sure = complaints.len() == before;
    let (groups, unsure) = groups::Check { written, names: &names, kinds, root }.groups(files, complaints);
    identify::Check { written, people: &people, teams: &teams, groups: &groups, kinds }.run(complaints);
    let mut roster = Roster { people, teams, ..Roster::default() };
    for (provider, groups) in groups {
        let groups = groups.into_iter().map(|(handle, (_, group))| (handle, group));
        roster.groups.insert(provider, groups.collect());
    }
    policies::Check { written, files, unsure, teams_are_sure }.run(&mut roster, complaints);
    roster
}

/// What is known of the configured providers.
#[derive(Debug, Clone, Copy)]
struct Kinds<'a> {
    known: Option<&'a Known>,
}

impl<'a> Kinds<'a> {
    /// The kind of a provider, when it can be known.
    fn of(self, provider: &str) -> Option<KindName> {
        self.known?.get(provider).copied().flatten()
    }

    /// Whether a provider is known to be missing.
    fn lacks(self, provider: &str) -> bool {
        self.known.is_some_and(|known| !known.contains_key(provider))
    }

    fn names(self) -> impl Iterator<Item = &'a str> {
        self.known.into_iter().flat_map(|known| known.keys().map(ProviderName::as_str))
    }
}
