//! Laws that every adapter keeps, tried on random worlds over real HTTP.

mod changing;
mod server;
mod world;

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestCaseError, TestRunner};
use rosterd::core::call::{Call, Changes, GroupChanges, SentGroup};
use rosterd::core::model::{Binding, Hints, Live, Scope, ScopedGroup, UserId};
use rosterd::core::plan::Action;
use rosterd::providers::KindName;
use rosterd::sandbox::Effect;

use server::{Memberships, Server, group_id, user_type};
use world::{Bound, World, handle, worlds};

const CASES: u32 = 32;
const SEED: u64 = 20_261_122;

type Verdict = Result<(), TestCaseError>;

/// Tries a law on random inputs at each provider: always the same, or as `PROPTEST_RNG_SEED` says.
fn law<S: Strategy>(inputs: &S, holds: &impl AsyncFn(KindName, &S::Value) -> Verdict) {
    for kind in KindName::ALL {
        let usual = ProptestConfig::default();
        let rng_seed = match usual.rng_seed {
            RngSeed::Random => RngSeed::Fixed(SEED),
            asked @ RngSeed::Fixed(_) => asked,
        };
        let config = ProptestConfig { cases: CASES, rng_seed, failure_persistence: None, ..usual };
        let tried = TestRunner::new(config).run(inputs, |input| block_on(holds(kind, &input)));
        if let Err(broken) = tried {
            panic!("at {}: {broken}", kind.as_str());
        }
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn what_is_read_is_what_is_there() {
    law(&worlds(), &async |kind, world| {
        let server = Server::of(kind, world).await;
        let live = server.adapter(world).read(&world.scope(kind)).await.unwrap();
        for number in 0..world.groups.len() {
            let there = world.groups[number].bound != Bound::Unnamed;
            let readable = there && world.can_be_found(number);
            prop_assert_eq!(live.groups.contains_key(&handle(number)), readable);
            prop_assert_eq!(live.unread.contains_key(&handle(number)), there && !readable);
        }
        prop_assert!(live.unread.contains_key(&handle(world.groups.len())), "there is no such group");
        prop_assert_eq!(&live.found, &world.found(kind));
        shows_only(kind, world, &live, &server.memberships())
    });
}

#[test]
fn trouble_never_makes_a_wrong_group() {
    let trouble = proptest::collection::vec(proptest::option::weighted(0.4, troubles()), 0..25);
    law(&(worlds(), trouble), &async |kind, (world, trouble)| {
        let server = Server::of(kind, world).await;
        let mut effects = trouble.clone().into_iter();
        server.fail_by(move || effects.next().flatten());
        match server.adapter(world).read(&world.scope(kind)).await {
            Ok(live) => shows_only(kind, world, &live, &server.memberships()),
            Err(_) => Ok(()),
        }
    });
}

/// What an adapter can tell from a good answer.
fn troubles() -> impl Strategy<Value = Effect> {
    let status = prop_oneof![Just(400), Just(403), Just(404), Just(429), Just(500), Just(503)];
    prop_oneof![
        status.prop_map(Effect::status),
        Just(Effect::DropBefore),
        Just(Effect::CutBody),
        Just(Effect::Html),
        Just(Effect::Redirect("https://elsewhere.example/".to_owned())),
        // Not -1: a total that is too small by just what a further page would hold looks like the truth.
        Just(Effect::TotalOff(1)),
    ]
}

#[test]
fn every_change_is_in_one_call_and_does_just_that() {
    let flips = proptest::collection::vec(proptest::collection::btree_set(0..40_usize, 0..40), 7);
    law(&(worlds(), flips), &async |kind, (world, flips)| {
        let server = Server::of(kind, world).await;
        let adapter = server.adapter(world);
        let changes = changes(kind, world, flips);
        let calls = adapter.calls(&changes);
        covers_once(&changes, &calls)?;
        let mut expected = server.memberships();
        for group in &changes.groups {
            let members = expected.get_mut(group.group.id.as_str()).unwrap();
            members.extend(group.add.iter().map(|user| user.as_str().to_owned()));
            members.retain(|user| !group.remove.contains(user.as_str()));
        }
        for call in &calls {
            #[expect(clippy::disallowed_methods, reason = "what a call does is what is looked at")]
            let sent = adapter.send(call, None).await;
            prop_assert_eq!(sent, Ok(()));
        }
        prop_assert_eq!(server.memberships(), expected.clone());
        let seen = adapter.read(&everything_seen(kind, world)).await.unwrap();
        prop_assert_eq!(seen.groups.len(), world.groups.len());
        shows_only(kind, world, &seen, &expected)
    });
}

/// Turns some users of each group the other way round.
fn changes(kind: KindName, world: &World, flips: &[BTreeSet<usize>]) -> Changes {
    let groups = world.groups.iter().zip(flips).enumerate().map(|(number, (group, flips))| {
        let flips = flips.iter().filter(|user| **user < world.users);
        let (remove, add): (BTreeSet<usize>, BTreeSet<usize>) =
            flips.partition(|user| group.members.contains(user));
        let ids = |users: BTreeSet<usize>| users.iter().map(|user| world.user(kind, number, *user)).collect();
        let user_type = user_type(world.is_for_customers(kind, number));
        let group = SentGroup { handle: handle(number), id: group_id(kind, number), user_type };
        GroupChanges { group: Arc::new(group), add: ids(add), remove: ids(remove) }
    });
    Changes { groups: groups.collect() }
}

/// Each change is in exactly one call, and nothing is removed before everything was added.
fn covers_once(changes: &Changes, calls: &[Call]) -> Verdict {
    let flat = |action: Action, group: &GroupChanges, users: &BTreeSet<UserId>| {
        let id = group.group.id.clone();
        users.iter().map(|user| (action, id.clone(), user.clone())).collect::<Vec<_>>()
    };
    let groups = changes.groups.iter();
    let mut asked: Vec<_> = groups
        .flat_map(|group| [flat(Action::Add, group, &group.add), flat(Action::Remove, group, &group.remove)])
        .flatten()
        .collect();
    let mut sent: Vec<_> = calls
        .iter()
        .flat_map(|call| call.users.iter().map(|user| (call.action, call.group.id.clone(), user.clone())))
        .collect();
    asked.sort();
    sent.sort();
    prop_assert_eq!(asked, sent);
    prop_assert!(calls.iter().all(|call| !call.users.is_empty()));
    prop_assert!(calls.is_sorted_by_key(|call| call.action), "additions come first");
    Ok(())
}

/// Every group, as a run reads it again.
fn everything_seen(kind: KindName, world: &World) -> Scope {
    let groups = (0..world.groups.len()).map(|number| ScopedGroup {
        handle: handle(number),
        binding: Binding::Seen(group_id(kind, number)),
        user_type: user_type(world.is_for_customers(kind, number)),
        only: None,
    });
    Scope { groups: groups.collect(), lookups: Vec::new(), hints: Hints::default() }
}

/// Every group that was read is the group that was meant, and has the members that are there.
fn shows_only(kind: KindName, world: &World, live: &Live, there: &Memberships) -> Verdict {
    for (number, group) in world.groups.iter().enumerate() {
        let Some(read) = live.groups.get(&handle(number)) else { continue };
        prop_assert!(!live.unread.contains_key(&handle(number)));
        prop_assert_eq!(&read.id, &group_id(kind, number));
        let mut expected = there[read.id.as_str()].clone();
        let mut seen: BTreeSet<String> = read.members.iter().map(|user| user.as_str().to_owned()).collect();
        if let Bound::Only(users) = &group.bound {
            let asked = |id: &String| users.iter().any(|user| world.user(kind, number, *user).as_str() == id);
            expected.retain(asked);
            seen.retain(asked);
        }
        prop_assert_eq!(seen, expected);
    }
    Ok(())
}
