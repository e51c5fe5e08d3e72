//! Mishaps out of a seed, the effects that they use, and the diary.

use std::time::{Duration, Instant};

use serde_json::json;

use super::wire::company_members;
use super::{Api, MEMBERS, plain, populated};
use crate::sandbox::{By, Edit, Effect, Fault, Weather};

#[tokio::test]
async fn the_diary_tells_requests_from_others() {
    let sandbox = populated().await;
    let solvexia = sandbox.solvexia();
    solvexia.keep_diary();
    let late = Effect::EditAfter(vec![Edit::leave("ug-1", "u-1")]);
    solvexia.fail(Fault::new(late).writes());
    plain(&sandbox).post(MEMBERS, json!({ "id": "u-3" })).await;
    solvexia.leave("ug-1", "u-2");
    let told = |turn: &crate::sandbox::Turn| (turn.by, turn.user.clone(), turn.joined);
    let turns: Vec<_> = solvexia.diary().iter().map(told).collect();
    let others = |user: &str| (By::Others, user.to_owned(), false);
    assert_eq!(turns, [(By::Client, "u-3".to_owned(), true), others("u-1"), others("u-2")]);
}

#[tokio::test]
async fn rows_are_lost_where_a_total_tells() {
    let sandbox = populated().await;
    let api = Api::emporix(&sandbox, None).await;
    let members = "/iam/sandboxshop/groups/g1/users";
    let rows = |got: &super::Got| got.json().as_array().map(Vec::len);
    sandbox.emporix().fail(Fault::new(Effect::RowsLost(1)).times(2));
    assert_eq!(rows(&api.get(members).await), Some(2), "nothing would say that one is missing");
    let counted = api.get_counted(members).await;
    assert_eq!((rows(&counted), counted.header("x-total-count")), (Some(1), Some("2")));

    let api = Api::company(&sandbox).await;
    sandbox.company().fail(Fault::new(Effect::RowsLost(1)));
    let body = api.post(&company_members(), json!({ "pagination": {} })).await.json();
    assert_eq!(body["members"].as_array().map(Vec::len), Some(1));
    assert_eq!(body["pagination"]["totalNumResults"], 2);
}

#[tokio::test]
async fn answers_come_late_slowly_and_garbled() {
    let sandbox = populated().await;
    let api = plain(&sandbox);
    let wait = Duration::from_millis(60);
    for effect in [Effect::Late(wait), Effect::SlowBody(wait)] {
        sandbox.solvexia().fail(Fault::new(effect));
        let started = Instant::now();
        assert_eq!(api.get(MEMBERS).await.status, 200);
        assert!(started.elapsed() >= wait);
    }
    sandbox.solvexia().fail(Fault::new(Effect::BadCompression));
    let (status, body) = api.get_in_parts(MEMBERS).await;
    assert_eq!((status, body.is_err()), (200, true));
}

#[tokio::test]
async fn a_seed_gives_the_same_weather_again_and_calm_is_calm() {
    let sandbox = populated().await;
    plain(&sandbox).get(MEMBERS).await;
    let seen = sandbox.solvexia().requests().remove(0);
    let day = |mut weather: Weather| -> Vec<Option<&'static str>> {
        (0..200).map(|_| weather.choose(&seen).map(|effect| effect.name())).collect()
    };
    let rough = || Weather::new(7).rough(200).others(vec![Edit::leave("ug-1", "u-1")]);
    let names = day(rough());
    assert_eq!(names, day(rough()));
    assert_ne!(names, day(Weather::new(8).rough(200)));
    assert!(names.contains(&Some("rows-lost")) && names.contains(&Some("answer")), "{names:?}");
    assert!(day(Weather::new(7)).iter().all(Option::is_none));
}
