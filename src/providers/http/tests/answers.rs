use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::providers::testing::{Then, connection, get, http_test, post, raw_server, session, things};
use crate::providers::{Connection, FaultKind};

#[tokio::test]
async fn refusals_carry_the_providers_words_and_are_not_repeated() {
    http_test(async {
        for status in [400, 403, 404, 405, 408, 409, 418, 422] {
            let server = things(ResponseTemplate::new(status).set_body_string("no\n\n \u{1b}[31mway")).await;
            let session = session(&server.uri(), &connection());
            let fault = session.json::<Value>(&get()).await.unwrap_err();
            assert_eq!(fault.kind, FaultKind::Refused);
            assert_eq!(fault.detail, format!("no [31mway ({status}, GET /things)"));
            assert_eq!(session.requests(), 1);
        }
    })
    .await;
}

#[tokio::test]
async fn a_refusal_without_words_is_named() {
    http_test(async {
        let server = things(ResponseTemplate::new(404)).await;
        let fault = session(&server.uri(), &connection()).send(&get(), None).await.unwrap_err();
        assert_eq!(fault.detail, "Not Found (404, GET /things)");
    })
    .await;
}

#[tokio::test]
async fn a_message_that_repeats_the_token_is_handed_on_without_it() {
    http_test(async {
        let server = things(ResponseTemplate::new(400).set_body_string("bad header: Bearer tok-held")).await;
        let fault = session(&server.uri(), &connection()).send(&get(), None).await.unwrap_err();
        assert_eq!(fault.detail, "bad header: Bearer [hidden] (400, GET /things)");
    })
    .await;
}

#[tokio::test]
async fn a_long_message_loses_its_middle_and_never_the_id_at_its_end() {
    http_test(async {
        let body = format!("{}, debug id 7f3a", "ä".repeat(20_000));
        let server = things(ResponseTemplate::new(400).set_body_string(body)).await;
        let fault = session(&server.uri(), &connection()).send(&get(), None).await.unwrap_err();
        assert!(fault.detail.chars().count() < 600, "{}", fault.detail.len());
        assert!(fault.detail.ends_with(", debug id 7f3a (400, GET /things)"), "{fault}");
    })
    .await;
}

#[tokio::test]
async fn a_redirect_is_named_and_not_followed() {
    http_test(async {
        let elsewhere = MockServer::start().await;
        let target = format!("http://user:pw@localhost:{}/in?token=hush", elsewhere.address().port());
        let server = things(ResponseTemplate::new(302).insert_header("Location", target.as_str())).await;
        let fault = session(&server.uri(), &connection()).send(&get(), None).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Refused);
        assert!(fault.detail.contains("redirect to localhost"), "{fault}");
        assert!(!fault.detail.contains("hush") && !fault.detail.contains("pw"), "{fault}");
        assert!(elsewhere.received_requests().await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn server_errors_pass_for_reads_and_are_open_for_writes() {
    http_test(async {
        let server = MockServer::start().await;
        let sorry = ResponseTemplate::new(503).set_body_string("maintenance");
        Mock::given(method("GET")).respond_with(sorry.clone()).up_to_n_times(2).mount(&server).await;
        let fine = ResponseTemplate::new(200).set_body_json(json!([3]));
        Mock::given(method("GET")).respond_with(fine).mount(&server).await;
        Mock::given(method("POST")).respond_with(sorry).expect(1).mount(&server).await;
        let session = session(&server.uri(), &connection());
        assert_eq!(session.json::<Vec<u8>>(&get()).await.unwrap().body, [3]);
        assert_eq!(session.requests(), 3);
        let fault = session.send(&post(), None).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unknown);
        assert_eq!(fault.detail, "maintenance (503, POST /things)");
    })
    .await;
}

#[tokio::test]
async fn too_many_requests_passes_for_writes_too() {
    http_test(async {
        let server = MockServer::start().await;
        let slow_down = ResponseTemplate::new(429).insert_header("Retry-After", "1");
        Mock::given(method("POST")).respond_with(slow_down).up_to_n_times(1).mount(&server).await;
        Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
        let session = session(&server.uri(), &connection());
        let started = std::time::Instant::now();
        session.send(&post(), None).await.unwrap();
        assert!(started.elapsed() >= Duration::from_secs(1), "Retry-After was not honoured");
        assert_eq!(session.requests(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_wait_beyond_the_budget_ends_at_once_and_says_so() {
    http_test(async {
        let server = things(ResponseTemplate::new(429).insert_header("Retry-After", "3600")).await;
        let session = session(&server.uri(), &connection());
        let fault = session.json::<Value>(&get()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Passing);
        assert!(fault.detail.contains("asks to wait 60 min"), "{fault}");
        assert_eq!(session.requests(), 1);
    })
    .await;
}

#[tokio::test]
async fn refused_connections_pass_for_reads_and_writes() {
    // Bound, and never listening: nobody else gets the port meanwhile.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let base = format!("http://{}", socket.local_addr().unwrap());
    let connection = Connection { retry_budget: Duration::ZERO, ..connection() };
    for asked in [get(), post()] {
        let fault = session(&base, &connection).send(&asked, None).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Passing, "{fault}");
        let place = format!("connection refused ({} /things)", asked.method);
        assert!(fault.detail.starts_with(&place), "{fault}");
    }
}

#[tokio::test]
async fn a_lost_answer_is_repeated_for_reads_only() {
    let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n[5]";
    let script = vec![Then::Write(b""), Then::Write(b"HTTP/1.1 200 OK\r\nContent-Le"), Then::Write(whole)];
    let (base, count) = raw_server(script).await;
    let reader = session(&base, &connection());
    assert_eq!(reader.json::<Vec<u8>>(&get()).await.unwrap().body, [5]);
    assert_eq!(count.load(Ordering::SeqCst), 3);

    let (base, count) = raw_server(vec![Then::Write(b"")]).await;
    let writer = session(&base, &connection());
    assert_eq!(writer.send(&post(), None).await.unwrap_err().kind, FaultKind::Unknown);
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_silent_server_runs_into_the_time_out() {
    let quick =
        Connection { timeout: Duration::from_millis(1500), retry_budget: Duration::ZERO, ..connection() };
    for (asked, kind) in [(get(), FaultKind::Passing), (post(), FaultKind::Unknown)] {
        let (base, _) = raw_server(vec![Then::Hang(b"")]).await;
        let fault = session(&base, &quick).send(&asked, None).await.unwrap_err();
        assert_eq!(fault.kind, kind);
        assert!(fault.detail.contains("no answer within 1.5 s"), "{fault}");
    }
}
