//! Secrets that are renewed while the daemon runs.

use super::{NEVER, settled};
use crate::support::{World, until};

/// The answers that logging in at Emporix got.
fn logins(world: &World) -> Vec<u16> {
    let seen = world.seen("emporix").into_iter().filter(|seen| seen.login);
    seen.filter_map(|seen| seen.status).collect()
}

#[test]
fn a_renewed_secret_is_taken_up_with_a_reload_and_no_token_is_thrown_away_for_nothing() {
    let world = settled(NEVER);
    let run = world.path("run").display().to_string();
    let runtime = [("RUNTIME_DIRECTORY", run.as_str())];
    let daemon = world.start_with(["run"], &runtime);
    daemon.ran("emporix", "start");
    world.rosterd_with(["reload"], &runtime).success();
    world.rosterd_with(["sync", "--provider", "emporix"], &runtime).success();
    assert_eq!(logins(&world), [200], "nothing changed: the token is used on");

    world.sandbox().emporix().rotate_secret("renewed");
    world.write_secret("emporix-secret", "renewed");
    daemon.signal("HUP");
    daemon.ran("emporix", "change");
    assert_eq!(daemon.status()["providers"]["emporix"]["last"]["outcome"], "nothing-to-do");
    assert_eq!(logins(&world), [200, 200], "the new secret was used, and the old one not again");
    daemon.signal("TERM");
    daemon.end().success().says("The secrets of emporix are others now").never_says("renewed");
}

#[test]
fn a_secret_that_is_missing_for_a_while_ends_no_token() {
    let world = settled(NEVER);
    let daemon = world.start(["run"]);
    daemon.ran("emporix", "start");
    let file = world.path("secrets/emporix-secret");
    let secret = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    daemon.signal("HUP");
    until("it to be told", || daemon.log().contains("it goes on with those it has"));
    world.live("emporix/buyers").remove("bob");
    world.write_secret("emporix-secret", &secret);
    world.wanted("emporix/buyers").remove("bob");
    world.save();
    daemon.ran("emporix", "change");
    assert!(logins(&world).iter().all(|status| *status == 200));
}
