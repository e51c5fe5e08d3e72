//! Logging in, and the calls one by one.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future;
use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret;
use serde_json::Value;

use super::config::Config;
use super::wire::{self, Group, Id, Member, User};
use crate::core::call::Call;
use crate::core::model::{GroupId, UserId};
use crate::providers::gate::Gate;
use crate::providers::http::{Body, Http, Repeat, Request};
use crate::providers::pages::{self, Page, PageAt};
use crate::providers::secret::Secrets;
use crate::providers::token::{Dialect, Login, Session};
use crate::providers::{Connection, Fault, FaultKind, KindName};

/// Ids or emails in one filter, and members in one PATCH. The provider publishes no limit; a page is
/// 100 by default (official reference), so that many are taken to be welcome (inferred).
pub(super) const AT_ONCE: usize = 100;

/// The provider's calls.
pub(super) struct Client {
    session: Session,
    config: Config,
}

impl Client {
    /// Nothing is sent yet.
    pub(super) fn new(http: Http, config: Config, secrets: Secrets) -> Self {
        Self { session: Session::new(http, Arc::new(CompanyLogin { secrets })), config }
    }

    /// Calls in flight at once, items a page and so on.
    pub(super) fn connection(&self) -> &Connection {
        self.session.connection()
    }

    /// The company that everything is read of.
    pub(super) fn company(&self) -> &str {
        &self.config.company_id
    }

    /// What it is logged in with.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Requests answered so far, log-ins included.
    pub(super) fn requests(&self) -> u64 {
        self.session.requests()
    }

    /// Every group of the company: `POST …/user-groups/list` (seed 003).
    pub(super) async fn groups(&self) -> Result<Vec<Group>, Fault> {
        self.group_list(None).await
    }

    /// The groups with these ids. Where the filter is not taken, every group of the company.
    pub(super) async fn groups_by_id(&self, ids: &[GroupId]) -> Result<Vec<Group>, Fault> {
        let parts = ids.chunks(self.filter_size()).map(|ids| self.group_list(Some(ids)));
        match future::try_join_all(parts).await {
            Ok(parts) => Ok(parts.into_iter().flatten().collect()),
            Err(fault) if may_be_the_filter(&fault) => self.groups().await,
            Err(fault) => Err(fault),
        }
    }

    async fn group_list(&self, ids: Option<&[GroupId]>) -> Result<Vec<Group>, Fault> {
        let fetch = |at: PageAt| async move {
            let request = self.list(&["list"], wire::group_list(at, ids));
            let page = self.session.json::<wire::GroupPage>(&request).await?.body.into_page();
            page.ok_or_else(|| unreadable("the answer holds no list of user groups"))
        };
        self.read_whole("the user groups of the company", fetch, |group: &Group| group.id.clone()).await
    }

    /// One group: `GET …/user-groups/{groupId}` (seed 003).
    pub(super) async fn group(&self, id: &GroupId) -> Result<Group, Fault> {
        let path = self.path(&[id.as_str()]);
        let request = Request { method: Method::GET, body: Body::None, ..reading(path, Body::None) };
        Ok(self.session.json(&request).await?.body)
    }

    /// Every member of a group: `POST …/user-groups/{groupId}/members` (seed 003).
    pub(super) async fn members(&self, group: &GroupId) -> Result<BTreeSet<UserId>, Fault> {
        self.member_list(group, None).await
    }

    /// Which of some users are members of a group. The filter is official; where it is not taken or
    /// not heeded, the whole group is read and the rest dropped.
    pub(super) async fn members_among(
        &self,
        group: &GroupId,
        users: &BTreeSet<UserId>,
    ) -> Result<BTreeSet<UserId>, Fault> {
        let listed: Vec<UserId> = users.iter().cloned().collect();
        let parts = listed.chunks(self.filter_size()).map(|users| self.member_list(group, Some(users)));
        let found = match future::try_join_all(parts).await {
            Ok(parts) => parts.into_iter().flatten().collect(),
            Err(fault) if may_be_the_filter(&fault) => self.members(group).await?,
            Err(fault) => return Err(fault),
        };
        Ok(among(users, &found))
    }

    async fn member_list(
        &self,
        group: &GroupId,
        users: Option<&[UserId]>,
    ) -> Result<BTreeSet<UserId>, Fault> {
        let fetch = |at: PageAt| async move {
            let request = self.list(&[group.as_str(), "members"], wire::member_list(at, users));
            let page = self.session.json::<wire::MemberPage>(&request).await?.body.into_page();
            page.ok_or_else(|| unreadable("the answer holds no list of members"))
        };
        let what = format!("the members of user group {group}");
        let members = self.read_whole(&what, fetch, |member: &Member| member.user_id.clone()).await?;
        members.iter().map(|member| user_id(&member.user_id, &what)).collect()
    }

    /// The users with any of these emails, each with the one it has: `POST /v3/users/list` (official
    /// reference, a draft). Takes up to [`AT_ONCE`] emails.
    pub(super) async fn users(&self, emails: &[&str]) -> Result<Vec<User>, Fault> {
        let asked: BTreeSet<String> = emails.iter().map(|email| wire::comparable(email)).collect();
        self.user_list(&wire::by_emails(emails), emails.len(), &asked).await
    }

    /// The users with any of these ids, active or not: the same list. Takes up to [`AT_ONCE`] ids.
    pub(super) async fn users_by_id(&self, ids: &[&UserId]) -> Result<Vec<User>, Fault> {
        self.user_list(&wire::by_ids(ids), ids.len(), &BTreeSet::new()).await
    }

    async fn user_list(
        &self,
        filter: &Value,
        most_pages: usize,
        asked: &BTreeSet<String>,
    ) -> Result<Vec<User>, Fault> {
        let fetch = |at: PageAt| async move {
            let path = ["v3", "users", "list"].map(str::to_owned).to_vec();
            let request = reading(path, Body::Json(wire::user_list(at, self.company(), filter)));
            let page = self.session.json::<wire::UserPage>(&request).await?.body.into_page(asked);
            let page = page.ok_or_else(|| unreadable("a listed user has no id, or there is no list"))?;
            // More pages than were asked for: the filter is not heeded, and one call an email is cheaper.
            match page.total {
                Some(total) if total.div_ceil(at.limit.max(1)) > most_pages => {
                    Err(unreadable("users were listed that nobody asked for"))
                }
                _ => Ok(page),
            }
        };
        self.read_whole("the users who were asked for", fetch, |user: &User| user.id.clone()).await
    }

    /// The users with one email: `GET /v2/users` (official reference).
    pub(super) async fn user(&self, email: &str) -> Result<Vec<User>, Fault> {
        let query = vec![
            ("companyId", self.company().to_owned()),
            ("email", email.to_owned()),
            ("includeInactive", "true".to_owned()),
        ];
        let path = ["v2", "users"].map(str::to_owned).to_vec();
        let request = Request { method: Method::GET, query, ..reading(path, Body::None) };
        let matches = self.session.json::<wire::UserMatches>(&request).await?.body;
        matches.into_users(email).ok_or_else(|| unreadable("the answer to a look-up by email is not whole"))
    }

    /// Adds or removes: `PATCH …/user-groups/{groupId}/members` (seed 003). The call is not known to
    /// be idempotent, so it is never repeated here; its answer has no described body.
    pub(super) async fn change(&self, call: &Call, gate: Option<&Gate>) -> Result<(), Fault> {
        let request = Request {
            method: Method::PATCH,
            repeat: Repeat::Unsafe,
            ..reading(
                self.path(&[call.group.id.as_str(), "members"]),
                Body::Json(wire::member_change(call, &self.config)),
            )
        };
        self.session.send(&request, gate).await.map(|_| ())
    }

    /// How many ids go into one filter: no more than come back in one page.
    pub(super) fn filter_size(&self) -> usize {
        self.connection().page_size.clamp(1, AT_ONCE)
    }

    async fn read_whole<T, K, F, Fut>(
        &self,
        what: &str,
        fetch: F,
        key: impl Fn(&T) -> K,
    ) -> Result<Vec<T>, Fault>
    where
        K: Eq + std::hash::Hash,
        F: Fn(PageAt) -> Fut,
        Fut: Future<Output = Result<Page<T>, Fault>>,
    {
        let connection = self.connection();
        pages::read_whole(what, connection.page_size, connection.concurrency, fetch, key).await
    }

    /// A list call: a POST that only reads (seed 003).
    fn list(&self, below: &[&str], body: Value) -> Request {
        reading(self.path(below), Body::Json(body))
    }

    fn path(&self, below: &[&str]) -> Vec<String> {
        let above = ["v3", "companies", self.company(), "user-groups"];
        above.iter().chain(below).map(|segment| (*segment).to_owned()).collect()
    }
}

fn reading(path: Vec<String>, body: Body) -> Request {
    Request { method: Method::POST, path, query: Vec::new(), headers: Vec::new(), body, repeat: Repeat::Safe }
}

/// Those of some users that are in a set of ids in lower case, each as it was asked for: an id in upper
/// case must never look like no member.
pub(super) fn among(users: &BTreeSet<UserId>, members: &BTreeSet<UserId>) -> BTreeSet<UserId> {
    let is_member =
        |user: &&UserId| members.contains(KindName::CompanyV3.canonical_id(user.as_str()).as_str());
    users.iter().filter(is_member).cloned().collect()
}

fn user_id(id: &Id, what: &str) -> Result<UserId, Fault> {
    UserId::new(id.as_str()).map_err(|bad| unreadable(format!("reading {what}: {bad}")))
}

fn unreadable(detail: impl Into<String>) -> Fault {
    Fault::new(FaultKind::Unreadable, detail)
}

/// Whether the same list without its filter may still come whole: a filter with one odd id is refused
/// as a whole, and one whose total counts everything never adds up.
fn may_be_the_filter(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::Refused | FaultKind::Unreadable)
}

/// How this kind of provider logs in and words its errors.
struct CompanyLogin {
    secrets: Secrets,
}

impl Dialect for CompanyLogin {
    /// `POST /v2/auth/oauth2-token`, a form without scopes: access follows the role of the API user
    /// (official reference).
    fn login(&self) -> Login {
        match &self.secrets {
            Secrets::Token(token) => Login::Have(token.clone()),
            Secrets::Client { id, secret } => Login::Ask(reading(
                ["v2", "auth", "oauth2-token"].map(str::to_owned).to_vec(),
                Body::Form(vec![
                    ("client_id", id.expose_secret().to_owned()),
                    ("client_secret", secret.expose_secret().to_owned()),
                    ("grant_type", "client_credentials".to_owned()),
                ]),
            )),
        }
    }

    fn explain(&self, _status: StatusCode, body: &[u8]) -> String {
        let secrets: Vec<&str> = match &self.secrets {
            Secrets::Token(token) => vec![token.expose_secret()],
            Secrets::Client { id, secret } => vec![secret.expose_secret(), id.expose_secret()],
        };
        wire::explain(body, &secrets).unwrap_or_default()
    }
}
