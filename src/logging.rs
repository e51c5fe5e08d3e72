//! Logs: to stderr or the journal of systemd, never with a library's view of a request.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::cli::LogFormat;
use crate::commands::use_colour;

/// Logs go to stderr. Only our own words are logged below warnings: what libraries say of requests could hold secrets.
pub fn start(format: LogFormat, verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = EnvFilter::new(format!("warn,rosterd={level}"));
    let registry = tracing_subscriber::registry().with(filter);
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    match format {
        LogFormat::Json => registry.with(lines.json()).init(),
        LogFormat::Journald => match tracing_journald::layer() {
            Ok(journal) => registry.with(journal).init(),
            Err(_) => registry.with(lines.with_ansi(false)).init(),
        },
        LogFormat::Text => {
            let colour = io::stderr().is_terminal() && use_colour(&io::stderr());
            registry.with(lines.with_ansi(colour).with_target(false)).init();
        }
    }
}
