//! Commits that have to be signed.

use super::{Upstream, world};

#[test]
fn only_commits_signed_by_an_allowed_key_are_taken_up() {
    let world = world();
    let mut upstream = Upstream::of(&world);
    let ann = upstream.sign_as("ann");
    world.write("signers", &ann);
    upstream.configure("allowed_signers = \"signers\"");
    let signed = upstream.push_story();
    let plan = world.rosterd(["plan"]).success().says(&format!("roster {}", &signed[..7]));
    assert_eq!(plan.stderr, "");

    upstream.sign_no_more();
    world.wanted("emporix/buyers").add("cleo");
    let unsigned = upstream.push_story();
    let plan = world.rosterd(["plan"]).success().says(&format!("roster {}", &signed[..7]));
    assert!(
        plan.stderr.contains(&format!("commit {} is not signed by a key in", &unsigned[..7])),
        "{}",
        plan.stderr
    );
    let said = format!("NOT THE HEAD: commit {} is not signed by a key in", &unsigned[..7]);
    assert!(plan.stdout.lines().nth(1).unwrap().starts_with(&said), "{}", plan.stdout);
    let json = world.rosterd(["plan", "--format", "json"]).success().json();
    assert_eq!(json["roster"]["problem"]["code"], "unsigned");
    assert_eq!(json["roster"]["revision"], signed);
    world.rosterd(["plan", "--exit-code"]).exits(3);
    world.rosterd(["apply", "--yes", "--format", "json"]).exits(3).says("\"unsigned\"");

    // Git says of this one too that the signature is good.
    let mallory = upstream.sign_as("mallory");
    upstream.push_story();
    world
        .rosterd(["plan"])
        .success()
        .says(&format!("roster {}", &signed[..7]))
        .says("is not signed by a key");

    world.write("signers", &format!("{ann}{mallory}"));
    let plan = world.rosterd(["plan"]).success().says(&format!("roster {}", &upstream.head()[..7]));
    assert_eq!(plan.stderr, "");
}

#[test]
fn without_a_signed_commit_there_is_no_roster() {
    let world = world();
    let upstream = Upstream::of(&world);
    upstream.push_story();
    upstream.configure("allowed_signers = \"signers\"");
    world.rosterd(["plan"]).exits(1).says("no roster is in force").says("signers");
    world.write("signers", "");
    world.rosterd(["apply", "--yes"]).exits(1).says("no roster is in force").says("is not signed by a key");
    assert_eq!(world.request_count(), 0);
}
