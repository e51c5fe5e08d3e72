//! Separations that span providers: none waits for another, and nobody is in both.

use super::super::world::{World, held_lines, judge};
use super::{NONE, order, problems};
use crate::core::model::Found;
use crate::core::roster::PersonId;

/// At `p` ann is to pay; at `q` she approves, and is to stop.
fn two() -> (World, World) {
    let here =
        World::new().people(&["ann", "bob"]).group("payers", &["ann", "bob"]).live("payers", &["u-bob"]);
    let mut there = World { provider: "q".into(), ..World::new() };
    there = there.people(&["cem"]).group("approvers", &["cem"]).live("approvers", &["q-ann", "u-cem"]);
    there = there.applied("approvers", "2026-11-20", &["q-ann", "u-cem"], &[]);
    let mut here = here.separate(&["p/payers", "q/approvers"]);
    let mut people = here.roster.people.clone();
    people.extend(there.roster.people.clone());
    let ann = people.get_mut("ann").unwrap();
    ann.ids.insert("q".into(), PersonId::Id(super::super::world::user("q-ann")));
    here.roster.people.clone_from(&people);
    there.roster.people = people;
    here.roster.groups.extend(there.roster.groups.clone());
    (here, there)
}

#[test]
fn an_addition_waits_until_a_run_has_seen_the_place_free() {
    let (here, mut there) = two();
    let [p, q] = judge(&[&here, &there], &[]).try_into().unwrap();
    let waits = "Separation in payers: ann is in q/approvers until a run has seen that place free";
    assert_eq!(
        (held_lines(&p), p.held[0].set_at.as_deref()),
        (vec![waits.to_owned()], Some("roster.toml:93"))
    );
    assert_eq!((order(&p), order(&q)), (vec![], vec!["remove approvers -q-ann".to_owned()]));
    assert_eq!(problems(&p, "payers"), NONE);
    there = there.live("approvers", &["u-cem"]);
    let [p, _] = judge(&[&here, &there], &[]).try_into().unwrap();
    assert_eq!(order(&p), ["add payers +u-ann"]);
}

#[test]
fn a_provider_that_was_not_read_lets_nobody_in_elsewhere() {
    let (here, _) = two();
    let p = here.judge(&[]);
    assert_eq!(held_lines(&p), ["Separation in payers: q/approvers was not read in this run"]);
}

#[test]
fn somebody_unknown_there_may_be_any_stranger_there() {
    let (mut here, mut there) = two();
    for world in [&mut here, &mut there] {
        let login = PersonId::Login("ann.login".to_owned());
        world.roster.people.get_mut("ann").unwrap().ids.insert("q".into(), login);
    }
    there.live.found.insert("ann".into(), Found::None);
    there = there.live("approvers", &["u-cem", "u-stranger"]);
    let [p, _] = judge(&[&here, &there], &[]).try_into().unwrap();
    assert_eq!(
        held_lines(&p),
        ["Separation in payers: ann is not identified at q and may be in q/approvers"]
    );
    there = there.live("approvers", &["u-cem"]);
    let [p, _] = judge(&[&here, &there], &[]).try_into().unwrap();
    assert_eq!(order(&p), ["add payers +u-ann"], "everybody there is known");
}

#[test]
fn both_memberships_that_stay_are_told_at_both_providers() {
    let (here, there) = two();
    let here = here.live("payers", &["u-ann", "u-bob"]);
    let there = there.include("approvers");
    let [p, q] = judge(&[&here, &there], &[]).try_into().unwrap();
    let told = |other: &str| {
        format!("policy-violated: ann is in {other} too, and nobody may be in both (roster.toml:93)")
    };
    assert_eq!(problems(&p, "payers"), [told("q/approvers")]);
    assert_eq!(problems(&q, "approvers"), [told("p/payers")]);
}
