//! What the tests of the transport and the adapters share: a dialect, and servers that misbehave.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::Connection;
use super::http::{Body, Http, Repeat, Request};
use super::token::{Dialect, Login, Session};
use crate::core::model::ProviderName;

/// Runs a test that uses wiremock, whose servers may hang when they are dropped within a budgeted task.
pub(crate) async fn http_test<T>(body: impl Future<Output = T>) -> T {
    tokio::task::unconstrained(body).await
}

/// A connection that waits for a busy machine, and does not try again for long.
pub(crate) fn connection() -> Connection {
    Connection {
        timeout: Duration::from_mins(1),
        retry_budget: Duration::from_secs(2),
        ..Connection::default()
    }
}

/// A client of a server on loopback.
pub(crate) fn http(base: &str, connection: &Connection) -> Http {
    Http::new(&ProviderName::from("test"), &base.parse::<Url>().unwrap(), connection).unwrap()
}

/// A dialect that logs in with a form at `/token`, or has a token.
pub(crate) struct Plain {
    pub(crate) has: Option<&'static str>,
}

impl Dialect for Plain {
    fn login(&self) -> Login {
        match self.has {
            Some(token) => Login::Have(SecretString::from(token)),
            None => Login::Ask(Request {
                body: Body::Form(vec![
                    ("client_id", "the-client".into()),
                    ("client_secret", "the-secret".into()),
                ]),
                ..request(Method::POST, &["token"])
            }),
        }
    }

    fn explain(&self, _status: StatusCode, body: &[u8]) -> String {
        String::from_utf8_lossy(body).into_owned()
    }
}

/// A session that has its token.
pub(crate) fn session(base: &str, connection: &Connection) -> Session {
    Session::new(http(base, connection), Arc::new(Plain { has: Some("tok-held") }))
}

/// A session that asks for its tokens.
pub(crate) fn asking_session(base: &str, connection: &Connection) -> Session {
    Session::new(http(base, connection), Arc::new(Plain { has: None }))
}

/// A request that may be repeated.
pub(crate) fn request(method: Method, path: &[&str]) -> Request {
    Request {
        method,
        path: path.iter().map(|&segment| segment.to_owned()).collect(),
        query: vec![],
        headers: vec![],
        body: Body::None,
        repeat: Repeat::Safe,
    }
}

/// A `GET /things`.
pub(crate) fn get() -> Request {
    request(Method::GET, &["things"])
}

/// A `POST /things` that must not be repeated.
pub(crate) fn post() -> Request {
    Request {
        repeat: Repeat::Unsafe,
        body: Body::Json(json!({"id": "u-1"})),
        ..request(Method::POST, &["things"])
    }
}

/// A server that answers `GET /things`.
pub(crate) async fn things(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET")).and(path("/things")).respond_with(answer).mount(&server).await;
    server
}

/// Hands out tokens `tok-1`, `tok-2`, ... at `POST /token`.
pub(crate) async fn hand_out_tokens(server: &MockServer, more: serde_json::Value) {
    let count = AtomicUsize::new(0);
    Mock::given(method("POST"))
        .and(path("/token"))
        .respond_with(move |_: &wiremock::Request| {
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            let mut body = more.clone();
            body["access_token"] = json!(format!("tok-{number}"));
            ResponseTemplate::new(200).set_body_json(body)
        })
        .mount(server)
        .await;
}

/// What [`raw_server`] does with one connection, after it has read the request.
#[derive(Clone, Copy)]
pub(crate) enum Then {
    /// Writes this and closes the connection.
    Write(&'static [u8]),
    /// Writes this and keeps the connection open without a word.
    Hang(&'static [u8]),
}

/// A server that answers one connection after the other as told, the last way for all that follow.
/// Returns its address and how many requests it has read.
pub(crate) async fn raw_server(script: Vec<Then>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let number = counted.fetch_add(1, Ordering::SeqCst);
            let then = script.get(number).or(script.last()).copied().unwrap();
            tokio::spawn(serve(stream, then));
        }
    });
    (base, count)
}

async fn serve(mut stream: TcpStream, then: Then) {
    read_request(&mut stream).await;
    match then {
        Then::Write(bytes) => {
            stream.write_all(bytes).await.unwrap();
            stream.shutdown().await.ok();
        }
        Then::Hang(bytes) => {
            stream.write_all(bytes).await.unwrap();
            std::future::pending::<()>().await;
        }
    }
}

/// Reads a head and the body that it announces.
async fn read_request(stream: &mut TcpStream) {
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).await.unwrap_or(0);
        seen.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&seen).to_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            if count == 0 {
                return;
            }
            continue;
        };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if count == 0 || body.len() >= length.and_then(|length| length.trim().parse().ok()).unwrap_or(0) {
            return;
        }
    }
}
