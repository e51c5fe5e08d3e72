//! Logging in.

use std::time::Duration;

use serde_json::json;
use wiremock::ResponseTemplate;

use super::{
    TOKEN_PATH, World, http_test, members, members_of, members_path, ok, refusal, scope, seen, token,
};
use crate::providers::FaultKind;

#[tokio::test]
async fn the_log_in_is_a_form_without_scope_and_one_token_serves_all_calls() {
    http_test(async {
        let world = World::new().await;
        world.answer("POST", &members_path(1), members([1])).await;
        world.answer("POST", &members_path(2), members([2])).await;
        let live = world.read(&scope([("a", seen(1)), ("b", seen(2))])).await.unwrap();
        assert_eq!(live.groups.len(), 2);
        let requests = world.requests().await;
        let (logins, calls): (Vec<_>, Vec<_>) =
            requests.iter().partition(|request| request.url.path() == TOKEN_PATH);
        assert_eq!(logins.len(), 1);
        assert_eq!(
            String::from_utf8_lossy(&logins[0].body),
            "client_id=rosterd-sandbox&client_secret=not-a-real-secret&grant_type=client_credentials"
        );
        assert_eq!(logins[0].headers["content-type"], "application/x-www-form-urlencoded");
        assert!(!logins[0].headers.contains_key("authorization"));
        assert!(logins[0].url.query().is_none());
        for call in calls {
            assert_eq!(call.headers["authorization"], "Bearer tok-9f31c2");
            assert_eq!(call.headers["content-type"], "application/json");
            assert!(!call.headers.contains_key("x-application-id"));
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_may_come_without_its_lifetime() {
    http_test(async {
        let world = World::without_login(|_| {}).await;
        world
            .answer("POST", TOKEN_PATH, ok(&json!({ "access_token": "tok-1", "token_type": "Bearer" })))
            .await;
        world.answer("POST", &members_path(1), members([1])).await;
        for _ in 0..2 {
            assert_eq!(members_of(&world.read(&scope([("a", seen(1))])).await.unwrap(), "a"), [1]);
        }
        assert_eq!(world.requests().await.len(), 3, "one log-in, two reads");
    })
    .await;
}

#[tokio::test]
async fn an_expired_token_is_renewed_once() {
    http_test(async {
        let world = World::without_login(|_| {}).await;
        world.answer_once("POST", TOKEN_PATH, token("tok-old")).await;
        world.answer("POST", TOKEN_PATH, token("tok-new")).await;
        world.answer_once("POST", &members_path(1), refusal(401, "", "Access Token Invalid")).await;
        world.answer("POST", &members_path(1), members([1])).await;
        let live = world.read(&scope([("a", seen(1))])).await.unwrap();
        assert_eq!(members_of(&live, "a"), [1]);
        let requests = world.requests().await;
        let sent: Vec<_> = requests
            .iter()
            .map(|request| {
                request.headers.get("authorization").map_or("log-in", |value| value.to_str().unwrap())
            })
            .collect();
        assert_eq!(sent, ["log-in", "Bearer tok-old", "log-in", "Bearer tok-new"]);
    })
    .await;
}

#[tokio::test]
async fn refused_credentials_are_asked_for_once_and_never_shown() {
    http_test(async {
        for status in [400, 401, 403] {
            let world = World::without_login(|_| {}).await;
            let answer = refusal(status, "BAD_CLIENT", "rosterd-sandbox with not-a-real-secret is unknown");
            world.answer("POST", TOKEN_PATH, answer).await;
            let fault = world.read(&scope([("a", seen(1)), ("b", seen(2))])).await.unwrap_err();
            assert_eq!(fault.kind, FaultKind::Auth, "{status}");
            assert!(fault.detail.contains("(secret) is unknown (BAD_CLIENT)"), "{fault}");
            assert!(!format!("{fault:?}").contains("not-a-real-secret"), "{fault:?}");
            assert_eq!(world.requests().await.len(), 1);
        }
    })
    .await;
}

#[tokio::test]
async fn too_many_log_ins_pass_by_waiting() {
    http_test(async {
        let world = World::without_login(|connection| connection.retry_budget = Duration::from_secs(3)).await;
        let flat = json!({ "errorCode": "TOO_MANY_REQUESTS" });
        world.answer_once("POST", TOKEN_PATH, ResponseTemplate::new(429).set_body_json(flat)).await;
        world.answer("POST", TOKEN_PATH, token("tok-1")).await;
        world.answer("POST", &members_path(1), members([1])).await;
        assert_eq!(members_of(&world.read(&scope([("a", seen(1))])).await.unwrap(), "a"), [1]);
        assert_eq!(world.requests().await.len(), 3);
    })
    .await;
}
