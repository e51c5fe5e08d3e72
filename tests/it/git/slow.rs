//! A head that takes long to be taken up, although the remote answers at once.

use super::upstream::fake;
use super::{Upstream, world};
use crate::support::until;

#[test]
fn a_reload_answers_for_the_head_that_it_asked_for() {
    let world = world().daemon("schedule = \"0 0 3 1 1 *\"").daemon("listen = \"\"");
    let upstream = Upstream::of(&world);
    upstream.configure("timeout = \"50s\"");
    upstream.push_story();
    let git = upstream.git(".", &["--exec-path"]);
    let slow = world.path("slow").display().to_string();
    // Longer than anybody waits for a remote, and once.
    let script = format!(
        "case \"$*\" in *\"cat-file --batch\"*) rm {slow} 2>/dev/null && sleep 13 ;; esac\nexec {git}/git \"$@\""
    );
    let (path, run) = (fake(&world, "git", &script), world.path("run").display().to_string());
    let env = [("RUNTIME_DIRECTORY", run.as_str()), ("PATH", path.as_str())];
    let _daemon = world.start_with(["run"], &env);
    until("bob to be added", || world.members("emporix/buyers") == ["ann", "bob"]);
    upstream.write("roster/more.toml", "[teams.all]\nmembers = [\"nobody\"]\n");
    upstream.push();
    world.rosterd_with(["reload"], &env[..1]).exits(64).says("nobody");

    upstream.write("roster/more.toml", "[teams.all]\nmembers = [\"ann\"]\n");
    let good = upstream.push();
    world.write("slow", "");
    let reload = world.rosterd_with(["reload"], &env[..1]).success().never_says("nobody");
    reload.says(&format!("In force: roster {}", &good[..7]));
    assert!(!world.path("slow").exists(), "it took long");
}
