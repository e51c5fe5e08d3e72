//! A run on a terminal, made by `script` of util-linux, which every Debian has.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::run::Run;
use super::world::World;

impl World {
    /// Runs rosterd on a terminal where somebody types this. What it prints comes as one.
    pub fn on_terminal(&self, args: &str, typed: &str, env: &[(&str, &str)]) -> Run {
        self.write_story();
        let line = format!("'{}' {args}", env!("CARGO_BIN_EXE_rosterd"));
        let mut command = Command::new("timeout");
        command.args(["180", "script", "-qec", &line, "/dev/null"]).current_dir(self.path("")).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("SHELL", "/bin/sh");
        command.env("TERM", "xterm-256color").env("STATE_DIRECTORY", self.path("state"));
        command.envs(env.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("`timeout` and `script` are there");
        let mut keyboard = child.stdin.take().expect("it is piped");
        keyboard.write_all(typed.as_bytes()).expect("it reads what is typed");
        let output = child.wait_with_output().expect("it can be waited for");
        drop(keyboard);
        let text =
            |bytes: Vec<u8>| String::from_utf8(bytes).expect("rosterd prints UTF-8").replace("\r\n", "\n");
        Run {
            typed: format!("rosterd {args}"),
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}
