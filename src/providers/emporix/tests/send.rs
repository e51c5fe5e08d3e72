//! Writing: one member a call, and never more than a member.
#![expect(clippy::disallowed_methods, reason = "sending is what is tested")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use wiremock::ResponseTemplate;

use super::{World, gid, http_test, not_found, uid};
use crate::core::call::{Call, Changes, GroupChanges, SentGroup};
use crate::core::model::UserType;
use crate::core::plan::Action;
use crate::providers::{Access, FaultKind, Provider};

fn call(action: Action, group: &str, users: &[&str]) -> Call {
    Call { group: sent(group, UserType::Employee), action, users: users.iter().map(|id| uid(id)).collect() }
}

fn sent(group: &str, user_type: UserType) -> Arc<SentGroup> {
    Arc::new(SentGroup { handle: "editors".into(), id: gid(group), user_type })
}

#[tokio::test]
async fn an_addition_puts_the_pair_under_its_type_without_a_body() {
    http_test(async {
        let world = World::new().await;
        let emporix = world.provider_for(Access::Write);
        emporix.send(&call(Action::Add, "g1", &["ann"]), None).await.unwrap();
        let customer =
            Call { group: sent("g1", UserType::Customer), ..call(Action::Add, "g1", &["87413250"]) };
        emporix.send(&customer, None).await.unwrap();
        assert_eq!(
            world.calls(),
            ["PUT groups/g1/users/CUSTOMER/87413250", "PUT groups/g1/users/EMPLOYEE/ann"]
        );
        let requests = world.server.received_requests().await.unwrap();
        let put = requests.iter().find(|request| request.method.as_str() == "PUT").unwrap();
        assert!(put.body.is_empty() && put.headers.get("content-type").is_none());
        assert_eq!(put.headers["authorization"], "Bearer t0ken");
        assert_eq!(emporix.requests(), 3, "the log-in counts");
    })
    .await;
}

#[tokio::test]
async fn an_addition_of_a_member_and_a_removal_succeed_with_204() {
    http_test(async {
        let world = World::new().await;
        world.once("PUT groups/g1/users/EMPLOYEE/ann", ResponseTemplate::new(204));
        let emporix = world.provider_for(Access::Write);
        emporix.send(&call(Action::Add, "g1", &["ann"]), None).await.unwrap();
        emporix.send(&call(Action::Remove, "g1", &["bob"]), None).await.unwrap();
        assert_eq!(world.calls(), ["DELETE groups/g1/users/bob", "PUT groups/g1/users/EMPLOYEE/ann"]);
    })
    .await;
}

#[tokio::test]
async fn odd_ids_stay_one_segment_of_the_path() {
    http_test(async {
        let world = World::new().await;
        let emporix = world.provider_for(Access::Write);
        emporix.send(&call(Action::Remove, "a/b?c#d", &["%2e%2e/../ü x;y"]), None).await.unwrap();
        let requests = world.server.received_requests().await.unwrap();
        let delete = requests.iter().find(|request| request.method.as_str() == "DELETE").unwrap();
        let segments: Vec<&str> = delete.url.path().split('/').skip(1).collect();
        assert_eq!(segments.len(), 6, "{}", delete.url);
        assert!(delete.url.query().is_none() && delete.url.fragment().is_none());
        let decoded = percent_encoding::percent_decode_str(segments[5]).decode_utf8().unwrap();
        assert_eq!(decoded, "%2e%2e/../ü x;y");
        assert_eq!(percent_encoding::percent_decode_str(segments[3]).decode_utf8().unwrap(), "a/b?c#d");
    })
    .await;
}

#[tokio::test]
async fn a_call_with_no_or_several_members_is_refused_unsent() {
    http_test(async {
        let world = World::new().await;
        let emporix = world.provider_for(Access::Write);
        for users in [&[][..], &["ann", "bob"]] {
            for action in [Action::Add, Action::Remove] {
                let fault = emporix.send(&call(action, "g1", users), None).await.unwrap_err();
                assert_eq!(fault.kind, FaultKind::Refused);
            }
        }
        assert_eq!(emporix.requests(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_refusal_is_sent_once_and_carries_the_words_of_emporix() {
    http_test(async {
        let world = World::new().await;
        world.once("DELETE groups/g1/users/bob", not_found("g1"));
        let words = json!({ "code": 400, "status": "Bad Request", "message": "Vendors differ", "details": ["vendor-17"] });
        world.once("PUT groups/g1/users/EMPLOYEE/ann", ResponseTemplate::new(400).set_body_json(words));
        let emporix = world.provider_for(Access::Write);
        let fault = emporix.send(&call(Action::Remove, "g1", &["bob"]), None).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Refused);
        assert!(fault.detail.contains("Group with id 'g1' not found"), "{fault}");
        let fault = emporix.send(&call(Action::Add, "g1", &["ann"]), None).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Refused);
        assert!(fault.detail.contains("Vendors differ: vendor-17"), "{fault}");
        assert_eq!(world.calls().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again() {
    http_test(async {
        let world = World::new().await.timeout(Duration::from_secs(3));
        let late = ResponseTemplate::new(201).set_delay(Duration::from_mins(10));
        world.once("PUT groups/g1/users/EMPLOYEE/ann", late);
        world.once("DELETE groups/g1/users/bob", ResponseTemplate::new(502).set_body_string("<html>"));
        let emporix = world.provider_for(Access::Write);
        emporix.send(&call(Action::Add, "g1", &["ann"]), None).await.unwrap();
        emporix.send(&call(Action::Remove, "g1", &["bob"]), None).await.unwrap();
        assert_eq!(world.calls().len(), 4);
    })
    .await;
}

#[tokio::test]
async fn changes_are_cut_into_single_members_additions_first() {
    http_test(async {
        let world = World::new().await;
        let set = |ids: &[&str]| ids.iter().map(|id| uid(id)).collect::<BTreeSet<_>>();
        let groups = ["g1", "g2"].map(|group| GroupChanges {
            group: sent(group, UserType::Employee),
            add: set(&["ann", "bob"]),
            remove: set(&["cat"]),
        });
        let calls = world.provider().calls(&Changes { groups: groups.to_vec() });
        let actions: Vec<Action> = calls.iter().map(|call| call.action).collect();
        assert_eq!(actions, [[Action::Add; 4].as_slice(), &[Action::Remove; 2]].concat());
        assert!(calls.iter().all(|call| call.users.len() == 1));
    })
    .await;
}
