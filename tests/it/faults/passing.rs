//! Trouble that passes: waited out, within limits.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::SignedDuration;
use rosterd::sandbox::{Effect, Fault, Reply, RetryAfter};

use super::{GROUPS, all_as_wanted, three};
use crate::support::World;

/// The run succeeds as if nothing had been, and every fault struck.
#[track_caller]
fn passes(world: &World) {
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.faults_waiting(), 0, "every fault struck");
    all_as_wanted(world);
    world.forget_requests();
    world.rosterd(["apply", "--yes"]).success().says("Nothing to do");
}

/// How long after its first failed read a provider was asked anything again.
fn pause(world: &World, provider: &str) -> SignedDuration {
    let seen = world.seen(provider);
    let failed = seen.iter().find(|seen| seen.fault.is_some()).expect("a fault struck");
    let next = seen.iter().find(|seen| seen.at > failed.at && seen.path == failed.path);
    next.expect("it was tried again").at.duration_since(failed.at)
}

#[test]
fn a_burst_of_503_is_waited_out() {
    for (provider, _) in GROUPS {
        for login in [false, true] {
            let world = three();
            let fault = Fault::new(Effect::status(503)).times(3);
            world.fail(provider, if login { fault.login() } else { fault.reads() });
            passes(&world);
        }
    }
}

#[test]
fn dropped_connections_are_tried_again() {
    for (provider, _) in GROUPS {
        for effect in [Effect::DropBefore, Effect::DropAfter, Effect::CutBody] {
            let world = three();
            world.fail(provider, Fault::new(effect.clone()).reads().times(2));
            world.fail(provider, Fault::new(effect).login());
            passes(&world);
        }
    }
}

#[test]
fn a_read_that_takes_too_long_is_tried_again() {
    for (provider, _) in GROUPS {
        let world = three().provider(provider, "timeout = \"4s\"");
        world.fail(provider, Fault::new(Effect::Delay(Duration::from_mins(1))).reads());
        passes(&world);
    }
}

#[test]
fn retry_after_is_heeded_in_seconds_and_as_a_date() {
    let two = Duration::from_secs(2);
    let date = Reply { status: 429, retry_after: Some(RetryAfter::Date(two)), ..Reply::default() };
    for effect in [Effect::retry_after(429, two), Effect::Answer(date), Effect::retry_after(503, two)] {
        for (provider, _) in GROUPS {
            let world = three();
            world.fail(provider, Fault::new(effect.clone()).reads());
            world.rosterd(["apply", "--yes"]).success();
            // A date has no fractions of a second.
            assert!(pause(&world, provider) >= SignedDuration::from_secs(1), "{provider}: {effect:?}");
            all_as_wanted(&world);
        }
    }
}

#[test]
fn a_login_that_is_turned_down_with_429_waits_as_it_is_told() {
    for (provider, _) in GROUPS {
        let world = three();
        world.fail(provider, Fault::new(Effect::retry_after(429, Duration::from_secs(1))).login());
        world.rosterd(["apply", "--yes"]).success();
        assert!(pause(&world, provider) >= SignedDuration::from_secs(1), "{provider}");
        all_as_wanted(&world);
    }
}

#[test]
fn a_write_that_is_turned_down_with_429_is_sent_again() {
    for (provider, _) in GROUPS {
        let world = three();
        world.fail(provider, Fault::new(Effect::status(429)).writes().times(2));
        passes(&world);
    }
}

#[test]
fn a_wait_beyond_the_budget_is_not_begun() {
    // What is usual, and longer than a test waits for a run.
    for (budget, told) in [("20s", "20 s"), ("30m", "1800 s")] {
        for (provider, _) in GROUPS {
            let world = three().provider(provider, &format!("retry_budget = {budget:?}"));
            let wait = Effect::retry_after(429, Duration::from_hours(1));
            world.fail(provider, Fault::new(wait).reads().always());
            let run = world.rosterd(["plan"]).exits(5);
            run.says(&format!("it asks to wait 60 min, more than what is left of the {told} for retries"))
                .says("(retry_budget)");
            let failed: Vec<_> = world.seen(provider).into_iter().filter(|seen| !seen.login).collect();
            let places: BTreeSet<_> = failed.iter().map(|seen| (&seen.path, &seen.query)).collect();
            assert_eq!(places.len(), failed.len(), "nothing is asked twice: {}", world.requests(provider));
        }
    }
}

#[test]
fn a_budget_that_is_used_up_is_named() {
    for (provider, _) in GROUPS {
        let world = three().provider(provider, "retry_budget = \"200ms\"");
        world.fail(provider, Fault::new(Effect::status(503)).reads().always());
        let run = world.rosterd(["plan"]).exits(5);
        run.says("the 0.2 s for retries (retry_budget) are used up");
    }
}
