//! A plan as text, JSON and markdown, for people and for scripts.

use insta::assert_snapshot;

use crate::support::{Group, World};

#[test]
fn markdown_is_for_pull_requests() {
    let run = world().rosterd(["plan", "--format", "markdown"]).success();
    assert_eq!(run.stderr, "");
    assert_snapshot!(run.text(), @r"
    ### rosterd plan, roster <code>REVISION</code>

    **1 to add, 1 to remove, 0 held, 0 withheld, 1 group unchanged; 8 reads, 2 writes**

    3 providers, 2 groups, 3 memberships

    <b><code>emporix</code> · <code>Buyers</code></b> (<code>buyers</code>): 2 members, +1 −1

    | | who | why |
    |---|---|---|
    | + | <code>robert</code> | <code>roster/teams.toml:5 via &#64;all</code> |
    | − | <code>u:00u4uk00000000003417</code> | <code>first: member before rosterd managed this group</code> |
    ");
}

#[test]
fn json_goes_to_stdout_alone_and_is_the_same_every_time() {
    let world = world();
    let first = world.rosterd(["plan", "--format", "json", "-v"]).success();
    assert!(first.stderr.contains("Planned"), "logs go to stderr: {}", first.stderr);
    let second = world.rosterd(["plan", "--format", "json"]).success();
    let (mut one, mut other) = (first.json(), second.json());
    // The second time there is nothing to look up.
    for json in [&mut one, &mut other] {
        json["summary"]["reads"] = 0.into();
    }
    assert_eq!(one, other);
}

#[test]
fn colour_is_for_terminals_and_never_against_no_color() {
    let world = world();
    world.rosterd(["plan"]).success();
    // From the second plan on there is nothing to look up, and all plans are alike.
    let piped = world.rosterd(["plan", "-v"]).success();
    assert!(!piped.stdout.contains('\u{1b}') && !piped.stderr.contains('\u{1b}'), "{piped:?}");

    let forced = world.rosterd_with(["plan"], &[("CLICOLOR_FORCE", "1")]).success();
    assert!(forced.stdout.contains('\u{1b}'), "colour can be asked for");
    let refused = world.rosterd_with(["plan"], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).success();
    assert_eq!(refused.text(), piped.text());

    world.wanted("emporix/buyers").add("nobody");
    let complaint = world.rosterd(["plan"]).exits(64);
    assert!(!complaint.stderr.contains('\u{1b}'), "{}", complaint.stderr);
}

#[test]
fn logs_say_counts_and_no_names() {
    let world = world();
    let run = world.rosterd(["plan", "-v", "--log-format", "json"]).success();
    let lines = crate::support::json_lines(&run.stderr);
    assert!(
        lines.iter().any(|line| line["fields"]["provider"] == "emporix" && line["fields"]["changes"] == 2)
    );
    for name in ["annika", "robert", "mallory", "acme.example"] {
        assert!(!run.stderr.contains(name), "{name} is in the log: {}", run.stderr);
    }
}

#[test]
fn a_reader_that_stops_reading_is_no_error() {
    let world = world();
    let binary = env!("CARGO_BIN_EXE_rosterd");
    let script = format!("set -o pipefail; {binary} plan | true; echo \"${{PIPESTATUS[0]}}\"");
    world.rosterd(["check"]).success();
    let output = std::process::Command::new("bash")
        .args(["-c", &script])
        .current_dir(world.path(""))
        .env("STATE_DIRECTORY", world.path("state"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "0");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

fn world() -> World {
    World::new()
        .people(["annika", "robert"])
        .strangers(["mallory"])
        .team("all", ["annika", "robert"])
        .group(Group::at("emporix/buyers").live(["annika", "mallory"]).wanted(["@all"]))
        .group(Group::at("finance/payers").in_sync(["annika"]))
}
