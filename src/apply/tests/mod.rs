//! Moves as they are sent: what a provider is asked for, call by call, and where everybody is in the end.

mod fake;
mod laws;

use super::Sent;
use crate::apply::trail::Run;
use crate::core::guard::OnTrip;
use crate::core::moves::{self, PastMove};
use crate::core::tests::policies::moving;
use crate::core::tests::world::{World, group_id, held_lines, user};
use crate::providers::gate::Closed;
use fake::{Fake, Refusal};

fn a_run() -> Run {
    Run::named("test", "p", "target of p")
}

/// The world of [`moving`], and a provider that does this to ann's addition.
fn refusing(refusal: Refusal) -> (World, Fake) {
    let mut world = moving();
    world.roster.revision = "r1".into();
    let mut fake = Fake::of(&world);
    fake.refuses.insert((group_id("g-new"), user("u-ann")), refusal);
    (world, fake)
}

fn results(sent: &Sent) -> Vec<String> {
    let result = |((group, action, user), result): (&moves::Key, &super::ChangeResult)| {
        let detail = result.detail.as_deref().map_or_else(String::new, |detail| format!(": {detail}"));
        format!("{action:?} {group} {user} {:?}{detail}", result.outcome)
    };
    sent.results.iter().map(result).collect()
}

/// Judges and applies with nothing in the way.
fn again(world: &mut World, fake: &Fake) -> Vec<String> {
    let judged = world.judge(&[]);
    let revision = world.roster.revision.clone();
    fake.apply(world, &judged, &revision);
    fake.take_log()
}

#[test]
fn a_place_is_freed_seen_to_be_free_and_another_taken() {
    let mut world = moving();
    let fake = Fake::of(&world);
    let judged = world.judge(&[]);
    let sent = fake.apply(&mut world, &judged, "r1").unwrap();
    assert_eq!(fake.take_log(), ["old -u-ann", "new +u-ann"]);
    assert_eq!(results(&sent), ["Add g-new u-ann Applied", "Remove g-old u-ann Applied"]);
    assert!(world.remembered.moves.is_empty());
    assert!(again(&mut world, &fake).is_empty());
}

#[test]
fn what_cannot_be_written_down_is_not_sent() {
    let mut world = moving();
    let mut fake = Fake::of(&world);
    fake.journal_is_lost = true;
    let judged = world.judge(&[]);
    let sent = fake.apply(&mut world, &judged, "r1").unwrap();
    assert!(fake.take_log().is_empty());
    for result in sent.results.values() {
        let detail = result.detail.as_deref().unwrap_or_default();
        assert!(detail.starts_with("not sent: "), "{detail}");
    }
    assert!(results(&sent).concat().contains("its intent could not be written down"));
}

#[test]
fn a_refused_addition_gives_the_place_back_and_is_not_tried_again() {
    for refusal in [Refusal::Refused, Refusal::Ignored] {
        let (mut world, fake) = refusing(refusal);
        let judged = world.judge(&[]);
        let sent = fake.apply(&mut world, &judged, "r1").unwrap();
        assert_eq!(fake.take_log(), ["old -u-ann", "new +u-ann", "old +u-ann"]);
        assert_eq!(world.members("old"), ["u-ann", "u-bob"]);
        let why = match refusal {
            Refusal::Refused => "no such role",
            _ => "accepted, but the member is not there when read again",
        };
        assert_eq!(
            results(&sent),
            [
                format!("Add g-new u-ann Failed: {why}; the place in old was given back"),
                "Add g-old u-ann Applied".to_owned(),
                "Remove g-old u-ann Failed: given back, since the addition was refused".to_owned(),
            ]
        );
        assert!(again(&mut world, &fake).is_empty(), "until the roster changes");
        world.roster.revision = "r2".into();
        assert_eq!(again(&mut world, &fake).len(), 3);
    }
}

#[test]
fn a_suspension_in_the_middle_of_a_move_leaves_nobody_in_neither_place() {
    let mut world = moving();
    let mut fake = Fake::of(&world);
    fake.suspended_after = 1;
    let judged = world.judge(&[]);
    let sent = fake.apply(&mut world, &judged, "r1").unwrap();
    assert_eq!(fake.take_log(), ["old -u-ann", "old +u-ann"]);
    assert_eq!(world.members("old"), ["u-ann", "u-bob"]);
    assert_eq!(sent.halted, Some(Closed::Suspended));
    assert_eq!(
        results(&sent),
        [
            "Add g-new u-ann Failed: not sent: the provider was suspended meanwhile; the place in old was given back",
            "Add g-old u-ann Applied",
            "Remove g-old u-ann Failed: given back, since the addition was not sent",
        ]
    );
    assert_eq!(sent.unsent.len(), 2, "nothing went wrong");
    assert!(world.remembered.moves.is_empty());
    fake.heal();
    assert_eq!(again(&mut world, &fake), ["old -u-ann", "new +u-ann"], "once it is resumed");
}

#[test]
fn what_rests_on_a_change_that_a_suspension_kept_back_was_kept_back_with_it() {
    let mut world = moving();
    let fake = Fake::of(&world);
    fake.suspend();
    let judged = world.judge(&[]);
    let sent = fake.apply(&mut world, &judged, "r1").unwrap();
    assert!(fake.take_log().is_empty());
    let why = "Failed: not sent: the provider was suspended meanwhile";
    assert_eq!(results(&sent), [format!("Add g-new u-ann {why}"), format!("Remove g-old u-ann {why}")]);
    assert_eq!(sent.unsent.len(), 2, "nothing went wrong");
}

#[test]
fn what_fails_in_passing_is_given_back_and_tried_again() {
    let (mut world, fake) = refusing(Refusal::Passing);
    assert_eq!(again(&mut world, &fake), ["old -u-ann", "new +u-ann", "old +u-ann"]);
    assert_eq!(again(&mut world, &fake), ["old -u-ann", "new +u-ann", "old +u-ann"]);
}

#[test]
fn nothing_is_taken_on_the_strength_of_a_place_that_was_not_seen() {
    let mut world = moving();
    let mut fake = Fake::of(&world);
    fake.hidden.insert(group_id("g-old"));
    let judged = world.judge(&[]);
    let sent = fake.apply(&mut world, &judged, "r1").unwrap();
    assert_eq!(fake.take_log(), ["old -u-ann"]);
    assert_eq!(
        results(&sent)[0],
        "Add g-new u-ann Failed: not sent: the place in old was not seen to be free"
    );
    fake.hidden.clear();
    assert_eq!(again(&mut world, &fake), ["new +u-ann"], "the next run completes it");
    assert!(world.remembered.moves.is_empty());
}

#[test]
fn a_place_that_cannot_be_given_back_is_owed() {
    let (mut world, mut fake) = refusing(Refusal::Refused);
    fake.refuses.insert((group_id("g-old"), user("u-ann")), Refusal::Passing);
    let judged = world.judge(&[]);
    let sent = fake.apply(&mut world, &judged, "r1").unwrap();
    assert_eq!(
        results(&sent),
        [
            "Add g-new u-ann Failed: no such role; the place in old could not be given back: busy",
            "Add g-old u-ann Failed: busy",
            "Remove g-old u-ann Applied",
        ]
    );
    fake.take_log();
    fake.refuses.remove(&(group_id("g-old"), user("u-ann")));
    assert_eq!(again(&mut world, &fake), ["old +u-ann"]);
    assert!(again(&mut world, &fake).is_empty());
}

#[test]
fn a_crash_between_the_two_is_completed_or_given_back() {
    for refuses in [false, true] {
        let mut world = moving();
        world.roster.revision = "r1".into();
        let mut fake = Fake::of(&world);
        fake.hangs_after = 1;
        let judged = world.judge(&[]);
        assert!(fake.apply(&mut world, &judged, "r1").is_none());
        assert_eq!((world.members("old"), world.members("new")), (vec!["u-bob"], vec!["u-cem"]));
        fake.take_log();
        fake.heal();
        if refuses {
            fake.refuses.insert((group_id("g-new"), user("u-ann")), Refusal::Refused);
        }
        let expected: &[&str] = if refuses { &["new +u-ann", "old +u-ann"] } else { &["new +u-ann"] };
        assert_eq!(again(&mut world, &fake), expected);
        assert!(again(&mut world, &fake).is_empty());
    }
}

/// Somebody in two groups that are kept apart is taken out of both, and gets one of them back.
#[test]
fn an_interrupted_move_out_of_two_places_gives_one_back() {
    let mut world = World::new()
        .people(&["ann", "bob"])
        .group("a", &["bob"])
        .group("b", &["bob"])
        .group("new", &["ann"])
        .exclusive("role", &["a"])
        .exclusive("role", &["b"])
        .separate(&["p/b", "p/new"])
        .live("a", &["u-ann", "u-bob"])
        .live("b", &["u-ann", "u-bob"])
        .unguarded();
    let mut fake = Fake::of(&world);
    fake.refuses.insert((group_id("g-new"), user("u-ann")), Refusal::Refused);
    fake.hangs_after = 2;
    let judged = world.judge(&[]);
    assert!(fake.apply(&mut world, &judged, "").is_none());
    fake.take_log();
    fake.heal();
    assert_eq!(again(&mut world, &fake), ["new +u-ann", "a +u-ann"]);
}

/// One place was freed for two groups, and only one of them took the person.
#[test]
fn nothing_is_given_back_beside_a_place_that_was_taken() {
    let mut world = World::new()
        .people(&["ann", "bob"])
        .group("a", &["bob"])
        .group("d", &["ann"])
        .group("e", &["ann"])
        .exclusive("role", &["a", "d"])
        .separate(&["p/a", "p/e"])
        .live("a", &["u-ann", "u-bob", "u-9"])
        .unguarded();
    let mut fake = Fake::of(&world);
    fake.refuses.insert((group_id("g-d"), user("u-ann")), Refusal::Refused);
    fake.hangs_after = 3;
    let judged = world.judge(&[]);
    assert!(fake.apply(&mut world, &judged, "").is_none());
    assert_eq!(fake.take_log(), ["a -u-ann", "d +u-ann", "e +u-ann", "a -u-9"]);
    fake.heal();
    assert_eq!(again(&mut world, &fake), ["d +u-ann", "a -u-9"]);
    assert_eq!(world.members("e"), ["u-ann"]);
}

/// Somebody is in two places that are kept apart, and only one of them can be ended.
#[test]
fn nothing_is_given_back_beside_a_place_that_could_not_be_freed() {
    let mut world = moving()
        .group("third", &["bob"])
        .exclusive("role", &["third"])
        .live("third", &["u-ann", "u-bob"])
        .unguarded();
    let mut fake = Fake::of(&world);
    fake.stuck.insert((group_id("g-third"), user("u-ann")));
    assert_eq!(again(&mut world, &fake), ["old -u-ann", "third -u-ann"]);
    assert_eq!((world.members("old"), world.members("third")), (vec!["u-bob"], vec!["u-ann", "u-bob"]));
}

/// Two additions are refused, and what each of them gives back is kept apart from the other.
#[test]
fn of_what_two_moves_give_back_only_one_is_made() {
    let mut world = moving()
        .group("other", &["ann"])
        .group("third", &["bob"])
        .exclusive("role", &["third"])
        .separate(&["p/old", "p/other"])
        .live("third", &["u-bob"])
        .unguarded();
    let at = jiff::Timestamp::UNIX_EPOCH;
    let (ann, to, from) = (user("u-ann"), group_id("g-new"), vec![(group_id("g-third"), user("u-ann"))]);
    let open =
        PastMove { user: ann.clone(), to: to.clone(), from, revision: String::new(), refused: None, at };
    world.remembered.moves.insert((ann.clone(), to.clone()), open);
    let mut fake = Fake::of(&world);
    for group in [to, group_id("g-other")] {
        fake.refuses.insert((group, ann.clone()), Refusal::Refused);
    }
    assert_eq!(again(&mut world, &fake), ["old -u-ann", "new +u-ann", "other +u-ann", "third +u-ann"]);
    assert!(fake.beside.lock().unwrap().is_empty());
}

/// A crash in the middle of a move, and then a hold that has nothing to do with it.
#[test]
fn a_place_that_was_freed_before_a_crash_is_given_back_once_while_everything_is_held() {
    let mut world = moving();
    let mut fake = Fake::of(&world);
    fake.hangs_after = 1;
    let judged = world.judge(&[]);
    assert!(fake.apply(&mut world, &judged, "").is_none());
    fake.heal();
    fake.take_log();
    let mut world = world.live("new", &["u-9", "u-cem"]).limits(|limits| {
        limits.on_trip.value = OnTrip::HoldAll;
        limits.max_removals.value = Some(0);
    });
    let fake = Fake::of(&world);
    assert_eq!(again(&mut world, &fake), ["old +u-ann"]);
    assert!(world.remembered.moves.is_empty());
    // Whoever takes her out of it now has decided so.
    let mut world = world.live("old", &["u-bob"]);
    let fake = Fake::of(&world);
    assert_eq!(again(&mut world, &fake), [""; 0]);
}

#[test]
fn too_few_are_left_by_nobody_whose_replacement_failed() {
    let world = moving()
        .people(&["dan"])
        .group("third", &["ann", "dan"])
        .min_members("third", 2)
        .live("third", &["u-ann", "u-bob"])
        .applied("third", "2026-11-20", &["u-ann", "u-bob"], &[]);
    for mut world in [world.clone(), world.allow_empty("third")] {
        let mut fake = Fake::of(&world);
        fake.refuses.insert((group_id("g-third"), user("u-dan")), Refusal::Refused);
        let judged = world.judge(&[]);
        assert_eq!(held_lines(&judged), [""; 0]);
        let sent = fake.apply(&mut world, &judged, "r1").unwrap();
        assert_eq!(world.members("third"), ["u-ann", "u-bob"]);
        let kept = (group_id("g-third"), crate::core::plan::Action::Remove, user("u-bob"));
        let told = sent.results[&kept].detail.as_ref().unwrap();
        assert!(told.starts_with("not sent: too few additions stand"), "{told}");
    }
}
