//! Memberships, the rules about them, and the operations that do damage.

use serde_json::json;

use crate::sandbox::{
    Sandbox,
    emporix::{Group, User, user_id},
    tests::{Api, Got, populated},
};

const MEMBERS: &str = "/iam/sandboxshop/groups/g1/users";
const USERS: &str = "/iam/sandboxshop/users";

fn put(group: &str, kind: &str, user: &str) -> String {
    format!("/iam/sandboxshop/groups/{group}/users/{kind}/{user}")
}

fn assert_error(got: &Got, status: u16) {
    assert_eq!((got.status, &got.json()["code"]), (status, &json!(status)), "{got:?}");
}

async fn world() -> (Sandbox, Api) {
    let sandbox = populated().await;
    let api = Api::emporix(&sandbox, None).await;
    (sandbox, api)
}

#[tokio::test]
async fn put_creates_once_and_delete_is_a_goal() {
    let (sandbox, api) = world().await;
    let path = put("g1", "EMPLOYEE", &user_id(3));
    let created = api.put(&path).await;
    assert_eq!(created.status, 201);
    assert_ne!(created.json()["id"], json!(user_id(3)));
    let again = api.put(&path).await;
    assert_eq!((again.status, again.text.as_str()), (204, ""));
    // The stored type stays (seed 000).
    assert_eq!(api.put(&put("g1", "CUSTOMER", &user_id(3))).await.status, 204);
    assert!(!api.get(MEMBERS).await.text.contains("CUSTOMER"));

    let member = format!("{MEMBERS}/{}", user_id(3));
    assert_eq!(api.delete(&member).await.status, 204);
    assert_eq!(api.delete(&member).await.status, 204);
    assert_eq!(api.delete(&format!("{MEMBERS}/nobody")).await.status, 204);
    assert_eq!(sandbox.emporix().members("g1").len(), 2);
    assert_eq!(sandbox.emporix().writes().len(), 6);
}

#[tokio::test]
async fn what_the_contract_refuses_is_refused() {
    let (sandbox, api) = world().await;
    sandbox.emporix().add_user(User::customer("c1", "c@example.com"));
    sandbox.emporix().add_group(Group::new("buyers", "Buyers").for_customers());
    let unknown_type = api.put(&put("g1", "ROBOT", &user_id(3))).await;
    assert_error(&unknown_type, 400);
    assert_eq!(unknown_type.json()["status"], "Constraint validation failed");
    assert_error(&api.put(&put("g1", "EMPLOYEE", "nobody")).await, 404);
    assert_error(&api.put(&put("g9", "EMPLOYEE", &user_id(3))).await, 404);
    assert_error(&api.put(&put("g1", "CUSTOMER", "c1")).await, 400);
    assert_error(&api.put(&put("g1", "EMPLOYEE", "c1")).await, 400);
    assert_error(&api.put(&put("buyers", "EMPLOYEE", &user_id(3))).await, 400);
    assert_eq!(api.put(&put("buyers", "CUSTOMER", "c1")).await.status, 201);
    let with_body = api.request("PUT", &put("g1", "EMPLOYEE", &user_id(3))).json(&json!({}));
    assert_error(&api.send(with_body).await, 400);
    assert_error(&api.post(&put("g1", "EMPLOYEE", &user_id(3)), json!({})).await, 405);
    assert_error(&api.put(&format!("{}?dry=1", put("g1", "EMPLOYEE", &user_id(3)))).await, 400);
    assert_error(&api.get("/iam/sandboxshop/nothing").await, 404);
    assert_error(&api.get("/nothing").await, 404);
    assert_eq!(sandbox.emporix().members("g1").len(), 2);
}

#[tokio::test]
async fn each_change_needs_the_scope() {
    let (sandbox, _) = world().await;
    let reader = Api::emporix(&sandbox, Some("iam.group_read iam.user_read")).await;
    assert_error(&reader.put(&put("g1", "EMPLOYEE", &user_id(3))).await, 403);
    assert_error(&reader.delete(&format!("{MEMBERS}/{}", user_id(1))).await, 403);
    assert_error(&reader.delete(MEMBERS).await, 403);
    assert_error(&reader.post(MEMBERS, json!({ "userId": user_id(3) })).await, 403);
    let from_all = reader.delete(&format!("{USERS}/{}/groups", user_id(1))).await;
    assert_error(&from_all, 403);
    assert_eq!(from_all.json()["message"], "You need a scope for this action.");
    assert_error(&reader.delete(&format!("{USERS}/{}", user_id(1))).await, 403);
    assert_eq!(sandbox.emporix().members("g1").len(), 2);
}

#[tokio::test]
async fn an_employee_has_one_vendor() {
    let (sandbox, api) = world().await;
    for (id, vendor) in [("v1", "one"), ("v1b", "one"), ("v2", "two")] {
        sandbox.emporix().add_group(Group::new(id, id).of_vendor(vendor));
    }
    assert_eq!(api.put(&put("v1", "EMPLOYEE", &user_id(3))).await.status, 201);
    assert_eq!(api.put(&put("v1b", "EMPLOYEE", &user_id(3))).await.status, 201);
    assert_error(&api.put(&put("v2", "EMPLOYEE", &user_id(3))).await, 400);
}

#[tokio::test]
async fn a_customer_has_one_predefined_group_for_each_legal_entity() {
    let (sandbox, api) = world().await;
    let emporix = sandbox.emporix();
    emporix.add_user(User::customer("c1", "c@example.com"));
    for (id, entity) in [("admin", "le1"), ("buyer", "le1"), ("other", "le2")] {
        emporix.add_group(Group::new(id, id).predefined(entity, id));
    }
    emporix.add_group(Group::new("contact", "Contact").for_customers());
    assert_eq!(api.put(&put("admin", "CUSTOMER", "c1")).await.status, 201);
    assert_error(&api.put(&put("buyer", "CUSTOMER", "c1")).await, 400);
    assert_eq!(api.put(&put("other", "CUSTOMER", "c1")).await.status, 201);
    assert_eq!(api.put(&put("contact", "CUSTOMER", "c1")).await.status, 201);
    assert_eq!(api.delete("/iam/sandboxshop/groups/admin/users/c1").await.status, 204);
    assert_eq!(api.put(&put("buyer", "CUSTOMER", "c1")).await.status, 201);
}

#[tokio::test]
async fn post_adds_too() {
    let (sandbox, api) = world().await;
    assert_eq!(api.post(MEMBERS, json!({ "userId": user_id(3) })).await.status, 201);
    assert!(sandbox.emporix().members("g1").contains(&user_id(3)));
    assert_error(&api.post(MEMBERS, json!({})).await, 400);
    assert_error(&api.post(MEMBERS, json!({ "userId": user_id(3), "x": 1 })).await, 400);
    assert_error(&api.send(api.request("POST", MEMBERS).body("{}")).await, 400);
}

#[tokio::test]
async fn the_dangerous_calls_do_their_damage_and_are_seen() {
    let (sandbox, api) = world().await;
    let emporix = sandbox.emporix();
    emporix.add_group(Group::new("g2", "Second"));
    emporix.join("g2", &user_id(1));
    emporix.join("g2", &user_id(2));
    let profile = json!({ "firstName": "A", "lastName": "B", "preferredSite": "main",
        "preferredCurrency": "EUR", "preferredLanguage": "en", "department": "d",
        "backofficeUserNumber": user_id(1), "groupIds": ["g2"] });
    let request = api.request("PUT", &format!("{USERS}/{}", user_id(1))).json(&profile);
    assert_eq!(api.send(request).await.status, 204);
    assert!(!emporix.members("g1").contains(&user_id(1)));
    assert_eq!(api.delete(&format!("{USERS}/{}/groups", user_id(1))).await.status, 204);
    assert!(!emporix.members("g2").contains(&user_id(1)));
    assert_eq!(api.delete(&format!("{USERS}/{}", user_id(2))).await.status, 204);
    assert!(emporix.memberships().values().all(std::collections::BTreeSet::is_empty));
    assert_error(&api.get(&format!("{USERS}/{}", user_id(2))).await, 404);

    emporix.join("g1", &user_id(3));
    // An empty id: the slash at the end is all that is left of it.
    assert_eq!(api.delete(&format!("{MEMBERS}/")).await.status, 204);
    assert!(emporix.members("g1").is_empty());
    assert_eq!(emporix.writes().len(), 4);
}

#[tokio::test]
async fn a_dashboard_user_can_be_made() {
    let (sandbox, api) = world().await;
    let mut profile = json!({ "firstName": "A", "lastName": "B", "preferredSite": "main",
        "preferredCurrency": "EUR", "preferredLanguage": "en", "department": "d",
        "contactEmail": "new@example.com", "groupIds": ["g1"] });
    let made = api.post(USERS, profile.clone()).await;
    assert_eq!(made.status, 201);
    assert!(sandbox.emporix().members("g1").contains(made.json()["id"].as_str().unwrap()));
    profile["groupIds"] = json!(["g9"]);
    assert_error(&api.post(USERS, profile.clone()).await, 404);
    profile.as_object_mut().unwrap().remove("department");
    assert_error(&api.post(USERS, profile).await, 400);
}

#[tokio::test]
async fn the_world_changes_out_of_band() {
    let (sandbox, api) = world().await;
    let emporix = sandbox.emporix();
    emporix.rename_group("g1", "en", "Renamed");
    emporix.change_email(&user_id(1), "new@example.com");
    emporix.lock_user(&user_id(1), true);
    emporix.hide_users(&[&user_id(2)]);
    assert_eq!(api.get("/iam/sandboxshop/groups/g1").await.json()["name"]["en"], "Renamed");
    let users = api.get(USERS).await.json();
    assert_eq!(
        (&users[0]["contactEmail"], &users[0]["isAccountLocked"]),
        (&json!("new@example.com"), &json!(true))
    );
    assert_eq!(users[1]["id"], json!(user_id(3)));
    emporix.leave("g1", &user_id(1));
    assert_eq!(emporix.members("g1").into_iter().collect::<Vec<_>>(), [user_id(2)]);
    emporix.delete_group("g1");
    assert_error(&api.get(MEMBERS).await, 404);
}
