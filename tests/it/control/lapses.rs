//! A suspension that ends by itself is over for everybody who looks, whether a run came since or not.

use jiff::{SignedDuration, Timestamp};

use super::{ask, daemon};
use crate::support::{Group, World, until};

#[test]
fn a_suspension_that_ended_by_itself_is_shown_no_more() {
    let world = World::new()
        .people(["ann"])
        .daemon("schedule = \"0 0 3 1 1 *\"")
        .daemon("listen = \"127.0.0.1:0\"")
        .group(Group::at("emporix/buyers").in_sync(["ann"]));
    let daemon = daemon!(world);
    daemon.ran("emporix", "start");
    ask(&world, ["suspend", "emporix", "--for", "3s", "--reason", "a look"]).success();
    let end = Timestamp::now() + SignedDuration::from_secs(3);
    // The decision is acted on by a run, and no other comes before next year.
    daemon.ran("emporix", "operator");
    until("the suspension to end", || Timestamp::now() > end);
    let runs = daemon.runs("emporix");
    assert!(daemon.status()["providers"]["emporix"]["suspended"].is_null(), "{}", daemon.status());
    ask(&world, ["status"]).success().never_says("suspended until");
    let json = ask(&world, ["status", "--format", "json"]).success().json();
    assert!(json["providers"]["emporix"]["suspended"].is_null(), "{json}");
    let page = daemon.get("/").body;
    assert!(page.contains("emporix") && !page.contains("suspended until"), "{page}");
    let left = daemon.metrics().value("rosterd_suspended_seconds{provider=\"emporix\"}");
    assert!(left <= 0.0, "{left}");
    assert_eq!(daemon.runs("emporix"), runs, "nothing ran meanwhile");
}
