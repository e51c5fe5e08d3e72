//! Two witnesses: what happens when the member lists and the user list do not agree.

use serde_json::json;

use super::{World, http_test, lookup, members, scope};
use crate::core::model::Scope;
use crate::providers::Provider;

/// Two groups and a scope that reads them both ways.
async fn both() -> (World, Scope) {
    let world = World::new().await.group("g1", "Editors", "EMPLOYEE").group("g2", "Buyers", "EMPLOYEE");
    let mut asked = scope(&["g1", "g2"]);
    asked.lookups = vec![lookup("a", "ann@acme.example")];
    asked.hints.by_groups_due = true;
    (world.user("ann", &["g1", "g2"]).user("bob", &["g1"]), asked)
}

#[tokio::test]
async fn a_change_between_the_two_reads_is_settled_by_reading_again() {
    http_test(async {
        let (world, asked) = both().await;
        world.change(|data| data.users[1]["groupIds"] = json!([]));
        world.after("GET users 1", |data| data.users[1]["groupIds"] = json!(["g1"]));
        let live = world.provider().read(&asked).await.unwrap();
        assert_eq!((members(&live, "g1"), members(&live, "g2")), ("ann bob".into(), "ann".into()));
        let again = |call: &str| world.calls().iter().filter(|seen| *seen == call).count();
        assert_eq!(again("GET users 1"), 2);
        assert_eq!(again("GET groups/g1/users 1"), 2);
        assert_eq!(again("GET groups/g2/users 1"), 1, "nobody doubted it");
    })
    .await;
}

#[tokio::test]
async fn a_member_whom_the_user_list_denies_leaves_the_group_alone() {
    http_test(async {
        let (world, asked) = both().await;
        world.change(|data| data.users[1]["groupIds"] = json!([]));
        let live = world.provider().read(&asked).await.unwrap();
        assert!(members(&live, "g1").contains("disagree about bob"), "{}", members(&live, "g1"));
        assert_eq!(members(&live, "g2"), "ann");
        assert_eq!(
            world.calls().iter().filter(|call| *call == "GET users 1").count(),
            2,
            "once more, not for ever"
        );
    })
    .await;
}

#[tokio::test]
async fn a_member_whom_the_member_list_misses_leaves_the_group_alone() {
    http_test(async {
        let (world, asked) = both().await;
        world.change(|data| drop(data.members.get_mut("g1").unwrap().pop()));
        let live = world.provider().read(&asked).await.unwrap();
        assert!(members(&live, "g1").contains("disagree about bob"), "{}", members(&live, "g1"));
        assert!(!live.by_groups);
    })
    .await;
}

#[tokio::test]
async fn members_listed_under_their_number_leave_the_group_alone() {
    http_test(async {
        let (world, asked) = both().await;
        let world = world.member("g1", "4711", "EMPLOYEE");
        world.change(|data| {
            data.users.push(json!({ "id": "old", "backofficeUserNumber": "4711", "groupIds": [] }));
        });
        let live = world.provider().read(&asked).await.unwrap();
        assert!(members(&live, "g1").contains("backofficeUserNumber"), "{}", members(&live, "g1"));
        assert_eq!(members(&live, "g2"), "ann");
    })
    .await;
}
