//! The wire contract: what is sent, byte for byte, and what is made of every answer.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::CompanyV3;
use super::config::Config;
use crate::core::model::{
    Binding, GroupHandle, GroupId, Live, Lookup, LookupKey, PersonHandle, ProviderName, Scope, ScopedGroup,
    UserId, UserType,
};
use crate::providers::http::Http;
use crate::providers::secret::Secrets;
use crate::providers::testing::http_test;
use crate::providers::{Access, Connection, Fault, Provider};

mod binding;
mod config;
mod errors;
mod groups;
mod login;
mod lookups;
mod members;
mod paging;
mod wire;
mod writes;

const COMPANY: &str = "2f0c7c1e-0f9e-4a4e-9f0c-3f5d1f7a9b11";
const TOKEN_PATH: &str = "/v2/auth/oauth2-token";

/// A company at a provider that listens on loopback, and the adapter connected to it.
struct World {
    server: MockServer,
    http: Http,
    provider: CompanyV3,
}

impl World {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With another connection.
    async fn with(adjust: impl FnOnce(&mut Connection)) -> Self {
        let world = Self::without_login(adjust).await;
        world.answer("POST", TOKEN_PATH, token("tok-9f31c2")).await;
        world
    }

    async fn without_login(adjust: impl FnOnce(&mut Connection)) -> Self {
        let server = MockServer::start().await;
        let mut connection = Connection {
            timeout: Duration::from_mins(1),
            retry_budget: Duration::from_secs(5),
            ..Connection::default()
        };
        adjust(&mut connection);
        let base = server.uri().parse().unwrap();
        let http = Http::new(&ProviderName::from("travel"), &base, &connection).unwrap();
        let provider = adapter(&http, None);
        Self { server, http, provider }
    }

    /// Another field for removals than the default.
    fn use_remove_field(&mut self, field: &str) {
        self.provider = adapter(&self.http, Some(field));
    }

    /// Answers a path; the first answer mounted for it wins.
    async fn answer(&self, verb: &str, at: &str, respond: impl Respond + 'static) {
        Mock::given(method(verb)).and(path(at)).respond_with(respond).mount(&self.server).await;
    }

    /// Answers a path once, before what else answers it.
    async fn answer_once(&self, verb: &str, at: &str, respond: impl Respond + 'static) {
        let mock = Mock::given(method(verb)).and(path(at)).respond_with(respond);
        mock.up_to_n_times(1).with_priority(1).mount(&self.server).await;
    }

    async fn read(&self, scope: &Scope) -> Result<Live, Fault> {
        self.provider.read(scope).await
    }

    /// What was asked, log-ins left out: method, path with query below the company, body.
    async fn calls(&self) -> Vec<String> {
        let requests = self.requests().await;
        requests.iter().filter(|request| request.url.path() != TOKEN_PATH).map(line).collect()
    }

    async fn requests(&self) -> Vec<Request> {
        self.server.received_requests().await.unwrap()
    }
}

fn adapter(http: &Http, remove_field: Option<&str>) -> CompanyV3 {
    let secrets = Secrets::Client {
        id: SecretString::from("rosterd-sandbox"),
        secret: SecretString::from("not-a-real-secret"),
    };
    CompanyV3::new(http.clone(), Config::new(COMPANY, remove_field).unwrap(), secrets, Access::Write)
}

fn line(request: &Request) -> String {
    let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let path = request.url.path().replace(&format!("/v3/companies/{COMPANY}/user-groups"), "…");
    let body = String::from_utf8_lossy(&request.body);
    format!("{} {path}{query} {body}", request.method).trim_end().to_owned()
}

/// A list that is handed out in pages, as far as the filter and the limit let it.
struct Listing {
    field: &'static str,
    items: Vec<Value>,
    /// The most items of a page, whatever was asked for.
    clamp: usize,
    /// Whether an item passes a filter.
    filter: fn(item: &Value, filter: &Value) -> bool,
}

impl Respond for Listing {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let body: Value = request.body_json().unwrap();
        let filters = body["filters"].as_array().cloned();
        let passes = |item: &&Value| {
            filters.as_ref().is_none_or(|filters| filters.iter().any(|filter| (self.filter)(item, filter)))
        };
        let left: Vec<&Value> = self.items.iter().filter(passes).collect();
        let number = |field: &str| usize::try_from(body["pagination"][field].as_u64().unwrap()).unwrap();
        let page: Vec<&&Value> =
            left.iter().skip(number("offset")).take(number("limit").min(self.clamp)).collect();
        ok(&json!({ self.field: page, "pagination": { "totalNumResults": left.len() } }))
    }
}

fn groups_path(below: &str) -> String {
    format!("/v3/companies/{COMPANY}/user-groups{below}")
}

fn members_path(number: u32) -> String {
    groups_path(&format!("/{}/members", group_id(number)))
}

fn list_path() -> String {
    groups_path("/list")
}

/// The company's groups, by number and name.
fn groups(groups: &[(u32, &str)]) -> Listing {
    let items = groups.iter().map(|(number, name)| group(*number, name)).collect();
    Listing {
        field: "userGroups",
        items,
        clamp: usize::MAX,
        filter: |group, filter| holds(&filter["userGroupIds"], &group["id"]),
    }
}

/// As the official reference shows a group, with an id in upper case and times no strict parser takes.
fn group(number: u32, name: &str) -> Value {
    json!({
        "id": group_id(number).to_uppercase(),
        "name": name,
        "description": "People who arrange travel for their region.",
        "companyId": COMPANY.to_uppercase(),
        "isUnmodifiable": true,
        "createdAt": { "iso8601": "2025-11-18T24:00Z" },
        "createdBy": { "id": user_id(9), "name": "Ines Aubry" },
        "somethingNew": [{ "nobody": "knows" }],
    })
}

/// Members by number.
fn members(numbers: impl IntoIterator<Item = u32>) -> Listing {
    let items = numbers
        .into_iter()
        .map(|number| json!({ "userId": user_id(number).to_uppercase(), "addedAt": { "iso8601": "2026-01-09T10:15Z" } }))
        .collect();
    Listing {
        field: "members",
        items,
        clamp: usize::MAX,
        filter: |member, filter| holds(&filter["userIds"], &member["userId"]),
    }
}

fn holds(listed: &Value, wanted: &Value) -> bool {
    let wanted = wanted.as_str().unwrap().to_lowercase();
    listed.as_array().unwrap().iter().any(|each| each.as_str().unwrap().to_lowercase() == wanted)
}

fn group_id(number: u32) -> String {
    format!("a1f0c6d2-5e47-4b8e-8c3d-{number:012}")
}

fn user_id(number: u32) -> String {
    format!("0f3b9a7e-1c2d-4e5f-8a6b-{number:012}")
}

fn user(number: u32) -> UserId {
    UserId::new(&user_id(number)).unwrap()
}

fn handle(text: &str) -> GroupHandle {
    GroupHandle::from(text)
}

fn by_id(number: u32) -> Binding {
    Binding::Id(GroupId::new(&group_id(number)).unwrap())
}

fn seen(number: u32) -> Binding {
    Binding::Seen(GroupId::new(&group_id(number)).unwrap())
}

fn by_name(name: &str) -> Binding {
    Binding::Name(name.to_owned())
}

fn scope<const N: usize>(groups: [(&str, Binding); N]) -> Scope {
    let groups = groups.into_iter().map(|(name, binding)| scoped(name, binding)).collect();
    Scope { groups, ..Scope::default() }
}

fn scoped(name: &str, binding: Binding) -> ScopedGroup {
    ScopedGroup { handle: handle(name), binding, user_type: UserType::default(), only: None }
}

fn people(emails: &[(&str, &str)]) -> Scope {
    let lookup = |(person, email): &(&str, &str)| Lookup {
        person: PersonHandle::from(*person),
        key: LookupKey::Email((*email).to_owned()),
    };
    Scope { lookups: emails.iter().map(lookup).collect(), ..Scope::default() }
}

fn ok(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

fn token(token: &str) -> ResponseTemplate {
    ok(&json!({ "access_token": token, "expires_in": 3600, "token_type": "bearer" }))
}

fn refusal(status: u16, code: &str, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({
        "debugIdentifier": "https://debug.example.invalid/r/3f2a91",
        "errorMessages": [{ "errorCode": code, "message": message }],
    }))
}

/// The members of a group that was read whole, by number.
fn members_of(live: &Live, group: &str) -> Vec<u32> {
    let group =
        live.groups.get(&handle(group)).unwrap_or_else(|| panic!("{group} was not read: {:?}", live.unread));
    let number = |user: &UserId| user.as_str().rsplit('-').next().unwrap().parse().unwrap();
    group.members.iter().map(number).collect()
}

fn unread<'a>(live: &'a Live, group: &str) -> &'a str {
    live.unread.get(&handle(group)).unwrap_or_else(|| panic!("{group} was read: {:?}", live.groups))
}
