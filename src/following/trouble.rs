//! Why the head of a branch is not in force.

use std::fmt;

use crate::clean::shell;
use crate::complaint::{Complaints, Problem};
use crate::git::{Commit, GitError};

/// What keeps the head of a branch from being in force, in words for people.
#[derive(Debug)]
pub enum Trouble {
    /// The remote could not be reached, or did not give the branch.
    Unreachable(GitError),
    /// The head is not signed as it has to be.
    Unsigned(GitError),
    /// The head does not descend from the commit in force.
    Held {
        /// What an approval names.
        digest: String,
        /// The head.
        head: Commit,
        /// The commit in force.
        in_force: Commit,
    },
    /// A commit cannot be laid out as files, or something here cannot be read or written.
    Unusable(GitError),
    /// The roster of a commit does not check.
    Invalid {
        /// The commit.
        commit: Commit,
        /// Everything that is wrong.
        complaints: Complaints,
    },
}

impl Trouble {
    /// What is wrong, with and without what stands in the roster.
    #[must_use]
    pub fn problem(&self) -> Problem {
        match self {
            Self::Invalid { commit, complaints } => Problem {
                brief: format!("the roster of commit {commit} does not check: {}", complaints.brief()),
                whole: format!("{self}\n{}", complaints.render(false)),
            },
            _ => Problem::plain(self.to_string()),
        }
    }

    /// A short word for status and metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Unsigned(_) => "unsigned",
            Self::Held { .. } => "held",
            Self::Unusable(_) => "unusable",
            Self::Invalid { .. } => "invalid",
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(error) => {
                write!(f, "the roster's branch could not be fetched: {}", chain(error))
            }
            Self::Unsigned(error) | Self::Unusable(error) => f.write_str(&chain(error)),
            Self::Held { digest, head, in_force } => write!(
                f,
                "the roster's branch was rewritten: its head {head} does not descend from {in_force}; to take exactly \
                 this head up: rosterd approve {} --reason \"…\"",
                shell(digest.get(..12).unwrap_or(digest))
            ),
            Self::Invalid { commit, complaints } => {
                let (number, found) =
                    (complaints.len(), if complaints.len() == 1 { "error" } else { "errors" });
                write!(f, "the roster of commit {commit} does not check: {number} {found}")?;
                let first = complaints.iter().next();
                first.map_or(Ok(()), |first| write!(f, ", the first at {}: {}", first.at, first.message))
            }
        }
    }
}

impl std::error::Error for Trouble {}

/// An error and what caused it, in one line.
fn chain(error: &GitError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
