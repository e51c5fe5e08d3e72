use std::time::Duration;

use tokio::time::{Instant, advance, timeout};

use super::{Pace, Place, RECOVERY, spacing};
use crate::providers::{Connection, Fault, FaultKind};

fn pace(concurrency: usize) -> Pace {
    Pace::new(&Connection { concurrency, ..Connection::default() })
}

/// Takes places until none is free.
async fn fill(pace: &Pace) -> Vec<Place<'_>> {
    let mut places = Vec::new();
    while let Ok(place) = timeout(Duration::from_millis(1), pace.place()).await {
        places.push(place);
    }
    places
}

#[tokio::test(start_paused = true)]
async fn as_many_calls_as_configured_and_at_least_one() {
    assert_eq!(fill(&pace(8)).await.len(), 8);
    assert_eq!(fill(&pace(0)).await.len(), 1);
    drop(pace(usize::MAX));
}

#[tokio::test(start_paused = true)]
async fn one_burst_of_429_halves_the_pace_once() {
    let pace = pace(8);
    let places = fill(&pace).await;
    places.iter().for_each(Place::too_many);
    drop(places);
    assert_eq!(fill(&pace).await.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn places_are_taken_back_from_the_free_ones_and_from_those_in_use() {
    let pace = pace(8);
    let mut held = fill(&pace).await;
    held.truncate(6);
    held[0].too_many();
    assert_eq!(fill(&pace).await.len(), 0);
    held.truncate(3);
    assert_eq!(fill(&pace).await.len(), 1);
    drop(held);
    assert_eq!(fill(&pace).await.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn one_place_is_always_left() {
    let pace = pace(8);
    for _ in 0..10 {
        advance(Duration::from_millis(1)).await;
        pace.place().await.too_many();
    }
    assert_eq!(fill(&pace).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn places_come_back_one_by_one_and_never_beyond_the_limit() {
    let pace = pace(4);
    pace.place().await.too_many();
    assert_eq!(fill(&pace).await.len(), 2);
    for (stretches, expected) in [(1, 3), (1, 4), (3, 4)] {
        for _ in 0..stretches * RECOVERY {
            pace.place().await.succeeded();
        }
        assert_eq!(fill(&pace).await.len(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_place_won_back_while_places_are_owed_is_taken_off_what_is_owed() {
    let pace = pace(4);
    let held = fill(&pace).await;
    held[0].too_many();
    for _ in 0..RECOVERY {
        held[1].succeeded();
    }
    drop(held);
    assert_eq!(fill(&pace).await.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn calls_a_second_are_spaced() {
    let slow = Pace::new(&Connection { requests_per_second: Some(4.0), ..Connection::default() });
    let started = Instant::now();
    for _ in 0..5 {
        slow.slot().await;
    }
    assert_eq!(started.elapsed().as_millis(), 1000);
    advance(Duration::from_secs(10)).await;
    let started = Instant::now();
    slow.slot().await;
    slow.slot().await;
    assert_eq!(started.elapsed().as_millis(), 250, "time that was not used is not saved up");
}

#[test]
fn a_senseless_rate_is_no_limit() {
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(spacing(rate), None);
    }
    assert_eq!(spacing(1e-300), Some(Duration::from_hours(1)));
    assert_eq!(spacing(1e300), Some(Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn everybody_waits_when_the_provider_asks_for_it() {
    let pace = pace(8);
    pace.hold(Duration::from_secs(3));
    pace.hold(Duration::from_secs(1));
    let started = Instant::now();
    pace.slot().await;
    assert!(started.elapsed() >= Duration::from_secs(3));
    let started = Instant::now();
    pace.slot().await;
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[test]
fn five_failures_in_a_row_are_the_end() {
    let pace = pace(8);
    let fail = |kind, detail: &str| pace.ended::<()>(&Err(Fault::new(kind, detail)));
    for _ in 0..4 {
        fail(FaultKind::Passing, "slow");
    }
    pace.ended(&Ok(()));
    for _ in 0..2 {
        fail(FaultKind::Unknown, "lost");
        fail(FaultKind::Passing, "slow");
        fail(FaultKind::Unreadable, "html");
    }
    assert_eq!(pace.given_up(), None);
    fail(FaultKind::Refused, "no");
    for _ in 0..4 {
        fail(FaultKind::Unknown, "lost");
    }
    assert_eq!(pace.given_up(), None);
    fail(FaultKind::Unknown, "the last one");
    fail(FaultKind::Unknown, "one too many");
    let fault = pace.given_up().unwrap();
    assert_eq!(fault.kind, FaultKind::Passing);
    assert!(fault.detail.ends_with("after 5 failures in a row: the last one"), "{fault}");
}
