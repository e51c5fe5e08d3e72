//! What the API says instead of an answer.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::sandbox::exchange::Answer;

/// The error envelope, with one message for each thing that is wrong.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// Name and value of each parameter that is wrong.
    parameters: Vec<(String, String)>,
}

impl Refusal {
    pub(super) fn invalid(message: impl Into<String>) -> Refusal {
        Refusal::of(StatusCode::BAD_REQUEST, "API_VALIDATION_FAILED", message)
    }

    pub(super) fn unauthenticated() -> Refusal {
        Refusal::of(StatusCode::UNAUTHORIZED, "USER_NOT_AUTHENTICATED", "Access Token Invalid")
    }

    pub(super) fn forbidden(message: impl Into<String>) -> Refusal {
        Refusal::of(StatusCode::FORBIDDEN, "SANDBOX_FORBIDDEN", message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Refusal {
        Refusal::of(StatusCode::NOT_FOUND, "SANDBOX_NOT_FOUND", message)
    }

    pub(super) fn of(status: StatusCode, code: &'static str, message: impl Into<String>) -> Refusal {
        Refusal { status, code, message: message.into(), parameters: Vec::new() }
    }

    pub(super) fn about(mut self, name: &str, value: &str) -> Refusal {
        self.parameters.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn into_answer(self, number: u64) -> Answer {
        let parameters: Vec<Value> = self
            .parameters
            .into_iter()
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect();
        let message = json!({
            "errorCode": self.code,
            "message": self.message,
            "errorParameters": parameters,
            "errorDetail": self.message,
        });
        let debug = format!("https://debug.example.invalid/r/{number:06x}");
        Answer::json(self.status, json!({ "debugIdentifier": debug, "errorMessages": [message] }))
    }
}

/// A sentence about a malformed request.
impl From<String> for Refusal {
    fn from(message: String) -> Refusal {
        Refusal::invalid(message)
    }
}
