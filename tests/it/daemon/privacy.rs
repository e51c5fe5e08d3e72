//! What goes out to those who only watch: a roster that does not check is told of with places and kinds of errors,
//! and without a word of what stands in it.

use super::NEVER;
use super::webhooks::{Hook, hooked};
use crate::support::until;

/// Wrong in several ways that name people.
const WRONG: &str = "[people.wilhelmina]\nemial = \"wilhelmina@zuse.example\"\n\
                     [people.anneliese]\nemail = \"anneliese at zuse\"\n\
                     [teams.secretariat]\nmembers = [\"wilhelmine\", \"@secretariat\"]\n";
/// Words of it.
const WORDS: [&str; 5] = ["wilhelmin", "anneliese", "zuse", "secretariat", "emial"];

#[track_caller]
fn names_nobody(what: &str, text: &str) {
    for word in WORDS {
        assert!(!text.contains(word), "{what} has {word:?}: {text}");
    }
}

#[test]
fn a_bad_roster_is_shown_in_full_only_to_who_may_open_the_socket() {
    let hook = Hook::new();
    let world = hooked(NEVER, &hook, "events = [\"roster-invalid\"]");
    let run = world.path("run").display().to_string();
    let runtime = [("RUNTIME_DIRECTORY", run.as_str())];
    let daemon = world.start_with(["run"], &runtime);
    daemon.ran("emporix", "start");
    world.write("roster/more.toml", WRONG);
    hook.hears(&["roster-invalid roster-invalid -"]);
    // The log comes on its own way.
    let is_told = |log: &str| log.contains("roster does not check") && log.contains("errors: ");
    until("it to be told", || is_told(&daemon.log()));

    for path in ["/", "/readyz", "/metrics", "/api/v1/status"] {
        names_nobody(path, &daemon.get(path).body);
    }
    names_nobody("the webhook", &format!("{:?}", hook.bodies.lock().unwrap()));
    names_nobody("the log", &daemon.log());
    let problem = daemon.status()["roster"]["problem"].as_str().unwrap().to_owned();
    for (text, told) in
        [(&*problem, "the status"), (&daemon.get("/").body, "the page"), (&daemon.log(), "the log")]
    {
        assert!(
            text.contains("errors: ") && text.contains("roster/more.toml:2:1: unknown key …"),
            "{told}: {text}"
        );
    }
    let status = world.rosterd_with(["status", "--format", "json"], &runtime).success();
    names_nobody("the status as JSON", &status.stdout);

    let status = world.rosterd_with(["status"], &runtime).success();
    status.says("emial = \"wilhelmina@zuse.example\"").says("roster/more.toml:2:1");
    world.rosterd_with(["reload"], &runtime).exits(64).says("emial = \"wilhelmina@zuse.example\"");
    names_nobody("the log", &daemon.log());
}
