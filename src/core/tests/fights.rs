//! Fights over one membership: what counts, what ends them, and what becomes of the others.

use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::world::{World, codes, group_id, held_lines, references, user};
use crate::core::fights::{Event, MOST_UNDONE, Past, Said, Stage, said};
use crate::core::plan::Action;

fn at(hour: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hour)
}

fn tried(action: Action, stood: bool) -> Event {
    Event::Tried { action, stood }
}

fn past(events: Vec<Event>) -> Past {
    let mut past = Past::new("g".into(), None);
    for (hour, event) in (0..).zip(events) {
        past.take(at(hour), event);
    }
    past
}

/// Bob is wanted and missing, x is there and unwanted.
fn world(bob: Vec<Event>, x: Vec<Event>) -> World {
    let mut world = World::new()
        .people(&["a", "bob"])
        .group("g", &["a", "bob"])
        .live("g", &["u-a", "u-x"])
        .applied("g", "2026-11-20", &["u-a", "u-bob"], &[])
        .unguarded();
    for (who, events) in [("u-bob", bob), ("u-x", x)] {
        world.remembered.fights.insert((group_id("g-g"), user(who)), past(events));
    }
    world
}

#[test]
fn the_third_time_is_a_fight_for_whom_rosterd_adds() {
    let twice = world(vec![tried(Action::Add, true); 2], Vec::new());
    assert_eq!((held_lines(&twice.judge(&[])), twice.lines("g").len()), (vec![], 2));
    let thrice = world(vec![tried(Action::Add, true); 3], Vec::new());
    let judged = thrice.judge(&[]);
    assert_eq!(held_lines(&judged), ["Fight in g: 1, limit 3 times in 7 days"]);
    assert_eq!(codes(&judged.plan.groups[0]), ["fight"]);
    assert_eq!(judged.digest, None, "no approval lets it through");
    let sent: Vec<_> = judged.plan.groups[0].changes.iter().map(|change| change.action).collect();
    assert_eq!(sent, [Action::Remove], "the rest goes on");
}

#[test]
fn whom_rosterd_removes_it_goes_on_removing() {
    let judged = world(Vec::new(), vec![tried(Action::Remove, true); 9]).judge(&[]);
    assert_eq!((held_lines(&judged), codes(&judged.plan.groups[0])), (vec![], vec!["fight"]));
    assert_eq!(judged.plan.groups[0].changes.len(), 2);
}

#[test]
fn it_lasts_until_the_roster_says_something_else() {
    let words = |reason: &str| {
        let world = world(Vec::new(), Vec::new());
        let world = world.with("g", |group| group.members = references(&["a", reason]));
        let change = world.group_plan("g").changes.into_iter().find(|it| it.action == Action::Add).unwrap();
        (world, said(&change.because))
    };
    let (mut same, then) = words("bob # covers");
    let stopped = past(vec![Event::Stopped(then.clone())]);
    same.remembered.fights.insert((group_id("g-g"), user("u-bob")), stopped.clone());
    assert_eq!(held_lines(&same.judge(&[])).len(), 1);
    // An edit elsewhere moves the line and says nothing else of bob.
    let moved = same.clone().with("g", |group| group.members.iter_mut().for_each(|it| it.place.line += 7));
    assert_eq!(held_lines(&moved.judge(&[])).len(), 1);

    let (mut other, _) = words("bob # agreed");
    other.remembered.fights.insert((group_id("g-g"), user("u-bob")), stopped.clone());
    let judged = other.judge(&[]);
    assert_eq!((held_lines(&judged), judged.plan.groups[0].fights[0].stage), (vec![], Stage::Over));

    let gone = same.with("g", |group| group.members = references(&["a"]));
    assert_eq!(gone.group_plan("g").fights[0].stage, Stage::Over);
}

#[test]
fn nothing_ends_while_somebody_is_unidentified() {
    let mut world = world(Vec::new(), Vec::new()).sought("zoe", crate::core::model::Found::None);
    world = world.with("g", |group| group.members = references(&["a", "zoe"]));
    let stopped = past(vec![Event::Stopped(Said::new())]);
    world.remembered.fights.insert((group_id("g-g"), user("u-bob")), stopped);
    assert_eq!(world.group_plan("g").fights, []);
}

/// What counts, in other words: changes that stood, each followed by the same change or by now, since the last
/// change of mind or of course.
fn expected(events: &[(i64, Event)], action: Action, since: Timestamp) -> usize {
    let start = events.iter().rposition(|(_, event)| match event {
        Event::Resumed => true,
        Event::Tried { action: other, .. } => *other != action,
        Event::Stopped(_) => false,
    });
    let story = events.iter().skip(start.map_or(0, |start| start + 1));
    let tries: Vec<(i64, bool)> = story
        .filter_map(|(hour, event)| match event {
            Event::Tried { stood, .. } => Some((*hour, *stood)),
            _ => None,
        })
        .collect();
    let undone = tries.windows(2).filter(|pair| pair[0].1 && at(pair[1].0) >= since).count();
    undone + usize::from(tries.last().is_some_and(|last| last.1))
}

fn any_event() -> impl Strategy<Value = Event> {
    let action = select(vec![Action::Add, Action::Add, Action::Add, Action::Remove]);
    prop_oneof![
        8 => (action, any::<bool>()).prop_map(|(action, stood)| tried(action, stood)),
        1 => Just(Event::Resumed),
        1 => Just(Event::Stopped(Said::new())),
    ]
}

proptest! {
    #[test]
    fn only_what_stood_and_was_undone_within_the_window_counts(
        events in vec((0..40_i64, any_event()), 0..20), window in 0..400_i64,
    ) {
        let mut past = Past::new("g".into(), None);
        let mut hour = 0;
        let events: Vec<(i64, Event)> = events.into_iter().map(|(later, event)| { hour += later; (hour, event) }).collect();
        for (hour, event) in &events {
            past.take(at(*hour), event.clone());
        }
        let since = at(hour - window);
        past.forget_before(since);
        for action in [Action::Add, Action::Remove] {
            prop_assert_eq!(past.undone(action), expected(&events, action, since));
        }
    }

    #[test]
    fn no_addition_goes_out_in_a_fight_and_every_removal_does(
        bob in vec(any_event(), 0..12), x in vec(any_event(), 0..12),
    ) {
        let judged = world(bob.clone(), x).judge(&[]);
        let plan = &judged.plan.groups[0];
        let adds = plan.changes.iter().any(|change| change.action == Action::Add);
        let words = plan.changes.iter().chain(plan.withheld.iter().map(|it| &it.change));
        let words = words.filter(|it| it.action == Action::Add).map(|it| said(&it.because)).next().unwrap();
        let past = past(bob);
        let stops = match past.stage(Action::Add, &words) {
            Some(Stage::Begins) => past.undone(Action::Add) >= MOST_UNDONE,
            Some(Stage::Since(_)) => true,
            Some(Stage::Over) | None => false,
        };
        prop_assert_eq!(adds, !stops);
        prop_assert!(plan.changes.iter().any(|change| change.action == Action::Remove));
    }
}
