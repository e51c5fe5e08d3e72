//! Held changes -> the digest that an approval names.

use sha2::{Digest as _, Sha256};

use super::model::{GroupId, Target, UserId};
use super::plan::Action;

/// The digest of what is held at one target: lower-case hex of a SHA-256.
///
/// It covers the target, the held changes and the number of approvals used so far, and nothing else:
/// unrelated drift does not void an approval, and none can be replayed.
#[must_use]
pub fn of(target: &Target, approvals_used: u64, held: &mut [(GroupId, Action, UserId)]) -> String {
    held.sort();
    let used = approvals_used.to_string();
    let held = held.iter().flat_map(|(group, action, user)| {
        let action = match action {
            Action::Add => "add",
            Action::Remove => "remove",
        };
        [group.as_str(), action, user.as_str()]
    });
    over(["rosterd digest 1", target.as_str(), &used].into_iter().chain(held))
}

/// The digest of a head that does not descend from the commit in force: lower-case hex of a SHA-256.
///
/// It covers the branch, both commits and the number of approvals used so far.
#[must_use]
pub fn of_rewrite(branch: &Target, approvals_used: u64, in_force: &str, head: &str) -> String {
    over([
        "rosterd digest of a rewritten branch 1",
        branch.as_str(),
        &approvals_used.to_string(),
        in_force,
        head,
    ])
}

fn over<'p>(parts: impl IntoIterator<Item = &'p str>) -> String {
    let mut hasher = Sha256::new();
    for text in parts {
        // Every part is preceded by its length, so that no two lists of parts hash the same bytes.
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// How many digits of a digest name it at least.
pub const MIN_DIGITS: usize = 8;

/// How many digits a digest has.
pub const WHOLE_DIGITS: usize = 64;

/// Whether what a person typed names the digest: the whole of it, or its first digits.
#[must_use]
pub fn is_named_by(digest: &str, typed: &str) -> bool {
    typed.len() >= MIN_DIGITS && digest.starts_with(&typed.to_ascii_lowercase())
}
