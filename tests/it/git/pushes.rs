//! Pushes as they should be, and what stays in force when they are not.

use std::fs;

use super::{Upstream, checkouts, world};

#[test]
fn the_commit_is_the_roster_and_its_revision() {
    let world = world();
    let upstream = Upstream::of(&world);
    let first = upstream.push_story();

    let plan = world.rosterd(["plan", "--format", "json"]).success();
    assert_eq!(plan.json()["roster"]["revision"], first.as_str());
    assert_eq!(plan.stderr, "", "all is well");
    let text = world.rosterd(["plan"]).success().says(&format!("roster {}", &first[..7]));
    assert!(
        text.stdout.contains("roster/groups.toml:"),
        "the path in the repository is shown: {}",
        text.stdout
    );
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob"]);

    world.wanted("emporix/buyers").add("cleo");
    let second = upstream.push_story();
    world.rosterd(["apply", "--yes"]).success().says(&format!("roster {}", &second[..7]));
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob", "cleo"]);
    let revisions: Vec<_> = world
        .journal()
        .iter()
        .filter(|line| line["type"] == "roster")
        .map(|line| line["revision"].clone())
        .collect();
    assert_eq!(revisions, [first.as_str(), second.as_str()]);
}

#[test]
fn only_two_checkouts_are_kept_and_nobody_else_may_read_them() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = world();
    let upstream = Upstream::of(&world);
    let mut commits = Vec::new();
    for number in 0..4 {
        upstream.write("notes.txt", &number.to_string());
        commits.push(upstream.push_story());
        world.rosterd(["plan"]).success();
    }
    let mut last = commits.split_off(2);
    last.sort();
    assert_eq!(checkouts(&world), last);
    let mode = fs::metadata(world.path("state/git")).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0);
}

#[test]
fn a_check_makes_no_network_and_goes_by_the_last_commit() {
    let world = world();
    let upstream = Upstream::of(&world);
    let first = upstream.push_story();
    world.rosterd(["check"]).success().says("no commit of the branch was taken up yet");
    assert!(!world.path("state/git").exists(), "nothing was fetched");

    world.rosterd(["plan"]).success();
    world.wanted("emporix/buyers").add("cleo");
    upstream.push_story();
    let check = world.rosterd(["check"]).success().says("a check does not fetch");
    assert!(check.stdout.contains(&format!("roster {}", &first[..7])), "{}", check.stdout);
    let no_git = world.path("empty");
    world.rosterd_with(["check"], &[("PATH", no_git.to_str().unwrap())]).success();
}

#[test]
fn a_roster_that_does_not_check_leaves_the_last_good_one_in_force() {
    let world = world();
    let upstream = Upstream::of(&world);
    let good = upstream.push_story();
    world.rosterd(["plan"]).success();

    upstream.write("roster/more.toml", "[teams.lost]\nmembers = [\"nobody\"]\n");
    let bad = upstream.push();
    let plan = world.rosterd(["plan"]).success().says(&format!("roster {}", &good[..7]));
    for said in ["there is no person `nobody`", "roster/more.toml:2:12"] {
        assert!(plan.stderr.contains(said), "{}", plan.stderr);
    }
    let standing = format!("the roster of commit {} does not check: 1 error", &bad[..7]);
    assert!(
        plan.stderr.contains(&standing) && plan.stderr.contains("is in force, taken up"),
        "{}",
        plan.stderr
    );
    assert_eq!(checkouts(&world), [good], "what does not check is not kept");

    let json = world.rosterd(["plan", "--format", "json", "--exit-code"]).exits(3).json();
    assert_eq!(json["roster"]["problem"]["code"], "invalid", "{json}");
    world.rosterd(["plan", "--format", "markdown"]).success().says("NOT THE HEAD");
    let apply = world.rosterd(["apply", "--yes"]).exits(3).says("NOT THE HEAD");
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob"], "the last good commit is applied");
    assert!(!apply.stderr.contains("nothing was changed"), "{}", apply.stderr);

    upstream.write("roster/more.toml", "");
    let mended = upstream.push();
    let plan = world.rosterd(["plan"]).success().says(&format!("roster {}", &mended[..7]));
    assert_eq!(plan.stderr, "");
}

#[test]
fn a_first_roster_that_does_not_check_is_an_error_of_the_roster() {
    let world = world();
    let upstream = Upstream::of(&world);
    upstream.write("roster/people.toml", "[people.ann]\nemial = \"ann@acme.example\"\n");
    upstream.push();
    world.rosterd(["plan"]).exits(64).says("roster/people.toml:2:1").says("did you mean `email`");
    assert!(checkouts(&world).is_empty());
}

#[test]
fn a_lost_copy_of_the_repository_is_made_anew_and_the_commit_in_force_is_still_known() {
    let world = world();
    let upstream = Upstream::of(&world);
    let first = upstream.push_story();
    world.rosterd(["plan"]).success();
    let branch = fs::read_dir(world.path("state/git")).unwrap().next().unwrap().unwrap().path();
    fs::remove_dir_all(branch.join("checkouts")).unwrap();
    world.rosterd(["plan"]).success();

    // Damaged as by a disk: a pack, and then the repository itself.
    for pack in fs::read_dir(branch.join("mirror/objects/pack")).unwrap() {
        let path = pack.unwrap().path();
        fs::remove_file(&path).unwrap();
        fs::write(&path, "damaged").unwrap();
    }
    world.rosterd(["plan"]).success().says("is damaged").says(&format!("roster {}", &first[..7]));
    assert_eq!(world.rosterd(["plan"]).success().stderr, "", "it was made anew");
    // Left by a git that was killed.
    fs::write(branch.join("mirror/shallow.lock"), "").unwrap();
    assert_eq!(world.rosterd(["plan"]).success().stderr, "");
    fs::write(branch.join("mirror/HEAD"), "damaged").unwrap();
    world.wanted("emporix/buyers").add("cleo");
    let next = upstream.push_story();
    let plan = world.rosterd(["plan"]).success().says(&format!("roster {}", &first[..7]));
    assert!(plan.stderr.contains("is damaged") && plan.stderr.contains("made anew"), "{}", plan.stderr);
    let plan = world.rosterd(["plan"]).success().says(&format!("roster {}", &next[..7]));
    assert_eq!(plan.stderr, "");
}
