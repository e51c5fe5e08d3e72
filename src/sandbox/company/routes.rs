//! Which call is which operation, and the token call.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::{CLIENT_ID, CLIENT_SECRET, COMPANY, bodies::check_id, refusal::Refusal, world::World};
use crate::sandbox::{
    Memberships,
    exchange::{Answer, Call},
    fault::Edit,
    server::Api,
    tokens::Scopes,
};

impl Api for World {
    const TOKEN_PATH: &'static str = "/v2/auth/oauth2-token";

    fn answer(&mut self, call: &Call) -> Answer {
        let answer = match call.route().as_slice() {
            ["v2", "auth", "oauth2-token"] => self.login(call),
            route if self.tokens.of(call).is_some() => self.dispatch(call, route),
            _ => Err(Refusal::unauthenticated()),
        };
        answer.unwrap_or_else(|refusal| self.refuse(refusal))
    }

    fn error(&mut self, status: StatusCode, message: &str, login: bool) -> Answer {
        if login && status == StatusCode::TOO_MANY_REQUESTS {
            // Flat, unlike every other error (official).
            return Answer::json(status, json!({ "errorCode": "TOO_MANY_REQUESTS" }));
        }
        self.refuse(Refusal::of(status, "SANDBOX_ERROR", message))
    }

    fn scope(&self, call: &Call) -> Option<String> {
        self.tokens.of(call).map(|_| String::new())
    }

    fn only_reads(call: &Call) -> bool {
        call.method == Method::POST && is_list(call.route().as_slice())
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
        let method = &call.method;
        match route {
            ["v2", "users"] if method == Method::GET => self.find_users(call),
            ["v3", "users", "list"] if method == Method::POST => self.list_users(call),
            ["v3", "users", user, "user-groups"] if method == Method::POST => self.list_groups_of(call, user),
            ["v3", "companies", company, "user-groups", "list"] if method == Method::POST => {
                self.check_company(company)?;
                self.list_groups(call)
            }
            ["v3", "companies", company, "user-groups", group] if method == Method::GET => {
                self.check_company(company)?;
                self.get_group(call, group)
            }
            ["v3", "companies", company, "user-groups", group, "members"] if method == Method::POST => {
                self.check_company(company)?;
                self.list_members(call, group)
            }
            ["v3", "companies", company, "user-groups", group, "members"] if method == Method::PATCH => {
                self.check_company(company)?;
                self.patch_members(call, group)
            }
            ["v3", "companies", company, "user-groups", group, "roles"] if method == Method::POST => {
                self.check_company(company)?;
                self.list_roles(call, group)
            }
            _ if is_list(route) || is_group(route) || matches!(route, ["v2", "users"]) => {
                let message = "Method not allowed here";
                Err(Refusal::of(StatusCode::METHOD_NOT_ALLOWED, "SANDBOX_METHOD_NOT_ALLOWED", message))
            }
            _ => Err(Refusal::not_found("No such path")),
        }
    }

    /// 403 for a company that is not the client's, 404 for one that is not there (both inferred).
    pub(super) fn check_company(&self, company: &str) -> Result<(), Refusal> {
        check_id("companyId", company)?;
        if company == COMPANY {
            return Ok(());
        }
        let known = self.groups.values().any(|room| room.group.company == company)
            || self.users.values().any(|account| account.user.company == company);
        Err(if known {
            Refusal::forbidden("The company is not yours").about("companyId", company)
        } else {
            Refusal::not_found("Company not found").about("companyId", company)
        })
    }

    /// Form-encoded; a wrong client answers 403, the only error declared for this call.
    fn login(&mut self, call: &Call) -> Result<Answer, Refusal> {
        if call.method != Method::POST {
            let message = "Method not allowed here";
            return Err(Refusal::of(StatusCode::METHOD_NOT_ALLOWED, "SANDBOX_METHOD_NOT_ALLOWED", message));
        }
        call.only_query(&[])?;
        let form = call.form()?;
        let known = ["grant_type", "client_id", "client_secret", "audience", "scope"];
        if let Some(name) = form.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(Refusal::invalid(format!("field '{name}' is not known")));
        }
        let field = |name: &str| form.get(name).map_or("", String::as_str);
        if field("grant_type") != "client_credentials" {
            return Err(Refusal::invalid("grant_type must be client_credentials"));
        }
        if field("client_id") != CLIENT_ID || field("client_secret") != CLIENT_SECRET {
            return Err(Refusal::forbidden("Unknown client or wrong secret"));
        }
        let token = self.tokens.issue(Scopes::new());
        let mut body = json!({ "access_token": token, "token_type": "Bearer" });
        if !self.settings.hide_expiry {
            body["expires_in"] = self.tokens.lifetime().as_secs().into();
        }
        Ok(Answer::json(StatusCode::OK, body))
    }
}

/// The lists, all of which are POST and read.
fn is_list(route: &[&str]) -> bool {
    matches!(
        route,
        ["v3", "users", "list"]
            | ["v3", "users", _, "user-groups"]
            | ["v3", "companies", _, "user-groups", "list"]
            | ["v3", "companies", _, "user-groups", _, "members" | "roles"]
    )
}

fn is_group(route: &[&str]) -> bool {
    matches!(route, ["v3", "companies", _, "user-groups", _])
}
