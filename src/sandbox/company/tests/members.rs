//! The one call that writes, and what no document settles about it.

use serde_json::{Value, json};

use crate::sandbox::{
    Effect, Fault, Sandbox,
    company::{BadMember, COMPANY, Group, User, group_id, user_id},
    tests::{Api, Got, populated},
};

fn members() -> String {
    format!("/v3/companies/{COMPANY}/user-groups/{}/members", group_id(1))
}

fn assert_error(got: &Got, status: u16, code: &str) {
    assert_eq!(got.status, status, "{got:?}");
    let body = got.json();
    assert!(body["debugIdentifier"].is_string(), "{body}");
    assert_eq!(body["errorMessages"][0]["errorCode"], code, "{body}");
}

async fn world() -> (Sandbox, Api) {
    let sandbox = populated().await;
    let api = Api::company(&sandbox).await;
    (sandbox, api)
}

fn live(sandbox: &Sandbox) -> Vec<String> {
    sandbox.company().members(&group_id(1)).into_iter().collect()
}

#[tokio::test]
async fn patch_adds_and_removes_many_without_a_body_in_return() {
    let (sandbox, api) = world().await;
    let added = api.patch(&members(), json!({ "userIdsToAdd": [user_id(3), user_id(1)] })).await;
    assert_eq!((added.status, added.text.as_str()), (200, ""));
    assert_eq!(live(&sandbox), [user_id(1), user_id(2), user_id(3)]);
    let remove = json!({ "userIdsToRemove": [user_id(1), user_id(2)], "userIdsToAdd": [] });
    assert_eq!(api.patch(&members(), remove.clone()).await.status, 200);
    assert_eq!(api.patch(&members(), remove).await.status, 200);
    assert_eq!(live(&sandbox), [user_id(3)]);
    assert_eq!(sandbox.company().writes().len(), 3);
}

#[tokio::test]
async fn bodies_that_do_not_fit_are_refused() {
    let (sandbox, api) = world().await;
    for body in [
        json!({}),
        json!([]),
        json!({ "userIdsToDelete": [user_id(1)] }),
        json!({ "userIdsToAdd": user_id(3) }),
        json!({ "userIdsToAdd": [{ "id": user_id(3) }] }),
        json!({ "userIdsToAdd": ["u-3"] }),
        json!({ "userIdsToAdd": [user_id(3)], "userIdsToRemove": [user_id(1)] }),
        json!({ "userIdsToAdd": (0..101).map(user_id).collect::<Vec<_>>() }),
    ] {
        assert_error(&api.patch(&members(), body).await, 400, "API_VALIDATION_FAILED");
    }
    let unlabelled = api.request("PATCH", &members()).body(json!({ "userIdsToAdd": [] }).to_string());
    assert_error(&api.send(unlabelled).await, 400, "API_VALIDATION_FAILED");
    assert_eq!(live(&sandbox).len(), 2);
}

#[tokio::test]
async fn the_field_that_removes_can_have_another_name_or_be_ignored() {
    let (sandbox, api) = world().await;
    sandbox.company().set(|settings| settings.remove_field = "userIdsToDelete".to_owned());
    let usual = json!({ "userIdsToRemove": [user_id(1)] });
    assert_error(&api.patch(&members(), usual.clone()).await, 400, "API_VALIDATION_FAILED");
    sandbox.company().set(|settings| settings.ignore_unknown_fields = true);
    assert_eq!(api.patch(&members(), usual).await.status, 200);
    assert_eq!(live(&sandbox).len(), 2);
    assert_eq!(api.patch(&members(), json!({ "userIdsToDelete": [user_id(1)] })).await.status, 200);
    assert_eq!(live(&sandbox), [user_id(2)]);
}

#[tokio::test]
async fn the_add_field_can_be_required() {
    let (sandbox, api) = world().await;
    sandbox.company().set(|settings| settings.require_add_field = true);
    let remove = json!({ "userIdsToRemove": [user_id(1)] });
    assert_error(&api.patch(&members(), remove).await, 400, "API_VALIDATION_FAILED");
    let both = json!({ "userIdsToRemove": [user_id(1)], "userIdsToAdd": [] });
    assert_eq!(api.patch(&members(), both).await.status, 200);
}

#[tokio::test]
async fn one_bad_member_refuses_all_unless_told_otherwise() {
    let (sandbox, api) = world().await;
    let body = || json!({ "userIdsToAdd": [user_id(3), user_id(99)] });
    let refused = api.patch(&members(), body()).await;
    assert_error(&refused, 404, "SANDBOX_NOT_FOUND");
    let wrong = &refused.json()["errorMessages"][0]["errorParameters"];
    assert_eq!(*wrong, json!([{ "name": "userId", "value": user_id(99) }]));
    assert_eq!(live(&sandbox).len(), 2);

    sandbox.company().set(|settings| {
        settings.bad_member = BadMember::RefusesOne;
        settings.bad_member_status = 400;
    });
    assert_error(&api.patch(&members(), body()).await, 400, "API_VALIDATION_FAILED");
    assert_eq!(live(&sandbox).len(), 3);
    sandbox.company().leave(&group_id(1), &user_id(3));
    sandbox.company().set(|settings| settings.bad_member = BadMember::IsSkipped);
    assert_eq!(api.patch(&members(), body()).await.status, 200);
    assert_eq!(live(&sandbox).len(), 3);
}

#[tokio::test]
async fn users_and_groups_of_another_company_are_out_of_reach() {
    let (sandbox, api) = world().await;
    let other = "11111111-2222-4333-8444-555555555555";
    sandbox.company().add_user(User::new(&user_id(50), "x@example.com").of_company(other));
    sandbox.company().add_group(Group::new(&group_id(50), "Theirs").of_company(other));
    let add = json!({ "userIdsToAdd": [user_id(50)] });
    assert_error(&api.patch(&members(), add.clone()).await, 404, "SANDBOX_NOT_FOUND");
    let theirs = format!("/v3/companies/{COMPANY}/user-groups/{}", group_id(50));
    assert_error(&api.get(&theirs).await, 404, "SANDBOX_NOT_FOUND");
    let page = json!({ "pagination": {} });
    let list = |company: &str| format!("/v3/companies/{company}/user-groups/list");
    assert_error(&api.post(&list(other), page.clone()).await, 403, "SANDBOX_FORBIDDEN");
    let nobody = "99999999-2222-4333-8444-555555555555";
    assert_error(&api.post(&list(nobody), page.clone()).await, 404, "SANDBOX_NOT_FOUND");
    assert_error(&api.post(&list("acme"), page.clone()).await, 400, "API_VALIDATION_FAILED");
    let own = api.post(&list(COMPANY), page).await.json();
    assert_eq!(own["pagination"]["totalNumResults"], 1);
}

#[tokio::test]
async fn the_platforms_own_groups_take_members_too() {
    let (sandbox, api) = world().await;
    sandbox.company().add_group(Group::new(&group_id(2), "Admins").unmodifiable());
    let path = format!("/v3/companies/{COMPANY}/user-groups/{}", group_id(2));
    assert_eq!(api.get(&path).await.json()["isUnmodifiable"], true);
    let add = json!({ "userIdsToAdd": [user_id(1)] });
    assert_eq!(api.patch(&format!("{path}/members"), add).await.status, 200);
    assert_eq!(sandbox.company().members(&group_id(2)).len(), 1);
}

#[tokio::test]
async fn tokens_are_strict_and_have_no_scope() {
    let (sandbox, api) = world().await;
    let company = sandbox.company();
    let login = async |id: &str, secret: &str, grant: &str| {
        let form = [("client_id", id), ("client_secret", secret), ("grant_type", grant)];
        api.login("/v2/auth/oauth2-token", &form).await
    };
    let grant = "client_credentials";
    let body = login(company.client_id(), company.client_secret(), grant).await.json();
    assert_eq!((&body["expires_in"], &body["scope"]), (&json!(3600), &Value::Null));
    company.set(|settings| settings.hide_expiry = true);
    let body = login(company.client_id(), company.client_secret(), grant).await.json();
    assert_eq!(body["expires_in"], Value::Null);
    assert_error(&login("x", "y", grant).await, 403, "SANDBOX_FORBIDDEN");
    let wrong_grant = login(company.client_id(), company.client_secret(), "password").await;
    assert_error(&wrong_grant, 400, "API_VALIDATION_FAILED");
    let as_json = api.post("/v2/auth/oauth2-token", json!({ "grant_type": grant })).await;
    assert_error(&as_json, 400, "API_VALIDATION_FAILED");

    company.fail(Fault::new(Effect::status(429)).login());
    let limited = login(company.client_id(), company.client_secret(), grant).await;
    assert_eq!((limited.status, limited.json()), (429, json!({ "errorCode": "TOO_MANY_REQUESTS" })));

    let body = json!({ "pagination": {} });
    let stranger = Api::new(company.url(), "");
    assert_error(&stranger.post(&members(), body.clone()).await, 401, "USER_NOT_AUTHENTICATED");
    company.revoke_tokens();
    assert_error(&api.post(&members(), body).await, 401, "USER_NOT_AUTHENTICATED");
}
