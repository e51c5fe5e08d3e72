//! What the three servers share: the request log, faults, being down. The APIs have tests of their own.

mod storms;
mod wire;

use std::time::{Duration, Instant};

use serde_json::json;

use super::{Edit, Effect, Fault, Reply, ReplyBody, RetryAfter, Sandbox, emporix, solvexia};
pub(super) use wire::{Api, Got};

/// One group with two members in each of the three.
pub(super) async fn populated() -> Sandbox {
    let sandbox = Sandbox::start().await.unwrap();
    let emporix = sandbox.emporix();
    emporix.add_group(emporix::Group::new("g1", "Catalog").translated("de", "Katalog"));
    let company = sandbox.company();
    company.add_group(super::company::Group::new(&super::company::group_id(1), "Coordinators"));
    let solvexia = sandbox.solvexia();
    solvexia.add_group("ug-1", "Ledger");
    for number in 1..=3 {
        let email = format!("user.{number}@example.com");
        emporix.add_user(emporix::User::employee(&emporix::user_id(number), &email));
        company.add_user(super::company::User::new(&super::company::user_id(number), &email));
        solvexia.add_user(solvexia::User::new(&solvexia::user_id(number), &format!("acme.{number}")));
        if number < 3 {
            emporix.join("g1", &emporix::user_id(number));
            company.join(&super::company::group_id(1), &super::company::user_id(number));
            solvexia.join("ug-1", &solvexia::user_id(number));
        }
    }
    sandbox
}

/// SolveXia with a token for everything: it has the fewest rules, so it shows what all three share.
fn plain(sandbox: &Sandbox) -> Api {
    let token = sandbox.solvexia().static_token("usergroup user");
    Api::new(sandbox.solvexia().url(), &token)
}

const MEMBERS: &str = "/api/v1/usergroups/ug-1/users";

#[tokio::test]
async fn the_log_tells_method_body_status_scope_and_agent() {
    let sandbox = populated().await;
    let api = plain(&sandbox);
    api.get(MEMBERS).await;
    api.post(MEMBERS, json!({ "id": "u-3" })).await;
    api.post(MEMBERS, json!({ "id": "u-99" })).await;

    let seen = sandbox.solvexia().requests();
    let lines: Vec<String> = seen.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "GET /api/v1/usergroups/ug-1/users -> 200",
            "POST /api/v1/usergroups/ug-1/users {\"id\":\"u-3\"} -> 200",
            "POST /api/v1/usergroups/ug-1/users {\"id\":\"u-99\"} -> 404",
        ]
    );
    assert_eq!(seen[0].scope.as_deref(), Some("user usergroup"));
    assert_eq!(seen[0].user_agent.as_deref(), Some("sandbox-test"));
    assert_eq!(sandbox.solvexia().writes().len(), 2);
    sandbox.solvexia().clear_requests();
    assert!(sandbox.solvexia().requests().is_empty());
}

#[tokio::test]
async fn a_secret_is_not_in_the_log() {
    let sandbox = populated().await;
    let solvexia = sandbox.solvexia();
    let body = json!({ "client_id": solvexia.client_id(), "client_secret": solvexia.client_secret(),
        "grant_type": "client_credentials", "scope": "user" });
    assert_eq!(Api::new(solvexia.url(), "").post("/oauth/token", body).await.status, 200);
    let login = &solvexia.logins()[0];
    assert!(!login.write);
    assert!(!format!("{login:?}").contains(solvexia.client_secret()), "{login:?}");
}

#[tokio::test]
async fn a_fault_meets_the_nth_match_and_no_other_call() {
    let sandbox = populated().await;
    let api = plain(&sandbox);
    let reply = Reply {
        status: 503,
        body: Some(ReplyBody::Text("busy".to_owned())),
        retry_after: Some(RetryAfter::Seconds(Duration::from_millis(1500))),
    };
    let fault = Fault::new(Effect::Answer(reply)).method("POST").path("/ug-1/").nth(2).times(2);
    sandbox.solvexia().fail(fault);
    let mut statuses = Vec::new();
    for id in ["u-1", "u-2", "u-3", "u-3"] {
        assert_eq!(api.get(MEMBERS).await.status, 200);
        let got = api.post(MEMBERS, json!({ "id": id })).await;
        if got.status == 503 {
            assert_eq!((got.header("retry-after"), got.text.as_str()), (Some("2"), "busy"));
        }
        statuses.push(got.status);
    }
    assert_eq!(statuses, [200, 503, 503, 200]);
    assert_eq!(sandbox.solvexia().faults_waiting(), 0);
}

#[tokio::test]
async fn retry_after_may_be_a_date() {
    let sandbox = populated().await;
    let date = RetryAfter::Date(Duration::from_mins(1));
    let reply = Reply { status: 429, body: None, retry_after: Some(date) };
    sandbox.solvexia().fail(Fault::new(Effect::Answer(reply)));
    let before = jiff::Timestamp::now();
    let got = plain(&sandbox).get(MEMBERS).await;
    let after = jiff::Timestamp::now();
    let text = got.header("retry-after").unwrap();
    let at = jiff::fmt::rfc2822::parse(text).unwrap().timestamp();
    let minute = jiff::SignedDuration::from_mins(1);
    // A date has no fractions of a second.
    let second = jiff::SignedDuration::from_secs(1);
    assert!(at > before + minute - second && at <= after + minute, "{text} between {before} and {after}");
    assert!(got.json()["supportId"].is_string());
}

#[tokio::test]
async fn a_dropped_connection_tells_nothing_and_only_the_late_one_changed_something() {
    let sandbox = populated().await;
    let api = plain(&sandbox);
    let solvexia = sandbox.solvexia();
    solvexia.fail(Fault::new(Effect::DropBefore).writes());
    assert!(api.try_post(MEMBERS, json!({ "id": "u-3" })).await.is_err());
    assert!(!solvexia.members("ug-1").contains("u-3"));
    solvexia.fail(Fault::new(Effect::DropAfter).writes());
    assert!(api.try_post(MEMBERS, json!({ "id": "u-3" })).await.is_err());
    assert!(solvexia.members("ug-1").contains("u-3"));
    assert!(solvexia.writes().iter().all(|seen| seen.status.is_none()));
    assert_eq!(api.get(MEMBERS).await.status, 200);
}

#[tokio::test]
async fn an_error_after_the_change_leaves_the_change() {
    let sandbox = populated().await;
    let reply = Reply { status: 502, ..Reply::default() };
    sandbox.solvexia().fail(Fault::new(Effect::AnswerAfter(reply)));
    let got = plain(&sandbox).post(MEMBERS, json!({ "id": "u-3" })).await;
    assert_eq!(got.status, 502);
    assert!(sandbox.solvexia().members("ug-1").contains("u-3"));
}

#[tokio::test]
async fn a_cut_body_starts_well_and_breaks_off() {
    let sandbox = populated().await;
    sandbox.solvexia().fail(Fault::new(Effect::CutBody).reads());
    let api = plain(&sandbox);
    let (status, body) = api.get_in_parts(MEMBERS).await;
    assert_eq!(status, 200);
    assert!(body.is_err(), "{body:?}");
    assert_eq!(api.get_in_parts(MEMBERS).await.1.unwrap().len(), api.get(MEMBERS).await.text.len());
}

#[tokio::test]
async fn html_redirects_and_delays() {
    let sandbox = populated().await;
    let api = plain(&sandbox);
    sandbox.solvexia().fail(Fault::new(Effect::Html));
    let got = api.get(MEMBERS).await;
    assert_eq!((got.status, got.text.starts_with("<!doctype html>")), (200, true));
    sandbox.solvexia().fail(Fault::new(Effect::Redirect("http://elsewhere.invalid/".to_owned())));
    let got = api.get(MEMBERS).await;
    assert_eq!((got.status, got.header("location")), (302, Some("http://elsewhere.invalid/")));
    sandbox.solvexia().fail(Fault::new(Effect::Delay(Duration::from_millis(60))));
    let start = Instant::now();
    assert_eq!(api.get(MEMBERS).await.status, 200);
    assert!(start.elapsed() >= Duration::from_millis(60));
}

#[tokio::test]
async fn lists_can_lie_about_what_there_is() {
    let sandbox = populated().await;
    let api = Api::emporix(&sandbox, None).await;
    let members = "/iam/sandboxshop/groups/g1/users";
    sandbox.emporix().fail(Fault::new(Effect::EmptyList));
    let got = api.get_counted(members).await;
    assert_eq!((got.text.as_str(), got.header("x-total-count")), ("[]", Some("0")));
    sandbox.emporix().fail(Fault::new(Effect::TotalOff(-1)));
    assert_eq!(api.get_counted(members).await.header("x-total-count"), Some("1"));

    let api = Api::company(&sandbox).await;
    let path = wire::company_members();
    sandbox.company().fail(Fault::new(Effect::TotalOff(5)));
    let page = json!({ "pagination": {} });
    assert_eq!(api.post(&path, page.clone()).await.json()["pagination"]["totalNumResults"], 7);
    sandbox.company().fail(Fault::new(Effect::EmptyList));
    let emptied = json!({ "members": [], "pagination": { "totalNumResults": 0 } });
    assert_eq!(api.post(&path, page).await.json(), emptied);
}

#[tokio::test]
async fn somebody_else_changes_the_world_between_two_pages() {
    let sandbox = populated().await;
    let api = Api::emporix(&sandbox, None).await;
    let edits = vec![Edit::leave("g1", &emporix::user_id(1))];
    sandbox.emporix().fail(Fault::new(Effect::EditAfter(edits)).query("pageNumber", "1"));
    let page = |number| format!("/iam/sandboxshop/groups/g1/users?pageSize=1&pageNumber={number}");
    assert_eq!(api.get_counted(&page(1)).await.header("x-total-count"), Some("2"));
    let second = api.get_counted(&page(2)).await;
    assert_eq!((second.text.as_str(), second.header("x-total-count")), ("[]", Some("1")));
}

#[tokio::test]
async fn a_seeded_layer_decides_call_by_call() {
    let sandbox = populated().await;
    let api = plain(&sandbox);
    let mut chance = fastrand::Rng::with_seed(7);
    sandbox.solvexia().fail_by(move |seen| (!seen.write && chance.bool()).then(|| Effect::status(500)));
    let mut failed = 0;
    for _ in 0..40 {
        failed += u32::from(api.get(MEMBERS).await.status == 500);
    }
    assert!((5..35).contains(&failed), "{failed}");
    sandbox.solvexia().clear_faults();
    assert_eq!(api.get(MEMBERS).await.status, 200);
}

#[tokio::test]
async fn down_refuses_connections_and_up_is_the_same_port() {
    let sandbox = populated().await;
    assert_eq!(plain(&sandbox).get(MEMBERS).await.status, 200);
    for _ in 0..3 {
        sandbox.solvexia().down(true).unwrap();
        let error = plain(&sandbox).try_get(MEMBERS).await.unwrap_err();
        assert!(error.is_connect(), "{error:?}");
        sandbox.solvexia().down(false).unwrap();
        assert_eq!(plain(&sandbox).get(MEMBERS).await.status, 200);
    }
}

#[tokio::test]
async fn down_cuts_a_call_that_is_under_way() {
    let sandbox = populated().await;
    let api = plain(&sandbox);
    sandbox.solvexia().latency(Duration::from_mins(10));
    let call = api.try_post(MEMBERS, json!({ "id": "u-3" }));
    let down = async {
        while sandbox.solvexia().requests().is_empty() {
            tokio::task::yield_now().await;
        }
        sandbox.solvexia().down(true).unwrap();
    };
    let both = futures_util::future::join(call, down);
    let (answer, ()) = tokio::time::timeout(Duration::from_mins(1), both).await.expect("nothing was cut");
    assert!(answer.is_err());
    assert!(!sandbox.solvexia().members("ug-1").contains("u-3"));
}

#[tokio::test]
async fn a_stopped_sandbox_takes_no_connections() {
    let sandbox = populated().await;
    let api = plain(&sandbox);
    assert_eq!(api.get(MEMBERS).await.status, 200);
    sandbox.stop().await;
    assert!(api.try_get(MEMBERS).await.unwrap_err().is_connect());
}

#[tokio::test]
async fn calls_run_side_by_side_at_the_latency_of_one() {
    let sandbox = populated().await;
    let api = plain(&sandbox);
    let latency = Duration::from_secs(1);
    sandbox.solvexia().latency(latency);
    let start = Instant::now();
    let calls = (0..10).map(|_| api.get(MEMBERS));
    let got = futures_util::future::join_all(calls).await;
    assert!(got.iter().all(|got| got.status == 200));
    let elapsed = start.elapsed();
    // One after the other they would take ten times as long; a busy machine has the rest.
    assert!(elapsed >= latency && elapsed < latency * 9, "{elapsed:?}");
    assert!(sandbox.solvexia().peak_in_flight() > 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_tenant_is_read_quickly() {
    let sandbox = Sandbox::start().await.unwrap();
    let emporix = sandbox.emporix();
    for number in 0..1000 {
        let email = format!("user.{number}@example.com");
        emporix.add_user(emporix::User::employee(&emporix::user_id(number), &email));
    }
    for group in 0..120 {
        let id = emporix::group_id(group);
        emporix.add_group(emporix::Group::new(&id, &format!("Group {group}")));
        (0..125).for_each(|offset| emporix.join(&id, &emporix::user_id((group * 8 + offset) % 1000)));
    }
    let total: usize = emporix.memberships().values().map(std::collections::BTreeSet::len).sum();
    assert_eq!(total, 15_000);
    let api = Api::emporix(&sandbox, None).await;
    let start = Instant::now();
    let mut read = 0;
    for group in 0..120 {
        for page in 1..=2 {
            let id = emporix::group_id(group);
            let path = format!("/iam/sandboxshop/groups/{id}/users?pageSize=100&pageNumber={page}");
            read += api.get(&path).await.json().as_array().unwrap().len();
        }
    }
    assert_eq!(read, 15_000);
    assert!(start.elapsed() < Duration::from_mins(1), "{:?}", start.elapsed());
}
