//! Logs: to stderr or the journal of systemd, never with a library's view of a request.

use std::io::{self, IsTerminal as _};
use std::sync::OnceLock;

use clap::ValueEnum;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, reload};

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
    /// To the systemd journal, with fields; as text where there is none.
    Journald,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What somebody should look at.
    Warn,
    /// One line a run as well.
    Info,
    /// Every request as well.
    Debug,
    /// Everything.
    Trace,
}

impl Level {
    /// The levels by their words.
    pub const ALL: [(&'static str, Self); 4] =
        [("warn", Self::Warn), ("info", Self::Info), ("debug", Self::Debug), ("trace", Self::Trace)];

    /// As many flags as were typed.
    fn of_flags(verbose: u8) -> Self {
        match verbose {
            0 => Self::Warn,
            1 => Self::Info,
            2 => Self::Debug,
            _ => Self::Trace,
        }
    }

    /// Only our own words are logged below warnings: what libraries say of requests could hold secrets. What sled has
    /// to say comes as an error, in our words.
    fn filter(self) -> EnvFilter {
        let word = Self::ALL.iter().find(|(_, level)| *level == self).map_or("warn", |(word, _)| word);
        EnvFilter::new(format!("warn,sled=off,rosterd={word}"))
    }
}

/// How the level is changed, and what the flags said.
struct Switch {
    flags: Level,
    set: Box<dyn Fn(Level) + Send + Sync>,
}

static SWITCH: OnceLock<Switch> = OnceLock::new();

/// Logs go to stderr.
pub fn start(format: LogFormat, verbose: u8) {
    let flags = Level::of_flags(verbose);
    let (filter, handle) = reload::Layer::new(flags.filter());
    let registry = tracing_subscriber::registry().with(filter);
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    match format {
        LogFormat::Json => registry.with(lines.json()).init(),
        LogFormat::Journald => match tracing_journald::layer() {
            Ok(journal) => registry.with(journal.with_field_prefix(None)).init(),
            Err(_) => registry.with(lines.with_ansi(false)).init(),
        },
        LogFormat::Text => {
            let may_colour = anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
            let colour = io::stderr().is_terminal() && may_colour;
            registry.with(lines.with_ansi(colour).with_target(false)).init();
        }
    }
    let set = Box::new(move |level: Level| {
        if let Err(error) = handle.reload(level.filter()) {
            tracing::warn!(%error, "The level of logs cannot be changed.");
        }
    });
    // Logs are started once, by `main`.
    let _ = SWITCH.set(Switch { flags, set });
}

/// Changes how much is logged from now on: as the configuration says, or where it says nothing, the flags.
pub fn set_level(configured: Option<Level>) {
    if let Some(Switch { flags, set }) = SWITCH.get() {
        set(configured.unwrap_or(*flags));
    }
}
