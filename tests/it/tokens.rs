//! Logging in: as seldom as can be, for as little as can be, and again when a token runs out.

use std::time::Duration;

use jiff::SignedDuration;
use rosterd::sandbox::{Edit, Effect, Fault};

use crate::support::{Group, PROVIDERS, World};

/// Groups at one provider, each with one person to add and one to remove.
const GROUPS: usize = 20;

/// A change or two in every one of them, several calls at a time.
fn many(provider: &str) -> World {
    let world = (0..GROUPS).fold(World::new().people(["ann", "bob", "cem"]), |world, number| {
        let group = Group::at(&format!("{provider}/group-{number}"));
        world.group(group.live(["ann", "bob"]).wanted(["ann", "cem"]))
    });
    latency(&world, provider, Duration::from_millis(30));
    world
}

/// The same calls one after the other, enough of them to outlive a short token.
fn long_run(provider: &str) -> World {
    many(provider).provider(provider, "concurrency = 1")
}

fn latency(world: &World, provider: &str, latency: Duration) {
    match provider {
        "emporix" => world.sandbox().emporix().latency(latency),
        "travel" => world.sandbox().company().latency(latency),
        _ => world.sandbox().solvexia().latency(latency),
    }
}

fn token_lifetime(world: &World, provider: &str, lifetime: Duration) {
    match provider {
        "emporix" => world.sandbox().emporix().token_lifetime(lifetime),
        "travel" => world.sandbox().company().token_lifetime(lifetime),
        _ => world.sandbox().solvexia().token_lifetime(lifetime),
    }
}

fn revoke_tokens(world: &World, provider: &str) {
    match provider {
        "emporix" => world.sandbox().emporix().revoke_tokens(),
        "travel" => world.sandbox().company().revoke_tokens(),
        _ => world.sandbox().solvexia().revoke_tokens(),
    }
}

#[track_caller]
fn all_as_wanted(world: &World) {
    for (group, members) in world.dump() {
        assert_eq!(members, ["ann", "cem"], "{group}");
    }
}

fn logins(world: &World, provider: &str) -> usize {
    world.seen(provider).iter().filter(|seen| seen.login).count()
}

fn answered(world: &World, provider: &str, status: u16) -> usize {
    world.seen(provider).iter().filter(|seen| seen.status == Some(status)).count()
}

/// Tries these side by side: most of each is waiting.
fn side_by_side<T: Send>(cases: impl IntoIterator<Item = T>, holds: impl Fn(T) + Sync) {
    let holds = &holds;
    std::thread::scope(|scope| {
        for case in cases {
            scope.spawn(move || holds(case));
        }
    });
}

/// Every token is void as soon as the first write was carried out.
fn revoke_at_the_first_write(world: &World, provider: &str) {
    world.fail(provider, Fault::new(Effect::EditAfter(vec![Edit::RevokeTokens])).writes());
}

#[test]
fn a_token_that_runs_out_in_the_middle_is_renewed() {
    // Only SolveXia tells fractions of a second.
    let lifetimes = [("emporix", 4000), ("travel", 4000), ("finance", 4000), ("finance", 3500)];
    side_by_side(lifetimes, |(provider, milliseconds)| {
        let lifetime = Duration::from_millis(milliseconds);
        let world = long_run(provider);
        latency(&world, provider, Duration::from_millis(150));
        token_lifetime(&world, provider, lifetime);
        world.sandbox().solvexia().reuse_tokens(false);

        world.rosterd(["apply", "--yes"]).success();
        all_as_wanted(&world);
        let logins: Vec<_> = world.seen(provider).into_iter().filter(|seen| seen.login).collect();
        assert!(
            logins.len() >= 3,
            "{provider}: the run outlives its token, and {} were asked for",
            logins.len()
        );

        // A slow machine may use up a token before the call arrives; that costs one renewal, and no more.
        let mut early = 0;
        for pair in logins.windows(2) {
            let used = pair[1].at.duration_since(pair[0].at);
            early += usize::from(used < SignedDuration::try_from(lifetime * 7 / 10).expect("it fits"));
        }
        let denied = answered(&world, provider, 401);
        assert!(early <= denied, "{provider}: {early} tokens were renewed early, {denied} were turned down");
        assert!(denied < logins.len() - 1, "{provider}: no token was renewed before it ran out");
    });
}

#[test]
fn a_token_that_is_handed_out_again_with_less_time_left_does_not_end_the_run() {
    let world = long_run("finance");
    let lifetime = Duration::from_millis(2500);
    latency(&world, "finance", Duration::from_millis(100));
    token_lifetime(&world, "finance", lifetime);
    world.sandbox().solvexia().reuse_tokens(true);

    world.rosterd(["apply", "--yes"]).success();
    all_as_wanted(&world);
    // Of what is left each answer leaves a fifth unused, so that few answers use up a token.
    let seen = world.seen("finance");
    let (first, last) = (seen.first().expect("it was called").at, seen.last().expect("it was called").at);
    let lifetime = i128::try_from(lifetime.as_millis()).expect("it is short");
    let lives = last.duration_since(first).as_millis() / lifetime + 1;
    let logins = i128::try_from(logins(&world, "finance")).expect("it is a small number");
    assert!(logins <= lives * 5, "{logins} tokens were asked for in {lives} lives");
    assert!(logins >= 3, "the run outlives its token, and {logins} were asked for");
}

#[test]
fn a_token_that_is_revoked_in_the_middle_is_renewed_once() {
    side_by_side(PROVIDERS, |provider| {
        let world = long_run(provider);
        revoke_at_the_first_write(&world, provider);
        world.rosterd(["apply", "--yes"]).success();

        all_as_wanted(&world);
        assert_eq!(world.faults_waiting(), 0);
        assert_eq!(logins(&world, provider), 2, "{provider}");
        assert_eq!(
            answered(&world, provider, 401),
            1,
            "{provider}: one call at a time, so one is turned down"
        );
    });
}

#[test]
fn calls_that_are_turned_down_together_ask_for_one_token() {
    side_by_side(PROVIDERS, |provider| {
        let world = many(provider);
        // Long enough for what is sent together to be under way when the first one was carried out.
        latency(&world, provider, Duration::from_millis(300));
        revoke_at_the_first_write(&world, provider);
        world.rosterd(["apply", "--yes"]).success();

        all_as_wanted(&world);
        assert_eq!(world.faults_waiting(), 0);
        assert_eq!(logins(&world, provider), 2, "{provider}");
        assert!(answered(&world, provider, 401) > 1, "{provider}: several calls were under way");
    });
}

#[test]
fn one_login_serves_a_whole_command_and_nobody_logs_in_for_nothing() {
    let world = many("emporix");
    let world = world.group(Group::at("finance/payers").live(["ann"]).wanted(["ann", "cem"]));
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(logins(&world, "emporix"), 1);
    assert_eq!(logins(&world, "finance"), 1);
    assert_eq!(world.requests("travel").len(), 0, "no group is there: {}", world.requests("travel"));
}

#[test]
fn a_plan_asks_for_scopes_to_read_and_an_apply_adds_the_one_that_writes() {
    let scopes = |world: &World, provider: &str| {
        let login = world.seen(provider).into_iter().find(|seen| seen.login).expect("it logged in");
        login.body.expect("it has a body")["scope"].as_str().unwrap_or("none asked").to_owned()
    };
    let expected = [
        ("emporix", "iam.group_read iam.user_read", "iam.group_read iam.user_read iam.assignment_manage"),
        ("travel", "none asked", "none asked"),
        ("finance", "usergroup_read user_read", "usergroup user_read"),
    ];
    for (provider, read, write) in expected {
        let world = long_run(provider);
        world.rosterd(["plan"]).success();
        assert_eq!(scopes(&world, provider), read);
        assert_eq!(world.writes(), []);

        world.forget_requests();
        world.rosterd(["apply", "--yes"]).success();
        assert_eq!(scopes(&world, provider), write);
    }
}

#[test]
fn a_client_that_may_only_read_can_plan_and_its_apply_changes_nothing() {
    let world = long_run("emporix");
    world.sandbox().emporix().allow_scopes("iam.group_read iam.user_read");
    world.rosterd(["plan"]).success().says("20 to add");

    world.rosterd(["apply", "--yes"]).exits(4).says("Missing required scopes");
    for (group, members) in world.dump() {
        assert_eq!(members, ["ann", "bob"], "{group}");
    }
}

#[test]
fn a_wrong_secret_concerns_one_provider_and_is_tried_once() {
    for wrong in PROVIDERS {
        let world = World::new().people(["ann", "bob", "cem"]);
        let world = PROVIDERS.into_iter().fold(world, |world, provider| {
            world.group(Group::at(&format!("{provider}/group")).live(["ann", "bob"]).wanted(["ann", "cem"]))
        });
        world.write_secret(&format!("{wrong}-secret"), "this-is-not-the-secret");

        let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(5);
        let error = run.provider(wrong)["error"].as_str().unwrap_or_default().to_owned();
        assert!(error.starts_with("logging in failed: "), "{wrong}: {error}");
        assert!(error.contains("/oauth"), "{wrong}: it says where: {error}");
        assert_eq!(world.seen(wrong).len(), 1, "{wrong}: every further try could lock the account");
        for provider in PROVIDERS {
            let expected = if provider == wrong { ["ann", "bob"] } else { ["ann", "cem"] };
            assert_eq!(world.members(&format!("{provider}/group")), expected, "{provider}");
        }
    }
}

#[test]
fn a_single_401_is_no_trouble_and_a_lasting_one_ends_with_the_second() {
    for provider in PROVIDERS {
        let world = long_run(provider);
        world.fail(provider, Fault::new(Effect::status(401)).reads());
        world.fail(provider, Fault::new(Effect::status(401)).writes().nth(2));
        world.rosterd(["apply", "--yes"]).success();
        assert_eq!(world.faults_waiting(), 0);
        assert_eq!(logins(&world, provider), 3, "{provider}");
        all_as_wanted(&world);

        let world = long_run(provider);
        world.fail(provider, Fault::new(Effect::status(401)).reads().always());
        world.rosterd(["apply", "--yes"]).exits(5).says("UNREADABLE");
        assert_eq!(logins(&world, provider), 2, "{provider}");
        assert_eq!(world.writes(), []);
    }
}

#[test]
fn a_token_from_elsewhere_is_used_as_it_is() {
    let world = long_run("finance");
    let token = world.sandbox().solvexia().static_token("usergroup user_read");
    world.write_secret("finance-token", &token);
    world.set_credentials("finance", "token = { file = \"secrets/finance-token\" }");
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(logins(&world, "finance"), 0);
    all_as_wanted(&world);

    world.forget_requests();
    revoke_tokens(&world, "finance");
    world.rosterd(["plan"]).exits(5).says("UNREADABLE");
    assert_eq!(logins(&world, "finance"), 0);
    assert!(world.seen("finance").len() <= 2, "nobody can renew it: {}", world.requests("finance"));
}
