//! The wire contract of `SolveXia`, against a server that answers as its documents say.

mod login;
mod read;
mod wire;
mod write;

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::SolveXia;
use crate::core::model::{
    Binding, GroupHandle, GroupId, Lookup, LookupKey, Scope, ScopedGroup, UserId, UserType,
};
use crate::providers::secret::Secrets;
use crate::providers::testing::{connection, http};
use crate::providers::{Access, Connection};

/// A server that hands out the token `tok-1` for the scopes of a plan.
async fn server() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/oauth/token"))
        .and(header("content-type", "application/json"))
        .and(body_json(json!({
            "client_id": "rosterd-app",
            "client_secret": "not-a-real-secret",
            "grant_type": "client_credentials",
            "scope": "usergroup_read user_read",
        })))
        .respond_with(
            ResponseTemplate::new(200).set_body_json(
                json!({"access_token": "tok-1", "token_type": "Bearer", "expires_in": 599.4173}),
            ),
        )
        .mount(&server)
        .await;
    server
}

/// Answers a GET below `/api/v1`, for holders of the token.
async fn answers(server: &MockServer, below: &str, answer: ResponseTemplate) {
    Mock::given(method("GET"))
        .and(path(format!("/api/v1{below}")))
        .and(header("authorization", "Bearer tok-1"))
        .respond_with(answer)
        .mount(server)
        .await;
}

async fn answers_json(server: &MockServer, below: &str, body: Value) {
    answers(server, below, ResponseTemplate::new(200).set_body_json(body)).await;
}

/// The adapter, with no time for retries.
fn adapter(server: &MockServer, access: Access) -> SolveXia {
    let at_once = Connection { retry_budget: Duration::ZERO, ..connection() };
    SolveXia::new(http(&server.uri(), &at_once), client_secrets(), access)
}

fn client_secrets() -> Secrets {
    let secret = |text: &str| SecretString::from(text);
    Secrets::Client { id: secret("rosterd-app"), secret: secret("not-a-real-secret") }
}

fn group_id(id: &str) -> GroupId {
    GroupId::new(id).unwrap()
}

fn user_id(id: &str) -> UserId {
    UserId::new(id).unwrap()
}

fn scoped(handle: &str, binding: Binding) -> ScopedGroup {
    ScopedGroup { handle: GroupHandle::from(handle), binding, user_type: UserType::Employee, only: None }
}

fn by_id(handle: &str, id: &str) -> ScopedGroup {
    scoped(handle, Binding::Id(group_id(id)))
}

fn by_name(handle: &str, name: &str) -> ScopedGroup {
    scoped(handle, Binding::Name(name.to_owned()))
}

fn seen(handle: &str, id: &str) -> ScopedGroup {
    scoped(handle, Binding::Seen(group_id(id)))
}

fn login(person: &str, login: &str) -> Lookup {
    Lookup { person: person.into(), key: LookupKey::Login(login.to_owned()) }
}

fn scope(groups: impl Into<Vec<ScopedGroup>>, lookups: impl Into<Vec<Lookup>>) -> Scope {
    Scope { groups: groups.into(), lookups: lookups.into(), ..Scope::default() }
}

/// Methods and paths of all requests, without the log-in.
async fn calls(server: &MockServer) -> Vec<String> {
    let received = server.received_requests().await.unwrap();
    let mut calls: Vec<String> = received
        .iter()
        .filter(|request| request.url.path() != "/oauth/token")
        .map(|request| format!("{} {}", request.method, &request.url[url::Position::BeforePath..]))
        .collect();
    calls.sort();
    calls
}
