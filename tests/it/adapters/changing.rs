//! Reads while somebody else makes changes, between one page and the next.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use proptest::collection::vec;
use proptest::prelude::*;
use rosterd::core::model::Live;
use rosterd::providers::KindName;
use rosterd::sandbox::Effect;

use super::law;
use super::server::{Memberships, Server, edit, group_id};
use super::world::{Bound, Group, World, handle, worlds};

/// What a user does in a group after a call was answered; none when that call is left alone.
type Edits = Vec<Option<(usize, usize, Step)>>;

#[derive(Clone, Copy, Debug)]
enum Step {
    Enters,
    Leaves,
    /// Leaves and enters at once, which moves a member to the end of its list.
    Returns,
}

fn edits(steps: impl Strategy<Value = Step>) -> impl Strategy<Value = Edits> {
    vec(proptest::option::weighted(0.5, (0..6_usize, 0..40_usize, steps)), 0..20)
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![Just(Step::Enters), Just(Step::Leaves), Just(Step::Returns)]
}

#[test]
fn when_all_enter_or_all_leave_a_read_is_of_one_moment() {
    let direction = prop_oneof![Just(Step::Enters), Just(Step::Leaves)];
    let inputs = direction.prop_flat_map(|step| (worlds(), edits(Just(step))));
    law(&inputs, &async |kind, (world, edits)| {
        let (live, moments) = read_between(kind, world, edits).await;
        for (number, seen) in read_whole(world, &live) {
            let states: Vec<&BTreeSet<String>> =
                moments.iter().map(|state| &state[group_id(kind, number).as_str()]).collect();
            if is_read_from_its_own_list(kind, world) {
                prop_assert!(states.contains(&&seen), "{:?} was never so: {:?}", seen, states);
            }
            // Out of the list of users each membership has a moment of its own.
            let (first, last) = (states[0], states[states.len() - 1]);
            let (fewest, most) = if first.is_subset(last) { (first, last) } else { (last, first) };
            prop_assert!(fewest.is_subset(&seen) && seen.is_subset(most), "{:?}: {:?}", seen, states);
        }
        Ok(())
    });
}

#[test]
fn whoever_is_read_as_a_member_was_one() {
    law(&(worlds(), edits(any_step())), &async |kind, (world, edits)| {
        let (live, moments) = read_between(kind, world, edits).await;
        for (number, seen) in read_whole(world, &live) {
            let states = moments.iter().map(|state| &state[group_id(kind, number).as_str()]);
            let ever: BTreeSet<String> = states.flatten().cloned().collect();
            prop_assert!(seen.is_subset(&ever), "{:?} of {:?}", seen, ever);
        }
        Ok(())
    });
}

#[test]
fn a_list_whose_order_moves_hides_nobody() {
    law(&(worlds(), edits(Just(Step::Returns))), &async |kind, (world, edits)| {
        let (live, moments) = read_between(kind, world, edits).await;
        for (number, seen) in read_whole(world, &live) {
            prop_assert_eq!(&seen, &moments[0][group_id(kind, number).as_str()]);
        }
        Ok(())
    });
}

/// Reads a world while it changes. Returns what was read, and how the groups were at each moment of it.
async fn read_between(kind: KindName, world: &World, edits: &Edits) -> (Live, Vec<Memberships>) {
    // One call after the other, so that the moments have an order.
    let world = World { concurrency: 1, ..world.clone() };
    let server = Server::of(kind, &world).await;
    let moments = Arc::new(Mutex::new(vec![server.memberships()]));
    let seen = Arc::clone(&moments);
    let mut edits = edits.clone().into_iter();
    let changing = world.clone();
    server.fail_by(move || {
        let (group, user, step) = edits.next()??;
        if group >= changing.groups.len() || user >= changing.users {
            return None;
        }
        let user = changing.user(kind, group, user);
        let mut moments = seen.lock().unwrap();
        let mut next = moments.last()?.clone();
        let members = next.get_mut(group_id(kind, group).as_str())?;
        let steps = match step {
            Step::Enters => vec![true],
            Step::Leaves => vec![false],
            Step::Returns if members.contains(user.as_str()) => vec![false, true],
            Step::Returns => return None,
        };
        match steps.last() {
            Some(true) => drop(members.insert(user.as_str().to_owned())),
            _ => drop(members.remove(user.as_str())),
        }
        moments.push(next);
        Some(Effect::EditAfter(steps.into_iter().map(|joins| edit(kind, group, &user, joins)).collect()))
    });
    // Nothing of this is trouble, so that whatever cannot be read is a group's affair, or the list of users'.
    let live = server.adapter(&world).read(&world.scope(kind)).await.unwrap_or_default();
    let moments = moments.lock().unwrap().clone();
    assert_eq!(moments.last(), Some(&server.memberships()), "the moments are as they were");
    (live, moments)
}

/// The groups of which everybody was asked for, and who was read.
fn read_whole<'a>(world: &'a World, live: &'a Live) -> impl Iterator<Item = (usize, BTreeSet<String>)> + 'a {
    world.groups.iter().enumerate().filter_map(|(number, group)| {
        let read = live.groups.get(&handle(number))?;
        let seen = read.members.iter().map(|user| user.as_str().to_owned()).collect();
        (!matches!(group.bound, Bound::Only(_))).then_some((number, seen))
    })
}

/// Emporix tells memberships in two ways; the others only in one.
fn is_read_from_its_own_list(kind: KindName, world: &World) -> bool {
    kind != KindName::Emporix || (world.by_groups_due && world.lookups.is_empty())
}

#[test]
fn a_group_that_never_stands_still_is_left_alone() {
    // Guards the laws above as well: edits do happen between pages.
    for kind in [KindName::Emporix, KindName::CompanyV3] {
        let group = Group { members: (0..12).collect(), customers: false, bound: Bound::Seen };
        let world = World {
            users: 40,
            groups: vec![group],
            page_size: 5,
            clamp: None,
            concurrency: 1,
            hinted: false,
            by_groups_due: true,
            lookups: BTreeSet::new(),
        };
        let edits = (12..40).map(|user| Some((0, user, Step::Enters))).collect();
        let (live, moments) = super::block_on(read_between(kind, &world, &edits));
        assert!(live.unread.contains_key(&handle(0)), "{live:?}");
        assert!(moments.len() > 6, "{} edits, three readings", moments.len() - 1);
    }
}
