//! Finding people by email.

use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, ResponseTemplate};

use super::{
    COMPANY, Listing, World, http_test, members, members_path, ok, people, refusal, seen, user, user_id,
};
use crate::core::model::{Found, Live, Lookup, LookupKey, PersonHandle};
use crate::providers::FaultKind;

const LIST: &str = "/v3/users/list";

/// Users by number and email.
fn users(users: &[(u32, &str)]) -> Listing {
    let items = users
        .iter()
        .map(|(number, email)| json!({ "id": user_id(*number), "email": email, "persona": "GUEST" }))
        .collect();
    Listing {
        field: "users",
        items,
        clamp: usize::MAX,
        filter: |user, filter| {
            let email = |value: &Value| value.as_str().unwrap().to_lowercase();
            filter["emails"].as_array().unwrap().iter().any(|asked| email(asked) == email(&user["email"]))
        },
    }
}

/// Answers the look-up of one email.
async fn single(world: &World, email: &str, answer: ResponseTemplate) {
    let mock = Mock::given(method("GET")).and(path("/v2/users")).and(query_param("companyId", COMPANY));
    let mock = mock.and(query_param("email", email)).and(query_param("includeInactive", "true"));
    mock.respond_with(answer).mount(&world.server).await;
}

fn matches(numbers: &[u32], email: &str) -> ResponseTemplate {
    let elements: Vec<_> = numbers
        .iter()
        .map(|number| json!({ "id": user_id(*number).to_uppercase(), "email": email }))
        .collect();
    ok(&json!({ "length": elements.len(), "elements": elements }))
}

fn found<'a>(live: &'a Live, person: &str) -> &'a Found {
    &live.found[&PersonHandle::from(person)]
}

#[tokio::test]
async fn people_are_found_by_the_list_of_users_without_regard_to_case() {
    http_test(async {
        let world = World::new().await;
        let all = users(&[(1, "Ann@Acme.example"), (2, "bob@acme.example"), (3, "BOB@acme.example"), (4, "zoe@acme.example")]);
        world.answer("POST", LIST, all).await;
        let asked = people(&[("ann", " ann@acme.example "), ("bob", "Bob@acme.example"), ("eve", "eve@acme.example")]);
        let live = world.read(&asked).await.unwrap();
        assert_eq!(found(&live, "ann"), &Found::One(user(1)));
        assert_eq!(found(&live, "bob"), &Found::Many(vec![user(2), user(3)]));
        assert_eq!(found(&live, "eve"), &Found::None);
        assert_eq!(
            world.calls().await,
            [format!(
                r#"POST /v3/users/list {{"companyId":{{"id":"{COMPANY}"}},"filters":[{{"emails":["ann@acme.example","Bob@acme.example","eve@acme.example"]}}],"pagination":{{"limit":100,"offset":0}},"userStatusFilter":"ALL"}}"#
            )]
        );
    })
    .await;
}

#[tokio::test]
async fn a_hundred_emails_go_into_one_call() {
    http_test(async {
        let world = World::new().await;
        let emails: Vec<String> = (1..=250).map(|number| format!("p{number}@acme.example")).collect();
        let all: Vec<(u32, &str)> = (1..).zip(emails.iter().map(String::as_str)).collect();
        world.answer("POST", LIST, users(&all)).await;
        let asked: Vec<(&str, &str)> = emails.iter().map(|email| (email.as_str(), email.as_str())).collect();
        let live = world.read(&people(&asked)).await.unwrap();
        assert_eq!(live.found.len(), 250);
        for (number, email) in all {
            assert_eq!(found(&live, email), &Found::One(user(number)));
        }
        assert_eq!(world.calls().await.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn users_may_come_page_by_page() {
    http_test(async {
        let world = World::with(|connection| connection.page_size = 1).await;
        world.answer("POST", LIST, users(&[(1, "ann@acme.example"), (2, "bob@acme.example")])).await;
        let live =
            world.read(&people(&[("ann", "ann@acme.example"), ("bob", "bob@acme.example")])).await.unwrap();
        assert_eq!((found(&live, "ann"), found(&live, "bob")), (&Found::One(user(1)), &Found::One(user(2))));
        let calls = world.calls().await;
        assert!(calls[1].contains(r#""pagination":{"limit":1,"offset":1}"#), "{calls:?}");
        assert_eq!(calls.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn two_people_with_one_email_are_asked_for_once() {
    http_test(async {
        let world = World::new().await;
        world.answer("POST", LIST, users(&[(1, "team@acme.example")])).await;
        let live =
            world.read(&people(&[("a", "team@acme.example"), ("b", "TEAM@acme.example")])).await.unwrap();
        assert_eq!((found(&live, "a"), found(&live, "b")), (&Found::One(user(1)), &Found::One(user(1))));
        assert!(world.calls().await[0].contains(r#""emails":["team@acme.example"]"#));
    })
    .await;
}

#[tokio::test]
async fn where_the_list_of_users_is_refused_each_email_is_looked_up() {
    http_test(async {
        for status in [400, 403, 404] {
            let world = World::new().await;
            world.answer("POST", LIST, refusal(status, "DRAFT", "Not for you.")).await;
            single(&world, "ann+x@acme.example", matches(&[1], "ann+X@acme.example")).await;
            single(&world, "bob@acme.example", matches(&[2, 3], "bob@acme.example")).await;
            single(&world, "eve@acme.example", matches(&[], "")).await;
            single(&world, "zoe@acme.example", refusal(400, "API_VALIDATION_FAILED", "No email.")).await;
            let asked = [
                ("ann", "ann+x@acme.example"),
                ("bob", "bob@acme.example"),
                ("eve", "eve@acme.example"),
                ("zoe", "zoe@acme.example"),
            ];
            let live = world.read(&people(&asked)).await.unwrap();
            assert_eq!(found(&live, "ann"), &Found::One(user(1)));
            assert_eq!(found(&live, "bob"), &Found::Many(vec![user(2), user(3)]));
            assert_eq!(found(&live, "eve"), &Found::None);
            let Found::Refused(why) = found(&live, "zoe") else { panic!("{live:?}") };
            assert!(why.starts_with("No email. (API_VALIDATION_FAILED), debug id"), "{why}");
            assert_eq!(world.calls().await.len(), 5);
        }
    })
    .await;
}

#[tokio::test]
async fn a_list_that_is_not_understood_gives_way_to_single_look_ups() {
    http_test(async {
        let total = json!({ "totalNumResults": 1 });
        for odd in [
            json!({ "users": [{ "id": user_id(9), "login": "ann" }], "pagination": total }),
            json!({ "users": [{ "id": user_id(9), "email": "stranger@acme.example" }], "pagination": total }),
            json!({ "users": [{ "userKey": 9, "email": "ann@acme.example" }], "pagination": total }),
            json!({ "users": "none", "pagination": total }),
            json!({ "users": [{ "id": user_id(9), "email": "ann@acme.example" }] }),
            json!({ "users": [{ "id": user_id(9), "email": "ann@acme.example" }], "pagination": { "totalNumResults": 50_000 } }),
            json!([]),
        ] {
            let world = World::new().await;
            world.answer("POST", LIST, ok(&odd)).await;
            single(&world, "ann@acme.example", matches(&[1], "ann@acme.example")).await;
            let live = world.read(&people(&[("ann", "ann@acme.example")])).await.unwrap();
            assert_eq!(found(&live, "ann"), &Found::One(user(1)), "{odd}");
            assert_eq!(world.calls().await.len(), 2, "{odd}");
        }
    })
    .await;
}

#[tokio::test]
async fn only_the_batch_in_trouble_is_looked_up_one_by_one() {
    http_test(async {
        let world = World::new().await;
        let emails: Vec<String> = (100..=250).map(|number| format!("p{number}@acme.example")).collect();
        let all: Vec<(u32, &str)> = (100..).zip(emails.iter().map(String::as_str)).collect();
        let listed = users(&all);
        let respond = move |request: &wiremock::Request| {
            if String::from_utf8_lossy(&request.body).contains("p250@") {
                refusal(400, "API_VALIDATION_FAILED", "p250")
            } else {
                wiremock::Respond::respond(&listed, request)
            }
        };
        world.answer("POST", LIST, respond).await;
        for (number, email) in &all[100..] {
            single(&world, email, matches(&[*number], email)).await;
        }
        let asked: Vec<(&str, &str)> = emails.iter().map(|email| (email.as_str(), email.as_str())).collect();
        let live = world.read(&people(&asked)).await.unwrap();
        assert!(live.found.values().all(|found| matches!(found, Found::One(_))), "{live:?}");
        assert_eq!(world.calls().await.len(), 2 + 51);
    })
    .await;
}

#[tokio::test]
async fn a_look_up_that_cannot_be_carried_out_concerns_everything() {
    http_test(async {
        let world =
            World::with(|connection| connection.retry_budget = std::time::Duration::from_millis(300)).await;
        world.answer("POST", LIST, ResponseTemplate::new(500)).await;
        let fault = world.read(&people(&[("ann", "ann@acme.example")])).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Passing);
        let calls = world.calls().await;
        assert!(calls.iter().all(|call| call.starts_with("POST /v3/users/list")), "{calls:?}");
    })
    .await;
}

#[tokio::test]
async fn a_login_or_no_email_at_all_is_answered_without_a_call() {
    http_test(async {
        let world = World::new().await;
        let mut asked = people(&[("ann", "  ")]);
        asked
            .lookups
            .push(Lookup { person: PersonHandle::from("bob"), key: LookupKey::Login("acme.bob".to_owned()) });
        let live = world.read(&asked).await.unwrap();
        assert_eq!(found(&live, "ann"), &Found::Refused("the email is empty".to_owned()));
        assert_eq!(
            found(&live, "bob"),
            &Found::Refused("users have no logins here; write an email or an id".to_owned())
        );
        assert_eq!(world.requests().await.len(), 0);
    })
    .await;
}

#[tokio::test]
async fn an_inactive_user_is_remarked_where_it_is_no_member_yet() {
    http_test(async {
        let world = World::new().await;
        let listed = json!({ "id": user_id(1), "email": "ann@acme.example", "isActive": false });
        world
            .answer("POST", LIST, ok(&json!({ "users": [listed], "pagination": { "totalNumResults": 1 } })))
            .await;
        world.answer("POST", &members_path(1), members([1, 2])).await;
        world.answer("POST", &members_path(2), members([2])).await;
        world.answer("POST", &members_path(3), members([2])).await;
        let mut asked = people(&[("ann", "ann@acme.example")]);
        asked.groups = super::scope([("in", seen(1)), ("out", seen(2)), ("part", seen(3))]).groups;
        asked.groups[2].only = Some([user(2)].into());
        let live = world.read(&asked).await.unwrap();
        assert_eq!(found(&live, "ann"), &Found::One(user(1)));
        let remarks: Vec<_> = live
            .groups
            .iter()
            .flat_map(|(handle, group)| {
                group.remarks.iter().map(move |remark| (handle.as_str(), remark.code, remark.user.clone()))
            })
            .collect();
        assert_eq!(remarks, [("out", "inactive-user", Some(user(1)))]);
    })
    .await;
}
