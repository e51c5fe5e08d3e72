//! Whoever shows what is going on hears of changes in their order, and whoever reads it waits for nobody.

use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

use super::Shared;
use crate::core::model::ProviderName;
use crate::situation::{LastRun, Provider, Situation};

/// So many providers that it takes a while to show them.
const PROVIDERS: usize = 40;

fn name(number: usize) -> ProviderName {
    format!("p{number}").as_str().into()
}

fn shared() -> Shared {
    let mut situation = Situation::new(None);
    for number in 0..PROVIDERS {
        let provider = Provider { last: Some(LastRun::default()), ..Provider::default() };
        situation.providers.insert(name(number), provider);
    }
    Shared::new(Arc::new(|_| None), false, None, situation)
}

/// The last provider is shown last.
fn drifts(situation: &mut Situation, drift: usize) {
    let provider = situation.providers.get_mut(&name(PROVIDERS - 1)).unwrap();
    provider.last.as_mut().unwrap().counts.drift = drift;
}

fn drift(shared: &Shared) -> usize {
    shared.situation().providers[&name(PROVIDERS - 1)].last.as_ref().unwrap().counts.drift
}

fn shown(shared: &Shared) -> String {
    let metrics = shared.metrics.encode(jiff::Timestamp::now());
    let family = format!("rosterd_drift_memberships{{provider=\"p{}\"}} ", PROVIDERS - 1);
    metrics.lines().find_map(|line| line.strip_prefix(&family)).expect("it is there").to_owned()
}

#[test]
fn what_was_noted_last_is_what_is_shown() {
    let shared = shared();
    for round in 1..200 {
        let start = Barrier::new(2);
        thread::scope(|scope| {
            for drift in [round, round + 1000] {
                let (shared, start) = (&shared, &start);
                scope.spawn(move || {
                    start.wait();
                    shared.note(|situation| drifts(situation, drift));
                });
            }
        });
        assert_eq!(shown(&shared), drift(&shared).to_string(), "round {round}");
    }
}

#[test]
fn readers_do_not_wait_for_a_change_and_another_change_does() {
    let shared = shared();
    let (noted, other) = mpsc::channel();
    thread::scope(|scope| {
        shared.note(|situation| {
            let shared = &shared;
            drifts(situation, 1);
            assert_eq!(drift(shared), 0, "what is noted is there as a whole, or not yet");
            scope.spawn(move || {
                shared.note(|situation| situation.listener = Some("later".to_owned()));
                noted.send(()).unwrap();
            });
            // It cannot come to an end before this does.
            assert!(other.recv_timeout(Duration::from_millis(200)).is_err(), "changes pass each other");
        });
    });
    let situation = shared.situation();
    assert_eq!((drift(&shared), situation.listener.as_deref()), (1, Some("later")));
}
