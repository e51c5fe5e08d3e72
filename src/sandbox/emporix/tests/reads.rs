//! Reading, paging and the token.

use std::time::Duration;

use serde_json::{Value, json};

use crate::sandbox::{
    Sandbox, emporix,
    tests::{Api, Got, populated},
};

const GROUPS: &str = "/iam/sandboxshop/groups";
const MEMBERS: &str = "/iam/sandboxshop/groups/g1/users";
const USERS: &str = "/iam/sandboxshop/users";

async fn login(sandbox: &Sandbox, more: &[(&str, &str)]) -> Got {
    let emporix = sandbox.emporix();
    let mut form = vec![("client_id", emporix.client_id()), ("client_secret", emporix.client_secret())];
    form.extend_from_slice(more);
    Api::new(emporix.url(), "").login("/oauth/token", &form).await
}

fn assert_error(got: &Got, status: u16) {
    assert_eq!(got.status, status, "{got:?}");
    let body = got.json();
    if status == 401 {
        let code = &body["fault"]["detail"]["errorcode"];
        assert_eq!(code, "keymanagement.service.invalid_access_token", "{body}");
    } else {
        assert_eq!(body["code"], status, "{body}");
        assert!(body["status"].is_string() && body["message"].is_string(), "{body}");
    }
}

#[tokio::test]
async fn the_token_has_every_documented_field_and_the_scopes_asked_for() {
    let sandbox = populated().await;
    let grant = ("grant_type", "client_credentials");
    let body = login(&sandbox, &[grant, ("scope", "iam.user_read iam.group_read iam.nonsense")]).await.json();
    assert_eq!(body["scope"], "iam.group_read iam.user_read tenant=sandboxshop");
    assert_eq!((&body["expires_in"], &body["token_type"]), (&json!(14399), &json!("Bearer")));
    assert_eq!((&body["refresh_token"], &body["session_idle_time"]), (&json!(""), &json!(120)));
    let all = login(&sandbox, &[grant]).await.json();
    assert!(all["scope"].as_str().unwrap().contains("iam.assignment_manage"));

    assert_error(&login(&sandbox, &[]).await, 400);
    assert_error(&login(&sandbox, &[grant, ("client_secret", "wrong")]).await, 401);
    let nobody = Api::new(sandbox.emporix().url(), "");
    assert_error(&nobody.post("/oauth/token", json!({ "grant_type": "client_credentials" })).await, 400);
    assert_error(&nobody.get("/oauth/token").await, 405);
}

#[tokio::test]
async fn a_missing_a_foreign_and_an_expired_token_answer_401() {
    let sandbox = populated().await;
    assert_error(&Api::new(sandbox.emporix().url(), "").get(GROUPS).await, 401);
    assert_error(&Api::new(sandbox.emporix().url(), "tok-1").get(GROUPS).await, 401);
    let api = Api::emporix(&sandbox, None).await;
    assert_error(&api.get("/iam/othershop/groups").await, 401);
    assert_eq!(api.get(GROUPS).await.status, 200);
    sandbox.emporix().revoke_tokens();
    assert_error(&api.get(GROUPS).await, 401);
    sandbox.emporix().token_lifetime(Duration::ZERO);
    assert_error(&Api::emporix(&sandbox, None).await.get(GROUPS).await, 401);
}

#[tokio::test]
async fn each_read_needs_its_scope() {
    let sandbox = populated().await;
    let user = emporix::user_id(1);
    let of_user = format!("{USERS}/{user}/groups");
    let one = format!("{USERS}/{user}");
    let groups = [GROUPS, "/iam/sandboxshop/groups/g1", of_user.as_str()];
    let users = [MEMBERS, USERS, one.as_str(), "/iam/sandboxshop/users/vendors/v"];
    let group_reader = Api::emporix(&sandbox, Some("iam.group_read")).await;
    let user_reader = Api::emporix(&sandbox, Some("iam.user_read")).await;
    for (may, may_not, paths) in
        [(&group_reader, &user_reader, &groups[..]), (&user_reader, &group_reader, &users[..])]
    {
        for path in paths {
            assert_eq!(may.get(path).await.status, 200, "{path}");
            let refused = may_not.get(path).await;
            assert_error(&refused, 403);
            let detail = refused.json()["details"][0].as_str().unwrap().to_owned();
            assert!(detail.starts_with("Missing required scopes '[iam."), "{detail}");
        }
    }
    assert_error(&user_reader.get("/customer/sandboxshop/customers").await, 403);
}

#[tokio::test]
async fn groups_members_and_users_have_the_documented_shapes() {
    let sandbox = populated().await;
    let api = Api::emporix(&sandbox, None).await;
    let group = api.get("/iam/sandboxshop/groups/g1").await.json();
    assert_eq!(group["name"], json!({ "de": "Katalog", "en": "Catalog" }));
    assert_eq!((&group["id"], &group["userType"]), (&json!("g1"), &json!("EMPLOYEE")));
    assert_eq!(api.get(GROUPS).await.json(), json!([group]));

    let members = api.get(MEMBERS).await.json();
    let ids: Vec<&Value> = members.as_array().unwrap().iter().map(|row| &row["userId"]).collect();
    assert_eq!(ids, [&json!(emporix::user_id(1)), &json!(emporix::user_id(2))]);
    assert_ne!(members[0]["id"], members[0]["userId"]);
    assert_eq!((&members[0]["groupId"], &members[0]["userType"]), (&json!("g1"), &json!("EMPLOYEE")));

    let user = api.get(&format!("{USERS}/{}?expand=groups", emporix::user_id(1))).await.json();
    for field in [
        "firstName",
        "lastName",
        "backofficeUserNumber",
        "preferredSite",
        "preferredCurrency",
        "preferredLanguage",
        "department",
        "validFrom",
        "isAccountLocked",
        "contactEmail",
        "status",
    ] {
        assert!(!user[field].is_null(), "{field}");
    }
    assert_eq!((&user["groupIds"], &user["groups"][0]["code"]), (&json!(["g1"]), &Value::Null));
    assert_eq!(user["groups"][0]["id"], "g1");
    let groups = api.get(&format!("{USERS}/{}/groups", emporix::user_id(1))).await.json();
    assert_eq!(groups, json!([group]));
    assert_eq!(api.get(&format!("{USERS}/nobody/groups")).await.text, "[]");
    assert_eq!(api.get(&format!("{USERS}/{}/groups/g1", emporix::user_id(1))).await.status, 200);
    assert_error(&api.get(&format!("{USERS}/{}/groups/g1", emporix::user_id(3))).await, 404);
    assert_error(&api.get(&format!("{USERS}/nobody")).await, 404);
    assert_error(&api.get("/iam/sandboxshop/groups/g9/users").await, 404);
}

#[tokio::test]
async fn the_total_comes_only_on_request() {
    let sandbox = populated().await;
    let api = Api::emporix(&sandbox, None).await;
    for path in [GROUPS, MEMBERS, USERS] {
        assert_eq!(api.get(path).await.header("x-total-count"), None);
        assert!(api.get_counted(path).await.header("x-total-count").is_some());
    }
    assert_eq!(api.get_counted(USERS).await.header("x-total-count"), Some("3"));
    let odd = api.send(api.request("GET", USERS).header("x-total-count", "yes")).await;
    assert_error(&odd, 400);
}

#[tokio::test]
async fn pages_start_at_one_and_hold_sixty_unless_asked() {
    let sandbox = populated().await;
    for number in 10..80 {
        let user = emporix::User::employee(&emporix::user_id(number), "x@example.com");
        sandbox.emporix().add_user(user);
        sandbox.emporix().join("g1", &emporix::user_id(number));
    }
    let api = Api::emporix(&sandbox, None).await;
    let rows = async |path: &str| api.get(path).await.json().as_array().unwrap().len();
    assert_eq!(rows(MEMBERS).await, 60);
    assert_eq!(rows(&format!("{MEMBERS}?pageNumber=2")).await, 12);
    assert_eq!(rows(&format!("{MEMBERS}?pageNumber=3&pageSize=30")).await, 12);
    assert_eq!(rows(&format!("{MEMBERS}?pageNumber=9&pageSize=30")).await, 0);
    assert_eq!(rows(&format!("{USERS}?userType=EMPLOYEE&pageNumber=1&pageSize=100")).await, 73);
    sandbox.emporix().clamp_pages(Some(20));
    assert_eq!(rows(&format!("{MEMBERS}?pageSize=100")).await, 20);
    for bad in
        ["pageNumber=0", "pageSize=0", "pageSize=x", "pageNumber=-1", "page=1", "pageSize=1&pageSize=2"]
    {
        assert_error(&api.get(&format!("{MEMBERS}?{bad}")).await, 400);
        assert_error(&api.get(&format!("{USERS}?{bad}")).await, 400);
        assert_error(&api.get(&format!("{GROUPS}?{bad}")).await, 400);
    }
    assert_error(&api.get(&format!("{USERS}?userType=CUSTOMER")).await, 400);
    assert_error(&api.get(&format!("{USERS}?expand=group")).await, 400);
}

#[tokio::test]
async fn languages_decide_whether_names_are_maps() {
    let sandbox = populated().await;
    let api = Api::emporix(&sandbox, None).await;
    let name = async |language: &str| {
        let request = api.request("GET", "/iam/sandboxshop/groups/g1").header("accept-language", language);
        api.send(request).await
    };
    assert_eq!(name("*").await.json()["name"]["de"], "Katalog");
    assert_eq!(name("de;q=0.9, en").await.json()["name"], "Katalog");
    assert_error(&name("ru").await, 400);
}

#[tokio::test]
async fn groups_can_be_searched_and_sorted() {
    let sandbox = populated().await;
    sandbox.emporix().add_group(emporix::Group::new("g2", "Buyers").for_customers());
    let api = Api::emporix(&sandbox, None).await;
    let ids = async |query: &str| {
        let rows = api.get(&format!("{GROUPS}?{query}")).await.json();
        rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids("userType=CUSTOMER").await, ["g2"]);
    assert_eq!(ids("name=katalog").await, ["g1"]);
    assert_eq!(ids("q=id:in(g1,g2)&sort=id:desc").await, ["g2", "g1"]);
    assert_eq!(ids("q=name.en:Buyers").await, ["g2"]);
    for bad in ["userType=X", "sort=colour", "sort=id:up", "q=colour:red"] {
        assert_error(&api.get(&format!("{GROUPS}?{bad}")).await, 400);
    }
}

#[tokio::test]
async fn the_user_list_is_xml_for_who_does_not_ask_for_json() {
    let sandbox = populated().await;
    let api = Api::emporix(&sandbox, None).await;
    let request = reqwest::Client::new().get(format!("{}{USERS}", sandbox.emporix().url()));
    let got = api.send(request.bearer_auth(&api.token)).await;
    assert_eq!((got.status, got.header("content-type")), (200, Some("application/xml")));
}

#[tokio::test]
async fn an_old_user_is_read_by_number_and_is_a_member_by_id() {
    let sandbox = populated().await;
    sandbox.emporix().add_user(emporix::User::employee("old-1", "old@example.com").numbered("17").locked());
    sandbox.emporix().join("g1", "old-1");
    let api = Api::emporix(&sandbox, None).await;
    assert_error(&api.get(&format!("{USERS}/old-1")).await, 404);
    let user = api.get(&format!("{USERS}/17")).await.json();
    assert_eq!((&user["id"], &user["isAccountLocked"]), (&json!("old-1"), &json!(true)));
    assert!(api.get(MEMBERS).await.text.contains("\"old-1\""));
}

#[tokio::test]
async fn customers_are_found_in_their_own_service_only() {
    let sandbox = populated().await;
    sandbox.emporix().add_user(emporix::User::customer("87413250", "Kim@example.com"));
    let api = Api::emporix(&sandbox, None).await;
    assert!(!api.get(USERS).await.text.contains("87413250"));
    let customers = "/customer/sandboxshop/customers";
    let found = api.get(&format!("{customers}?q=contactEmail:kim@example.com")).await;
    assert_eq!((&found.json()[0]["id"], found.header("count")), (&json!("87413250"), Some("1")));
    assert_eq!(api.get(&format!("{customers}?q=contactEmail:no@example.com")).await.text, "[]");
    assert_error(&api.get(&format!("{customers}?pageNumber=1")).await, 400);
    assert_error(&api.get(&format!("{customers}?email=kim")).await, 400);
}
