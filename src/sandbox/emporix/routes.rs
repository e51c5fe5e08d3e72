//! Which call is which operation, what it needs, and the token call.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::{CLIENT_ID, TENANT, refusal::Refusal, world::World};
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
            ["oauth", "token"] => self.login(call),
            ["iam", tenant, rest @ ..] => {
                self.check_tenant(call, tenant).and_then(|()| self.dispatch(call, rest))
            }
            ["customer", tenant, "customers"] => {
                self.check_tenant(call, tenant).and_then(|()| self.list_customers(call))
            }
            _ => Err(Refusal::no_such_path()),
        };
        answer.unwrap_or_else(Refusal::into_answer)
    }

    fn error(&mut self, status: StatusCode, message: &str, _login: bool) -> Answer {
        Refusal::of(status, message).into_answer()
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
    /// A token of another tenant answers 401, not 403 (seed 000).
    fn check_tenant(&self, call: &Call, tenant: &str) -> Result<(), Refusal> {
        if self.tokens.of(call).is_none() || tenant != TENANT {
            return Err(Refusal::unauthorized());
        }
        Ok(())
    }

    fn dispatch(&mut self, call: &Call, route: &[&str]) -> Result<Answer, Refusal> {
        let method = &call.method;
        match route {
            ["groups"] if method == Method::GET => self.list_groups(call),
            ["groups", group] if method == Method::GET => self.get_group(call, group),
            ["groups", group, "users"] if method == Method::GET => self.list_members(call, group),
            ["groups", group, "users"] if method == Method::POST => self.post_member(call, group),
            ["groups", group, "users"] if method == Method::DELETE => self.delete_members(call, group),
            ["groups", group, "users", user] if method == Method::DELETE => {
                self.delete_member(call, group, user)
            }
            ["groups", group, "users", kind, user] if method == Method::PUT => {
                self.put_member(call, group, kind, user)
            }
            ["users"] if method == Method::GET => self.list_users(call),
            ["users"] if method == Method::POST => self.create_user(call),
            ["users", "me"] if method == Method::GET => {
                Err(Refusal::forbidden("The token belongs to no user"))
            }
            ["users", "vendors", vendor] if method == Method::GET => self.list_vendor_users(call, vendor),
            ["users", number] if method == Method::GET => self.get_user(call, number),
            ["users", number] if method == Method::PUT => self.put_user(call, number),
            ["users", number] if method == Method::DELETE => self.delete_account(call, number),
            ["users", user, "groups"] if method == Method::GET => self.list_groups_of(call, user),
            ["users", user, "groups"] if method == Method::DELETE => self.delete_groups_of(call, user),
            ["users", user, "groups", group] if method == Method::GET => self.get_group_of(call, user, group),
            _ if is_path(route) => Err(Refusal::no_such_method()),
            _ => Err(Refusal::no_such_path()),
        }
    }

    pub(super) fn need(&self, call: &Call, scope: &str) -> Result<(), Refusal> {
        match self.tokens.of(call) {
            None => Err(Refusal::unauthorized()),
            Some(scopes) if scopes.contains(scope) => Ok(()),
            Some(_) => Err(Refusal::scope(scope)),
        }
    }

    /// Form-encoded; a wrong client answers 401 (inferred, only 200 is documented). The scopes granted are
    /// those asked for that the client may have, all of them where none were asked for, and the tenant.
    fn login(&mut self, call: &Call) -> Result<Answer, Refusal> {
        if call.method != Method::POST {
            return Err(Refusal::no_such_method());
        }
        call.only_query(&[])?;
        let form = call.form()?;
        let field = |name: &str| form.get(name).map_or("", String::as_str);
        if field("grant_type") != "client_credentials" {
            return Err(Refusal::bad_request("grant_type must be client_credentials"));
        }
        if field("client_id") != CLIENT_ID || field("client_secret") != self.client_secret {
            return Err(Refusal::unauthorized());
        }
        let mut granted = self.client_scopes.clone();
        if form.contains_key("scope") {
            let asked = scopes(field("scope"));
            granted.retain(|scope| asked.contains(scope));
        }
        let mut words: Vec<String> = granted.iter().cloned().collect();
        words.push(format!("tenant={TENANT}"));
        let token = self.tokens.issue(granted);
        let body = json!({
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": self.tokens.lifetime().as_secs(),
            "session_idle_time": 120,
            "refresh_token": "",
            "refresh_token_expires_in": 0,
            "scope": words.join(" "),
        });
        Ok(Answer::json(StatusCode::OK, body))
    }
}

/// Whether some method answers at this path.
fn is_path(route: &[&str]) -> bool {
    matches!(
        route,
        ["groups" | "users"]
            | ["groups" | "users", _]
            | ["groups", _, "users"]
            | ["groups", _, "users", _]
            | ["groups", _, "users", _, _]
            | ["users", "vendors", _]
            | ["users", _, "groups"]
            | ["users", _, "groups", _]
    )
}
