//! The guard when what it remembers is missing or damaged.

use std::fs;

use crate::support::{Group, World};

#[test]
fn a_missing_state_follows_adopt() {
    for (adopt, code, left) in [("\"enforce\"", 0, &["ann"][..]), ("\"hold\"", 3, &["ann", "mallory"])] {
        let world = managed().guard("adopt", adopt);
        fs::remove_dir_all(world.path("state")).unwrap();
        world.live("emporix/buyers").add("mallory");
        world.rosterd(["apply", "--yes"]).exits(code);
        assert_eq!(world.members("emporix/buyers"), left);
    }
}

#[test]
fn a_damaged_state_holds_whatever_adopt_says_until_it_is_approved() {
    let world = managed();
    damage(&world);
    world.live("emporix/buyers").add("mallory");
    world.wanted("emporix/buyers").add("bob");

    let run = world.rosterd(["apply", "--yes"]).exits(3);
    assert!(run.stderr.starts_with("Note: the state was damaged"), "{}", run.stderr);
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob", "mallory"], "additions go on");
    let aside = fs::read_dir(world.path("state")).unwrap();
    let aside =
        aside.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("corrupt"));
    assert_eq!(aside.count(), 1, "set aside whole");

    // Reported once, held until somebody looks.
    let again = world.rosterd(["apply", "--yes"]).exits(3).says("HELD").says("the state was damaged");
    assert_eq!(again.stderr, "");
    assert_eq!(again.digest(), run.digest());
    world.rosterd(["apply", "--yes", "--approve", &again.digest()]).success();
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob"]);

    // From here on it is a state like any other.
    world.live("emporix/buyers").add("mallory");
    world.set_guard("max_removal_percent", "\"off\"");
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob"]);
}

#[test]
fn a_plan_over_a_damaged_state_changes_nothing_about_the_hold() {
    let world = managed();
    damage(&world);
    world.live("emporix/buyers").add("mallory");
    world.rosterd(["plan", "--exit-code"]).exits(3).says("the state was damaged");
    world.rosterd(["plan", "--exit-code"]).exits(3);
    world.rosterd(["apply", "--yes"]).exits(3);
    assert_eq!(world.members("emporix/buyers"), ["ann", "mallory"]);
}

/// A world that was applied, with nothing left to do.
fn managed() -> World {
    let world = World::new()
        .people(["ann", "bob"])
        .strangers(["mallory"])
        .group(Group::at("emporix/buyers").in_sync(["ann"]));
    world.rosterd(["apply", "--yes"]).success();
    world
}

/// Writes over the middle of the database.
fn damage(world: &World) {
    let file = world.path("state/sled/db");
    let mut bytes = fs::read(&file).unwrap();
    let length = bytes.len();
    for byte in bytes.iter_mut().take(length / 2).skip(16) {
        *byte ^= 0x5a;
    }
    fs::write(file, bytes).unwrap();
}
