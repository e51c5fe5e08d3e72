use std::time::Duration;

use serde_json::{Value, json};

use crate::sandbox::{
    Sandbox, solvexia,
    tests::{Api, Got, populated},
};

const GROUP: &str = "/api/v1/usergroups/ug-1";
const MEMBERS: &str = "/api/v1/usergroups/ug-1/users";

fn api(sandbox: &Sandbox, scopes: &str) -> Api {
    Api::new(sandbox.solvexia().url(), &sandbox.solvexia().static_token(scopes))
}

async fn login(sandbox: &Sandbox, change: impl FnOnce(&mut Value)) -> Got {
    let solvexia = sandbox.solvexia();
    let mut body = json!({ "client_id": solvexia.client_id(), "client_secret": solvexia.client_secret(),
        "grant_type": "client_credentials", "scope": "usergroup user_read" });
    change(&mut body);
    Api::new(solvexia.url(), "").post("/oauth/token", body).await
}

fn assert_error(got: &Got, status: u16) {
    assert_eq!(got.status, status, "{got:?}");
    let body = got.json();
    assert!(body["message"].is_string() && body["supportId"].is_string(), "{body}");
}

#[tokio::test]
async fn the_reads_have_the_documented_shapes() {
    let sandbox = populated().await;
    let api = api(&sandbox, "usergroup_read user_read permission");
    assert_eq!(api.get("/api/v1/usergroups").await.json(), json!([{ "id": "ug-1", "name": "Ledger" }]));
    let group = json!({ "id": "ug-1", "name": "Ledger", "description": "A group of the sandbox." });
    assert_eq!(api.get(GROUP).await.json(), group);
    let members = json!([{ "id": "u-1", "loginName": "acme.1" }, { "id": "u-2", "loginName": "acme.2" }]);
    assert_eq!(api.get(MEMBERS).await.json(), members);
    assert_eq!(api.get("/api/v1/users").await.json().as_array().unwrap().len(), 3);
    sandbox.solvexia().set_status("u-3", "Locked");
    let user = api.get("/api/v1/users/u-3").await.json();
    assert_eq!((&user["email"], &user["accountStatus"]), (&json!("acme.3@example.com"), &json!("Locked")));
    let groups = api.get("/api/v1/users/u-1/usergroups").await.json();
    assert_eq!(groups, json!([{ "id": "ug-1", "name": "Ledger" }]));

    let body = json!({ "role": "editor" });
    let permission = api.post(&format!("{GROUP}/permissions/p-730"), body).await.json();
    assert_eq!(permission["role"], "editor");
    assert_eq!(api.get(&format!("{GROUP}/permissions")).await.json(), json!([permission]));
    assert_eq!(api.delete(&format!("{GROUP}/permissions/p-730")).await.status, 200);
}

#[tokio::test]
async fn members_come_and_go() {
    let sandbox = populated().await;
    let api = api(&sandbox, "usergroup");
    let added = api.post(MEMBERS, json!({ "id": "u-3" })).await;
    assert_eq!((added.status, added.json()), (200, json!({ "id": "u-3", "loginName": "acme.3" })));
    assert_eq!(api.post(MEMBERS, json!({ "id": "u-3" })).await.text, added.text);
    sandbox.solvexia().refuse_double_add(true);
    assert_error(&api.post(MEMBERS, json!({ "id": "u-3" })).await, 409);
    let removed = api.delete(&format!("{MEMBERS}/u-1")).await;
    assert_eq!((removed.status, removed.text.as_str()), (200, ""));
    assert_error(&api.delete(&format!("{MEMBERS}/u-1")).await, 404);
    let left: Vec<String> = sandbox.solvexia().members("ug-1").into_iter().collect();
    assert_eq!(left, ["u-2", "u-3"]);
}

#[tokio::test]
async fn what_the_contract_does_not_know_is_refused() {
    let sandbox = populated().await;
    let api = api(&sandbox, "usergroup user");
    assert_error(&api.post(MEMBERS, json!({ "id": "u-9" })).await, 404);
    assert_error(&api.post("/api/v1/usergroups/ug-9/users", json!({ "id": "u-1" })).await, 404);
    assert_error(&api.post(MEMBERS, json!({})).await, 400);
    assert_error(&api.post(MEMBERS, json!({ "id": 1 })).await, 400);
    assert_error(&api.post(MEMBERS, json!({ "id": "u-1", "login": "x" })).await, 400);
    assert_error(&api.post(MEMBERS, json!(["u-1"])).await, 400);
    assert_error(&api.send(api.request("POST", MEMBERS).body("{\"id\":\"u-1\"}")).await, 400);
    assert_error(&api.send(api.request("DELETE", &format!("{MEMBERS}/u-1")).json(&json!({}))).await, 400);
    assert_error(&api.get(&format!("{MEMBERS}?page=1")).await, 400);
    assert_error(&api.put(MEMBERS).await, 405);
    assert_error(&api.get("/api/v1/userGroups").await, 404);
    assert_error(&api.get("/v1/usergroups").await, 404);
    assert_error(&api.get("/api/v1/usergroups/ug-1/members").await, 404);
    assert_eq!(sandbox.solvexia().members("ug-1").len(), 2);
}

#[tokio::test]
async fn each_call_needs_its_scope_and_a_good_token() {
    let sandbox = populated().await;
    let reader = api(&sandbox, "usergroup_read");
    assert_eq!(reader.get(MEMBERS).await.status, 200);
    assert_error(&reader.post(MEMBERS, json!({ "id": "u-3" })).await, 403);
    assert_error(&reader.delete(&format!("{MEMBERS}/u-1")).await, 403);
    assert_error(&reader.get("/api/v1/users").await, 403);
    let other = api(&sandbox, "user process_read");
    assert_eq!(other.get("/api/v1/users").await.status, 200);
    assert_error(&other.get("/api/v1/usergroups").await, 403);
    sandbox.solvexia().revoke_tokens();
    assert_error(&reader.get(MEMBERS).await, 401);
    assert_error(&Api::new(sandbox.solvexia().url(), "").get(MEMBERS).await, 401);
    assert_error(&Api::new(sandbox.solvexia().url(), "stranger").get(MEMBERS).await, 401);
}

#[tokio::test]
async fn the_token_call_is_json_and_strict() {
    let sandbox = populated().await;
    let body = login(&sandbox, |_| {}).await.json();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(9.4173)));
    let wrong = login(&sandbox, |body| body["client_secret"] = json!("wrong")).await;
    assert_eq!((wrong.status, wrong.json()), (401, json!({ "error": "invalid_client" })));
    assert_eq!(login(&sandbox, |body| body["grant_type"] = json!("password")).await.status, 400);
    assert_eq!(login(&sandbox, |body| body["scope"] = json!("everything")).await.status, 400);
    assert_eq!(login(&sandbox, |body| body["audience"] = json!("x")).await.status, 400);
    let form = [("grant_type", "client_credentials"), ("client_id", sandbox.solvexia().client_id())];
    let nobody = Api::new(sandbox.solvexia().url(), "");
    assert_eq!(nobody.login("/oauth/token", &form).await.status, 400);
}

#[tokio::test]
async fn without_a_scope_a_token_reads_processes_only() {
    let sandbox = populated().await;
    let got = login(&sandbox, |body| drop(body.as_object_mut().unwrap().remove("scope"))).await.json();
    let api = Api::new(sandbox.solvexia().url(), got["access_token"].as_str().unwrap());
    assert_error(&api.get("/api/v1/usergroups").await, 403);
    assert_eq!(sandbox.solvexia().requests().last().unwrap().scope.as_deref(), Some("process_read"));
}

#[tokio::test]
async fn a_living_token_is_handed_out_again_with_the_time_that_is_left() {
    let sandbox = populated().await;
    let first = login(&sandbox, |_| {}).await.json();
    let again = login(&sandbox, |_| {}).await.json();
    assert_eq!(first["access_token"], again["access_token"]);
    assert!(again["expires_in"].as_f64() < first["expires_in"].as_f64(), "{again}");
    let other = login(&sandbox, |body| body["scope"] = json!("user")).await.json();
    assert_ne!(first["access_token"], other["access_token"]);
    sandbox.solvexia().reuse_tokens(false);
    assert_ne!(first["access_token"], login(&sandbox, |_| {}).await.json()["access_token"]);
}

#[tokio::test]
async fn a_token_expires() {
    let sandbox = populated().await;
    sandbox.solvexia().token_lifetime(Duration::ZERO);
    let body = login(&sandbox, |_| {}).await.json();
    let api = Api::new(sandbox.solvexia().url(), body["access_token"].as_str().unwrap());
    assert_error(&api.get(MEMBERS).await, 401);
}

#[tokio::test]
async fn the_world_changes_out_of_band() {
    let sandbox = populated().await;
    let api = api(&sandbox, "usergroup user");
    let solvexia = sandbox.solvexia();
    solvexia.rename_group("ug-1", "Renamed");
    solvexia.change_login("u-1", "acme.one");
    solvexia.delete_user("u-2");
    assert_eq!(api.get(GROUP).await.json()["name"], "Renamed");
    assert_eq!(api.get(MEMBERS).await.json(), json!([{ "id": "u-1", "loginName": "acme.one" }]));
    solvexia.delete_group("ug-1");
    assert_error(&api.get(MEMBERS).await, 404);
    assert_eq!(api.get("/api/v1/users/u-1/usergroups").await.text, "[]");
    solvexia.add_user(solvexia::User::new("u-5", "acme.5").email("five@example.com").status("Suspended"));
    assert_eq!(api.get("/api/v1/users/u-5").await.json()["accountStatus"], "Suspended");
}
