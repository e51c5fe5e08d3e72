//! A disk that is full and a folder that cannot be written: nothing is sent that is not written down, nothing is
//! lost, and the next run is fine once there is room.

use std::fs;
use std::process::{Command, Output};

use crate::support::{Group, World};

/// One person to add and one to remove.
fn world() -> World {
    let world = World::new()
        .guard("max_removal_percent", "\"off\"")
        .people(["ann", "bob"])
        .group(Group::at("emporix/buyers").in_sync(["ann"]));
    world.rosterd(["apply", "--yes"]).success();
    world.wanted("emporix/buyers").set(["bob"]);
    world.rosterd(["check"]).success();
    world.forget_requests();
    world
}

/// Runs a shell script that starts rosterd as `"$ROSTERD" …`, in the folder of `rosterd.toml`.
fn shell(world: &World, program: &[&str], script: &str) -> Output {
    let mut command = Command::new(program[0]);
    command.args(&program[1..]).args(["sh", "-c", script]).current_dir(world.path("")).env_clear();
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env("PATH", path).env("ROSTERD", env!("CARGO_BIN_EXE_rosterd"));
    command.env("STATE_DIRECTORY", world.path("state")).output().expect("it starts")
}

/// What a run said, its exit code at the end.
fn told(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}\ncode {:?}", text(&output.stdout), text(&output.stderr), output.status.code())
}

/// The journal is whole, and the rest is done.
fn goes_on(world: &World) {
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members("emporix/buyers"), ["bob"]);
    world.rosterd(["history", "--verify"]).success();
    world.rosterd(["apply", "--yes"]).success().says("Nothing to do");
}

#[test]
fn a_file_that_may_not_grow_stops_every_change() {
    let world = world();
    let journal = world.journal_text();
    // Not one byte more may be written to any file, for root as for everybody; without the signal it is an error.
    let output = shell(&world, &["env"], "trap '' XFSZ; ulimit -f 0; exec \"$ROSTERD\" apply --yes");
    let told = told(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("state") && told.contains("File too large"), "{told}");
    assert_eq!(world.writes(), [], "{told}");
    assert_eq!(world.journal_text(), journal, "not a byte is lost");
    goes_on(&world);
}

#[test]
fn a_journal_that_may_not_grow_stops_every_change() {
    let world = world();
    // The state is larger than the journal, so first the journal is made the larger of the two.
    let long = "x".repeat(60_000);
    let sled = fs::metadata(world.path("state/sled/db")).unwrap().len();
    while (world.journal_text().len() as u64) <= sled + 8192 {
        world.rosterd(["suspend", "emporix", "--for", "1h", "--reason", &long]).success();
        world.rosterd(["resume", "emporix"]).success();
    }
    let journal = world.journal_text();
    world.forget_requests();
    let blocks = journal.len() / 512;
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$ROSTERD\" apply --yes");
    let output = shell(&world, &["bash", "-c", "exec \"$@\"", "bash"], &script);
    let told = told(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains(".jsonl") && told.contains("File too large"), "{told}");
    for line in told.lines() {
        assert!(line.matches("state/journal").count() <= 1, "the path is said once: {line}");
    }
    assert_eq!(world.writes(), [], "{told}");
    assert!(world.journal_text().starts_with(&journal), "not a byte is lost");
    goes_on(&world);
}

#[test]
fn a_full_disk_changes_nothing_and_says_what_to_do() {
    let world = world();
    fs::rename(world.path("state"), world.path("kept")).unwrap();
    fs::create_dir(world.path("state")).unwrap();
    // A small file system of its own, which everybody may have where the system lets them.
    let script = "mount -t tmpfs -o size=4m,mode=0700 tmpfs state || exit 77\n\
                  cp -r kept/. state/\n\
                  cat /dev/zero > state/filler 2>/dev/null\n\
                  \"$ROSTERD\" apply --yes; echo \"full: $?\"\n\
                  rm state/filler\n\
                  \"$ROSTERD\" apply --yes; echo \"free: $?\"\n\
                  \"$ROSTERD\" history --verify; echo \"whole: $?\"\n";
    let output = shell(&world, &["unshare", "--map-root-user", "--mount"], script);
    let told = told(&output);
    if !told.contains("full: ") {
        println!("skipped, there are no file systems of one's own here: {told}");
        return;
    }
    assert!(told.contains("full: 1\n"), "{told}");
    assert!(told.contains("free some space there"), "{told}");
    assert!(told.contains("free: 0\n") && told.contains("whole: 0\n"), "{told}");
    // The first run changed nothing: both changes are those of the second.
    assert_eq!(world.writes().len(), 2, "{}\n{told}", world.writes());
    let full = told.split("full: ").next().unwrap_or_default();
    assert!(!full.contains("applied") && !full.contains("damaged"), "{full}");
    assert!(!told.contains("snapshot file"), "no words of the database: {told}");
    assert_eq!(world.members("emporix/buyers"), ["bob"]);
}

#[test]
fn a_state_folder_that_is_read_only_changes_nothing() {
    let world = world();
    let script = "mount --bind state state && mount -o remount,bind,ro state || exit 77\n\
                  \"$ROSTERD\" apply --yes; echo \"read-only: $?\"\n";
    let output = shell(&world, &["unshare", "--map-root-user", "--mount"], script);
    let told = told(&output);
    if !told.contains("read-only: ") {
        println!("skipped, nothing can be mounted here: {told}");
        return;
    }
    assert!(told.contains("read-only: 1\n"), "{told}");
    assert!(told.contains("the file system must be writable"), "{told}");
    assert_eq!(world.writes(), [], "{told}");
    goes_on(&world);
}

#[test]
fn an_apply_whose_results_cannot_be_written_says_so_and_where_they_stand() {
    let world = world();
    let output = shell(&world, &["env"], "\"$ROSTERD\" apply --yes > /dev/full");
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    let told = told(&output);
    assert!(
        told.contains("cannot be written to standard output") && told.contains("`rosterd history`"),
        "{told}"
    );
    assert_eq!(world.members("emporix/buyers"), ["bob"]);
}
