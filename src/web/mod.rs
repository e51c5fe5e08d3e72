//! What is shown over HTTP, and never changed through it: health, metrics, status as JSON and as a page.
//!
//! There is no log-in and no TLS: it listens on loopback unless somebody says otherwise, shows counts
//! and no names of people, and has no request that changes anything. Whoever asks has to ask for an address: a page
//! of somebody else, in a browser that reaches us, can lead a name here and no address.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use listenfd::ListenFd;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::situation::Situation;
use door::Door;
use exposition::Form;
use metrics::Metrics;

pub mod door;
mod exposition;
pub mod metrics;
mod page;

/// What the listener shows.
pub trait Shown: Send + Sync {
    /// What is going on, for everybody.
    fn situation(&self) -> Situation;
    /// Counters and gauges.
    fn metrics(&self) -> &Metrics;
    /// Whether the loop still turns.
    fn is_alive(&self) -> bool;
}

/// The sockets that systemd opened for us, if it did.
///
/// # Errors
/// When one of them is something else than a TCP socket.
pub fn activated() -> Result<Vec<TcpListener>, String> {
    let mut handed = ListenFd::from_env();
    let mut sockets = Vec::new();
    for number in 0..handed.len() {
        let taken = handed.take_tcp_listener(number).and_then(|socket| socket.map(nonblocking).transpose());
        sockets.extend(taken.map_err(|error| {
            let (number, count) = (number + 1, handed.len());
            format!(
                "socket {number} of {count} that systemd handed over cannot be served: {error}; every \
                 ListenStream= of the socket unit has to be an address with a port"
            )
        })?);
    }
    Ok(sockets)
}

/// Listens at an address.
///
/// # Errors
/// When it cannot be listened at.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = std::net::TcpListener::bind(address)?;
    nonblocking(listener)
}

fn nonblocking(listener: std::net::TcpListener) -> io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

/// A listener that is being served.
pub struct Served {
    stop: CancellationToken,
    closed: CancellationToken,
}

impl Served {
    /// Takes no connections any more, soon; those that are there are answered.
    pub fn end(&self) {
        self.stop.cancel();
    }

    /// The same, and waits until others can listen there.
    pub async fn close(self) {
        self.stop.cancel();
        self.closed.cancelled().await;
    }
}

/// Answers until it is told to stop.
pub fn serve(listener: TcpListener, shown: Arc<dyn Shown>) -> Served {
    let (stop, closed) = (CancellationToken::new(), CancellationToken::new());
    let door = Door::new(listener, closed.clone().drop_guard());
    let served = axum::serve(door, router(shown)).with_graceful_shutdown(stop.clone().cancelled_owned());
    tokio::spawn(async move {
        if let Err(error) = served.await {
            tracing::error!(%error, "The listener ended.");
        }
    });
    Served { stop, closed }
}

fn router(shown: Arc<dyn Shown>) -> Router {
    Router::new()
        .route("/", get(status_page))
        .route("/healthz", get(health))
        .route("/readyz", get(readiness))
        .route("/metrics", get(metrics_text))
        .route("/api/v1/status", get(status))
        .layer(from_fn(by_address))
        .with_state(shown)
}

/// Answers whoever asks for an address or for `localhost`, and nobody else.
async fn by_address(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST);
    if host.is_none_or(is_address) {
        return next.run(request).await;
    }
    let text = "ask for an address, as http://127.0.0.1:9464/: rosterd answers to no name but localhost\n";
    plain(StatusCode::MISDIRECTED_REQUEST, text)
}

fn is_address(host: &HeaderValue) -> bool {
    let Ok(host) = host.to_str() else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    let inside = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    let is_known = name.eq_ignore_ascii_case("localhost");
    is_known || inside.unwrap_or(name).parse::<IpAddr>().is_ok()
}

/// The process answers, and its loop turns.
async fn health(State(shown): State<Arc<dyn Shown>>) -> Response {
    if shown.is_alive() {
        plain(StatusCode::OK, "ok\n")
    } else {
        plain(StatusCode::SERVICE_UNAVAILABLE, "the loop of the daemon does not turn\n")
    }
}

/// A configuration and a roster are in force, so that runs happen.
async fn readiness(State(shown): State<Arc<dyn Shown>>) -> Response {
    if shown.situation().roster.revision.is_some() {
        plain(StatusCode::OK, "ok\n")
    } else {
        plain(StatusCode::SERVICE_UNAVAILABLE, "no roster is in force: see /api/v1/status\n")
    }
}

async fn metrics_text(State(shown): State<Arc<dyn Shown>>, headers: HeaderMap) -> Response {
    let form = Form::asked(&headers);
    let text = form.write(shown.metrics().encode(Timestamp::now()));
    let described = [(header::CONTENT_TYPE, form.content_type()), (header::VARY, "accept")];
    guarded((StatusCode::OK, described, text).into_response())
}

async fn status(State(shown): State<Arc<dyn Shown>>) -> Response {
    guarded(axum::Json(shown.situation()).into_response())
}

async fn status_page(State(shown): State<Arc<dyn Shown>>) -> Response {
    let page = page::render(&shown.situation(), Timestamp::now());
    guarded((StatusCode::OK, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response())
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    guarded((status, text).into_response())
}

/// Nothing is kept by a browser, framed, or run in it.
fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    );
    response
}

#[cfg(test)]
mod tests;
