//! Beginnings and ends, each told once.

use super::{BTreeMap, Condition, changes, conditions};
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
    let notices = changes(&conditions(before), &conditions(now), None);
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
