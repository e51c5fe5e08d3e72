//! Answers that no client should take, to every read of a provider: pages of HTML, cut bodies, other shapes, slow
//! bodies, and empty lists that agree with each other.

use std::time::Duration;

use rosterd::sandbox::{Effect, Fault, Reply, ReplyBody};
use serde_json::json;

use crate::support::{Group, World, split};

const GROUPS: [&str; 3] = ["emporix/buyers", "travel/approvers", "finance/payers"];

/// One to add and one to remove, at one provider.
fn world(group: &str) -> World {
    let (provider, _) = split(group);
    World::new()
        .people(["ann", "bob", "cem"])
        .guard("max_removal_percent", "\"off\"")
        .provider(provider, "retry_budget = \"200ms\"")
        .group(Group::at(group).live(["ann", "bob"]).wanted(["ann", "cem"]))
}

/// Whatever is read: nobody loses anything and nothing is sent; and when it is mended, all is done.
#[track_caller]
fn nothing_is_done(group: &str, effect: &Effect) {
    let world = world(group);
    let (provider, _) = split(group);
    if matches!(effect, Effect::Delay(_)) {
        world.set_provider(provider, "timeout = \"2s\"");
    }
    world.fail(provider, Fault::new(effect.clone()).reads().always());
    world.rosterd(["plan", "--exit-code"]).exits(5);
    world.rosterd(["apply", "--yes"]).exits(5);
    assert_eq!(world.members(group), ["ann", "bob"], "{group}: {}", effect.name());
    assert_eq!(world.writes(), [], "{group}: {}", effect.name());
    world.heal();
    world.set_provider(provider, "timeout = \"50s\"");
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members(group), ["ann", "cem"]);
}

fn answer(body: ReplyBody) -> Effect {
    Effect::Answer(Reply { status: 200, body: Some(body), ..Reply::default() })
}

#[test]
fn every_read_is_a_sign_in_page() {
    for group in GROUPS {
        nothing_is_done(group, &Effect::Html);
    }
}

#[test]
fn every_read_breaks_off() {
    for group in GROUPS {
        nothing_is_done(group, &Effect::CutBody);
    }
}

#[test]
fn every_read_is_of_another_shape() {
    for body in [json!({ "ok": true }), json!("fine"), json!(null), json!([[]]), json!([{ "id": 7 }])] {
        for group in GROUPS {
            nothing_is_done(group, &answer(ReplyBody::Json(body.clone())));
        }
    }
}

#[test]
fn every_read_is_too_slow() {
    let slow = Effect::Delay(Duration::from_mins(1));
    for group in GROUPS {
        nothing_is_done(group, &slow);
    }
}

#[test]
fn every_list_is_empty_and_says_so() {
    // Whole, consistent, and not true: no group is there, or nobody is in it and nobody can be found.
    for group in GROUPS {
        let world = world(group);
        world.rosterd(["apply", "--yes"]).success();
        world.wanted(group).remove("cem").add("bob");
        world.forget_requests();
        world.fail(split(group).0, Fault::new(Effect::EmptyList).reads().always());
        let run = world.rosterd(["apply", "--yes"]);
        assert!([3, 4, 5].contains(&run.code), "{group}: {}\n{}", run.code, run.stdout);
        let removes = |write: &&String| [" -ann", " -bob", " -cem"].iter().any(|who| write.contains(who));
        assert_eq!(world.writes().iter().filter(removes).count(), 0, "{}", world.writes());
        assert!(world.members(group).contains(&"cem".to_owned()), "{group}");
        world.heal();
        world.rosterd(["apply", "--yes"]).success();
        assert_eq!(world.members(group), ["ann", "bob"]);
    }
}

/// The most memory that a process had so far, in MiB; none once it has ended.
fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kib| kib / 1024)
}

#[test]
fn a_long_list_is_not_kept_while_it_is_read() {
    let group = "finance/payers";
    let world = World::new()
        .people(["ann"])
        .provider("finance", "retry_budget = \"200ms\"")
        .provider("finance", "timeout = \"2m\"")
        .group(Group::at(group).in_sync(["ann"]));
    let row = format!("{{\"id\":\"{}\",\"loginName\":\"x\"}}", world.id("finance", "ann"));
    let rows = 48 * 1024 * 1024 / (row.len() + 1);
    let body = format!("[{}{row}]", format!("{row},").repeat(rows));
    let list = format!("{}/users", world.group_id(group));
    world.fail("finance", Fault::new(answer(ReplyBody::Broken(body))).reads().path(&list).always());
    let mut running = world.start(["plan", "--provider", "finance"]);
    let mut most = 0;
    while !running.has_ended() {
        most = peak(running.id()).unwrap_or(0).max(most);
        std::thread::sleep(Duration::from_millis(5));
    }
    running.end().exits(5).says("is in the list more than once");
    // As rows of their own, 48 MiB of them would take some 150 MiB.
    assert!((1..100).contains(&most), "{most} MiB");
}
