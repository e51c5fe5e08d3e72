//! The listener: health, metrics, status and a page; nothing that changes anything.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::time::Duration;

use rosterd::sandbox::{Effect, Fault, Reply, ReplyBody};
use serde_json::json;

use super::{ALWAYS, NEVER, listening, settled, world};
use crate::support::{Group, Metrics, ask, until};

/// Name, type, unit, and the labels of a sample that is there before anything happened.
const FAMILIES: [(&str, &str, &str, &str); 15] = [
    ("rosterd_runs", "counter", "", "rosterd_runs_total{provider=\"emporix\",outcome=\"applied\"}"),
    ("rosterd_run_duration_seconds", "histogram", "seconds", "rosterd_run_duration_seconds_count"),
    (
        "rosterd_changes",
        "counter",
        "",
        "rosterd_changes_total{provider=\"emporix\",action=\"add\",result=\"applied\"}",
    ),
    (
        "rosterd_pending_changes",
        "gauge",
        "",
        "rosterd_pending_changes{provider=\"emporix\",action=\"remove\"}",
    ),
    ("rosterd_drift_memberships", "gauge", "", "rosterd_drift_memberships{provider=\"emporix\"}"),
    ("rosterd_fights", "gauge", "", "rosterd_fights{provider=\"emporix\"}"),
    ("rosterd_held_changes", "gauge", "", "rosterd_held_changes{provider=\"emporix\"}"),
    ("rosterd_suspended_seconds", "gauge", "seconds", "rosterd_suspended_seconds{provider=\"emporix\"}"),
    (
        "rosterd_last_success_timestamp_seconds",
        "gauge",
        "seconds",
        "rosterd_last_success_timestamp_seconds{provider=\"emporix\"}",
    ),
    (
        "rosterd_last_attempt_timestamp_seconds",
        "gauge",
        "seconds",
        "rosterd_last_attempt_timestamp_seconds{provider=\"emporix\"}",
    ),
    ("rosterd_roster_valid", "gauge", "", "rosterd_roster_valid"),
    (
        "rosterd_roster_branch_seen_timestamp_seconds",
        "gauge",
        "seconds",
        "rosterd_roster_branch_seen_timestamp_seconds",
    ),
    (
        "rosterd_http_requests",
        "counter",
        "",
        "rosterd_http_requests_total{provider=\"emporix\",method=\"GET\",status=\"200\"}",
    ),
    (
        "rosterd_http_request_duration_seconds",
        "histogram",
        "seconds",
        "rosterd_http_request_duration_seconds_count",
    ),
    ("rosterd_build", "info", "", ""),
];

#[test]
fn every_family_is_there_from_the_start() {
    let world = settled(NEVER);
    world.write("roster/more.toml", "nonsense");
    let daemon = world.start(["run"]);
    // No roster is in force, and no run was ever on.
    let page =
        daemon.get_as("/metrics", "application/openmetrics-text; version=1.0.0; q=0.9, text/plain; q=0.5");
    assert!(page.head.contains("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8"));
    let metrics = Metrics::parse_open(&page.body);
    for (name, kind, unit, sample) in FAMILIES {
        let family = metrics.0.get(name).unwrap_or_else(|| panic!("{name} is missing"));
        assert_eq!((family.kind.as_str(), family.unit.as_str()), (kind, unit), "{name}");
        assert!(family.help.len() > 10, "{name} is explained");
        if !sample.is_empty() && name != "rosterd_roster_valid" {
            assert_eq!(metrics.value(sample), 0.0, "{sample}");
        }
    }
    let version = format!("rosterd_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
    assert_eq!(metrics.value(&version), 1.0);
    assert!(metrics.0.contains_key("rosterd_tasks"), "one that the contract does not name");
    assert_eq!(metrics.0.len(), FAMILIES.len() + 1);

    // Whoever does not ask for it gets the same in the form that everything reads.
    let page = daemon.get("/metrics");
    assert!(page.head.contains("content-type: text/plain; version=0.0.4; charset=utf-8"), "{}", page.head);
    let plain = Metrics::parse(&page.body);
    let samples = |metrics: &Metrics| {
        let all = metrics.0.values().flat_map(|family| family.samples.clone());
        all.map(|(name, labels, _)| (name, labels)).collect::<BTreeSet<_>>()
    };
    assert_eq!(samples(&plain), samples(&metrics));
    assert_eq!(plain.0["rosterd_runs_total"].kind, "counter");
    assert_eq!(plain.0["rosterd_runs_total"].help, metrics.0["rosterd_runs"].help);
    assert_eq!(plain.value(&version), 1.0);
}

#[test]
fn runs_are_counted_by_what_became_of_them() {
    let world = world().guard("max_removals", "1").strangers(["mal", "mel"]);
    world.live("travel/approvers").add("mal").add("mel");
    world.down("finance", true);
    world.set_provider("finance", "retry_budget = \"100ms\"");
    let daemon = world.start(["run"]);
    for provider in ["emporix", "travel", "finance"] {
        daemon.ran(provider, "start");
    }
    let attempt = "rosterd_last_attempt_timestamp_seconds";
    until("every run to be in the metrics", || {
        let metrics = daemon.metrics();
        let at = |provider| metrics.value(&format!("{attempt}{{provider=\"{provider}\"}}"));
        ["emporix", "travel", "finance"].into_iter().all(|provider| at(provider) > 0.0)
    });
    let metrics = daemon.metrics();
    let of = |name: &str, provider: &str| metrics.value(&format!("{name}{{provider=\"{provider}\"}}"));
    let added = "rosterd_changes_total{provider=\"emporix\",action=\"add\",result=\"applied\"}";
    assert_eq!(metrics.value(added), 1.0);
    assert_eq!(metrics.value("rosterd_runs_total{provider=\"emporix\",outcome=\"applied\"}"), 1.0);
    assert_eq!(metrics.value("rosterd_runs_total{provider=\"travel\",outcome=\"held\"}"), 1.0);
    assert_eq!(metrics.value("rosterd_runs_total{provider=\"finance\",outcome=\"unreadable\"}"), 1.0);
    assert_eq!((of("rosterd_held_changes", "emporix"), of("rosterd_held_changes", "travel")), (0.0, 2.0));
    let pending = "rosterd_pending_changes{provider=\"travel\",action=\"remove\"}";
    assert_eq!(metrics.value(pending), 2.0);
    let success = "rosterd_last_success_timestamp_seconds";
    let now = jiff::Timestamp::now().as_duration().as_secs_f64();
    assert!((now - of(success, "emporix")).abs() < 60.0);
    for provider in ["travel", "finance"] {
        assert!((now - of(attempt, provider)).abs() < 60.0, "{provider}");
        assert_eq!(of(success, provider), 0.0, "{provider} did not do everything");
    }
    assert_eq!(metrics.value("rosterd_run_duration_seconds_count"), 3.0);
    assert!(metrics.value("rosterd_http_request_duration_seconds_count") > 5.0);
    let unanswered = metrics.0["rosterd_http_requests_total"].samples.iter();
    let mut unanswered =
        unanswered.filter(|(_, labels, _)| labels.contains("finance") && labels.contains("status=\"none\""));
    assert!(unanswered.any(|(_, _, value)| *value >= 1.0));
}

#[test]
fn drift_failures_and_suspensions_are_shown() {
    let world = settled(ALWAYS);
    world.rosterd(["apply", "--yes"]).success();
    world.live("emporix/buyers").remove("bob");
    world.rosterd(["suspend", "emporix", "--for", "1h", "--reason", "a look"]).success();
    let daemon = world.start(["run"]);
    daemon.ran("emporix", "start");
    let drift = "rosterd_drift_memberships{provider=\"emporix\"}";
    until("drift to be in the metrics", || daemon.metrics().value(drift) == 1.0);
    let metrics = daemon.metrics();
    assert!(metrics.value("rosterd_suspended_seconds{provider=\"emporix\"}") > 3000.0);
    let suspended = &daemon.status()["providers"]["emporix"]["suspended"];
    assert!(suspended["until"].is_string() && suspended["reason"].is_null() && suspended["by"].is_null());
    let page = daemon.get("/").body;
    assert!(page.contains("suspended until") && !page.contains("a look"), "{page}");
    daemon.signal("TERM");
    daemon.end().success();

    world.rosterd(["resume", "emporix"]).success();
    world.fail("emporix", Fault::new(Effect::status(422)).writes().always());
    let daemon = world.start(["run"]);
    let failed = "rosterd_changes_total{provider=\"emporix\",action=\"add\",result=\"failed\"}";
    until("a write to be refused", || daemon.metrics().value(failed) >= 1.0);
    let outcome = "rosterd_runs_total{provider=\"emporix\",outcome=\"partly-failed\"}";
    until("the run to be counted", || daemon.metrics().find(outcome).is_some_and(|runs| runs >= 1.0));
}

#[test]
fn whoever_is_fought_over_is_shown_until_somebody_resumes() {
    let world = settled(NEVER);
    // The first time it is nobody's doing of rosterd's that is undone.
    for _ in 0..4 {
        world.rosterd(["apply", "--yes"]).success();
        world.live("emporix/buyers").remove("bob");
    }
    let run = world.path("run").display().to_string();
    let env = [("RUNTIME_DIRECTORY", run.as_str())];
    let daemon = world.start_with(["run"], &env);
    let fights = "rosterd_fights{provider=\"emporix\"}";
    until("the fight to be counted", || daemon.metrics().value(fights) == 1.0);
    world.rosterd_with(["status"], &env).success().says("1 fought over");
    assert_eq!(daemon.status()["providers"]["emporix"]["last"]["fights"], 1);

    let resume = ["resume", "emporix", "--group", "buyers"];
    world.rosterd_with(resume, &env).success();
    world.rosterd_with(["sync", "--provider", "emporix"], &env).success();
    until("it to be over", || daemon.metrics().value(fights) == 0.0);
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob"]);
}

#[test]
fn idle_connections_take_nothing_from_the_runs() {
    let world = settled(ALWAYS);
    let daemon = world.start(["run"]);
    daemon.ran("emporix", "start");
    let address = daemon.address();
    let connections: Vec<TcpStream> = (0..240).filter_map(|_| TcpStream::connect(address).ok()).collect();
    assert_eq!(connections.len(), 240, "the kernel takes them all");
    world.live("emporix/buyers").remove("bob");
    until("a run to go on beside them", || world.members("emporix/buyers") == ["ann", "bob"]);
    let open = fs::read_dir(format!("/proc/{}/fd", daemon.id())).unwrap().count();
    assert!(open < 200, "the others wait outside: {open} files");
}

#[test]
fn nothing_but_reading_is_answered() {
    let world = settled(NEVER);
    let daemon = world.start(["run"]);
    daemon.ran("emporix", "start");
    for path in ["/", "/healthz", "/readyz", "/metrics", "/api/v1/status"] {
        assert_eq!(daemon.get(path).status, 200, "{path}");
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            assert_eq!(ask(daemon.address(), method, path).unwrap().status, 405, "{method} {path}");
        }
    }
    for path in ["/v1/ask", "/api/v1", "/etc/passwd", "/../rosterd.toml"] {
        assert_eq!(daemon.get(path).status, 404, "{path}");
    }
}

#[test]
fn hostile_text_is_harmless_and_people_are_not_named() {
    let hostile = "<script>alert(1)</script>\u{1b}[31m & \"wilhelmina\u{202e}";
    let world = listening(NEVER)
        .people(["wilhelmina"])
        .group(Group::at("emporix/buyers").wanted(["wilhelmina"]))
        .group(Group::at("travel/approvers").live(["ann"]).wanted(["ann", "wilhelmina"]));
    let body = json!({ "status": 403, "code": 403, "message": hostile, "details": [hostile] });
    let reply = Reply { status: 403, body: Some(ReplyBody::Json(body)), retry_after: None };
    world.fail("emporix", Fault::new(Effect::Answer(reply)).reads().always());
    let daemon = world.start(["run"]);
    daemon.ran("emporix", "start");
    daemon.ran("travel", "start");
    let page = daemon.get("/");
    assert!(page.head.contains("content-type: text/html"), "{}", page.head);
    assert!(page.head.contains("content-security-policy: default-src 'none'"), "{}", page.head);
    assert!(page.body.contains("unreadable"), "{}", page.body);
    assert!(page.body.contains("&lt;script&gt;alert"), "{}", page.body);
    let raw = ["<script", "\u{1b}", "\u{202e}"];
    assert!(raw.iter().all(|raw| !page.body.contains(raw)), "{}", page.body);
    assert_eq!(world.members("travel/approvers"), ["ann", "wilhelmina"]);
    for path in ["/", "/metrics", "/api/v1/status"] {
        let body = daemon.get(path).body;
        assert!(!body.contains("acme.example") && !body.contains("acme.wilhelmina"), "{path}: {body}");
    }
    assert!(!daemon.get("/metrics").body.contains("wilhelmina"));
}

#[test]
fn a_socket_of_systemd_is_taken_over() {
    let world = settled(NEVER);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let script = "exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$ROSTERD\" run";
    let daemon = world.start_by(script, &[], Stdio::from(OwnedFd::from(listener)));
    until("it to answer", || ask(address, "GET", "/healthz").is_ok_and(|page| page.status == 200));
    until("it to say so", || daemon.address() == address);
    daemon.ran("emporix", "start");
    // Another address in the configuration does not move it.
    let config = std::fs::read_to_string(world.path("rosterd.toml")).unwrap();
    world.write("rosterd.toml", &config.replace("127.0.0.1:0", ""));
    daemon.ran("emporix", "change");
    assert_eq!(ask(address, "GET", "/healthz").unwrap().status, 200);
}

#[test]
fn a_name_that_leads_here_is_not_answered() {
    let world = settled(NEVER);
    let daemon = world.start(["run"]);
    daemon.ran("emporix", "start");
    let asks = |host: &str| {
        let mut stream = TcpStream::connect(daemon.address()).unwrap();
        let request = format!("GET /api/v1/status HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(asks("localhost:9464").starts_with("HTTP/1.1 200"));
    let refused = asks("evil.example:9464");
    assert!(refused.starts_with("HTTP/1.1 421") && !refused.contains("providers"), "{refused}");
}

#[test]
fn connections_on_which_nothing_happens_end() {
    let world = settled(NEVER);
    let daemon = world.start(["run"]);
    let mut silent = TcpStream::connect(daemon.address()).unwrap();
    let mut slow = TcpStream::connect(daemon.address()).unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nhost: ").unwrap();
    let mut kept = TcpStream::connect(daemon.address()).unwrap();
    kept.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    for stream in [&mut silent, &mut slow, &mut kept] {
        stream.set_read_timeout(Some(Duration::from_mins(2))).unwrap();
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        let is_open = read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
        assert!(!is_open, "it is kept for ever");
    }
    assert_eq!(daemon.get("/healthz").status, 200);
}

#[test]
fn an_address_that_cannot_be_listened_at_is_said_until_it_can() {
    let world = settled(NEVER);
    let run = world.path("run").display().to_string();
    let runtime = [("RUNTIME_DIRECTORY", run.as_str())];
    let daemon = world.start_with(["run"], &runtime);
    daemon.ran("emporix", "start");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap();
    let config = std::fs::read_to_string(world.path("rosterd.toml")).unwrap();
    world.write("rosterd.toml", &config.replace("127.0.0.1:0", &at.to_string()));
    let told = format!("nobody listens at {at}");
    world.rosterd_with(["reload"], &runtime).exits(1).says(&told);
    world.rosterd_with(["status"], &runtime).success().says(&told);
    assert!(daemon.status()["listener"].as_str().unwrap().contains(&told), "it stays where it was");
    drop(taken);
    until("it to be listened at", || world.rosterd_with(["reload"], &runtime).code == 0);
    until("it to say so", || daemon.address() == at);
    assert!(daemon.status()["listener"].is_null());
}
