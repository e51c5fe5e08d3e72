//! The adapter against an Emporix of our own making, over real HTTP.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::Emporix;
use super::config::Config;
use crate::core::model::{
    Binding, GroupHandle, GroupId, Lookup, LookupKey, Scope, ScopedGroup, UserId, UserType,
};
use crate::providers::http::Http;
use crate::providers::secret::Secrets;
use crate::providers::{Access, Connection};

mod config;
mod doubt;
mod login;
mod looks;
mod paging;
mod pure;
mod read;
mod send;
mod ways;
mod wire;

/// Runs a test that talks to a mock server. The server waits for a lock when it is dropped, which spins
/// for ever once the task has used up its share of time slices; unconstrained tasks have none.
pub async fn http_test(body: impl Future<Output = ()>) {
    tokio::task::unconstrained(body).await;
}

/// An Emporix with one tenant, `acme`.
pub struct World {
    pub server: MockServer,
    data: Arc<Mutex<Data>>,
    pub connection: Connection,
}

type Change = Box<dyn FnOnce(&mut Data) + Send>;

#[derive(Default)]
pub struct Data {
    pub groups: Vec<Value>,
    pub members: BTreeMap<String, Vec<Value>>,
    pub users: Vec<Value>,
    /// Items a page at most, whatever is asked for.
    pub clamp: Option<usize>,
    /// Whether totals are told.
    pub silent: bool,
    /// What `scope` says in the answer to a log-in.
    pub granted: Option<&'static str>,
    calls: Vec<String>,
    answers: VecDeque<(String, ResponseTemplate)>,
    changes: VecDeque<(String, Change)>,
}

impl World {
    pub async fn new() -> Self {
        let data = Arc::new(Mutex::new(Data::default()));
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(Answering(Arc::clone(&data))).mount(&server).await;
        Self { server, data, connection: Connection::default() }
    }

    pub fn change(&self, change: impl FnOnce(&mut Data)) {
        change(&mut self.data.lock().unwrap());
    }

    /// Adds a group that has the same name in English and German.
    pub fn group(self, id: &str, name: &str, user_type: &str) -> Self {
        let row =
            json!({ "id": id, "name": { "de": format!("{name} (de)"), "en": name }, "userType": user_type });
        self.change(|data| data.groups.push(row));
        self
    }

    /// Adds an employee who is in some groups, as both lists see it.
    pub fn user(self, id: &str, groups: &[&str]) -> Self {
        let row = json!({
            "id": id, "contactEmail": format!("{id}@acme.example"), "backofficeUserNumber": id,
            "isAccountLocked": false, "groupIds": groups,
        });
        self.change(|data| data.users.push(row));
        groups.iter().fold(self, |world, group| world.member(group, id, "EMPLOYEE"))
    }

    /// Adds somebody to a member list only.
    pub fn member(self, group: &str, user: &str, user_type: &str) -> Self {
        let row = json!({ "id": format!("{group}/{user}"), "groupId": group, "userId": user, "userType": user_type });
        self.change(|data| data.members.entry(group.to_owned()).or_default().push(row));
        self
    }

    /// Answers the next call that reads like this in another way.
    pub fn once(&self, call: &str, answer: ResponseTemplate) {
        self.change(|data| data.answers.push_back((call.to_owned(), answer)));
    }

    /// Changes something right after the next call that reads like this was answered.
    pub fn after(&self, call: &str, change: impl FnOnce(&mut Data) + Send + 'static) {
        self.change(|data| data.changes.push_back((call.to_owned(), Box::new(change))));
    }

    pub fn page_size(mut self, size: usize) -> Self {
        self.connection.page_size = size;
        self
    }

    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.connection.timeout = timeout;
        self
    }

    pub fn provider(&self) -> Emporix {
        self.provider_for(Access::Read)
    }

    pub fn provider_for(&self, access: Access) -> Emporix {
        let base = self.server.uri().parse().unwrap();
        let http = Http::new(&"emporix".into(), &base, &self.connection).unwrap();
        let secrets = Secrets::Client { id: "the-client".into(), secret: "s3cret&more".into() };
        Emporix::new(http, Config::new("acme").unwrap(), secrets, access)
    }

    /// Every call but log-ins, in order of their text: parallel calls come in any order.
    pub fn calls(&self) -> Vec<String> {
        let mut calls = self.data.lock().unwrap().calls.clone();
        calls.retain(|call| call != "POST token");
        calls.sort();
        calls
    }

    pub fn logins(&self) -> usize {
        self.data.lock().unwrap().calls.iter().filter(|call| *call == "POST token").count()
    }
}

struct Answering(Arc<Mutex<Data>>);

impl Respond for Answering {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut data = self.0.lock().unwrap();
        let call = short(request);
        data.calls.push(call.clone());
        let answer = match data.answers.iter().position(|(expected, _)| *expected == call) {
            Some(at) => data.answers.remove(at).unwrap().1,
            None => data.answer(request),
        };
        if let Some(at) = data.changes.iter().position(|(expected, _)| *expected == call) {
            let (_, change) = data.changes.remove(at).unwrap();
            change(&mut data);
        }
        answer
    }
}

/// A call as tests write it: `GET groups/g1/users 2` is its second page.
fn short(request: &Request) -> String {
    let path = request.url.path();
    let path = path.strip_prefix("/iam/acme/").or(path.strip_prefix("/oauth/")).unwrap_or(path);
    match query(request, "pageNumber") {
        Some(page) => format!("{} {path} {page}", request.method),
        None => format!("{} {path}", request.method),
    }
}

fn query(request: &Request, name: &str) -> Option<usize> {
    request.url.query_pairs().find(|(key, _)| key == name)?.1.parse().ok()
}

impl Data {
    fn answer(&self, request: &Request) -> ResponseTemplate {
        let path: Vec<&str> = request.url.path().split('/').skip(1).collect();
        match (request.method.as_str(), path.as_slice()) {
            ("POST", ["oauth", "token"]) => {
                let scope = self.granted.unwrap_or("iam.group_read iam.user_read tenant=acme");
                let token = json!({ "access_token": "t0ken", "token_type": "Bearer", "expires_in": 14399, "scope": scope });
                ResponseTemplate::new(200).set_body_json(token)
            }
            ("GET", ["iam", "acme", "groups"]) => self.page(&self.groups, request),
            ("GET", ["iam", "acme", "users"]) => self.page(&self.users, request),
            ("GET", ["iam", "acme", "users", number]) => {
                match self.users.iter().find(|user| user["backofficeUserNumber"] == **number) {
                    Some(user) => ResponseTemplate::new(200).set_body_json(user),
                    None => not_found(number),
                }
            }
            ("GET", ["iam", "acme", "groups", id]) => {
                match self.groups.iter().find(|group| group["id"] == **id) {
                    Some(group) => ResponseTemplate::new(200).set_body_json(group),
                    None => not_found(id),
                }
            }
            ("GET", ["iam", "acme", "groups", id, "users"]) => match self.members.get(*id) {
                Some(members) => self.page(members, request),
                None if self.groups.iter().any(|group| group["id"] == **id) => self.page(&[], request),
                None => not_found(id),
            },
            ("PUT", ["iam", "acme", "groups", _, "users", _, _]) => {
                ResponseTemplate::new(201).set_body_json(json!({ "id": "assignment" }))
            }
            ("DELETE", ["iam", "acme", "groups", _, "users", _]) => ResponseTemplate::new(204),
            _ => ResponseTemplate::new(500).set_body_string("the test does not know this call"),
        }
    }

    fn page(&self, items: &[Value], request: &Request) -> ResponseTemplate {
        let asked = query(request, "pageSize").unwrap();
        let size = self.clamp.unwrap_or(asked).min(asked);
        let page: Vec<&Value> =
            items.iter().skip((query(request, "pageNumber").unwrap() - 1) * size).take(size).collect();
        let answer = ResponseTemplate::new(200).set_body_json(page);
        let wanted = request.headers.get("X-Total-Count").is_some_and(|value| value == "true");
        if self.silent || !wanted {
            return answer;
        }
        answer.insert_header("X-Total-Count", items.len().to_string())
    }
}

pub fn not_found(id: &str) -> ResponseTemplate {
    ResponseTemplate::new(404).set_body_json(json!({
        "resourceId": id, "code": 404, "status": "Not Found", "message": "Error while getting group",
        "details": [format!("Group with id '{id}' not found")],
    }))
}

pub fn gid(id: &str) -> GroupId {
    GroupId::new(id).unwrap()
}

pub fn uid(id: &str) -> UserId {
    UserId::new(id).unwrap()
}

/// A scope of groups of employees bound by id, each under the handle of its id.
pub fn scope(ids: &[&str]) -> Scope {
    Scope { groups: ids.iter().map(|id| scoped(id, Binding::Id(gid(id)))).collect(), ..Scope::default() }
}

pub fn scoped(handle: &str, binding: Binding) -> ScopedGroup {
    ScopedGroup { handle: handle.into(), binding, user_type: UserType::Employee, only: None }
}

pub fn customers(handle: &str) -> ScopedGroup {
    ScopedGroup { user_type: UserType::Customer, ..scoped(handle, Binding::Id(gid(handle))) }
}

pub fn named(handle: &str, name: &str) -> ScopedGroup {
    scoped(handle, Binding::Name(name.to_owned()))
}

pub fn lookup(person: &str, email: &str) -> Lookup {
    Lookup { person: person.into(), key: LookupKey::Email(email.to_owned()) }
}

/// The members of a group, separated by spaces; why not, when it was not read.
pub fn members(live: &crate::core::model::Live, handle: &str) -> String {
    let handle = GroupHandle::from(handle);
    match (live.groups.get(&handle), live.unread.get(&handle)) {
        (Some(group), None) => group.members.iter().map(UserId::as_str).collect::<Vec<_>>().join(" "),
        (None, Some(why)) => format!("unread: {why}"),
        (read, unread) => panic!("{read:?} and {unread:?}"),
    }
}
