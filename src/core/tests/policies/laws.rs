//! What holds in every world with policies, call by call.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::world::World;
use crate::core::call;
use crate::core::guard::Judged;
use crate::core::model::{GroupHandle, UserId};
use crate::core::moves;
use crate::core::plan::Action;
use crate::core::policy::{self, Apart};

const GROUPS: [&str; 5] = ["a", "b", "c", "d", "e"];

/// Five groups, some apart from each other, with six users in any of them.
pub(crate) fn any_world() -> impl Strategy<Value = World> {
    let members = || proptest::collection::btree_set(0..6_u8, 0..5);
    let group = (members(), members(), members(), 0..4_u8, any::<bool>(), 0..4_usize, 2..7_usize);
    let separations = proptest::collection::vec(proptest::sample::subsequence(GROUPS.to_vec(), 2..4), 0..3);
    (proptest::collection::vec(group, 5), separations).prop_map(|(groups, separations)| {
        let ids = |users: &BTreeSet<u8>| users.iter().map(|it| format!("u-{it}")).collect::<Vec<_>>();
        let mut world = World::new();
        for (handle, (live, wanted, first, label, include, min, max)) in GROUPS.into_iter().zip(groups) {
            let wanted: Vec<String> = ids(&wanted).iter().map(|id| format!("id:{id}")).collect();
            let texts =
                |texts: &[String]| texts.iter().map(|it| it.clone().leak() as &str).collect::<Vec<_>>();
            let (live, first) = (ids(&live), ids(&first));
            world = world.group(handle, &texts(&wanted)).live(handle, &texts(&live));
            world = world.applied(handle, "2026-11-20", &[], &texts(&first));
            world = match label {
                0 => world.exclusive("red", &[handle]),
                1 => world.exclusive("blue", &[handle]),
                _ => world,
            };
            world = if include && label == 3 { world.include(handle) } else { world };
            world = if label == 2 { world.min_members(handle, min).max_members(handle, max) } else { world };
        }
        for groups in separations {
            let groups: Vec<String> = groups.iter().map(|group| format!("p/{group}")).collect();
            world = world.separate(&groups.iter().map(String::as_str).collect::<Vec<_>>());
        }
        world
    })
}

pub(crate) fn sets(world: &World) -> Vec<BTreeSet<GroupHandle>> {
    let groups = |apart: &Apart<'_>| apart.groups.iter().map(|side| side.group.clone()).collect();
    policy::apart(&world.roster).iter().map(groups).collect()
}

/// The groups that somebody may not be in beside this one, and is.
fn beside(
    world: &World,
    sets: &[BTreeSet<GroupHandle>],
    group: &GroupHandle,
    user: &UserId,
) -> Vec<GroupHandle> {
    let others = sets.iter().filter(|set| set.contains(group)).flatten().filter(|other| *other != group);
    others.filter(|other| world.live.groups[*other].members.contains(user)).cloned().collect()
}

/// Sends what was approved one call at a time; nobody enters where they may not be.
fn send(world: &mut World, judged: &Judged) -> Result<(), TestCaseError> {
    let sets = sets(world);
    for phase in moves::phases(&judged.approved) {
        for call in call::one_by_one(&moves::changes(&phase.sends)) {
            if call.action == Action::Add {
                let beside = beside(world, &sets, &call.group.handle, &call.users[0]);
                prop_assert!(
                    beside.is_empty(),
                    "{} enters {} beside {beside:?}",
                    call.users[0],
                    call.group.handle
                );
            }
            world.send(&[call]);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn nobody_enters_a_group_beside_one_it_is_kept_apart_from(world in any_world()) {
        let judged = world.judge(&[]);
        send(&mut world.clone(), &judged)?;
        let approvals: Vec<String> = judged.digest.into_iter().collect();
        send(&mut world.clone(), &world.judge(&approvals))?;
    }

    #[test]
    fn an_apply_leaves_nothing_to_do(world in any_world()) {
        let mut world = world.unguarded();
        for group in world.roster.groups.get_mut("p").unwrap().values_mut() {
            group.allow_empty = true;
        }
        let judged = world.judge(&[]);
        send(&mut world, &judged)?;
        let again = world.judge(&[]);
        let changes: Vec<_> = again.plan.groups.iter().flat_map(|group| &group.changes).collect();
        prop_assert!(changes.is_empty(), "{changes:?}");
    }

    #[test]
    fn without_an_approval_no_policy_is_broken_that_held(world in any_world()) {
        let judged = world.judge(&[]);
        let mut after = world.clone();
        send(&mut after, &judged)?;
        for (handle, group) in &world.roster.groups["p"] {
            let (before, now) = (world.live.groups[handle].members.len(), after.live.groups[handle].members.len());
            if let Some(min) = &group.policies.min_members {
                prop_assert!(now >= min.value || now >= before, "{handle}: {before} to {now}");
            }
            if let Some(max) = &group.policies.max_members {
                prop_assert!(now <= max.value || now <= before, "{handle}: {before} to {now}");
            }
            prop_assert!(now > 0 || before == 0, "{handle} was emptied");
        }
    }

    #[test]
    fn whoever_makes_room_and_gets_none_stays(world in any_world()) {
        let sets = sets(&world);
        let judged = world.judge(&[]);
        let added = |group: &GroupHandle, user: &UserId| {
            let groups = judged.plan.groups.iter().filter(|it| it.group == *group);
            groups.flat_map(|it| &it.changes).any(|it| it.action == Action::Add && it.id.as_ref() == Some(user))
        };
        for plan in &judged.plan.groups {
            for it in plan.withheld.iter().filter(|it| it.change.action == Action::Add) {
                let user = it.change.id.as_ref().unwrap();
                for other in beside(&world, &sets, &plan.group, user) {
                    let plans = judged.plan.groups.iter().filter(|it| it.group == other);
                    let mut changes = plans.flat_map(|it| &it.changes);
                    let leaves = changes.any(|it| it.action == Action::Remove && it.id.as_ref() == Some(user));
                    let gains = sets.iter().filter(|set| set.contains(&other)).flatten().any(|it| added(it, user));
                    prop_assert!(!leaves || gains, "{user} leaves {other} and waits before {}", plan.group);
                }
            }
        }
    }
}
