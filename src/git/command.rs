//! One run of git: nothing from outside decides what it does, and nothing that it does lasts longer than it may.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use super::GitError;
use super::access::Access;
use crate::clean::clean_message;

/// Where git is looked for when nothing says.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// As much is kept of what git says of a failure.
const MOST_SAID: u64 = 16 * 1024;

/// How long git may take to put its things away when its time is over.
const GRACE: Duration = Duration::from_secs(2);

/// No configuration but ours, no command of a repository, no transport that is not named, and nothing written that a
/// crash could leave half.
const HARDENED: [&str; 16] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "core.fsync=all",
    "core.pager=cat",
    "credential.helper=",
    "protocol.allow=never",
    "http.followRedirects=false",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "fetch.fsckObjects=true",
    "fetch.unpackLimit=1",
    "fetch.writeCommitGraph=false",
    "gc.autoDetach=false",
    "maintenance.auto=false",
    "advice.defaultBranchName=false",
];

/// How git is run.
pub(super) struct Git {
    path: OsString,
    /// The file that stands for the configuration of user and host; without one that of the host counts.
    settings: Option<PathBuf>,
    limit: Duration,
}

/// One run, to be.
pub(super) struct Call<'a> {
    /// What is being done, for messages.
    pub(super) what: &'static str,
    /// Where.
    pub(super) folder: &'a Path,
    /// More settings, `key=value`.
    pub(super) settings: Vec<OsString>,
    /// The subcommand and what follows it.
    pub(super) arguments: Vec<&'a OsStr>,
    /// What it reads.
    pub(super) input: Vec<u8>,
    /// How much of what it prints is taken; more is an error.
    pub(super) most: usize,
    /// How it gets at the remote; without it there is none.
    pub(super) access: Option<&'a Access>,
    /// The folder is the repository, and no other above it is meant when it is damaged.
    pub(super) is_repository: bool,
}

/// What a run came to.
#[derive(Debug)]
pub(super) struct Said {
    /// Its exit code; none when a signal ended it.
    pub(super) code: Option<i32>,
    /// What it printed.
    pub(super) stdout: Vec<u8>,
    /// What it said of a failure, cleaned, in one line.
    pub(super) stderr: String,
}

impl<'a> Call<'a> {
    /// A run in a folder that stays on this host.
    pub(super) fn new(what: &'static str, folder: &'a Path, arguments: &[&'a str]) -> Self {
        let arguments = arguments.iter().map(|word| OsStr::new(*word)).collect();
        let (settings, input) = (Vec::new(), Vec::new());
        Self { what, folder, settings, arguments, input, most: 1 << 20, access: None, is_repository: false }
    }

    /// A run in a bare repository that stays on this host.
    pub(super) fn bare(what: &'static str, folder: &'a Path, arguments: &[&'a str]) -> Self {
        Self { is_repository: true, ..Self::new(what, folder, arguments) }
    }
}

impl Said {
    /// What it printed, when it went well.
    pub(super) fn good(self, what: &'static str) -> Result<Vec<u8>, GitError> {
        if self.code == Some(0) { Ok(self.stdout) } else { Err(GitError::Failed { what, said: self.stderr }) }
    }

    /// The first line it printed.
    pub(super) fn line(&self) -> String {
        let text = String::from_utf8_lossy(&self.stdout);
        text.lines().next().unwrap_or_default().to_owned()
    }
}

impl Git {
    /// A git that is found on `PATH`.
    pub(super) fn new(
        env: &dyn Fn(&str) -> Option<String>,
        settings: Option<PathBuf>,
        limit: Duration,
    ) -> Self {
        let path = env("PATH").filter(|path| !path.is_empty()).unwrap_or_else(|| PATH.to_owned());
        Self { path: path.into(), settings, limit }
    }

    /// Runs it to its end, or ends it with all that it started.
    pub(super) async fn run(&self, call: Call<'_>) -> Result<Said, GitError> {
        let Call { what, most, input, .. } = &call;
        let (what, most) = (*what, *most);
        let mut child = self.command(&call).spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => GitError::NoGit,
            _ => GitError::Start(error),
        })?;
        let mut group = Group::of(&child);
        let talk = talk(&mut child, input, most);
        let ended = tokio::time::timeout(self.limit, talk).await;
        match ended {
            Ok(Ok((_, stdout, _))) if stdout.len() > most => Err(GitError::TooMuch { what, most }),
            Ok(Ok((status, stdout, stderr))) => {
                group.has_ended();
                Ok(Said { code: status.code(), stdout, stderr: spoken(&stderr, call.access) })
            }
            Ok(Err(error)) => Err(GitError::Start(error)),
            Err(_) => {
                group.signal(Signal::TERM);
                // It takes its lock files away when it is asked to end, and not when it is killed.
                let _ = tokio::time::timeout(GRACE, child.wait()).await;
                Err(GitError::Late { what, limit: self.limit })
            }
        }
    }

    fn command(&self, call: &Call<'_>) -> Command {
        let mut command = Command::new("git");
        command.env_clear().env("PATH", &self.path);
        command
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ASKPASS", "")
            .env("SSH_ASKPASS", "");
        match &self.settings {
            Some(settings) => command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", settings),
            None => command.env("GIT_CONFIG_GLOBAL", "/dev/null"),
        };
        command
            .env("GIT_ATTR_NOSYSTEM", "1")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_LITERAL_PATHSPECS", "1");
        command.env("GIT_NO_REPLACE_OBJECTS", "1").env("GIT_NO_LAZY_FETCH", "1");
        command.arg("-C").arg(call.folder);
        if call.is_repository {
            command.arg("--git-dir=.");
        }
        for setting in HARDENED {
            command.arg("-c").arg(setting);
        }
        for setting in &call.settings {
            command.arg("-c").arg(setting);
        }
        if let Some(Access { transport, variables, .. }) = call.access {
            command.arg("-c").arg(format!("protocol.{transport}.allow=always"));
            command.envs(variables.iter().map(|(name, value)| (name, value.as_str())));
        }
        command.args(&call.arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0).kill_on_drop(true);
        command
    }
}

/// Writes, reads and waits, all at once. One byte more than is taken is read, so that more shows.
async fn talk(
    child: &mut Child,
    input: &[u8],
    most: usize,
) -> io::Result<(std::process::ExitStatus, Vec<u8>, Vec<u8>)> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async move {
        if let Some(mut stdin) = stdin {
            // It may end without reading all; what it says then matters, not this.
            let _ = stdin.write_all(input).await;
        }
        Ok(())
    };
    let out = read(stdout, most as u64 + 1);
    let said = async {
        let Some(mut stderr) = stderr else { return Ok(Vec::new()) };
        let said = read(Some(&mut stderr), MOST_SAID).await?;
        // It must not wait for somebody to read the rest.
        tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await?;
        Ok(said)
    };
    let ((), stdout, stderr) = tokio::try_join!(write, out, said)?;
    if stdout.len() > most {
        return Ok((std::process::ExitStatus::default(), stdout, stderr));
    }
    Ok((child.wait().await?, stdout, stderr))
}

async fn read(from: Option<impl AsyncRead + Unpin>, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        from.take(most).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

/// What git said, in one line: what a remote said comes with it, and none of it is trusted. Git prints no headers, and
/// if it did, the secret would not be in it.
fn spoken(stderr: &[u8], access: Option<&Access>) -> String {
    let mut text = String::from_utf8_lossy(stderr).into_owned();
    for secret in access.iter().flat_map(|access| &access.secrets) {
        text = text.replace(secret.as_str(), "***");
    }
    let lines = text.split(['\n', '\r']).map(str::trim);
    let said =
        lines.filter(|line| !line.is_empty() && !line.starts_with("hint:")).collect::<Vec<_>>().join("; ");
    if said.is_empty() { "it did not say why".to_owned() } else { clean_message(&said).into_owned() }
}

/// A process and all that it started; they end when this is dropped before they have.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)))
    }

    fn has_ended(&mut self) {
        self.0 = None;
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.0 {
            // It may have ended by itself meanwhile.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}
