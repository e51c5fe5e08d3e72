use std::io::Write as _;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::providers::http::{Http, Shared};
use crate::providers::testing::{
    Plain, Then, connection, get, http, http_test, post, raw_server, session, things,
};
use crate::providers::token::Session;
use crate::providers::{Connection, FaultKind};

#[derive(Debug, Deserialize)]
struct Thing {
    id: String,
}

/// No waiting, for tests of what is not repeated in the end.
fn at_once() -> Connection {
    Connection { retry_budget: Duration::ZERO, ..connection() }
}

#[tokio::test]
async fn a_body_of_many_chunks_comes_whole() {
    http_test(async {
        let many: Vec<Value> = (0..40_000).map(|number| json!({"id": format!("u-{number}")})).collect();
        let server = things(ResponseTemplate::new(200).set_body_json(&many)).await;
        let body = session(&server.uri(), &connection()).json::<Vec<Thing>>(&get()).await.unwrap().body;
        assert_eq!(body.len(), 40_000);
        assert_eq!(body[39_999].id, "u-39999");
    })
    .await;
}

#[tokio::test]
async fn a_part_of_a_list_is_not_the_list() {
    http_test(async {
        for status in [203, 206] {
            let server = things(ResponseTemplate::new(status).set_body_json(json!([{"id": "u-1"}]))).await;
            let read = session(&server.uri(), &at_once()).json::<Vec<Thing>>(&get()).await;
            assert_eq!(read.unwrap_err().kind, FaultKind::Unreadable, "{status}");
        }
    })
    .await;
}

#[tokio::test]
async fn another_shape_is_unreadable_and_shows_nothing_of_the_body() {
    http_test(async {
        let long = format!("{{\"x\": \"{}\"}} trailing", "hush ".repeat(40_000));
        let cases = [
            ("text/html; charset=utf-8", "<html>hush</html>", "something else than JSON (text/html)"),
            ("application/json", r#"[{"id": ["hush"]}]"#, "expected a string"),
            ("application/json", r#""hush""#, "expected a sequence"),
            ("application/json", r#"{"hush": 1}"#, "expected a sequence"),
            ("application/json", r#"[{"hush": 1}]"#, "missing field `id`"),
            ("application/json", r#"[{"id": "u-1"}] hush"#, "something else than JSON"),
            ("application/json", &long, "expected a sequence"),
        ];
        for (content_type, body, expected) in cases {
            let server = things(ResponseTemplate::new(200).set_body_raw(body, content_type)).await;
            let fault = session(&server.uri(), &at_once()).json::<Vec<Thing>>(&get()).await.unwrap_err();
            assert_eq!(fault.kind, FaultKind::Unreadable, "{fault}");
            assert!(fault.detail.contains(expected), "{fault}");
            assert!(!fault.detail.contains("hush"), "{fault}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_empty_body_is_unreadable_where_json_is_expected() {
    http_test(async {
        let server = things(ResponseTemplate::new(200)).await;
        let session = session(&server.uri(), &connection());
        let fault = session.json::<Value>(&get()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unreadable);
        assert!(fault.detail.starts_with("answered with an empty body"), "{fault}");
        session.send(&get(), None).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_cut_body_is_a_lost_connection() {
    let announced = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1, 2";
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1, 2\r\n";
    let until_closed = b"HTTP/1.1 200 OK\r\n\r\n[1, 2";
    let nothing = b"HTTP/1.1 200 OK\r\n\r\n";
    for bytes in [&announced[..], chunked, until_closed, nothing] {
        let (base, _) = raw_server(vec![Then::Write(bytes)]).await;
        let fault = session(&base, &at_once()).json::<Vec<u8>>(&get()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Passing, "{fault}");
        let fault = session(&base, &at_once()).json::<Vec<u8>>(&post()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unknown, "{fault}");
    }
}

#[tokio::test]
async fn a_large_cut_body_is_a_lost_connection_too() {
    let mut bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n[".to_vec();
    bytes.extend(b"1,".repeat(200_000));
    let (base, _) = raw_server(vec![Then::Write(bytes.leak())]).await;
    let fault = session(&base, &at_once()).json::<Vec<u8>>(&get()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Passing, "{fault}");
    assert!(fault.detail.contains("lost within the answer"), "{fault}");
}

#[tokio::test]
async fn a_write_is_done_once_its_status_says_so() {
    let (base, _) = raw_server(vec![Then::Write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1")]).await;
    assert_eq!(session(&base, &at_once()).send(&post(), None).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_body_that_stops_coming_runs_into_the_time_out() {
    let quick = Connection { timeout: Duration::from_secs(2), ..at_once() };
    let hang = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1, 2";
    let (base, _) = raw_server(vec![Then::Hang(hang)]).await;
    let fault = session(&base, &quick).json::<Vec<u8>>(&get()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Passing);
    assert!(fault.detail.contains("did not come to its end in time"), "{fault}");
}

#[tokio::test]
async fn a_write_with_a_senseless_answer_is_open() {
    http_test(async {
        let (base, _) =
            raw_server(vec![Then::Write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>")]).await;
        let fault = session(&base, &at_once()).json::<Vec<u8>>(&post()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unknown, "{fault}");
    })
    .await;
}

#[tokio::test]
async fn the_cap_counts_what_comes_out_of_the_compression() {
    http_test(async {
        let packed = gzip(format!("[{}1]", "1,".repeat(500_000)).as_bytes());
        assert!(packed.len() < 10_000);
        let answer =
            ResponseTemplate::new(200).set_body_bytes(packed).insert_header("Content-Encoding", "gzip");
        let server = things(answer).await;
        let base = server.uri();
        let read = |cap| {
            let base = base.clone();
            async move { capped(&base, cap).json::<Vec<u8>>(&get()).await.map(|answer| answer.body.len()) }
        };
        assert_eq!(read(2_000_000).await, Ok(500_001));
        let fault = read(100_000).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unreadable);
        assert!(fault.detail.contains("larger than"), "{fault}");
    })
    .await;
}

#[tokio::test]
async fn damaged_compression_is_unreadable() {
    http_test(async {
        let mut packed = gzip(b"[1, 2, 3]");
        packed[..2].copy_from_slice(b"xx");
        let answer =
            ResponseTemplate::new(200).set_body_bytes(packed).insert_header("Content-Encoding", "gzip");
        let server = things(answer).await;
        let fault = session(&server.uri(), &at_once()).json::<Vec<u8>>(&get()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unreadable, "{fault}");
    })
    .await;
}

#[tokio::test]
async fn deep_nesting_is_unreadable_and_no_crash() {
    http_test(async {
        let deep = "[".repeat(100_000);
        let server = things(ResponseTemplate::new(200).set_body_raw(deep, "application/json")).await;
        let fault = session(&server.uri(), &at_once()).json::<Value>(&get()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unreadable, "{fault}");
    })
    .await;
}

/// A session with a smaller cap.
fn capped(base: &str, body_cap: usize) -> Session {
    let whole = http(base, &at_once());
    let shared = &whole.shared;
    let shared = Shared {
        provider: shared.provider.clone(),
        base: shared.base.clone(),
        connection: shared.connection.clone(),
        client: shared.client.clone(),
        requests: 0.into(),
        body_cap,
    };
    Session::new(
        Http { shared: shared.into(), observer: None },
        std::sync::Arc::new(Plain { has: Some("tok-held") }),
    )
}

/// Compresses with the system's gzip, so that no crate is needed for it.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    std::process::Command::new("gzip").arg("-c").stdin(file).output().unwrap().stdout
}
