//! The configuration and roster of `config/examples`, pointed at the sandbox: what a newcomer does first.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{Group, PROVIDERS, Person, Run, World};

/// Where the secrets of the example come from.
const SECRETS: [&str; 6] = [
    "EMPORIX_CLIENT_ID",
    "EMPORIX_CLIENT_SECRET",
    "TRAVEL_CLIENT_ID",
    "TRAVEL_CLIENT_SECRET",
    "SOLVEXIA_CLIENT_ID",
    "SOLVEXIA_CLIENT_SECRET",
];

/// What the roster says, worked out by hand; nothing of the loader or the planner.
const ROSTER: [(&str, &[&str]); 7] = [
    ("emporix/catalog-managers", &["alice", "bob", "breakglass", "carol", "dave"]),
    ("emporix/order-viewers", &["alice", "breakglass", "carol", "dave"]),
    ("emporix/vip-customers", &["87413250", "87413377", "87420011", "old-vip"]),
    ("finance/closers", &["alice", "auditor", "breakglass", "carol"]),
    ("finance/report-readers", &["alice", "bob", "breakglass", "carol", "dave", "reporting"]),
    ("travel/approvers", &["alice", "breakglass", "carol"]),
    ("travel/travellers", &["alice", "bob", "breakglass", "carol", "dave"]),
];

#[test]
fn the_example_goes_from_differences_to_none() {
    let world = example();
    let before = world.dump();

    let plan = rosterd(&world, &["plan", "--format", "json", "--exit-code"]).exits(2);
    assert_eq!(plan.json()["version"], 1);
    assert_eq!(world.writes(), []);
    assert_eq!(world.dump(), before);

    rosterd(&world, &["apply", "--yes"]).exits(0);

    let after = world.dump();
    let managed: BTreeMap<&str, Vec<&str>> = ROSTER.iter().map(|(path, who)| (*path, who.to_vec())).collect();
    for (path, members) in &after {
        match managed.get(path.as_str()) {
            Some(wanted) => assert_eq!(members, wanted, "{path}"),
            None => assert_eq!(members, &before[path], "{path} is in no roster"),
        }
    }
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>(), "no group came or went");

    rosterd(&world, &["plan", "--exit-code"]).exits(0).says("Nothing to do");
}

#[test]
fn the_plan_has_the_shape_of_the_contract() {
    let world = example();
    let run = rosterd(&world, &["plan", "--format", "json"]).success();
    let json = run.json();

    keys(&json, "", &["version", "roster", "providers", "summary"]);
    keys(&json, "/roster", &["revision", "people", "teams", "groups"]);
    let summary = ["add", "remove", "held", "withheld", "unchanged_groups", "reads", "writes", "unreadable"];
    keys(&json, "/summary", &summary);
    for provider in 0..3 {
        let at = format!("/providers/{provider}");
        keys(&json, &at, &["provider", "kind", "outcome", "digest", "held", "groups"]);
        for group in 0..json.pointer(&format!("{at}/groups")).unwrap().as_array().unwrap().len() {
            let at = format!("{at}/groups/{group}");
            let group =
                ["group", "id", "name", "members_now", "members_after", "changes", "withheld", "problems"];
            keys(&json, &at, &group);
            for change in 0..json.pointer(&format!("{at}/changes")).unwrap().as_array().unwrap().len() {
                let at = format!("{at}/changes/{change}");
                keys(&json, &at, &["action", "person", "id", "cause", "because"]);
            }
        }
    }
    // Order and types of everything, as they are printed.
    let revision = json.pointer("/roster/revision").unwrap().as_str().unwrap();
    assert_snapshot!("plan_of_the_example", run.stdout.replace(revision, "REVISION"));
}

#[test]
fn a_plan_sends_the_fewest_requests() {
    let world = example();
    rosterd(&world, &["plan"]).success();
    for provider in PROVIDERS {
        nothing_twice(&world.requests(provider));
    }
    assert_snapshot!(world.requests("emporix").sorted(), @r#"
    GET /iam/sandboxshop/groups/{emporix/catalog-managers}/users?pageNumber=1&pageSize=100 -> 200
    GET /iam/sandboxshop/groups/{emporix/order-viewers}/users?pageNumber=1&pageSize=100 -> 200
    GET /iam/sandboxshop/groups/{emporix/vip-customers}/users?pageNumber=1&pageSize=100 -> 200
    GET /iam/sandboxshop/groups?pageNumber=1&pageSize=100 -> 200
    GET /iam/sandboxshop/users?pageNumber=1&pageSize=100&userType=EMPLOYEE -> 200
    POST /oauth/token {"client_id":"sandbox-emporix-client","client_secret":"…","grant_type":"client_credentials","scope":"iam.group_read iam.user_read"} -> 200
    "#);
    assert_snapshot!(world.requests("travel").sorted(), @r#"
    POST /v2/auth/oauth2-token {"client_id":"sandbox-company-client","client_secret":"…","grant_type":"client_credentials"} -> 200
    POST /v3/companies/7c9d1a52-3b0e-4f6a-9a41-0d5c2e8f6b10/user-groups/list {"pagination":{"limit":100,"offset":0},"sortParams":{"sortBy":"CREATED_AT","sortOrder":"ASC"}} -> 200
    POST /v3/companies/7c9d1a52-3b0e-4f6a-9a41-0d5c2e8f6b10/user-groups/{travel/approvers}/members {"pagination":{"limit":100,"offset":0},"sortParams":{"sortBy":"ADDED_AT","sortOrder":"ASC"}} -> 200
    POST /v3/companies/7c9d1a52-3b0e-4f6a-9a41-0d5c2e8f6b10/user-groups/{travel/travellers}/members {"pagination":{"limit":100,"offset":0},"sortParams":{"sortBy":"ADDED_AT","sortOrder":"ASC"}} -> 200
    POST /v3/users/list {"companyId":{"id":"7c9d1a52-3b0e-4f6a-9a41-0d5c2e8f6b10"},"filters":[{"emails":["bob.miller@acme.example","carol.jones@acme.example","dave.weber@acme.example","erin.novak@acme.example"]}],"pagination":{"limit":100,"offset":0},"userStatusFilter":"ALL"} -> 200
    POST /v3/users/list {"companyId":{"id":"7c9d1a52-3b0e-4f6a-9a41-0d5c2e8f6b10"},"filters":[{"userIds":[{"id":"{breakglass}"},{"id":"{bob}"},{"id":"{carol}"},{"id":"{dave}"}]}],"pagination":{"limit":100,"offset":0},"userStatusFilter":"ALL"} -> 200
    "#);
    assert_snapshot!(world.requests("finance").sorted(), @r#"
    GET /api/v1/usergroups -> 200
    GET /api/v1/usergroups/{finance/closers}/users -> 200
    GET /api/v1/usergroups/{finance/report-readers}/users -> 200
    GET /api/v1/users -> 200
    GET /api/v1/users/{bob} -> 200
    GET /api/v1/users/{breakglass} -> 200
    GET /api/v1/users/{carol} -> 200
    GET /api/v1/users/{dave} -> 200
    GET /api/v1/users/{reporting} -> 200
    POST /oauth/token {"client_id":"sandbox-solvexia-client","client_secret":"…","grant_type":"client_credentials","scope":"usergroup_read user_read"} -> 200
    "#);
}

#[test]
fn an_apply_sends_the_fewest_requests() {
    let world = example();
    rosterd(&world, &["apply", "--yes"]).success();
    // Reads, writes, and reads of what was touched: nothing twice in any of the three.
    for provider in PROVIDERS {
        let seen = world.seen(provider);
        let lines = world.requests(provider);
        let first = seen.iter().position(|seen| seen.write).unwrap();
        let last = seen.iter().rposition(|seen| seen.write).unwrap();
        nothing_twice(&lines[..first]);
        nothing_twice(&lines[first..=last]);
        nothing_twice(&lines[last + 1..]);
    }
    assert_snapshot!("apply_at_emporix", world.requests("emporix").sorted());
    assert_snapshot!("apply_at_travel", world.requests("travel").sorted());
    assert_snapshot!("apply_at_finance", world.requests("finance").sorted());
}

#[test]
fn the_examples_check() {
    let world = World::new();
    for file in ["config/rosterd.toml", "config/examples/rosterd.toml"] {
        let path = repository().join(file);
        let run = world.rosterd(["check", "--config", path.to_str().unwrap()]).success();
        assert_eq!(
            run.text(),
            "roster REVISION   6 people, 4 teams, 7 groups at 3 providers\n\
             3 providers and the roster are good."
        );
    }
    let roster = repository().join("config/examples/roster");
    world.rosterd(["check", "--roster", roster.to_str().unwrap()]).success().says("6 people");
}

/// The files of `config/examples` in a world where some of it is so and some is not.
fn example() -> World {
    let acme = |handle: &str, email: &str| Person::new(handle).email(&format!("{email}@acme.example"));
    let world = World::new()
        .person(
            acme("alice", "alice.smith")
                .id_at("travel", "0b5c2f9e-7a34-4c1d-8e52-6f9a1b3c4d5e")
                .id_at("finance", "u-1233"),
        )
        .person(acme("bob", "Bob.Miller"))
        .person(acme("carol", "carol.jones").id_at("finance", "u-1240"))
        .person(acme("dave", "dave.weber"))
        .person(acme("erin", "erin.novak"))
        .person(
            acme("breakglass", "breakglass")
                .id_at("emporix", "5f1b6c1e8a")
                .id_at("travel", "c7d1e0aa-3b52-4f0e-9c11-2a6b7d8e9f00")
                .id_at("finance", "u-1"),
        )
        .strangers(["mallory", "trent"])
        .person(Person::new("auditor").only_at(["finance"]).id_at("finance", "u-9").stranger())
        .person(Person::new("reporting").only_at(["finance"]).id_at("finance", "u-2040").stranger())
        .group(Group::at("emporix/catalog-managers").id("5ac869fc-d548-4ec8-8e06-c01491314101").live([
            "alice",
            "bob",
            "breakglass",
            "mallory",
        ]))
        .group(Group::at("emporix/order-viewers").live(["alice", "bob", "breakglass"]))
        .group(Group::at("emporix/legacy").live(["mallory", "dave"]).unmanaged())
        .group(Group::at("travel/approvers").id("7d2e9a10-4c3b-4b8f-8a6d-1e5f0c9b2a34").live([
            "alice",
            "breakglass",
            "carol",
        ]))
        .group(Group::at("travel/travellers").live(["alice", "mallory"]))
        .group(Group::at("travel/drivers").live(["trent", "bob"]).unmanaged())
        .group(Group::at("finance/closers").id("ug-17").live(["alice", "auditor", "breakglass", "trent"]))
        .group(Group::at("finance/report-readers").named("Report Readers").live(["alice"]))
        .group(Group::at("finance/payers").live(["carol", "trent"]).unmanaged());
    let customers = ["87413250", "87413377", "87420011", "old-vip"];
    let world = customers.into_iter().fold(world, |world, id| {
        world.person(Person::new(id).only_at(["emporix"]).id_at("emporix", id).customer().stranger())
    });
    let vip = Group::at("emporix/vip-customers").id("b8e2a7d4-61c0-4f7b-9a35-0d4c7e1f2a66").for_customers();
    let world = world.group(vip.live(["87413250", "old-vip"]));
    write_example(&world);
    world
}

fn write_example(world: &World) {
    let examples = repository().join("config/examples");
    world.take_roster(&examples.join("roster"));
    let sandbox = world.sandbox();
    let (shop, travel, finance) = (sandbox.emporix(), sandbox.company(), sandbox.solvexia());
    let text = fs::read_to_string(examples.join("rosterd.toml")).unwrap();
    let tenant = format!("tenant = \"{}\"\nbase_url = \"{}\"", shop.tenant(), shop.url());
    let pointed = text
        .replace("tenant        = \"acme\"", &tenant)
        .replace("https://api.travel.example", travel.url())
        .replace("2f0c7c1e-0f9e-4a4e-9f0c-3f5d1f7a9b11", travel.company_id())
        .replace("https://app.solvexia.com", finance.url())
        .replace("[guard]", "[guard]\nadopt = \"enforce\"");
    for url in [shop.url(), travel.url(), finance.url(), "enforce", travel.company_id()] {
        assert!(pointed.contains(url), "the example was pointed at {url}");
    }
    world.write("rosterd.toml", &pointed);
}

fn rosterd(world: &World, args: &[&str]) -> Run {
    let sandbox = world.sandbox();
    let (shop, travel, finance) = (sandbox.emporix(), sandbox.company(), sandbox.solvexia());
    let values = [
        shop.client_id(),
        shop.client_secret(),
        travel.client_id(),
        travel.client_secret(),
        finance.client_id(),
        finance.client_secret(),
    ];
    let env: Vec<(&str, &str)> = SECRETS.into_iter().zip(values).collect();
    world.rosterd_with(args, &env)
}

#[track_caller]
fn nothing_twice(requests: &[String]) {
    let distinct: BTreeSet<&String> = requests.iter().collect();
    assert_eq!(distinct.len(), requests.len(), "sent twice: {requests:#?}");
}

#[track_caller]
fn keys(json: &Value, at: &str, keys: &[&str]) {
    let object = json.pointer(at).and_then(Value::as_object).unwrap_or_else(|| panic!("no object at {at}"));
    let found: BTreeSet<&str> = object.keys().map(String::as_str).collect();
    assert_eq!(found, keys.iter().copied().collect(), "{at}");
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}
