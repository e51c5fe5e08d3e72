use std::sync::Arc;
use std::sync::atomic::Ordering;

use secrecy::SecretString;
use serde_json::json;
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::super::SolveXia;
use super::{group_id, user_id};
use crate::core::call::{Call, Changes, GroupChanges, SentGroup};
use crate::core::model::{GroupHandle, UserId, UserType};
use crate::core::plan::Action;
use crate::providers::secret::Secrets;
use crate::providers::testing::{Then, connection, http, http_test, raw_server};
use crate::providers::{Access, Fault, FaultKind, Provider};

fn sent_group() -> Arc<SentGroup> {
    Arc::new(SentGroup {
        handle: GroupHandle::from("ledger"),
        id: group_id("ug-50217"),
        user_type: UserType::Employee,
    })
}

fn call(action: Action, users: &[&str]) -> Call {
    let users: Vec<UserId> = users.iter().map(|user| user_id(user)).collect();
    Call { group: sent_group(), action, users }
}

fn adapter(base: &str) -> SolveXia {
    SolveXia::new(http(base, &connection()), Secrets::Token(SecretString::from("tok-1")), Access::Write)
}

#[expect(clippy::disallowed_methods, reason = "the wire contract of a write is what is tested here")]
async fn send(adapter: &SolveXia, call: &Call) -> Result<(), Fault> {
    adapter.send(call, None).await
}

/// Answers every addition, or every removal, like this; returns what sending one ended with.
async fn outcome(action: Action, answer: ResponseTemplate) -> Result<(), Fault> {
    let server = MockServer::start().await;
    let of = match action {
        Action::Add => "POST",
        Action::Remove => "DELETE",
    };
    Mock::given(method(of)).respond_with(answer).expect(1).mount(&server).await;
    send(&adapter(&server.uri()), &call(action, &["u-8843"])).await
}

#[tokio::test]
async fn an_addition_posts_the_user_in_the_body() {
    http_test(async {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path("/api/v1/usergroups/ug-50217/users"))
            .and(header("authorization", "Bearer tok-1"))
            .and(header("content-type", "application/json"))
            .and(body_json(json!({"id": "u-8843"})))
            .respond_with(
                ResponseTemplate::new(200).set_body_json(json!({"id": "u-8843", "loginName": "acme.mei"})),
            )
            .expect(1)
            .mount(&server)
            .await;
        send(&adapter(&server.uri()), &call(Action::Add, &["u-8843"])).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_removal_deletes_one_member_and_reads_no_body() {
    http_test(async {
        let server = MockServer::start().await;
        Mock::given(method("DELETE"))
            .and(path("/api/v1/usergroups/ug-50217/users/u-8843"))
            .and(header("authorization", "Bearer tok-1"))
            .respond_with(ResponseTemplate::new(200))
            .expect(1)
            .mount(&server)
            .await;
        send(&adapter(&server.uri()), &call(Action::Remove, &["u-8843"])).await.unwrap();
        assert!(server.received_requests().await.unwrap()[0].body.is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_addition_whose_answer_does_not_fit_is_open() {
    http_test(async {
        let bodies = [r#"{"id": "u-1234"}"#, "{}", "[]", "<html></html>", "", r#"{"id": "u-88"#];
        for body in bodies {
            let answer = ResponseTemplate::new(200).set_body_string(body);
            let fault = outcome(Action::Add, answer).await.unwrap_err();
            assert_eq!(fault.kind, FaultKind::Unknown, "{body}: {fault}");
        }
    })
    .await;
}

#[tokio::test]
async fn refusals_are_handed_on_with_their_support_id() {
    http_test(async {
        for status in [400, 403, 404, 409] {
            let body = json!({"message": "User is locked.", "supportId": "5b0f2c1e-7a94"});
            for action in [Action::Add, Action::Remove] {
                let answer = ResponseTemplate::new(status).set_body_json(&body);
                let fault = outcome(action, answer).await.unwrap_err();
                assert_eq!(fault.kind, FaultKind::Refused);
                let start = format!("User is locked. (support id 5b0f2c1e-7a94) ({status}, ");
                assert!(fault.detail.starts_with(&start), "{fault}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_failed_server_or_a_lost_answer_leaves_a_write_open_and_unrepeated() {
    http_test(async {
        for action in [Action::Add, Action::Remove] {
            let fault = outcome(action, ResponseTemplate::new(500)).await.unwrap_err();
            assert_eq!(fault.kind, FaultKind::Unknown);
            for bytes in [&b""[..], b"HTTP/1.1 200 OK\r\nContent-Le"] {
                let (base, count) = raw_server(vec![Then::Write(bytes)]).await;
                let fault = send(&adapter(&base), &call(action, &["u-1"])).await.unwrap_err();
                assert_eq!(fault.kind, FaultKind::Unknown, "{fault}");
                assert_eq!(count.load(Ordering::SeqCst), 1);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn several_members_in_one_call_are_not_sent() {
    http_test(async {
        let server = MockServer::start().await;
        for users in [&["u-1", "u-2"][..], &[]] {
            let fault = send(&adapter(&server.uri()), &call(Action::Remove, users)).await.unwrap_err();
            assert_eq!(fault.kind, FaultKind::Refused);
        }
        assert!(server.received_requests().await.unwrap().is_empty());
    })
    .await;
}

#[test]
fn changes_are_cut_one_by_one_with_additions_first() {
    let changes = Changes {
        groups: vec![GroupChanges {
            group: sent_group(),
            add: [user_id("u-1"), user_id("u-2")].into(),
            remove: [user_id("u-3")].into(),
        }],
    };
    let expected = [(Action::Add, &["u-1"]), (Action::Add, &["u-2"]), (Action::Remove, &["u-3"])];
    let expected = expected.map(|(action, users)| call(action, users));
    assert_eq!(adapter("http://127.0.0.1:9").calls(&changes), expected);
}
