//! What holds whatever a provider refuses and wherever a run stops.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::again;
use super::fake::{Fake, Refusal};
use crate::core::guard::OnTrip;
use crate::core::model::{GroupId, UserId};
use crate::core::moves::{self, Part};
use crate::core::plan::Action;
use crate::core::tests::policies::laws::any_world;
use crate::core::tests::world::{World, group_id, user};
use crate::core::verify::Outcome;

/// Who was to move out of one place, and the places that may be theirs afterwards. Whoever is where they may
/// stay anyway gets nothing back that is kept apart from it; and whoever was in two that are kept apart may
/// lose both, since the one that is given back need not have to do with where they go. Whoever is let into another
/// group that needed the same place is there.
fn movers(world: &World) -> BTreeMap<UserId, Vec<GroupId>> {
    let judged = world.judge(&[]);
    let mut places: BTreeMap<UserId, Vec<GroupId>> = BTreeMap::new();
    for send in moves::takes(&judged.approved) {
        if let Part::Takes(take) = &send.change.part
            && !take.gives_back.is_empty()
            && take.frees.len() == 1
        {
            let of = places.entry(send.change.user.clone()).or_default();
            of.push(send.group.id.clone());
            of.extend(take.gives_back.iter().map(|back| back.group.id.clone()));
            of.extend(take.frees.iter().map(|(group, _)| group.clone()));
            let is_beside = |other: &moves::Send<'_>| {
                other.change.user == send.change.user
                    && take.frees.iter().any(|(group, user)| other.needs(group, user))
            };
            of.extend(moves::takes(&judged.approved).filter(is_beside).map(|other| other.group.id.clone()));
        }
    }
    places
}

fn any_refusals() -> impl Strategy<Value = Vec<(String, String, Refusal)>> {
    let kind = prop_oneof![Just(Refusal::Refused), Just(Refusal::Passing), Just(Refusal::Ignored)];
    proptest::collection::vec(("g-[a-e]", "u-[0-5]", kind), 0..12)
}

/// Found once in many thousand cases of the law below: two additions need one place, and one of them needs another
/// as well. That one is made, and the other is refused.
#[test]
fn a_place_is_not_given_back_beside_one_that_needed_it_too() {
    let mut world = World::new()
        .people(&["ann", "bob"])
        .group("a", &["bob"])
        .group("b", &["bob"])
        .group("d", &["ann"])
        .group("e", &["ann"])
        .separate(&["p/a", "p/d"])
        .separate(&["p/a", "p/e"])
        .separate(&["p/b", "p/e"])
        .live("a", &["u-ann", "u-bob"])
        .live("b", &["u-ann", "u-bob"])
        .unguarded();
    let mut fake = Fake::of(&world);
    fake.refuses.insert((group_id("g-d"), user("u-ann")), Refusal::Refused);
    let places = movers(&world)[&user("u-ann")].clone();
    assert_eq!(again(&mut world, &fake), ["a -u-ann", "b -u-ann", "d +u-ann", "e +u-ann"]);
    assert_eq!((world.members("a"), world.members("e")), (vec!["u-bob"], vec!["u-ann"]));
    assert!(places.contains(&group_id("g-e")), "{places:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_ever_in_both_and_nobody_is_left_in_neither(
        world in any_world(),
        refusals in any_refusals(),
        hangs_after in 0..20_usize,
        is_held in any::<bool>(),
    ) {
        let mut world = world.unguarded();
        world.roster.revision = "r1".into();
        let mut fake = Fake::of(&world);
        for (group, who, kind) in refusals {
            // A provider that takes somebody out and never in again is not to be helped.
            let was_there = fake.members(&group_id(&group)).contains(&user(&who));
            if !was_there {
                fake.refuses.insert((group_id(&group), user(&who)), kind);
            }
        }
        let movers = movers(&world);
        fake.hangs_after = hangs_after;
        let judged = world.judge(&[]);
        if fake.apply(&mut world, &judged, "r1").is_none() {
            fake.heal();
            if is_held {
                world = world.limits(|limits| {
                    limits.on_trip.value = OnTrip::HoldAll;
                    limits.max_removals.value = Some(0);
                });
            }
            again(&mut world, &fake);
        }
        for (who, places) in movers {
            let is_somewhere = places.iter().any(|place| fake.members(place).contains(&who));
            prop_assert!(is_somewhere, "{who} is in none of {places:?}");
        }
        let beside = fake.beside.lock().unwrap().clone();
        prop_assert!(beside.is_empty(), "{beside:?}");
    }

    #[test]
    fn what_is_reported_is_what_stands(world in any_world(), refusals in any_refusals()) {
        let mut world = world.unguarded();
        let mut fake = Fake::of(&world);
        for (group, who, kind) in refusals {
            fake.refuses.insert((group_id(&group), user(&who)), kind);
        }
        let judged = world.judge(&[]);
        let sent = fake.apply(&mut world, &judged, "r1").unwrap();
        for group in judged.approved.groups() {
            for it in &group.changes {
                let action = it.change.action;
                let result = &sent.results[&(group.group.id.clone(), action, it.user.clone())];
                let stands = fake.members(&group.group.id).contains(&it.user) == (action == Action::Add);
                prop_assert_eq!(result.outcome == Outcome::Applied, stands, "{:?} {:?}", it.change, result);
            }
        }
        for plan in &judged.plan.groups {
            let approved = judged.approved.groups().iter().find(|it| it.group.handle == plan.group);
            let now = world.live.groups[&plan.group].members.len();
            let enough = approved.is_none_or(|group| now >= group.least.min(usize::from(!group.may_empty)) || group.members_now == 0);
            prop_assert!(enough, "{} was left with {now}", plan.group);
        }
    }
}
