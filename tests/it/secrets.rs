//! Secrets stay where they are: nothing that a run writes holds one, whatever goes wrong and whoever repeats it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rosterd::sandbox::{Effect, Fault, Reply, ReplyBody, Seen};
use serde_json::{Value, json};

use crate::support::{Group, PROVIDERS, Run, World};

/// One person to add and one to remove at each provider.
fn world() -> World {
    ["emporix/buyers", "travel/approvers", "finance/payers"]
        .into_iter()
        .fold(World::new().people(["ann", "bob", "cem"]), |world, path| {
            world.group(Group::at(path).live(["ann", "bob"]).wanted(["ann", "cem"]))
        })
}

/// What must be nowhere: every id, secret and token that there is.
fn known_secrets(world: &World) -> Vec<String> {
    let (emporix, travel, finance) =
        (world.sandbox().emporix(), world.sandbox().company(), world.sandbox().solvexia());
    let clients = [
        [emporix.client_id(), emporix.client_secret()],
        [travel.client_id(), travel.client_secret()],
        [finance.client_id(), finance.client_secret()],
    ];
    let clients = clients.into_iter().flatten().map(str::to_owned);
    clients.chain(emporix.tokens()).chain(travel.tokens()).chain(finance.tokens()).collect()
}

/// Every file below a folder with its bytes, and with its name, which is written too.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.display().to_string(), fs::read(&path).expect("it can be read")));
        }
    }
    found
}

fn holds(bytes: &[u8], secret: &str) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
}

/// None of these is in what a run printed or left behind.
#[track_caller]
fn nowhere(world: &World, run: &Run, secrets: &[String]) {
    let mut written = files(&world.path("state"));
    written.push(("stdout".to_owned(), run.stdout.clone().into_bytes()));
    written.push(("stderr".to_owned(), run.stderr.clone().into_bytes()));
    for (place, bytes) in &written {
        for secret in secrets {
            let text = String::from_utf8_lossy(bytes);
            assert!(!holds(bytes, secret), "{} left {secret:?} in {place}:\n{text}", run.typed);
            assert!(!place.contains(secret.as_str()), "{} named a file {place}", run.typed);
        }
    }
}

#[test]
fn no_run_writes_a_secret_however_much_it_says() {
    for log in ["text", "json", "journald"] {
        for (command, format) in
            [("plan", "text"), ("plan", "json"), ("plan", "markdown"), ("apply", "text"), ("apply", "json")]
        {
            let world = world();
            let yes: &[&str] = if command == "apply" { &["--yes"] } else { &[] };
            let words = ["-vvv", "--log-format", log, command, "--format", format];
            let run = world.rosterd(words.iter().chain(yes)).success();
            assert!(!run.stderr.is_empty() || log == "journald", "it is told to say everything");
            let secrets = known_secrets(&world);
            assert!(secrets.len() >= 9, "six of the clients, and a token each");
            nowhere(&world, &run, &secrets);
        }
    }
}

#[test]
fn no_refused_login_prints_what_was_refused() {
    for provider in PROVIDERS {
        let world = world();
        world.write_secret(&format!("{provider}-secret"), "wrong-but-nobodys-business");
        let run = world.rosterd(["-vvv", "apply", "--yes"]).exits(5);
        let mut secrets = known_secrets(&world);
        secrets.push("wrong-but-nobodys-business".to_owned());
        nowhere(&world, &run, &secrets);
    }
}

/// Errors of each API, and such as come from something in between, that repeat what they were sent.
fn echoes(echoed: &str) -> Vec<ReplyBody> {
    let long = format!("{}{echoed}", "Nobody knows this client. ".repeat(22));
    let exact = format!("{}{echoed}", "x".repeat(600_usize.saturating_sub(echoed.len() / 2)));
    let mut bodies = vec![
        ReplyBody::Text(format!("<html><body><h1>Bad request</h1><pre>{echoed}</pre></body></html>")),
        ReplyBody::Text(echoed.to_owned()),
        ReplyBody::Broken(format!("{{\"message\": \"{echoed}")),
        ReplyBody::Json(Value::String(echoed.to_owned())),
    ];
    for message in [echoed, &long, &exact] {
        bodies.extend(
            [
                json!({ "error": "invalid_client", "error_description": message }),
                json!({ "error": message }),
                json!({ "message": message, "supportId": message }),
                json!({ "code": 400, "status": message, "message": message, "details": [message], "resourceId": message }),
                json!({ "fault": { "faultstring": message, "detail": { "errorcode": message } } }),
                json!({ "debugIdentifier": message, "errorMessages": [{
                    "errorCode": message, "message": message, "errorDetail": message,
                    "errorParameters": [{ "name": message, "value": message }],
                }] }),
            ]
            .map(ReplyBody::Json),
        );
    }
    bodies
}

/// As much of a secret as would help somebody who should not have it.
fn pieces(secret: &str) -> Vec<String> {
    let encoded = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let half = secret.len() / 2;
    vec![secret.to_owned(), encoded, form, secret[..half.min(24)].to_owned(), secret[half..].to_owned()]
}

const ODD_SECRET: &str = "Zx9+kq/7Lw==~p&r%t4mQ";

#[test]
fn a_login_that_is_answered_with_its_own_secret_does_not_pass_it_on() {
    let form: String = url::form_urlencoded::byte_serialize(ODD_SECRET.as_bytes()).collect();
    for provider in PROVIDERS {
        let world = world();
        world.write_secret(&format!("{provider}-secret"), ODD_SECRET);
        for (echoed, most) in [(ODD_SECRET, usize::MAX), (form.as_str(), 10)] {
            for body in echoes(echoed).into_iter().take(most) {
                world.heal();
                let reply = Reply { status: 400, body: Some(body.clone()), ..Reply::default() };
                world.fail(provider, Fault::new(Effect::Answer(reply)).login().always());
                let run = world.rosterd(["-vvv", "plan", "--provider", provider]).exits(5);
                nowhere(&world, &run, &pieces(ODD_SECRET));
            }
        }
    }
}

#[test]
fn an_error_page_that_repeats_the_authorization_header_does_not_pass_it_on() {
    // As long as tokens that carry claims are, and so longer than a message may be.
    let token = format!("eyJhbGciOiJSUzI1NiJ9.{}.Qm9uZQ-known", "c2FuZGJveA".repeat(90));
    let granted = json!({ "access_token": token, "token_type": "Bearer", "expires_in": 300 });
    for provider in PROVIDERS {
        let world = world().provider(provider, "retry_budget = \"100ms\"");
        for status in [401, 403, 502] {
            for body in echoes(&format!("Authorization: Bearer {token}")).into_iter().take(10) {
                world.heal();
                let granted =
                    Reply { status: 200, body: Some(ReplyBody::Json(granted.clone())), ..Reply::default() };
                world.fail(provider, Fault::new(Effect::Answer(granted)).login().always());
                let reply = Reply { status, body: Some(body), ..Reply::default() };
                world.fail(provider, Fault::new(Effect::Answer(reply)).reads().always());
                let run = world.rosterd(["-vvv", "apply", "--yes", "--provider", provider]).exits(5);
                nowhere(&world, &run, &pieces(&token));
            }
        }
    }
}

#[test]
fn a_write_that_is_answered_with_its_token_does_not_pass_it_on() {
    for provider in PROVIDERS {
        let world = world();
        let token = world.sandbox().solvexia().static_token("usergroup user_read");
        world.write_secret("finance-token", &token);
        world.set_credentials("finance", "token = { file = \"secrets/finance-token\" }");
        let message = json!({ "message": format!("Bearer {token} may not do this"), "supportId": token });
        let reply = Reply { status: 409, body: Some(ReplyBody::Json(message)), ..Reply::default() };
        world.fail("finance", Fault::new(Effect::Answer(reply)).writes().always());
        let run =
            world.rosterd(["-vvv", "apply", "--yes", "--format", "json"]).exits(4).says("may not do this");
        let mut secrets = known_secrets(&world);
        secrets.push(token);
        nowhere(&world, &run, &secrets);
        assert_eq!(world.members("emporix/buyers"), ["ann", "cem"], "{provider}");
    }
}

#[test]
fn nobody_sees_a_secret_in_the_list_of_processes() {
    let world = world();
    world.set_credentials(
        "emporix",
        "client_id = { env = \"EMPORIX_ID\" }\nclient_secret = { env = \"EMPORIX_SECRET\" }",
    );
    let (id, secret) = (
        world.sandbox().emporix().client_id().to_owned(),
        world.sandbox().emporix().client_secret().to_owned(),
    );
    let halted = world.halt("emporix", |seen: &Seen| seen.write);
    let run = world.start_with(["apply", "--yes"], &[("EMPORIX_ID", &id), ("EMPORIX_SECRET", &secret)]);
    halted.reached();
    for file in ["cmdline", "comm", "status"] {
        let shown = fs::read(format!("/proc/{}/{file}", run.id())).expect("it runs");
        for secret in known_secrets(&world) {
            assert!(!holds(&shown, &secret), "{file} shows {secret:?}");
        }
    }
    let limits = fs::read_to_string(format!("/proc/{}/limits", run.id())).expect("it runs");
    let core =
        limits.lines().find(|line| line.starts_with("Max core file size")).expect("there is such a limit");
    let words: Vec<&str> = core.split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "no core is dumped: {core}");
    run.kill();
}

#[test]
fn a_secret_that_stands_in_the_configuration_is_never_repeated() {
    let literal = "hunter2-is-no-reference";
    let mistakes = [
        format!("client_secret = \"{literal}\""),
        format!("client_secret = '{literal}'"),
        format!("client_secret = \"\"\"{literal}\"\"\""),
        format!("client_secret = [\"{literal}\"]"),
        format!("client_secret = {{ env = \"A\", value = \"{literal}\" }}"),
        format!("client_secret = {{ literal = \"{literal}\" }}"),
        format!("client_secret = \"{literal}\" oops"),
        format!("client_secret = \"{literal}"),
        format!("client_secret = {literal}"),
        format!("client_secert = \"{literal}\""),
        format!("token = \"{literal}\""),
        format!("password = \"{literal}\""),
        format!("client_id = \"{literal}\""),
    ];
    for mistake in mistakes {
        for colour in [false, true] {
            let world = world();
            world.set_credentials("finance", &mistake);
            let env: &[(&str, &str)] = if colour { &[("CLICOLOR_FORCE", "1")] } else { &[] };
            for command in ["check", "plan"] {
                let run = world.rosterd_with(["-vvv", command], env).exits(64);
                assert!(run.stderr.contains("rosterd.toml:"), "{mistake}: {}", run.stderr);
                nowhere(&world, &run, &[literal.to_owned()]);
            }
            assert_eq!(world.request_count(), 0, "{mistake}");
        }
    }
}

#[test]
fn a_password_in_an_address_is_never_repeated() {
    let world = world();
    world.rosterd(["check"]).success();
    let text = fs::read_to_string(world.path("rosterd.toml")).expect("it is there");
    let text = text.replace("base_url = \"http://", "base_url = \"http://robot:hunter2-is-no-address@");
    world.write("rosterd.toml", &text);
    let run = world.rosterd(["-vvv", "plan"]).exits(64);
    nowhere(&world, &run, &["hunter2-is-no-address".to_owned()]);
}

#[test]
fn a_secret_file_that_others_can_read_is_refused() {
    for mode in [0o604, 0o644, 0o602, 0o601, 0o777] {
        let world = world();
        let file = world.path("secrets/travel-secret");
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("it is ours");
        let run = world
            .rosterd(["apply", "--yes"])
            .exits(64)
            .says("open to every user of this host")
            .says("run `chmod o= ");
        nowhere(&world, &run, &known_secrets(&world));
        assert_eq!(world.request_count(), 0, "not even to the others");
    }
    let world = world();
    let file = world.path("secrets/travel-secret");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("it is ours");
    world.rosterd(["plan"]).success();
}
