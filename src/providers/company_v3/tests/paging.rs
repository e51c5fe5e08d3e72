//! Lists come whole or not at all.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use wiremock::{Request, ResponseTemplate};

use super::{
    Listing, World, by_name, groups, http_test, list_path, members, members_of, members_path, ok, scope,
    seen, unread, user_id,
};
use crate::core::model::Live;
use crate::providers::FaultKind;

/// Reads one group out of answers that depend on how many were given before.
async fn read_from(answer: impl Fn(usize) -> ResponseTemplate + Send + Sync + 'static) -> (Live, usize) {
    let world = World::new().await;
    let given = AtomicUsize::new(0);
    let respond = move |_: &Request| answer(given.fetch_add(1, Ordering::Relaxed));
    world.answer("POST", &members_path(1), respond).await;
    let live = world.read(&scope([("a", seen(1))])).await.unwrap();
    let calls = world.calls().await.len();
    (live, calls)
}

fn page(users: &[u32], total: usize) -> ResponseTemplate {
    let users: Vec<_> = users.iter().map(|number| json!({ "userId": user_id(*number) })).collect();
    ok(&json!({ "members": users, "pagination": { "totalNumResults": total } }))
}

#[tokio::test]
async fn pages_of_one_are_all_read() {
    http_test(async {
        let world = World::with(|connection| connection.page_size = 1).await;
        world.answer("POST", &list_path(), groups(&[(1, "A"), (2, "B"), (3, "C")])).await;
        world.answer("POST", &members_path(3), members(1..=4)).await;
        let live = world.read(&scope([("c", by_name("C"))])).await.unwrap();
        assert_eq!(members_of(&live, "c"), [1, 2, 3, 4]);
        let calls = world.calls().await;
        assert_eq!(calls.len(), 3 + 4);
        assert!(calls.iter().all(|call| call.contains(r#""limit":1"#)), "{calls:?}");
    })
    .await;
}

#[tokio::test]
async fn a_provider_with_smaller_pages_than_asked_for_is_followed() {
    http_test(async {
        let world = World::new().await;
        world.answer("POST", &members_path(1), Listing { clamp: 20, ..members(1..=110) }).await;
        let live = world.read(&scope([("a", seen(1))])).await.unwrap();
        assert_eq!(members_of(&live, "a"), (1..=110).collect::<Vec<_>>());
        assert_eq!(world.calls().await.len(), 6);
    })
    .await;
}

#[tokio::test]
async fn a_total_that_moves_while_reading_means_another_reading() {
    http_test(async {
        let (live, calls) = read_from(|given| match given {
            0 => page(&[1, 2], 3),
            1 => page(&[3], 4),
            2 => page(&[1, 2], 4),
            _ => page(&[3, 4], 4),
        })
        .await;
        assert_eq!(members_of(&live, "a"), [1, 2, 3, 4]);
        assert_eq!(calls, 4);
    })
    .await;
}

#[tokio::test]
async fn a_member_twice_and_another_not_at_all_is_not_the_whole() {
    http_test(async {
        let (live, calls) =
            read_from(|given| if given % 2 == 0 { page(&[1, 2], 4) } else { page(&[2, 3], 4) }).await;
        assert!(live.groups.is_empty());
        assert!(unread(&live, "a").contains("3 different items came, with a total of 4"), "{live:?}");
        assert_eq!(calls, 6, "three readings");
    })
    .await;
}

#[tokio::test]
async fn fewer_members_than_the_total_are_not_the_whole() {
    http_test(async {
        let (live, _) = read_from(|_| page(&[], 2)).await;
        assert!(live.groups.is_empty() && !live.unread.is_empty());
        let (live, _) = read_from(|_| ok(&json!({ "pagination": { "totalNumResults": 2 } }))).await;
        assert!(live.groups.is_empty() && !live.unread.is_empty());
    })
    .await;
}

#[tokio::test]
async fn without_a_total_nobody_knows_whether_it_is_the_whole() {
    http_test(async {
        let (live, calls) = read_from(|_| ok(&json!({ "members": [{ "userId": user_id(1) }] }))).await;
        assert!(live.groups.is_empty());
        assert!(unread(&live, "a").contains("does not say how many"), "{live:?}");
        assert_eq!(calls, 1);
    })
    .await;
}

#[tokio::test]
async fn a_list_of_groups_that_does_not_come_whole_concerns_everything() {
    http_test(async {
        let world = World::new().await;
        world.answer("POST", &list_path(), ok(&json!({ "userGroups": [{ "id": "g", "name": "C" }] }))).await;
        let fault = world.read(&scope([("c", by_name("C"))])).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unreadable);
    })
    .await;
}
