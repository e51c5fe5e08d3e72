//! Log-in: what is asked for, and whose token is taken.

use serde_json::json;
use wiremock::ResponseTemplate;

use super::{World, http_test, members, scope};
use crate::providers::{Access, FaultKind, Provider};

/// The form that the first log-in sent, as pairs.
async fn form(world: &World) -> Vec<(String, String)> {
    let requests = world.server.received_requests().await.unwrap();
    let login = requests.iter().find(|request| request.url.path() == "/oauth/token").unwrap();
    assert_eq!(login.method.as_str(), "POST");
    assert_eq!(login.headers["content-type"], "application/x-www-form-urlencoded");
    assert!(login.headers.get("authorization").is_none());
    url::form_urlencoded::parse(&login.body).into_owned().collect()
}

fn pair(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

#[tokio::test]
async fn a_plan_asks_for_reading_and_an_apply_for_writing_too() {
    http_test(async {
        for (access, asked) in [
            (Access::Read, "iam.group_read iam.user_read"),
            (Access::Write, "iam.group_read iam.user_read iam.assignment_manage"),
        ] {
            let world = World::new().await.group("g1", "Editors", "EMPLOYEE");
            world.provider_for(access).read(&scope(&["g1"])).await.unwrap();
            let expected = [
                pair("grant_type", "client_credentials"),
                pair("client_id", "the-client"),
                pair("client_secret", "s3cret&more"),
                pair("scope", asked),
            ];
            assert_eq!(form(&world).await, expected);
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_of_another_tenant_stops_everything_and_names_both() {
    http_test(async {
        let world = World::new().await.group("g1", "Editors", "EMPLOYEE");
        world.change(|data| data.granted = Some("tenant=other iam.group_read"));
        let fault = world.provider().read(&scope(&["g1"])).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Auth);
        assert!(fault.detail.contains("other") && fault.detail.contains("acme"), "{fault}");
        assert!(world.calls().is_empty(), "nothing is read with it");
    })
    .await;
}

#[tokio::test]
async fn a_token_that_names_no_tenant_is_taken() {
    http_test(async {
        let world = World::new().await.group("g1", "Editors", "EMPLOYEE").user("ann", &["g1"]);
        world.change(|data| data.granted = Some("iam.group_read"));
        let live = world.provider().read(&scope(&["g1"])).await.unwrap();
        assert_eq!(members(&live, "g1"), "ann");
    })
    .await;
}

#[tokio::test]
async fn an_expired_token_is_renewed_once_and_the_call_repeated() {
    http_test(async {
        let world = World::new().await.group("g1", "Editors", "EMPLOYEE").user("ann", &["g1"]);
        let fault = json!({ "fault": { "faultstring": "Invalid Access Token" } });
        world.once("GET groups/g1", ResponseTemplate::new(401).set_body_json(fault));
        let live = world.provider().read(&scope(&["g1"])).await.unwrap();
        assert_eq!(members(&live, "g1"), "ann");
        assert_eq!(world.logins(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_second_401_ends_the_read_with_the_words_of_emporix() {
    http_test(async {
        let world = World::new().await.group("g1", "Editors", "EMPLOYEE").user("ann", &["g1"]);
        let fault = json!({ "fault": { "faultstring": "Invalid Access Token" } });
        for _ in 0..2 {
            world.once("GET groups/g1/users 1", ResponseTemplate::new(401).set_body_json(&fault));
        }
        let fault = world.provider().read(&scope(&["g1"])).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Auth);
        assert!(fault.detail.contains("Invalid Access Token"), "{fault}");
    })
    .await;
}

#[tokio::test]
async fn refused_credentials_are_no_empty_groups_and_show_no_secret() {
    http_test(async {
        let world = World::new().await.group("g1", "Editors", "EMPLOYEE");
        let words =
            json!({ "error": "invalid_client", "error_description": "s3cret&more is wrong for the-client" });
        world.once("POST token", ResponseTemplate::new(400).set_body_json(words));
        let fault = world.provider().read(&scope(&["g1"])).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Auth);
        assert!(fault.detail.contains("invalid_client"), "{fault}");
        assert!(!fault.detail.contains("s3cret") && !fault.detail.contains("the-client"), "{fault}");
    })
    .await;
}
