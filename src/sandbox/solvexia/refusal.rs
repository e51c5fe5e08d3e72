//! What SolveXia says instead of an answer.

use axum::http::StatusCode;
use serde_json::json;

use crate::sandbox::exchange::Answer;

/// A message for people and a support id.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    message: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Refusal {
        Refusal { status, message: message.into() }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, message)
    }

    pub(super) fn not_found(what: &str, id: &str) -> Refusal {
        Refusal::new(StatusCode::NOT_FOUND, format!("{what} '{id}' does not exist or was deleted"))
    }

    pub(super) fn into_answer(self, number: u64) -> Answer {
        let support = format!("5b0f2c1e-7a94-4a55-9d0b-{number:012x}");
        Answer::json(self.status, json!({ "message": self.message, "supportId": support }))
    }
}

/// A sentence about a malformed request.
impl From<String> for Refusal {
    fn from(message: String) -> Refusal {
        Refusal::bad_request(message)
    }
}
