//! A move that is killed at any of its requests: the next run completes it or gives the place back.

use std::collections::{BTreeMap, BTreeSet};

use rosterd::sandbox::Seen;

use super::{promotion, refuse};
use crate::support::World;

pub const REQUESTER: &str = "emporix/requester";
pub const BUYER: &str = "emporix/buyer";

/// How many requests an apply of [`promotion`] takes. A call that is refused cannot be held as well.
fn requests(refused: bool) -> usize {
    let world = promotion();
    if refused {
        refuse(&world);
    }
    world.rosterd(["apply", "--yes"]);
    let buyer = world.group_id(BUYER);
    let is_refused = |seen: &Seen| refused && seen.method == "PUT" && seen.path.contains(&buyer);
    world.seen("emporix").iter().filter(|seen| !is_refused(seen)).count()
}

/// A run of [`promotion`] that is killed at its nth request, which is not carried out.
fn killed_at(nth: usize, refused: bool) -> World {
    let world = promotion();
    if refused {
        refuse(&world);
    }
    let mut met = 0;
    kill_at(&world, move |_| {
        met += 1;
        met == nth
    });
    world.heal();
    world
}

/// Starts an apply, and kills it at the first of these requests.
pub fn kill_at(world: &World, which: impl FnMut(&Seen) -> bool + Send + 'static) {
    let halted = world.halt("emporix", which);
    let run = world.start(["apply", "--yes"]);
    halted.reached();
    run.kill();
}

/// Replays what took effect, from where everybody of [`promotion`] was.
#[track_caller]
fn ann_was_never_in_both(world: &World) {
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    places.insert(REQUESTER.to_owned(), BTreeSet::from(["ann".to_owned(), "bob".to_owned()]));
    places.insert(BUYER.to_owned(), BTreeSet::from(["cem".to_owned()]));
    for write in world.writes().iter().filter(|write| write.contains("-> 20")) {
        let words: Vec<&str> = write.split(' ').collect();
        let members = places.get_mut(words[1]).expect("nothing else is touched");
        match words[2].strip_prefix('+') {
            Some(added) => members.insert(added.to_owned()),
            None => members.remove(&words[2][1..]),
        };
        let places = places.values().filter(|members| members.contains("ann")).count();
        assert!(places < 2, "ann is in both after {write}\n{}", world.writes());
    }
    for (path, members) in places {
        assert_eq!(world.members(&path), Vec::from_iter(members), "{path}");
    }
}

/// Applies until an apply sends nothing, and says how often that took.
fn apply_until_quiet(world: &World) -> usize {
    for times in 1..5 {
        let before = world.writes().len();
        world.rosterd(["apply", "--yes"]);
        if world.writes().len() == before {
            return times;
        }
    }
    panic!("it never ends:\n{}", world.writes());
}

#[test]
fn killed_at_any_request_it_is_completed_by_the_next_run() {
    let requests = requests(false);
    assert!(requests >= 8, "a login, reads, two writes, and a look after each: {requests}");
    for nth in 1..=requests {
        let world = killed_at(nth, false);
        world.rosterd(["apply", "--yes"]).success();
        assert_eq!(world.members(REQUESTER), ["bob"], "{nth}");
        assert_eq!(world.members(BUYER), ["ann", "cem"], "{nth}");
        ann_was_never_in_both(&world);
        world.rosterd(["plan", "--exit-code"]).success().says("Nothing to do");
    }
}

#[test]
fn killed_at_any_request_and_refused_afterwards_the_place_is_given_back() {
    for nth in 1..=requests(false) {
        let world = killed_at(nth, false);
        let was_made = world.members(BUYER).contains(&"ann".to_owned());
        refuse(&world);
        assert!(apply_until_quiet(&world) <= 2, "{nth}");
        let place = if was_made { BUYER } else { REQUESTER };
        assert!(world.members(place).contains(&"ann".to_owned()), "{nth}: ann is in {place}");
        ann_was_never_in_both(&world);
    }
}

#[test]
fn killed_at_any_request_of_a_refused_move_the_place_is_given_back() {
    for nth in 1..=requests(true) {
        let world = killed_at(nth, true);
        refuse(&world);
        // The refusal of a run that was killed is not known to the next, which may ask once more.
        assert!(apply_until_quiet(&world) <= 2, "{nth}");
        assert_eq!(world.members(REQUESTER), ["ann", "bob"], "{nth}");
        assert_eq!(world.members(BUYER), ["cem"], "{nth}");
        ann_was_never_in_both(&world);
    }
}

/// The provider carries out what it was sent, whoever is still there to hear of it.
#[test]
fn killed_after_a_write_was_carried_out_it_is_completed_all_the_same() {
    for write in [1, 2] {
        let world = promotion();
        let mut writes = 0;
        kill_at(&world, move |seen| {
            writes += usize::from(seen.write);
            seen.write && writes == write
        });
        world.carry_out_the_last_write();
        world.heal();
        world.rosterd(["apply", "--yes"]).success().says("An earlier run was interrupted");
        assert_eq!((world.members(REQUESTER), world.members(BUYER)), strings(["bob"], ["ann", "cem"]));
        let sent = world.writes();
        assert_eq!(sent.len(), 2, "nothing is sent again: {sent}");
    }
}

fn strings<const M: usize, const N: usize>(one: [&str; M], other: [&str; N]) -> (Vec<String>, Vec<String>) {
    (one.map(str::to_owned).to_vec(), other.map(str::to_owned).to_vec())
}

#[test]
fn a_move_whose_roster_is_taken_back_in_between_is_not_pursued() {
    let world = promotion();
    let buyer = world.group_id(BUYER);
    kill_at(&world, move |seen| seen.write && seen.path.contains(&buyer));
    world.heal();
    assert_eq!(world.members(REQUESTER), ["bob"]);
    world.forget_requests();
    world.wanted(BUYER).remove("ann");
    world.wanted(REQUESTER).add("ann");
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.writes(), ["PUT emporix/requester +ann -> 201"]);
    world.rosterd(["plan", "--exit-code"]).success().says("Nothing to do");
}

#[test]
fn a_place_that_an_interrupted_move_freed_is_no_drift_when_it_is_wanted_again() {
    let world = promotion();
    world.wanted(BUYER).remove("ann");
    world.wanted(REQUESTER).add("ann");
    world.rosterd(["apply", "--yes"]).success();
    world.wanted(BUYER).add("ann");
    world.wanted(REQUESTER).remove("ann");
    let buyer = world.group_id(BUYER);
    kill_at(&world, move |seen| seen.write && seen.path.contains(&buyer));
    world.heal();
    // The removal was seen to stand before the run was killed; its record was not yet made.
    world.wanted(BUYER).remove("ann");
    world.wanted(REQUESTER).add("ann");
    let run = world.rosterd(["plan", "--format", "json"]).success();
    let change = run.group(REQUESTER)["changes"][0].clone();
    assert_eq!((&change["action"], &change["cause"]), (&"add".into(), &"roster".into()));
}
