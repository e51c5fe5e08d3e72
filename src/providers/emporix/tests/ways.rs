//! Which calls a read takes, and that they are the fewest.

use serde_json::json;

use super::{World, customers, gid, http_test, lookup, members, named, scope, scoped};
use crate::core::model::{Binding, Scope};
use crate::providers::Provider;

/// Groups g1 to g5 and two employees who are in all of them.
async fn world() -> World {
    let ids = ["g1", "g2", "g3", "g4", "g5"];
    let world = ids.into_iter().fold(World::new().await, |world, id| world.group(id, id, "EMPLOYEE"));
    world.user("ann", &ids).user("bob", &ids)
}

fn seen(ids: &[&str]) -> Scope {
    let groups = ids.iter().map(|id| scoped(id, Binding::Seen(gid(id)))).collect();
    Scope { groups, ..Scope::default() }
}

#[tokio::test]
async fn one_group_by_id_takes_two_calls() {
    http_test(async {
        let world = world().await;
        let live = world.provider().read(&scope(&["g1"])).await.unwrap();
        assert_eq!(world.calls(), ["GET groups/g1", "GET groups/g1/users 1"]);
        assert!(live.by_groups);
        assert_eq!(live.users, None);
    })
    .await;
}

#[tokio::test]
async fn several_groups_by_id_take_one_page_of_the_group_list() {
    http_test(async {
        let world = world().await;
        world.provider().read(&scope(&["g1", "g5"])).await.unwrap();
        assert_eq!(world.calls(), ["GET groups 1", "GET groups/g1/users 1", "GET groups/g5/users 1"]);
    })
    .await;
}

#[tokio::test]
async fn a_group_beyond_the_first_page_is_read_alone_when_that_is_fewer() {
    http_test(async {
        let world = world().await.page_size(2);
        world.provider().read(&scope(&["g1", "g5"])).await.unwrap();
        assert_eq!(world.calls()[..2], ["GET groups 1", "GET groups/g1/users 1"]);
        assert_eq!(world.calls()[2..], ["GET groups/g5", "GET groups/g5/users 1"]);
    })
    .await;
}

#[tokio::test]
async fn groups_beyond_the_first_page_are_read_from_the_list_when_that_is_fewer() {
    http_test(async {
        let world = world().await.page_size(2);
        let mut asked = seen(&[]);
        asked.groups = scope(&["g3", "g4", "g5"]).groups;
        asked.hints.by_groups_due = true;
        world.provider().read(&asked).await.unwrap();
        assert_eq!(world.calls()[..3], ["GET groups 1", "GET groups 2", "GET groups 3"]);
    })
    .await;
}

#[tokio::test]
async fn the_look_at_the_users_does_not_wait_for_the_groups() {
    http_test(async {
        let world = world().await.page_size(2);
        world.provider().read(&scope(&["g3", "g4", "g5"])).await.unwrap();
        assert_eq!(world.calls(), ["GET groups 1", "GET groups 2", "GET groups 3", "GET users 1"]);
        let seen = world.server.received_requests().await.unwrap();
        let at = |end: &str| seen.iter().position(|request| request.url.as_str().contains(end)).unwrap();
        assert!(at("/users?") < at("/groups?pageNumber=2"), "{seen:?}");
    })
    .await;
}

#[tokio::test]
async fn groups_that_were_seen_need_no_look_up() {
    http_test(async {
        let world = world().await;
        let live = world.provider().read(&seen(&["g1", "g2"])).await.unwrap();
        assert_eq!(world.calls(), ["GET groups/g1/users 1", "GET groups/g2/users 1"]);
        assert_eq!(members(&live, "g2"), "ann bob");
    })
    .await;
}

#[tokio::test]
async fn many_touched_groups_are_verified_in_one_pass_over_the_users() {
    http_test(async {
        let world = world().await;
        let mut asked = seen(&["g1", "g2", "g3"]);
        asked.hints.users = Some(2);
        let live = world.provider().read(&asked).await.unwrap();
        assert_eq!(world.calls(), ["GET users 1"]);
        assert_eq!(members(&live, "g3"), "ann bob");
        assert!(!live.by_groups);
    })
    .await;
}

#[tokio::test]
async fn large_groups_make_the_users_cheaper() {
    http_test(async {
        let world = world().await;
        let mut asked = seen(&["g1"]);
        asked.hints.users = Some(150);
        world.provider().read(&asked).await.unwrap();
        assert_eq!(world.calls(), ["GET groups/g1/users 1"]);
        asked.hints.members.insert(gid("g1"), 201);
        world.provider().read(&asked).await.unwrap();
        assert_eq!(world.calls(), ["GET groups/g1/users 1", "GET users 1"]);
    })
    .await;
}

#[tokio::test]
async fn users_that_are_listed_anyway_tell_the_memberships_too() {
    http_test(async {
        let world = world().await;
        let mut asked = scope(&["g1"]);
        asked.lookups = vec![lookup("a", "ann@acme.example")];
        let live = world.provider().read(&asked).await.unwrap();
        assert_eq!(world.calls(), ["GET groups/g1", "GET users 1"]);
        assert_eq!(members(&live, "g1"), "ann bob");
        assert!(!live.by_groups);
    })
    .await;
}

#[tokio::test]
async fn a_read_by_groups_that_is_due_sees_members_whom_the_user_list_misses() {
    http_test(async {
        let world = world().await.member("g1", "ghost", "EMPLOYEE");
        let mut asked = scope(&["g1"]);
        asked.lookups = vec![lookup("a", "ann@acme.example")];
        asked.hints.by_groups_due = true;
        let live = world.provider().read(&asked).await.unwrap();
        assert_eq!(world.calls(), ["GET groups/g1", "GET groups/g1/users 1", "GET users 1"]);
        assert_eq!(members(&live, "g1"), "ann bob ghost");
        assert!(live.by_groups);
    })
    .await;
}

#[tokio::test]
async fn a_read_by_groups_that_is_due_does_not_list_users_for_nothing() {
    http_test(async {
        let world = world().await;
        let mut asked = seen(&["g1", "g2", "g3"]);
        asked.hints.users = Some(2);
        asked.hints.by_groups_due = true;
        let live = world.provider().read(&asked).await.unwrap();
        assert_eq!(world.calls().len(), 3);
        assert!(live.by_groups);
    })
    .await;
}

#[tokio::test]
async fn the_first_page_of_users_decides_when_nothing_is_known() {
    http_test(async {
        let few = world().await;
        let live = few.provider().read(&seen(&["g1", "g2", "g3"])).await.unwrap();
        assert_eq!(few.calls(), ["GET users 1"], "and it is not fetched twice");
        assert_eq!(members(&live, "g1"), "ann bob");

        let many = world().await.page_size(2);
        let many = (0..9).fold(many, |many, number| many.user(&format!("u{number}"), &[]));
        let live = many.provider().read(&seen(&["g1", "g2", "g3"])).await.unwrap();
        assert_eq!(many.calls().iter().filter(|call| call.starts_with("GET users")).count(), 1);
        assert_eq!(many.calls().len(), 4);
        assert_eq!(members(&live, "g1"), "ann bob");
        assert_eq!(live.users, Some(11), "so that the next read need not look again");
        assert!(live.by_groups);
    })
    .await;
}

#[tokio::test]
async fn names_are_resolved_before_the_way_is_chosen() {
    http_test(async {
        let world = world().await;
        let mut asked = scope(&[]);
        asked.groups = vec![named("a", "g1"), named("b", "g2")];
        asked.hints.users = Some(150);
        let live = world.provider().read(&asked).await.unwrap();
        assert_eq!(world.calls(), ["GET groups 1", "GET groups/g1/users 1", "GET groups/g2/users 1"]);
        asked.hints.members.insert(gid("g1"), 500);
        assert_eq!(world.provider().read(&asked).await.unwrap().groups, live.groups);
        assert_eq!(world.calls()[4], "GET users 1");
    })
    .await;
}

#[tokio::test]
async fn a_user_row_without_groups_makes_the_member_lists_speak() {
    http_test(async {
        let world = world().await;
        world.change(|data| data.users.push(json!({ "id": "mute", "contactEmail": "mute@acme.example" })));
        let mut asked = scope(&["g1"]);
        asked.lookups = vec![lookup("a", "ann@acme.example")];
        let live = world.provider().read(&asked).await.unwrap();
        assert_eq!(world.calls(), ["GET groups/g1", "GET groups/g1/users 1", "GET users 1"]);
        assert_eq!(members(&live, "g1"), "ann bob");
        assert!(live.by_groups);
    })
    .await;
}

#[tokio::test]
async fn customers_and_employees_are_each_read_their_own_way() {
    http_test(async {
        let world = world().await.group("vip", "VIP", "CUSTOMER").member("vip", "87413250", "CUSTOMER");
        let mut asked = seen(&["g1", "g2"]);
        asked.groups.push(customers("vip"));
        asked.hints.users = Some(2);
        let live = world.provider().read(&asked).await.unwrap();
        assert_eq!(world.calls(), ["GET groups/vip", "GET groups/vip/users 1", "GET users 1"]);
        assert_eq!((members(&live, "g1"), members(&live, "vip")), ("ann bob".into(), "87413250".into()));
        assert!(!live.by_groups);
    })
    .await;
}
