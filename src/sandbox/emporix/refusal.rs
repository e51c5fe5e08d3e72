//! What Emporix says instead of an answer.

use axum::http::StatusCode;
use serde_json::json;

use crate::sandbox::exchange::Answer;

/// `ErrorResponse` of the official document; 401 has a shape of its own.
#[derive(Debug)]
pub(super) struct Refusal {
    code: StatusCode,
    /// Not always the HTTP phrase (official example).
    status: &'static str,
    message: String,
    details: Vec<String>,
    resource: Option<String>,
}

impl Refusal {
    pub(super) fn bad_request(message: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, "Bad Request", message)
    }

    /// The published 400 of a membership.
    pub(super) fn constraint(message: impl Into<String>, resource: &str) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, "Constraint validation failed", message).about(resource)
    }

    pub(super) fn unauthorized() -> Refusal {
        Refusal::new(StatusCode::UNAUTHORIZED, "Unauthorized", "Invalid Access Token")
    }

    pub(super) fn scope(missing: &str) -> Refusal {
        Refusal::new(StatusCode::FORBIDDEN, "Forbidden", "Scope validation failed")
            .with_detail(format!("Missing required scopes '[{missing}]'"))
    }

    pub(super) fn forbidden(message: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::FORBIDDEN, "Forbidden", message)
    }

    pub(super) fn no_group(group: &str) -> Refusal {
        Refusal::new(StatusCode::NOT_FOUND, "Not Found", "Error while getting group")
            .with_detail(format!("Group with id '{group}' not found"))
            .about(group)
    }

    pub(super) fn no_user(user: &str) -> Refusal {
        Refusal::new(StatusCode::NOT_FOUND, "Not Found", "Error while getting user")
            .with_detail(format!("User with id '{user}' not found"))
            .about(user)
    }

    /// The 404 of a membership call.
    pub(super) fn user_not_found(user: &str) -> Refusal {
        Refusal::new(StatusCode::NOT_FOUND, "Not Found", "User not found").about(user)
    }

    pub(super) fn no_such_path() -> Refusal {
        Refusal::new(StatusCode::NOT_FOUND, "Not Found", "No such path")
    }

    pub(super) fn no_such_method() -> Refusal {
        Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed", "Method not allowed here")
    }

    pub(super) fn of(code: StatusCode, message: &str) -> Refusal {
        Refusal::new(code, code.canonical_reason().unwrap_or("Error"), message)
    }

    pub(super) fn with_detail(mut self, detail: impl Into<String>) -> Refusal {
        self.details.push(detail.into());
        self
    }

    pub(super) fn into_answer(self) -> Answer {
        let Refusal { code, status, message, details, resource } = self;
        if code == StatusCode::UNAUTHORIZED {
            let detail = json!({ "errorcode": "keymanagement.service.invalid_access_token" });
            let fault = json!({ "faultstring": message, "detail": detail });
            return Answer::json(code, json!({ "fault": fault }));
        }
        let mut body = json!({ "code": code.as_u16(), "status": status, "message": message });
        if !details.is_empty() {
            body["details"] = details.into();
        }
        if let Some(resource) = resource {
            body["resourceId"] = resource.into();
        }
        Answer::json(code, body)
    }

    fn new(code: StatusCode, status: &'static str, message: impl Into<String>) -> Refusal {
        Refusal { code, status, message: message.into(), details: Vec::new(), resource: None }
    }

    fn about(mut self, resource: &str) -> Refusal {
        self.resource = Some(resource.to_owned());
        self
    }
}

/// A sentence about a malformed request.
impl From<String> for Refusal {
    fn from(message: String) -> Refusal {
        Refusal::bad_request("Request validation failed").with_detail(message)
    }
}
