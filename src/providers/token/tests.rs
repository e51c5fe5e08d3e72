use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};
use wiremock::matchers::{body_string, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{Dialect, Login, Session, TokenAnswer};
use crate::providers::testing::{
    Plain, asking_session, connection, get, hand_out_tokens, http, http_test, post, session,
};
use crate::providers::{Connection, Fault, FaultKind};

/// Answers `GET /things` for whoever comes with one of these tokens, and 401 for everybody else.
async fn take(server: &MockServer, tokens: &[&str]) {
    let fine: Vec<String> = tokens.iter().map(|token| format!("Bearer {token}")).collect();
    Mock::given(path("/things"))
        .respond_with(move |asked: &wiremock::Request| {
            let came = asked.headers.get("authorization").and_then(|value| value.to_str().ok());
            if came.is_some_and(|came| fine.iter().any(|fine| fine == came)) {
                ResponseTemplate::new(200).set_body_json(json!([1]))
            } else {
                ResponseTemplate::new(401).set_body_string("who are you")
            }
        })
        .mount(server)
        .await;
}

async fn logins(server: &MockServer) -> usize {
    let received = server.received_requests().await.unwrap();
    received.iter().filter(|request| request.url.path() == "/token").count()
}

#[tokio::test]
async fn many_calls_ask_for_one_token() {
    http_test(async {
        let server = MockServer::start().await;
        hand_out_tokens(&server, json!({"token_type": "bearer", "expires_in": 3600})).await;
        take(&server, &["tok-1"]).await;
        let session = asking_session(&server.uri(), &connection());
        let asked = get();
        for outcome in join_all((0..20).map(|_| session.json::<Vec<u8>>(&asked))).await {
            outcome.unwrap();
        }
        assert_eq!(logins(&server).await, 1);
        assert_eq!(session.requests(), 21);
    })
    .await;
}

#[tokio::test]
async fn a_login_carries_no_token_and_its_form() {
    http_test(async {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path("/token"))
            .and(body_string("client_id=the-client&client_secret=the-secret"))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({"access_token": "tok-1"})))
            .expect(1)
            .mount(&server)
            .await;
        take(&server, &["tok-1"]).await;
        asking_session(&server.uri(), &connection()).send(&get(), None).await.unwrap();
        let received = server.received_requests().await.unwrap();
        assert!(!received[0].headers.contains_key("authorization"));
    })
    .await;
}

#[tokio::test]
async fn a_short_token_is_renewed_in_the_middle_of_a_run() {
    http_test(async {
        let server = MockServer::start().await;
        hand_out_tokens(&server, json!({"expires_in": 125})).await;
        take(&server, &["tok-1", "tok-2"]).await;
        let session = asking_session(&server.uri(), &connection());
        session.send(&get(), None).await.unwrap();
        session.send(&get(), None).await.unwrap();
        assert_eq!(logins(&server).await, 1, "it is long enough for two calls");
        // Ahead by less than its life, on the clock of the session alone.
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(100)).await;
        tokio::time::resume();
        session.send(&get(), None).await.unwrap();
        assert_eq!(logins(&server).await, 2);
    })
    .await;
}

#[tokio::test]
async fn tokens_that_live_no_time_still_serve_the_calls_that_wait_for_them() {
    http_test(async {
        let server = MockServer::start().await;
        let slow = ResponseTemplate::new(200)
            .set_body_json(json!({"access_token": "tok-1", "expires_in": 0}))
            .set_delay(Duration::from_millis(100));
        Mock::given(path("/token")).respond_with(slow).mount(&server).await;
        take(&server, &["tok-1"]).await;
        let session = asking_session(&server.uri(), &connection());
        let asked = get();
        for outcome in join_all((0..8).map(|_| session.json::<Vec<u8>>(&asked))).await {
            outcome.unwrap();
        }
        assert_eq!(logins(&server).await, 1);
        session.send(&asked, None).await.unwrap();
        assert_eq!(logins(&server).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_denied_token_is_renewed_once_for_all() {
    http_test(async {
        let server = MockServer::start().await;
        hand_out_tokens(&server, json!({"expires_in": 3600})).await;
        take(&server, &["tok-2"]).await;
        let session = asking_session(&server.uri(), &connection());
        let asked = get();
        for outcome in join_all((0..8).map(|_| session.json::<Vec<u8>>(&asked))).await {
            outcome.unwrap();
        }
        assert_eq!(logins(&server).await, 2);
        assert_eq!(session.ended(), None);
    })
    .await;
}

#[tokio::test]
async fn a_token_denied_twice_ends_the_session() {
    http_test(async {
        let server = MockServer::start().await;
        hand_out_tokens(&server, json!({"expires_in": 3600})).await;
        take(&server, &[]).await;
        let session = asking_session(&server.uri(), &connection());
        let fault = session.json::<Vec<u8>>(&get()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Auth);
        assert_eq!(fault.detail, "who are you (401, GET /things)");
        assert_eq!(session.requests(), 4);
        assert_eq!(session.send(&post(), None).await.unwrap_err(), fault.clone().unsent());
        assert_eq!(session.ended(), Some(fault.unsent()));
        assert_eq!(session.requests(), 4, "nothing more is sent");
    })
    .await;
}

#[tokio::test]
async fn a_change_that_is_denied_twice_says_nothing_of_reads() {
    http_test(async {
        let server = MockServer::start().await;
        hand_out_tokens(&server, json!({"expires_in": 3600})).await;
        Mock::given(method("POST"))
            .and(path("/things"))
            .respond_with(ResponseTemplate::new(401))
            .mount(&server)
            .await;
        take(&server, &["tok-1", "tok-2"]).await;
        let session = asking_session(&server.uri(), &connection());
        for requests in [4, 5, 6] {
            let fault = session.send(&post(), None).await.unwrap_err();
            assert_eq!((fault.kind, fault.sent), (FaultKind::Auth, true));
            assert_eq!(session.requests(), requests, "another token is asked for once");
        }
        session.json::<Vec<u8>>(&get()).await.unwrap();
        for _ in 0..5 {
            session.send(&post(), None).await.unwrap_err();
        }
        assert!(
            session
                .ended()
                .unwrap()
                .detail
                .starts_with("gave up on this provider for this run after 5 failures")
        );
        session.reopen();
        session.json::<Vec<u8>>(&get()).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_token_of_somebody_else_is_not_renewed() {
    http_test(async {
        let server = MockServer::start().await;
        take(&server, &[]).await;
        let session = session(&server.uri(), &connection());
        assert_eq!(session.json::<Vec<u8>>(&get()).await.unwrap_err().kind, FaultKind::Auth);
        assert_eq!(session.requests(), 1);
    })
    .await;
}

#[tokio::test]
async fn refused_credentials_are_not_tried_again_and_not_shown() {
    http_test(async {
        for status in [400, 401, 403, 404, 302] {
            let server = MockServer::start().await;
            let body = "client the-client with the-secret is unknown";
            Mock::given(path("/token"))
                .respond_with(ResponseTemplate::new(status).set_body_string(body))
                .mount(&server)
                .await;
            let session = asking_session(&server.uri(), &connection());
            let asked = get();
            for outcome in join_all((0..8).map(|_| session.json::<Value>(&asked))).await {
                let fault = outcome.unwrap_err();
                assert_eq!(fault.kind, FaultKind::Auth);
                assert!(fault.detail.starts_with("logging in failed: "), "{fault}");
                assert!(
                    !fault.detail.contains("the-client") && !fault.detail.contains("the-secret"),
                    "{fault}"
                );
            }
            assert_eq!(session.requests(), 1);
        }
    })
    .await;
}

#[tokio::test]
async fn a_login_that_fails_in_passing_is_tried_again() {
    http_test(async {
        let server = MockServer::start().await;
        for status in [429, 500] {
            Mock::given(path("/token"))
                .respond_with(ResponseTemplate::new(status))
                .up_to_n_times(1)
                .mount(&server)
                .await;
        }
        hand_out_tokens(&server, json!({})).await;
        take(&server, &["tok-1"]).await;
        let session = asking_session(&server.uri(), &connection());
        session.send(&post(), None).await.unwrap();
        assert_eq!(session.requests(), 4);
    })
    .await;
}

#[tokio::test]
async fn a_login_that_goes_on_failing_is_passing() {
    http_test(async {
        let server = MockServer::start().await;
        Mock::given(path("/token")).respond_with(ResponseTemplate::new(502)).mount(&server).await;
        let session =
            asking_session(&server.uri(), &Connection { retry_budget: Duration::ZERO, ..connection() });
        let fault = session.send(&post(), None).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Passing, "nothing was sent, so nothing is open");
    })
    .await;
}

#[tokio::test]
async fn an_answer_without_a_token_ends_the_session() {
    http_test(async {
        for body in [
            json!({"error": "invalid_client"}),
            json!({"access_token": ""}),
            json!({"access_token": "x", "token_type": "mac"}),
            json!([]),
        ] {
            let server = MockServer::start().await;
            Mock::given(path("/token"))
                .respond_with(ResponseTemplate::new(200).set_body_json(&body))
                .mount(&server)
                .await;
            let session = asking_session(&server.uri(), &connection());
            let fault = session.send(&get(), None).await.unwrap_err();
            assert_eq!(fault.kind, FaultKind::Auth, "{body}");
            assert_eq!(session.ended(), Some(fault.unsent()));
            assert_eq!(session.requests(), 1);
        }
    })
    .await;
}

#[tokio::test]
async fn a_dialect_may_refuse_a_token() {
    struct Picky;
    impl Dialect for Picky {
        fn login(&self) -> Login {
            Plain { has: None }.login()
        }
        fn check_token(&self, token: &TokenAnswer) -> Result<(), Fault> {
            assert_eq!(token.scope.as_deref(), Some("tenant=other"));
            Err(Fault::new(FaultKind::Auth, "a token for another tenant"))
        }
        fn explain(&self, _: StatusCode, _: &[u8]) -> String {
            String::new()
        }
    }
    http_test(async {
        let server = MockServer::start().await;
        hand_out_tokens(&server, json!({"scope": "tenant=other"})).await;
        let session = Session::new(http(&server.uri(), &connection()), Arc::new(Picky));
        for _ in 0..2 {
            assert_eq!(session.send(&get(), None).await.unwrap_err().detail, "a token for another tenant");
        }
        assert_eq!(session.requests(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_only_fails_is_given_up() {
    http_test(async {
        let server = MockServer::start().await;
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        Mock::given(path("/things"))
            .respond_with(move |_: &wiremock::Request| {
                counted.fetch_add(1, Ordering::SeqCst);
                ResponseTemplate::new(500).set_body_string("out of order")
            })
            .mount(&server)
            .await;
        let at_once = Connection { retry_budget: Duration::ZERO, ..connection() };
        let session = session(&server.uri(), &at_once);
        for _ in 0..5 {
            assert_eq!(session.ended(), None);
            session.send(&post(), None).await.unwrap_err();
        }
        let fault = session.send(&get(), None).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Passing);
        assert_eq!(
            fault.detail,
            "gave up on this provider for this run after 5 failures in a row: out of order (500, POST /things)"
        );
        assert_eq!(count.load(Ordering::SeqCst), 5);
        assert_eq!(session.ended(), Some(fault));
    })
    .await;
}

#[tokio::test]
async fn no_more_calls_are_in_flight_than_allowed() {
    http_test(async {
        let server = MockServer::start().await;
        let slow = ResponseTemplate::new(200).set_delay(Duration::from_millis(60));
        Mock::given(header("authorization", "Bearer tok-held")).respond_with(slow).mount(&server).await;
        let session = session(&server.uri(), &Connection { concurrency: 2, ..connection() });
        let asked = get();
        let started = std::time::Instant::now();
        for outcome in join_all((0..6).map(|_| session.send(&asked, None))).await {
            outcome.unwrap();
        }
        assert!(started.elapsed() >= Duration::from_millis(180), "six calls, two at once, 60 ms each");
    })
    .await;
}

#[tokio::test]
async fn a_429_slows_the_session_down_and_successes_speed_it_up() {
    http_test(async {
        let server = MockServer::start().await;
        Mock::given(path("/things"))
            .respond_with(ResponseTemplate::new(429))
            .up_to_n_times(1)
            .mount(&server)
            .await;
        take(&server, &["tok-held"]).await;
        let session = session(&server.uri(), &connection());
        session.send(&get(), None).await.unwrap();
        assert_eq!(session.pace.limit(), 4);
        for _ in 0..20 {
            session.send(&get(), None).await.unwrap();
        }
        assert_eq!(session.pace.limit(), 5);
    })
    .await;
}

#[tokio::test]
async fn a_wait_that_the_provider_asks_for_holds_every_call() {
    http_test(async {
        let server = MockServer::start().await;
        let slow_down = ResponseTemplate::new(429).insert_header("Retry-After", "2");
        Mock::given(path("/things")).respond_with(slow_down).up_to_n_times(1).mount(&server).await;
        take(&server, &["tok-held"]).await;
        let session = session(&server.uri(), &connection());
        let asked = get();
        let late = async {
            let until = loop {
                match session.pace.held() {
                    Some(until) => break until,
                    None => tokio::time::sleep(Duration::from_millis(1)).await,
                }
            };
            session.send(&asked, None).await.unwrap();
            assert!(tokio::time::Instant::now() >= until);
        };
        let (first, ()) = futures_util::future::join(session.send(&asked, None), late).await;
        first.unwrap();
        assert_eq!(session.requests(), 3);
    })
    .await;
}
