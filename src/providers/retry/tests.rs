use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use tokio::time::{Instant, advance};

use super::{Budget, Failure, Retries, Trouble, retry_after, wait_before_next};
use crate::providers::FaultKind;
use crate::providers::http::Repeat::{self, Safe, Unsafe};

const ALL: [Trouble; 7] = [
    Trouble::NotReached,
    Trouble::TooMany,
    Trouble::Server,
    Trouble::Lost,
    Trouble::Denied,
    Trouble::Refused,
    Trouble::Unreadable,
];

fn wait(trouble: Trouble, repeat: Repeat, attempt: u32) -> Option<Duration> {
    wait_before_next(&Failure::new(trouble, ""), repeat, attempt, 1.0)
}

#[test]
fn only_what_may_pass_is_tried_again() {
    let repeated = |repeat| ALL.into_iter().filter(move |trouble| wait(*trouble, repeat, 0).is_some());
    let safe = [Trouble::NotReached, Trouble::TooMany, Trouble::Server, Trouble::Lost];
    assert!(repeated(Safe).eq(safe));
    assert!(repeated(Unsafe).eq([Trouble::NotReached, Trouble::TooMany]));
}

#[test]
fn a_write_whose_effect_is_open_is_unknown() {
    for trouble in [Trouble::Server, Trouble::Lost, Trouble::Unreadable] {
        assert_eq!(trouble.kind(Unsafe), FaultKind::Unknown);
    }
    assert_eq!(Trouble::Unreadable.kind(Safe), FaultKind::Unreadable);
    assert_eq!(Trouble::Refused.kind(Unsafe), FaultKind::Refused);
    assert_eq!(Trouble::Denied.kind(Safe), FaultKind::Auth);
}

#[test]
fn waits_double_up_to_five_seconds_and_end() {
    let waits: Vec<u128> = (0..)
        .map_while(|attempt| wait(Trouble::Server, Safe, attempt))
        .map(|wait| wait.as_millis())
        .collect();
    assert_eq!(waits, [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
}

proptest! {
    #[test]
    fn jitter_takes_any_part_of_a_wait(attempt in 0..7_u32, chance in 0.0..=1.0_f64) {
        let failure = Failure::new(Trouble::Lost, "");
        let most = wait(Trouble::Lost, Safe, attempt).unwrap();
        let wait = wait_before_next(&failure, Safe, attempt, chance).unwrap();
        prop_assert!(wait <= most);
        prop_assert!((wait.as_secs_f64() - most.as_secs_f64() * chance).abs() < 1e-6);
    }

    #[test]
    fn no_header_breaks_anything(header in ".*") {
        retry_after(&header, Timestamp::UNIX_EPOCH);
    }
}

#[test]
fn the_providers_own_wait_wins() {
    let asked = |seconds| Failure {
        retry_after: Some(Duration::from_secs(seconds)),
        ..Failure::new(Trouble::TooMany, "")
    };
    assert_eq!(wait_before_next(&asked(7), Unsafe, 3, 0.5), Some(Duration::from_secs(7)));
    assert_eq!(wait_before_next(&asked(0), Unsafe, 0, 0.5), Some(Duration::from_millis(50)));
}

#[test]
fn retry_after_is_seconds_or_a_date() {
    let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
    let seconds = |header| retry_after(header, now).map(|wait| wait.as_secs());
    assert_eq!(seconds("120"), Some(120));
    assert_eq!(seconds(" 0 "), Some(0));
    assert_eq!(seconds("99999999999999999999999"), Some(u64::MAX));
    assert_eq!(seconds("Sat, 21 Nov 2026 10:00:30 GMT"), Some(30));
    assert_eq!(seconds("Sat, 21 Nov 2026 09:00:00 GMT"), Some(0));
    for nonsense in ["", "-1", "1.5", "soon", "Sat, 21 Nov"] {
        assert_eq!(seconds(nonsense), None, "{nonsense}");
    }
}

#[tokio::test(start_paused = true)]
async fn waits_side_by_side_count_once() {
    let second = Duration::from_secs(1);
    let mut budget = Budget { left: 3 * second, covered_until: None };
    assert!(budget.spend(Instant::now(), 2 * second));
    assert!(budget.spend(Instant::now(), 2 * second));
    assert!(budget.spend(Instant::now(), second));
    assert_eq!(budget.left, second);
    assert!(!budget.spend(Instant::now(), 4 * second), "two seconds more");
    assert!(budget.spend(Instant::now(), 3 * second));
    assert_eq!(budget.left, Duration::ZERO);
    advance(4 * second).await;
    assert!(!budget.spend(Instant::now(), Duration::from_millis(1)));
}

#[tokio::test(start_paused = true)]
async fn all_waiting_together_stays_within_the_budget() {
    let retries = Retries::new(Duration::from_secs(20));
    let started = Instant::now();
    let mut calls = 0;
    while let Ok(wait) = retries.plan(Failure::new(Trouble::Server, "down"), Safe, calls % 7) {
        tokio::time::sleep(wait).await;
        calls += 1;
    }
    let waited = started.elapsed();
    assert!(waited <= Duration::from_millis(20_100), "{waited:?}");
    assert!(waited >= Duration::from_secs(12), "{waited:?}");
}

#[tokio::test]
async fn the_end_of_the_retries_is_explained() {
    let failure = || Failure::new(Trouble::Server, "down (500, GET /x)");
    let retries = Retries::new(Duration::from_millis(500));
    let fault = retries.plan(failure(), Safe, 9).unwrap_err();
    assert_eq!(fault.detail, "down (500, GET /x); tried 10 times");
    let asked = Failure { retry_after: Some(Duration::from_secs(9)), ..failure() };
    let fault = retries.plan(asked, Safe, 0).unwrap_err();
    assert!(fault.detail.contains("asks to wait 9 s, more than what is left of the 0.5 s"), "{fault}");
    let fault = Retries::new(Duration::ZERO).plan(failure(), Safe, 3).unwrap_err();
    assert!(fault.detail.contains("the 0 s for retries (retry_budget) are used up"), "{fault}");
    assert_eq!(retries.plan(failure(), Unsafe, 0).unwrap_err().detail, "down (500, GET /x)");
}

#[test]
fn a_wait_is_told_in_the_unit_that_people_would_use() {
    let told = |seconds: f64| super::told(Duration::from_secs_f64(seconds));
    assert_eq!([told(0.24), told(9.0), told(119.0)], ["0.3 s", "9 s", "119 s"]);
    assert_eq!(
        [told(120.0), told(121.0), told(7199.0)],
        ["2 min", "3 min", "120 min"],
        "never less than it is"
    );
    assert_eq!([told(7200.0), told(86_400.0 * 2.0 - 1.0)], ["2 h", "48 h"]);
    assert_eq!(told(34_974_201.9), "more than a year");
    assert_eq!(told(86_400.0 * 300.5), "301 days");
    assert_eq!(super::told(Duration::MAX), "more than a year");
}
