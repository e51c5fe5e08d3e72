//! Commands beside the daemon: one that works with the same configuration is asked.

use std::path::{Path, PathBuf};

use super::inside::Asking;
use super::{Failure, Surroundings, runtime};
use crate::cli::Command;
use crate::config;
use crate::daemon::control::{self, Answer, Asked, Question};
use crate::state::{self, Holder};
use crate::who;

#[cfg(test)]
mod tests;

/// Where the unit of systemd lets the service keep its state.
const SERVICE_STATE: &str = "/var/lib/rosterd";

/// Lets a daemon carry the command out, and returns its exit code; none where there is none that could.
pub fn ask(around: Surroundings<'_>, asking: &Asking, command: &Command) -> Result<Option<u8>, Failure> {
    // One that cannot be read any more, the daemon still goes by.
    let files = config::find(around.config).map_or_else(|none| none.looked, |file| vec![file]);
    for file in files {
        if let Some(code) = ask_of(around, asking, command, &file)? {
            return Ok(Some(code));
        }
    }
    // Without a configuration there is no daemon that works with it, and the command itself says what is wrong.
    match config::find(around.config) {
        Ok(file) => {
            if let Some(used) = other_state(around.env, Path::new(SERVICE_STATE)) {
                around.console.note(&format!(
                    "Note: no daemon runs, and this command works on the state in {}; that of the service is in \
                     {SERVICE_STATE}: set STATE_DIRECTORY={SERVICE_STATE} if you mean it.",
                    used.display()
                ));
            }
            alone(around, asking, &file)
        }
        Err(_) => Ok(None),
    }
}

/// Asks the daemon that works with a file.
fn ask_of(
    around: Surroundings<'_>,
    asking: &Asking,
    command: &Command,
    file: &Path,
) -> Result<Option<u8>, Failure> {
    let question = Question {
        config: config::resolved(file),
        command: serde_json::to_value(asking).map_err(|error| Failure::Failed(error.into()))?,
        through_sudo: who::through_sudo(around.env),
        colour: around.console.colour(),
        colour_notes: around.console.colour_notes(),
    };
    let sockets = control::sockets(around.env);
    let asked = runtime()?.block_on(control::ask(&sockets, &question));
    match asked.map_err(|lost| Failure::Failed(lost.into()))? {
        Asked::Answered(answer) => answered(around, command, asking, &answer).map(Some),
        Asked::NoDaemon => Ok(None),
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

fn answered(
    around: Surroundings<'_>,
    command: &Command,
    asking: &Asking,
    answer: &Answer,
) -> Result<u8, Failure> {
    if matches!(asking, Asking::Presence) {
        let process = answer.stdout.trim();
        let instead = instead(command);
        return Err(Failure::failed(format!(
            "the daemon works with this configuration (process {process}): {instead}"
        )));
    }
    around.console.print_notes(&answer.stderr);
    around.console.print(&answer.stdout)?;
    Ok(answer.code)
}

/// What to do about a command that is for when no daemon runs.
fn instead(command: &Command) -> &'static str {
    match command {
        Command::Undo(_) => {
            "stop it (`systemctl stop rosterd`), undo with its state (STATE_DIRECTORY=/var/lib/rosterd), and start it \
             again: an undo suspends the providers concerned for 4 h, so that the daemon does not repeat what was \
             undone. Until then, `rosterd suspend` keeps it from changing more"
        }
        _ => {
            "`rosterd sync` makes it run now, `rosterd plan` shows what it would change; this command is for when it \
             does not run"
        }
    }
}

fn alone(around: Surroundings<'_>, asking: &Asking, config: &Path) -> Result<Option<u8>, Failure> {
    if !is_of_daemon(asking) && !matches!(asking, Asking::Status(_)) {
        return Ok(None);
    }
    if let Some(holder) = state::directory(around.env).ok().and_then(|directory| state::daemon(&directory)) {
        return Err(Failure::failed(unheard(around, &holder)));
    }
    if !is_of_daemon(asking) {
        return Ok(None);
    }
    Err(Failure::failed(format!(
        "no daemon runs with {}: `rosterd run` is the daemon, `rosterd apply` works without it",
        config::resolved(config).display()
    )))
}

/// The state that is used, where the service of this host has another that may be meant.
fn other_state(env: &dyn Fn(&str) -> Option<String>, service: &Path) -> Option<PathBuf> {
    let is_said = env("STATE_DIRECTORY").is_some_and(|text| !text.is_empty());
    // Others may not look into it, but see that it is there.
    if is_said || service.symlink_metadata().is_err() {
        return None;
    }
    state::directory(env).ok().filter(|used| used != service)
}

/// A daemon has the state, and cannot be asked.
fn unheard(around: Surroundings<'_>, holder: &Holder) -> String {
    let sockets = control::sockets(around.env);
    let looked: Vec<String> = sockets.iter().map(|path| path.display().to_string()).collect();
    format!(
        "a daemon has the state ({holder}), and none that works with this configuration answers on {}: name the \
         configuration as it was named to the daemon, and set RUNTIME_DIRECTORY as it has it",
        looked.join(" or ")
    )
}

/// Whether only a daemon can do it.
fn is_of_daemon(asking: &Asking) -> bool {
    matches!(asking, Asking::Sync(_) | Asking::Reload)
}
