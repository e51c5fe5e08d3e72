//! Ids as a roster writes them, in the form in which they are compared.

use uuid::Uuid;

use crate::core::model::{GroupId, UserId};
use crate::providers::KindName;

/// What is wrong, and what to write instead.
pub(super) type Wrong = (String, String);

/// A user's id. Without a kind only its form as a path segment is checked.
pub(in crate::roster) fn user_id(written: &str, kind: Option<KindName>) -> Result<UserId, Wrong> {
    match kind {
        Some(kind) => UserId::new(&canonical(written, kind)?),
        None => UserId::new(written),
    }
    .map_err(|error| (error.to_string(), "write the id that the provider gave the user".to_owned()))
}

/// A group's id.
pub(super) fn group_id(written: &str, kind: Option<KindName>) -> Result<GroupId, Wrong> {
    match kind {
        Some(kind) => GroupId::new(&canonical(written, kind)?),
        None => GroupId::new(written),
    }
    .map_err(|error| (error.to_string(), "write the id that the provider gave the group".to_owned()))
}

/// Ids of company v3 are UUIDs (official reference); others are whatever the provider says.
fn canonical(written: &str, kind: KindName) -> Result<String, Wrong> {
    // The other forms of a UUID, without hyphens or in braces, would be another id to the provider.
    let uuid = written.len() == 36 && Uuid::try_parse(written).is_ok();
    if kind == KindName::CompanyV3 && !uuid {
        let message = format!("\"{written}\" is not an id of company v3: those are UUIDs");
        return Err((message, "write it like 0b5c2f0e-9f0c-4a4e-8e06-c01491314101".to_owned()));
    }
    Ok(kind.canonical_id(written))
}
