//! Beginnings and ends, each told once.

use super::book::{Book, Tried};
use super::{BTreeMap, BTreeSet, Condition, Duration, Instant, Notice, changes, conditions};
use crate::config::Event;
use crate::core::summary::{Counts, LastRun};
use crate::situation::{Provider, Situation};

fn situation(outcome: &str, counts: Counts) -> Situation {
    let mut situation = Situation::new(None);
    situation.configuration.valid = true;
    situation.roster.document.valid = true;
    let last = LastRun { outcome: outcome.to_owned(), counts, ..LastRun::default() };
    situation.providers.insert("emporix".into(), Provider { last: Some(last), ..Provider::default() });
    situation
}

fn told(before: &Situation, now: &Situation) -> Vec<(Event, Event)> {
    let before = conditions(before).into_keys().collect();
    let notices = changes(&before, &conditions(now), true, None);
    notices.into_iter().map(|notice| (notice.event, notice.of)).collect()
}

#[test]
fn a_hold_is_told_when_it_begins_and_when_it_ends_and_not_in_between() {
    let good = situation("applied", Counts::default());
    let held = situation("held", Counts { held: 3, ..Counts::default() });
    let still = situation("held", Counts { held: 5, ..Counts::default() });
    assert_eq!(told(&good, &held), [(Event::Held, Event::Held)]);
    assert_eq!(told(&held, &still), []);
    assert_eq!(told(&still, &good), [(Event::Recovered, Event::Held)]);
}

#[test]
fn numbers_are_told_as_people_say_them() {
    let texts = |counts| conditions(&situation("held", counts)).into_values().collect::<Vec<_>>();
    let one = texts(Counts { held: 1, drift: 1, ..Counts::default() });
    assert!(one.iter().any(|text| text.starts_with("Held at emporix: 1 change; ")), "{one:?}");
    assert!(one.iter().any(|text| text == "Changed by others at emporix: 1 membership."), "{one:?}");
    let two = texts(Counts { held: 2, drift: 2, ..Counts::default() });
    assert!(two.iter().any(|text| text.starts_with("Held at emporix: 2 changes; ")), "{two:?}");
    assert!(two.iter().any(|text| text == "Changed by others at emporix: 2 memberships."), "{two:?}");
}

#[test]
fn a_failure_and_drift_are_told_apart() {
    let good = situation("nothing-to-do", Counts::default());
    let bad = situation("partly-failed", Counts { drift: 1, failed_add: 1, ..Counts::default() });
    assert_eq!(told(&good, &bad), [(Event::Failed, Event::Failed), (Event::Drift, Event::Drift)]);
}

#[test]
fn a_roster_that_does_not_check_concerns_no_provider() {
    let good = situation("applied", Counts::default());
    let mut bad = good.clone();
    bad.roster.document.valid = false;
    bad.roster.document.problem = Some("roster/people.toml:3: …".to_owned());
    let all: BTreeMap<Condition, String> = conditions(&bad);
    assert_eq!(all.keys().map(|condition| condition.provider.clone()).collect::<Vec<_>>(), [None]);
    assert_eq!(told(&bad, &good), [(Event::Recovered, Event::RosterInvalid)]);
}

fn notice(event: Event) -> Notice {
    let (provider, text) = (Some("emporix".into()), String::new());
    Notice { event, of: Event::Failed, provider, text, revision: None }
}

fn book() -> Book {
    Book::new(Event::ALL.into_iter().map(|(_, event)| event).collect(), BTreeSet::new())
}

/// Tries what is due next until so many tries failed; how long that took.
fn fails(book: &mut Book, times: u32, now: &mut Instant) -> Duration {
    let began = *now;
    for _ in 0..times {
        *now = book.next().expect("it is tried again").max(*now);
        let sent = book.begin(*now).expect("something is due");
        book.ended(&sent, false, *now);
    }
    *now - began
}

#[test]
fn a_webhook_that_is_down_for_long_hears_of_what_still_goes_on_and_once() {
    let (mut book, mut now) = (book(), Instant::now());
    book.tell(notice(Event::Failed), now);
    let long = fails(&mut book, 20, &mut now);
    assert!(long > Duration::from_mins(50) && long < Duration::from_mins(70), "{long:?}");
    now = book.next().unwrap();
    let sent = book.begin(now).unwrap();
    assert_eq!(book.ended(&sent, true, now), Tried::Taken);
    assert_eq!((sent.event, book.next()), (Event::Failed, None), "it is told once");
    assert_eq!(book.believed().len(), 1);
    book.tell(notice(Event::Recovered), now);
    let sent = book.begin(now).unwrap();
    assert_eq!((sent.event, book.ended(&sent, true, now)), (Event::Recovered, Tried::Taken));
    assert!(book.next().is_none() && book.believed().is_empty());
}

#[test]
fn what_a_webhook_never_heard_of_is_not_told_to_be_over() {
    let (mut book, mut now) = (book(), Instant::now());
    book.tell(notice(Event::Failed), now);
    fails(&mut book, 7, &mut now);
    book.tell(notice(Event::Recovered), now);
    assert!(book.next().is_none() && book.believed().is_empty());

    // One that is away for a moment only hears both, in order, and what comes back meanwhile as if it had never ended.
    book.tell(notice(Event::Failed), now);
    fails(&mut book, 2, &mut now);
    for event in [Event::Recovered, Event::Failed, Event::Recovered] {
        book.tell(notice(event), now);
    }
    let mut heard = Vec::new();
    while let Some(due) = book.next() {
        let sent = book.begin(due).unwrap();
        book.ended(&sent, true, due);
        heard.push(sent.event);
    }
    assert_eq!(heard, [Event::Failed, Event::Recovered]);
}

#[test]
fn what_a_webhook_did_not_ask_for_counts_as_told() {
    let mut book = Book::new([Event::Recovered].into(), BTreeSet::new());
    let now = Instant::now();
    book.tell(notice(Event::Failed), now);
    assert!(book.next().is_none() && book.believed().len() == 1);
    book.tell(notice(Event::Recovered), now);
    assert_eq!(book.begin(now).map(|sent| sent.event), Some(Event::Recovered));
}

#[test]
fn what_goes_on_is_kept_in_words_that_are_read_again() {
    let at = |event, provider: Option<&str>| Condition { event, provider: provider.map(Into::into) };
    for condition in [at(Event::RosterInvalid, None), at(Event::Failed, Some("a b"))] {
        assert_eq!(Condition::parse(&condition.to_string()), Some(condition));
    }
    assert_eq!(Condition::parse("nonsense"), None);
}

#[test]
fn what_nobody_can_look_at_is_not_over() {
    let before = [Condition { event: Event::RosterInvalid, provider: None }].into();
    let now = BTreeMap::new();
    assert_eq!(changes(&before, &now, false, None), []);
    assert_eq!(changes(&before, &now, true, None).len(), 1);
}
