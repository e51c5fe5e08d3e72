//! Which group is meant, without a network.

use serde_json::json;

use super::super::binding::{Directory, bind};
use super::super::wire::Group;
use super::{COMPANY, by_id, by_name, group_id, scope, seen};
use crate::core::model::{Binding, GroupId};

fn directory(groups: &[(u32, &str)]) -> Directory {
    let group = |(number, name): &(u32, &str)| {
        serde_json::from_value::<Group>(json!({ "id": group_id(*number), "name": name })).unwrap()
    };
    Directory { groups: groups.iter().map(group).collect(), refused: None }
}

/// The ids that the handles were bound to, and the reasons of the others.
fn bound<const N: usize>(
    groups: [(&str, Binding); N],
    directory: &Directory,
) -> (Vec<(String, String)>, Vec<String>) {
    let (bound, unread) = bind(&scope(groups).groups, directory, COMPANY);
    let pairs = bound.into_iter().map(|one| (one.handle.to_string(), one.id.to_string())).collect();
    (pairs, unread.into_iter().map(|(handle, why)| format!("{handle}: {why}")).collect())
}

#[test]
fn a_name_matches_exactly_and_once() {
    let live = directory(&[(1, "Approvers"), (2, "approvers"), (3, "Payers"), (4, "Payers")]);
    let (pairs, unread) = bound(
        [
            ("one", by_name("Approvers")),
            ("two", by_name("Payers")),
            ("three", by_name("APPROVERS")),
            ("four", by_name("Nobody")),
        ],
        &live,
    );
    assert_eq!(pairs, [("one".to_owned(), group_id(1))]);
    assert_eq!(
        unread,
        [
            "four: the company has no user group called `Nobody`".to_owned(),
            format!(
                "three: the company has no user group called exactly `APPROVERS`; close to it: {}, {}",
                group_id(1),
                group_id(2)
            ),
            format!(
                "two: 2 user groups are called `Payers`: {}, {}; write the `id` of one instead of `name`",
                group_id(3),
                group_id(4)
            ),
        ]
    );
}

#[test]
fn two_handles_of_one_live_group_are_both_left_alone() {
    let live = directory(&[(1, "Approvers"), (2, "Payers")]);
    let upper = Binding::Seen(GroupId::new(&group_id(1).to_uppercase()).unwrap());
    let (pairs, unread) = bound([("a", by_name("Approvers")), ("b", by_id(2)), ("c", upper)], &live);
    assert_eq!(pairs, [("b".to_owned(), group_id(2))]);
    let why = format!("`a` and `c` are all user group {}; keep one of them in the roster", group_id(1));
    assert_eq!(unread, [format!("a: {why}"), format!("c: {why}")]);
}

#[test]
fn a_group_that_was_seen_needs_no_directory() {
    let (pairs, unread) = bound([("a", seen(1))], &Directory::default());
    assert_eq!((pairs, unread), (vec![("a".to_owned(), group_id(1))], vec![]));
}

#[test]
fn a_group_of_another_company_is_left_alone() {
    let stranger = json!({ "id": group_id(1), "name": "Approvers", "companyId": "7c9d1a52-3b0e-4f6a-9a41-0d5c2e8f6b10" });
    let live = Directory { groups: vec![serde_json::from_value(stranger).unwrap()], refused: None };
    let (pairs, unread) = bound([("a", by_id(1)), ("b", by_name("Approvers"))], &live);
    assert!(pairs.is_empty());
    assert!(unread[0].contains("belongs to company 7c9d1a52-3b0e-4f6a-9a41-0d5c2e8f6b10"), "{unread:?}");
    assert!(unread[1].contains("belongs to company"), "{unread:?}");
}
