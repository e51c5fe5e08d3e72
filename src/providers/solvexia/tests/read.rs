use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use wiremock::ResponseTemplate;

use super::{
    adapter, answers, answers_json, by_id, by_name, calls, group_id, login, scope, scoped, seen, server,
    user_id,
};
use crate::core::model::{Binding, Found, GroupHandle, Lookup, LookupKey, ScopedGroup};
use crate::providers::testing::http_test;
use crate::providers::{Access, FaultKind, Provider};

/// Two groups with their members.
async fn two_groups(server: &wiremock::MockServer) {
    answers_json(
        server,
        "/usergroups",
        json!([{"id": "ug-50217", "name": "Ledger reviewers"}, {"id": "ug-50218", "name": "Close team", "new": 1}]),
    )
    .await;
    let noor = json!({"id": "u-8841", "loginName": "acme.noor.haddad"});
    let ivo = json!({"id": "u-8842", "loginName": null});
    answers_json(server, "/usergroups/ug-50217/users", json!([noor, ivo])).await;
    answers_json(server, "/usergroups/ug-50218/users", json!([])).await;
}

#[tokio::test]
async fn groups_are_found_by_id_and_name_with_one_list() {
    http_test(async {
        let server = server().await;
        two_groups(&server).await;
        let adapter = adapter(&server, Access::Read);
        let asked = scope([by_id("ledger", "ug-50217"), by_name("close", "Close team")], []);
        let live = adapter.read(&asked).await.unwrap();
        assert_eq!(live.unread, BTreeMap::new());
        let ledger = &live.groups["ledger"];
        assert_eq!((&ledger.id, ledger.name.as_str()), (&group_id("ug-50217"), "Ledger reviewers"));
        assert_eq!(ledger.members, BTreeSet::from([user_id("u-8841"), user_id("u-8842")]));
        assert_eq!(live.groups["close"].id, group_id("ug-50218"));
        assert_eq!(live.groups["close"].members, BTreeSet::new());
        assert!(live.by_groups);
        assert_eq!(live.users, None, "nobody had to be found");
        assert_eq!(
            calls(&server).await,
            [
                "GET /api/v1/usergroups",
                "GET /api/v1/usergroups/ug-50217/users",
                "GET /api/v1/usergroups/ug-50218/users"
            ]
        );
        assert_eq!(adapter.requests(), 4, "with the log-in");
        for request in server.received_requests().await.unwrap().iter().skip(1) {
            assert!(request.body.is_empty() && !request.headers.contains_key("content-type"));
        }
    })
    .await;
}

#[tokio::test]
async fn one_group_alone_is_looked_up_alone_and_seen_ones_not_at_all() {
    http_test(async {
        let server = server().await;
        two_groups(&server).await;
        answers_json(
            &server,
            "/usergroups/ug-50217",
            json!({"id": "ug-50217", "name": "L", "description": "d"}),
        )
        .await;
        let adapter = adapter(&server, Access::Read);
        let only = Some(BTreeSet::from([user_id("u-8842"), user_id("u-1")]));
        let asked = scope([by_id("ledger", "ug-50217"), seen("close", "ug-50218")], []);
        let live = adapter.read(&asked).await.unwrap();
        assert_eq!(live.groups["ledger"].name, "L");
        assert_eq!(live.groups.len(), 2);
        let asked = scope([ScopedGroup { only, ..seen("ledger", "ug-50217") }], []);
        let live = adapter.read(&asked).await.unwrap();
        assert_eq!(live.groups["ledger"].members, BTreeSet::from([user_id("u-8842")]));
        assert_eq!(
            calls(&server).await,
            [
                "GET /api/v1/usergroups/ug-50217",
                "GET /api/v1/usergroups/ug-50217/users",
                "GET /api/v1/usergroups/ug-50217/users",
                "GET /api/v1/usergroups/ug-50218/users"
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn bindings_that_mean_nothing_or_too_much_are_unread() {
    http_test(async {
        let server = server().await;
        answers_json(
            &server,
            "/usergroups",
            json!([
                {"id": "ug-1", "name": "Twins"}, {"id": "ug-2", "name": "Twins"}, {"id": "ug-3", "name": "Same"},
                {"id": "ug-4", "name": "Double"}, {"id": "ug-4", "name": "Double too"}, {"id": "..", "name": "Dots"},
                {"id": "ug-5"}, {"id": "ug-6", "name": "Fine"}
            ]),
        )
        .await;
        answers_json(&server, "/usergroups/ug-6/users", json!([])).await;
        let asked = scope(
            [
                by_name("twins", "Twins"),
                by_name("no-name", "twins"),
                by_id("no-id", "UG-1"),
                by_id("double", "ug-4"),
                by_name("dots", "Dots"),
                by_name("same-a", "Same"),
                seen("same-b", "ug-3"),
                by_name("fine", "Fine"),
            ],
            [],
        );
        let live = adapter(&server, Access::Read).read(&asked).await.unwrap();
        let same = "two bindings are one live group: same-a and same-b mean ug-3";
        let expected = [
            ("dots", "the group named `Dots` has an id that cannot be used: an id cannot be `.` or `..`"),
            ("double", "the id ug-4 is in the list of groups more than once"),
            ("no-id", "there is no group with the id UG-1"),
            ("no-name", "there is no group named `twins`"),
            ("same-a", same),
            ("same-b", same),
            ("twins", "2 groups are named `Twins` (ug-1, ug-2); write the id of the one that is meant"),
        ];
        let unread: Vec<(&str, &str)> =
            live.unread.iter().map(|(handle, why)| (handle.as_str(), why.as_str())).collect();
        assert_eq!(unread, expected);
        assert_eq!(live.groups.keys().map(GroupHandle::as_str).collect::<Vec<_>>(), ["fine"]);
        assert_eq!(calls(&server).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn one_bad_group_leaves_the_others_alone() {
    http_test(async {
        let server = server().await;
        let error = json!({"message": "Group was deleted.", "supportId": "5b0f2c1e"});
        answers(&server, "/usergroups/ug-1/users", ResponseTemplate::new(404).set_body_json(error)).await;
        answers(&server, "/usergroups/ug-2/users", ResponseTemplate::new(500).set_body_string("oops")).await;
        answers(&server, "/usergroups/ug-3/users", ResponseTemplate::new(200).set_body_string("<html>"))
            .await;
        answers_json(&server, "/usergroups/ug-4/users", json!([{"id": "u-1"}, {"id": "u-1"}])).await;
        answers_json(&server, "/usergroups/ug-5/users", json!([{"id": "u-1"}, {"id": " "}])).await;
        answers_json(&server, "/usergroups/ug-6/users", json!([{"id": "u-1"}, {"loginName": "x"}])).await;
        answers_json(&server, "/usergroups/ug-7/users", json!([{"id": "u-1"}])).await;
        let groups: Vec<_> = (1..8).map(|n| seen(&format!("g{n}"), &format!("ug-{n}"))).collect();
        let live = adapter(&server, Access::Read).read(&scope(groups, [])).await.unwrap();
        let starts = [
            ("g1", "Group was deleted. (support id 5b0f2c1e) (404, GET /api/v1/usergroups/ug-1/users)"),
            ("g2", "Internal Server Error (500, GET"),
            ("g3", "answered with something else than JSON"),
            ("g4", "the member u-1 is in the list more than once"),
            ("g5", "a member has an id that cannot be used: an id cannot be empty"),
            ("g6", "answered with JSON of another shape (application/json): missing field `id`"),
        ];
        assert_eq!(live.unread.len(), starts.len());
        for (handle, start) in starts {
            assert!(live.unread[handle].starts_with(start), "{}", live.unread[handle]);
        }
        assert_eq!(live.groups["g7"].members, BTreeSet::from([user_id("u-1")]));
    })
    .await;
}

#[tokio::test]
async fn a_missing_list_puts_the_spelling_of_the_path_in_doubt() {
    http_test(async {
        let server = server().await;
        let asked = scope([by_name("a", "A")], []);
        let fault = adapter(&server, Access::Read).read(&asked).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Refused);
        assert!(fault.detail.starts_with("there is no such address"), "{fault}");
        assert!(fault.detail.ends_with("/api/v1/userGroups, so the spelling is in doubt"), "{fault}");
    })
    .await;
}

#[tokio::test]
async fn a_forbidden_list_asks_for_the_scope() {
    http_test(async {
        let server = server().await;
        let error = json!({"message": "Access denied."});
        answers(&server, "/usergroups", ResponseTemplate::new(403).set_body_json(error)).await;
        answers_json(&server, "/usergroups/ug-9/users", json!([])).await;
        let fault = adapter(&server, Access::Read).read(&scope([by_name("a", "A")], [])).await.unwrap_err();
        assert_eq!(
            fault.detail,
            "Access denied. (403, GET /api/v1/usergroups); has the application the scope usergroup_read?"
        );
        let asked = scope([by_name("a", "A"), seen("b", "ug-9")], []);
        let live = adapter(&server, Access::Read).read(&asked).await.unwrap();
        assert_eq!(live.unread["a"], fault.detail);
        assert!(live.groups.contains_key("b"));
    })
    .await;
}

#[tokio::test]
async fn an_unknown_id_alone_is_unread() {
    http_test(async {
        let server = server().await;
        let error = json!({"message": "Not found."});
        answers(&server, "/usergroups/ug-1", ResponseTemplate::new(404).set_body_json(error)).await;
        let live = adapter(&server, Access::Read).read(&scope([by_id("a", "ug-1")], [])).await.unwrap();
        assert_eq!(live.unread["a"], "Not found. (404, GET /api/v1/usergroups/ug-1)");
        assert_eq!(live.groups, BTreeMap::new());
    })
    .await;
}

#[tokio::test]
async fn people_are_found_by_login_whatever_its_case() {
    http_test(async {
        let server = server().await;
        answers_json(
            &server,
            "/users",
            json!([
                {"id": "u-1", "loginName": "acme.Noor "}, {"id": "u-2", "loginName": "ACME.ÄNNE"},
                {"id": "u-3", "loginName": "twin"}, {"id": "u-4", "loginName": "TWIN"},
                {"id": "u-5", "loginName": null}, {"id": "u-6", "loginName": ""}, {"id": "..", "loginName": "dots"}
            ]),
        )
        .await;
        let email = Lookup { person: "mail".into(), key: LookupKey::Email("a@b.example".to_owned()) };
        let lookups = [
            login("noor", "ACME.noor"),
            login("anne", " acme.änne"),
            login("twin", "Twin"),
            login("nobody", "acme.zoe"),
            login("empty", " "),
            login("dots", "dots"),
            email.clone(),
        ];
        let adapter = adapter(&server, Access::Read);
        let live = adapter.read(&scope([], lookups)).await.unwrap();
        assert_eq!(live.found["noor"], Found::One(user_id("u-1")));
        assert_eq!(live.found["anne"], Found::One(user_id("u-2")));
        assert_eq!(live.found["twin"], Found::Many(vec![user_id("u-3"), user_id("u-4")]));
        assert_eq!(live.found["nobody"], Found::None);
        assert_eq!(live.found["empty"], Found::None);
        assert!(matches!(&live.found["dots"], Found::Refused(why) if why.contains("cannot be used")));
        assert!(matches!(&live.found["mail"], Found::Refused(why) if why.contains("email")));
        assert_eq!(live.users, Some(7));
        let live = adapter.read(&scope([], [email])).await.unwrap();
        assert_eq!((live.found.len(), live.users), (1, None));
        assert_eq!(calls(&server).await, ["GET /api/v1/users"]);
    })
    .await;
}

#[tokio::test]
async fn without_the_list_of_users_everybody_is_refused_and_the_groups_are_read() {
    http_test(async {
        let server = server().await;
        let error = json!({"message": "Access denied."});
        answers(&server, "/users", ResponseTemplate::new(403).set_body_json(error)).await;
        answers_json(&server, "/usergroups/ug-1/users", json!([])).await;
        let asked = scope([scoped("a", Binding::Seen(group_id("ug-1")))], [login("noor", "noor")]);
        let live = adapter(&server, Access::Read).read(&asked).await.unwrap();
        let expected = "Access denied. (403, GET /api/v1/users); has the application the scope user_read?";
        assert_eq!(live.found["noor"], Found::Refused(expected.to_owned()));
        assert_eq!(live.users, None);
        assert!(live.groups.contains_key("a"));
    })
    .await;
}

#[tokio::test]
async fn a_list_of_users_that_does_not_come_says_nothing_of_anybody() {
    http_test(async {
        let server = server().await;
        answers(&server, "/users", ResponseTemplate::new(200).set_body_string("<html>")).await;
        answers_json(&server, "/usergroups/ug-1/users", json!([])).await;
        let asked = scope([scoped("a", Binding::Seen(group_id("ug-1")))], [login("noor", "noor")]);
        let fault = adapter(&server, Access::Read).read(&asked).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unreadable);
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_is_given_up_reads_nothing() {
    http_test(async {
        let server = server().await;
        answers_json(&server, "/usergroups/ug-0/users", json!([])).await;
        for n in 1..12 {
            answers(&server, &format!("/usergroups/ug-{n}/users"), ResponseTemplate::new(503)).await;
        }
        let groups: Vec<_> = (0..12).map(|n| seen(&format!("g{n}"), &format!("ug-{n}"))).collect();
        let fault = adapter(&server, Access::Read).read(&scope(groups, [])).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Passing);
        assert!(fault.detail.starts_with("gave up on this provider"), "{fault}");
    })
    .await;
}
