//! The JSON of Emporix to our model. Pure.
//!
//! Only ids are required. Unknown fields, missing optional ones and optional ones of another type
//! never break a read; an id that could not be one segment of a path does.

use std::collections::{BTreeSet, HashSet};

use serde::Deserialize;
use serde_json::Value;

use crate::core::model::{BadId, GroupId, UserId, UserType};
use crate::providers::{Fault, FaultKind};

/// The longest message of the provider that is passed on, in characters.
const MESSAGE_LIMIT: usize = 600;

/// A row of `GET /groups`, or the answer to `GET /groups/{groupId}` (official IAM reference).
#[derive(Debug, Deserialize)]
pub struct GroupRow {
    #[serde(default)]
    id: Option<String>,
    /// A map by language for `Accept-Language: *`, a plain string for a named language.
    #[serde(default)]
    name: Value,
    #[serde(default, rename = "userType")]
    user_type: Value,
}

/// A row of `GET /groups/{groupId}/users` (official IAM reference). Its `id` is that of the
/// assignment, which no call takes back.
#[derive(Debug, Deserialize)]
pub struct MemberRow {
    #[serde(default, rename = "groupId")]
    group_id: Option<String>,
    #[serde(default, rename = "userId")]
    user_id: Option<String>,
    #[serde(default, rename = "userType")]
    user_type: Value,
}

/// A row of `GET /users` (seed 002).
#[derive(Debug, Deserialize)]
pub struct UserRow {
    #[serde(default)]
    id: Option<String>,
    #[serde(default, rename = "backofficeUserNumber")]
    number: Value,
    #[serde(default, rename = "contactEmail")]
    email: Value,
    #[serde(default, rename = "isAccountLocked")]
    locked: Value,
    #[serde(default, rename = "groupIds")]
    group_ids: Value,
}

/// A group as Emporix has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its name for people: the English one, else that of the first language in order. Empty when it has none.
    pub name: String,
    /// Its names in all languages.
    pub names: BTreeSet<String>,
    /// Who it says it is for.
    pub user_type: Stated,
}

/// One row of a group's own member list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// As what.
    pub user_type: Stated,
}

/// One dashboard user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The id that memberships carry.
    pub id: UserId,
    /// `backofficeUserNumber` where it differs from the id, as it may for old users (seed 002).
    pub other_number: Option<String>,
    /// The email in the form of [`email_key`].
    pub email: Option<String>,
    /// Whether the account is locked.
    pub locked: bool,
    /// Every group of the user; none when the row does not say, or says it in a way we cannot read.
    pub groups: Option<Vec<GroupId>>,
}

/// A user type as an answer states it. Compared without case, since the tutorial writes it in lower case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Stated {
    /// It does not.
    #[default]
    Unsaid,
    /// One that we know.
    Known(UserType),
    /// One that we do not know.
    Other,
}

impl Stated {
    fn of(value: &Value) -> Self {
        match value.as_str() {
            None => Self::Unsaid,
            Some(text) => [UserType::Employee, UserType::Customer]
                .into_iter()
                .find(|known| text.eq_ignore_ascii_case(known.as_str()))
                .map_or(Self::Other, Self::Known),
        }
    }

    /// Whether it says something else than expected. Silence contradicts nothing.
    #[must_use]
    pub fn contradicts(self, expected: UserType) -> bool {
        !matches!(self, Self::Unsaid) && self != Self::Known(expected)
    }

    /// As a message words it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unsaid => "no user type",
            Self::Known(known) => known.as_str(),
            Self::Other => "an unknown user type",
        }
    }
}

/// Reads a group.
pub fn group(row: GroupRow) -> Result<Group, Fault> {
    let id = checked(row.id.as_deref(), GroupId::new, "a group in the group list")?;
    let user_type = Stated::of(&row.user_type);
    let (name, names) = match row.name {
        Value::String(name) => (name.clone(), BTreeSet::from([name])),
        // serde_json keeps maps in order of their keys, so the first language is always the same one.
        Value::Object(by_language) => {
            let english = by_language.get("en").and_then(Value::as_str);
            let mut names = by_language.values().filter_map(Value::as_str);
            let shown = english.or_else(|| names.clone().next()).unwrap_or_default().to_owned();
            (shown, names.by_ref().map(str::to_owned).collect())
        }
        _ => (String::new(), BTreeSet::new()),
    };
    Ok(Group { id, name, names, user_type })
}

/// Reads a member of one group. A row of another group makes the list unreadable: the texts of the
/// two id fields are swapped in the reference, so a swap on the wire must not pass for members.
pub fn member(row: &MemberRow, group: &GroupId) -> Result<Member, Fault> {
    if let Some(other) = row.group_id.as_deref().filter(|other| *other != group.as_str()) {
        let detail = format!("the member list of group {group} holds a row of group {}", clip(other));
        return Err(Fault::new(FaultKind::Unreadable, detail));
    }
    let user = checked(row.user_id.as_deref(), UserId::new, &format!("a member of group {group}"))?;
    Ok(Member { user, user_type: Stated::of(&row.user_type) })
}

/// Reads a user. `known` holds each group id once, however many users carry it.
pub fn user(row: &UserRow, known: &mut HashSet<GroupId>) -> Result<User, Fault> {
    let id = checked(row.id.as_deref(), UserId::new, "a user in the user list")?;
    Ok(User {
        other_number: row.number.as_str().filter(|number| *number != id.as_str()).map(str::to_owned),
        email: row.email.as_str().and_then(email_key),
        locked: row.locked == Value::Bool(true),
        groups: group_ids(&row.group_ids, known),
        id,
    })
}

fn group_ids(value: &Value, known: &mut HashSet<GroupId>) -> Option<Vec<GroupId>> {
    let one = |id: &Value| {
        let id = id.as_str()?;
        if let Some(shared) = known.get(id) {
            return Some(shared.clone());
        }
        let id = GroupId::new(id).ok()?;
        known.insert(id.clone());
        Some(id)
    };
    value.as_array()?.iter().map(one).collect()
}

/// The form in which emails are compared: trimmed, without regard to case. None for a blank one,
/// which identifies nobody.
#[must_use]
pub fn email_key(email: &str) -> Option<String> {
    let email = email.trim();
    (!email.is_empty()).then(|| email.to_lowercase())
}

fn checked<Id>(id: Option<&str>, new: impl Fn(&str) -> Result<Id, BadId>, what: &str) -> Result<Id, Fault> {
    let unreadable = |why: &str| Fault::new(FaultKind::Unreadable, format!("{what} has no usable id: {why}"));
    let id = id.ok_or_else(|| unreadable("it is missing"))?;
    new(id).map_err(|bad| unreadable(&bad.to_string()))
}

/// The words of an error answer: message, details and the resource it is about. Knows the
/// `ErrorResponse` of IAM, the `fault` of its gateway (seed 000) and the errors of OAuth; empty for
/// anything else, since a body that we do not understand is never shown. Not shortened here: a secret that the
/// provider repeats must be struck out first, and a cut one would no longer be found.
#[must_use]
pub fn explain(body: &[u8]) -> String {
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return String::new() };
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
    let details = body.get("details").and_then(Value::as_array).into_iter().flatten();
    let mut parts: Vec<&str> = ["/message", "/fault/faultstring", "/fault/detail/errorcode", "/error"]
        .into_iter()
        .chain(["/error_description"])
        .filter_map(text)
        .collect();
    parts.extend(details.filter_map(Value::as_str));
    parts.retain(|part| !part.trim().is_empty());
    let words = parts.join(": ");
    match text("/resourceId").filter(|resource| !words.contains(resource)) {
        Some(resource) => format!("{words} (resource {resource})").trim_start().to_owned(),
        None => words,
    }
}

/// Cuts a text of the provider to a length that fits into a message.
fn clip(text: &str) -> String {
    match text.char_indices().nth(MESSAGE_LIMIT) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
