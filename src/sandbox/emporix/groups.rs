//! Groups and group assignments.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    UserType,
    refusal::Refusal,
    wire::{self, Page, Shown},
    world::{Room, World},
};
use crate::sandbox::exchange::{Answer, Call};

const PAGED: [&str; 2] = ["pageNumber", "pageSize"];

impl World {
    pub(super) fn list_groups(&self, call: &Call) -> Result<Answer, Refusal> {
        self.need(call, "iam.group_read")?;
        call.without_body()?;
        call.only_query(&[
            "pageNumber",
            "pageSize",
            "sort",
            "name",
            "description",
            "q",
            "metadataModifiedAt",
            "userType",
        ])?;
        let page = Page::asked_by(call, self.page_clamp)?;
        let shown = Shown::asked_by(call)?;
        let kind = wire::user_type(call)?;
        let query = call.query.get("q").map(|text| Query::parse(text)).transpose()?;
        let name = call.query.get("name").map(|text| text.to_lowercase());
        let mut rooms: Vec<&Room> = self
            .groups
            .values()
            .filter(|room| kind.is_none_or(|kind| room.group.kind == kind))
            .filter(|room| query.as_ref().is_none_or(|query| query.matches(room)))
            .filter(|room| name.as_ref().is_none_or(|name| is_called(room, name)))
            .collect();
        sort(&mut rooms, call)?;
        Ok(page.of(rooms.len(), rooms.into_iter(), |room| wire::group(room, &shown)))
    }

    pub(super) fn get_group(&self, call: &Call, group: &str) -> Result<Answer, Refusal> {
        self.need(call, "iam.group_read")?;
        call.without_body()?;
        call.only_query(&[])?;
        let shown = Shown::asked_by(call)?;
        Ok(Answer::json(StatusCode::OK, wire::group(self.room(group)?, &shown)))
    }

    pub(super) fn list_members(&self, call: &Call, group: &str) -> Result<Answer, Refusal> {
        self.need(call, "iam.user_read")?;
        call.without_body()?;
        call.only_query(&PAGED)?;
        let page = Page::asked_by(call, self.page_clamp)?;
        let members = &self.room(group)?.members;
        Ok(page.of(members.len(), members.iter(), |(user, assignment)| {
            json!({
                "id": assignment.id,
                "groupId": group,
                "userId": user,
                "userType": assignment.kind.text(),
            })
        }))
    }

    /// 201 also for a member that is there already: what happens then is not documented.
    pub(super) fn post_member(&mut self, call: &Call, group: &str) -> Result<Answer, Refusal> {
        self.need(call, "iam.assignment_manage")?;
        let fields = wire::fields(call, &["userId"], &["userType"])?;
        let user = wire::text(&fields, "userId")?;
        let kind = match fields.get("userType") {
            None => "EMPLOYEE",
            Some(_) => wire::text(&fields, "userType")?,
        };
        self.assign(group, kind, user).map(|(_, id)| created(&id))
    }

    pub(super) fn put_member(
        &mut self,
        call: &Call,
        group: &str,
        kind: &str,
        user: &str,
    ) -> Result<Answer, Refusal> {
        self.need(call, "iam.assignment_manage")?;
        call.without_body()?;
        call.only_query(&[])?;
        let (is_new, id) = self.assign(group, kind, user)?;
        Ok(if is_new { created(&id) } else { Answer::empty(StatusCode::NO_CONTENT) })
    }

    /// 204, also for a stranger and an unknown group: neither 400 nor 404 is documented (seed 000).
    pub(super) fn delete_member(&mut self, call: &Call, group: &str, user: &str) -> Result<Answer, Refusal> {
        self.need(call, "iam.assignment_manage")?;
        call.without_body()?;
        call.only_query(&[])?;
        self.leave(group, user);
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }

    /// Empties the group.
    pub(super) fn delete_members(&mut self, call: &Call, group: &str) -> Result<Answer, Refusal> {
        self.need(call, "iam.assignment_manage")?;
        call.without_body()?;
        call.only_query(&[])?;
        self.empty_group(group);
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }

    /// An unknown user looks like one without groups: no 404 is documented (official).
    pub(super) fn list_groups_of(&self, call: &Call, user: &str) -> Result<Answer, Refusal> {
        self.need(call, "iam.group_read")?;
        call.without_body()?;
        call.only_query(&["pageNumber", "pageSize", "sort"])?;
        let page = Page::asked_by(call, self.page_clamp)?;
        let shown = Shown::asked_by(call)?;
        let ids = self.users.get(user).into_iter().flat_map(|account| &account.groups);
        let mut rooms: Vec<&Room> = ids.filter_map(|id| self.groups.get(id)).collect();
        sort(&mut rooms, call)?;
        Ok(page.of(rooms.len(), rooms.into_iter(), |room| wire::group(room, &shown)))
    }

    pub(super) fn get_group_of(&self, call: &Call, user: &str, group: &str) -> Result<Answer, Refusal> {
        self.need(call, "iam.group_read")?;
        call.without_body()?;
        call.only_query(&[])?;
        let shown = Shown::asked_by(call)?;
        let room = self.room(group)?;
        if !room.members.contains_key(user) {
            return Err(Refusal::user_not_found(user));
        }
        Ok(Answer::json(StatusCode::OK, wire::group(room, &shown)))
    }

    /// Removes every membership of the user.
    pub(super) fn delete_groups_of(&mut self, call: &Call, user: &str) -> Result<Answer, Refusal> {
        if self.need(call, "iam.assignment_manage").is_err() {
            // Worded differently from the others (official).
            return Err(Refusal::forbidden("You need a scope for this action.")
                .with_detail("Required scope(s): iam.assignment_manage"));
        }
        call.without_body()?;
        call.only_query(&[])?;
        self.leave_all(user);
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }

    /// Whether the assignment is new, and its id. One that exists keeps its type (seed 000).
    fn assign(&mut self, group: &str, kind: &str, user: &str) -> Result<(bool, String), Refusal> {
        let Some(kind) = UserType::parse(kind) else {
            return Err(Refusal::constraint(format!("'{kind}' is not supported"), group));
        };
        let room = self.room(group)?;
        if let Some(assignment) = room.members.get(user) {
            return Ok((false, assignment.id.clone()));
        }
        self.may_join(room, user, kind)?;
        let id = self.join(group, user).ok_or_else(|| Refusal::user_not_found(user))?;
        Ok((true, id))
    }
}

fn created(id: &str) -> Answer {
    Answer::json(StatusCode::CREATED, json!({ "id": id }))
}

fn is_called(room: &Room, lowercase: &str) -> bool {
    room.group.name.values().any(|name| name.to_lowercase().contains(lowercase))
}

/// As much of the standard query syntax as finding groups takes.
enum Query {
    Ids(Vec<String>),
    Field { name: String, value: String },
}

impl Query {
    fn parse(text: &str) -> Result<Query, Refusal> {
        let Some((name, value)) = text.split_once(':') else {
            return Err(Refusal::bad_request("q must be field:value"));
        };
        let list = value.strip_prefix("in(").and_then(|rest| rest.strip_suffix(')'));
        match (name, list) {
            ("id", Some(list)) => Ok(Query::Ids(list.split(',').map(|id| id.trim().to_owned()).collect())),
            ("id" | "code" | "userType", None) => {
                Ok(Query::Field { name: name.to_owned(), value: value.to_owned() })
            }
            (localized, None) if localized.starts_with("name.") => {
                Ok(Query::Field { name: name.to_owned(), value: value.to_owned() })
            }
            _ => Err(Refusal::bad_request(format!("q cannot search by '{name}'"))),
        }
    }

    fn matches(&self, room: &Room) -> bool {
        match self {
            Query::Ids(ids) => ids.contains(&room.group.id),
            Query::Field { name, value } => field(room, name) == Some(value.as_str()),
        }
    }
}

fn field<'a>(room: &'a Room, name: &str) -> Option<&'a str> {
    let group = &room.group;
    match name {
        "id" => Some(&group.id),
        "code" => group.code.as_deref(),
        "userType" => Some(group.kind.text()),
        _ => group.name.get(name.strip_prefix("name.")?).map(String::as_str),
    }
}

/// `field`, `field:asc` or `field:desc`; the order of ids where nothing is asked.
fn sort(rooms: &mut [&Room], call: &Call) -> Result<(), Refusal> {
    let Some(text) = call.query.get("sort") else { return Ok(()) };
    let (name, direction) = text.split_once(':').unwrap_or((text, "asc"));
    let known = matches!(name, "id" | "code" | "userType" | "metadata.createdAt" | "metadata.modifiedAt")
        || name.starts_with("name.");
    if !known || !matches!(direction, "asc" | "desc") {
        return Err(Refusal::bad_request(format!("Cannot sort by '{text}'")));
    }
    rooms.sort_by(|a, b| field(a, name).cmp(&field(b, name)));
    if direction == "desc" {
        rooms.reverse();
    }
    Ok(())
}

/// The `groupIds` of a user body, each of which must be there.
pub(super) fn group_ids(world: &World, value: &Value) -> Result<Vec<String>, Refusal> {
    let Some(ids) = value.as_array() else {
        return Err(Refusal::bad_request("Field 'groupIds' must be a list"));
    };
    let mut known = Vec::new();
    for id in ids {
        let Some(id) = id.as_str() else {
            return Err(Refusal::bad_request("Field 'groupIds' must hold texts"));
        };
        world.room(id)?;
        known.push(id.to_owned());
    }
    Ok(known)
}
