//! Its JSON to our model and back. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use reqwest::StatusCode;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::core::diff::{INACTIVE, LOCKED};
use crate::core::model::{Found, GroupId, Lookup, LookupKey, PersonHandle, Remark, UserId};

/// What is said where no such API answers: an error that is no JSON (official client).
pub(super) const NO_ADDRESS: &str = "there is no such address; is base_url right?";

/// A group as lists and single reads give it (seed 004).
#[derive(Debug, Deserialize)]
pub(super) struct Group {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: Option<String>,
}

/// A user as lists of members and of all users give it (seed 004; `/users`: official reference).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    pub(super) id: String,
    #[serde(default)]
    pub(super) login_name: Option<String>,
}

/// A user as a read of that user alone gives it (official reference); what else it says is not looked at.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Account {
    pub(super) id: String,
    #[serde(default)]
    account_status: Value,
}

impl Account {
    /// What speaks against adding it. `Active`, `Suspended` and `Locked` are published; others are taken for good
    /// (official reference).
    pub(super) fn against(&self, id: &UserId) -> Option<Remark> {
        let status = self.account_status.as_str().unwrap_or_default();
        let (code, how) = match status.trim().to_ascii_lowercase().as_str() {
            "suspended" => (INACTIVE, "suspended"),
            "locked" => (LOCKED, "locked"),
            _ => return None,
        };
        let detail = format!("the account {id} is {how} at SolveXia: it is not added until it is active");
        Some(Remark { code, user: Some(id.clone()), detail })
    }
}

/// The one group with this id.
pub(super) fn group_by_id(groups: &[Group], id: &GroupId) -> Result<(GroupId, String), String> {
    let mut same = groups.iter().filter(|group| group.id == id.as_str());
    match (same.next(), same.next()) {
        (Some(group), None) => Ok((id.clone(), group.name.clone().unwrap_or_default())),
        (None, _) => Err(format!("there is no group with the id {id}")),
        (Some(_), Some(_)) => Err(format!("the id {id} is in the list of groups more than once")),
    }
}

/// The one group with this exact name.
pub(super) fn group_by_name(groups: &[Group], name: &str) -> Result<(GroupId, String), String> {
    let same: Vec<&str> = groups
        .iter()
        .filter(|group| group.name.as_deref() == Some(name))
        .map(|group| group.id.as_str())
        .collect();
    match same.as_slice() {
        [] => Err(format!("there is no group named `{name}`")),
        [id] => GroupId::new(id)
            .map(|id| (id, name.to_owned()))
            .map_err(|bad| format!("the group named `{name}` has an id that cannot be used: {bad}")),
        ids => Err(format!(
            "{} groups are named `{name}` ({}); write the id of the one that is meant",
            ids.len(),
            ids.join(", ")
        )),
    }
}

/// The ids of a member list, one by one as they arrive, so that nothing else of it is kept. The list has no total to
/// check it by (seed 004), so whatever is odd about it makes it unreadable.
#[derive(Debug)]
pub(super) struct Members(Result<BTreeSet<UserId>, String>);

impl Members {
    /// The ids, or what is odd.
    pub(super) fn ids(self) -> Result<BTreeSet<UserId>, String> {
        self.0
    }

    fn take(&mut self, user: &User) {
        let Ok(members) = &mut self.0 else { return };
        match UserId::new(&user.id).map(|id| members.insert(id)) {
            Err(bad) => self.0 = Err(format!("a member has an id that cannot be used: {bad}")),
            Ok(false) => self.0 = Err(format!("the member {} is in the list more than once", user.id)),
            Ok(true) => (),
        }
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Listed;

        impl<'de> Visitor<'de> for Listed {
            type Value = Members;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a sequence")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Members, A::Error> {
                let mut members = Members(Ok(BTreeSet::new()));
                while let Some(user) = rows.next_element::<User>()? {
                    members.take(&user);
                }
                Ok(members)
            }
        }

        deserializer.deserialize_seq(Listed)
    }
}

/// Finds people by their logins in the list of all users.
pub(super) fn find(lookups: &[Lookup], users: &[User]) -> BTreeMap<PersonHandle, Found> {
    let mut wanted: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for lookup in lookups {
        if let LookupKey::Login(login) = &lookup.key {
            wanted.entry(folded(login)).or_default();
        }
    }
    for user in users {
        let login = user.login_name.as_deref().map(folded).filter(|login| !login.is_empty());
        if let Some(ids) = login.and_then(|login| wanted.get_mut(&login)) {
            ids.insert(&user.id);
        }
    }
    let found = |key: &LookupKey| match key {
        LookupKey::Login(login) => wanted.get(&folded(login)).map_or(Found::None, one),
        LookupKey::Email(_) => {
            Found::Refused("SolveXia finds nobody by email; write an id or a login".to_owned())
        }
    };
    lookups.iter().map(|lookup| (lookup.person.clone(), found(&lookup.key))).collect()
}

/// What an error body says (official reference: `message` and `supportId`; the log-in: `error`). Some
/// bodies are no JSON (official client), then the status has to speak.
pub(super) fn explain(status: StatusCode, body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |key: &str| match body.get(key) {
        Some(Value::String(text)) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let message = text("message").or_else(|| match (text("error"), text("error_description")) {
        (Some(error), Some(description)) => Some(format!("{error}: {description}")),
        (error, description) => error.or(description),
    });
    let message = message.unwrap_or_else(|| match status {
        StatusCode::NOT_FOUND if !body.is_object() => NO_ADDRESS.to_owned(),
        _ => status.canonical_reason().unwrap_or("no explanation").to_owned(),
    });
    match text("supportId") {
        Some(id) => format!("{message} (support id {id})"),
        None => message,
    }
}

fn folded(login: &str) -> String {
    login.trim().to_lowercase()
}

fn one(ids: &BTreeSet<&str>) -> Found {
    let checked: Result<Vec<UserId>, _> = ids.iter().map(|id| UserId::new(id)).collect();
    match checked {
        Err(bad) => Found::Refused(format!("the user with this login has an id that cannot be used: {bad}")),
        Ok(mut ids) => match (ids.pop(), ids.is_empty()) {
            (None, _) => Found::None,
            (Some(id), true) => Found::One(id),
            (Some(id), false) => {
                ids.push(id);
                Found::Many(ids)
            }
        },
    }
}
