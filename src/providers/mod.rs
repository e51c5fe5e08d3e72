//! The only HTTP clients: one adapter a kind of provider, behind one trait.
//!
//! Every adapter has the same six files. A fourth kind: copy a folder, write `read`, `look_at`
//! and `send`, add one variant to [`Kind`] and one arm to [`build`].

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use url::Url;

use crate::core::call::{Call, Changes};
use crate::core::guard::{Limits, Mode};
use crate::core::model::{Addition, Hints, Live, Looked, ProviderName, Scope, Target};
use gate::Gate;

pub mod company_v3;
pub mod emporix;
pub mod gate;
pub mod http;
pub mod pace;
pub mod pages;
pub mod retry;
pub mod secret;
pub mod solvexia;
#[cfg(test)]
pub(crate) mod testing;
pub mod token;

/// One live API.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Reads who is in which group, and finds people. A group that did not come whole goes to
    /// [`Live::unread`]; only trouble that concerns everything is an `Err`.
    async fn read(&self, scope: &Scope) -> Result<Live, Fault>;

    /// Looks at accounts that are about to be added, as far as `live` does not show them, in the fewest calls.
    /// What cannot be looked at is no fault: it goes to [`Looked::unseen`].
    async fn look_at(&self, live: &Live, hints: &Hints, additions: &BTreeSet<Addition>) -> Looked;

    /// Cuts changes into the calls that this API offers, in sending order. Every change lands in exactly one.
    fn calls(&self, changes: &Changes) -> Vec<Call>;

    /// Sends one call, while the gate of its run is open; without one, whatever else goes on. A batch is sent as it
    /// is: halving it belongs to the caller.
    async fn send(&self, call: &Call, gate: Option<&Gate>) -> Result<(), Fault>;

    /// Lets calls go out again after the provider was given up: what was sent has to be looked at.
    fn reopen(&self);

    /// Requests answered so far in this run, log-ins included.
    fn requests(&self) -> u64;

    /// Another run begins: what the last one ran into is forgotten, its token and its connections stay.
    fn begin(&self);

    /// Nothing more goes out, ever: calls in flight finish, every other ends without a byte.
    fn stop(&self);
}

/// Hears of every request, for metrics.
pub trait Observer: Send + Sync {
    /// A request was answered with a status, or not at all; `took` is until the head of the answer.
    fn answered(&self, provider: &ProviderName, method: &str, status: Option<u16>, took: Duration);
}

/// What went wrong with a call, by what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Fault {
    /// What to do next.
    pub kind: FaultKind,
    /// The provider's message with its code and support or debug id, or our own words. Never a
    /// secret, a token or a body.
    pub detail: String,
    /// Whether anything was sent. Once a provider is given up, or the credentials are not taken, further
    /// calls end without a byte.
    pub sent: bool,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// It would pass, but the retries are used up.
    Passing,
    /// The credentials are not taken.
    Auth,
    /// The provider understood and said no; the same call will be refused again.
    Refused,
    /// The call may or may not have been carried out: read before anything else.
    Unknown,
    /// The answer makes no sense: not JSON, another shape, inconsistent pages.
    Unreadable,
}

impl Fault {
    /// A fault in our own words.
    pub fn new(kind: FaultKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), sent: true }
    }

    /// The same for a call that was never sent.
    #[must_use]
    pub fn unsent(self) -> Self {
        Self { sent: false, ..self }
    }
}

/// One `[providers.NAME]`, checked.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// Its name.
    pub name: ProviderName,
    /// What it is, with what only that kind needs.
    pub kind: Kind,
    /// Where it is; https, or http on loopback; without a slash at its end.
    pub base_url: Url,
    /// How to log in.
    pub credentials: secret::Credentials,
    /// How to behave.
    pub connection: Connection,
    /// Its own cron schedule, when it has one.
    pub schedule: Option<String>,
    /// Whether changes are made.
    pub mode: Mode,
    /// The guard's rules for it: the general ones with its own on top.
    pub limits: Limits,
}

/// What a provider is.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Emporix IAM.
    Emporix(emporix::config::Config),
    /// v3 company user-groups.
    CompanyV3(company_v3::config::Config),
    /// SolveXia.
    SolveXia,
}

/// How to behave toward a provider.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    /// Total time of one call; connecting may take a sixth of it, at least one second.
    pub timeout: Duration,
    /// Calls in flight at once.
    pub concurrency: usize,
    /// Calls a second; none for no limit.
    pub requests_per_second: Option<f64>,
    /// Items a page.
    pub page_size: usize,
    /// Time that all waiting before retries may take, in one run.
    pub retry_budget: Duration,
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            concurrency: 8,
            requests_per_second: None,
            page_size: 100,
            retry_budget: Duration::from_secs(20),
        }
    }
}

/// Whether a run may write; decides which scopes are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// A plan.
    Read,
    /// An apply.
    Write,
}

/// The kinds by name, for checks that need no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KindName {
    /// `emporix`
    Emporix,
    /// `company-v3`
    CompanyV3,
    /// `solvexia`
    SolveXia,
}

impl KindName {
    /// Every kind there is.
    pub const ALL: [Self; 3] = [Self::Emporix, Self::CompanyV3, Self::SolveXia];

    /// As the configuration and JSON write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Emporix => "emporix",
            Self::CompanyV3 => "company-v3",
            Self::SolveXia => "solvexia",
        }
    }

    /// Whether people can be found by email. SolveXia needs an id or a login.
    #[must_use]
    pub fn finds_by_email(self) -> bool {
        matches!(self, Self::Emporix | Self::CompanyV3)
    }

    /// Whether people can be found by login. Only SolveXia has logins.
    #[must_use]
    pub fn finds_by_login(self) -> bool {
        self == Self::SolveXia
    }

    /// Whether looking for one person reads the list of all users, so that the others cost nothing more.
    #[must_use]
    pub fn finds_all_at_once(self) -> bool {
        matches!(self, Self::Emporix | Self::SolveXia)
    }

    /// Whether groups are for employees or for customers, so that `user_type` has a meaning. Customers
    /// are not in the user list of Emporix, so a person in a CUSTOMER group needs a written id.
    #[must_use]
    pub fn has_user_types(self) -> bool {
        self == Self::Emporix
    }

    /// The form in which ids of this kind are compared. Company v3 ids are UUIDs (official reference),
    /// which mean the same in both cases; ids of the other two are opaque and case-sensitive.
    #[must_use]
    pub fn canonical_id(self, id: &str) -> String {
        match self {
            Self::CompanyV3 => id.to_ascii_lowercase(),
            Self::Emporix | Self::SolveXia => id.to_owned(),
        }
    }
}

impl Kind {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> KindName {
        match self {
            Self::Emporix(_) => KindName::Emporix,
            Self::CompanyV3(_) => KindName::CompanyV3,
            Self::SolveXia => KindName::SolveXia,
        }
    }
}

impl ProviderConfig {
    /// What it is connected to. Two providers with one target are an error, and state is keyed by it.
    #[must_use]
    pub fn target(&self) -> Target {
        let within = match &self.kind {
            Kind::Emporix(config) => config.tenant.as_str(),
            Kind::CompanyV3(config) => config.company_id.as_str(),
            Kind::SolveXia => "",
        };
        let base = self.base_url.as_str().trim_end_matches('/');
        Target::from(format!("{} {base} {within}", self.kind.name().as_str()).trim_end())
    }
}

/// Makes the adapter of a provider. Secrets are read here, not before.
///
/// # Errors
/// When the HTTP client cannot be made.
pub fn build(
    config: &ProviderConfig,
    secrets: secret::Secrets,
    access: Access,
) -> Result<Arc<dyn Provider>, Fault> {
    build_observed(config, secrets, access, None)
}

/// As [`build`]; the observer hears of every request.
pub fn build_observed(
    config: &ProviderConfig,
    secrets: secret::Secrets,
    access: Access,
    observer: Option<Arc<dyn Observer>>,
) -> Result<Arc<dyn Provider>, Fault> {
    let http = http::Http::new(&config.name, &config.base_url, &config.connection)?.observed_by(observer);
    Ok(match &config.kind {
        Kind::Emporix(kind) => Arc::new(emporix::Emporix::new(http, kind.clone(), secrets, access)),
        Kind::CompanyV3(kind) => Arc::new(company_v3::CompanyV3::new(http, kind.clone(), secrets, access)),
        Kind::SolveXia => Arc::new(solvexia::SolveXia::new(http, secrets, access)),
    })
}
