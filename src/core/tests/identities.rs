//! Who is who: what look-ups find, what is remembered, and what neither tells.

use std::collections::{BTreeMap, BTreeSet};

use super::world::{World, codes, lines, user};
use crate::core::model::{Found, LookupKey, PersonHandle, ProviderName};
use crate::core::plan::GroupPlan;
use crate::core::roster::{Person, PersonId};
use crate::core::wanted;

const NONE: [&str; 0] = [];

/// zoe is wanted, and what becomes of looking for her; alice is in place, bob and a stranger too many.
fn looking_for_zoe(found: Found) -> World {
    World::new()
        .people(&["alice", "bob"])
        .sought("zoe", found)
        .group("g", &["alice", "zoe"])
        .live("g", &["u-alice", "u-bob", "u-9"])
        .applied("g", "2026-11-21", &["u-alice"], &[])
}

fn details(plan: &GroupPlan) -> String {
    plan.problems.iter().map(|problem| problem.detail.as_str()).collect::<Vec<_>>().join("\n")
}

#[test]
fn who_is_found_is_added() {
    let world = looking_for_zoe(Found::One(user("u-zoe")));
    assert_eq!(world.lines("g"), ["+ zoe roster", "- u-9 drift", "- bob drift"]);
}

#[test]
fn somebody_nobody_can_identify_withholds_the_removal_of_strangers_alone() {
    for found in [
        Found::None,
        Found::Many(vec![user("u-7"), user("u-8")]),
        Found::Refused("403 not your users".into()),
    ] {
        let plan = looking_for_zoe(found).group_plan("g");
        let expected =
            ["- bob drift", "(+ zoe/? roster: unidentified-person)", "(- u-9 drift: unidentified-person)"];
        assert_eq!(lines(&plan), expected);
        assert_eq!(codes(&plan), ["unidentified-person"]);
    }
}

#[test]
fn the_problem_says_what_was_searched_for_and_what_it_costs() {
    let said = |found| details(&looking_for_zoe(found).group_plan("g"));
    assert_eq!(
        said(Found::None),
        "zoe cannot be identified at p (no user with login zoe.login): removals in this group are withheld"
    );
    assert!(said(Found::Many(vec![user("u-7"), user("u-8")])).contains("u-7, u-8; write the right id"));
    assert!(said(Found::Refused("403 denied".into())).contains("refused: 403 denied"));
}

#[test]
fn somebody_without_anything_to_be_found_by_is_unidentified() {
    let mut world = looking_for_zoe(Found::None);
    world.live.found.clear();
    world.roster.people.insert("zoe".into(), Person::default());
    let plan = world.group_plan("g");
    assert_eq!(codes(&plan), ["unidentified-person"]);
    assert!(details(&plan).contains("write one under ids"), "{}", details(&plan));
}

#[test]
fn an_id_that_was_somebodys_once_is_not_known_to_be_anothers() {
    // carol's id was corrected in the roster; the old one may be zoe's.
    let world = looking_for_zoe(Found::None).people(&["carol"]).known("carol", "u-9");
    assert!(world.lines("g").contains(&"(- carol/u-9 drift: unidentified-person)".to_owned()));
    // Nor does a handle that is gone prove that the member is not zoe.
    let world = looking_for_zoe(Found::None).known("gone", "u-9");
    assert!(world.lines("g").contains(&"(- gone/u-9 leaver: unidentified-person)".to_owned()));
}

#[test]
fn her_own_last_id_is_not_taken_from_her() {
    let world = looking_for_zoe(Found::None).known("zoe", "u-9");
    assert!(world.lines("g").contains(&"(- zoe/u-9 drift: unidentified-person)".to_owned()));
}

#[test]
fn a_group_that_does_not_want_her_is_not_held_up() {
    let world = looking_for_zoe(Found::None).group("h", &["alice"]).live("h", &["u-9"]);
    assert_eq!(world.lines("h"), ["+ alice first", "- u-9 first"]);
}

#[test]
fn any_of_several_matches_may_be_meant_and_is_left_alone_everywhere() {
    let world = looking_for_zoe(Found::Many(vec![user("u-7"), user("u-8")]))
        .group("h", &["id:u-7"])
        .live("h", &["u-8"]);
    let plan = world.group_plan("h");
    let expected = ["(+ u-7 first: unidentified-person)", "(- u-8 first: unidentified-person)"];
    assert_eq!(lines(&plan), expected);
    assert!(details(&plan).contains("u-7 is neither added nor removed: several users"), "{}", details(&plan));
}

#[test]
fn somebody_found_under_another_id_is_neither_added_nor_removed_anywhere() {
    let changed = || {
        looking_for_zoe(Found::One(user("u-new")))
            .known("zoe", "u-old")
            .group("h", &["alice"])
            .live("h", &["u-alice", "u-new", "u-old"])
    };
    let wanting = changed().group_plan("g");
    assert_eq!(codes(&wanting), ["identity-changed"]);
    assert!(lines(&wanting).contains(&"(+ zoe/? roster: unidentified-person)".to_owned()));
    assert!(details(&wanting).contains("zoe was u-old and is now found as u-new"), "{}", details(&wanting));
    let plan = changed().group_plan("h");
    let expected = ["(- u-new first: unidentified-person)", "(- zoe/u-old first: unidentified-person)"];
    assert_eq!(lines(&plan), expected);
    assert_eq!(codes(&plan), ["identity-changed"], "said once, whatever it holds up");
}

#[test]
fn a_key_that_was_edited_was_looked_at() {
    let mut world = looking_for_zoe(Found::One(user("u-new"))).known("zoe", "u-old");
    let zoe = world.remembered.identities.get_mut("zoe").unwrap();
    zoe.key = Some("zoe.before".into());
    assert!(world.lines("g").contains(&"+ zoe/u-new roster".to_owned()), "{:?}", world.lines("g"));
    // Without regard to case, it is the same key.
    world.remembered.identities.get_mut("zoe").unwrap().key = Some("zoe.login".into());
    let person = world.roster.people.get_mut("zoe").unwrap();
    person.ids.insert("p".into(), PersonId::Login(" Zoe.LOGIN ".into()));
    assert_eq!(codes(&world.group_plan("g")), ["identity-changed"]);
}

#[test]
fn an_id_that_the_roster_no_longer_gives_is_not_replaced_by_what_a_look_up_finds() {
    let mut world = looking_for_zoe(Found::One(user("u-new"))).known("zoe", "u-old");
    world.remembered.identities.get_mut("zoe").unwrap().key = None;
    assert_eq!(codes(&world.group_plan("g")), ["identity-changed"]);
}

#[test]
fn an_id_written_in_the_roster_settles_it() {
    let world = looking_for_zoe(Found::None).known("zoe", "u-old").people(&["zoe"]);
    assert!(world.lines("g").contains(&"+ zoe roster".to_owned()));
}

#[test]
fn one_id_found_for_two_people_is_neithers() {
    let world = looking_for_zoe(Found::One(user("u-7")))
        .sought("yan", Found::One(user("u-7")))
        .group("h", &["yan"])
        .live("h", &["u-7", "u-bob"])
        .group("k", &["alice"])
        .live("k", &["u-7"]);
    let plan = world.group_plan("h");
    let expected =
        ["- bob first", "(+ yan/? first: unidentified-person)", "(- u-7 first: unidentified-person)"];
    assert_eq!(lines(&plan), expected);
    assert_eq!(codes(&plan), ["shared-id"]);
    assert!(details(&plan).contains("yan and zoe are one user at p, u-7"), "{}", details(&plan));
    assert_eq!(world.lines("k"), ["+ alice first", "(- u-7 first: unidentified-person)"]);
}

#[test]
fn a_written_id_that_a_look_up_finds_for_another_is_neithers() {
    let world = looking_for_zoe(Found::One(user("u-bob")));
    let plan = world.group_plan("g");
    assert_eq!(codes(&plan), ["shared-id"]);
    assert!(lines(&plan).contains(&"(- u-bob drift: unidentified-person)".to_owned()), "{:?}", lines(&plan));
}

#[test]
fn a_disputed_id_beside_its_person_is_one_membership() {
    // bob is u-7 now; zoe was u-7 and is found elsewhere: whose u-7 is must be looked at.
    let world = looking_for_zoe(Found::One(user("u-new")))
        .known("zoe", "u-7")
        .sought("bob", Found::One(user("u-7")))
        .group("h", &["bob", "id:u-7"]);
    let plan = world.group_plan("h");
    assert_eq!(lines(&plan), ["(+ bob/u-7 first: unidentified-person)"]);
    assert_eq!(plan.withheld[0].change.because.len(), 2, "both lines are reasons");
    assert_eq!(world.identities().owner(&user("u-7")), None);
}

#[test]
fn a_protected_person_whom_the_provider_would_not_look_for_may_be_any_member() {
    let world = World::new()
        .people(&["alice", "bob"])
        .sought("glass", Found::Refused("403".into()))
        .protect(&["glass"])
        .group("g", &["alice"])
        .live("g", &["u-bob", "u-9"]);
    let plan = world.group_plan("g");
    assert_eq!(lines(&plan), ["+ alice first", "- bob first", "(- u-9 first: unidentified-person)"]);
    assert_eq!(codes(&plan), ["unidentified-person"]);
    assert!(
        details(&plan).contains("glass is protected and cannot be identified at p"),
        "{}",
        details(&plan)
    );
    let calm = world.live("g", &["u-bob"]).group_plan("g");
    assert_eq!(codes(&calm), NONE, "said only where it holds something up");
}

#[test]
fn a_protected_person_who_is_not_at_the_provider_holds_nothing_up() {
    let world = World::new()
        .people(&["alice"])
        .sought("glass", Found::None)
        .protect(&["glass"])
        .group("g", &["alice"])
        .live("g", &["u-alice", "u-9"]);
    assert_eq!(world.lines("g"), ["- u-9 first"]);
}

#[test]
fn people_are_looked_for_who_are_named_excepted_beside_raw_ids_or_protected() {
    let email = |mail: &str| Person { email: Some(mail.into()), ..Person::default() };
    let mut world = World::new()
        .people(&["by-id"])
        .team("t", &["ann"])
        .group("g", &["@t", "by-id", "login", "later 2030-01-01.."])
        .except("g", &["carl"])
        .group("other", &["dora"]);
    for name in ["ann", "carl", "dora", "glass", "later", "nobody", "left"] {
        world.roster.people.insert(name.into(), email(&format!("{name}@x")));
    }
    world = world.sought("login", Found::None).until("left", "2020-01-01");
    let protected = BTreeSet::from([PersonHandle::from("glass")]);
    let sought = |world: &World, by_email: bool| -> Vec<String> {
        let in_scope = |group: &crate::core::model::GroupHandle| group.as_str() == "g";
        let lookups = wanted::lookups(&world.roster, &world.provider, by_email, &protected, &in_scope);
        lookups
            .into_iter()
            .map(|lookup| match lookup.key {
                LookupKey::Email(key) | LookupKey::Login(key) => format!("{}: {key}", lookup.person),
            })
            .collect()
    };
    assert_eq!(
        sought(&world, true),
        ["ann: ann@x", "glass: glass@x", "later: later@x", "login: login.login"]
    );
    assert_eq!(sought(&world, false), ["login: login.login"]);
    // A raw id may be that of somebody who is excepted, or who left.
    let world = world.with("g", |group| group.members.push(super::world::reference("id:u-9", 9)));
    assert_eq!(
        sought(&world, true),
        [
            "ann: ann@x",
            "carl: carl@x",
            "glass: glass@x",
            "later: later@x",
            "left: left@x",
            "login: login.login"
        ]
    );
}

#[test]
fn who_is_gone_is_told_over_all_providers() {
    let provider = |name: &str| ProviderName::from(name);
    let known = |id: &str, key: Option<&str>| crate::core::remembered::Identity {
        id: user(id),
        key: key.map(str::to_owned),
        at: jiff::Timestamp::UNIX_EPOCH,
    };
    let zoe: PersonHandle = "zoe".into();
    let remembered = BTreeMap::from([
        (provider("p"), BTreeMap::from([(zoe.clone(), known("u-zoe", Some("zoe@x")))])),
        (provider("q"), BTreeMap::from([(zoe.clone(), known("q-zoe", None))])),
    ]);
    let gone = |world: &World| !wanted::gone(&world.roster, &remembered, &BTreeMap::new()).is_empty();
    assert!(gone(&World::new().people(&["alice"])));
    assert!(!gone(&World::new().people(&["zoe"])), "present, whatever her id");
    let renamed = |edit: &dyn Fn(&mut Person)| {
        let mut world = World::new();
        let mut person = Person::default();
        edit(&mut person);
        world.roster.people.insert("zoe-smith".into(), person);
        world
    };
    let id_at = |name: &'static str, id: &'static str| {
        move |person: &mut Person| drop(person.ids.insert(provider(name), PersonId::Id(user(id))))
    };
    assert!(!gone(&renamed(&|person| person.email = Some(" Zoe@X ".into()))), "found by the same email");
    assert!(!gone(&renamed(&id_at("q", "q-zoe"))), "the id at another provider is hers");
    assert!(gone(&renamed(&id_at("p", "q-zoe"))), "the same id elsewhere is somebody else's");
    assert!(!gone(&World::new().group("g", &["id:u-zoe"])), "still written as a raw id");
}

#[test]
fn a_renamed_handle_is_found_by_what_a_look_up_says_today() {
    let world = World::new()
        .sought("robert", Found::One(user("u-bob")))
        .known("bob", "u-bob")
        .group("g", &[])
        .live("g", &["u-bob"])
        .applied("g", "2026-11-20", &["u-bob"], &[]);
    assert!(world.gone().is_empty());
    assert_eq!(world.lines("g"), ["- robert/u-bob roster"], "an edit, and no leaver");
}

#[test]
fn of_two_handles_last_known_for_an_id_the_present_one_counts() {
    for (before, now) in [("aaron", "zoe"), ("zoe", "aaron")] {
        let world = World::new()
            .sought(now, Found::None)
            .until(now, "2026-11-01")
            .known(before, "u-7")
            .known(now, "u-7")
            .group("g", &[])
            .live("g", &["u-7"])
            .applied("g", "2026-11-20", &["u-7"], &[]);
        assert_eq!(world.lines("g"), [format!("- {now}/u-7 leaver")]);
    }
}

#[test]
fn members_whom_no_group_names_any_more_are_looked_for_again() {
    let mut world = World::new().people(&["alice"]).group("g", &["alice"]).known("zoe", "u-zoe");
    let known = |world: &World| crate::core::wanted::members_known(&world.roster, &world.remembered).len();
    world = world.applied("g", "2026-11-20", &["u-alice", "u-zoe"], &[]);
    assert_eq!(known(&world), 0, "zoe is not in the roster");
    world = world.people(&["alice", "zoe"]);
    assert_eq!(known(&world), 1);
    world = world.applied("g", "2026-11-20", &["u-alice"], &["u-zoe"]);
    assert_eq!(known(&world), 1, "those from before too");
    world = world.applied("g", "2026-11-20", &["u-alice"], &[]);
    assert_eq!(known(&world), 0, "nothing to remove");
}
