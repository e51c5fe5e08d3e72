use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;
use wiremock::matchers::{body_partial_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::super::SolveXia;
use super::{adapter, calls, client_secrets, scope, seen};
use crate::providers::secret::Secrets;
use crate::providers::testing::{connection, hand_out_tokens, http, http_test};
use crate::providers::{Access, Connection, FaultKind, Provider};

/// Answers `POST /oauth/token` with tokens that count up and live for so many seconds.
async fn tokens(server: &MockServer, seconds: f64) -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    Mock::given(method("POST"))
        .and(path("/oauth/token"))
        .respond_with(move |_: &wiremock::Request| {
            let number = counted.fetch_add(1, Ordering::SeqCst) + 1;
            let body = json!({"access_token": format!("tok-{number}"), "token_type": "Bearer", "expires_in": seconds});
            ResponseTemplate::new(200).set_body_json(body)
        })
        .mount(server)
        .await;
    count
}

#[tokio::test]
async fn a_token_of_half_a_second_is_renewed_in_the_middle_of_a_run() {
    http_test(async {
        let server = MockServer::start().await;
        let logins = tokens(&server, 0.5).await;
        Mock::given(method("GET"))
            .respond_with(
                ResponseTemplate::new(200).set_body_json(json!([])).set_delay(Duration::from_millis(150)),
            )
            .mount(&server)
            .await;
        let one_by_one = Connection { concurrency: 1, ..connection() };
        let adapter = SolveXia::new(http(&server.uri(), &one_by_one), client_secrets(), Access::Read);
        let groups: Vec<_> = (0..8).map(|n| seen(&format!("g{n}"), &format!("ug-{n}"))).collect();
        let live = adapter.read(&scope(groups, [])).await.unwrap();
        assert_eq!(live.groups.len(), 8);
        let logins = logins.load(Ordering::SeqCst);
        assert!((2..=8).contains(&logins), "{logins} log-ins for 8 calls of 150 ms, for 400 ms each");
        let received = server.received_requests().await.unwrap();
        let last = received.last().unwrap().headers["authorization"].to_str().unwrap();
        assert_eq!(last, format!("Bearer tok-{logins}"), "the newest token is used");
    })
    .await;
}

#[tokio::test]
async fn a_401_renews_the_token_once_and_tries_again_once() {
    http_test(async {
        let server = MockServer::start().await;
        let logins = tokens(&server, 599.0).await;
        Mock::given(header("authorization", "Bearer tok-1"))
            .respond_with(ResponseTemplate::new(401))
            .mount(&server)
            .await;
        Mock::given(header("authorization", "Bearer tok-2"))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!([])))
            .mount(&server)
            .await;
        let live = adapter(&server, Access::Read).read(&scope([seen("a", "ug-1")], [])).await.unwrap();
        assert!(live.groups.contains_key("a"));
        assert_eq!(logins.load(Ordering::SeqCst), 2);
        assert_eq!(calls(&server).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn credentials_that_are_not_taken_fail_the_whole_read() {
    http_test(async {
        let server = MockServer::start().await;
        let error = json!({"error": "invalid_client", "error_description": "rosterd-app is unknown"});
        Mock::given(path("/oauth/token"))
            .respond_with(ResponseTemplate::new(400).set_body_json(error))
            .expect(1)
            .mount(&server)
            .await;
        let groups: Vec<_> = (0..8).map(|n| seen(&format!("g{n}"), &format!("ug-{n}"))).collect();
        let fault = adapter(&server, Access::Read).read(&scope(groups, [])).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Auth);
        assert_eq!(
            fault.detail,
            "logging in failed: invalid_client: [hidden] is unknown (400, POST /oauth/token)"
        );
    })
    .await;
}

#[tokio::test]
async fn an_apply_asks_for_the_scope_that_writes() {
    http_test(async {
        let server = MockServer::start().await;
        Mock::given(path("/oauth/token"))
            .and(body_partial_json(json!({"scope": "usergroup user_read"})))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({"access_token": "tok-1"})))
            .expect(1)
            .mount(&server)
            .await;
        adapter(&server, Access::Write).read(&scope([seen("a", "ug-1")], [])).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_given_token_is_used_and_never_asked_for() {
    http_test(async {
        let server = MockServer::start().await;
        hand_out_tokens(&server, json!({})).await;
        Mock::given(header("authorization", "Bearer given-token"))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!([])))
            .mount(&server)
            .await;
        let secrets = |token: &str| Secrets::Token(SecretString::from(token));
        let asked = scope([seen("a", "ug-1")], []);
        let good = SolveXia::new(http(&server.uri(), &connection()), secrets("given-token"), Access::Read);
        good.read(&asked).await.unwrap();
        assert_eq!(good.requests(), 1);
        Mock::given(method("GET")).respond_with(ResponseTemplate::new(401)).mount(&server).await;
        let stale = SolveXia::new(http(&server.uri(), &connection()), secrets("stale-token"), Access::Read);
        let fault = stale.read(&asked).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Auth);
        assert_eq!(stale.requests(), 1);
    })
    .await;
}
