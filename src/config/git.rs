//! `[roster_git]`: the branch of a repository that holds the roster.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use url::Url;

use super::file::{Origin, duration, word};
use super::values::Wrong;
use super::{RosterGit, reference};
use crate::document::Table;
use crate::providers::secret::{SecretRef, SecretSource};

/// How long a fetch may take where the configuration does not say: a first fetch over a slow line is long.
const TIMEOUT: Duration = Duration::from_mins(2);

/// The user that goes with a token where none is written. GitHub asks for this one, and the other forges take any.
const TOKEN_USER: &str = "x-access-token";

/// Where a repository is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repository {
    /// Behind https or ssh; git takes it as it is.
    Remote(String),
    /// In a directory of this host.
    Local(PathBuf),
}

const HELP: &str = "write \"https://HOST/PATH.git\", \"ssh://git@HOST/PATH.git\" or the path of a repository";

/// Reads the section.
pub fn read(mut table: Table<'_>, origin: &Origin) -> Option<RosterGit> {
    for (key, example) in [("url", "https://git.example/roster.git"), ("branch", "main")] {
        if !table.contains(key) {
            table.missing(key, format!("write {key} = \"{example}\""));
        }
    }
    let url = word(&mut table, "url", repository);
    let branch = word(&mut table, "branch", branch);
    let path = word(&mut table, "path", path_inside).unwrap_or_default();
    let (least, most) = (Duration::from_secs(10), Duration::from_hours(24));
    let interval = duration(&mut table, "interval", least, most).unwrap_or(Duration::from_mins(1));
    let (least, most) = (Duration::from_secs(1), Duration::from_hours(1));
    let timeout = duration(&mut table, "timeout", least, most).unwrap_or(TIMEOUT);
    let user = word(&mut table, "user", user);
    let token = reference::read(&mut table, "token", origin);
    let ssh_key = reference::read(&mut table, "ssh_key", origin);
    let known_hosts = word(&mut table, "known_hosts", |text| file_for_git(text, origin));
    let allowed_signers = word(&mut table, "allowed_signers", |text| file_for_git(text, origin));
    if let Some(url) = &url {
        complain_of_logins(&table, url);
    }
    key_in_a_file(&table, ssh_key.as_ref());
    table.finish();
    let url = match url? {
        Repository::Local(path) => Repository::Local(origin.folder.join(path)),
        remote @ Repository::Remote(_) => remote,
    };
    let user = user.unwrap_or_else(|| TOKEN_USER.to_owned());
    let branch = branch?;
    Some(RosterGit {
        url,
        branch,
        path,
        interval,
        timeout,
        user,
        token,
        ssh_key,
        known_hosts,
        allowed_signers,
    })
}

/// A log-in that the address has no use for would be believed to protect something.
fn complain_of_logins(table: &Table<'_>, url: &Repository) {
    let is_https = matches!(url, Repository::Remote(url) if url.starts_with("https://"));
    let is_ssh = matches!(url, Repository::Remote(_)) && !is_https;
    let keys = [("token", is_https, "https"), ("user", is_https, "https")];
    for (key, fits, with) in
        keys.into_iter().chain([("ssh_key", is_ssh, "ssh"), ("known_hosts", is_ssh, "ssh")])
    {
        if let Some(span) = table.key_span(key).filter(|_| !fits) {
            let message =
                format!("`roster_git.{key}` is for repositories behind {with}, and this `url` is none");
            table.complain(&span, message, format!("remove it, or write a `url` of {with}"));
        }
    }
    if let Some(span) = table.key_span("user").filter(|_| is_https && !table.contains("token")) {
        let help = "add token = { credential = \"NAME\" }, or remove `user`";
        table.complain(&span, "`roster_git.user` goes with a token, and there is none", help);
    }
}

/// ssh reads a key from a file, and a copy of ours would be one more place that has it.
fn key_in_a_file(table: &Table<'_>, key: Option<&SecretRef>) {
    if let (Some(SecretRef { source: SecretSource::Env(_), .. }), Some(span)) =
        (key, table.key_span("ssh_key"))
    {
        let help = "write ssh_key = { credential = \"NAME\" } or { file = \"PATH\" }";
        table.complain(&span, "ssh takes a key out of a file, not out of a variable", help);
    }
}

/// Reads the user that goes with a token.
fn user(text: &str) -> Result<String, Wrong> {
    let strange = |c: char| c.is_whitespace() || c.is_control() || c == ':';
    if text.is_empty() || text.contains(strange) {
        return Wrong::new(
            "this is no user",
            "write the one that your forge gives with its tokens, such as \"oauth2\"",
        );
    }
    Ok(text.to_owned())
}

/// Reads the path of a file that git or ssh is told of; both give some characters a meaning of their own.
fn file_for_git(text: &str, origin: &Origin) -> Result<PathBuf, Wrong> {
    if text.is_empty() {
        return Wrong::new("this names no file", "write the path of a file");
    }
    let path = origin.folder.join(text);
    if is_plain(&path) {
        Ok(path)
    } else {
        let help =
            "move the file to a path of letters, digits, `/`, `.`, `_`, `-`, `+`, `,`, `:`, `=` and `@`";
        Wrong::new("this path cannot be handed to git", help)
    }
}

/// Whether a path means the same to git, to ssh and to a shell.
#[must_use]
pub fn is_plain(path: &Path) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "/._-+,:=@".contains(c);
    path.to_str().is_some_and(|text| text.chars().all(plain))
}

/// Reads where a repository is.
///
/// # Errors
/// When git could take it for an option or for another transport, or when it holds a password.
pub fn repository(text: &str) -> Result<Repository, Wrong> {
    let strange = text.contains(|c: char| c.is_whitespace() || c.is_control());
    if text.is_empty() || text.starts_with('-') || strange {
        return Wrong::new("this is no repository", HELP);
    }
    if text.contains("://") {
        return remote(text).map(|()| Repository::Remote(text.to_owned()));
    }
    // `git@host:path` is git's short form of ssh; `ext::command` would run a command.
    match text.split_once(':') {
        None => Ok(Repository::Local(text.into())),
        Some((before, _)) if before.contains('/') => Ok(Repository::Local(text.into())),
        Some((host, path)) if is_ssh_host(host) && !path.is_empty() && !path.starts_with([':', '-']) => {
            Ok(Repository::Remote(text.to_owned()))
        }
        Some(_) => Wrong::new("this is no repository", HELP),
    }
}

fn is_ssh_host(text: &str) -> bool {
    let part = |part: &str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        !part.is_empty() && !part.starts_with('-') && part.chars().all(allowed)
    };
    text.split_once('@').is_some_and(|(user, host)| part(user) && part(host))
}

fn remote(text: &str) -> Result<(), Wrong> {
    let Ok(url) = Url::parse(text) else { return Wrong::new("this is no repository", HELP) };
    if url.host_str().is_none_or(|host| host.is_empty() || host.starts_with('-')) {
        return Wrong::new("this is no repository: it names no host", HELP);
    }
    let user = !url.username().is_empty();
    match url.scheme() {
        "https" if user || url.password().is_some() => Wrong::new(
            "the url of a repository cannot hold a user or a password",
            "write the address alone, and beside it token = { env = \"NAME\" }",
        ),
        "ssh" if url.password().is_some() => Wrong::new(
            "the url of a repository cannot hold a password",
            "write \"ssh://USER@HOST/PATH.git\", and beside it ssh_key = { file = \"PATH\" }",
        ),
        "ssh" if url.username().starts_with('-') => Wrong::new("this is no repository", HELP),
        "https" | "ssh" if url.query().is_some() || url.fragment().is_some() => {
            Wrong::new("the url of a repository cannot hold `?` or `#`", HELP)
        }
        "https" | "ssh" => Ok(()),
        other => Wrong::new(format!("`{other}` is no way to reach a repository here"), HELP),
    }
}

/// Reads the name of a branch, by the rules of git for names of references.
///
/// # Errors
/// When git would not take it, or could take it for an option.
pub fn branch(text: &str) -> Result<String, Wrong> {
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || "~^:?*[\\".contains(c);
    let part =
        |part: &str| !part.is_empty() && !part.starts_with('.') && !part.to_lowercase().ends_with(".lock");
    let good = !text.starts_with('-')
        && !text.contains(forbidden)
        && !text.contains("..")
        && !text.contains("@{")
        && !text.ends_with('.')
        && text != "@"
        && text.split('/').all(part);
    if good {
        Ok(text.to_owned())
    } else {
        Wrong::new("this is no name of a branch", "write one, such as \"main\"")
    }
}

/// Reads a path inside a repository; empty for its root.
///
/// # Errors
/// When it is absolute or leads out of the repository.
pub fn path_inside(text: &str) -> Result<String, Wrong> {
    let inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    if text.starts_with('-') || text.contains(char::is_control) || !Path::new(text).components().all(inside) {
        return Wrong::new(
            "this is no path inside the repository",
            "write one that is relative to the repository's root and has no `..`, such as \"roster/\"",
        );
    }
    Ok(text.to_owned())
}
