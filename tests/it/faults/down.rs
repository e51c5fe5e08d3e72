//! One provider in trouble as a whole: the others are read, planned and applied.

use std::time::Duration;

use rosterd::sandbox::{Effect, Fault};

use super::{GROUPS, all_as_wanted, three};
use crate::support::World;

/// After a run in which this provider alone was left out, and a second one when it is well again.
#[track_caller]
fn only_this_one_was_left_alone(world: &World, broken: &str, why: &str) {
    let plan = world.rosterd(["plan", "--exit-code"]).exits(5);
    assert!(plan.stdout.contains(why), "the plan should say {why:?} of {broken}:\n{}", plan.stdout);

    let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(5);
    assert_eq!(run.provider(broken)["outcome"], "unreadable");
    let error = run.provider(broken)["error"].as_str().unwrap_or_default().to_owned();
    assert!(error.contains(why), "{broken} should say {why:?}, and says {error:?}");
    for (provider, group) in GROUPS {
        let expected = if provider == broken { ["ann", "bob"] } else { ["ann", "cem"] };
        assert_eq!(world.members(group), expected, "{group}");
    }

    world.heal();
    // What is well may be slow, on a busy machine.
    world.set_provider(broken, "timeout = \"50s\"");
    world.rosterd(["apply", "--yes"]).success();
    all_as_wanted(world);
}

#[test]
fn a_provider_that_is_down_holds_up_no_other() {
    for (provider, _) in GROUPS {
        let world = three().provider(provider, "retry_budget = \"300ms\"");
        world.down(provider, true);
        only_this_one_was_left_alone(&world, provider, "connection refused");
    }
}

#[test]
fn a_provider_that_answers_nothing_but_500_holds_up_no_other() {
    for (provider, _) in GROUPS {
        let world = three().provider(provider, "retry_budget = \"300ms\"");
        world.fail(provider, Fault::new(Effect::status(500)).always());
        only_this_one_was_left_alone(&world, provider, "The sandbox was told to fail here");
    }
}

#[test]
fn a_provider_that_is_slow_beyond_its_timeout_holds_up_no_other() {
    for (provider, _) in GROUPS {
        let world =
            three().provider(provider, "retry_budget = \"300ms\"").provider(provider, "timeout = \"1s\"");
        world.fail(provider, Fault::new(Effect::Delay(Duration::from_mins(1))).reads().always());
        only_this_one_was_left_alone(&world, provider, "no answer within 1 s");
    }
}

#[test]
fn a_login_page_in_place_of_a_token_holds_up_no_other() {
    for (provider, _) in GROUPS {
        let world = three();
        world.fail(provider, Fault::new(Effect::Html).login().always());
        only_this_one_was_left_alone(&world, provider, "logging in failed: answered with something else");
        let logins = world.seen(provider).into_iter().filter(|seen| seen.login && seen.fault.is_some());
        assert_eq!(logins.count(), 2, "one try for the plan and one for the apply: {provider}");
    }
}
