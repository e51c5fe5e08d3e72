use std::fmt::Write as _;
use std::time::Duration;

use proptest::prelude::*;

use crate::config::git;
use crate::config::values::{self, Wrong};

/// What people read about each text that is not taken; `taken` for the others.
fn verdicts<T>(texts: &[&str], read: impl Fn(&str) -> Result<T, Wrong>) -> String {
    let mut shown = String::new();
    for text in texts {
        match read(text) {
            Ok(_) => writeln!(shown, "{text} | taken"),
            Err(Wrong { what, help }) => writeln!(shown, "{text} | {what} | {help}"),
        }
        .unwrap();
    }
    shown
}

#[test]
fn schedules_have_five_or_six_fields_and_run_at_some_time() {
    for good in
        ["0 */15 * * * *", "*/15 * * * *", "0 30 6 * * MON-FRI", "@daily", "0 0 0 29 2 *", "0 0 0 L * *"]
    {
        assert!(values::schedule(good).is_ok(), "{good}");
    }
    let bad = [
        "",
        "every day",
        "* * * *",
        "0 0 0 1 1 * 2030",
        "0 0 0 30 2 *",
        "0 0 31 4 *",
        "0 61 * * * *",
        "@reboot",
        "ü",
    ];
    insta::assert_snapshot!(verdicts(&bad, |text| values::schedule(text)
        .map_err(|wrong| Wrong { help: "…".into(), ..wrong })), @"
     | a cron schedule has five or six fields, not 0 | …
    every day | a cron schedule has five or six fields, not 2 | …
    * * * * | a cron schedule has five or six fields, not 4 | …
    0 0 0 1 1 * 2030 | a cron schedule has five or six fields, not 7 | …
    0 0 0 30 2 * | this schedule never runs: no such day exists | …
    0 0 31 4 * | this schedule never runs: no such day exists | …
    0 61 * * * * | this is no cron schedule: Number out of bounds | …
    @reboot | this is no cron schedule | …
    ü | this is no cron schedule | …
    ");
}

#[test]
fn time_zones_come_with_the_nearest_name() {
    let names = ["UTC", "Europe/Berlin", "europe/berlin", "Berlin", "Europe/Berln", "Mars", ""];
    insta::assert_snapshot!(verdicts(&names, values::time_zone), @r#"
    UTC | taken
    Europe/Berlin | taken
    europe/berlin | taken
    Berlin | `Berlin` is no time zone | did you mean "Europe/Berlin"?
    Europe/Berln | `Europe/Berln` is no time zone | did you mean "Europe/Berlin"?
    Mars | `Mars` is no time zone | write a name of the IANA database, such as "Europe/Berlin" or "UTC"
     | `` is no time zone | write a name of the IANA database, such as "Europe/Berlin" or "UTC"
    "#);
}

#[test]
fn durations_have_units_and_bounds() {
    let read = |text: &str| values::duration(text, Duration::from_millis(1), Duration::from_hours(1));
    assert_eq!(read("30s"), Ok(Duration::from_secs(30)));
    assert_eq!(read("2m 30s"), Ok(Duration::from_secs(150)));
    assert_eq!(read("500ms"), Ok(Duration::from_millis(500)));
    let bad = ["", "30", "0s", "-5s", "2h", "99999999999999999999h", "1 day", "soon", "1e9s"];
    insta::assert_snapshot!(verdicts(&bad, read), @r#"
     | this is no duration | write a number and a unit: "30s", "500ms", "4h" or "1h 30m"
    30 | this is no duration | write a number and a unit: "30s", "500ms", "4h" or "1h 30m"
    0s | this duration is out of bounds | write one from "1ms" to "1h"
    -5s | this duration is out of bounds | write one from "1ms" to "1h"
    2h | this duration is out of bounds | write one from "1ms" to "1h"
    99999999999999999999h | this is no duration | write a number and a unit: "30s", "500ms", "4h" or "1h 30m"
    1 day | this is no duration | write a number and a unit: "30s", "500ms", "4h" or "1h 30m"
    soon | this is no duration | write a number and a unit: "30s", "500ms", "4h" or "1h 30m"
    1e9s | this is no duration | write a number and a unit: "30s", "500ms", "4h" or "1h 30m"
    "#);
}

#[test]
fn listening_takes_an_address_with_a_port() {
    let texts = ["", "127.0.0.1:9464", "[::1]:9464", "localhost:8080", ":9464", "127.0.0.1", "9464"];
    insta::assert_snapshot!(verdicts(&texts, values::listen), @r#"
     | taken
    127.0.0.1:9464 | taken
    [::1]:9464 | taken
    localhost:8080 | this is no address to listen on | write an IP address and a port, such as "127.0.0.1:8080" or "[::1]:8080", or "" for none
    :9464 | this is no address to listen on | write an IP address and a port, such as "127.0.0.1:9464" or "[::1]:9464", or "" for none
    127.0.0.1 | this is no address to listen on | write an IP address and a port, such as "127.0.0.1:9464" or "[::1]:9464", or "" for none
    9464 | this is no address to listen on | write an IP address and a port, such as "127.0.0.1:9464" or "[::1]:9464", or "" for none
    "#);
}

#[test]
fn base_urls_are_https_or_loopback() {
    let texts = [
        "https://api.example",
        "https://api.example:8443/emporix/",
        "http://127.0.0.1:8080",
        "http://127.9.9.9",
        "http://[::1]:8080",
        "http://localhost",
        "http://api.example/v1",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "http://10.0.0.1",
        "http://[::ffff:10.0.0.1]",
        "api.example",
        "",
        "ftp://api.example",
        "https:api.example",
        "https:\\\\api.example",
        "https://",
        "https://api example",
        "https://api.example?x=1",
        "https://api.example/#top",
        "https://me:word@api.example",
        "https://me@api.example",
        "https://api.example:99999",
    ];
    insta::assert_snapshot!(verdicts(&texts, values::base_url), @r#"
    https://api.example | taken
    https://api.example:8443/emporix/ | taken
    http://127.0.0.1:8080 | taken
    http://127.9.9.9 | taken
    http://[::1]:8080 | taken
    http://localhost | taken
    http://api.example/v1 | plain http is accepted for loopback addresses only | write "https://api.example/v1"
    http://localhost.example | plain http is accepted for loopback addresses only | write "https://localhost.example"
    http://127.0.0.1.example | plain http is accepted for loopback addresses only | write "https://127.0.0.1.example"
    http://10.0.0.1 | plain http is accepted for loopback addresses only | write "https://10.0.0.1"
    http://[::ffff:10.0.0.1] | plain http is accepted for loopback addresses only | write "https://[::ffff:10.0.0.1]"
    api.example | this is no https address | write "https://api.example"
     | this is no https address | write an address that starts with https://
    ftp://api.example | this is no https address | write an address that starts with https://
    https:api.example | this is no https address | write "https://api.example"
    https:\\api.example | this is no https address | write "https://api.example"
    https:// | this is no address: empty host | write https://HOST, with a port or path if need be
    https://api example | this is no https address | write "https://api example"
    https://api.example?x=1 | a base_url cannot hold `?` or `#` | write the address up to there
    https://api.example/#top | a base_url cannot hold `?` or `#` | write the address up to there
    https://me:word@api.example | a base_url cannot hold a user or a password | write the address alone; the log-in belongs in client_id and client_secret, by reference
    https://me@api.example | a base_url cannot hold a user or a password | write the address alone; the log-in belongs in client_id and client_secret, by reference
    https://api.example:99999 | this is no address: invalid port number | write https://HOST, with a port or path if need be
    "#);
}

#[test]
fn base_urls_lose_the_slash_at_their_end() {
    let shown = |text: &str| values::base_url(text).unwrap().to_string();
    assert_eq!(shown("https://API.example/"), "https://api.example/");
    assert_eq!(shown("https://api.example/v1//"), "https://api.example/v1");
    assert_eq!(shown("https://api.example:443/v1"), "https://api.example/v1");
}

#[test]
fn repositories_are_behind_https_or_ssh_or_a_path() {
    let texts = [
        "https://git.example/roster.git",
        "ssh://git@git.example:2222/roster.git",
        "git@git.example:acme/roster.git",
        "/srv/git/roster.git",
        "../roster",
        "https://token@git.example/roster.git",
        "https://me:word@git.example/roster.git",
        "ssh://git:word@git.example/roster.git",
        "http://git.example/roster.git",
        "git://git.example/roster.git",
        "file:///srv/git/roster.git",
        "ext::sh -c id",
        "ext::id",
        "--upload-pack=id",
        "-oProxyCommand=id@host:x",
        "ssh://-oProxyCommand=id/x",
        "https://git.example/roster.git?token=word",
        "",
    ];
    insta::assert_snapshot!(verdicts(&texts, git::repository), @r#"
    https://git.example/roster.git | taken
    ssh://git@git.example:2222/roster.git | taken
    git@git.example:acme/roster.git | taken
    /srv/git/roster.git | taken
    ../roster | taken
    https://token@git.example/roster.git | the url of a repository cannot hold a user or a password | write the address alone, and beside it token = { env = "NAME" }
    https://me:word@git.example/roster.git | the url of a repository cannot hold a user or a password | write the address alone, and beside it token = { env = "NAME" }
    ssh://git:word@git.example/roster.git | the url of a repository cannot hold a password | write "ssh://USER@HOST/PATH.git", and beside it ssh_key = { file = "PATH" }
    http://git.example/roster.git | `http` is no way to reach a repository here | write "https://HOST/PATH.git", "ssh://git@HOST/PATH.git" or the path of a repository
    git://git.example/roster.git | `git` is no way to reach a repository here | write "https://HOST/PATH.git", "ssh://git@HOST/PATH.git" or the path of a repository
    file:///srv/git/roster.git | this is no repository: it names no host | write "https://HOST/PATH.git", "ssh://git@HOST/PATH.git" or the path of a repository
    ext::sh -c id | this is no repository | write "https://HOST/PATH.git", "ssh://git@HOST/PATH.git" or the path of a repository
    ext::id | this is no repository | write "https://HOST/PATH.git", "ssh://git@HOST/PATH.git" or the path of a repository
    --upload-pack=id | this is no repository | write "https://HOST/PATH.git", "ssh://git@HOST/PATH.git" or the path of a repository
    -oProxyCommand=id@host:x | this is no repository | write "https://HOST/PATH.git", "ssh://git@HOST/PATH.git" or the path of a repository
    ssh://-oProxyCommand=id/x | this is no repository: it names no host | write "https://HOST/PATH.git", "ssh://git@HOST/PATH.git" or the path of a repository
    https://git.example/roster.git?token=word | the url of a repository cannot hold `?` or `#` | write "https://HOST/PATH.git", "ssh://git@HOST/PATH.git" or the path of a repository
     | this is no repository | write "https://HOST/PATH.git", "ssh://git@HOST/PATH.git" or the path of a repository
    "#);
}

#[test]
fn branches_and_paths_follow_the_rules_of_git() {
    for good in ["main", "release/2026.1", "ü"] {
        assert!(git::branch(good).is_ok(), "{good}");
    }
    for bad in
        ["", "-d", "a b", "a..b", "a~1", "a:b", "/a", "a/", "a//b", ".a", "a.lock", "@", "a@{1}", "a\\b"]
    {
        assert!(git::branch(bad).is_err(), "{bad}");
    }
    for good in ["", "roster/", "./roster", "a/b"] {
        assert!(git::path_inside(good).is_ok(), "{good}");
    }
    for bad in ["/roster", "../roster", "a/../../b", "-a", "a\nb"] {
        assert!(git::path_inside(bad).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,40}", cron in "[-*/,0-9A-Za-z#?+@ LW]{0,30}") {
        for text in [text.as_str(), cron.as_str()] {
            let _ = values::schedule(text);
            let _ = values::time_zone(text);
            let _ = values::duration(text, Duration::ZERO, Duration::MAX);
            let _ = values::listen(text);
            let _ = values::base_url(text);
            let _ = values::base_url(&format!("https://{text}"));
            let _ = git::repository(text);
            let _ = git::branch(text);
            let _ = git::path_inside(text);
        }
    }
}
