//! Finding groups: the fewest calls, and what is made of the answers.

use wiremock::ResponseTemplate;

use super::{
    Listing, World, by_id, by_name, group, group_id, groups, groups_path, handle, http_test, list_path,
    members, members_of, members_path, ok, refusal, scope, seen, unread,
};
use crate::core::model::{Binding, GroupId};
use crate::providers::FaultKind;

const LIST: &str = r#"POST …/list {"pagination":{"limit":100,"offset":0},"sortParams":{"sortBy":"CREATED_AT","sortOrder":"ASC"}}"#;
const MEMBERS: &str =
    r#"{"pagination":{"limit":100,"offset":0},"sortParams":{"sortBy":"ADDED_AT","sortOrder":"ASC"}}"#;

#[tokio::test]
async fn a_name_takes_the_whole_list_and_ids_come_out_of_it() {
    http_test(async {
        let world = World::new().await;
        world.answer("POST", &list_path(), groups(&[(1, "Approvers"), (2, "Payers"), (3, "Others")])).await;
        world.answer("POST", &members_path(1), members([7])).await;
        world.answer("POST", &members_path(2), members([8, 9])).await;
        let live = world.read(&scope([("a", by_name("Approvers")), ("p", by_id(2))])).await.unwrap();
        assert_eq!(members_of(&live, "a"), [7]);
        assert_eq!(members_of(&live, "p"), [8, 9]);
        let payers = &live.groups[&handle("p")];
        assert_eq!((payers.id.as_str(), payers.name.as_str()), (group_id(2).as_str(), "Payers"));
        assert!(live.by_groups && live.users.is_none() && live.unread.is_empty() && live.found.is_empty());
        let mut calls = world.calls().await;
        calls[1..].sort();
        assert_eq!(calls[0], LIST);
        assert_eq!(calls[1], format!("POST …/{}/members {MEMBERS}", group_id(1)));
        assert_eq!(calls[2], format!("POST …/{}/members {MEMBERS}", group_id(2)));
        assert_eq!(calls.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn one_id_is_one_get() {
    http_test(async {
        let world = World::new().await;
        world.answer("GET", &groups_path(&format!("/{}", group_id(1))), ok(&group(1, "Approvers"))).await;
        world.answer("POST", &members_path(1), members([])).await;
        let upper = Binding::Id(GroupId::new(&group_id(1).to_uppercase()).unwrap());
        let live = world.read(&scope([("a", upper)])).await.unwrap();
        assert_eq!(members_of(&live, "a"), [] as [u32; 0]);
        assert_eq!(live.groups[&handle("a")].name, "Approvers");
        assert_eq!(
            world.calls().await,
            [format!("GET …/{}", group_id(1)), format!("POST …/{}/members {MEMBERS}", group_id(1))]
        );
    })
    .await;
}

#[tokio::test]
async fn several_ids_are_one_filtered_list() {
    http_test(async {
        let world = World::new().await;
        world.answer("POST", &list_path(), groups(&[(1, "A"), (2, "B"), (3, "C")])).await;
        world.answer("POST", &members_path(1), members([7])).await;
        world.answer("POST", &members_path(3), members([8])).await;
        let live = world.read(&scope([("a", by_id(1)), ("c", by_id(3)), ("gone", by_id(4))])).await.unwrap();
        assert_eq!((members_of(&live, "a"), members_of(&live, "c")), (vec![7], vec![8]));
        assert_eq!(unread(&live, "gone"), format!("the company has no user group {}; correct the roster's `id`", group_id(4)));
        let calls = world.calls().await;
        assert_eq!(
            calls[0],
            format!(
                r#"POST …/list {{"filters":[{{"userGroupIds":["{}","{}","{}"]}}],"pagination":{{"limit":100,"offset":0}},"sortParams":{{"sortBy":"CREATED_AT","sortOrder":"ASC"}}}}"#,
                group_id(1), group_id(3), group_id(4)
            )
        );
        assert_eq!(calls.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_hundred_ids_go_into_one_filter() {
    http_test(async {
        let world = World::new().await;
        let all: Vec<(u32, &str)> = (1..=250).map(|number| (number, "Some group")).collect();
        world.answer("POST", &list_path(), groups(&all)).await;
        for number in 1..=250 {
            world.answer("POST", &members_path(number), members([number])).await;
        }
        let names: Vec<String> = (1..=250).map(|number| format!("g{number}")).collect();
        let mut wanted = scope([]);
        wanted.groups =
            names.iter().zip(1..).map(|(name, number)| super::scoped(name, by_id(number))).collect();
        let live = world.read(&wanted).await.unwrap();
        assert_eq!(live.groups.len(), 250);
        assert_eq!(members_of(&live, "g250"), [250]);
        let lists = world.calls().await.iter().filter(|call| call.starts_with("POST …/list")).count();
        assert_eq!(lists, 3);
    })
    .await;
}

#[tokio::test]
async fn a_filter_that_is_refused_or_not_heeded_gives_way_to_the_whole_list() {
    http_test(async {
        let world = World::new().await;
        world.answer_once("POST", &list_path(), refusal(400, "API_VALIDATION_FAILED", "userGroupIds")).await;
        let everything = Listing { filter: |_, _| true, ..groups(&[(1, "A"), (2, "B"), (3, "C")]) };
        world.answer("POST", &list_path(), everything).await;
        world.answer("POST", &members_path(1), members([1])).await;
        world.answer("POST", &members_path(2), members([2])).await;
        let wanted = scope([("a", by_id(1)), ("b", by_id(2))]);
        for lists in [2, 3] {
            let live = world.read(&wanted).await.unwrap();
            assert_eq!((members_of(&live, "a"), members_of(&live, "b")), (vec![1], vec![2]));
            let calls = world.calls().await;
            assert_eq!(calls.iter().filter(|call| call.starts_with("POST …/list")).count(), lists);
        }
    })
    .await;
}

#[tokio::test]
async fn a_group_that_was_seen_is_not_looked_up() {
    http_test(async {
        let world = World::new().await;
        world.answer("POST", &members_path(1), members([7])).await;
        let live = world.read(&scope([("a", seen(1))])).await.unwrap();
        assert_eq!(members_of(&live, "a"), [7]);
        assert_eq!(world.calls().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_refused_list_leaves_its_groups_unread_and_the_others_alone() {
    http_test(async {
        let world = World::new().await;
        world.answer("POST", &list_path(), refusal(403, "NOT_AUTHORIZED", "No.")).await;
        world.answer("POST", &members_path(2), members([7])).await;
        let live = world.read(&scope([("a", by_name("Approvers")), ("s", seen(2))])).await.unwrap();
        let why = unread(&live, "a");
        assert!(
            why.starts_with("the company's user groups could not be listed: No. (NOT_AUTHORIZED), debug id"),
            "{why}"
        );
        assert_eq!(members_of(&live, "s"), [7]);
    })
    .await;
}

#[tokio::test]
async fn a_refused_get_is_the_trouble_of_one_group() {
    http_test(async {
        let world = World::new().await;
        world
            .answer("GET", &groups_path(&format!("/{}", group_id(1))), refusal(404, "NOT_FOUND", "Gone."))
            .await;
        world.answer("POST", &members_path(2), members([7])).await;
        let live = world.read(&scope([("a", by_id(1)), ("s", seen(2))])).await.unwrap();
        assert!(unread(&live, "a").contains("Gone. (NOT_FOUND)"), "{live:?}");
        assert_eq!(members_of(&live, "s"), [7]);
    })
    .await;
}

#[tokio::test]
async fn a_list_that_cannot_be_had_concerns_everything() {
    http_test(async {
        let world =
            World::with(|connection| connection.retry_budget = std::time::Duration::from_millis(300)).await;
        world.answer("POST", &list_path(), ResponseTemplate::new(503)).await;
        let fault = world.read(&scope([("a", by_name("Approvers"))])).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Passing);
        assert!(world.calls().await.len() > 1, "a read is tried again");
    })
    .await;
}
