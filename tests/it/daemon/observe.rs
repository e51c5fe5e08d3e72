//! A daemon that only looks: it prints what it would do when that changes, and never writes.

use rosterd::sandbox::Seen;

use super::{ALWAYS, listening};
use crate::support::{Group, PROVIDERS, World, until};

/// One addition at each provider.
fn world() -> World {
    ["emporix/buyers", "travel/approvers", "finance/readers"]
        .into_iter()
        .fold(listening(ALWAYS), |world, path| {
            world.group(Group::at(path).live(["ann"]).wanted(["ann", "bob"]))
        })
}

/// Runs it until it looked several times, changes what is live, and lets it look again.
fn only_looks(world: &World, args: &[&str]) {
    let daemon = world.start(args);
    until("it to look often", || PROVIDERS.iter().all(|provider| daemon.runs(provider) >= 3));
    until("it to be printed", || daemon.printed().matches("+ bob").count() >= 3);
    let printed = daemon.printed();
    assert_eq!(printed.matches("+ bob").count(), 3, "each provider is printed once\n{printed}");
    world.live("emporix/buyers").remove("ann");
    until("the news to be printed", || daemon.printed().contains("+ ann"));
    let runs = daemon.runs("emporix");
    until("it to look again", || daemon.runs("emporix") >= runs + 2);
    assert_eq!(daemon.printed().matches("+ ann").count(), 1, "{}", daemon.printed());
    let status = daemon.status();
    assert_eq!(status["providers"]["emporix"]["last"]["outcome"], "planned");
    assert_eq!(status["providers"]["emporix"]["last"]["pending_add"], 2);
    daemon.signal("TERM");
    daemon.end().success();

    assert_eq!(world.writes(), []);
    for provider in PROVIDERS {
        let seen = world.seen(provider);
        let scopes: Vec<String> = seen.into_iter().filter_map(|Seen { scope, .. }| scope).collect();
        assert!(
            scopes.iter().all(|scope| !scope.contains("manage") && !scope.contains("write")),
            "{scopes:?}"
        );
        assert!(provider != "emporix" || scopes.iter().any(|scope| scope.contains("read")), "{scopes:?}");
    }
    assert!(world.journal().iter().all(|line| line["type"] != "intent"), "{}", world.journal_text());
}

#[test]
fn with_the_flag() {
    only_looks(&world(), &["run", "--dry-run"]);
}

#[test]
fn with_the_configuration() {
    let world = world().daemon("dry_run = true");
    only_looks(&world, &["run"]);
    let daemon = world.start(["run"]);
    daemon.ran("emporix", "start");
    assert_eq!(daemon.status()["daemon"]["dry_run"], true);
}

#[test]
fn with_a_provider_that_is_only_observed() {
    let world = PROVIDERS.into_iter().fold(world(), |world, it| world.provider(it, "mode = \"observe\""));
    only_looks(&world, &["run"]);
}

#[test]
fn one_that_is_observed_stops_no_other() {
    let world = world().provider("emporix", "mode = \"observe\"");
    let daemon = world.start(["run"]);
    until("bob to be added", || world.members("travel/approvers") == ["ann", "bob"]);
    until("the other to be looked at", || daemon.runs("emporix") >= 1);
    assert_eq!(world.members("emporix/buyers"), ["ann"]);
    assert_eq!(daemon.status()["providers"]["emporix"]["mode"], "observe");
}
