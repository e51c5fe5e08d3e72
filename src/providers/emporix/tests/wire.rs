//! JSON to our model.

use std::collections::HashSet;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{gid, uid};
use crate::core::model::UserType;
use crate::providers::FaultKind;
use crate::providers::emporix::wire::{self, Stated, email_key, explain};

fn row<Row: DeserializeOwned>(value: Value) -> Row {
    serde_json::from_value(value).unwrap()
}

fn group(value: Value) -> wire::Group {
    wire::group(row(value)).unwrap()
}

#[test]
fn a_group_is_shown_in_english_and_known_in_every_language() {
    let read = group(json!({
        "id": "g1", "name": { "de": "Katalogredaktion", "en": "Catalog editors" }, "userType": "EMPLOYEE",
        "metadata": { "version": 3 }, "never": ["heard", "of"],
    }));
    assert_eq!(read.name, "Catalog editors");
    assert!(read.names.contains("Katalogredaktion") && read.names.contains("Catalog editors"));
    assert_eq!(read.user_type, Stated::Known(UserType::Employee));
}

#[test]
fn a_group_without_english_is_shown_in_its_first_language() {
    assert_eq!(group(json!({ "id": "g1", "name": { "fr": "Acheteurs", "de": "Einkauf" } })).name, "Einkauf");
    assert_eq!(group(json!({ "id": "g1", "name": "Plain" })).name, "Plain");
}

#[test]
fn odd_or_missing_optional_fields_of_a_group_do_not_break_it() {
    for odd in [
        json!({ "id": "g1" }),
        json!({ "id": "g1", "name": null }),
        json!({ "id": "g1", "name": 7, "userType": 7 }),
    ] {
        let read = group(odd);
        assert_eq!((read.name.as_str(), read.user_type), ("", Stated::Unsaid));
        assert!(read.names.is_empty());
    }
    assert_eq!(group(json!({ "id": "g1", "name": { "en": 1, "de": "Einkauf" } })).name, "Einkauf");
}

#[test]
fn ids_that_could_not_be_one_segment_of_a_path_are_unreadable() {
    for bad in [json!(null), json!(""), json!("  "), json!("."), json!(".."), json!("a\nb")] {
        let fault = wire::group(row(json!({ "id": bad }))).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unreadable);
        assert!(wire::member(&row(json!({ "userId": bad })), &gid("g1")).is_err());
        assert!(wire::user(&row(json!({ "id": bad })), &mut HashSet::new()).is_err());
    }
}

#[test]
fn a_member_is_its_user_id_and_not_the_assignment() {
    let read = wire::member(
        &row(json!({ "id": "assignment", "groupId": "g1", "userId": "u1", "userType": "customer" })),
        &gid("g1"),
    );
    let member = read.unwrap();
    assert_eq!((member.user, member.user_type), (uid("u1"), Stated::Known(UserType::Customer)));
    assert!(wire::member(&row(json!({ "userId": "u1" })), &gid("g1")).is_ok());
}

#[test]
fn a_row_of_another_group_is_not_a_member() {
    let swapped = row(json!({ "groupId": "u1", "userId": "g1" }));
    assert_eq!(wire::member(&swapped, &gid("g1")).unwrap_err().kind, FaultKind::Unreadable);
}

#[test]
fn user_types_are_compared_without_case_and_silence_contradicts_nothing() {
    let stated = |value: Value| {
        wire::member(&row(json!({ "userId": "u", "userType": value })), &gid("g")).unwrap().user_type
    };
    assert!(!stated(json!("Employee")).contradicts(UserType::Employee));
    assert!(stated(json!("CUSTOMER")).contradicts(UserType::Employee));
    assert!(stated(json!("ROBOT")).contradicts(UserType::Employee));
    assert!(!stated(json!(null)).contradicts(UserType::Employee));
}

#[test]
fn a_user_row_needs_no_more_than_an_id() {
    let read = wire::user(&row(json!({ "id": "u1" })), &mut HashSet::new()).unwrap();
    assert_eq!((read.id, read.email, read.locked, read.groups), (uid("u1"), None, false, None));
}

#[test]
fn groups_of_a_user_that_cannot_all_be_read_are_not_read_at_all() {
    for odd in [json!(null), json!("g1"), json!(["g1", 7]), json!(["g1", ""])] {
        let read = wire::user(&row(json!({ "id": "u1", "groupIds": odd })), &mut HashSet::new()).unwrap();
        assert_eq!(read.groups, None);
    }
    let read = wire::user(&row(json!({ "id": "u1", "groupIds": [] })), &mut HashSet::new()).unwrap();
    assert_eq!(read.groups, Some(vec![]));
}

#[test]
fn a_backoffice_number_counts_only_where_it_differs() {
    let number = |number: &str| {
        wire::user(&row(json!({ "id": "u1", "backofficeUserNumber": number })), &mut HashSet::new())
            .unwrap()
            .other_number
    };
    assert_eq!(number("u1"), None);
    assert_eq!(number("4711"), Some("4711".to_owned()));
}

#[test]
fn emails_are_compared_trimmed_and_without_case() {
    assert_eq!(email_key(" ÄNNE@Acme.Example\n"), email_key("änne@acme.example"));
    assert_eq!(email_key("  "), None);
}

#[test]
fn errors_are_worded_whatever_their_shape() {
    let said = |value: Value| explain(value.to_string().as_bytes());
    assert_eq!(
        said(
            json!({ "resourceId": "g1", "code": 404, "message": "Error while getting group", "details": ["not found"] })
        ),
        "Error while getting group: not found (resource g1)"
    );
    assert_eq!(
        said(json!({ "resourceId": "g1", "message": "no group g1", "details": null })),
        "no group g1",
        "the resource is not said twice"
    );
    assert_eq!(
        said(
            json!({ "fault": { "faultstring": "Invalid Access Token", "detail": { "errorcode": "keymanagement.x" } } })
        ),
        "Invalid Access Token: keymanagement.x"
    );
    assert_eq!(
        said(json!({ "error": "invalid_client", "error_description": "who?" })),
        "invalid_client: who?"
    );
    for nothing in
        [json!({}), json!([]), json!(null), json!({ "message": 7, "details": [7, " "], "fault": "x" })]
    {
        assert_eq!(said(nothing), "");
    }
    assert_eq!(explain(b"<html>Bad gateway</html>"), "");
    assert_eq!(explain(&[0xff, 0xfe]), "");
}

#[test]
fn a_long_error_comes_whole_so_that_secrets_in_it_can_be_struck_out() {
    let long = "ä".repeat(5000);
    assert_eq!(explain(json!({ "message": long }).to_string().as_bytes()), long);
}
