//! Commands beside the daemon: one that works with the same configuration is asked.

use std::path::{Path, PathBuf};

use super::inside::Asking;
use super::{Failure, Surroundings, runtime};
use crate::config;
use crate::daemon::control::{self, Answer, Asked, Question};
use crate::who;

/// Lets a daemon carry the command out, and returns its exit code; none where there is none that could.
pub fn ask(around: Surroundings<'_>, asking: &Asking) -> Result<Option<u8>, Failure> {
    // Without a configuration there is no daemon that works with it, and the command itself says what is wrong.
    let Some(config) = file(around.config) else { return Ok(None) };
    let question = Question {
        config,
        command: serde_json::to_value(asking).map_err(|error| Failure::Failed(error.into()))?,
        through_sudo: who::through_sudo(around.env),
        colour: around.console.colour(),
        colour_notes: around.console.colour_notes(),
    };
    let sockets = control::sockets(around.env);
    let asked = runtime()?.block_on(control::ask(&sockets, &question));
    match asked.map_err(|lost| Failure::Failed(lost.into()))? {
        Asked::Answered(answer) => answered(around, asking, &answer).map(Some),
        Asked::NoDaemon => alone(asking, &question.config),
        Asked::NotAllowed(socket) => {
            let text =
                format!("{} may be opened by the user of the daemon and by root only", socket.display());
            if is_of_daemon(asking) || matches!(asking, Asking::Status(_)) {
                return Err(Failure::failed(text));
            }
            around.console.note(&format!("Note: {text}; this command does not ask the daemon."));
            Ok(None)
        }
    }
}

fn answered(around: Surroundings<'_>, asking: &Asking, answer: &Answer) -> Result<u8, Failure> {
    if matches!(asking, Asking::Presence) {
        return Err(Failure::failed(format!(
            "the daemon works with this configuration (process {}): `rosterd sync` makes it run now, `rosterd plan` \
             shows what it would change; this command is for when it does not run",
            answer.stdout.trim()
        )));
    }
    around.console.print_notes(&answer.stderr);
    around.console.print(&answer.stdout)?;
    Ok(answer.code)
}

fn alone(asking: &Asking, config: &Path) -> Result<Option<u8>, Failure> {
    if !is_of_daemon(asking) {
        return Ok(None);
    }
    Err(Failure::failed(format!(
        "no daemon runs with {}: `rosterd run` is the daemon, `rosterd apply` works without it",
        config.display()
    )))
}

/// Whether only a daemon can do it.
fn is_of_daemon(asking: &Asking) -> bool {
    matches!(asking, Asking::Sync(_) | Asking::Reload)
}

/// The configuration without symbolic links.
fn file(explicit: Option<&Path>) -> Option<PathBuf> {
    std::fs::canonicalize(config::find(explicit).ok()?).ok()
}
