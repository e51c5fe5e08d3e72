//! JSON to model and back, without a network.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::wire::{self, GroupPage, MemberPage, User, UserMatches, UserPage};
use super::{user, user_id};

fn asked(emails: &[&str]) -> BTreeSet<String> {
    emails.iter().map(|email| wire::comparable(email)).collect()
}

fn listed(user: &Value, emails: &[&str]) -> Option<User> {
    let page: UserPage = serde_json::from_value(json!({ "users": [user] })).unwrap();
    page.into_page(&asked(emails)).map(|page| page.items.into_iter().next().unwrap())
}

fn email_of(user: &Value) -> Option<String> {
    listed(user, &["ann@acme.example", "bob@acme.example"]).unwrap().email
}

#[test]
fn a_page_says_how_many_there_are_or_nothing() {
    let total = |pagination: Value| {
        let page: MemberPage =
            serde_json::from_value(json!({ "members": [], "pagination": pagination })).unwrap();
        page.into_page().unwrap().total
    };
    assert_eq!(total(json!({ "totalNumResults": 7 })), Some(7));
    for silent in [
        json!({}),
        json!(null),
        json!({ "totalNumResults": null }),
        json!({ "totalNumResults": -1 }),
        json!({ "totalNumResults": "7" }),
    ] {
        assert_eq!(total(silent), None);
    }
    let bare: GroupPage = serde_json::from_value(json!({ "userGroups": [] })).unwrap();
    let bare = bare.into_page().unwrap();
    assert!(bare.items.is_empty() && bare.total.is_none());
}

#[test]
fn an_answer_without_its_list_is_no_empty_list() {
    let null =
        json!({ "members": null, "userGroups": null, "users": null, "pagination": { "totalNumResults": 0 } });
    assert!(serde_json::from_value::<MemberPage>(null.clone()).is_err());
    assert!(serde_json::from_value::<GroupPage>(null.clone()).is_err());
    assert!(serde_json::from_value::<UserPage>(null).is_err());
    let sizes = |pagination: Value| {
        let body = json!({ "pagination": pagination });
        let members: MemberPage = serde_json::from_value(body.clone()).unwrap();
        let groups: GroupPage = serde_json::from_value(body.clone()).unwrap();
        let users: UserPage = serde_json::from_value(body).unwrap();
        let sizes = (members.into_page(), groups.into_page(), users.into_page(&asked(&[])));
        [sizes.0.map(|it| it.items.len()), sizes.1.map(|it| it.items.len()), sizes.2.map(|it| it.items.len())]
    };
    for unsure in [json!(null), json!({}), json!({ "totalNumResults": 1 }), json!({ "totalNumResults": "0" })]
    {
        assert_eq!(sizes(unsure), [None; 3]);
    }
    assert_eq!(sizes(json!({ "totalNumResults": 0 })), [Some(0); 3], "left out, and the total agrees");
}

#[test]
fn a_member_without_an_id_is_no_page() {
    assert!(serde_json::from_value::<MemberPage>(json!({ "members": [{ "addedAt": "now" }] })).is_err());
    assert!(serde_json::from_value::<MemberPage>(json!({ "members": [{ "userId": 7 }] })).is_err());
}

#[test]
fn ids_are_text_or_objects_and_lower_case() {
    let written = json!({ "members": [{ "userId": "ABC-1" }, { "userId": { "id": "ABC-2" } }] });
    let page: MemberPage = serde_json::from_value(written).unwrap();
    let ids: Vec<String> =
        page.into_page().unwrap().items.iter().map(|each| each.user_id.as_str().to_owned()).collect();
    assert_eq!(ids, ["abc-1", "abc-2"]);
}

#[test]
fn a_listed_user_has_the_email_it_was_asked_by() {
    let id = user_id(1);
    assert_eq!(
        email_of(&json!({ "id": id, "email": " ANN@acme.example " })).as_deref(),
        Some("ann@acme.example")
    );
    let nested = json!({ "id": { "id": id }, "businessInfo": { "officialEmail": "Bob@Acme.example" } });
    assert_eq!(email_of(&nested).as_deref(), Some("bob@acme.example"));
    let listed = json!({ "id": id, "emails": [{ "value": "x@y.example" }, { "value": "bob@acme.example" }] });
    assert_eq!(email_of(&listed).as_deref(), Some("bob@acme.example"));
}

#[test]
fn an_email_that_may_be_somebody_elses_identifies_nobody() {
    let id = user_id(1);
    for unclear in [
        json!({ "id": id }),
        json!({ "id": id, "email": "carol@acme.example", "otherEmail": "ann@acme.example" }),
        json!({ "id": id, "name": "ann@acme.example" }),
        json!({ "id": id, "manager": { "email": "ann@acme.example" } }),
        json!({ "id": id, "contactEmail": "ann@acme.example", "info": { "email": "bob@acme.example" } }),
    ] {
        assert_eq!(email_of(&unclear), None, "{unclear}");
    }
}

#[test]
fn case_is_a_matter_of_unicode() {
    let found =
        listed(&json!({ "id": user_id(1), "email": "JÖRG@ACME.EXAMPLE" }), &["jörg@acme.example"]).unwrap();
    assert_eq!(found.email.as_deref(), Some("jörg@acme.example"));
}

#[test]
fn a_user_without_a_usable_id_is_not_understood() {
    for wrong in
        [json!({}), json!({ "id": 7 }), json!({ "id": "" }), json!({ "id": ".." }), json!("ann"), json!(null)]
    {
        assert_eq!(listed(&wrong, &["ann@acme.example"]), None, "{wrong}");
    }
}

#[test]
fn a_look_up_takes_only_users_with_that_email() {
    let matches: UserMatches = serde_json::from_value(json!({
        "length": 3,
        "elements": [
            { "id": user_id(1), "email": "Ann@Acme.example", "isActive": false, "persona": "EMPLOYEE" },
            { "id": user_id(2), "email": "annie@acme.example" },
            { "id": user_id(3) },
        ],
    }))
    .unwrap();
    let users = matches.into_users("ann@acme.example").unwrap();
    let seen: Vec<_> = users.into_iter().map(|user| (user.id, user.inactive)).collect();
    assert_eq!(seen, [(user(1), true), (user(3), false)]);
}

#[test]
fn a_look_up_that_was_cut_short_is_not_understood() {
    let cut: UserMatches =
        serde_json::from_value(json!({ "length": 2, "elements": [{ "id": user_id(1) }] })).unwrap();
    assert_eq!(cut.into_users("ann@acme.example"), None);
    let none: UserMatches = serde_json::from_value(json!({ "length": 0 })).unwrap();
    assert_eq!(none.into_users("ann@acme.example"), Some(vec![]));
}
