//! What the members of a group may do. Membership never depends on it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    groups::{fields, list, text},
    refusal::Refusal,
    world::{Room, World},
};
use crate::sandbox::exchange::{Answer, Call};

const READ: [&str; 2] = ["permission_read", "permission"];
const WRITE: [&str; 2] = ["permission", "permission"];
const ROLES: [&str; 4] = ["owner", "editor", "executor", "reader"];

impl World {
    pub(super) fn list_permissions(&self, call: &Call, group: &str) -> Result<Answer, Refusal> {
        self.need(call, READ)?;
        let permissions = self.room(group)?.permissions.iter();
        Ok(list(permissions.map(|(resource, role)| row(resource, role))))
    }

    pub(super) fn add_permission(&mut self, call: &Call, group: &str) -> Result<Answer, Refusal> {
        self.need(call, WRITE)?;
        let fields = fields(call, &["resourceId", "role"])?;
        let (resource, role) = (text(&fields, "resourceId")?, text(&fields, "role")?);
        self.grant(group, resource, role)
    }

    /// Adds or changes, as in seed 004; the newer page has it change only.
    pub(super) fn set_permission(
        &mut self,
        call: &Call,
        group: &str,
        resource: &str,
    ) -> Result<Answer, Refusal> {
        self.need(call, WRITE)?;
        let fields = fields(call, &["role"])?;
        self.grant(group, resource, text(&fields, "role")?)
    }

    pub(super) fn delete_permission(
        &mut self,
        call: &Call,
        group: &str,
        resource: &str,
    ) -> Result<Answer, Refusal> {
        self.need(call, WRITE)?;
        self.room_mut(group)?
            .permissions
            .remove(resource)
            .ok_or_else(|| Refusal::not_found("Permission", resource))?;
        Ok(Answer::empty(StatusCode::OK))
    }

    fn grant(&mut self, group: &str, resource: &str, role: &str) -> Result<Answer, Refusal> {
        if !ROLES.contains(&role) {
            return Err(Refusal::bad_request(format!("Role '{role}' is not known")));
        }
        self.room_mut(group)?.permissions.insert(resource.to_owned(), role.to_owned());
        Ok(Answer::json(StatusCode::OK, row(resource, role)))
    }

    fn room_mut(&mut self, group: &str) -> Result<&mut Room, Refusal> {
        self.groups.get_mut(group).ok_or_else(|| Refusal::not_found("User group", group))
    }
}

fn row(resource: &str, role: &str) -> Value {
    json!({ "resourceId": resource, "resourceName": "A resource of the sandbox", "role": role })
}
