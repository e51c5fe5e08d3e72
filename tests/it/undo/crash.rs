//! An undo that is killed in the middle: nothing does it again by itself, and the next undo finishes it.

use std::collections::BTreeSet;

use rosterd::sandbox::Seen;

use super::{Dump, change_at, lines, undo, world_at};
use crate::support::{PROVIDERS, World};

/// Kills an undo when its nth write came in, before that was carried out.
fn killed_at_write(world: &World, provider: &str, run: &str, nth: usize) {
    let mut writes = 0;
    let halted = world.halt(provider, move |seen: &Seen| {
        writes += usize::from(seen.write);
        seen.write && writes == nth
    });
    let undoing = world.start(["undo", run, "--yes"]);
    halted.reached();
    undoing.kill();
    world.heal();
}

#[test]
fn killed_at_any_write_it_is_finished_by_the_next_undo_and_by_nothing_else() {
    for (provider, writes) in [("emporix", 4), ("travel", 3), ("finance", 4)] {
        for nth in 1..=writes {
            let world = world_at(provider);
            let before: Dump = world.dump();
            let run = change_at(&world, provider);
            killed_at_write(&world, provider, &run, nth);
            let killed: Dump = world.dump();
            assert_ne!(killed, before, "{provider} {nth}: there is something left to do");

            // A timer comes round: it settles what was open, and changes nothing.
            world.forget_requests();
            world.rosterd(["apply", "--yes"]).exits(3).says("SUSPENDED");
            assert_eq!(world.writes(), [], "{provider} {nth}");
            assert_eq!(world.dump(), killed, "{provider} {nth}");

            undo(&world, &run).success();
            assert_eq!(world.dump(), before, "{provider} {nth}");
            every_change_was_intended_and_has_an_outcome(&world);
        }
    }
}

#[track_caller]
fn every_change_was_intended_and_has_an_outcome(world: &World) {
    let outcomes = lines(world, "outcome");
    let settled: BTreeSet<u64> = outcomes.iter().filter_map(|line| line["of"].as_u64()).collect();
    for intent in lines(world, "intent") {
        let seq = intent["seq"].as_u64().unwrap();
        assert!(settled.contains(&seq), "{intent}");
    }
}

#[test]
fn the_next_undo_settles_what_was_open_itself() {
    for provider in PROVIDERS {
        let world = world_at(provider);
        let before: Dump = world.dump();
        let run = change_at(&world, provider);
        killed_at_write(&world, provider, &run, 1);
        undo(&world, &run).success().says("An earlier run was interrupted");
        assert_eq!(world.dump(), before, "{provider}");
    }
}

#[test]
fn a_run_that_was_killed_is_undone_as_far_as_it_came() {
    for provider in PROVIDERS {
        let world = world_at(provider);
        let before: Dump = world.dump();
        world.wanted(&format!("{provider}/buyers")).remove("bob").add("cem").add("dan");
        let mut writes = 0;
        let halted = world.halt(provider, move |seen: &Seen| {
            writes += usize::from(seen.write);
            seen.write && writes == 2
        });
        let applying = world.start(["apply", "--yes"]);
        halted.reached();
        applying.kill();
        world.heal();
        let run = super::last_run(&world, provider);
        let journal = world.journal_text();
        world.rosterd(["undo", &run, "--dry-run"]).success().says("no outcome of it yet");
        assert_eq!(world.journal_text(), journal, "looking settles nothing");
        undo(&world, &run).success();
        assert_eq!(world.dump(), before, "{provider}");
    }
}

#[test]
fn a_failed_change_of_an_undo_can_be_tried_again() {
    let world = world_at("finance");
    let before: Dump = world.dump();
    let run = change_at(&world, "finance");
    world.fail_by("finance", |seen| {
        let refused = seen.write && seen.method == "DELETE";
        refused.then(|| rosterd::sandbox::Effect::status(403))
    });
    undo(&world, &run).exits(4);
    assert_eq!(world.members("finance/buyers"), ["ann", "bob", "cem", "dan"]);
    world.heal();
    undo(&world, &run).success();
    assert_eq!(world.dump(), before);
}
