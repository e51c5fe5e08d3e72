//! The lists: all of them POST, all of them reads.

use serde_json::{Value, json};

use crate::sandbox::{
    Sandbox,
    company::{COMPANY, Group, User, group_id, stamp, user_id},
    tests::{Api, Got, populated},
};

fn path(rest: &str) -> String {
    format!("/v3/companies/{COMPANY}/user-groups/{rest}")
}

fn members() -> String {
    path(&format!("{}/members", group_id(1)))
}

async fn world() -> (Sandbox, Api) {
    let sandbox = populated().await;
    let api = Api::company(&sandbox).await;
    (sandbox, api)
}

fn assert_invalid(got: &Got) {
    assert_eq!(
        (got.status, &got.json()["errorMessages"][0]["errorCode"]),
        (400, &json!("API_VALIDATION_FAILED"))
    );
}

fn column(body: &Value, list: &str, field: &str) -> Vec<String> {
    let rows = body[list].as_array().unwrap_or_else(|| panic!("{body}"));
    rows.iter().map(|row| row[field].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn lists_are_no_writes() {
    let (sandbox, api) = world().await;
    let page = json!({ "pagination": {} });
    let roles = path(&format!("{}/roles", group_id(1)));
    let of_user = format!("/v3/users/{}/user-groups", user_id(1));
    for list in [path("list"), members(), roles, of_user] {
        assert_eq!(api.post(&list, page.clone()).await.status, 200, "{list}");
        assert_invalid(&api.post(&list, json!({})).await);
        assert_invalid(&api.post(&list, json!({ "pagination": { "limit": 0 } })).await);
        assert_invalid(&api.post(&list, json!({ "pagination": { "offset": -1 } })).await);
        assert_invalid(&api.post(&list, json!({ "pagination": { "page": 1 } })).await);
        assert_invalid(&api.post(&list, json!({ "pagination": {}, "expand": true })).await);
        assert_invalid(&api.send(api.request("POST", &list).body("{\"pagination\":{}}")).await);
        assert_eq!(api.put(&list).await.status, 405);
    }
    assert!(sandbox.company().writes().iter().all(|seen| seen.method == "PUT"));
}

#[tokio::test]
async fn a_group_has_the_documented_shape() {
    let (_sandbox, api) = world().await;
    let group = api.get(&path(&group_id(1))).await.json();
    assert_eq!((&group["name"], &group["companyId"]), (&json!("Coordinators"), &json!(COMPANY)));
    assert_eq!(group["isUnmodifiable"], Value::Null);
    let at = group["createdAt"]["iso8601"].as_str().unwrap();
    assert_eq!((at.len(), at.ends_with('Z')), ("2026-01-09T10:15Z".len(), true));
    let list = api.post(&path("list"), json!({ "pagination": {} })).await.json();
    assert_eq!(list, json!({ "userGroups": [group], "pagination": { "totalNumResults": 1 } }));
    assert_eq!(api.get(&path(&group_id(9))).await.status, 404);
    assert_invalid(&api.get(&path("g1")).await);
    assert_eq!(api.get("/v3/companies").await.status, 404);
}

#[tokio::test]
async fn groups_are_searched_filtered_sorted_and_paged() {
    let (sandbox, api) = world().await;
    for (number, name) in [(2, "Alpha"), (3, "beta coordinators"), (4, "Gamma")] {
        sandbox.company().add_group(Group::new(&group_id(number), name));
    }
    let names = async |body: Value| column(&api.post(&path("list"), body).await.json(), "userGroups", "name");
    let found = names(json!({ "pagination": {}, "searchText": "COORD",
        "sortParams": { "sortBy": "NAME", "sortOrder": "ASC" } }));
    assert_eq!(found.await, ["beta coordinators", "Coordinators"]);
    let either = json!({ "pagination": {}, "sortParams": { "sortBy": "CREATED_AT", "sortOrder": "DESC" },
        "filters": [{ "userGroupIds": [group_id(2)] }, { "userGroupIds": [group_id(4)] }] });
    assert_eq!(names(either).await, ["Gamma", "Alpha"]);
    let second = json!({ "pagination": { "offset": 1, "limit": 2 },
        "sortParams": { "sortBy": "NAME", "sortOrder": "ASC" } });
    assert_eq!(names(second).await, ["beta coordinators", "Coordinators"]);
    for sort in [json!({ "sortBy": "NAME" }), json!({ "sortBy": "ADDED_AT", "sortOrder": "ASC" })] {
        assert_invalid(&api.post(&path("list"), json!({ "pagination": {}, "sortParams": sort })).await);
    }
}

#[tokio::test]
async fn members_are_filtered_sorted_and_paged() {
    let (sandbox, api) = world().await;
    sandbox.company().join(&group_id(1), &user_id(3));
    let ascending = json!({ "sortBy": "ADDED_AT", "sortOrder": "ASC" });
    let whole = api.post(&members(), json!({ "pagination": {}, "sortParams": ascending })).await.json();
    assert_eq!(column(&whole, "members", "userId"), [user_id(1), user_id(2), user_id(3)]);
    assert_eq!(whole["pagination"]["totalNumResults"], 3);
    let times: Vec<&str> =
        (0..3).map(|row| whole["members"][row]["addedAt"]["iso8601"].as_str().unwrap()).collect();
    assert!(times[0] < times[1] && times[1] < times[2], "{times:?}");

    let some = async |filters: Value| {
        let body = json!({ "pagination": {}, "sortParams": ascending, "filters": filters });
        column(&api.post(&members(), body).await.json(), "members", "userId")
    };
    assert_eq!(some(json!([{ "userIds": [user_id(2), user_id(77)] }])).await, [user_id(2)]);
    assert_eq!(some(json!([{ "addedAfter": { "iso8601": times[1] } }])).await, [user_id(2), user_id(3)]);
    assert_eq!(some(json!([{ "addedBefore": { "iso8601": times[1] } }])).await, [user_id(1)]);
    let narrow = json!([{ "addedAfter": { "iso8601": times[1] }, "userIds": [user_id(1)] },
        { "userIds": [user_id(3)] }]);
    assert_eq!(some(narrow).await, [user_id(3)]);

    sandbox.company().set(|settings| settings.page_clamp = Some(2));
    let page = json!({ "pagination": { "offset": 0, "limit": 100 }, "sortParams": ascending });
    assert_eq!(column(&api.post(&members(), page).await.json(), "members", "userId").len(), 2);
    let bad = json!({ "pagination": {}, "filters": [{ "addedAfter": { "iso8601": "yesterday" } }] });
    assert_invalid(&api.post(&members(), bad).await);
}

#[tokio::test]
async fn the_groups_of_a_user() {
    let (_sandbox, api) = world().await;
    let page = json!({ "pagination": {} });
    let of = |user: &str| format!("/v3/users/{user}/user-groups");
    let groups = api.post(&of(&user_id(1)), page.clone()).await.json();
    assert_eq!(column(&groups, "userGroups", "id"), [group_id(1)]);
    assert_eq!(api.post(&of(&user_id(9)), page.clone()).await.status, 404);
    let roles = api.post(&path(&format!("{}/roles", group_id(1))), page).await.json();
    assert_eq!(roles["roles"][0]["permissions"][0]["actions"], json!(["READ", "WRITE"]));
}

#[tokio::test]
async fn users_are_found_one_by_one() {
    let (sandbox, api) = world().await;
    let user = User::new(&user_id(7), "Kim@example.com").external("hr-7").employee("e-7").inactive();
    sandbox.company().add_user(user);
    let find = async |query: &str| api.get(&format!("/v2/users?companyId={COMPANY}&{query}")).await;
    let one = find("email=USER.1@example.com").await.json();
    assert_eq!((&one["length"], &one["elements"][0]["id"]), (&json!(1), &json!(user_id(1))));
    assert_eq!(find("email=kim@example.com").await.json()["length"], 0);
    let kim = find("email=kim@example.com&includeInactive=true").await.json();
    assert_eq!(
        (&kim["elements"][0]["isActive"], &kim["elements"][0]["externalId"]),
        (&json!(false), &json!("hr-7"))
    );
    assert_eq!(find("externalId=hr-7&includeInactive=true").await.json()["length"], 1);
    assert_eq!(find("employeeId=e-7&includeInactive=true").await.json()["length"], 1);
    assert_invalid(&find("includeInactive=true").await);
    assert_invalid(&find("email=x&includeInactive=1").await);
    assert_invalid(&find("mail=x").await);
    assert_invalid(&api.get("/v2/users?email=x").await);
}

#[tokio::test]
async fn users_are_found_many_at_once() {
    let (sandbox, api) = world().await;
    sandbox.company().set_active(&user_id(2), false);
    let list = async |status: &str, filters: Value| {
        let body = json!({ "companyId": { "id": COMPANY }, "userStatusFilter": status,
            "pagination": { "limit": 100 }, "filters": filters });
        api.post("/v3/users/list", body).await
    };
    let emails = json!([{ "emails": ["user.1@example.com", "USER.2@example.com", "no@example.com"] }]);
    let all = list("ALL", emails.clone()).await.json();
    assert_eq!(column(&all, "users", "id"), [user_id(1), user_id(2)]);
    assert_eq!(column(&all, "users", "email")[1], "user.2@example.com");
    assert_eq!(column(&list("ACTIVE", emails.clone()).await.json(), "users", "id"), [user_id(1)]);
    assert_eq!(list("ALL", json!([])).await.json()["pagination"]["totalNumResults"], 3);
    sandbox.company().set(|settings| settings.bare_user_list = true);
    let bare = list("INACTIVE", emails.clone()).await.json();
    assert_eq!(bare["users"], json!([{ "id": user_id(2) }]));
    assert_invalid(&api.post("/v3/users/list", json!({ "companyId": COMPANY, "pagination": {} })).await);
    assert_invalid(&api.post("/v3/users/list", json!({ "companyId": { "id": COMPANY } })).await);
    assert_invalid(&list("SOME", emails.clone()).await);
    sandbox.company().set(|settings| settings.refuse_user_list = true);
    assert_eq!(list("ALL", emails).await.status, 403);
}

#[tokio::test]
async fn the_world_changes_out_of_band() {
    let (sandbox, api) = world().await;
    let company = sandbox.company();
    company.rename_group(&group_id(1), "Renamed");
    company.change_email(&user_id(1), "new@example.com");
    assert_eq!(api.get(&path(&group_id(1))).await.json()["name"], "Renamed");
    let find = async |email: &str| {
        api.get(&format!("/v2/users?companyId={COMPANY}&email={email}")).await.json()["length"].clone()
    };
    assert_eq!((find("new@example.com").await, find("user.1@example.com").await), (json!(1), json!(0)));
    assert!(company.members(&group_id(1)).contains(&user_id(1)));
    company.delete_user(&user_id(1));
    assert_eq!(company.members(&group_id(1)).into_iter().collect::<Vec<_>>(), [user_id(2)]);
    company.delete_group(&group_id(1));
    assert_eq!(api.post(&members(), json!({ "pagination": {} })).await.status, 404);
}

#[test]
fn timestamps_have_optional_seconds_an_hour_24_and_offsets() {
    let parse = |text| stamp::parse(text).map(|moment| moment.to_string());
    assert_eq!(parse("2026-01-09T10:15Z").as_deref(), Some("2026-01-09T10:15:00Z"));
    assert_eq!(parse("2026-01-09T24:00:30Z").as_deref(), Some("2026-01-10T00:00:30Z"));
    assert_eq!(parse("2026-01-09T10:15-02:30").as_deref(), Some("2026-01-09T12:45:00Z"));
    for bad in
        ["2026-01-09", "2026-01-09T1:15Z", "2026-01-09T10:15", "2026-13-09T10:15Z", "2026-01-09T10:15:00:00Z"]
    {
        assert_eq!(parse(bad), None, "{bad}");
    }
}
