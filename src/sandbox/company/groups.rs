//! Lists of groups, and single groups.

use std::cmp::Reverse;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    COMPANY,
    bodies::{GroupKey, ListGroups, ListRoles, Order, body, check_id},
    refusal::Refusal,
    stamp,
    world::{Room, World, moment},
};
use crate::sandbox::exchange::{Answer, Call};

impl World {
    pub(super) fn list_groups(&self, call: &Call) -> Result<Answer, Refusal> {
        let asked: ListGroups = body(call)?;
        let rooms = self.groups.values().filter(|room| room.group.company == COMPANY);
        self.page_of_groups(&asked, rooms.collect())
    }

    /// The groups of one user take the same body; the path has no company.
    pub(super) fn list_groups_of(&self, call: &Call, user: &str) -> Result<Answer, Refusal> {
        let asked: ListGroups = body(call)?;
        check_id("userId", user)?;
        let account = self.users.get(user).filter(|account| account.user.company == COMPANY);
        let account = account.ok_or_else(|| Refusal::not_found("User not found").about("userId", user))?;
        let rooms = account.groups.iter().filter_map(|id| self.groups.get(id));
        self.page_of_groups(&asked, rooms.collect())
    }

    pub(super) fn get_group(&self, call: &Call, group: &str) -> Result<Answer, Refusal> {
        call.without_body()?;
        call.only_query(&[])?;
        Ok(Answer::json(StatusCode::OK, row(self.room(group)?)))
    }

    /// One role, the same for every group: it shows what membership grants, and nothing depends on it.
    pub(super) fn list_roles(&self, call: &Call, group: &str) -> Result<Answer, Refusal> {
        let asked: ListRoles = body(call)?;
        let (start, size) = asked.pagination.bounds(self.settings.page_clamp)?;
        self.room(group)?;
        let role = json!({
            "id": "c3d2e1f0-7a69-4d80-ae5f-3b4c5d6e7f80",
            "name": "Trip Manager",
            "description": "Manages trips.",
            "isPlatformRole": true,
            "permissions": [{ "permission": "TRIP_MANAGEMENT", "actions": ["READ", "WRITE"] }],
            "scope": { "audiences": [] },
        });
        let rows: Vec<Value> = std::iter::once(role).skip(start).take(size).collect();
        let body = json!({ "roles": rows, "pagination": { "totalNumResults": 1 } });
        Ok(Answer::json(StatusCode::OK, body))
    }

    /// A group of the client's company.
    pub(super) fn room(&self, group: &str) -> Result<&Room, Refusal> {
        check_id("groupId", group)?;
        let room = self.groups.get(group).filter(|room| room.group.company == COMPANY);
        room.ok_or_else(|| Refusal::not_found("User group not found").about("groupId", group))
    }

    fn page_of_groups(&self, asked: &ListGroups, mut rooms: Vec<&Room>) -> Result<Answer, Refusal> {
        let (start, size) = asked.pagination.bounds(self.settings.page_clamp)?;
        if let Some(text) = &asked.search_text {
            let text = text.to_lowercase();
            rooms.retain(|room| room.group.name.to_lowercase().contains(&text));
        }
        let wanted = asked.filters.iter().filter_map(|filter| filter.user_group_ids.as_ref());
        for id in wanted.clone().flatten() {
            check_id("userGroupIds", id)?;
        }
        // A filter without a condition holds for every group.
        if !asked.filters.is_empty() && wanted.clone().count() == asked.filters.len() {
            rooms.retain(|room| wanted.clone().flatten().any(|id| *id == room.group.id));
        }
        if let Some(sort) = &asked.sort_params {
            match sort.sort_by {
                GroupKey::Name => rooms.sort_by_key(|room| room.group.name.to_lowercase()),
                GroupKey::CreatedAt => rooms.sort_by_key(|room| room.created),
            }
            if sort.sort_order == Order::Descending {
                rooms.reverse();
            }
        } else {
            // No order is promised without one, so it is not one that somebody might rely on.
            rooms.sort_by_key(|room| Reverse(room.created));
        }
        let total = rooms.len();
        let rows: Vec<Value> = rooms.into_iter().skip(start).take(size).map(row).collect();
        let body = json!({ "userGroups": rows, "pagination": { "totalNumResults": total } });
        Ok(Answer::json(StatusCode::OK, body))
    }
}

/// `isUnmodifiable` is left out where it is false, which the documents allow.
fn row(room: &Room) -> Value {
    let group = &room.group;
    let maker = json!({ "id": "2b5d1c90-3e4f-4a71-8c8d-9e0f1a2b3c4d", "name": "Sandbox Maker" });
    let at = json!({ "iso8601": stamp::text(moment(room.created)) });
    let mut body = json!({
        "id": group.id,
        "name": group.name,
        "description": "A group of the sandbox.",
        "companyId": group.company,
        "createdAt": at,
        "updatedAt": at,
        "createdBy": maker,
        "updatedBy": maker,
    });
    if group.unmodifiable {
        body["isUnmodifiable"] = true.into();
    }
    body
}
