//! Reading members: whole, or only some.

use std::collections::BTreeSet;

use serde_json::json;
use wiremock::ResponseTemplate;

use super::{
    Listing, World, group_id, http_test, members, members_of, members_path, ok, refusal, scope, seen, unread,
    user, user_id,
};
use crate::core::model::{GroupId, Scope, UserId};
use crate::providers::{FaultKind, Provider};

/// One group of which only some members matter, with what is known of its size.
fn only(users: impl IntoIterator<Item = u32>, known: Option<usize>) -> Scope {
    let mut scope = scope([("a", seen(1))]);
    scope.groups[0].only = Some(users.into_iter().map(user).collect());
    scope.hints.members.extend(known.map(|known| (GroupId::new(&group_id(1)).unwrap(), known)));
    scope
}

#[tokio::test]
async fn some_members_are_asked_for_by_id() {
    http_test(async {
        let world = World::new().await;
        world.answer("POST", &members_path(1), members(1..=500)).await;
        let live = world.read(&only([3, 4, 900], Some(500))).await.unwrap();
        assert_eq!(members_of(&live, "a"), [3, 4]);
        let ids = [3, 4, 900].map(user_id);
        assert_eq!(
            world.calls().await,
            [format!(
                r#"POST …/{}/members {{"filters":[{{"userIds":["{}","{}","{}"]}}],"pagination":{{"limit":100,"offset":0}},"sortParams":{{"sortBy":"ADDED_AT","sortOrder":"ASC"}}}}"#,
                group_id(1), ids[0], ids[1], ids[2]
            )]
        );
    })
    .await;
}

#[tokio::test]
async fn the_way_with_fewer_calls_is_taken() {
    http_test(async {
        for (asked, known, calls, filtered) in [
            (100, Some(100), 1, true),
            (150, Some(100), 1, false),
            (150, Some(250), 2, true),
            (250, None, 3, true),
            (1, Some(0), 1, true),
            (0, Some(500), 0, true),
        ] {
            let world = World::new().await;
            world.answer("POST", &members_path(1), members(1..=100)).await;
            let live = world.read(&only(1..=asked, known)).await.unwrap();
            assert_eq!(members_of(&live, "a"), (1..=asked.min(100)).collect::<Vec<_>>());
            let seen = world.calls().await;
            assert_eq!(seen.len(), calls, "asked for {asked} of {known:?}");
            assert_eq!(
                seen.iter().all(|call| call.contains("filters")),
                filtered,
                "asked for {asked} of {known:?}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn an_id_in_upper_case_is_the_same_member() {
    http_test(async {
        let world = World::new().await;
        world.answer("POST", &members_path(1), members([3])).await;
        let upper = UserId::new(&user_id(3).to_uppercase()).unwrap();
        for known in [None, Some(0)] {
            let mut wanted = only((10..210).filter(|_| known.is_some()), known);
            wanted.groups[0].only.as_mut().unwrap().insert(upper.clone());
            let live = world.read(&wanted).await.unwrap();
            assert_eq!(live.groups.values().next().unwrap().members, [upper.clone()].into());
        }
        let calls = world.calls().await;
        assert!(calls[0].contains("filters") && !calls[1].contains("filters"), "{calls:?}");
    })
    .await;
}

#[tokio::test]
async fn a_filter_that_is_not_heeded_brings_no_stranger_in() {
    http_test(async {
        let world = World::new().await;
        world.answer("POST", &members_path(1), Listing { filter: |_, _| true, ..members(1..=150) }).await;
        let live = world.read(&only([3, 149, 900], Some(150))).await.unwrap();
        assert_eq!(members_of(&live, "a"), [3, 149]);
        assert_eq!(world.calls().await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_filter_that_is_refused_gives_way_to_the_whole_group() {
    http_test(async {
        let world = World::new().await;
        world.answer_once("POST", &members_path(1), refusal(400, "API_VALIDATION_FAILED", "userIds")).await;
        world.answer("POST", &members_path(1), members(1..=5)).await;
        let live = world.read(&only([3, 900], Some(5))).await.unwrap();
        assert_eq!(members_of(&live, "a"), [3]);
        let filtered: Vec<bool> = world.calls().await.iter().map(|call| call.contains("filters")).collect();
        assert_eq!(filtered, [true, false]);
    })
    .await;
}

#[tokio::test]
async fn one_groups_trouble_leaves_the_others_alone() {
    http_test(async {
        let world = World::new().await;
        world.answer("POST", &members_path(1), refusal(404, "NOT_FOUND", "Gone.")).await;
        world.answer("POST", &members_path(2), members([7])).await;
        world.answer("POST", &members_path(3), ResponseTemplate::new(200).set_body_string("<html>")).await;
        let odd = json!({ "members": [{ "userId": " " }], "pagination": { "totalNumResults": 1 } });
        world.answer("POST", &members_path(4), ok(&odd)).await;
        let wanted = scope([("a", seen(1)), ("b", seen(2)), ("c", seen(3)), ("d", seen(4))]);
        let live = world.read(&wanted).await.unwrap();
        assert_eq!(members_of(&live, "b"), [7]);
        assert_eq!(live.groups.len(), 1);
        let why = unread(&live, "a");
        assert!(why.contains("Gone. (NOT_FOUND), debug id https://debug.example.invalid/r/3f2a91"), "{why}");
        assert!(!unread(&live, "c").contains("<html>"), "{live:?}");
        assert!(unread(&live, "d").contains("cannot be empty"), "{live:?}");
    })
    .await;
}

#[tokio::test]
async fn a_server_in_trouble_is_asked_again() {
    http_test(async {
        let world = World::new().await;
        world.answer_once("POST", &members_path(1), ResponseTemplate::new(502)).await;
        world.answer("POST", &members_path(1), members([7])).await;
        let live = world.read(&scope([("a", seen(1))])).await.unwrap();
        assert_eq!(members_of(&live, "a"), [7]);
        assert_eq!(world.calls().await.len(), 2);
        assert_eq!(world.provider.requests(), 3, "with the log-in");
    })
    .await;
}

#[tokio::test]
async fn credentials_that_are_not_taken_concern_everything() {
    http_test(async {
        let world = World::new().await;
        world.answer("POST", &members_path(1), refusal(401, "USER_NOT_AUTHENTICATED", "No.")).await;
        world.answer("POST", &members_path(2), members([7])).await;
        let fault = world.read(&scope([("a", seen(1)), ("b", seen(2))])).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Auth);
        assert!(fault.detail.contains("USER_NOT_AUTHENTICATED"), "{fault}");
    })
    .await;
}

#[tokio::test]
async fn members_are_a_set() {
    http_test(async {
        let world = World::new().await;
        world.answer("POST", &members_path(1), members([2, 1, 3])).await;
        let live = world.read(&scope([("a", seen(1))])).await.unwrap();
        let expected: BTreeSet<_> = [1, 2, 3].map(user).into();
        assert_eq!(live.groups.values().next().unwrap().members, expected);
    })
    .await;
}
