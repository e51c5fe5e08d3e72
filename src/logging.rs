//! Logs: to stderr or the journal of systemd, never with a library's view of a request.
//!
//! A daemon never waits for whoever reads them: what is not taken in time is dropped, counted, and said.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use clap::ValueEnum;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, reload};

mod journald;
pub mod queue;

use journald::Journald;
use queue::Queue;

/// Lines that may wait for being written.
const PLACES: usize = 1024;
/// For the last lines to get out.
const LAST_LINES: Duration = Duration::from_millis(500);

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
    /// to say comes as an error, in our words; the alarm clock takes its own end for one.
    fn filter(self) -> EnvFilter {
        let word = Self::ALL.iter().find(|(_, level)| *level == self).map_or("warn", |(word, _)| word);
        EnvFilter::new(format!("warn,sled=off,tokio_cron_scheduler=off,rosterd={word}"))
    }
}

/// How the level is changed, and what the flags said.
struct Switch {
    flags: Level,
    set: Box<dyn Fn(Level) + Send + Sync>,
}

static SWITCH: OnceLock<Switch> = OnceLock::new();
static QUEUE: OnceLock<Queue> = OnceLock::new();

/// Logs go to stderr, or to the journal of systemd. Whoever `may_wait` writes them in their place among all that it
/// prints.
pub fn start(format: LogFormat, verbose: u8, may_wait: bool) {
    let flags = Level::of_flags(verbose);
    let (filter, handle) = reload::Layer::new(flags.filter());
    let registry = tracing_subscriber::registry().with(filter);
    let lines = || tracing_subscriber::fmt::layer().with_writer(writer(may_wait));
    match format {
        LogFormat::Json => registry.with(lines().json()).init(),
        LogFormat::Journald => match Journald::start(Path::new(journald::SOCKET), PLACES, lost) {
            Ok(journal) => {
                keep(journal.queue());
                registry.with(journal).init();
            }
            Err(_) => registry.with(lines().with_ansi(false)).init(),
        },
        LogFormat::Text => {
            let may_colour = anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
            let colour = io::stderr().is_terminal() && may_colour;
            registry.with(lines().with_ansi(colour).with_target(false)).init();
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

/// Lets the last lines get out, but waits no longer than a moment.
pub fn finish() {
    if let Some(queue) = QUEUE.get() {
        queue.drain(LAST_LINES);
    }
}

/// Where lines go: without a thread of their own, they are written by whoever has something to say.
fn writer(may_wait: bool) -> BoxMakeWriter {
    // Nobody is left to tell that stderr is gone.
    let write = |line: &[u8]| drop(io::stderr().write_all(line));
    let queue = (!may_wait).then(|| Queue::start("log", PLACES, write, lost));
    match queue {
        Some(Ok(queue)) => {
            keep(&queue);
            BoxMakeWriter::new(move || queue.clone())
        }
        Some(Err(_)) | None => BoxMakeWriter::new(io::stderr),
    }
}

fn keep(queue: &Queue) {
    // Logs are started once, by `main`.
    let _ = QUEUE.set(queue.clone());
}

fn lost(lines: u64) {
    tracing::warn!(lines, "{lines} lines of the log were lost: nobody took them in time.");
}

/// Changes how much is logged from now on: as the configuration says, or where it says nothing, the flags.
pub fn set_level(configured: Option<Level>) {
    if let Some(Switch { flags, set }) = SWITCH.get() {
        set(configured.unwrap_or(*flags));
    }
}
