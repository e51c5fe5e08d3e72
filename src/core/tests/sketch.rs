//! Worlds at random: people who are found, lost, shared or renamed; teams, dates, exceptions; groups in
//! every state; limits that trip.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use proptest::collection::{btree_set, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::world::{World, date, group_id, reference, user};
use crate::core::guard::{Adopt, Limits, OnTrip};
use crate::core::model::{Found, LiveGroup, UserId};
use crate::core::remembered::{GroupRecord, Identity};
use crate::core::roster::{Group, GroupBinding, Member, Membership, Person, PersonId, Place, Team};
use crate::core::shrunken::Believed;

const PEOPLE: usize = 6;
const TEAMS: usize = 4;
const GROUPS: usize = 3;
/// Days around that of the world, and none.
const DAYS: [&str; 8] = ["", "", "", "2026-11-01", "2026-11-20", "2026-11-21", "2026-11-22", "2027-01-01"];

/// Any id of these worlds; some are people's, some may be.
fn any_id() -> impl Strategy<Value = UserId> {
    let ids = (0..PEOPLE).map(|number| format!("u-p{number}"));
    let strangers = ["u-7", "u-8", "u-9", "u-10", "u-11", "u-12"].map(str::to_owned);
    select(ids.chain(strangers).collect::<Vec<_>>()).prop_map(|id| user(&id))
}

fn ids(most: usize) -> impl Strategy<Value = BTreeSet<UserId>> {
    btree_set(any_id(), 0..=most)
}

/// A reference to a person, a raw id, or a team numbered `first_team` or later: so none contains itself.
fn any_member(first_team: usize, raw_ids: bool) -> impl Strategy<Value = Member> {
    let people = (0..PEOPLE).map(|number| format!("p{number}"));
    let teams = (first_team..TEAMS).map(|number| format!("@t{number}"));
    let raw = ["u-p0", "u-p1", "u-7", "u-8", "u-9"].iter().filter(|_| raw_ids).map(|id| format!("id:{id}"));
    let whom = select(people.chain(teams).chain(raw).collect::<Vec<_>>());
    (whom, select(&DAYS[..]), select(&DAYS[..]), 1..99_u32)
        .prop_map(|(who, from, until, line)| reference(&format!("{who} {from}..{until}"), line))
}

/// A person as the roster has them, what a look-up says, and under which id they were known before.
type Whoever = (Person, Option<Found>, Option<Identity>);

fn any_person(number: usize) -> impl Strategy<Value = Whoever> {
    let own = user(&format!("u-p{number}"));
    let login = PersonId::Login(format!("p{number}.login"));
    let found = prop_oneof![
        6 => Just(Found::One(own.clone())),
        1 => any_id().prop_map(Found::One),
        1 => Just(Found::None),
        1 => vec(any_id(), 2).prop_map(Found::Many),
        1 => Just(Found::Refused("403".to_owned())),
    ];
    let by_id = Just((Some(PersonId::Id(own.clone())), None));
    let sought = found.prop_map(move |found| (Some(login.clone()), Some(found)));
    let known_as = prop_oneof![6 => by_id, 6 => sought, 1 => Just((None, None))];
    let known = of((prop_oneof![3 => Just(own), 1 => any_id()], select(&[true, true, false][..])));
    (known_as, select(&DAYS[..]), known).prop_map(move |((id, found), until, known)| {
        let until = (!until.is_empty()).then(|| date(until));
        let ids = id.into_iter().map(|id| ("p".into(), id)).collect();
        let identity = known.map(|(id, same_key)| {
            let key = Some(if same_key { format!("p{number}.login") } else { "before".to_owned() });
            Identity { id, key, at: Timestamp::UNIX_EPOCH }
        });
        (Person { ids, until, ..Person::default() }, found, identity)
    })
}

fn any_record() -> impl Strategy<Value = GroupRecord> {
    let days = select(vec!["2026-11-10", "2026-11-20", "2026-11-21"]);
    (days, ids(6), ids(4), any::<bool>()).prop_map(|(day, owned, first, hold_first)| {
        let first = first.difference(&owned).cloned().collect();
        GroupRecord {
            at: Timestamp::UNIX_EPOCH,
            day: date(day),
            owned,
            first,
            absent: BTreeMap::new(),
            hold_first,
        }
    })
}

/// A group of the roster, its members, whether it could not be read, and what is remembered of it; at last who
/// was believed to be in it.
type Whichever = (Group, BTreeSet<UserId>, bool, Option<GroupRecord>, bool, Option<BTreeSet<UserId>>);

fn any_group(number: usize) -> impl Strategy<Value = Whichever> {
    let written = (vec(any_member(0, true), 0..6), vec(any_member(0, true), 0..2));
    let moods =
        (prop::bool::weighted(0.2), any::<bool>(), prop::bool::weighted(0.1), prop::bool::weighted(0.1));
    let state = (ids(9), of(any_record()), of(ids(9)));
    (written, moods, state).prop_map(move |((members, except), moods, (live, record, believed))| {
        let (include, allow_empty, unread, moved) = moods;
        let name = format!("g{number}");
        let binding = if moved {
            GroupBinding::Name(name.clone())
        } else {
            GroupBinding::Id(group_id(&format!("g-{name}")))
        };
        let membership = if include { Membership::Include } else { Membership::Exact };
        let group =
            Group { binding, membership, members, except, allow_empty, ..super::world::exact(&name, &[]) };
        (group, live, unread, record, moved, believed)
    })
}

fn any_limits() -> impl Strategy<Value = Limits> {
    let numbers = (of(1..6_u32), of(select(vec![10_u32, 30, 60])), of(0..3_u32));
    let words = (any::<bool>(), any::<bool>(), btree_set(0..PEOPLE, 0..2));
    (numbers, words).prop_map(|((total, percent, leavers), (enforce, hold_all, protected))| {
        let mut limits = Limits::default();
        limits.max_removals.value = total;
        limits.max_removal_percent.value = percent;
        limits.max_leavers.value = leavers;
        limits.adopt.value = if enforce { Adopt::Enforce } else { Adopt::Hold };
        limits.on_trip.value = if hold_all { OnTrip::HoldAll } else { OnTrip::HoldRemovals };
        limits.protected.value =
            protected.into_iter().map(|number| format!("p{number}").as_str().into()).collect();
        limits
    })
}

/// Any world at all.
pub fn any_world() -> impl Strategy<Value = World> {
    let people: Vec<_> = (0..PEOPLE).map(any_person).collect();
    let teams: Vec<_> = (0..TEAMS).map(|number| vec(any_member(number + 1, false), 0..4)).collect();
    let groups: Vec<_> = (0..GROUPS).map(any_group).collect();
    let recent = (vec(of(1..3_usize), GROUPS), btree_set(0..PEOPLE + 2, 0..2));
    let gone = of(any_id());
    (people, teams, groups, any_limits(), recent, gone).prop_map(
        |(people, teams, groups, limits, (removals, leavers), gone)| {
            let mut world = World::new().limits(|into| *into = limits);
            for (number, person) in people.into_iter().enumerate() {
                add_person(&mut world, &format!("p{number}"), person);
            }
            for (number, members) in teams.into_iter().enumerate() {
                let team = Team { members, place: Place::default() };
                world.roster.teams.insert(format!("t{number}").as_str().into(), team);
            }
            for (number, group) in groups.into_iter().enumerate() {
                add_group(&mut world, &format!("g{number}"), group, removals[number]);
            }
            let leavers = leavers.into_iter().map(|number| format!("p{number}").as_str().into());
            world.remembered.recent.leavers = leavers.collect();
            if let Some(id) = gone {
                world
                    .remembered
                    .identities
                    .insert("gone".into(), Identity { id, key: None, at: Timestamp::UNIX_EPOCH });
            }
            // A group of the provider that the roster does not name.
            world.live("stray", &["u-p0", "u-7"])
        },
    )
}

fn add_person(world: &mut World, handle: &str, (person, found, identity): Whoever) {
    world.roster.people.insert(handle.into(), person);
    world.live.found.extend(found.map(|found| (handle.into(), found)));
    world.remembered.identities.extend(identity.map(|identity| (handle.into(), identity)));
}

fn add_group(world: &mut World, handle: &str, group: Whichever, recent: Option<usize>) {
    let (group, members, unread, record, moved, believed) = group;
    let id = group_id(&format!("g-{handle}"));
    world.roster.groups.entry(world.provider.clone()).or_default().insert(handle.into(), group);
    if unread {
        world.live.unread.insert(handle.into(), "the total moved".into());
    } else {
        let live = LiveGroup { id: id.clone(), name: handle.into(), members, remarks: Vec::new() };
        world.live.groups.insert(handle.into(), live);
    }
    let believed = believed.map(|members| Believed { at: Timestamp::UNIX_EPOCH, members });
    world.remembered.believed.extend(believed.map(|believed| (id.clone(), believed)));
    world.remembered.groups.extend(record.map(|record| (id.clone(), record)));
    world.remembered.recent.removals.extend(recent.map(|recent| (id, recent)));
    if moved {
        world.remembered.names.insert(handle.into(), group_id("g-old"));
    }
}
