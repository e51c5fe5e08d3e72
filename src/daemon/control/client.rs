//! The other end of the socket: a command that asks the daemon.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::StatusCode;

use super::{Answer, NAME, Question};

/// A daemon that is there answers its socket at once; what it is asked for may take long.
const CONNECT: Duration = Duration::from_secs(5);

/// What became of asking.
#[derive(Debug)]
pub enum Asked {
    /// A daemon that works with the configuration answered.
    Answered(Answer),
    /// There is none.
    NoDaemon,
    /// There may be one behind this socket, which only its user and root may open.
    NotAllowed(PathBuf),
}

/// A daemon that is there did not answer.
#[derive(Debug, thiserror::Error)]
#[error("the daemon did not answer on {}: what was asked for may or may not have happened", path.display())]
pub struct Lost {
    path: PathBuf,
    #[source]
    why: reqwest::Error,
}

/// Where a daemon may listen: `$RUNTIME_DIRECTORY`, then `/run/rosterd`, then `$XDG_RUNTIME_DIR/rosterd`.
#[must_use]
pub fn sockets(env: &dyn Fn(&str) -> Option<String>) -> Vec<PathBuf> {
    let first = env("RUNTIME_DIRECTORY").and_then(|text| text.split(':').next().map(PathBuf::from));
    let user = env("XDG_RUNTIME_DIR").map(|text| PathBuf::from(text).join("rosterd"));
    let all = first.into_iter().chain([PathBuf::from("/run/rosterd")]).chain(user);
    all.filter(|path| path.is_absolute()).map(|path| path.join(NAME)).collect()
}

/// Asks the first daemon that works with the configuration.
///
/// # Errors
/// When there is one, and it does not answer.
pub async fn ask(sockets: &[PathBuf], question: &Question) -> Result<Asked, Lost> {
    let mut otherwise = Asked::NoDaemon;
    for path in sockets {
        match UnixStream::connect(path) {
            Ok(_) => (),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                otherwise = Asked::NotAllowed(path.clone());
                continue;
            }
            // Nobody listens: there is no socket, or one that a daemon left behind when it was killed.
            Err(_) => continue,
        }
        let lost = |why| Lost { path: path.clone(), why };
        let client =
            reqwest::Client::builder().unix_socket(path.as_path()).no_proxy().connect_timeout(CONNECT);
        let client = client.build().map_err(lost)?;
        // The host has no meaning on a socket of one daemon.
        let response = client.post("http://rosterd/v1/ask").json(question).send().await.map_err(lost)?;
        if response.status() == StatusCode::MISDIRECTED_REQUEST {
            continue;
        }
        let response = response.error_for_status().map_err(lost)?;
        // It is our own daemon, which keeps its answers short.
        #[expect(clippy::disallowed_methods, reason = "the cap is for what providers say")]
        return response.json().await.map(Asked::Answered).map_err(lost);
    }
    Ok(otherwise)
}
