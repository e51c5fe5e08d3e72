use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, advance};

use super::{Keeper, read_answer};
use crate::providers::FaultKind;

/// How long a token with such an answer is used.
fn used_for(more: &Value) -> f64 {
    let mut answer = json!({"access_token": "tok-1"});
    answer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let asked_at = Instant::now();
    let raw = serde_json::from_value(answer).unwrap();
    let Ok((granted, _)) = read_answer(raw, asked_at) else { panic!("refused") };
    (granted.usable_until - asked_at).as_secs_f64()
}

#[test]
fn a_token_is_used_until_shortly_before_its_end() {
    let cases = [
        (json!({"expires_in": 14399}), 14369.0),
        (json!({"expires_in": 3600.0}), 3570.0),
        (json!({"expires_in": "3600"}), 3570.0),
        (json!({"expires_in": 150}), 120.0),
        (json!({"expires_in": 10}), 8.0),
        (json!({"expires_in": 9.4173}), 7.533_84),
        (json!({"expires_in": " 0.5 "}), 0.4),
        (json!({"expires_in": 0}), 0.0),
        (json!({"expires_in": -1}), 0.0),
        (json!({"expires_in": 1e300}), 2_591_970.0),
        (json!({"expires_in": "inf"}), 2_591_970.0),
        (json!({"expires_in": "NaN"}), 270.0),
        (json!({"expires_in": "soon"}), 270.0),
        (json!({"expires_in": null}), 270.0),
        (json!({"expires_in": {}}), 270.0),
        (json!({}), 270.0),
    ];
    for (answer, expected) in cases {
        let found = used_for(&answer);
        assert!((found - expected).abs() < 0.001, "{answer}: {found}");
    }
}

#[test]
fn odd_fields_do_not_matter_and_a_missing_token_does() {
    used_for(&json!({"token_type": "bEARER", "scope": ["a"], "unknown": 1}));
    used_for(&json!({"token_type": null}));
    for answer in [json!({}), json!({"access_token": 5}), json!({"access_token": "x", "token_type": "DPoP"})]
    {
        let refused = read_answer(serde_json::from_value(answer.clone()).unwrap(), Instant::now());
        assert!(refused.is_err_and(|fault| fault.kind == FaultKind::Auth), "{answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_denied_token_is_not_given_out_again_and_a_newer_one_is() {
    let keeper = Keeper::default();
    let granted = |seconds: u64| {
        let raw = serde_json::from_value(json!({"access_token": "t", "expires_in": seconds})).unwrap();
        let Ok((granted, _)) = read_answer(raw, Instant::now()) else { panic!("refused") };
        granted
    };
    let mut held = keeper.lock().await;
    assert!(held.current(0, None).is_none());
    let first = held.keep(granted(10));
    assert!(held.current(1, None).is_some());
    assert!(held.current(0, Some(&first)).is_none(), "denied");
    let second = held.keep(granted(10));
    assert!(held.current(2, Some(&first)).is_some(), "somebody else renewed it");
    advance(Duration::from_secs(9)).await;
    assert!(held.current(2, None).is_none(), "run out");
    assert!(held.current(1, None).is_some(), "it came while this call was waiting");
    assert!(held.current(1, Some(&second)).is_none());
}
