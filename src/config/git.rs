//! `[roster_git]`: the branch of a repository that holds the roster.

use std::path::{Component, Path, PathBuf};

use url::Url;

use super::values::Wrong;

/// Where a repository is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repository {
    /// Behind https or ssh; git takes it as it is.
    Remote(String),
    /// In a directory of this host.
    Local(PathBuf),
}

const HELP: &str = "write \"https://HOST/PATH.git\", \"ssh://git@HOST/PATH.git\" or the path of a repository";

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
            "write the address alone, and let a git credential helper or an ssh key log in",
        ),
        "ssh" if url.password().is_some() => Wrong::new(
            "the url of a repository cannot hold a password",
            "write \"ssh://USER@HOST/PATH.git\", and let an ssh key log in",
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
