//! The one HTTP client: time-outs, caps, no redirects, status to fault.
//!
//! What never happens here: a redirect is followed, a body is held whole when it is large, a query, a
//! header or a body gets into a log line or an error.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Method, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use super::retry::{self, Failure, Trouble};
use super::token::Dialect;
use super::{Connection, Fault, FaultKind, Observer};
use crate::core::model::ProviderName;

mod address;
pub(super) mod body;
mod words;

/// The largest body, after decompression.
const BODY_CAP: usize = 256 * 1024 * 1024;
/// As much of an error body as is looked at.
const ERROR_BODY_CAP: usize = 64 * 1024;

/// A client for one provider.
#[derive(Clone)]
pub struct Http {
    shared: Arc<Shared>,
    observer: Option<Arc<dyn Observer>>,
}

struct Shared {
    provider: ProviderName,
    base: Url,
    connection: Connection,
    client: reqwest::Client,
    requests: AtomicU64,
    body_cap: usize,
}

impl Http {
    /// Makes the client; nothing is sent.
    pub fn new(name: &ProviderName, base: &Url, connection: &Connection) -> Result<Self, Fault> {
        let plain = address::check_base(base)?;
        let connect = (connection.timeout / 6).max(Duration::from_secs(1)).min(connection.timeout);
        let client = reqwest::Client::builder()
            .user_agent(concat!("rosterd/", env!("CARGO_PKG_VERSION")))
            .default_headers(HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]))
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .https_only(!plain)
            .gzip(true)
            .connect_timeout(connect)
            .timeout(connection.timeout)
            // Servers close idle connections after 5 to 60 seconds; a shorter wait of ours loses fewer answers.
            .pool_idle_timeout(Duration::from_secs(20))
            .pool_max_idle_per_host(connection.concurrency.clamp(1, 64))
            .tcp_keepalive(Duration::from_secs(30))
            .http2_keep_alive_interval(Duration::from_secs(15))
            .build()
            .map_err(|error| {
                let cause = words::innermost(&error);
                Fault::new(
                    FaultKind::Refused,
                    format!(
                        "the HTTP client cannot be made: {cause}; is a store of CA certificates installed?"
                    ),
                )
            })?;
        let shared = Shared {
            provider: name.clone(),
            base: base.clone(),
            connection: connection.clone(),
            client,
            requests: AtomicU64::new(0),
            body_cap: BODY_CAP,
        };
        Ok(Self { shared: Arc::new(shared), observer: None })
    }

    /// Lets somebody hear of every request.
    pub(super) fn observed_by(self, observer: Option<Arc<dyn Observer>>) -> Self {
        Self { observer, ..self }
    }

    /// How to behave.
    pub(super) fn connection(&self) -> &Connection {
        &self.shared.connection
    }

    /// Counts exchanges anew.
    pub(super) fn begin(&self) {
        self.shared.requests.store(0, Ordering::Relaxed);
    }

    /// Exchanges started so far.
    pub(super) fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::Relaxed)
    }

    /// Sends a request once and reads a 2xx answer.
    pub(super) async fn exchange<R: body::Reading>(
        &self,
        request: &Request,
        token: Option<&SecretString>,
        dialect: &dyn Dialect,
    ) -> Result<Answer<R::Body>, Failure> {
        let url = address::join(&self.shared.base, &request.path)
            .map_err(|why| Failure::new(Trouble::Refused, why))?;
        let place = format!("{} {}", request.method, url.path());
        let response = self.start(request, url, token, &place).await?;
        let status = response.status();
        if !status.is_success() {
            return Err(self.failure(response, request, token, dialect, &place).await);
        }
        if R::WHOLE && request.repeat == Repeat::Safe && status != StatusCode::OK {
            let how = "answered a read with another status than 200, so this may be a part of it only";
            return Err(Failure::new(Trouble::Unreadable, format!("{how} ({status}, {place})")));
        }
        let headers = response.headers().clone();
        match R::read(response, self.shared.body_cap).await {
            Ok(body) => Ok(Answer { status, headers, body }),
            Err(body::Broken::Lost(how)) => Err(Failure::new(Trouble::Lost, format!("{how} ({place})"))),
            Err(body::Broken::Senseless(how)) => {
                Err(Failure::new(Trouble::Unreadable, format!("{how} ({status}, {place})")))
            }
        }
    }

    /// Sends a request and waits for the head of its answer.
    async fn start(
        &self,
        request: &Request,
        url: Url,
        token: Option<&SecretString>,
        place: &str,
    ) -> Result<Response, Failure> {
        let mut builder = self.shared.client.request(request.method.clone(), url.clone());
        if !request.query.is_empty() {
            builder = builder.query(&request.query);
        }
        for (name, value) in &request.headers {
            builder = builder.header(*name, *value);
        }
        if let Some(token) = token {
            builder = builder.header(AUTHORIZATION, bearer(token)?);
        }
        builder = match &request.body {
            Body::None => builder,
            Body::Json(value) => builder.json(value),
            Body::Form(fields) => builder.form(fields),
        };
        self.shared.requests.fetch_add(1, Ordering::Relaxed);
        let started = Instant::now();
        let outcome = builder.send().await;
        let took = started.elapsed();
        let elapsed_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let status = outcome.as_ref().map_or(0, |response| response.status().as_u16());
        if let Some(observer) = &self.observer {
            let status = outcome.is_ok().then_some(status);
            observer.answered(&self.shared.provider, request.method.as_str(), status, took);
        }
        tracing::debug!(
            provider = %self.shared.provider, method = %request.method, path = url.path(), status, elapsed_ms,
            "Sent a request."
        );
        outcome.map_err(|error| words::not_answered(&error, place, self.shared.connection.timeout))
    }

    /// What an answer other than 2xx means.
    async fn failure(
        &self,
        response: Response,
        request: &Request,
        token: Option<&SecretString>,
        dialect: &dyn Dialect,
        place: &str,
    ) -> Failure {
        let status = response.status();
        if status.is_redirection() {
            let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            let target = location.and_then(|location| self.shared.base.join(location).ok());
            return Failure::new(Trouble::Refused, words::redirected(status, target.as_ref(), place));
        }
        let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = asked.and_then(|asked| retry::retry_after(asked, Timestamp::now()));
        let trouble = match status {
            StatusCode::UNAUTHORIZED => Trouble::Denied,
            StatusCode::TOO_MANY_REQUESTS => Trouble::TooMany,
            _ if status.is_server_error() => Trouble::Server,
            _ => Trouble::Refused,
        };
        let body = body::beginning(response, ERROR_BODY_CAP).await;
        let explained = words::tidy(&dialect.explain(status, &body), &secrets(request, token));
        let explained = match explained.as_str() {
            "" => status.canonical_reason().unwrap_or("no explanation").to_owned(),
            _ => explained,
        };
        Failure { trouble, detail: format!("{explained} ({}, {place})", status.as_u16()), retry_after }
    }
}

/// One request, before log-in and retries.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path below the base URL, one segment each; every one is percent-encoded.
    pub path: Vec<String>,
    /// The query.
    pub query: Vec<(&'static str, String)>,
    /// Headers besides Authorization, Accept, Content-Type and User-Agent.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The body.
    pub body: Body,
    /// Whether sending it twice does no harm.
    pub repeat: Repeat,
}

/// A body. Its `Debug` prints nothing of it.
#[derive(Clone)]
pub enum Body {
    /// None.
    None,
    /// JSON.
    Json(Value),
    /// A form, percent-encoded.
    Form(Vec<(&'static str, String)>),
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Body(..)")
    }
}

/// Whether a request may be sent again after a 5xx or a lost answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Reads, and writes known to be idempotent.
    Safe,
    /// Writes not known to be idempotent: a lost answer is [`super::FaultKind::Unknown`].
    Unsafe,
}

/// A 2xx answer.
#[derive(Debug)]
pub struct Answer<T> {
    /// 200, 201, 204.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: T,
}

/// Whether a fault came of an answer with this status. A [`Fault`] says what to do, which is seldom a
/// matter of the status, so it is only in its words.
pub(super) fn was_answered_with(fault: &Fault, status: StatusCode) -> bool {
    let place = fault.detail.rsplit_once(" (").map(|(_, place)| place);
    place.is_some_and(|place| place.starts_with(&format!("{}, ", status.as_u16())))
}

fn bearer(token: &SecretString) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
        .map_err(|_| Failure::new(Trouble::Denied, "the token holds characters that no header can carry"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// What must not be in an error, should the provider repeat it: the token, and what a log-in sends.
fn secrets<'a>(request: &'a Request, token: Option<&'a SecretString>) -> Vec<&'a str> {
    let secret = |key: &str| key.contains("secret") || key.contains("client_id") || key.contains("token");
    let mut all: Vec<&str> = match &request.body {
        Body::Form(fields) => {
            fields.iter().filter(|(key, _)| secret(key)).map(|(_, value)| value.as_str()).collect()
        }
        Body::Json(Value::Object(fields)) => {
            fields.iter().filter(|(key, _)| secret(key)).filter_map(|(_, value)| value.as_str()).collect()
        }
        Body::None | Body::Json(_) => Vec::new(),
    };
    all.extend(token.map(ExposeSecret::expose_secret));
    all
}

#[cfg(test)]
mod tests;
