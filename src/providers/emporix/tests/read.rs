//! What a read answers: members, people, remarks, and what was left alone.

use serde_json::json;
use wiremock::ResponseTemplate;

use super::{World, customers, gid, http_test, lookup, members, named, scope, scoped, uid};
use crate::core::model::{Binding, Found, Live};
use crate::providers::{FaultKind, Provider};

fn remarks(live: &Live, handle: &str) -> Vec<(&'static str, Option<String>)> {
    let remarks = live.groups[handle].remarks.iter();
    remarks.map(|remark| (remark.code, remark.user.as_ref().map(ToString::to_string))).collect()
}

#[tokio::test]
async fn both_ways_see_the_same_members() {
    http_test(async {
        let world = World::new().await.group("g1", "Editors", "EMPLOYEE").group("g2", "Buyers", "EMPLOYEE");
        let world = world.user("ann", &["g1", "g2"]).user("bob", &["g2"]).user("cat", &[]);
        let by_groups = world.provider().read(&scope(&["g1", "g2"])).await.unwrap();
        let mut asked = scope(&["g1", "g2"]);
        asked.hints.users = Some(3);
        let by_users = world.provider().read(&asked).await.unwrap();
        assert_eq!(by_users.groups, by_groups.groups);
        assert_eq!((members(&by_users, "g1"), members(&by_users, "g2")), ("ann".into(), "ann bob".into()));
        assert_eq!(by_groups.groups["g1"].name, "Editors");
    })
    .await;
}

#[tokio::test]
async fn people_are_found_and_the_count_of_users_is_told() {
    http_test(async {
        let world =
            World::new().await.group("g1", "Editors", "EMPLOYEE").user("ann", &["g1"]).user("bob", &[]);
        let mut asked = scope(&["g1"]);
        asked.lookups = vec![lookup("a", "ANN@acme.example"), lookup("z", "zoe@acme.example")];
        let live = world.provider().read(&asked).await.unwrap();
        assert_eq!(live.found["a"], Found::One(uid("ann")));
        assert_eq!(live.found["z"], Found::None);
        assert_eq!(live.users, Some(2));
    })
    .await;
}

#[tokio::test]
async fn people_can_be_found_without_any_group() {
    http_test(async {
        let world = World::new().await.user("ann", &[]);
        let mut asked = scope(&[]);
        asked.lookups = vec![lookup("a", "ann@acme.example")];
        let live = world.provider().read(&asked).await.unwrap();
        assert_eq!(live.found["a"], Found::One(uid("ann")));
        assert_eq!(world.calls(), ["GET users 1"]);
        assert!(!live.by_groups, "no group was read at all");
    })
    .await;
}

#[tokio::test]
async fn trouble_in_one_group_leaves_that_group_alone() {
    http_test(async {
        let world = World::new().await.group("g1", "Editors", "EMPLOYEE").group("g2", "Buyers", "EMPLOYEE");
        let world = world.user("ann", &["g1", "g2"]);
        let html = ResponseTemplate::new(200).set_body_string("<html>maintenance</html>");
        world.once("GET groups/g1/users 1", html.insert_header("X-Total-Count", "0"));
        let live = world.provider().read(&scope(&["g1", "g2", "g9"])).await.unwrap();
        assert!(members(&live, "g1").starts_with("unread: "));
        assert!(!members(&live, "g1").contains("maintenance"), "a body is never shown");
        assert_eq!(members(&live, "g2"), "ann");
        assert!(members(&live, "g9").contains("no group with the id g9"));
    })
    .await;
}

#[tokio::test]
async fn a_refusal_that_is_not_json_is_still_told() {
    http_test(async {
        let world = World::new().await.group("g1", "Editors", "EMPLOYEE");
        world.once("GET groups/g1/users 1", ResponseTemplate::new(403).set_body_string("nope"));
        let live = world.provider().read(&scope(&["g1"])).await.unwrap();
        assert!(members(&live, "g1").contains("403"), "{}", members(&live, "g1"));
    })
    .await;
}

#[tokio::test]
async fn rows_that_make_no_sense_leave_the_group_alone() {
    http_test(async {
        for row in [
            json!({ "userId": "" }),
            json!({ "userId": 7 }),
            json!({ "groupId": "g2", "userId": "ann" }),
            json!("ann"),
        ] {
            let world = World::new().await.group("g1", "Editors", "EMPLOYEE");
            world.change(|data| drop(data.members.insert("g1".to_owned(), vec![row])));
            let live = world.provider().read(&scope(&["g1"])).await.unwrap();
            assert!(members(&live, "g1").starts_with("unread: "));
        }
    })
    .await;
}

#[tokio::test]
async fn a_list_that_everything_depends_on_must_come() {
    http_test(async {
        let world = World::new().await.group("g1", "Editors", "EMPLOYEE");
        world.once("GET groups 1", ResponseTemplate::new(403));
        assert_eq!(world.provider().read(&scope(&["g1", "g2"])).await.unwrap_err().kind, FaultKind::Refused);

        world.change(|data| data.users = vec![json!({ "id": " " })]);
        let mut asked = scope(&["g1"]);
        asked.lookups = vec![lookup("a", "ann@acme.example")];
        assert_eq!(world.provider().read(&asked).await.unwrap_err().kind, FaultKind::Unreadable);
    })
    .await;
}

#[tokio::test]
async fn members_of_another_type_are_members_with_a_remark() {
    http_test(async {
        let world = World::new().await.group("g1", "Editors", "EMPLOYEE").user("ann", &["g1"]);
        let world = world.member("g1", "87413250", "CUSTOMER");
        let live = world.provider().read(&scope(&["g1"])).await.unwrap();
        assert_eq!(members(&live, "g1"), "87413250 ann");
        assert_eq!(remarks(&live, "g1"), [("wrong-user-type", Some("87413250".to_owned()))]);
    })
    .await;
}

#[tokio::test]
async fn a_group_of_customers_that_the_roster_takes_for_employees_is_read_through_its_own_list() {
    http_test(async {
        let world = World::new().await.group("g1", "Buyers", "CUSTOMER").member("g1", "87413250", "CUSTOMER");
        let world = world.user("ann", &[]);
        let mut asked = scope(&["g1"]);
        asked.lookups = vec![lookup("a", "ann@acme.example")];
        let live = world.provider().read(&asked).await.unwrap();
        assert_eq!(members(&live, "g1"), "87413250", "the user list would have shown nobody");
        assert_eq!(remarks(&live, "g1")[0], ("wrong-user-type", None));
    })
    .await;
}

#[tokio::test]
async fn customers_are_read_through_their_own_list() {
    http_test(async {
        let world = World::new().await.group("vip", "VIP", "CUSTOMER").member("vip", "87413250", "CUSTOMER");
        let mut asked = scope(&[]);
        asked.groups = vec![customers("vip")];
        asked.hints.users = Some(1);
        let live = world.provider().read(&asked).await.unwrap();
        assert_eq!(members(&live, "vip"), "87413250");
        assert_eq!(remarks(&live, "vip"), []);
        assert_eq!(world.calls(), ["GET groups/vip", "GET groups/vip/users 1"]);
    })
    .await;
}

#[tokio::test]
async fn locked_people_are_remarked_on_where_they_are_no_members_yet() {
    http_test(async {
        let world = World::new().await.group("g1", "Editors", "EMPLOYEE").group("g2", "Buyers", "EMPLOYEE");
        let world = world.user("ann", &["g1"]);
        world.change(|data| data.users[0]["isAccountLocked"] = json!(true));
        let mut asked = scope(&["g1", "g2"]);
        asked.lookups = vec![lookup("a", "ann@acme.example")];
        let live = world.provider().read(&asked).await.unwrap();
        assert_eq!(live.found["a"], Found::One(uid("ann")));
        assert_eq!(remarks(&live, "g1"), []);
        assert_eq!(remarks(&live, "g2"), [("locked-user", Some("ann".to_owned()))]);
    })
    .await;
}

#[tokio::test]
async fn two_bindings_of_one_group_leave_it_alone() {
    http_test(async {
        let world = World::new().await.group("g1", "Editors", "EMPLOYEE").user("ann", &["g1"]);
        let mut asked = scope(&[]);
        asked.groups = vec![named("a", "Editors (de)"), scoped("b", Binding::Id(gid("g1")))];
        let live = world.provider().read(&asked).await.unwrap();
        assert!(live.groups.is_empty());
        for handle in ["a", "b"] {
            assert!(members(&live, handle).contains("two bindings are one live group"));
        }
    })
    .await;
}
