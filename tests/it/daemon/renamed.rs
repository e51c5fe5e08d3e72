//! A provider that is given another name while its run is on.

use std::fs;

use super::{NEVER, listening};
use crate::support::{Group, until};

#[test]
fn no_two_runs_are_on_at_one_target_whatever_it_is_called() {
    let group = Group::at("emporix/buyers").live(["ann", "bob"]).wanted(["ann"]);
    let world = listening(NEVER).guard("adopt", "\"enforce\"").group(group);
    let held = world.halt("emporix", |seen| seen.write);
    let daemon = world.start(["run"]);
    held.reached();
    // bob is about to be removed; by its new name, the provider should have him.
    for (file, before, after) in [
        ("roster/groups.toml", "\"ann\",\n", "\"ann\", \"bob\",\n"),
        ("roster/groups.toml", "groups.emporix.", "groups.shop."),
        ("rosterd.toml", "[providers.emporix]", "[providers.shop]"),
    ] {
        let text = fs::read_to_string(world.path(file)).unwrap();
        assert!(text.contains(before), "{text}");
        world.write(file, &text.replace(before, after));
    }
    until("the new name to be in force", || !daemon.status()["providers"]["shop"].is_null());
    held.release();
    daemon.ran("shop", "change");
    until("bob to be a member again", || world.members("emporix/buyers") == ["ann", "bob"]);

    let journal = world.journal();
    let place = |provider: &str, event: &str| {
        let is_it = |line: &serde_json::Value| line["provider"] == provider && line["event"] == event;
        journal.iter().position(is_it).unwrap()
    };
    assert!(place("emporix", "end") < place("shop", "begin"), "{}", world.journal_text());
}
