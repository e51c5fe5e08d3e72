//! Pages: what is asked for, and lists that do not come whole.

use serde_json::json;
use wiremock::ResponseTemplate;

use super::{World, http_test, lookup, members, named, scope};
use crate::core::model::Scope;
use crate::providers::{FaultKind, Provider};

#[tokio::test]
async fn every_page_is_asked_for_with_its_total_and_names_in_all_languages() {
    http_test(async {
        let world = World::new().await.group("g1", "Editors", "EMPLOYEE").user("ann", &["g1"]);
        let mut asked = scope(&[]);
        asked.groups.push(named("g1", "Editors"));
        asked.lookups.push(lookup("ann", "ann@acme.example"));
        asked.hints.by_groups_due = true;
        world.provider().read(&asked).await.unwrap();
        let requests = world.server.received_requests().await.unwrap();
        let sent = |path: &str| requests.iter().find(|request| request.url.path() == path).unwrap();
        for path in ["/iam/acme/groups", "/iam/acme/groups/g1/users", "/iam/acme/users"] {
            let request = sent(path);
            assert_eq!(request.method.as_str(), "GET");
            assert_eq!(request.headers["x-total-count"], "true");
            assert_eq!(request.headers["accept"], "application/json");
            assert_eq!(request.headers["authorization"], "Bearer t0ken");
            assert!(request.headers["user-agent"].to_str().unwrap().starts_with("rosterd/"));
            let query = request.url.query().unwrap();
            assert!(query.contains("pageNumber=1") && query.contains("pageSize=100"), "{query}");
        }
        assert_eq!(sent("/iam/acme/groups").headers["accept-language"], "*");
        assert!(sent("/iam/acme/users").url.query().unwrap().contains("userType=EMPLOYEE"));
    })
    .await;
}

#[tokio::test]
async fn a_single_group_is_asked_for_in_all_languages_too() {
    http_test(async {
        let world = World::new().await.group("g1", "Editors", "EMPLOYEE");
        let live = world.provider().read(&scope(&["g1"])).await.unwrap();
        assert_eq!(live.groups["g1"].name, "Editors");
        let requests = world.server.received_requests().await.unwrap();
        let get = requests.iter().find(|request| request.url.path() == "/iam/acme/groups/g1").unwrap();
        assert_eq!(get.headers["accept-language"], "*");
        assert_eq!(get.url.query(), None);
    })
    .await;
}

/// Five groups, of which two are scoped by name, with five members in the first; by groups and by users.
async fn five(size: usize) -> (World, Scope) {
    let mut world = World::new().await.page_size(size);
    for number in 1..=5 {
        world = world.group(&format!("g{number}"), &format!("Group {number}"), "EMPLOYEE");
        world = world.user(&format!("u{number}"), &["g1"]);
    }
    let mut asked = scope(&[]);
    asked.groups = vec![named("one", "Group 1"), named("five", "Group 5 (de)")];
    asked.lookups = vec![lookup("ann", "u5@acme.example")];
    asked.hints.by_groups_due = true;
    (world, asked)
}

#[tokio::test]
async fn pages_of_one_item_make_the_whole() {
    http_test(async {
        let (world, asked) = five(1).await;
        let live = world.provider().read(&asked).await.unwrap();
        assert_eq!(members(&live, "one"), "u1 u2 u3 u4 u5");
        assert_eq!(members(&live, "five"), "");
        assert_eq!(live.users, Some(5));
        assert_eq!(world.calls().len(), 5 + 5 + 5 + 1);
    })
    .await;
}

#[tokio::test]
async fn a_server_that_clamps_pages_is_read_whole() {
    http_test(async {
        let (world, asked) = five(100).await;
        world.change(|data| data.clamp = Some(2));
        let live = world.provider().read(&asked).await.unwrap();
        assert_eq!(members(&live, "one"), "u1 u2 u3 u4 u5");
        assert_eq!(live.users, Some(5));
        assert_eq!(world.calls().len(), 3 + 3 + 3 + 1);
    })
    .await;
}

#[tokio::test]
async fn a_total_that_moves_while_reading_is_read_again() {
    http_test(async {
        let world = World::new().await.page_size(2).group("g1", "Editors", "EMPLOYEE");
        let world = ["ann", "bob", "cat"].into_iter().fold(world, |world, id| world.user(id, &["g1"]));
        world.after("GET groups/g1/users 1", |data| {
            // Somebody ahead of the second page leaves: everybody behind moves up by one.
            drop(data.members.get_mut("g1").unwrap().remove(0));
        });
        let live = world.provider().read(&scope(&["g1"])).await.unwrap();
        assert_eq!(members(&live, "g1"), "bob cat");
    })
    .await;
}

#[tokio::test]
async fn somebody_missing_or_twice_behind_a_steady_total_leaves_that_group_alone() {
    http_test(async {
        let world = World::new().await.page_size(2).group("g1", "Editors", "EMPLOYEE");
        let world = world.group("g2", "Buyers", "EMPLOYEE").user("dan", &["g2"]);
        let world = ["ann", "bob", "cat"].into_iter().fold(world, |world, id| world.user(id, &["g1"]));
        let twice = json!([{ "groupId": "g1", "userId": "ann", "userType": "EMPLOYEE" }]);
        for _ in 0..3 {
            let answer = ResponseTemplate::new(200).set_body_json(&twice).insert_header("X-Total-Count", "3");
            world.once("GET groups/g1/users 2", answer);
        }
        let live = world.provider().read(&scope(&["g1", "g2"])).await.unwrap();
        assert!(members(&live, "g1").starts_with("unread: members of group g1"), "{}", members(&live, "g1"));
        assert_eq!(members(&live, "g2"), "dan");
        assert!(!live.by_groups, "a list that did not come whole was not read");
    })
    .await;
}

#[tokio::test]
async fn lists_without_a_total_are_not_believed() {
    http_test(async {
        let world = World::new().await.group("g1", "Editors", "EMPLOYEE").user("ann", &["g1"]);
        world.change(|data| data.silent = true);
        let live = world.provider().read(&scope(&["g1"])).await.unwrap();
        assert!(members(&live, "g1").starts_with("unread: "));
        let mut asked = scope(&["g1"]);
        asked.lookups.push(lookup("ann", "ann@acme.example"));
        assert_eq!(world.provider().read(&asked).await.unwrap_err().kind, FaultKind::Unreadable);
    })
    .await;
}

#[tokio::test]
async fn a_total_that_is_no_number_is_not_believed() {
    http_test(async {
        let world = World::new().await.group("g1", "Editors", "EMPLOYEE");
        let answer =
            ResponseTemplate::new(200).set_body_json(json!([])).insert_header("X-Total-Count", "many");
        world.once("GET groups/g1/users 1", answer);
        let live = world.provider().read(&scope(&["g1"])).await.unwrap();
        assert!(members(&live, "g1").contains("X-Total-Count"));
    })
    .await;
}
