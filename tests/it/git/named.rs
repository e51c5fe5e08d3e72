//! A branch whose name is the end of another one's name.

use super::{Upstream, world};
use crate::support::until;

#[test]
fn a_branch_that_is_gone_is_not_taken_for_another() {
    let world = world().daemon("schedule = \"0 0 3 1 1 *\"").daemon("listen = \"\"");
    let upstream = Upstream::of(&world);
    upstream.push_story();
    let run = world.path("run").display().to_string();
    let runtime = [("RUNTIME_DIRECTORY", run.as_str())];
    let _daemon = world.start_with(["run"], &runtime);
    until("bob to be added", || world.members("emporix/buyers") == ["ann", "bob"]);
    world.rosterd_with(["reload"], &runtime).success();

    world.wanted("emporix/buyers").add("cleo");
    upstream.push_story();
    upstream.git("work", &["push", "--quiet", "../up.git", "main:refs/heads/refs/heads/main"]);
    upstream.git("up.git", &["update-ref", "-d", "refs/heads/main"]);
    let reload = world.rosterd_with(["reload"], &runtime).exits(1);
    reload.says("the remote has no branch main").says("is in force, taken up");
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob"]);

    upstream.git("up.git", &["update-ref", "-d", "refs/heads/refs/heads/main"]);
    upstream.push();
    world.rosterd_with(["reload"], &runtime).success();
    until("cleo to be added", || world.members("emporix/buyers") == ["ann", "bob", "cleo"]);
}
