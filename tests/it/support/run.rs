//! One run of the real binary, and what it said.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

/// A run that is not done by then hangs.
const LIMIT: Duration = Duration::from_mins(2);

/// What a run left behind.
#[derive(Clone, Debug)]
pub struct Run {
    /// What was typed.
    pub typed: String,
    /// The exit code.
    pub code: i32,
    /// Results.
    pub stdout: String,
    /// Logs, complaints and questions.
    pub stderr: String,
}

impl Run {
    /// It said 0.
    #[track_caller]
    pub fn success(self) -> Run {
        self.exits(0)
    }

    /// It said this.
    #[track_caller]
    pub fn exits(self, code: i32) -> Run {
        assert_eq!(self.code, code, "exit code of {}\n{}", self.typed, self.printed());
        self
    }

    /// This stands somewhere in what it printed.
    #[track_caller]
    pub fn says(self, text: &str) -> Run {
        let found = self.stdout.contains(text) || self.stderr.contains(text);
        assert!(found, "{} should say {text:?}\n{}", self.typed, self.printed());
        self
    }

    /// This stands nowhere in what it printed.
    #[track_caller]
    pub fn never_says(self, text: &str) -> Run {
        let found = self.stdout.contains(text) || self.stderr.contains(text);
        assert!(!found, "{} should not say {text:?}\n{}", self.typed, self.printed());
        self
    }

    /// Its results as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        let parsed = serde_json::from_str(&self.stdout);
        parsed.unwrap_or_else(|error| panic!("{} printed no JSON: {error}\n{}", self.typed, self.printed()))
    }

    /// The digest that it offers for approval; of several, the first.
    #[track_caller]
    pub fn digest(&self) -> String {
        let after = self.stdout.split_once("rosterd approve ").map(|(_, rest)| rest);
        let digest = after.and_then(|rest| rest.split_whitespace().next());
        digest.unwrap_or_else(|| panic!("{} offers no digest\n{}", self.typed, self.printed())).to_owned()
    }

    /// Its results without what differs from one time to the next: revision, digests, days and minutes.
    pub fn text(&self) -> String {
        steady(&self.stdout)
    }

    fn printed(&self) -> String {
        format!("--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr)
    }
}

/// Text without what differs from one time to the next.
fn steady(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut words: Vec<String> = Vec::new();
        let mut before = "";
        for word in line.split(' ') {
            words.push(match before {
                "roster" if word.len() == 7 && is_hex(word) => "REVISION".to_owned(),
                "roster" if word.starts_with("<code>") => "<code>REVISION</code>".to_owned(),
                "approve" if is_hex(word) => "DIGEST".to_owned(),
                "after" if is_day(word) => "DAY".to_owned(),
                _ if is_minute(word) => "HH:MM".to_owned(),
                _ => word.to_owned(),
            });
            before = word;
        }
        lines.push(words.join(" ").trim_end().to_owned());
    }
    lines.join("\n")
}

fn is_hex(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|digit| digit.is_ascii_hexdigit())
}

fn is_day(word: &str) -> bool {
    word.len() == 10 && word.chars().all(|c| c.is_ascii_digit() || c == '-')
}

fn is_minute(word: &str) -> bool {
    word.len() == 5 && word.as_bytes()[2] == b':' && word.replace(':', "").chars().all(|c| c.is_ascii_digit())
}

/// Every line of JSON lines.
#[track_caller]
pub fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

/// The binary, under way.
pub(super) struct Started {
    typed: String,
    child: Child,
    stdout: Printed,
    stderr: Printed,
}

/// What was printed so far, while it is read.
struct Printed {
    bytes: Arc<Mutex<Vec<u8>>>,
    read: JoinHandle<()>,
}

/// The binary.
pub(super) const ROSTERD: &str = env!("CARGO_BIN_EXE_rosterd");

/// Starts a program in `folder` with nothing in its environment but what is given. It dies when this is dropped.
pub(super) fn start<I>(folder: &Path, program: &str, args: I, env: &[(&str, &OsStr)], stdin: Stdio) -> Started
where
    I: IntoIterator<Item: AsRef<OsStr>>,
{
    let mut command = Command::new(program);
    command.args(args).current_dir(folder).env_clear();
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command.envs(env.iter().copied()).kill_on_drop(true);
    command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
    let words = command.as_std().get_args().map(|word| word.to_string_lossy().into_owned());
    let typed = words.fold("rosterd".to_owned(), |typed, word| format!("{typed} {word}"));

    let mut child = command.spawn().expect("the binary starts");
    let stdout = Printed::read(child.stdout.take().expect("it is piped"));
    let stderr = Printed::read(child.stderr.take().expect("it is piped"));
    Started { typed, child, stdout, stderr }
}

impl Started {
    /// Its process id; none once it was waited for.
    pub(super) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Whether it ended by itself.
    pub(super) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("what was started can be asked").is_some()
    }

    /// What it printed so far: results, and logs.
    pub(super) fn so_far(&self) -> (String, String) {
        (self.stdout.so_far(), self.stderr.so_far())
    }

    /// Ends it with SIGKILL.
    pub(super) async fn kill(&mut self) {
        self.child.kill().await.expect("what runs can be killed");
    }

    /// Waits for its end, and kills it when it hangs.
    pub(super) async fn end(self) -> Run {
        let Started { typed, mut child, stdout, stderr } = self;
        let ended = tokio::time::timeout(LIMIT, child.wait()).await;
        if ended.is_err() {
            child.kill().await.expect("what hangs can be killed");
        }
        let (stdout, stderr) = (stdout.whole().await, stderr.whole().await);
        let run = Run { typed, code: -1, stdout, stderr };
        let Ok(status) = ended else {
            panic!("{} was still running after {LIMIT:?}\n{}", run.typed, run.printed());
        };
        Run { code: status.expect("it was waited for").code().unwrap_or(-1), ..run }
    }
}

impl Printed {
    fn read(mut pipe: impl AsyncRead + Unpin + Send + 'static) -> Printed {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bytes);
        let read = tokio::spawn(async move {
            let mut buffer = [0; 8192];
            loop {
                let length = pipe.read(&mut buffer).await.expect("a pipe can be read");
                if length == 0 {
                    break;
                }
                kept.lock().expect("nobody panicked").extend_from_slice(&buffer[..length]);
            }
        });
        Printed { bytes, read }
    }

    /// Whole lines.
    fn so_far(&self) -> String {
        let bytes = self.bytes.lock().expect("nobody panicked");
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        String::from_utf8(bytes[..end].to_vec()).expect("rosterd prints UTF-8")
    }

    async fn whole(self) -> String {
        self.read.await.expect("it was read");
        let bytes = std::mem::take(&mut *self.bytes.lock().expect("nobody panicked"));
        String::from_utf8(bytes).expect("rosterd prints UTF-8")
    }
}
