//! All ways to cut changes into calls have equal effect.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::world::{changes, group_id, user};
use crate::core::call::{self, Call, Changes};
use crate::core::digest;
use crate::core::model::{GroupId, Target, UserId};
use crate::core::plan::Action;

type Memberships = BTreeMap<GroupId, BTreeSet<UserId>>;

fn any_changes() -> impl Strategy<Value = Changes> {
    // The first of a pair says which way the second goes, so that nobody goes both ways.
    let group = proptest::collection::btree_map(0..30_u32, any::<bool>(), 0..25);
    proptest::collection::vec(group, 0..4).prop_map(|groups| {
        let mut all = changes(&[]);
        for (number, users) in groups.into_iter().enumerate() {
            let handle = format!("g{number}");
            let mut group = changes(&[(&handle, &[], &[])]).groups.remove(0);
            for (id, is_new) in users {
                let id = user(&format!("u-{id:02}"));
                if is_new {
                    group.add.insert(id)
                } else {
                    group.remove.insert(id)
                };
            }
            all.groups.push(group);
        }
        all
    })
}

/// Before: whoever is to go is there, whoever is to come is not, and somebody else is.
fn before(changes: &Changes) -> Memberships {
    let members =
        |group: &call::GroupChanges| group.remove.iter().cloned().chain([user("u-stays")]).collect();
    let mut all: Memberships =
        changes.groups.iter().map(|group| (group.group.id.clone(), members(group))).collect();
    all.insert(group_id("g-other"), [user("u-01")].into());
    all
}

fn after(changes: &Changes, calls: &[Call]) -> Memberships {
    let mut all = before(changes);
    for call in calls {
        let members = all.get_mut(&call.group.id).unwrap();
        for user in &call.users {
            match call.action {
                Action::Add => assert!(members.insert(user.clone()), "{user} was added twice"),
                Action::Remove => assert!(members.remove(user), "{user} was removed twice"),
            }
        }
    }
    all
}

/// Every call halved to the end, in sending order.
fn halved(calls: Vec<Call>) -> Vec<Call> {
    calls
        .into_iter()
        .flat_map(|call| match call.halves() {
            Some((left, right)) => halved(vec![left, right]),
            None => vec![call],
        })
        .collect()
}

proptest! {
    #[test]
    fn every_cut_has_the_effect_of_every_other(changes in any_changes(), limit in 0..12_usize) {
        let mut expected = before(&changes);
        for group in &changes.groups {
            let members = expected.get_mut(&group.group.id).unwrap();
            members.extend(group.add.iter().cloned());
            members.retain(|user| !group.remove.contains(user));
        }
        let single = call::one_by_one(&changes);
        let patches = call::patches(&changes, limit);
        for calls in [&single, &patches, &halved(patches.clone()), &call::patches(&changes, usize::MAX)] {
            prop_assert_eq!(&after(&changes, calls), &expected);
            let first_removal = calls.iter().position(|call| call.action == Action::Remove);
            let last_addition = calls.iter().rposition(|call| call.action == Action::Add);
            prop_assert!(first_removal.is_none() || last_addition < first_removal, "additions come first");
            prop_assert!(calls.iter().all(|call| !call.users.is_empty()));
        }
        prop_assert!(single.iter().all(|call| call.users.len() == 1));
        prop_assert!(patches.iter().all(|call| call.users.len() <= limit.max(1)));
        prop_assert!(halved(patches).iter().all(|call| call.users.len() == 1));
    }

    #[test]
    fn a_digest_heeds_no_order(
        held in proptest::collection::vec(("g-[a-c]", any::<bool>(), "u-[0-9]"), 0..12).prop_shuffle(),
        used in any::<u64>(),
    ) {
        let named = held.iter().map(|(group, add, id)| {
            (group_id(group), if *add { Action::Add } else { Action::Remove }, user(id))
        });
        let mut forwards: Vec<_> = named.collect();
        let mut backwards: Vec<_> = forwards.iter().rev().cloned().collect();
        let target = Target::from("t");
        prop_assert_eq!(digest::of(&target, used, &mut forwards), digest::of(&target, used, &mut backwards));
    }
}
