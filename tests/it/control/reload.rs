//! `rosterd reload`: whether what stands in the files now checks.

use super::{ask, daemon, settled, world};

#[test]
fn says_what_is_in_force_or_what_is_wrong() {
    let world = world();
    let _daemon = daemon!(world);
    settled(&world);
    ask(&world, ["reload"]).success().says("In force: roster ").says("3 groups at 3 providers");
    world.write("roster/more.toml", "[teams.all]\nmembers = [\"nobody\"]\n");
    let bad = ask(&world, ["reload"]).exits(64).says("roster/more.toml:2:").says("nobody");
    bad.says("stays in force until this is mended");
    ask(&world, ["status"]).success().says("does not check");
    ask(&world, ["sync"]).success();
    world.write("roster/more.toml", "[teams.all]\nmembers = [\"ann\"]\n");
    ask(&world, ["reload"]).success().says("In force");
    ask(&world, ["status"]).success().never_says("does not check");
}
