//! Credentials: references as the configuration gives them, and what they lead to.
//!
//! A secret is read when an adapter is made, never before, and never shown: errors name the
//! reference, not what it led to.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};

#[cfg(test)]
mod tests;

/// How a provider is logged in to, by reference only.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// OAuth client credentials.
    Client {
        /// The client's id; treated as a secret too.
        id: SecretRef,
        /// The client's secret.
        secret: SecretRef,
    },
    /// A token that somebody else renews (SolveXia only).
    Token(SecretRef),
}

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRef {
    /// The source.
    pub source: SecretSource,
    /// Where the reference is written: `rosterd.toml:30`.
    pub set_at: String,
}

/// The three sources of secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// `{ env = "NAME" }`.
    Env(String),
    /// `{ credential = "name" }`: a file of that name in `$CREDENTIALS_DIRECTORY`.
    Credential(String),
    /// `{ file = "/path" }`, absolute by now.
    File(PathBuf),
}

/// What the references led to. Wiped when dropped, never printed.
#[derive(Clone)]
pub enum Secrets {
    /// OAuth client credentials.
    Client {
        /// The client's id.
        id: SecretString,
        /// The client's secret.
        secret: SecretString,
    },
    /// A bearer token.
    Token(SecretString),
}

impl PartialEq for Secrets {
    fn eq(&self, other: &Self) -> bool {
        let same = |one: &SecretString, other: &SecretString| one.expose_secret() == other.expose_secret();
        match (self, other) {
            (Self::Client { id, secret }, Self::Client { id: other_id, secret: other_secret }) => {
                same(id, other_id) && same(secret, other_secret)
            }
            (Self::Token(token), Self::Token(other)) => same(token, other),
            (Self::Client { .. }, Self::Token(_)) | (Self::Token(_), Self::Client { .. }) => false,
        }
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(REDACTED)")
    }
}

/// A reference that leads to no usable secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{set_at}: {text}")]
pub struct SecretError {
    /// What is wrong with it and what to do; names the reference, never its content.
    pub text: String,
    /// Where the reference is written: `rosterd.toml:30`.
    pub set_at: String,
}

/// Longest secret that is taken. More is a file that was named by mistake.
pub const MAX_SECRET_BYTES: u64 = 64 * 1024;

impl Credentials {
    /// Follows the references. `env` looks a variable of the environment up.
    ///
    /// # Errors
    /// Every reference that leads to no usable secret.
    pub fn resolve(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<Secrets, Vec<SecretError>> {
        match self {
            Self::Client { id, secret } => {
                match (id.resolve("client_id", env), secret.resolve("client_secret", env)) {
                    (Ok(id), Ok(secret)) => Ok(Secrets::Client { id, secret }),
                    (id, secret) => Err(id.err().into_iter().chain(secret.err()).collect()),
                }
            }
            Self::Token(token) => {
                token.resolve("token", env).map(Secrets::Token).map_err(|error| vec![error])
            }
        }
    }
}

impl SecretRef {
    /// Follows the reference; `key` is what people call it.
    ///
    /// # Errors
    /// When it leads to no usable secret.
    pub fn resolve(
        &self,
        key: &str,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<SecretString, SecretError> {
        let found = match &self.source {
            SecretSource::Env(name) => from_env(name, env),
            SecretSource::Credential(name) => from_credential(name, env),
            SecretSource::File(path) => from_file(path),
        };
        found.and_then(|(origin, text)| one_line(&origin, &text)).map_err(|text| self.error(key, &text))
    }

    /// The file that the reference names, for another program that reads it.
    ///
    /// # Errors
    /// When it names none, or one that others can read.
    pub fn file(&self, key: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<PathBuf, SecretError> {
        let path = match &self.source {
            SecretSource::Env(name) => Err(format!("`{name}` is a variable, and has to be a file")),
            SecretSource::Credential(name) => credential_path(name, env),
            SecretSource::File(path) => Ok(path.clone()),
        };
        let checked = path.and_then(|path| open_private(&path).map(|_| path));
        checked.map_err(|text| self.error(key, &text))
    }

    fn error(&self, key: &str, text: &str) -> SecretError {
        SecretError { text: format!("`{key}`: {text}"), set_at: self.set_at.clone() }
    }
}

/// Whether a file of this mode gives other users of the host any access.
#[must_use]
pub fn is_open_to_others(mode: u32) -> bool {
    mode & 0o007 != 0
}

/// A secret with the words that say where it came from.
type Origin = (String, Zeroizing<String>);

fn from_env(name: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Origin, String> {
    let value = env(name).map(Zeroizing::new);
    let value = value.ok_or_else(|| format!("the environment variable `{name}` is not set"))?;
    Ok((format!("the environment variable `{name}`"), value))
}

fn from_credential(name: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Origin, String> {
    from_file(&credential_path(name, env)?)
}

fn credential_path(name: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<PathBuf, String> {
    let directory = env("CREDENTIALS_DIRECTORY").filter(|directory| !directory.is_empty());
    let directory = directory.ok_or_else(|| {
        format!(
            "`$CREDENTIALS_DIRECTORY` is not set, so there is no credential `{name}`: start rosterd from \
             systemd with `LoadCredential={name}:/path`, or write {{ env = \"NAME\" }} or {{ file = \"PATH\" }}"
        )
    })?;
    Ok(Path::new(&directory).join(name))
}

fn from_file(path: &Path) -> Result<Origin, String> {
    let shown = path.display();
    let file = open_private(path)?;
    let bytes = read_capped(file).map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > MAX_SECRET_BYTES {
        return Err(format!("the secret file `{shown}` is larger than 64 KiB, which no secret is"));
    }
    let text =
        std::str::from_utf8(&bytes).map_err(|_| format!("the secret file `{shown}` is not UTF-8 text"))?;
    Ok((format!("the secret file `{shown}`"), Zeroizing::new(text.to_owned())))
}

/// Opens a file that its owner and group alone can read.
fn open_private(path: &Path) -> Result<File, String> {
    let shown = path.display();
    let cannot = |error: io::Error| unreadable(path, &error);
    // Asked before opening as well: opening a pipe would wait for somebody to write into it.
    if !fs::metadata(path).map_err(cannot)?.is_file() {
        return Err(format!("the secret file `{shown}` is not a regular file"));
    }
    let file = File::open(path).map_err(cannot)?;
    if is_open_to_others(file.metadata().map_err(cannot)?.permissions().mode()) {
        return Err(format!(
            "the secret file `{shown}` is open to every user of this host: run `chmod o= {shown}`"
        ));
    }
    Ok(file)
}

fn unreadable(path: &Path, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("the secret file `{}` does not exist", path.display()),
        _ => format!("the secret file `{}` cannot be read: {error}", path.display()),
    }
}

/// Reads one byte more than is taken, so that a longer file shows. The buffer is made in its full
/// size at once, because growing would leave copies behind that nobody wipes.
fn read_capped(file: File) -> io::Result<Zeroizing<Vec<u8>>> {
    let most = MAX_SECRET_BYTES + 1;
    let capacity = usize::try_from(most).unwrap_or(usize::MAX);
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Takes off the one newline that editors and `echo` leave, and refuses what cannot be a secret.
fn one_line(origin: &str, text: &str) -> Result<SecretString, String> {
    let line = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    if line.trim().is_empty() {
        return Err(format!("{origin} is empty"));
    }
    if line.chars().any(char::is_control) {
        return Err(format!(
            "{origin} holds more than one line, or a control character: write the secret alone"
        ));
    }
    Ok(SecretString::from(line))
}
