//! Branches that were rewritten: nothing of them counts until somebody approves exactly that head.

use super::{Upstream, world};

#[test]
fn a_forced_push_holds_until_exactly_that_head_is_approved_and_that_once() {
    let world = world();
    let upstream = Upstream::of(&world);
    let base = upstream.push_story();
    world.wanted("emporix/buyers").add("cleo");
    let taken = upstream.push_story();
    world.rosterd(["apply", "--yes"]).success();

    upstream.git("work", &["reset", "--quiet", "--hard", &base]);
    upstream.write("other.txt", "another history");
    upstream.commit();
    let rewritten = upstream.push_by_force();
    let held = world.rosterd(["apply", "--yes"]).exits(3).says(&format!("roster {}", &taken[..7]));
    let said = format!("its head {} does not descend from {}", &rewritten[..7], &taken[..7]);
    assert!(held.stderr.contains(&said), "{}", held.stderr);
    assert_eq!(
        world.members("emporix/buyers"),
        ["ann", "bob", "cleo"],
        "the last good commit stays in force"
    );
    world.rosterd(["plan"]).success();
    world.rosterd(["plan", "--exit-code"]).exits(3);

    let digest = held.stderr.split("rosterd approve ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    world.rosterd(["approve", &digest, "--reason", "history was cleaned"]).success().says("[roster_git]");
    world.rosterd(["apply", "--yes"]).success().says(&format!("roster {}", &rewritten[..7]));
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob"]);
    let approvals: Vec<_> = world.journal().into_iter().filter(|line| line["type"] == "approval").collect();
    assert_eq!(approvals.len(), 2, "given, and used: {approvals:?}");
    assert_eq!(approvals[1]["used_by"], format!("roster {rewritten}"));
    assert_eq!(approvals[1]["reason"], "history was cleaned");

    // Back to what was held before: the approval is used up.
    upstream.git("work", &["reset", "--quiet", "--hard", &taken]);
    upstream.push_by_force();
    let again = world.rosterd(["plan", "--exit-code"]).exits(3);
    assert!(!again.stderr.contains(&digest), "{}", again.stderr);
    world.rosterd(["history"]).success().says("[roster_git]").says("history was cleaned");
    world.rosterd(["history", "--verify"]).success();
}

#[test]
fn an_approval_of_one_head_lets_no_other_through() {
    let world = world();
    let upstream = Upstream::of(&world);
    upstream.push_story();
    world.rosterd(["plan"]).success();
    upstream.git("work", &["commit", "--quiet", "--amend", "--message=amended"]);
    upstream.push_by_force();
    let held = world.rosterd(["plan", "--exit-code"]).exits(3);
    let digest = held.stderr.split("rosterd approve ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    world.rosterd(["approve", &digest, "--reason", "seen"]).success();

    upstream.git("work", &["commit", "--quiet", "--amend", "--message=amended once more"]);
    upstream.push_by_force();
    let other = world.rosterd(["plan", "--exit-code"]).exits(3);
    assert!(other.stderr.contains("does not descend") && !other.stderr.contains(&digest), "{}", other.stderr);
}

#[test]
fn a_branch_that_comes_back_is_held_no_more() {
    let world = world();
    let upstream = Upstream::of(&world);
    let good = upstream.push_story();
    world.rosterd(["plan"]).success();
    upstream.git("work", &["commit", "--quiet", "--amend", "--message=amended"]);
    upstream.push_by_force();
    world.rosterd(["plan", "--exit-code"]).exits(3);

    upstream.git("work", &["reset", "--quiet", "--hard", &good]);
    upstream.push_by_force();
    let plan = world.rosterd(["plan"]).success();
    assert_eq!(plan.stderr, "");
    world.rosterd(["approve", "0123456789ab", "--reason", "x"]).exits(64).says("the last plan held nothing");
}

#[test]
fn a_long_history_and_a_merge_of_an_old_branch_descend() {
    let world = world();
    let upstream = Upstream::of(&world);
    upstream.push_story();
    upstream.git("work", &["branch", "old"]);
    for number in 0..5 {
        upstream.write("notes.txt", &number.to_string());
        upstream.commit();
    }
    upstream.push();
    world.rosterd(["plan"]).success();
    // More commits than one fetch asks for, and a branch from before the first that was fetched.
    for number in 0..60 {
        upstream.write("notes.txt", &format!("more {number}"));
        upstream.commit();
    }
    upstream.git("work", &["checkout", "--quiet", "old"]);
    upstream.write("old.txt", "");
    upstream.commit();
    upstream.git("work", &["checkout", "--quiet", "main"]);
    upstream.git("work", &["merge", "--quiet", "--message=merged", "old"]);
    let merged = upstream.push();
    let plan = world.rosterd(["plan", "--exit-code"]).exits(2).says(&format!("roster {}", &merged[..7]));
    assert_eq!(plan.stderr, "");
}
