//! The `rosterd` binary: flags in, exit code out. Everything else is in the library.

use std::io;
use std::process::ExitCode;

use clap::Parser as _;
use rosterd::cli::{Cli, Command};
use rosterd::commands::{self, Failure};
use rosterd::logging;
use rustix::process::{Resource, Rlimit, setrlimit};

fn main() -> ExitCode {
    keep_memory_private();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    logging::start(cli.log_format, cli.verbosity(), !matches!(cli.command, Command::Run(_)));
    let ended = commands::run(cli);
    logging::finish();
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(failure) => complain(&failure),
    }
}

/// Secrets stand in memory, and memory must not end up in a core dump, nor be read by another process of the
/// same user. The limit keeps dumps from files; only the other setting keeps them from a program that the
/// kernel hands them to, which heeds no limit. Where the system has neither, there is nothing better to do
/// than go on.
fn keep_memory_private() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let _ = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Help and version are no errors; everything else that clap says is the user's.
fn usage(error: &clap::Error) -> ExitCode {
    // Nothing is left to do when even this cannot be printed.
    drop(error.print());
    ExitCode::from(if error.use_stderr() { 64 } else { 0 })
}

fn complain(failure: &Failure) -> ExitCode {
    anstream::eprint!("{}", failure.render(commands::use_colour(&io::stderr())));
    ExitCode::from(failure.code())
}
