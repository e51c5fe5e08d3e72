//! What an approval lets through: exactly what was held, once.

use super::world::{World, group_id, held_lines, judged_lines, user};
use crate::core::digest;
use crate::core::model::{GroupId, Target, UserId};
use crate::core::plan::Action;

const NONE: [&str; 0] = [];

/// Two of three are too many.
fn held() -> World {
    World::new().group("g", &["id:u-1"]).live("g", &["u-1", "u-2", "u-3"]).applied(
        "g",
        "2026-11-20",
        &["u-1"],
        &[],
    )
}

fn digest_of(world: &World) -> String {
    world.judge(&[]).digest.unwrap()
}

#[test]
fn an_approval_lets_what_was_held_through_and_records_that_it_did() {
    let digest = digest_of(&held());
    let judged = held().judge(std::slice::from_ref(&digest));
    assert_eq!(judged_lines(&judged), ["- u-2 drift", "- u-3 drift"]);
    assert_eq!((judged.approval.as_ref(), judged.digest.as_ref()), (Some(&digest), None));
    assert_eq!(held_lines(&judged), NONE);
    let changes = &judged.approved.groups()[0].changes;
    assert!(changes.iter().all(|change| change.approval.as_ref() == Some(&digest)));
}

#[test]
fn what_needed_no_approval_carries_none() {
    let world = held().with("g", |group| group.members.extend(super::world::references(&["id:u-7"])));
    let judged = world.judge(&[digest_of(&world)]);
    let carried: Vec<_> = judged.approved.groups()[0]
        .changes
        .iter()
        .map(|change| (change.user.as_str(), change.approval.is_some()))
        .collect();
    assert_eq!(carried, [("u-7", false), ("u-2", true), ("u-3", true)]);
}

#[test]
fn a_digest_is_named_by_its_first_eight_digits_in_either_case() {
    let digest = digest_of(&held());
    assert_eq!(digest.len(), 64);
    assert!(digest.chars().all(|digit| digit.is_ascii_digit() || ('a'..='f').contains(&digit)), "{digest}");
    for typed in [&digest[..8], &digest[..40], &digest, digest[..12].to_uppercase().as_str()] {
        assert!(held().judge(&[typed.to_owned()]).approval.is_some(), "{typed}");
    }
    let longer = format!("{digest}0");
    for typed in ["", &digest[..7], &digest[1..20], &longer, "00000000"] {
        assert!(held().judge(&[typed.to_owned()]).approval.is_none(), "{typed}");
    }
    assert!(held().judge(&["feedfeed".into(), digest]).approval.is_some(), "one of several");
}

#[test]
fn unrelated_drift_does_not_void_an_approval() {
    let digest = digest_of(&held());
    let drift = held().group("h", &["id:u-1", "id:u-2"]).live("h", &["u-1", "u-9"]);
    let drift = drift.applied("h", "2026-11-20", &["u-1", "u-2"], &[]);
    let drift = drift.with("g", |group| group.members.extend(super::world::references(&["id:u-7"])));
    let judged = drift.judge(&[digest]);
    assert!(judged.approval.is_some());
    assert_eq!(judged_lines(&judged).len(), 5);
}

#[test]
fn another_member_in_what_is_held_voids_it() {
    let digest = digest_of(&held());
    let more = held().live("g", &["u-1", "u-2", "u-3", "u-4"]);
    let judged = more.judge(std::slice::from_ref(&digest));
    assert_eq!((judged.approval, judged.approved.groups().len()), (None, 0));
    let fewer = held().live("g", &["u-1", "u-2", "u-4"]);
    assert_eq!(fewer.judge(&[digest]).approval, None);
}

#[test]
fn the_same_changes_at_another_target_are_others() {
    let mut elsewhere = held();
    elsewhere.provider = "q".into();
    elsewhere.roster.groups = [("q".into(), elsewhere.roster.groups.remove("p").unwrap())].into();
    assert_eq!(elsewhere.judge(&[digest_of(&held())]).approval, None);
}

#[test]
fn none_can_be_replayed() {
    let mut world = held();
    let digest = digest_of(&world);
    world.apply(std::slice::from_ref(&digest));
    assert_eq!(world.members("g"), ["u-1"]);
    world = world.live("g", &["u-1", "u-2", "u-3"]);
    let judged = world.apply(std::slice::from_ref(&digest));
    assert_eq!(judged.approval, None);
    assert_ne!(judged.digest, Some(digest));
    assert_eq!(world.members("g").len(), 3);
}

#[test]
fn what_was_approved_uses_up_no_limit() {
    let mut world = held();
    world.apply(&[digest_of(&world)]);
    assert!(world.remembered.recent.removals.is_empty());
}

#[test]
fn a_protected_removal_beside_it_stays() {
    let world = held().people(&["glass"]).protect(&["glass"]).live("g", &["u-1", "u-2", "u-3", "u-glass"]);
    let judged = world.judge(&[digest_of(&world)]);
    assert_eq!(judged_lines(&judged), ["- u-2 drift", "- u-3 drift", "(- glass drift: held)"]);
    assert_eq!(held_lines(&judged), ["Protected in g: 1"]);
    assert_eq!(judged.digest, None, "there is nothing left to approve");
}

#[test]
fn an_approval_and_what_needs_none_do_not_empty_a_group_together() {
    // Three drift away and are held; bob left and is not. Approving the three does not make bob the last
    // member that may go.
    let world = World::new()
        .people(&["bob"])
        .until("bob", "2026-11-20")
        .group("g", &["bob"])
        .live("g", &["u-2", "u-3", "u-4", "u-bob"])
        .applied("g", "2026-11-20", &["u-bob"], &[]);
    let digest = digest_of(&world);
    assert_eq!(world.judge(&[]).approved.groups()[0].changes.len(), 1, "bob alone may go");
    let judged = world.judge(std::slice::from_ref(&digest));
    let expected = ["- u-2 drift", "- u-3 drift", "- u-4 drift", "(- bob leaver: held)"];
    assert_eq!(judged_lines(&judged), expected);
    assert_eq!(held_lines(&judged), ["LastMember in g: 4 of 4"]);
    let free = world.allow_empty("g").judge(&[digest]);
    assert_eq!(judged_lines(&free).len(), 4);
    assert_eq!(free.plan.groups[0].withheld.len(), 0);
}

#[test]
fn a_digest_covers_every_part_and_no_order() {
    let target = |name: &str| Target::from(name);
    let change = |group: &str, action, id: &str| (group_id(group), action, user(id));
    let of =
        |target: &Target, used, mut held: Vec<(GroupId, Action, UserId)>| digest::of(target, used, &mut held);
    let (one, two) = (change("g", Action::Remove, "u-1"), change("g", Action::Add, "u-2"));
    let whole = of(&target("t"), 0, vec![one.clone(), two.clone()]);
    assert_eq!(whole, of(&target("t"), 0, vec![two.clone(), one.clone()]));
    let others = [
        of(&target("s"), 0, vec![one.clone(), two.clone()]),
        of(&target("t"), 1, vec![one.clone(), two.clone()]),
        of(&target("t"), 0, vec![one.clone()]),
        of(&target("t"), 0, vec![change("h", Action::Remove, "u-1"), two.clone()]),
        of(&target("t"), 0, vec![change("g", Action::Add, "u-1"), two.clone()]),
        of(&target("t"), 0, vec![change("g", Action::Remove, "u-9"), two]),
        of(&target("t"), 0, vec![]),
    ];
    assert!(others.iter().all(|other| *other != whole));
    // Parts cannot flow into each other.
    let (left, right) = (change("ga", Action::Remove, "b"), change("g", Action::Remove, "ab"));
    assert_ne!(of(&target("t"), 0, vec![left]), of(&target("t"), 0, vec![right]));
}

#[test]
fn a_digest_stays_what_it_was() {
    // An approval that waits in a terminal must still be known after an upgrade.
    let mut held = [(group_id("g-1"), Action::Remove, user("u-1"))];
    let digest = digest::of(&Target::from("emporix https://api.emporix.io acme"), 0, &mut held);
    assert_eq!(digest, "b12717eb7614f09bdf7bc9bf2dfbadf7af9bb7cf14bb672ca610ace4c2835ae4");
}
