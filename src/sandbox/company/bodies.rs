//! The request bodies. Unknown fields are refused, stricter than any server need be, so that a misspelt field
//! cannot pass for one that worked.

use serde::{Deserialize, de::DeserializeOwned};

use super::refusal::Refusal;
use crate::sandbox::exchange::Call;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pagination {
    #[serde(default)]
    offset: u32,
    #[serde(default = "hundred")]
    limit: u32,
}

fn hundred() -> u32 {
    100
}

impl Pagination {
    /// Where the page starts and how many it holds; the limit is at least 1 (official).
    pub(super) fn bounds(&self, clamp: Option<usize>) -> Result<(usize, usize), Refusal> {
        if self.limit == 0 || i32::try_from(self.limit).is_err() || i32::try_from(self.offset).is_err() {
            return Err(Refusal::invalid("pagination is out of bounds")
                .about("pagination.limit", &self.limit.to_string())
                .about("pagination.offset", &self.offset.to_string()));
        }
        let asked = self.limit as usize;
        Ok((self.offset as usize, clamp.map_or(asked, |most| asked.min(most.max(1)))))
    }
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
pub(super) enum Order {
    #[serde(rename = "ASC")]
    Ascending,
    #[serde(rename = "DESC")]
    Descending,
}

#[derive(Clone, Copy, Deserialize)]
pub(super) enum GroupKey {
    #[serde(rename = "NAME")]
    Name,
    #[serde(rename = "CREATED_AT")]
    CreatedAt,
}

#[derive(Clone, Copy, Deserialize)]
pub(super) enum MemberKey {
    #[serde(rename = "ADDED_AT")]
    AddedAt,
}

/// Both fields are required once one is there.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Sort<Key> {
    pub(super) sort_by: Key,
    pub(super) sort_order: Order,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListGroups {
    pub(super) pagination: Pagination,
    pub(super) search_text: Option<String>,
    pub(super) sort_params: Option<Sort<GroupKey>>,
    #[serde(default)]
    pub(super) filters: Vec<GroupFilter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct GroupFilter {
    pub(super) user_group_ids: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListMembers {
    pub(super) pagination: Pagination,
    pub(super) sort_params: Option<Sort<MemberKey>>,
    #[serde(default)]
    pub(super) filters: Vec<MemberFilter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MemberFilter {
    pub(super) added_after: Option<Moment>,
    pub(super) added_before: Option<Moment>,
    pub(super) user_ids: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Moment {
    pub(super) iso8601: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListRoles {
    pub(super) pagination: Pagination,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
pub(super) enum StatusFilter {
    #[default]
    #[serde(rename = "ACTIVE")]
    Active,
    #[serde(rename = "INACTIVE")]
    Inactive,
    #[serde(rename = "ALL")]
    All,
}

/// The company is an object here, and plain text in the paths.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListUsers {
    pub(super) company_id: EntityId,
    pub(super) pagination: Pagination,
    #[serde(default)]
    pub(super) user_status_filter: StatusFilter,
    pub(super) search_text: Option<String>,
    #[serde(default)]
    pub(super) filters: Vec<UserFilter>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EntityId {
    pub(super) id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UserFilter {
    pub(super) user_ids: Option<Vec<EntityId>>,
    pub(super) emails: Option<Vec<String>>,
    pub(super) external_ids: Option<Vec<String>>,
}

/// The body of a call, or what is wrong with it.
pub(super) fn body<T: DeserializeOwned>(call: &Call) -> Result<T, Refusal> {
    call.only_query(&[])?;
    serde_json::from_value(call.json()?).map_err(|error| {
        Refusal::invalid(format!("the body does not fit: {error}")).about("body", &error.to_string())
    })
}

/// Ids are UUIDs in their usual spelling.
pub(super) fn check_id(name: &str, id: &str) -> Result<(), Refusal> {
    if id.len() == 36 && uuid::Uuid::try_parse(id).is_ok() {
        Ok(())
    } else {
        Err(Refusal::invalid(format!("{name} must be a UUID")).about(name, id))
    }
}
