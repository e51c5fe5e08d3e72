//! Groups of one label, and separated groups, at one provider.

use super::super::world::{World, held_lines, user};
use super::{NONE, moving, of, order, problems, wanted};
use crate::core::diff;
use crate::core::guard::{Adopt, Rule};
use crate::core::model::{Found, Remark};
use crate::core::roster::GroupBinding;

#[test]
fn a_place_is_freed_before_another_is_taken() {
    let judged = moving().judge(&[]);
    assert_eq!((held_lines(&judged), problems(&judged, "new")), (vec![], vec![]));
    assert_eq!(order(&judged), ["free old -u-ann", "take new +u-ann"]);
    let world = moving().people(&["dan"]).group("other", &["dan"]).live("other", &["u-eve"]).applied(
        "other",
        "2026-11-20",
        &[],
        &[],
    );
    assert_eq!(
        order(&world.judge(&[])),
        ["add other +u-dan", "free old -u-ann", "take new +u-ann", "remove other -u-eve"],
        "what needs nothing first comes first, what nobody needs comes last"
    );
    let mut world = moving();
    world.roster.groups.get_mut("p").unwrap().get_mut("new").unwrap().policies.exclusive = None;
    assert_eq!(order(&world.judge(&[])), ["add new +u-ann", "remove old -u-ann"], "no label, no move");
}

#[test]
fn separated_groups_are_moved_between_in_the_same_order() {
    let mut world = moving().separate(&["p/old", "p/new"]);
    for group in world.roster.groups.get_mut("p").unwrap().values_mut() {
        group.policies.exclusive = None;
    }
    assert_eq!(order(&world.judge(&[])), ["free old -u-ann", "take new +u-ann"]);
}

#[test]
fn an_addition_waits_for_a_removal_that_is_held() {
    let world = moving().applied("old", "2026-11-20", &["u-bob"], &["u-ann"]);
    let judged = world.judge(&[]);
    let waits = "Exclusive in new: ann is in old as long as that removal waits";
    assert_eq!(held_lines(&judged), ["Adopt in old: 1", waits]);
    assert_eq!(judged.held[1].set_at.as_deref(), Some("roster.toml:92"));
    assert_eq!(order(&judged), NONE);
    assert_eq!(of(&judged, "new"), ["(+ ann roster: held)"]);
    let approved = world.judge(&[judged.digest.unwrap()]);
    assert_eq!(order(&approved), ["free old -u-ann", "take new +u-ann"]);
    assert_eq!(held_lines(&approved), NONE);
}

#[test]
fn whoever_waits_keeps_the_place_there_is() {
    let full = moving().max_members("new", 1);
    let judged = full.judge(&[]);
    let stays = "Exclusive in old: ann stays as long as the addition to new waits";
    assert_eq!(held_lines(&judged), [stays, "MaxMembers in new: 2, limit 1"]);
    assert_eq!((order(&judged), &judged.digest), (vec![], &None));

    let mut moved = moving().with("new", |group| group.binding = GroupBinding::Name("New".into()));
    moved.remembered.names.insert("New".into(), super::super::world::group_id("g-before"));
    let judged = moved.judge(&[]);
    assert_eq!(held_lines(&judged), ["NameMoved in new: was g-before, is now g-new", stays]);
    let approved = moved.judge(&[judged.digest.unwrap()]);
    assert_eq!(order(&approved), ["free old -u-ann", "take new +u-ann"]);
}

#[test]
fn nobody_is_added_beside_a_group_that_was_not_read() {
    let mut world = moving().people(&["dan"]);
    world.live.groups.remove("old");
    world.live.unread.insert("old".into(), "cut off".into());
    let judged = wanted(world, "new", &["ann", "cem", "dan"]).judge(&[]);
    assert_eq!(
        held_lines(&judged),
        ["Exclusive in new: old was not read in this run"],
        "said once for both of them"
    );
    assert_eq!(order(&judged), NONE);
}

#[test]
fn a_group_that_removes_nobody_keeps_them_out_of_the_others() {
    let judged = moving().include("old").judge(&[]);
    assert_eq!(held_lines(&judged), ["Exclusive in new: ann is in old and stays there"]);
    assert_eq!(order(&judged), NONE);
    assert_eq!(problems(&judged, "old"), NONE, "nobody is in two");
}

#[test]
fn a_second_membership_that_is_live_is_mended_or_told() {
    let drifted = moving().live("new", &["u-ann", "u-cem"]);
    let judged = drifted.judge(&[]);
    assert_eq!((order(&judged), problems(&judged, "new")), (vec!["remove old -u-ann".to_owned()], vec![]));

    let kept = drifted.include("old").judge(&[]);
    let told = |other: &str| {
        format!(
            "policy-violated: ann is in p/{other} too, and one group of `role` is allowed (roster.toml:92)"
        )
    };
    assert_eq!((problems(&kept, "old"), problems(&kept, "new")), (vec![told("new")], vec![told("old")]));
}

#[test]
fn dates_that_bring_somebody_into_both_change_nothing_and_are_told() {
    let world = moving().separate(&["p/old", "p/new"]);
    let overlap = wanted(world, "old", &["ann ..2026-11-30", "bob"]);
    let judged = overlap.judge(&[]);
    assert_eq!(order(&judged), NONE, "whoever is there stays, and comes nowhere else");
    assert_eq!(held_lines(&judged), ["Exclusive in new: ann is in old and stays there"]);
    assert_eq!(order(&overlap.clone().on("2026-12-01").judge(&[])), ["free old -u-ann", "take new +u-ann"]);

    let neither = overlap.live("old", &["u-bob"]).judge(&[]);
    assert_eq!(order(&neither), NONE);
    assert_eq!(
        held_lines(&neither),
        ["Exclusive in new: ann is wanted in old too", "Exclusive in old: ann is wanted in new too"]
    );
}

#[test]
fn a_person_is_the_same_under_an_earlier_id() {
    let world = moving().known("ann", "u-before").live("old", &["u-before", "u-bob"]);
    let judged = world.judge(&[]);
    assert_eq!(order(&judged), ["free old -u-before", "take new +u-ann"]);
}

#[test]
fn swaps_are_made_and_never_at_the_price_of_a_last_member() {
    let swap = |world: World| wanted(wanted(world, "old", &["bob", "cem"]), "new", &["ann"]);
    let judged = swap(moving()).limits(|limits| limits.max_removal_percent.value = None).judge(&[]);
    assert_eq!(
        held_lines(&judged),
        ["LastMember in new: 1 of 1", "Exclusive in old: cem is in new as long as that removal waits"]
    );
    assert_eq!(
        order(&judged),
        ["free old -u-ann", "take new +u-ann"],
        "refused, she would keep nobody company"
    );

    let world = swap(moving()).live("new", &["u-cem", "u-dan"]).people(&["dan"]);
    let judged = wanted(world, "new", &["ann", "dan"]).judge(&[]);
    assert_eq!(order(&judged), ["free new -u-cem", "free old -u-ann", "take new +u-ann", "take old +u-cem"]);
}

#[test]
fn what_the_roster_forbids_no_approval_allows() {
    for rule in [Rule::MaxMembers, Rule::Exclusive, Rule::Separation, Rule::Protected] {
        assert!(!rule.is_approvable());
    }
    // An approval of the rest lets a waiting addition wait.
    let world = moving().include("old").live("new", &["u-cem", "u-9"]).applied(
        "new",
        "2026-11-20",
        &["u-cem"],
        &["u-9"],
    );
    let judged = world.judge(&[]);
    let approved = world.judge(&[judged.digest.unwrap()]);
    assert_eq!(order(&approved), ["remove new -u-9"]);
    assert_eq!(held_lines(&approved), ["Exclusive in new: ann is in old and stays there"]);
    assert_eq!(world.limits.adopt.value, Adopt::Hold);
}

#[test]
fn whoever_cannot_be_let_in_stays() {
    let lost = moving().sought("ann", Found::None).known("ann", "u-ann");
    let mut locked = moving();
    let remark = Remark { code: diff::LOCKED, user: Some(user("u-ann")), detail: "locked".to_owned() };
    locked.live.groups.get_mut("new").unwrap().remarks.push(remark);
    for world in [lost, locked] {
        let judged = world.judge(&[]);
        assert_eq!(order(&judged), NONE, "she would be in neither");
        assert_eq!(of(&judged, "old"), ["(- ann roster: held)"]);
        let stays =
            "move-waits: ann stays here until new, where the roster wants them instead, takes them in";
        assert_eq!(problems(&judged, "old"), [stays]);
    }
}
