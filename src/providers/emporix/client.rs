//! Log-in, paging and the single calls.
//!
//! No function here can name a whole group or a whole user in a write: both writes take a checked
//! group id and a checked user id, and there is no other.

use std::collections::HashSet;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;

use super::config::Config;
use super::wire::{self, Group, GroupRow, Member, MemberRow, User, UserRow};
use crate::core::model::{GroupId, UserId, UserType};
use crate::providers::gate::Gate;
use crate::providers::http::{self, Body, Http, Repeat, Request};
use crate::providers::pages::{self, Page, PageAt};
use crate::providers::secret::Secrets;
use crate::providers::token::{Dialect, Login, Session, TokenAnswer};
use crate::providers::{Access, Fault, FaultKind};

/// Reading groups, their members and dashboard users (official IAM reference).
const READ_SCOPE: &str = "iam.group_read iam.user_read";
/// The same, and making and ending memberships (seed 000).
const WRITE_SCOPE: &str = "iam.group_read iam.user_read iam.assignment_manage";
/// Asks for the total over all pages, which comes back in a header of the same name (seed 002).
const WANT_TOTAL: (&str, &str) = (TOTAL, "true");
const TOTAL: &str = "X-Total-Count";
/// Asks for names in all languages (official IAM reference).
const ALL_LANGUAGES: (&str, &str) = ("Accept-Language", "*");

/// Emporix IAM of one tenant.
pub struct Client {
    session: Session,
    tenant: String,
}

impl Client {
    /// Nothing is sent yet.
    #[must_use]
    pub fn new(http: Http, config: Config, secrets: Secrets, access: Access) -> Self {
        let dialect = Words { tenant: config.tenant.clone(), secrets, access };
        Self { session: Session::new(http, Arc::new(dialect)), tenant: config.tenant }
    }

    /// What it is logged in with.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Requests answered so far, log-ins included.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.session.requests()
    }

    /// Items that one page is asked to hold.
    #[must_use]
    pub fn page_size(&self) -> usize {
        self.session.connection().page_size.max(1)
    }

    /// Calls in flight at once.
    #[must_use]
    pub fn concurrency(&self) -> usize {
        self.session.connection().concurrency.max(1)
    }

    /// The first page of groups, for those who may not need the others.
    pub async fn first_groups(&self) -> Result<Page<Group>, Fault> {
        self.groups_page(self.first()).await
    }

    /// Every group, without fetching again a first page that is there already.
    pub async fn all_groups(&self, first: Option<Page<Group>>) -> Result<Vec<Group>, Fault> {
        self.whole("groups", first, |at| self.groups_page(at), |group| group.id.clone()).await
    }

    /// One group.
    pub async fn group(&self, id: &GroupId) -> Result<Group, Fault> {
        let mut request = self.get(&["groups", id.as_str()]);
        request.headers.push(ALL_LANGUAGES);
        let group = wire::group(self.session.json::<GroupRow>(&request).await?.body)?;
        if group.id != *id {
            let detail = format!("asked for group {id}, Emporix answered with group {}", group.id);
            return Err(Fault::new(FaultKind::Unreadable, detail));
        }
        Ok(group)
    }

    /// The first page of employees, for those who want the total before they decide.
    pub async fn first_users(&self) -> Result<Page<User>, Fault> {
        self.users_page(self.first(), &Mutex::default()).await
    }

    /// Every employee, without fetching again a first page that is there already.
    pub async fn all_users(&self, first: Option<Page<User>>) -> Result<Vec<User>, Fault> {
        let known = Mutex::default();
        self.whole("users", first, |at| self.users_page(at, &known), |user| user.id.clone()).await
    }

    /// One employee by `backofficeUserNumber`, which is the id but of some old users (seed 002). None where there
    /// is no such employee.
    pub async fn user(&self, number: &UserId) -> Result<Option<User>, Fault> {
        match self.session.json::<UserRow>(&self.get(&["users", number.as_str()])).await {
            Ok(answer) => wire::user(&answer.body, &mut HashSet::new()).map(Some),
            Err(fault) if http::was_answered_with(&fault, StatusCode::NOT_FOUND) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Every member of a group. Somebody listed under two user types is two rows of the total.
    pub async fn members(&self, group: &GroupId) -> Result<Vec<Member>, Fault> {
        let what = format!("members of group {group}");
        let key = |member: &Member| (member.user.clone(), member.user_type);
        self.whole(&what, None, |at| self.members_page(group, at), key).await
    }

    /// Makes a membership. 201 and 204 (it was there) are both its success, so it may be repeated (seed 000).
    pub async fn add(
        &self,
        group: &GroupId,
        user_type: UserType,
        user: &UserId,
        gate: Option<&Gate>,
    ) -> Result<(), Fault> {
        let path = ["groups", group.as_str(), "users", user_type.as_str(), user.as_str()];
        self.session.send(&self.request(Method::PUT, &path), gate).await.map(drop)
    }

    /// Ends a membership. Its goal is a state, so it may be repeated (inferred). No 404 is documented
    /// (seed 000): should one come, it is refused, and reading settles what it meant.
    pub async fn remove(&self, group: &GroupId, user: &UserId, gate: Option<&Gate>) -> Result<(), Fault> {
        let path = ["groups", group.as_str(), "users", user.as_str()];
        self.session.send(&self.request(Method::DELETE, &path), gate).await.map(drop)
    }

    async fn groups_page(&self, at: PageAt) -> Result<Page<Group>, Fault> {
        let mut request = self.get(&["groups"]);
        request.headers.push(ALL_LANGUAGES);
        self.page(request, at, wire::group).await
    }

    async fn users_page(&self, at: PageAt, known: &Mutex<HashSet<GroupId>>) -> Result<Page<User>, Fault> {
        let mut request = self.get(&["users"]);
        // The only type that is supported; customers live in another service (official IAM reference).
        request.query.push(("userType", UserType::Employee.as_str().to_owned()));
        let read = |row: UserRow| wire::user(&row, &mut known.lock().unwrap_or_else(PoisonError::into_inner));
        self.page(request, at, read).await
    }

    async fn members_page(&self, group: &GroupId, at: PageAt) -> Result<Page<Member>, Fault> {
        let request = self.get(&["groups", group.as_str(), "users"]);
        self.page(request, at, |row: MemberRow| wire::member(&row, group)).await
    }

    /// Fetches one page. `pageNumber` counts from 1 (seed 002).
    async fn page<Row, Item>(
        &self,
        mut request: Request,
        at: PageAt,
        read: impl Fn(Row) -> Result<Item, Fault> + Send,
    ) -> Result<Page<Item>, Fault>
    where
        Row: DeserializeOwned + Send + 'static,
    {
        request.query.push(("pageNumber", (at.index + 1).to_string()));
        request.query.push(("pageSize", at.limit.to_string()));
        request.headers.push(WANT_TOTAL);
        let answer = self.session.json::<Vec<Row>>(&request).await?;
        let total = total(&answer.headers)?;
        let items = answer.body.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Page { items, total })
    }

    /// Reads every page, with `first` standing in for the first fetch of the first page.
    async fn whole<Item, Key, Fetched>(
        &self,
        what: &str,
        first: Option<Page<Item>>,
        fetch: impl Fn(PageAt) -> Fetched + Send + Sync,
        key: impl Fn(&Item) -> Key + Send + Sync,
    ) -> Result<Vec<Item>, Fault>
    where
        Item: Send,
        Key: Eq + std::hash::Hash + Send,
        Fetched: Future<Output = Result<Page<Item>, Fault>> + Send,
    {
        let first = Mutex::new(first);
        let fetch = |at: PageAt| {
            let ready = if at.index == 0 { taken(&first) } else { None };
            let fetched = if ready.is_none() { Some(fetch(at)) } else { None };
            async move {
                match (ready, fetched) {
                    (Some(page), _) => Ok(page),
                    (None, Some(fetched)) => fetched.await,
                    (None, None) => Err(Fault::new(FaultKind::Unreadable, "no page was asked for")),
                }
            }
        };
        pages::read_whole(what, self.page_size(), self.concurrency(), fetch, key).await
    }

    fn first(&self) -> PageAt {
        PageAt { index: 0, offset: 0, limit: self.page_size() }
    }

    fn get(&self, below: &[&str]) -> Request {
        self.request(Method::GET, below)
    }

    /// A request below `/iam/{tenant}`. Every call of this adapter may be repeated.
    fn request(&self, method: Method, below: &[&str]) -> Request {
        let path = ["iam", self.tenant.as_str()].into_iter().chain(below.iter().copied());
        Request {
            method,
            path: path.map(str::to_owned).collect(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Body::None,
            repeat: Repeat::Safe,
        }
    }
}

/// Pages that are still to come after the first, as far as it tells.
#[must_use]
pub fn pages_left<Item>(first: &Page<Item>) -> Option<usize> {
    let left = first.total?.saturating_sub(first.items.len());
    match first.items.len() {
        _ if left == 0 => Some(0),
        0 => None,
        // What came, not what was asked for: a server may clamp the page size.
        size => Some(left.div_ceil(size)),
    }
}

fn taken<T>(place: &Mutex<Option<T>>) -> Option<T> {
    place.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn total(headers: &HeaderMap) -> Result<Option<usize>, Fault> {
    let Some(value) = headers.get(TOTAL) else { return Ok(None) };
    let count = value.to_str().ok().and_then(|text| text.trim().parse().ok());
    let unreadable = || Fault::new(FaultKind::Unreadable, format!("the {TOTAL} of Emporix is not a number"));
    count.map(Some).ok_or_else(unreadable)
}

/// How Emporix is logged in to, and how it words errors.
struct Words {
    tenant: String,
    secrets: Secrets,
    access: Access,
}

impl Dialect for Words {
    /// Form-encoded client credentials (official OAuth reference).
    fn login(&self) -> Login {
        let (id, secret) = match &self.secrets {
            Secrets::Client { id, secret } => (id, secret),
            Secrets::Token(token) => return Login::Have(token.clone()),
        };
        let scope = match self.access {
            Access::Read => READ_SCOPE,
            Access::Write => WRITE_SCOPE,
        };
        Login::Ask(Request {
            method: Method::POST,
            path: vec!["oauth".to_owned(), "token".to_owned()],
            query: Vec::new(),
            headers: Vec::new(),
            body: Body::Form(vec![
                ("grant_type", "client_credentials".to_owned()),
                ("client_id", id.expose_secret().to_owned()),
                ("client_secret", secret.expose_secret().to_owned()),
                ("scope", scope.to_owned()),
            ]),
            repeat: Repeat::Safe,
        })
    }

    /// The granted scopes may name the tenant (official OAuth tutorial). Another one than ours would
    /// be answered with 401 on every call, without saying why.
    fn check_token(&self, token: &TokenAnswer) -> Result<(), Fault> {
        let words = token.scope.as_deref().unwrap_or_default().split_whitespace();
        match words.filter_map(|word| word.strip_prefix("tenant=")).find(|other| *other != self.tenant) {
            None => Ok(()),
            Some(other) => Err(Fault::new(
                FaultKind::Auth,
                format!(
                    "these credentials belong to the tenant {other}, the configuration says {}: \
                     correct `tenant` or use credentials of that tenant",
                    self.tenant
                ),
            )),
        }
    }

    fn explain(&self, _status: StatusCode, body: &[u8]) -> String {
        wire::explain(body)
    }
}
