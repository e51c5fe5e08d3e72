//! A daemon whose audit trail is broken: it stays up, changes nothing, and goes on once a person has accepted that.

use std::fs::{self, File};

use super::{ask, listens, runtime, settled, socket, world};
use crate::support::{me, until};

#[test]
fn it_stays_up_says_so_and_goes_on_by_itself_once_the_break_is_accepted() {
    let world = world();
    world.rosterd(["apply", "--yes"]).success();
    let months = fs::read_dir(world.path("state/journal")).unwrap().map(|month| month.unwrap().path());
    let mut months = months.map(|month| (fs::read_to_string(&month).unwrap(), month));
    let (text, journal) = months.find(|(text, _)| text.contains("\"seq\":2,")).unwrap();
    fs::write(
        &journal,
        text.replacen("rosterd apply", "rosterd APPLY", 1).replacen("\"seq\":2", "\"seq\":2 ", 1),
    )
    .unwrap();
    world.live("emporix/buyers").remove("bob");
    let written = world.writes().len();
    let env = [("RUNTIME_DIRECTORY", &*runtime(&world)), ("WATCHDOG_USEC", "600000")];
    let mut daemon = world.start_with(["-v", "run"], &env);
    listens(&socket(&world));
    until("runs to come to nothing", || {
        let status = ask(&world, ["status", "--format", "json"]).json();
        status["providers"]["emporix"]["last"]["outcome"] == "failed"
    });
    ask(&world, ["status"]).success().says("the audit trail is broken at").says("history --verify");
    ask(&world, ["sync"]).exits(1);
    ask(&world, ["history", "--verify"]).exits(1).says("history --accept-break --reason");
    assert!(!daemon.has_ended(), "{}", daemon.log());
    // Whoever looks at it for a while is no other trouble.
    let lock = File::open(world.path("state/lock")).unwrap();
    until("the lock to be free", || lock.try_lock().is_ok());
    until("the daemon to come upon it", || daemon.log().contains("State and journal are tried again later"));
    ask(&world, ["status"]).success().says("the audit trail is broken at");
    drop(lock);
    until("it to be said", || daemon.log().contains("The audit trail is broken"));
    assert_eq!(daemon.log().matches("cannot be opened yet").count(), 0, "it is said once: {}", daemon.log());
    assert_eq!(world.writes().len(), written);

    ask(&world, ["history", "--accept-break", "--reason", "dave edited it by hand"]).success();
    until("it to be open again", || daemon.log().contains("State and journal are open again"));
    ask(&world, ["sync"]).success();
    settled(&world);
    daemon.signal("TERM");
    daemon.end().success();
    world.rosterd(["history", "--verify"]).success().says(&me()).says("dave edited it by hand");
}
