//! A branch of a git repository, followed with the `git` command: fetched, judged, laid out as files.
//!
//! ```text
//! DIR/git/DIGEST/mirror/             a bare repository without history that nobody needs, made anew when it is damaged
//! DIR/git/DIGEST/followed.json       which commit is in force, and when it was last seen at the remote
//! DIR/git/DIGEST/checkouts/COMMIT/   the files of a commit: the one in force and the one before
//! ```
//!
//! `DIGEST` is over url, branch and path: pointed elsewhere, rosterd starts anew. What is decided with all this stands
//! in [`crate::following`]; here nothing knows what a roster is.
//!
//! What never happens here: a hook, a filter, an attribute or a submodule of the repository that does anything; a
//! symbolic link that is followed; a secret in an argument, a file or a message; a redirect that is followed;
//! a configuration of git that is not ours. There is no work tree: files are written from the objects.

mod access;
mod branch;
mod checkout;
mod command;
mod error;
mod mirror;
mod record;
#[cfg(test)]
mod tests;
mod tree;
mod work_tree;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

pub use branch::{Branch, target};
pub use checkout::Checkout;
pub use error::GitError;
pub use record::Followed;
pub use work_tree::{WorkTree, work_tree};

/// The id of a commit: 40 or 64 lower-case hexadecimal digits, so that git takes it for nothing else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Commit(Arc<str>);

impl Commit {
    /// Takes an id as git printed it.
    #[must_use]
    pub fn new(id: &str) -> Option<Self> {
        let digit = |c: char| c.is_ascii_digit() || matches!(c, 'a'..='f');
        (matches!(id.len(), 40 | 64) && id.chars().all(digit)).then(|| Self(id.into()))
    }

    /// All of its digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As many digits as people read.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..7).unwrap_or(&self.0)
    }
}

impl fmt::Display for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.short())
    }
}

impl<'de> Deserialize<'de> for Commit {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let id = String::deserialize(from)?;
        Self::new(&id).ok_or_else(|| serde::de::Error::custom("this is no id of a commit"))
    }
}
