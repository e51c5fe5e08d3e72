//! Groups, their members, and users.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    refusal::Refusal,
    world::{Account, Room, World},
};
use crate::sandbox::exchange::{Answer, Call};

const READ_GROUPS: [&str; 2] = ["usergroup_read", "usergroup"];
const WRITE_GROUPS: [&str; 2] = ["usergroup", "usergroup"];
const READ_USERS: [&str; 2] = ["user_read", "user"];

impl World {
    pub(super) fn list_groups(&self, call: &Call) -> Result<Answer, Refusal> {
        self.need(call, READ_GROUPS)?;
        Ok(list(self.groups.iter().map(|(id, room)| json!({ "id": id, "name": room.name }))))
    }

    /// The description comes here only, not in the list.
    pub(super) fn get_group(&self, call: &Call, group: &str) -> Result<Answer, Refusal> {
        self.need(call, READ_GROUPS)?;
        let name = &self.room(group)?.name;
        let body = json!({ "id": group, "name": name, "description": "A group of the sandbox." });
        Ok(Answer::json(StatusCode::OK, body))
    }

    pub(super) fn list_members(&self, call: &Call, group: &str) -> Result<Answer, Refusal> {
        self.need(call, READ_GROUPS)?;
        let members = self.room(group)?.members.iter();
        Ok(list(members.filter_map(|id| self.users.get(id)).map(row)))
    }

    /// 200 with the user, also for a member; 400 for an account that is not active (both inferred).
    pub(super) fn post_member(&mut self, call: &Call, group: &str) -> Result<Answer, Refusal> {
        self.need(call, WRITE_GROUPS)?;
        let fields = fields(call, &["id"])?;
        let user = text(&fields, "id")?;
        let room = self.room(group)?;
        let account = self.users.get(user).ok_or_else(|| Refusal::not_found("User", user))?;
        if self.refuse_double_add && room.members.contains(user) {
            let message = format!("User '{user}' is in the group already");
            return Err(Refusal::new(StatusCode::CONFLICT, message));
        }
        if account.user.status != "Active" {
            return Err(Refusal::bad_request(format!("User '{user}' is not active")));
        }
        let body = row(account);
        self.join(group, user);
        Ok(Answer::json(StatusCode::OK, body))
    }

    /// 200 with an empty body; 404 for a stranger (inferred).
    pub(super) fn delete_member(&mut self, call: &Call, group: &str, user: &str) -> Result<Answer, Refusal> {
        self.need(call, WRITE_GROUPS)?;
        self.room(group)?;
        if !self.leave(group, user) {
            return Err(Refusal::not_found("Member", user));
        }
        Ok(Answer::empty(StatusCode::OK))
    }

    pub(super) fn list_users(&self, call: &Call) -> Result<Answer, Refusal> {
        self.need(call, READ_USERS)?;
        Ok(list(self.users.values().map(row)))
    }

    pub(super) fn get_user(&self, call: &Call, user: &str) -> Result<Answer, Refusal> {
        self.need(call, READ_USERS)?;
        let user = &self.account(user)?.user;
        let body = json!({
            "id": user.id,
            "firstName": "Sandbox",
            "lastName": "User",
            "loginName": user.login,
            "email": user.email,
            "accountStatus": user.status,
            "city": null,
            "country": null,
            "dateOfBirth": null,
            "department": null,
            "lastSignInDate": "2026-02-12T08:01:55.4101234",
            "phoneNumberLand": null,
            "phoneNumberMobile": null,
            "timezone": "(UTC+01:00) Brussels, Copenhagen, Madrid, Paris",
            "userRole": "Designer",
        });
        Ok(Answer::json(StatusCode::OK, body))
    }

    pub(super) fn list_groups_of(&self, call: &Call, user: &str) -> Result<Answer, Refusal> {
        self.need(call, READ_USERS)?;
        let groups = self.account(user)?.groups.iter();
        let rooms = groups.filter_map(|id| Some((id, self.groups.get(id)?)));
        Ok(list(rooms.map(|(id, room)| json!({ "id": id, "name": room.name }))))
    }

    pub(super) fn room(&self, group: &str) -> Result<&Room, Refusal> {
        self.groups.get(group).ok_or_else(|| Refusal::not_found("User group", group))
    }

    fn account(&self, user: &str) -> Result<&Account, Refusal> {
        self.users.get(user).ok_or_else(|| Refusal::not_found("User", user))
    }
}

pub(super) fn list(rows: impl Iterator<Item = Value>) -> Answer {
    Answer::json(StatusCode::OK, rows.collect())
}

/// A user as lists show it: id and login name alone.
fn row(account: &Account) -> Value {
    json!({ "id": account.user.id, "loginName": account.user.login })
}

/// The fields of a JSON body that may have no others.
pub(super) fn fields(call: &Call, known: &[&str]) -> Result<Map<String, Value>, Refusal> {
    let Value::Object(fields) = call.json()? else {
        return Err(Refusal::bad_request("The body must be an object"));
    };
    match fields.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(Refusal::bad_request(format!("Field '{name}' is not known"))),
        None => Ok(fields),
    }
}

/// A text field that must be there and not be empty.
pub(super) fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<&'a str, Refusal> {
    let text = fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    text.ok_or_else(|| Refusal::bad_request(format!("Field '{name}' must be a text")))
}
