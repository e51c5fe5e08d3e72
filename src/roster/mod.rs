//! The roster's files, read into a [`Roster`] or into everything that is wrong with them.
//!
//! ```text
//! walk (which files) -> file (the TOML as written) -> check, with lists -> Roster, or Complaints
//! ```
//!
//! Nothing here looks at the clock: whether a roster is valid never depends on the day. Nothing outside
//! the roster's root is opened.

mod check;
mod file;
mod lists;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::complaint::{Complaint, Complaints};
use crate::core::model::ProviderName;
use crate::core::roster::Roster;
use crate::document::Source;
use crate::providers::KindName;

/// The configured providers; no kind where the configuration of a provider did not check.
pub type Known = BTreeMap<ProviderName, Option<KindName>>;

/// How often a roster is read anew when its files change meanwhile.
const ATTEMPTS: usize = 3;

/// Reads and checks a roster: one file, or a directory with all below it.
///
/// `shown_root` stands before the names of its files in complaints: `roster/`, or nothing. Without
/// `known`, what needs the configured providers is not checked.
///
/// # Errors
/// Everything that is wrong, in the order of files and places.
pub fn load(path: &Path, shown_root: &str, known: Option<&Known>) -> Result<Roster, Complaints> {
    load_whole(path, shown_root, known, &mut || {})
}

/// As [`load`]; `between` runs after everything was read and before it is seen whether it stood still.
fn load_whole(
    path: &Path,
    shown_root: &str,
    known: Option<&Known>,
    between: &mut dyn FnMut(),
) -> Result<Roster, Complaints> {
    for _ in 0..ATTEMPTS {
        let mut complaints = Complaints::default();
        let Some(tree) = walk::find(path, shown_root, &mut complaints) else {
            return Err(complaints);
        };
        let mut files = Files::new(shown_root);
        let roster = files.load(&tree, known, complaints);
        between();
        if files.stood_still(&tree, path, shown_root) {
            return roster;
        }
    }
    let message = format!("the roster changed while it was read, {ATTEMPTS} times in a row");
    let complaint = Complaint::about(&path.to_string_lossy(), message);
    Err(complaint.help("try again when nothing writes to it").into())
}

/// The files of one attempt, in the order of [`Roster::files`]: the TOML files by name, then the lists
/// as they are come upon.
struct Files<'a> {
    shown_root: &'a str,
    names: Vec<Arc<str>>,
    numbers: BTreeMap<Arc<str>, u32>,
    digests: BTreeMap<Arc<str>, [u8; 32]>,
    lists: BTreeMap<Arc<str>, walk::Stamped>,
    /// A file that may define names was left out.
    incomplete: bool,
}

impl<'a> Files<'a> {
    fn new(shown_root: &'a str) -> Self {
        Self {
            shown_root,
            names: Vec::new(),
            numbers: BTreeMap::new(),
            digests: BTreeMap::new(),
            lists: BTreeMap::new(),
            incomplete: false,
        }
    }

    fn load(
        &mut self,
        tree: &walk::Tree,
        known: Option<&Known>,
        mut complaints: Complaints,
    ) -> Result<Roster, Complaints> {
        // What the walk could not read may define anything.
        self.incomplete = !complaints.is_empty();
        let mut written = file::Written::default();
        for (name, file) in &tree.files {
            match self.take(name, &file.path, &mut complaints) {
                Some((source, number)) => written.add(source, number, &mut complaints),
                None => self.incomplete = true,
            }
        }
        let mut roster = check::check(&written, self, &tree.root, known, &mut complaints);
        roster.revision = self.revision().into();
        roster.files.clone_from(&self.names);
        roster.shown_root = self.shown_root.into();
        complaints.or(roster)
    }

    /// Reads a file. Its number is its index in [`Roster::files`].
    fn take(&mut self, name: &str, path: &Path, complaints: &mut Complaints) -> Option<(Source, u32)> {
        let name: Arc<str> = name.into();
        let next = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(Arc::clone(&name)).or_insert(next);
        if number == next {
            self.names.push(Arc::clone(&name));
        }
        let source = Source::read(path, &format!("{}{name}", self.shown_root), complaints)?;
        self.digests.insert(name, Sha256::digest(source.text()).into());
        Some((source, number))
    }

    fn stood_still(&self, tree: &walk::Tree, path: &Path, shown_root: &str) -> bool {
        let again = walk::find(path, shown_root, &mut Complaints::default());
        again.is_some_and(|again| again.root == tree.root && again.files == tree.files)
            && self.lists.iter().all(|(name, list)| {
                walk::confine(&tree.root, name).is_ok_and(|(_, path)| path == list.path)
                    && walk::Stamp::of(&list.path).is_ok_and(|now| now == list.stamp)
            })
    }

    /// A digest of every name and content; the order in which lists were come upon has no part in it.
    fn revision(&self) -> String {
        let mut all = Sha256::new();
        for (name, digest) in &self.digests {
            all.update((name.len() as u64).to_be_bytes());
            all.update(name.as_bytes());
            all.update(digest);
        }
        let digit = |four: u8| char::from_digit(u32::from(four), 16).unwrap_or_default();
        all.finalize().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    }
}
