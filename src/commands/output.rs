//! Results to stdout, in the form that was asked for. A reader that stops reading is no error.

use std::io::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Failure;
use crate::cli::Format;
use crate::report::{Report, json, markdown, text};

/// Colour only on a terminal, and never against `NO_COLOR`.
#[must_use]
pub fn use_colour(stream: &impl anstream::stream::RawStream) -> bool {
    anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never
}

/// Prints a report.
pub fn report(report: &Report<'_>, format: Format) -> Result<(), Failure> {
    let written = match format {
        Format::Text => text::render(report, use_colour(&io::stdout())),
        Format::Json => json::render(report).map_err(|error| Failure::Failed(error.into()))?,
        Format::Markdown => markdown::render(report),
    };
    print(&written)
}

/// Prints a report as text to stderr.
pub fn to_stderr(report: &Report<'_>) {
    anstream::eprint!("{}", text::render(report, use_colour(&io::stderr())));
}

/// Prints text to stdout.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// A time to the minute, and where that is.
pub fn minute(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
}

/// The first digits of a revision.
pub fn short(revision: &str) -> &str {
    let revision = revision.strip_prefix("sha256:").unwrap_or(revision);
    revision.get(..7).unwrap_or(revision)
}

/// A number of providers in words.
pub fn providers(number: usize) -> String {
    count(number, "provider", "providers")
}

/// A number of things in words.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
