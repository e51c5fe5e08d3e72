//! The pure parts: which way is cheaper, which group a binding means, where two lists contradict.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Value, json};

use super::{gid, lookup, named, scoped, uid};
use crate::core::model::{Binding, Found, Lookup, LookupKey, ScopedGroup};
use crate::providers::emporix::choose::{UserList, Way, cheaper, pages};
use crate::providers::emporix::groups::{Known, resolve, single_is_fewer};
use crate::providers::emporix::users::Users;
use crate::providers::emporix::wire::{self, Member, Stated};
use crate::providers::{Fault, FaultKind};

#[test]
fn the_way_with_fewer_calls_is_taken_and_of_equals_the_member_lists() {
    assert_eq!(cheaper(5, UserList::Pages(4), false), Way::ByUsers);
    assert_eq!(cheaper(5, UserList::Pages(5), false), Way::ByGroups);
    assert_eq!(cheaper(5, UserList::Pages(0), false), Way::ByUsers);
    assert_eq!(cheaper(1, UserList::ReadAnyway, false), Way::ByUsers);
}

#[test]
fn without_groups_of_employees_nothing_is_read_by_users() {
    for users in [UserList::ReadAnyway, UserList::Pages(0), UserList::Unknown] {
        assert_eq!(cheaper(0, users, false), Way::ByGroups);
    }
}

#[test]
fn an_unknown_number_of_users_is_looked_at_only_where_it_may_pay() {
    assert_eq!(cheaper(2, UserList::Unknown, false), Way::ByGroups);
    assert_eq!(cheaper(3, UserList::Unknown, false), Way::Look);
}

#[test]
fn a_read_by_groups_that_is_due_is_done_and_compared_where_the_users_are_there_anyway() {
    assert_eq!(cheaper(5, UserList::ReadAnyway, true), Way::Both);
    assert_eq!(cheaper(5, UserList::Pages(1), true), Way::ByGroups);
    assert_eq!(cheaper(5, UserList::Unknown, true), Way::ByGroups);
}

#[test]
fn an_empty_list_takes_a_page_too() {
    assert_eq!(
        [pages(0, 100), pages(1, 100), pages(100, 100), pages(101, 100), pages(3, 0)],
        [1, 1, 1, 2, 3]
    );
}

#[test]
fn single_reads_are_taken_only_when_they_are_fewer_than_the_pages_left() {
    assert!(single_is_fewer(1, Some(2)));
    assert!(!single_is_fewer(2, Some(2)));
    assert!(!single_is_fewer(1, Some(0)));
    assert!(single_is_fewer(1, None));
    assert!(!single_is_fewer(2, None));
}

fn known(groups: &[Value]) -> Known {
    let read = |group: &Value| wire::group(serde_json::from_value(group.clone()).unwrap()).unwrap();
    Known::from(groups.iter().map(read).collect::<Vec<_>>())
}

fn located(groups: &[ScopedGroup], known: &Known) -> BTreeMap<String, Result<String, String>> {
    let located = resolve(groups, known).into_iter();
    located.map(|(handle, group)| (handle.to_string(), group.map(|group| group.id.to_string()))).collect()
}

#[test]
fn a_name_matches_exactly_in_any_language() {
    let known = known(&[
        json!({ "id": "g1", "name": { "en": "Editors", "de": "Redaktion" } }),
        json!({ "id": "g2", "name": "Buyers" }),
    ]);
    let groups =
        [named("a", "Redaktion"), named("b", "Buyers"), named("c", "editors"), named("d", "Redaktion ")];
    let located = located(&groups, &known);
    assert_eq!(located["a"], Ok("g1".to_owned()));
    assert_eq!(located["b"], Ok("g2".to_owned()));
    assert!(located["c"].clone().unwrap_err().contains(r#"no group has the name "editors""#));
    assert!(located["d"].is_err());
}

#[test]
fn an_ambiguous_name_names_the_candidates() {
    let known = known(&[
        json!({ "id": "g1", "name": { "en": "Sales" } }),
        json!({ "id": "g2", "name": { "de": "Sales" } }),
    ]);
    let why = located(&[named("a", "Sales")], &known)["a"].clone().unwrap_err();
    assert!(why.contains("2 groups") && why.contains("g1, g2"), "{why}");
}

#[test]
fn two_bindings_of_one_live_group_leave_it_alone() {
    let known = known(&[json!({ "id": "g1", "name": "Sales" }), json!({ "id": "g2", "name": "Other" })]);
    let groups =
        [named("a", "Sales"), scoped("b", Binding::Id(gid("g1"))), scoped("c", Binding::Seen(gid("g2")))];
    let located = located(&groups, &known);
    for handle in ["a", "b"] {
        let why = located[handle].clone().unwrap_err();
        assert!(
            why.contains("two bindings are one live group") && why.contains("a, b") && why.contains("g1"),
            "{why}"
        );
    }
    assert_eq!(located["c"], Ok("g2".to_owned()));
}

#[test]
fn a_group_that_is_unknown_says_so_and_one_that_was_seen_needs_no_knowledge() {
    let mut known = Known::default();
    known.failed.insert(gid("g2"), Fault::new(FaultKind::Refused, "gone (404)"));
    known.failed.insert(gid("g3"), Fault::new(FaultKind::Passing, "busy (503)"));
    let groups = ["g1", "g2", "g3"].map(|id| scoped(id, Binding::Id(gid(id))));
    let answers = located(&groups, &known);
    assert!(answers["g1"].clone().unwrap_err().contains("no group with the id g1"));
    assert!(answers["g2"].clone().unwrap_err().contains("gone (404)"));
    assert_eq!(answers["g3"], Err("busy (503)".to_owned()));
    assert_eq!(located(&[scoped("s", Binding::Seen(gid("g9")))], &known)["s"], Ok("g9".to_owned()));
}

fn users(rows: &[Value]) -> Users {
    let read =
        |row: &Value| wire::user(&serde_json::from_value(row.clone()).unwrap(), &mut HashSet::new()).unwrap();
    Users::new(rows.iter().map(read).collect())
}

/// What is wrong with group g1, which lists some members.
fn contradiction(users: &Users, listed: &[&str]) -> Option<String> {
    let by_users = users.memberships(&BTreeSet::from([gid("g1")]));
    let listed: Vec<Member> =
        listed.iter().map(|id| Member { user: uid(id), user_type: Stated::Unsaid }).collect();
    users.contradiction(&by_users.members["g1"], &listed)
}

#[test]
fn lists_that_agree_do_not_contradict_each_other() {
    let users = users(&[
        json!({ "id": "ann", "groupIds": ["g1", "g2"] }),
        json!({ "id": "bob", "groupIds": [] }),
        json!({ "id": "mute" }),
    ]);
    assert_eq!(contradiction(&users, &["ann"]), None);
    assert_eq!(
        contradiction(&users, &["ann", "nobody-knows-me"]),
        None,
        "finding strangers is what it is for"
    );
    assert_eq!(contradiction(&users, &["ann", "mute"]), None, "silence contradicts nothing");
}

#[test]
fn lists_that_disagree_name_whom_they_disagree_about() {
    let users =
        users(&[json!({ "id": "ann", "groupIds": ["g1"] }), json!({ "id": "bob", "groupIds": ["g2"] })]);
    assert!(contradiction(&users, &[]).unwrap().contains("disagree about ann"));
    assert!(contradiction(&users, &["ann", "bob"]).unwrap().contains("disagree about bob"));
}

#[test]
fn members_listed_under_their_number_are_said_to_be() {
    let users = users(&[json!({ "id": "ann", "backofficeUserNumber": "4711", "groupIds": [] })]);
    assert!(contradiction(&users, &["4711"]).unwrap().contains("backofficeUserNumber"));
}

#[test]
fn a_number_that_is_somebody_elses_id_is_that_somebody() {
    let users = users(&[
        json!({ "id": "ann", "backofficeUserNumber": "bob", "groupIds": [] }),
        json!({ "id": "bob", "groupIds": ["g1"] }),
    ]);
    assert_eq!(contradiction(&users, &["bob"]), None);
}

#[test]
fn a_long_reason_names_some() {
    let rows: Vec<Value> = (0..9).map(|n| json!({ "id": format!("u{n}"), "groupIds": ["g1"] })).collect();
    assert!(contradiction(&users(&rows), &[]).unwrap().ends_with("u0, u1, u2 and 6 more"));
}

#[test]
fn people_are_found_by_email_and_several_matches_identify_nobody() {
    let users = users(&[
        json!({ "id": "u1", "contactEmail": "Ann@Acme.example" }),
        json!({ "id": "u3", "contactEmail": "bob@acme.example " }),
        json!({ "id": "u2", "contactEmail": "BOB@acme.example" }),
        json!({ "id": "u4", "contactEmail": "" }),
    ]);
    let login = Lookup { person: "dan".into(), key: LookupKey::Login("dan".to_owned()) };
    let lookups = [
        lookup("ann", " ann@acme.example"),
        lookup("bob", "bob@acme.example"),
        lookup("cat", "cat@acme.example"),
        lookup("eve", " "),
        login,
    ];
    let found = users.find(&lookups);
    assert_eq!(found["ann"], Found::One(uid("u1")));
    assert_eq!(found["bob"], Found::Many(vec![uid("u2"), uid("u3")]));
    assert_eq!(found["cat"], Found::None);
    assert_eq!(found["eve"], Found::None, "an empty email is nobody's");
    assert!(matches!(found["dan"], Found::Refused(_)));
}
