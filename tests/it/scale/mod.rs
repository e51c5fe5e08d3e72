//! A whole company at once: 1,000 people, 40 teams, 120 groups, 15,000 memberships. What the binary plans
//! and does is compared with a model that shares no code with it, change by change and request by request.

mod files;
mod model;
mod requests;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use jiff::ToSpan as _;
use rosterd::sandbox::Sandbox;
use serde_json::Value;
use tokio::process::Command;

use crate::support::noon;
use requests::Requests;
use world::{At, Group, User, World};

const SEED: u64 = 20_261_122;

/// One change: `add` or `remove`, and whose.
type Change = (String, String);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_company_is_brought_in_line() {
    let (today, timezone) = noon();
    let mut world = World::new(SEED, today);
    world.settle(SEED + 1, model::wanted);
    is_as_large_as_said(&world);
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.solvexia().token_lifetime(Duration::from_hours(1));
    let folder = tempfile::tempdir().unwrap();
    files::write(&world, &sandbox, &timezone, folder.path());
    files::seed(&world, &sandbox, SEED + 2);
    let before = everything(&sandbox);

    let plan = rosterd(&sandbox, folder.path(), &["plan", "--exit-code", "--format", "json"], 2).await;
    plans_what_the_model_says(&world, &plan);
    assert_eq!(everything(&sandbox), before, "a plan changes nothing");
    let came = takes_no_request_too_many(&world, &sandbox, requests::first_plan);
    let writes: usize = At::ALL.into_iter().map(|at| requests::apply(&world, at).writes).sum();
    assert_eq!(count(&plan["summary"]["reads"]), came);
    assert_eq!(count(&plan["summary"]["writes"]), writes);

    let applied = rosterd(&sandbox, folder.path(), &["apply", "--yes", "--format", "json"], 0).await;
    is_as_the_model_says(&world, &before, &everything(&sandbox));
    let came = takes_no_request_too_many(&world, &sandbox, requests::apply);
    let summary = &applied["summary"];
    assert_eq!(count(&summary["reads"]) + count(&summary["writes"]), came + writes);
    let changes: usize = world.groups.iter().map(|group| changes_of(group).len()).sum();
    assert_eq!(count(&summary["applied"]), changes);

    let again = rosterd(&sandbox, folder.path(), &["plan", "--exit-code", "--format", "json"], 0).await;
    assert_eq!((count(&again["summary"]["add"]), count(&again["summary"]["remove"])), (0, 0));
    takes_no_request_too_many(&world, &sandbox, requests::last_plan);
    sandbox.stop().await;
}

fn is_as_large_as_said(world: &World) {
    let sizes: Vec<usize> = world.groups.iter().map(|group| model::after(group).len()).collect();
    let total: usize = sizes.iter().sum();
    assert_eq!((world.people.len(), world.teams.len(), world.groups.len()), (1_000, 40, 120));
    assert!((14_000..16_000).contains(&total), "{total} memberships");
    assert!(sizes.iter().any(|size| *size > 200), "some groups take several pages");
    let has = |what: &dyn Fn(&Group) -> bool| world.groups.iter().filter(|group| what(group)).count();
    assert!(has(&|group| group.include) > 5 && has(&|group| group.by_name) > 5);
    assert!(has(&|group| !group.except.is_empty()) > 5 && has(&|group| group.live.is_empty()) > 1);
    let everybody = |group: &Group| model::leaves(group).len() == group.live.len();
    assert!(has(&|group| !group.live.is_empty() && everybody(group)) > 2, "some lose everybody they had");
    let yesterday = world.today.checked_sub(1.day()).unwrap();
    assert!(world.people.iter().any(|person| person.until == Some(yesterday)));
    assert!(world.people.iter().any(|person| person.until == Some(world.today)));
}

/// Runs the real binary and returns the JSON it printed.
async fn rosterd(sandbox: &Sandbox, folder: &Path, arguments: &[&str], exit: i32) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_rosterd"))
        .arg("--config")
        .arg(folder.join("rosterd.toml"))
        .args(arguments)
        .env_clear()
        .envs(files::secrets(sandbox))
        .env("STATE_DIRECTORY", folder.join("state"))
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {errors}");
    assert_eq!(errors, "", "{arguments:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn plans_what_the_model_says(world: &World, plan: &Value) {
    let mut planned: BTreeMap<(String, String), BTreeSet<Change>> = BTreeMap::new();
    for provider in plan["providers"].as_array().unwrap() {
        assert_eq!((&provider["outcome"], &provider["held"]), (&"planned".into(), &Value::Array(vec![])));
        for group in provider["groups"].as_array().unwrap() {
            assert_eq!((&group["withheld"], &group["outcome"]), (&Value::Array(vec![]), &Value::Null));
            let changes = group["changes"].as_array().unwrap();
            let named: BTreeSet<Change> =
                changes.iter().map(|it| (text(&it["action"]), text(&it["id"]))).collect();
            assert_eq!(named.len(), changes.len(), "no change is there twice");
            planned.insert((text(&provider["provider"]), text(&group["group"])), named);
        }
    }
    for group in &world.groups {
        let named = planned.remove(&(group.at.name().to_owned(), group.handle()));
        assert_eq!(named, Some(changes_of(group)), "{}", group.handle());
    }
    assert!(planned.is_empty(), "nothing but the groups of the roster");
}

fn changes_of(group: &Group) -> BTreeSet<Change> {
    let of = |action: &'static str, users: BTreeSet<User>| {
        users.into_iter().map(move |user| (action.to_owned(), group.at.user_id(user)))
    };
    of("add", model::enters(group)).chain(of("remove", model::leaves(group))).collect()
}

/// Every group of each provider, managed or not.
type Everything = BTreeMap<At, BTreeMap<String, BTreeSet<String>>>;

fn everything(sandbox: &Sandbox) -> Everything {
    At::ALL.into_iter().map(|at| (at, files::memberships(sandbox, at))).collect()
}

fn is_as_the_model_says(world: &World, before: &Everything, after: &Everything) {
    let mut expected = before.clone();
    for group in &world.groups {
        let members = model::after(group).into_iter().map(|user| group.at.user_id(user)).collect();
        expected.get_mut(&group.at).unwrap().insert(group.id(), members);
    }
    for at in At::ALL {
        for (group, members) in &expected[&at] {
            assert_eq!(after[&at].get(group), Some(members), "{at:?} {group}");
        }
        assert_eq!(after[&at].len(), expected[&at].len());
    }
}

/// Compares what came in with the least that it takes. Returns how many reads there were.
fn takes_no_request_too_many(
    world: &World,
    sandbox: &Sandbox,
    least: impl Fn(&World, At) -> Requests,
) -> usize {
    let reads = At::ALL.into_iter().map(|at| {
        let least = least(world, at);
        assert_eq!(requests::came(sandbox, at), least, "{at:?}");
        least.reads()
    });
    reads.sum()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn count(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}
