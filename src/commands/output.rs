//! Results in the form that was asked for, and words that commands share.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Console, Failure};
use crate::cli::Format;
use crate::report::{Report, json, markdown, text};

/// Colour only on a terminal, and never against `NO_COLOR`.
#[must_use]
pub fn use_colour(stream: &impl anstream::stream::RawStream) -> bool {
    anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never
}

/// Prints a report.
pub fn report(console: &Console, report: &Report<'_>, format: Format) -> Result<(), Failure> {
    let written = match format {
        Format::Text => text::render(report, console.colour()),
        Format::Json => json::render(report).map_err(|error| Failure::Failed(error.into()))?,
        Format::Markdown => markdown::render(report),
    };
    console.print(&written)
}

/// Prints a report as text beside the results.
pub fn to_notes(console: &Console, report: &Report<'_>) {
    console.print_notes(&text::render(report, console.colour_notes()));
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
