//! `must_contain`, `min_members`, `max_members`.

use super::super::world::{World, codes, held_lines};
use super::{NONE, of, problems, wanted};
use crate::core::model::Found;

/// Frank must be in the group; somebody drifted in.
fn frank() -> World {
    World::new()
        .people(&["frank", "ann"])
        .group("g", &["frank", "ann"])
        .must_contain("g", &["frank"])
        .live("g", &["u-frank", "u-ann", "u-9"])
        .applied("g", "2026-11-20", &["u-frank", "u-ann"], &[])
        .limits(|limits| limits.max_removal_percent.value = None)
}

#[test]
fn a_plan_that_keeps_everybody_is_sent() {
    let judged = frank().judge(&[]);
    assert_eq!((held_lines(&judged), of(&judged, "g")), (vec![], vec!["- u-9 drift".to_owned()]));
    assert_eq!(problems(&judged, "g"), NONE);
}

#[test]
fn whoever_must_stay_holds_the_removals_of_the_group() {
    let world = frank().until("frank", "2026-11-20");
    let judged = world.judge(&[]);
    assert_eq!(held_lines(&judged), ["MustContain in g: frank"]);
    assert_eq!(judged.held[0].set_at.as_deref(), Some("roster.toml:1"));
    assert_eq!(of(&judged, "g"), ["(- u-9 drift: held)", "(- frank leaver: held)"]);
    assert_eq!(problems(&judged, "g"), NONE, "frank is still there");

    let approved = world.judge(&[judged.digest.unwrap()]);
    assert_eq!(of(&approved, "g"), ["- u-9 drift", "- frank leaver"]);
    assert_eq!(held_lines(&approved), NONE);
}

#[test]
fn whoever_is_missing_already_is_a_finding_too() {
    let world = frank().until("frank", "2026-11-20").live("g", &["u-ann", "u-9"]);
    let judged = world.judge(&[]);
    assert_eq!(held_lines(&judged), ["MustContain in g: frank"]);
    let finding = "policy-violated: frank must be in this group and is not (roster.toml:1)";
    assert_eq!(problems(&judged, "g"), [finding]);
    let quiet = world.live("g", &["u-ann"]).judge(&[]);
    assert_eq!((held_lines(&quiet), problems(&quiet, "g")), (vec![], vec![finding.to_owned()]));
}

#[test]
fn whoever_comes_with_the_same_plan_is_no_finding() {
    let judged = frank().live("g", &["u-ann", "u-9"]).judge(&[]);
    assert_eq!(of(&judged, "g"), ["+ frank drift", "- u-9 drift"]);
    assert_eq!((held_lines(&judged), problems(&judged, "g")), (vec![], vec![]));
}

#[test]
fn somebody_unidentified_is_nobody_who_is_there() {
    let world = World::new()
        .people(&["ann", "bob"])
        .sought("frank", Found::None)
        .group("g", &["frank", "ann"])
        .must_contain("g", &["frank"])
        .live("g", &["u-ann", "u-bob"])
        .applied("g", "2026-11-20", &["u-ann", "u-bob"], &[]);
    let judged = world.judge(&[]);
    assert_eq!(held_lines(&judged), ["MustContain in g: frank"], "bob is known, and yet he stays");
    assert_eq!(codes(&judged.plan.groups[0]), ["unidentified-person", "policy-violated"]);
    let finding = "frank must be in this group, and nobody can say whether they are (roster.toml:1)";
    assert_eq!(problems(&judged, "g")[1], format!("policy-violated: {finding}"));
}

#[test]
fn ids_and_teams_must_be_there_as_they_are_today() {
    let world = frank()
        .people(&["bob"])
        .team("leads", &["ann", "bob 2026-12-01..", "frank ..2026-01-01"])
        .must_contain("g", &["@leads", "id:u-frank", "id:u-8 ..2026-11-20"]);
    assert_eq!(held_lines(&world.judge(&[])), NONE);
    assert_eq!(held_lines(&world.clone().on("2026-12-01").judge(&[])), ["MustContain in g: bob"]);
    let world = world.until("ann", "2026-11-20").until("frank", "2026-11-20");
    assert_eq!(
        held_lines(&world.judge(&[])),
        ["MustContain in g: frank"],
        "a team has nobody who left, an id is the person"
    );
}

#[test]
fn too_few_hold_the_removals_of_the_group() {
    let world = World::new()
        .people(&["ann", "bob"])
        .group("g", &["ann", "bob"])
        .min_members("g", 2)
        .live("g", &["u-ann", "u-bob"])
        .applied("g", "2026-11-20", &["u-ann", "u-bob"], &[])
        .until("bob", "2026-11-20");
    let judged = world.judge(&[]);
    assert_eq!(held_lines(&judged), ["MinMembers in g: 1, limit 2"]);
    assert_eq!(judged.held[0].set_at.as_deref(), Some("roster.toml:90"));
    assert_eq!(problems(&judged, "g"), NONE, "there are two");
    let approved = world.judge(&[judged.digest.unwrap()]);
    assert_eq!(of(&approved, "g"), ["- bob leaver"]);
    assert_eq!(approved.approved.groups()[0].least, 0, "an approval covers every removal");

    let world = wanted(world.people(&["cem"]), "g", &["ann", "cem"]);
    let judged = world.judge(&[]);
    assert_eq!(
        (held_lines(&judged), of(&judged, "g")),
        (vec![], vec!["+ cem roster".into(), "- bob leaver".into()])
    );
    assert_eq!(judged.approved.groups()[0].least, 2, "the sender knows how many must be left");
    let judged = world.clone().allow_empty("g").judge(&[]);
    assert_eq!(
        judged.approved.groups()[0].least,
        2,
        "a group that may be empty still needs as many as it demands"
    );

    let few = world.live("g", &["u-ann"]).with("g", |group| group.members.truncate(1)).judge(&[]);
    assert_eq!(
        problems(&few, "g"),
        ["policy-violated: too few members: 1, and 2 are the least (roster.toml:90)"]
    );
}

#[test]
fn additions_beyond_the_most_wait() {
    let world = World::new()
        .people(&["ann", "bob", "cem", "dan"])
        .group("g", &["ann", "bob", "cem"])
        .max_members("g", 2)
        .live("g", &["u-dan"])
        .applied("g", "2026-11-20", &["u-dan"], &[]);
    let judged = world.judge(&[]);
    assert_eq!(held_lines(&judged), ["MaxMembers in g: 3, limit 2"]);
    assert_eq!(of(&judged, "g"), ["+ ann roster", "+ bob roster", "- dan roster", "(+ cem roster: held)"]);
    assert_eq!((&judged.digest, judged.held[0].set_at.as_deref()), (&None, Some("roster.toml:91")));

    let adopted = world.clone().applied("g", "2026-11-20", &[], &["u-dan"]).judge(&[]);
    assert_eq!(held_lines(&adopted), ["Adopt in g: 1", "MaxMembers in g: 4, limit 2"]);
    assert_eq!(of(&adopted, "g")[0], "+ ann roster", "whoever stays takes up a place");
    assert_eq!(adopted.plan.groups[0].changes.len(), 1);
    let both = world.clone().applied("g", "2026-11-20", &[], &["u-dan"]).judge(&[adopted.digest.unwrap()]);
    assert_eq!(
        of(&both, "g"),
        of(&judged, "g").iter().map(|line| line.replace("dan roster", "dan first")).collect::<Vec<_>>()
    );

    let many = world.live("g", &["u-ann", "u-bob", "u-cem"]).judge(&[]);
    assert_eq!(
        problems(&many, "g"),
        ["policy-violated: too many members: 3, and 2 are the most (roster.toml:91)"]
    );
}
