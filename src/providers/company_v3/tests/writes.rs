//! Changing members.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use wiremock::ResponseTemplate;

use super::{
    World, group_id, handle, http_test, members, members_of, members_path, refusal, scope, seen, user,
    user_id,
};
use crate::core::call::{Call, Changes, GroupChanges, SentGroup};
use crate::core::model::{GroupId, UserType};
use crate::core::plan::Action;
use crate::providers::{Fault, FaultKind, Provider};

fn sent_group(number: u32) -> Arc<SentGroup> {
    let id = GroupId::new(&group_id(number)).unwrap();
    Arc::new(SentGroup { handle: handle("a"), id, user_type: UserType::default() })
}

fn call(action: Action, users: &[u32]) -> Call {
    Call { group: sent_group(1), action, users: users.iter().copied().map(user).collect() }
}

#[expect(clippy::disallowed_methods, reason = "these are the tests of sending")]
async fn send(world: &World, call: &Call) -> Result<(), Fault> {
    world.provider.send(call, None).await
}

#[tokio::test]
async fn additions_and_removals_are_patches_with_one_field() {
    http_test(async {
        let world = World::new().await;
        world.answer("PATCH", &members_path(1), ResponseTemplate::new(200).set_body_string("not JSON")).await;
        send(&world, &call(Action::Add, &[1, 2])).await.unwrap();
        send(&world, &call(Action::Remove, &[3])).await.unwrap();
        let group = group_id(1);
        assert_eq!(
            world.calls().await,
            [
                format!(r#"PATCH …/{group}/members {{"userIdsToAdd":["{}","{}"]}}"#, user_id(1), user_id(2)),
                format!(r#"PATCH …/{group}/members {{"userIdsToRemove":["{}"]}}"#, user_id(3)),
            ]
        );
        let requests = world.requests().await;
        assert_eq!(requests.last().unwrap().headers["content-type"], "application/json");
        assert_eq!(requests.last().unwrap().headers["authorization"], "Bearer tok-9f31c2");
    })
    .await;
}

#[tokio::test]
async fn the_field_of_a_removal_can_be_another() {
    http_test(async {
        let mut world = World::new().await;
        world.use_remove_field("userIdsToDelete");
        world.answer("PATCH", &members_path(1), ResponseTemplate::new(200)).await;
        send(&world, &call(Action::Remove, &[3])).await.unwrap();
        assert!(world.calls().await[0].ends_with(&format!(r#"{{"userIdsToDelete":["{}"]}}"#, user_id(3))));
    })
    .await;
}

#[tokio::test]
async fn two_hundred_and_fifty_additions_are_three_calls_before_any_removal() {
    http_test(async {
        let world = World::new().await;
        world.answer("PATCH", &members_path(1), ResponseTemplate::new(200)).await;
        let add: BTreeSet<_> = (1..=250).map(user).collect();
        let remove: BTreeSet<_> = (901..=903).map(user).collect();
        let group = GroupChanges { group: sent_group(1), add: add.clone(), remove: remove.clone() };
        let calls = world.provider.calls(&Changes { groups: vec![group] });
        let sizes: Vec<_> = calls.iter().map(|call| (call.action, call.users.len())).collect();
        assert_eq!(sizes, [(Action::Add, 100), (Action::Add, 100), (Action::Add, 50), (Action::Remove, 3)]);
        let of = |action| {
            calls.iter().filter(move |call| call.action == action).flat_map(|call| call.users.clone())
        };
        assert_eq!(of(Action::Add).collect::<BTreeSet<_>>(), add);
        assert_eq!(of(Action::Remove).collect::<BTreeSet<_>>(), remove);
        for call in &calls {
            send(&world, call).await.unwrap();
        }
        assert_eq!(world.calls().await.len(), 4);
    })
    .await;
}

#[tokio::test]
async fn a_refusal_is_reported_with_the_providers_words_and_not_repeated() {
    http_test(async {
        for status in [400, 403, 404, 409, 422] {
            let world = World::new().await;
            world
                .answer(
                    "PATCH",
                    &members_path(1),
                    refusal(status, "API_VALIDATION_FAILED", "One is unknown."),
                )
                .await;
            let fault = send(&world, &call(Action::Add, &[1, 2])).await.unwrap_err();
            assert_eq!(fault.kind, FaultKind::Refused, "{status}");
            let words =
                "One is unknown. (API_VALIDATION_FAILED), debug id https://debug.example.invalid/r/3f2a91";
            assert!(fault.detail.starts_with(words), "{fault}");
            assert_eq!(world.calls().await.len(), 1);
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_in_trouble_leaves_the_outcome_open_and_is_asked_once() {
    http_test(async {
        let world = World::new().await;
        world
            .answer(
                "PATCH",
                &members_path(1),
                ResponseTemplate::new(500).set_body_string("<html>boom</html>"),
            )
            .await;
        let fault = send(&world, &call(Action::Add, &[1])).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unknown);
        assert!(!fault.detail.contains("boom"), "{fault}");
        assert_eq!(world.calls().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_leaves_the_outcome_open_and_is_asked_once() {
    http_test(async {
        let world = World::with(|connection| connection.timeout = Duration::from_secs(3)).await;
        world.answer("POST", &members_path(1), members([])).await;
        let late = ResponseTemplate::new(200).set_delay(Duration::from_mins(10));
        world.answer("PATCH", &members_path(1), late).await;
        let fault = send(&world, &call(Action::Remove, &[1])).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unknown);
        assert_eq!(world.calls().await.len(), 1);
        assert_eq!(members_of(&world.read(&scope([("a", seen(1))])).await.unwrap(), "a"), [] as [u32; 0]);
    })
    .await;
}

#[tokio::test]
async fn too_many_calls_pass_by_waiting_because_nothing_was_carried_out() {
    http_test(async {
        let world = World::new().await;
        world.answer_once("PATCH", &members_path(1), ResponseTemplate::new(429)).await;
        world.answer("PATCH", &members_path(1), ResponseTemplate::new(200)).await;
        send(&world, &call(Action::Add, &[1])).await.unwrap();
        assert_eq!(world.calls().await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_call_without_members_is_not_sent() {
    http_test(async {
        let world = World::new().await;
        send(&world, &call(Action::Remove, &[])).await.unwrap();
        assert_eq!(world.requests().await.len(), 0);
    })
    .await;
}
