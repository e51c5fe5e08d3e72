//! Finding a configuration, reading it, and what can only be checked over all of it.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::file::{self, Read};
use super::mask::mask;
use super::{Loading, Protected};
use crate::complaint::{At, Complaint, Complaints};
use crate::core::model::{PersonHandle, Target};
use crate::core::roster::Roster;
use crate::document::{Source, lower, nearest};

/// Where a configuration is looked for when none is named.
const PLACES: [&str; 2] = ["rosterd.toml", "/etc/rosterd/rosterd.toml"];

/// No configuration is anywhere it was looked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no configuration: `$ROSTERD_CONFIG` is not set, and there is no {}; name one with --config FILE",
    .looked.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(" and no ")
)]
pub struct NotFound {
    /// The places, in the order they were looked at.
    pub looked: Vec<PathBuf>,
}

/// Finds the configuration: the one that is named, else `$ROSTERD_CONFIG`, else `./rosterd.toml`, else
/// `/etc/rosterd/rosterd.toml`. One that is named is not looked for: [`load`] says when it is not there.
///
/// # Errors
/// When none is named and none is there.
pub fn find(explicit: Option<&Path>) -> Result<PathBuf, NotFound> {
    find_among(explicit, env::var_os("ROSTERD_CONFIG"), &PLACES.map(PathBuf::from))
}

/// The file of a configuration without symbolic links, also when it is not there any more.
#[must_use]
pub fn resolved(file: &Path) -> PathBuf {
    let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let beside = || Some(absolute.parent()?.canonicalize().ok()?.join(absolute.file_name()?));
    absolute.canonicalize().ok().or_else(beside).unwrap_or(absolute)
}

pub(super) fn find_among(
    explicit: Option<&Path>,
    variable: Option<OsString>,
    places: &[PathBuf],
) -> Result<PathBuf, NotFound> {
    let named = variable.filter(|path| !path.is_empty()).map(PathBuf::from);
    if let Some(path) = explicit.map(Path::to_owned).or(named) {
        return Ok(path);
    }
    let there = places.iter().find(|path| path.exists());
    there.cloned().ok_or_else(|| NotFound { looked: places.to_vec() })
}

/// Reads and checks a configuration. Whatever is wrong, everything that can be known is handed back.
#[must_use]
pub fn load(path: &Path) -> Loading {
    let mut complaints = Complaints::default();
    let name = path.display().to_string();
    let Some(source) = Source::read(path, &name, &mut complaints) else {
        return Loading { complaints, ..nothing() };
    };
    parse(path, &source, complaints)
}

/// Reads a configuration whose text is here already; the path says what its paths are relative to.
pub(super) fn parse(path: &Path, source: &Source, mut complaints: Complaints) -> Loading {
    let masked = Source::new(source.name(), mask(source.text()));
    let Read { config, known, protected, targets } =
        lower(&masked, &mut complaints, |root| file::read(root, path));
    complaints.extend(one_target_each(&targets));
    let (roster, roster_shown) = (config.roster.clone(), config.roster_shown.clone());
    let config = complaints.is_empty().then_some(config);
    Loading { config, roster, roster_shown, known, protected, complaints: complaints.sorted() }
}

fn nothing() -> Loading {
    Loading {
        config: None,
        roster: None,
        roster_shown: String::new(),
        known: BTreeMap::new(),
        protected: Vec::new(),
        complaints: Complaints::default(),
    }
}

/// State is kept by target, and two providers over one would undo each other's changes.
fn one_target_each(targets: &[(Target, At)]) -> Vec<Complaint> {
    let mut first: BTreeMap<&Target, &At> = BTreeMap::new();
    let mut complaints = Vec::new();
    for (target, at) in targets {
        if let Some(earlier) = first.get(target) {
            let complaint = Complaint::new(at.clone(), "two providers have one target")
                .also((*earlier).clone(), "the same kind, base_url, and tenant or company stand here")
                .help("remove one of the two, and name its groups under the other in the roster");
            complaints.push(complaint);
        } else {
            first.insert(target, at);
        }
    }
    complaints
}

/// Complains about every protected name that the roster does not know: dropping a person must not drop
/// the protection.
#[must_use]
pub fn check_protected(protected: &[Protected], roster: &Roster) -> Complaints {
    let mut complaints = Complaints::default();
    for Protected { person, at } in protected {
        if roster.people.contains_key(person) {
            continue;
        }
        let name = person.as_str();
        let help = match nearest(name, roster.people.keys().map(PersonHandle::as_str)) {
            Some(known) => format!("did you mean \"{known}\"?"),
            None => "add this person to the roster, or take the name out of `protected`".to_owned(),
        };
        complaints.push(Complaint::new(at.clone(), format!("the roster has no person `{name}`")).help(help));
    }
    complaints.sorted()
}
