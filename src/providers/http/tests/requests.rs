use reqwest::Method;
use serde_json::{Value, json};
use url::Url;
use wiremock::matchers::{body_json, body_string, header, method, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::core::model::ProviderName;
use crate::providers::http::{Body, Http, Request};
use crate::providers::testing::{connection, get, http_test, request, session};
use crate::providers::{Connection, FaultKind};

#[tokio::test]
async fn a_request_carries_what_every_request_carries() {
    http_test(async {
        let server = MockServer::start().await;
        let agent = concat!("rosterd/", env!("CARGO_PKG_VERSION"));
        Mock::given(method("GET"))
            .and(header("accept", "application/json"))
            .and(header("accept-encoding", "gzip"))
            .and(header("user-agent", agent))
            .and(header("authorization", "Bearer tok-held"))
            .and(header("x-total-count", "true"))
            .and(query_param("name", "a b&c"))
            .respond_with(
                ResponseTemplate::new(200).set_body_json(json!([1])).insert_header("X-Total-Count", "7"),
            )
            .expect(1)
            .mount(&server)
            .await;
        let session = session(&server.uri(), &connection());
        let asked = Request {
            query: vec![("name", "a b&c".to_owned())],
            headers: vec![("X-Total-Count", "true")],
            ..get()
        };
        let answer = session.json::<Vec<u8>>(&asked).await.unwrap();
        assert_eq!(answer.body, [1]);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["x-total-count"], "7");
        assert_eq!(session.requests(), 1);
    })
    .await;
}

#[tokio::test]
async fn bodies_go_as_json_or_as_a_form() {
    http_test(async {
        let server = MockServer::start().await;
        Mock::given(header("content-type", "application/json"))
            .and(body_json(json!({"id": "u-1"})))
            .respond_with(ResponseTemplate::new(204))
            .expect(1)
            .mount(&server)
            .await;
        Mock::given(header("content-type", "application/x-www-form-urlencoded"))
            .and(body_string("scope=a+b%26c"))
            .respond_with(ResponseTemplate::new(201))
            .expect(1)
            .mount(&server)
            .await;
        let session = session(&server.uri(), &connection());
        let with = |body| Request { body, ..request(Method::PUT, &["x"]) };
        let answer = session.send(&with(Body::Json(json!({"id": "u-1"}))), None).await.unwrap();
        assert_eq!(answer.status, 204);
        let answer =
            session.send(&with(Body::Form(vec![("scope", "a b&c".to_owned())])), None).await.unwrap();
        assert_eq!(answer.status, 201);
    })
    .await;
}

#[tokio::test]
async fn every_segment_stays_one_segment() {
    http_test(async {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!([])))
            .mount(&server)
            .await;
        let session = session(&format!("{}/below/here", server.uri()), &connection());
        session.json::<Value>(&request(Method::GET, &["a/b", "ü?#%2e", "x-._~"])).await.unwrap();
        let received = server.received_requests().await.unwrap();
        assert_eq!(received[0].url.path(), "/below/here/a%2Fb/%C3%BC%3F%23%252e/x-._~");
    })
    .await;
}

#[tokio::test]
async fn a_segment_that_would_vanish_is_not_sent() {
    http_test(async {
        let server = MockServer::start().await;
        let session = session(&server.uri(), &connection());
        for segment in ["", ".", ".."] {
            let fault = session
                .send(&request(Method::DELETE, &["groups", segment, "users"]), None)
                .await
                .unwrap_err();
            assert_eq!(fault.kind, FaultKind::Refused);
            assert!(fault.detail.contains("not sent"), "{fault}");
        }
        assert!(server.received_requests().await.unwrap().is_empty());
        assert_eq!(session.requests(), 0);
    })
    .await;
}

#[test]
fn only_loopback_may_be_plain_http() {
    let made = |base: &str| {
        let base: Url = base.parse().unwrap();
        Http::new(&ProviderName::from("p"), &base, &Connection::default()).map(drop)
    };
    for good in ["https://api.example", "http://127.0.0.1:8080", "http://[::1]:1/x", "http://localhost:3"] {
        made(good).unwrap();
    }
    for bad in
        ["http://api.example", "http://127.0.0.1.example", "ftp://localhost", "https://u:p@api.example"]
    {
        let fault = made(bad).unwrap_err();
        assert!(fault.detail.contains("base_url") && !fault.detail.contains("u:p"), "{fault}");
    }
}

/// The variables of a proxy can only be set for another process: this one is asked to run one test in it.
#[test]
fn no_proxy_of_the_environment_is_used() {
    let program = std::env::current_exe().unwrap();
    let run = std::process::Command::new(program)
        .args(["--exact", "providers::http::tests::requests::bodies_go_as_json_or_as_a_form"])
        .envs(["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"].map(|name| (name, "http://127.0.0.1:9")))
        .envs(["no_proxy", "NO_PROXY"].map(|name| (name, "")))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn nothing_prints_a_body() {
    let asked = Request { body: Body::Json(json!({"client_secret": "hush"})), ..get() };
    assert!(!format!("{asked:?}").contains("hush"));
}

#[test]
fn a_request_in_a_log_shows_nothing_of_its_body() {
    let form = Body::Form(vec![("client_secret", "s3cret-of-the-form".to_owned())]);
    let json = Body::Json(json!({ "client_secret": "s3cret-of-the-json" }));
    for body in [form, json] {
        let shown = format!("{:?}", Request { body, ..get() });
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}
