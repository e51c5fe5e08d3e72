//! Which call is which operation, what it needs, and the token call. Paths are lower case only: the one
//! `userGroups` of seed 004 stands against every other page.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{CLIENT_ID, CLIENT_SECRET, refusal::Refusal, world::World};
use crate::sandbox::{
    Memberships,
    exchange::{Answer, Call},
    fault::Edit,
    server::Api,
    tokens::scopes,
};

impl Api for World {
    const TOKEN_PATH: &'static str = "/oauth/token";

    fn answer(&mut self, call: &Call) -> Answer {
        let answer = match call.route().as_slice() {
            ["oauth", "token"] => return self.login(call),
            ["api", "v1", ..] if self.tokens.of(call).is_none() => {
                Err(Refusal::new(StatusCode::UNAUTHORIZED, "The access token is missing, wrong or expired"))
            }
            ["api", "v1", rest @ ..] => self.dispatch(call, rest),
            _ => Err(no_such_path()),
        };
        answer.unwrap_or_else(|refusal| self.refuse(refusal))
    }

    fn error(&mut self, status: StatusCode, message: &str, login: bool) -> Answer {
        if login {
            return Answer::json(status, json!({ "error": message }));
        }
        self.refuse(Refusal::new(status, message))
    }

    fn scope(&self, call: &Call) -> Option<String> {
        let scopes = self.tokens.of(call)?;
        Some(scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" "))
    }

    fn only_reads(_call: &Call) -> bool {
        false
    }

    fn edit(&mut self, edit: &Edit) {
        self.apply(edit);
    }

    fn memberships(&self) -> Memberships {
        World::memberships(self)
    }
}

impl World {
    fn refuse(&mut self, refusal: Refusal) -> Answer {
        self.errors += 1;
        refusal.into_answer(self.errors)
    }

    fn dispatch(&mut self, call: &Call, route: &[&str]) -> Result<Answer, Refusal> {
        call.only_query(&[])?;
        if call.method != Method::POST {
            call.without_body()?;
        }
        match route {
            ["usergroups", rest @ ..] => self.dispatch_groups(call, rest),
            ["users", rest @ ..] => self.dispatch_users(call, rest),
            _ => Err(no_such_path()),
        }
    }

    fn dispatch_groups(&mut self, call: &Call, route: &[&str]) -> Result<Answer, Refusal> {
        let method = call.method.as_str();
        match (method, route) {
            ("GET", []) => self.list_groups(call),
            ("GET", [group]) => self.get_group(call, group),
            ("GET", [group, "users"]) => self.list_members(call, group),
            ("POST", [group, "users"]) => self.post_member(call, group),
            ("DELETE", [group, "users", user]) => self.delete_member(call, group, user),
            ("GET", [group, "permissions"]) => self.list_permissions(call, group),
            ("POST", [group, "permissions"]) => self.add_permission(call, group),
            ("POST", [group, "permissions", resource]) => self.set_permission(call, group, resource),
            ("DELETE", [group, "permissions", resource]) => self.delete_permission(call, group, resource),
            (_, [] | [_] | [_, "users" | "permissions"] | [_, "users" | "permissions", _]) => {
                Err(no_such_method())
            }
            _ => Err(no_such_path()),
        }
    }

    fn dispatch_users(&mut self, call: &Call, route: &[&str]) -> Result<Answer, Refusal> {
        let method = call.method.as_str();
        match (method, route) {
            ("GET", []) => self.list_users(call),
            ("GET", [user]) => self.get_user(call, user),
            ("GET", [user, "usergroups"]) => self.list_groups_of(call, user),
            (_, [] | [_] | [_, "usergroups"]) => Err(no_such_method()),
            _ => Err(no_such_path()),
        }
    }

    /// One of these scopes, or 403 (inferred: which scope a call needs is not stated).
    pub(super) fn need(&self, call: &Call, either: [&str; 2]) -> Result<(), Refusal> {
        let has_one =
            self.tokens.of(call).is_some_and(|scopes| either.iter().any(|&scope| scopes.contains(scope)));
        if has_one {
            return Ok(());
        }
        let message = format!("The token lacks the scope {}", either[0]);
        Err(Refusal::new(StatusCode::FORBIDDEN, message))
    }

    /// JSON only. Errors hold a field `error` (inferred from the official SDK).
    fn login(&mut self, call: &Call) -> Answer {
        let refused = |status, error: &str| Answer::json(status, json!({ "error": error }));
        if call.method != Method::POST {
            return refused(StatusCode::METHOD_NOT_ALLOWED, "invalid_request");
        }
        let Ok(Value::Object(fields)) = call.json() else {
            return refused(StatusCode::BAD_REQUEST, "invalid_request");
        };
        let known = ["client_id", "client_secret", "grant_type", "scope"];
        let is_odd = |(name, value): (&String, &Value)| !known.contains(&name.as_str()) || !value.is_string();
        if fields.iter().any(is_odd) || !call.query.is_empty() {
            return refused(StatusCode::BAD_REQUEST, "invalid_request");
        }
        let field = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        if field("grant_type") != "client_credentials" {
            return refused(StatusCode::BAD_REQUEST, "unsupported_grant_type");
        }
        if field("client_id") != CLIENT_ID || field("client_secret") != CLIENT_SECRET {
            return refused(StatusCode::UNAUTHORIZED, "invalid_client");
        }
        let asked = if fields.contains_key("scope") { field("scope") } else { "process_read" };
        let granted = scopes(asked);
        if granted.is_empty() || !granted.is_subset(&self.client_scopes) {
            return refused(StatusCode::BAD_REQUEST, "invalid_scope");
        }
        let living = self.reuse_tokens.then(|| self.tokens.living(&granted)).flatten();
        let (token, left) = living.unwrap_or_else(|| (self.tokens.issue(granted), self.tokens.lifetime()));
        // Four digits after the point, as in the documented example.
        let expires_in = (left.as_secs_f64() * 10_000.0).floor() / 10_000.0;
        let body = json!({ "access_token": token, "token_type": "Bearer", "expires_in": expires_in });
        Answer::json(StatusCode::OK, body)
    }
}

fn no_such_path() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "No such path")
}

fn no_such_method() -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed here")
}
