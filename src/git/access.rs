//! How git gets at the remote: what may be used to reach it, and what logs in.
//!
//! A token goes through the environment into a header that git sends to this one address. It stands in no argument, so
//! that `ps` does not show it, and in no file. Redirects are not followed, so that it goes nowhere else.

use std::ffi::OsString;
use std::path::PathBuf;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};

use super::GitError;
use crate::config::{Repository, RosterGit, is_plain};
use crate::providers::secret::SecretRef;

/// What a git that talks to the remote needs besides its arguments.
pub(super) struct Access {
    /// The address, as git takes it.
    pub(super) address: OsString,
    /// The one transport that is allowed.
    pub(super) transport: &'static str,
    /// More variables of the environment.
    pub(super) variables: Vec<(&'static str, Zeroizing<String>)>,
    /// What must not be in any message.
    pub(super) secrets: Vec<Zeroizing<String>>,
}

impl Access {
    /// Follows the references to secrets.
    pub(super) fn of(config: &RosterGit, env: &dyn Fn(&str) -> Option<String>) -> Result<Self, GitError> {
        let url = match &config.url {
            Repository::Local(path) => {
                let address = path.clone().into_os_string();
                return Ok(Self { address, transport: "file", variables: Vec::new(), secrets: Vec::new() });
            }
            Repository::Remote(url) => url,
        };
        let mut access =
            Self { address: url.into(), transport: "https", variables: Vec::new(), secrets: Vec::new() };
        if !url.starts_with("https://") {
            (access.transport, access.variables) = ("ssh", ssh(config, env)?);
        } else if let Some(token) = &config.token {
            access.log_in(url, &config.user, &token.resolve("token", env)?);
        }
        Ok(access)
    }

    /// With a header for this address and what is below it.
    fn log_in(&mut self, url: &str, user: &str, token: &SecretString) {
        let token = token.expose_secret();
        let pair = base64(Zeroizing::new(format!("{user}:{token}")).as_bytes());
        self.variables = vec![
            ("GIT_CONFIG_COUNT", Zeroizing::new("1".to_owned())),
            ("GIT_CONFIG_KEY_0", Zeroizing::new(format!("http.{url}.extraHeader"))),
            ("GIT_CONFIG_VALUE_0", Zeroizing::new(format!("Authorization: Basic {}", pair.as_str()))),
        ];
        self.secrets = vec![Zeroizing::new(token.to_owned()), pair];
    }
}

/// Nothing is asked, and no host is believed that is not known.
fn ssh(
    config: &RosterGit,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<(&'static str, Zeroizing<String>)>, GitError> {
    let mut words = vec![
        "ssh -oBatchMode=yes -oStrictHostKeyChecking=yes -oUpdateHostKeys=no -oConnectTimeout=20".to_owned(),
    ];
    if let Some(hosts) = &config.known_hosts {
        // Only these: whoever names a file means that the others do not count.
        words.push(format!("-oGlobalKnownHostsFile=/dev/null -oUserKnownHostsFile={}", hosts.display()));
    }
    let mut variables = vec![("GIT_SSH_VARIANT", Zeroizing::new("ssh".to_owned()))];
    if let Some(key) = &config.ssh_key {
        words.push(format!("-oIdentitiesOnly=yes -oIdentityAgent=none -i {}", key_file(key, env)?.display()));
    } else if let Some(agent) = env("SSH_AUTH_SOCK") {
        variables.push(("SSH_AUTH_SOCK", Zeroizing::new(agent)));
    }
    variables.push(("GIT_SSH_COMMAND", Zeroizing::new(words.join(" "))));
    Ok(variables)
}

fn key_file(key: &SecretRef, env: &dyn Fn(&str) -> Option<String>) -> Result<PathBuf, GitError> {
    let path = key.file("ssh_key", env)?;
    if is_plain(&path) {
        return Ok(path);
    }
    let said =
        format!("{}: ssh would misread this path: move the key to one without blanks and quotes", key.set_at);
    Err(GitError::Failed { what: "reading `ssh_key`", said })
}

/// Base64 as in RFC 4648, with padding.
pub(super) fn base64(bytes: &[u8]) -> Zeroizing<String> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = Zeroizing::new(String::with_capacity(bytes.len().div_ceil(3) * 4));
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let index = (bits >> (18 - 6 * digit)) & 63;
            let known = digit <= three.len();
            text.push(if known { char::from(DIGITS[index as usize]) } else { '=' });
        }
    }
    text
}
