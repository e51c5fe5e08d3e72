//! Logging in, and the calls. No list has pages (seed 004, official reference).

use std::sync::Arc;

use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret;
use serde_json::json;

use super::config;
use super::wire::{self, Account, Group, Members, User};
use crate::core::model::{GroupId, UserId};
use crate::providers::gate::Gate;
use crate::providers::http::{self, Body, Http, Repeat, Request};
use crate::providers::secret::Secrets;
use crate::providers::token::{Dialect, Login, Session};
use crate::providers::{Access, Fault, FaultKind};

/// `SolveXia` behind one method a call.
pub(super) struct Client {
    pub(super) session: Session,
}

struct SolveXiaDialect {
    secrets: Secrets,
    access: Access,
}

impl Dialect for SolveXiaDialect {
    /// A JSON body, although the sample script sends a form: reference and client agree on JSON (both official).
    fn login(&self) -> Login {
        match &self.secrets {
            Secrets::Token(token) => Login::Have(token.clone()),
            Secrets::Client { id, secret } => Login::Ask(Request {
                method: Method::POST,
                path: vec!["oauth".to_owned(), "token".to_owned()],
                query: Vec::new(),
                headers: Vec::new(),
                body: Body::Json(json!({
                    "client_id": id.expose_secret(),
                    "client_secret": secret.expose_secret(),
                    "grant_type": "client_credentials",
                    "scope": config::scopes(self.access),
                })),
                repeat: Repeat::Safe,
            }),
        }
    }

    fn explain(&self, status: StatusCode, body: &[u8]) -> String {
        wire::explain(status, body)
    }
}

impl Client {
    pub(super) fn new(http: Http, secrets: Secrets, access: Access) -> Self {
        Self { session: Session::new(http, Arc::new(SolveXiaDialect { secrets, access })) }
    }

    /// All groups: `GET /api/v1/usergroups`. The seed writes `userGroups` here and nowhere else; the
    /// official client writes `usergroups` everywhere.
    pub(super) async fn groups(&self) -> Result<Vec<Group>, Fault> {
        let outcome = self.session.json(&read(&["usergroups"])).await;
        outcome.map(|answer| answer.body).map_err(|fault| {
            if http::was_answered_with(&fault, StatusCode::NOT_FOUND) {
                let doubt = "documents also spell this path /api/v1/userGroups, so the spelling is in doubt";
                return Fault::new(fault.kind, format!("{}; {doubt}", fault.detail));
            }
            with_scope_hint(fault, "usergroup_read")
        })
    }

    /// One group: `GET /api/v1/usergroups/{id}` (seed 004).
    pub(super) async fn group(&self, id: &GroupId) -> Result<Group, Fault> {
        Ok(self.session.json(&read(&["usergroups", id.as_str()])).await?.body)
    }

    /// Its members: `GET /api/v1/usergroups/{id}/users` (seed 004).
    pub(super) async fn members(&self, id: &GroupId) -> Result<Members, Fault> {
        Ok(self.session.json(&read(&["usergroups", id.as_str(), "users"])).await?.body)
    }

    /// All users, by id and login: `GET /api/v1/users` (official reference).
    pub(super) async fn users(&self) -> Result<Vec<User>, Fault> {
        let outcome = self.session.json(&read(&["users"])).await;
        outcome.map(|answer| answer.body).map_err(|fault| with_scope_hint(fault, "user_read"))
    }

    /// One user, whole: `GET /api/v1/users/{id}` (official reference).
    pub(super) async fn user(&self, id: &UserId) -> Result<Account, Fault> {
        let outcome = self.session.json(&read(&["users", id.as_str()])).await;
        outcome.map(|answer| answer.body).map_err(|fault| with_scope_hint(fault, "user_read"))
    }

    /// `POST /api/v1/usergroups/{id}/users` with the user in the body (definition in seed 004; its
    /// example has another id in the path, which the official client has not). What a second addition
    /// does is not documented.
    pub(super) async fn add(&self, group: &GroupId, user: &UserId, gate: Option<&Gate>) -> Result<(), Fault> {
        let request = Request {
            method: Method::POST,
            body: Body::Json(json!({ "id": user.as_str() })),
            repeat: Repeat::Unsafe,
            ..read(&["usergroups", group.as_str(), "users"])
        };
        let added: User = self.session.change(&request, gate).await?.body;
        if added.id == user.as_str() {
            return Ok(());
        }
        // The seed's own example answers with another id than it was sent.
        Err(Fault::new(
            FaultKind::Unknown,
            format!("asked to add {user} to {group}, and the answer names another user"),
        ))
    }

    /// `DELETE /api/v1/usergroups/{id}/users/{user}` (seed 004); its 200 has no body.
    pub(super) async fn remove(
        &self,
        group: &GroupId,
        user: &UserId,
        gate: Option<&Gate>,
    ) -> Result<(), Fault> {
        let request = Request {
            method: Method::DELETE,
            repeat: Repeat::Unsafe,
            ..read(&["usergroups", group.as_str(), "users", user.as_str()])
        };
        self.session.send(&request, gate).await.map(drop)
    }
}

/// A GET below `/api/v1`.
fn read(path: &[&str]) -> Request {
    Request {
        method: Method::GET,
        path: ["api", "v1"].iter().chain(path).map(|&segment| segment.to_owned()).collect(),
        query: Vec::new(),
        headers: Vec::new(),
        body: Body::None,
        repeat: Repeat::Safe,
    }
}

/// A 403 is what a missing scope is expected to look like (inferred).
fn with_scope_hint(fault: Fault, scope: &str) -> Fault {
    if !http::was_answered_with(&fault, StatusCode::FORBIDDEN) {
        return fault;
    }
    Fault::new(fault.kind, format!("{}; has the application the scope {scope}?", fault.detail))
}
