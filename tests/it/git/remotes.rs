//! Remotes that are away, hang or want a log-in, and hosts without git.

use std::fs;

use super::upstream::{all_text, fake};
use super::{Upstream, world};
use crate::support::until;

#[test]
fn a_fetch_that_fails_keeps_the_last_good_commit_and_says_how_old_it_is() {
    let world = world();
    let upstream = Upstream::of(&world);
    let good = upstream.push_story();
    world.rosterd(["plan"]).success();
    fs::rename(world.path("up.git"), world.path("away.git")).unwrap();
    let plan = world.rosterd(["plan"]).success().says(&format!("roster {}", &good[..7]));
    assert!(plan.stderr.contains("the roster's branch could not be fetched"), "{}", plan.stderr);
    let standing =
        format!("commit {} is in force, taken up just now; the branch was last seen just now", &good[..7]);
    assert!(plan.stderr.contains(&standing), "{}", plan.stderr);
    world.rosterd(["apply", "--yes"]).exits(3);

    fs::rename(world.path("away.git"), world.path("up.git")).unwrap();
    assert_eq!(world.rosterd(["plan"]).success().stderr, "");
}

#[test]
fn a_host_without_git_is_told_so() {
    let world = world();
    Upstream::of(&world).push_story();
    let empty = world.path("empty");
    fs::create_dir_all(&empty).unwrap();
    let run = world.rosterd_with(["plan"], &[("PATH", empty.to_str().unwrap())]).exits(1);
    run.says("the command `git` is not on PATH: install the package `git`");
}

#[test]
fn a_remote_that_hangs_is_left_with_all_that_was_started_for_it() {
    let world = world();
    let upstream = Upstream::of(&world);
    upstream.configure_at("url = \"git@git.example:acme/roster.git\"", "timeout = \"5s\"");
    let script = format!("echo $$ >> {}\nsleep 300 &\necho $! >> {0}\nwait", world.path("pids").display());
    let path = fake(&world, "ssh", &script);
    let run = world.rosterd_with(["plan"], &[("PATH", &path)]).exits(1);
    run.says("took more than 5s").says("`timeout` in [roster_git]");
    let pids = fs::read_to_string(world.path("pids")).unwrap();
    assert_eq!(pids.lines().count(), 2, "ssh and what it started: {pids}");
    for pid in pids.lines() {
        // A signal takes its time. One that nobody waited for yet is dead all the same.
        until("it to be gone", || {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.is_empty() || stat.contains(") Z ")
        });
    }
}

#[test]
fn ssh_asks_nothing_and_believes_only_the_hosts_that_are_named() {
    let world = world();
    let upstream = Upstream::of(&world);
    world.write("hosts", "");
    world.write_secret("deploy", "KEY");
    let more = "known_hosts = \"hosts\"\nssh_key = { file = \"secrets/deploy\" }";
    upstream.configure_at("url = \"git@git.example:acme/roster.git\"", more);
    let path = fake(
        &world,
        "ssh",
        &format!("echo \"$@\" > {}\necho refused >&2\nexit 1", world.path("args").display()),
    );
    world.rosterd_with(["plan"], &[("PATH", &path)]).exits(1).says("could not be fetched").says("refused");
    let args = fs::read_to_string(world.path("args")).unwrap();
    for wanted in [
        "-oBatchMode=yes".to_owned(),
        "-oStrictHostKeyChecking=yes".to_owned(),
        "-oIdentitiesOnly=yes".to_owned(),
        format!("-oUserKnownHostsFile={}", world.path("hosts").display()),
        format!("-i {}", world.path("secrets/deploy").display()),
    ] {
        assert!(args.contains(&wanted), "{wanted}: {args}");
    }
}

#[test]
fn a_token_is_in_no_argument_no_file_and_no_message_and_goes_to_one_address() {
    let world = world();
    let upstream = Upstream::of(&world);
    upstream
        .configure_at("url = \"https://git.example/acme/roster.git\"", "token = { env = \"ROSTER_TOKEN\" }");
    world.rosterd(["plan"]).exits(1).says("`token`: the environment variable `ROSTER_TOKEN` is not set");

    let script = format!(
        "for word in \"$@\"; do echo \"$word\"; done >> {0}\nenv >> {1}\ncase \"$*\" in\n*\" init \"*) mkdir -p mirror.unfinished \
         \"$2/mirror.unfinished\" ;;\n*\" fsck \"*) exit 0 ;;\n*) echo \"fatal: no: $GIT_CONFIG_VALUE_0\" >&2; exit 128 ;;\nesac",
        world.path("args").display(),
        world.path("env").display()
    );
    let path = fake(&world, "git", &script);
    let run = world.rosterd_with(["-vvv", "plan"], &[("PATH", &path), ("ROSTER_TOKEN", "hunter2")]).exits(1);
    let header = "eC1hY2Nlc3MtdG9rZW46aHVudGVyMg==";
    run.says("no: Authorization: Basic ***").never_says("hunter2").never_says(header);

    let (args, env) =
        (fs::read_to_string(world.path("args")).unwrap(), fs::read_to_string(world.path("env")).unwrap());
    for secret in ["hunter2", header] {
        assert!(!args.contains(secret), "{args}");
        assert!(!all_text(&world.path("state")).contains(secret), "it is kept nowhere");
    }
    assert!(env.contains(&format!("GIT_CONFIG_VALUE_0=Authorization: Basic {header}")), "{env}");
    assert!(env.contains("GIT_CONFIG_KEY_0=http.https://git.example/acme/roster.git.extraHeader"), "{env}");
    assert!(!env.contains("ROSTER_TOKEN") && !env.contains("HOME="), "git gets nothing else: {env}");
    for wanted in ["http.followRedirects=false", "protocol.allow=never", "protocol.https.allow=always"] {
        assert!(args.lines().any(|word| word == wanted), "{wanted}: {args}");
    }
    assert!(!args.contains("protocol.file.allow") && !args.contains("protocol.ssh.allow"), "{args}");
}
