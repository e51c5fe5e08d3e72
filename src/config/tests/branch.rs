use std::path::Path;
use std::time::Duration;

use super::{GOOD, config, told};
use crate::config::{Repository, RosterGit};
use crate::providers::secret::{SecretRef, SecretSource};

/// The good configuration, but for where its roster comes from.
fn with(section: &str) -> String {
    format!("{}{section}", GOOD.replace("roster = \"roster/\"\n", ""))
}

#[test]
fn a_branch_to_follow_is_read() {
    let here = std::path::absolute(".").unwrap();
    let section = "[roster_git]\nurl = \"../roster.git\"\nbranch = \"main\"\npath = \"roster/\"\ninterval = \"30s\"\n\
                   timeout = \"5s\"\nallowed_signers = \"keys/signers\"\n";
    let expected = RosterGit {
        url: Repository::Local(here.join("../roster.git")),
        branch: "main".into(),
        path: "roster/".into(),
        interval: Duration::from_secs(30),
        timeout: Duration::from_secs(5),
        user: "x-access-token".into(),
        token: None,
        ssh_key: None,
        known_hosts: None,
        allowed_signers: Some(here.join("keys/signers")),
    };
    let found = config(&with(section));
    assert_eq!((found.roster_git, found.roster), (Some(expected), None));
}

#[test]
fn a_branch_needs_no_more_than_its_place() {
    let short = "[roster_git]\nurl = \"https://git.example/r.git\"\nbranch = \"main\"\n";
    let git = config(&with(short)).roster_git.unwrap();
    assert_eq!((git.path.as_str(), git.interval.as_secs(), git.timeout.as_secs()), ("", 60, 120));
}

#[test]
fn a_token_and_a_key_are_references() {
    let https = "[roster_git]\nurl = \"https://git.example/r.git\"\nbranch = \"main\"\nuser = \"oauth2\"\n\
                 token = { env = \"ROSTER_TOKEN\" }\n";
    let git = config(&with(https)).roster_git.unwrap();
    let token =
        SecretRef { source: SecretSource::Env("ROSTER_TOKEN".into()), set_at: "rosterd.toml:29".into() };
    assert_eq!((git.token, git.user.as_str()), (Some(token), "oauth2"));

    let ssh = "[roster_git]\nurl = \"git@git.example:acme/r.git\"\nbranch = \"main\"\nknown_hosts = \"/etc/hosts.known\"\n\
               ssh_key = { credential = \"deploy-key\" }\n";
    let git = config(&with(ssh)).roster_git.unwrap();
    assert_eq!(git.ssh_key.map(|key| key.source), Some(SecretSource::Credential("deploy-key".into())));
    assert_eq!(git.known_hosts.as_deref(), Some(Path::new("/etc/hosts.known")));
}

#[test]
fn a_roster_has_one_place() {
    let section = "[roster_git]\nurl = \"https://git.example/r.git\"\nbranch = \"main\"\n";
    insta::assert_snapshot!(told(&format!("{GOOD}{section}")), @r#"
    error: `roster` and [roster_git] are two places for one roster
     --> rosterd.toml:1:1
      |
    1 | roster = "roster/"
      | ^^^^^^
      |
    help: remove one of the two: files that something else brings here, or a branch that rosterd follows

    1 error in 1 file; nothing was changed
    "#);
}

#[test]
fn a_literal_token_is_refused_and_never_shown() {
    let section =
        "[roster_git]\nurl = \"https://git.example/r.git\"\nbranch = \"main\"\ntoken = \"ghp_hunter2\"\n";
    insta::assert_snapshot!(told(&with(section)), @r#"
    error: `roster_git.token` must be a reference to a secret, never the secret itself
      --> rosterd.toml:28:9
       |
    28 | token = "***********"
       |         ^^^^^^^^^^^^^
       |
    help: write where the secret is: { env = "NAME" }, { credential = "NAME" } or { file = "PATH" }; and renew the secret if this was one

    1 error in 1 file; nothing was changed
    "#);
}

#[test]
fn a_bad_branch_to_follow_is_told() {
    let section =
        "[roster_git]\nurl = \"https://me:hunter2@git.example/r.git\"\npath = \"../x\"\ninterval = \"5s\"\n";
    insta::assert_snapshot!(told(&with(section)), @r#"
    error: `roster_git` has no key `branch`
      --> rosterd.toml:25:1
       |
    25 | [roster_git]
       | ^^^^^^^^^^^^
       |
    help: write branch = "main"

    error: `roster_git.url`: the url of a repository cannot hold a user or a password
      --> rosterd.toml:26:7
       |
    26 | url = "https://**********@git.example/r.git"
       |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
    help: write the address alone, and beside it token = { env = "NAME" }

    error: `roster_git.path`: this is no path inside the repository
      --> rosterd.toml:27:8
       |
    27 | path = "../x"
       |        ^^^^^^
       |
    help: write one that is relative to the repository's root and has no `..`, such as "roster/"

    error: `roster_git.interval`: this duration is out of bounds
      --> rosterd.toml:28:12
       |
    28 | interval = "5s"
       |            ^^^^
       |
    help: write one from "10s" to "24h"

    4 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn log_ins_that_the_address_has_no_use_for_are_told() {
    let section = "[roster_git]\nurl = \"ssh://git@git.example/r.git\"\nbranch = \"main\"\nuser = \"me\"\n\
                   token = { env = \"T\" }\nssh_key = { env = \"KEY\" }\nknown_hosts = \"my hosts\"\n";
    insta::assert_snapshot!(told(&with(section)), @r#"
    error: `roster_git.user` is for repositories behind https, and this `url` is none
      --> rosterd.toml:28:1
       |
    28 | user = "me"
       | ^^^^
       |
    help: remove it, or write a `url` of https

    error: `roster_git.token` is for repositories behind https, and this `url` is none
      --> rosterd.toml:29:1
       |
    29 | token = { env = "T" }
       | ^^^^^
       |
    help: remove it, or write a `url` of https

    error: ssh takes a key out of a file, not out of a variable
      --> rosterd.toml:30:1
       |
    30 | ssh_key = { env = "KEY" }
       | ^^^^^^^
       |
    help: write ssh_key = { credential = "NAME" } or { file = "PATH" }

    error: `roster_git.known_hosts`: this path cannot be handed to git
      --> rosterd.toml:31:15
       |
    31 | known_hosts = "my hosts"
       |               ^^^^^^^^^^
       |
    help: move the file to a path of letters, digits, `/`, `.`, `_`, `-`, `+`, `,`, `:`, `=` and `@`

    4 errors in 1 file; nothing was changed
    "#);
    let section = "[roster_git]\nurl = \"/srv/r.git\"\nbranch = \"main\"\nssh_key = { file = \"key\" }\n";
    insta::assert_snapshot!(told(&with(section)), @r#"
    error: `roster_git.ssh_key` is for repositories behind ssh, and this `url` is none
      --> rosterd.toml:28:1
       |
    28 | ssh_key = { file = "key" }
       | ^^^^^^^
       |
    help: remove it, or write a `url` of ssh

    1 error in 1 file; nothing was changed
    "#);
}
