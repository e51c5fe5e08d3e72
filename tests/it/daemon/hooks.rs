//! `[[notify]]`: webhooks that come later, cannot be used, or are told the words of others.

use std::fs;

use rosterd::sandbox::{Effect, Fault, Reply, ReplyBody};
use serde_json::json;

use super::webhooks::{Hook, hooked};
use super::{ALWAYS, NEVER, settled};
use crate::support::{Running, until};

fn failing() -> Fault {
    Fault::new(Effect::Html).reads().always()
}

/// It ran often enough to have told everything twice.
fn ran_on(daemon: &Running<'_>) {
    let runs = daemon.runs("emporix");
    until("some more runs", || daemon.runs("emporix") >= runs + 2);
}

#[test]
fn a_webhook_that_is_new_hears_of_what_goes_on_and_of_its_end() {
    let hook = Hook::new();
    let world = settled(ALWAYS);
    world.write_secret("hook", &hook.url());
    let daemon = world.start(["run"]);
    daemon.ran("emporix", "schedule");
    world.fail("emporix", failing());
    until("it to fail", || daemon.status()["providers"]["emporix"]["last"]["unreadable_groups"] == 1);
    let config = fs::read_to_string(world.path("rosterd.toml")).unwrap();
    let config = format!("{config}\n[[notify]]\nurl = {{ file = \"secrets/hook\" }}\n");
    world.write("rosterd.toml", &config);
    hook.hears(&["failed failed emporix"]);
    // At another line it is the same.
    world.write("rosterd.toml", &format!("# A line.\n{config}"));
    until("it to be taken up", || daemon.log().matches("Took up").count() == 3);
    ran_on(&daemon);
    assert_eq!(hook.told(), ["failed failed emporix"]);
    world.heal();
    hook.hears(&["failed failed emporix", "recovered failed emporix"]);
}

#[test]
fn a_webhook_that_cannot_be_used_is_said_until_it_can() {
    let hook = Hook::new();
    let world = hooked(NEVER, &hook, "");
    let run = world.path("run").display().to_string();
    let runtime = [("RUNTIME_DIRECTORY", run.as_str())];
    let bad = [("ftp://files.example/hunter2", "must be https"), ("hunter2", "is no URL")];
    world.write_secret("hook", bad[0].0);
    world.rosterd(["check"]).success();
    let daemon = world.start_with(["run"], &runtime);
    daemon.ran("emporix", "start");
    for (address, why) in bad {
        world.write_secret("hook", address);
        world.rosterd_with(["reload"], &runtime).exits(1).says("In force").says("cannot be used").says(why);
        world.rosterd_with(["status"], &runtime).success().says(why).never_says("hunter2");
        let log = daemon.log();
        let warned = log.lines().filter(|line| line.contains("WARN") && line.contains(why)).count();
        assert_eq!(warned, 1, "once each, the first of them at the start: {log}");
        assert!(daemon.status()["silent_webhooks"].to_string().contains(why));
        assert!(daemon.get("/").body.contains(why));
    }
    world.write_secret("hook", &hook.url());
    world.rosterd_with(["reload"], &runtime).success().never_says("cannot be used");
    assert!(daemon.log().contains("can be used again"), "{}", daemon.log());
    assert_eq!(daemon.status()["silent_webhooks"], json!({}));
    daemon.signal("TERM");
    daemon.end().success().never_says("hunter2");
}

#[test]
fn what_others_say_mentions_nobody_in_a_chat_and_links_nowhere() {
    let hook = Hook::new();
    let world = hooked(NEVER, &hook, "format = \"text\"");
    let hostile = "boom <!channel> <@U1> <http://e.example|click> [x](http://evil.example)";
    let body = json!({ "status": 403, "code": 403, "message": hostile, "details": [hostile] });
    let reply = Reply { status: 403, body: Some(ReplyBody::Json(body)), retry_after: None };
    world.fail("emporix", Fault::new(Effect::Answer(reply)).reads().always());
    let _daemon = world.start(["run"]);
    hook.hears(&["- - -"]);
    let text = hook.bodies.lock().unwrap()[0]["text"].as_str().unwrap().to_owned();
    assert!(
        text.contains("boom &lt;!channel&gt; &lt;@U1&gt; &lt;http://e.example|click&gt; [x] ("),
        "{text}"
    );
    assert!(!text.contains('<') && !text.contains("]("), "{text}");
}
