//! Changes of what goes on are noted and shown one after the other, and whoever reads it waits for nobody.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use super::Shared;
use crate::situation::{LastRun, Provider, Situation};

fn drift(situation: &mut Situation) -> &mut usize {
    &mut situation.providers.get_mut("finance").unwrap().last.as_mut().unwrap().counts.drift
}

#[test]
fn a_change_waits_until_the_one_before_was_shown_and_readers_do_not() {
    let mut situation = Situation::new(None);
    let provider = Provider { last: Some(LastRun::default()), ..Provider::default() };
    situation.providers.insert("finance".into(), provider);
    let shared = Shared::new(Arc::new(|_| None), false, None, situation);
    let (noted, other) = mpsc::channel();
    thread::scope(|scope| {
        shared.note(|situation| {
            *drift(situation) = 1;
            assert_eq!(*drift(&mut shared.situation()), 0, "what is noted is there as a whole, or not yet");
            scope.spawn(|| {
                shared.note(|situation| *drift(situation) += 1);
                noted.send(()).unwrap();
            });
            assert!(other.recv_timeout(Duration::from_millis(200)).is_err(), "changes pass each other");
        });
    });
    assert_eq!(*drift(&mut shared.situation()), 2, "no change is lost");
    let metrics = shared.metrics.encode(jiff::Timestamp::now());
    assert!(metrics.contains("rosterd_drift_memberships{provider=\"finance\"} 2\n"), "{metrics}");
}
