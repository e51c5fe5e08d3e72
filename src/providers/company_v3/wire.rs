//! Its JSON to our model and back. Pure.
//!
//! Timestamps are never looked at: the provider leaves out seconds and writes hour 24 (official
//! reference), and nothing here needs them. Unknown fields are ignored everywhere.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::INACTIVE_USER;
use super::config::{ADD_FIELD, Config};
use crate::core::call::Call;
use crate::core::model::{GroupId, Remark, UserId};
use crate::core::plan::Action;
use crate::providers::KindName;
use crate::providers::pages::{Page, PageAt};

/// A UUID in lower case, as text or as `{"id": "…"}` (official reference: the vendor writes both).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(from = "WrittenId")]
pub(super) struct Id(String);

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenId {
    Plain(String),
    Object { id: String },
}

impl From<WrittenId> for Id {
    fn from(written: WrittenId) -> Self {
        let (WrittenId::Plain(id) | WrittenId::Object { id }) = written;
        Self::from(id.as_str())
    }
}

impl From<&str> for Id {
    fn from(id: &str) -> Self {
        Self(KindName::CompanyV3.canonical_id(id))
    }
}

impl Id {
    /// As it is compared.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A page of groups (seed 003).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GroupPage {
    #[serde(default)]
    user_groups: List<Group>,
    pagination: Option<Pagination>,
}

/// One group. Seed 003 lists id and name; the official reference adds the company.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Group {
    /// Its id.
    pub(super) id: Id,
    /// Its name.
    pub(super) name: Option<String>,
    /// Whose it is, when the answer says so.
    pub(super) company_id: Option<Id>,
}

/// A page of members (seed 003).
#[derive(Deserialize)]
pub(super) struct MemberPage {
    #[serde(default)]
    members: List<Member>,
    pagination: Option<Pagination>,
}

/// One member (seed 003); when it was added does not matter.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Member {
    /// Who.
    pub(super) user_id: Id,
}

/// A page of users (official reference, marked as a draft); of a user nothing but `id` is published.
#[derive(Deserialize)]
pub(super) struct UserPage {
    #[serde(default)]
    users: List<Value>,
    pagination: Option<Pagination>,
}

/// The answer to a look-up of one user (official reference).
#[derive(Deserialize)]
pub(super) struct UserMatches {
    length: Option<Value>,
    elements: Option<Vec<UserSummary>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserSummary {
    id: Id,
    email: Option<String>,
    is_active: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pagination {
    total_num_results: Option<Value>,
}

/// A user that a look-up brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct User {
    /// The provider's id.
    pub(super) id: UserId,
    /// The email that was asked for and that this user has, in the form of [`comparable`].
    pub(super) email: Option<String>,
    /// Whether the provider says that the account is switched off.
    pub(super) inactive: bool,
}

/// A list, or that the answer has no such field. `null` in its place is neither, and breaks the read.
struct List<T>(Option<Vec<T>>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Vec::deserialize(from).map(|items| Self(Some(items)))
    }
}

impl<T> List<T> {
    /// One page. Every document shows the field, and many servers leave an empty list out: without it the answer
    /// is an empty list where its own total says 0, and else no list at all, which must not pass for an empty one.
    fn into_page(self, pagination: Option<&Pagination>) -> Option<Page<T>> {
        let total = total(pagination);
        let items = self.0.or_else(|| (total == Some(0)).then(Vec::new))?;
        Some(Page { items, total })
    }
}

impl GroupPage {
    /// As the paging wants it; none when it holds no list.
    pub(super) fn into_page(self) -> Option<Page<Group>> {
        self.user_groups.into_page(self.pagination.as_ref())
    }
}

impl MemberPage {
    /// As the paging wants it; none when it holds no list.
    pub(super) fn into_page(self) -> Option<Page<Member>> {
        self.members.into_page(self.pagination.as_ref())
    }
}

impl UserPage {
    /// As the paging wants it, each user with the one of the asked emails that it has; none when it holds no
    /// list, or a user has no id that could be understood.
    pub(super) fn into_page(self, asked: &BTreeSet<String>) -> Option<Page<User>> {
        let Page { items, total } = self.users.into_page(self.pagination.as_ref())?;
        let users: Option<Vec<User>> = items.iter().map(|user| listed_user(user, asked)).collect();
        Some(Page { items: users?, total })
    }
}

impl User {
    /// What speaks against adding it: the wire contract asks not to add who is not active (inferred).
    pub(super) fn against(&self) -> Option<Remark> {
        let id = &self.id;
        self.inactive.then(|| Remark {
            code: INACTIVE_USER,
            user: Some(id.clone()),
            detail: format!("user {id} is inactive at the provider"),
        })
    }
}

impl UserMatches {
    /// The users with this email; one without any email counts, because it is what was asked for.
    /// None when the answer is not all there is, or an id cannot be understood.
    pub(super) fn into_users(self, email: &str) -> Option<Vec<User>> {
        let elements = self.elements.unwrap_or_default();
        if self.length.is_some_and(|length| length.as_u64() != u64::try_from(elements.len()).ok()) {
            return None;
        }
        let asked = comparable(email);
        elements
            .into_iter()
            .filter(|user| user.email.as_ref().is_none_or(|email| comparable(email) == asked))
            .map(|user| {
                let id = UserId::new(user.id.as_str()).ok()?;
                Some(User { id, email: Some(asked.clone()), inactive: user.is_active == Some(false) })
            })
            .collect()
    }
}

fn total(pagination: Option<&Pagination>) -> Option<usize> {
    let written = pagination?.total_num_results.as_ref()?;
    usize::try_from(written.as_u64()?).ok()
}

/// The form in which emails are compared.
pub(super) fn comparable(email: &str) -> String {
    email.trim().to_lowercase()
}

fn listed_user(user: &Value, asked: &BTreeSet<String>) -> Option<User> {
    let id = Id::deserialize(user.get("id")?).ok()?;
    Some(User {
        id: UserId::new(id.as_str()).ok()?,
        email: email_of(user, asked),
        inactive: user.get("isActive") == Some(&Value::Bool(false)),
    })
}

/// Which of the asked emails a user has: its `email`, else the only asked one in a field called like
/// an email. Two of them say nothing: one may be somebody else's.
fn email_of(user: &Value, asked: &BTreeSet<String>) -> Option<String> {
    if let Some(Value::String(email)) = user.get("email") {
        return asked.get(&comparable(email)).cloned();
    }
    let mut seen = BTreeSet::new();
    collect_emails(user, false, asked, &mut seen);
    match (seen.pop_first(), seen.pop_first()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

fn collect_emails(value: &Value, is_email: bool, asked: &BTreeSet<String>, seen: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if is_email => seen.extend(asked.get(&comparable(text)).cloned()),
        Value::Array(items) => items.iter().for_each(|item| collect_emails(item, is_email, asked, seen)),
        Value::Object(fields) => {
            for (name, field) in fields {
                let name = name.to_lowercase();
                if !names_another_person(&name) {
                    collect_emails(field, is_email || name.contains("email"), asked, seen);
                }
            }
        }
        _ => {}
    }
}

/// Whether a field, in lower case, is about somebody else. An email in it must never identify this user.
fn names_another_person(field: &str) -> bool {
    const OTHERS: [&str; 9] = [
        "approver",
        "arranger",
        "assistant",
        "createdby",
        "delegate",
        "emergency",
        "invitedby",
        "manager",
        "updatedby",
    ];
    OTHERS.iter().any(|other| field.contains(other))
}

/// The body that lists groups, oldest first so that new ones come last (seed 003; `filters` official).
pub(super) fn group_list(at: PageAt, ids: Option<&[GroupId]>) -> Value {
    let mut body = listing(at, "CREATED_AT");
    if let Some(ids) = ids {
        let ids: Vec<&str> = ids.iter().map(GroupId::as_str).collect();
        body["filters"] = json!([{ "userGroupIds": ids }]);
    }
    body
}

/// The body that lists members, oldest first (official reference).
pub(super) fn member_list(at: PageAt, ids: Option<&[UserId]>) -> Value {
    let mut body = listing(at, "ADDED_AT");
    if let Some(ids) = ids {
        body["filters"] = json!([{ "userIds": plain(ids) }]);
    }
    body
}

/// The body that lists the users whom a filter means, inactive ones too (official reference).
pub(super) fn user_list(at: PageAt, company: &str, filter: &Value) -> Value {
    json!({
        "companyId": { "id": company },
        "userStatusFilter": "ALL",
        "pagination": { "offset": at.offset, "limit": at.limit },
        "filters": [filter],
    })
}

/// The users with any of some emails (official reference).
pub(super) fn by_emails(emails: &[&str]) -> Value {
    json!({ "emails": emails })
}

/// The users with any of some ids, which are objects here (official reference).
pub(super) fn by_ids(ids: &[&UserId]) -> Value {
    let ids: Vec<Value> = ids.iter().map(|id| json!({ "id": id.as_str() })).collect();
    json!({ "userIds": ids })
}

/// The body that changes members: one direction a call, because nothing published says what a call
/// with both does. Ids are plain strings here (inferred from the member list).
pub(super) fn member_change(call: &Call, config: &Config) -> Value {
    let field = match call.action {
        Action::Add => ADD_FIELD,
        Action::Remove => config.remove_field.as_str(),
    };
    json!({ field: plain(&call.users) })
}

fn listing(at: PageAt, sort_by: &str) -> Value {
    json!({
        "pagination": { "offset": at.offset, "limit": at.limit },
        "sortParams": { "sortBy": sort_by, "sortOrder": "ASC" },
    })
}

fn plain(users: &[UserId]) -> Vec<&str> {
    users.iter().map(UserId::as_str).collect()
}

/// Message, code and debug id out of an error answer (official reference): the envelope
/// `{debugIdentifier, errorMessages[…]}`, the flat `{errorCode}` of the token call, or the words that
/// OAuth has for it. None when the body says nothing of the kind. An error may quote what it was
/// sent, so `secrets` are struck out.
pub(super) fn explain(body: &[u8], secrets: &[&str]) -> Option<String> {
    const MESSAGES: usize = 3;
    let body: Value = serde_json::from_slice(body).ok()?;
    let messages = body.get("errorMessages").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut parts: Vec<String> = messages.iter().filter_map(explain_one).take(MESSAGES).collect();
    if parts.is_empty() {
        parts.extend(explain_one(&body));
    }
    if messages.len() > MESSAGES {
        parts.push(format!("and {} more", messages.len() - MESSAGES));
    }
    // Not shortened here: the token is struck out later, and a cut one would no longer be found.
    let mut text = without(&parts.join("; "), secrets);
    if let Some(debug) = text_of(&body, &["debugIdentifier"]) {
        text.push_str(if text.is_empty() { "debug id " } else { ", debug id " });
        text.push_str(&without(debug, secrets));
    }
    (!text.is_empty()).then_some(text)
}

/// Shorter ones are no secrets, and striking them out would only garble the message.
fn without(text: &str, secrets: &[&str]) -> String {
    let secrets = secrets.iter().filter(|secret| secret.len() >= 4);
    secrets.fold(text.to_owned(), |text, secret| text.replace(secret, "(secret)"))
}

fn explain_one(error: &Value) -> Option<String> {
    let code = text_of(error, &["errorCode", "code", "error"]);
    let message = text_of(error, &["message", "error_description"]);
    let detail = text_of(error, &["errorDetail"]).filter(|detail| Some(*detail) != message);
    let mut words: Vec<String> = message.into_iter().chain(detail).map(str::to_owned).collect();
    words.extend(code.map(|code| if words.is_empty() { code.to_owned() } else { format!("({code})") }));
    words.extend(parameters(error));
    (!words.is_empty()).then(|| words.join(" "))
}

fn parameters(error: &Value) -> Option<String> {
    let listed: Vec<String> = error
        .get("errorParameters")?
        .as_array()?
        .iter()
        .filter_map(|each| Some(format!("{}: {}", text_of(each, &["name"])?, text_of(each, &["value"])?)))
        .take(5)
        .collect();
    (!listed.is_empty()).then(|| format!("[{}]", listed.join(", ")))
}

fn text_of<'a>(value: &'a Value, fields: &[&str]) -> Option<&'a str> {
    fields.iter().filter_map(|field| value.get(field)?.as_str()).map(str::trim).find(|text| !text.is_empty())
}
