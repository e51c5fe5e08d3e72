//! Words of the configuration with a meaning of their own: schedules, zones, durations, addresses, URLs.
//!
//! Pure, and none of it depends on today's date.

use std::net::SocketAddr;
use std::time::Duration;

use croner::Cron;
use croner::errors::CronError;
use croner::parser::{CronParser, Seconds, Year};
use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::tz::{self, TimeZone};
use url::{Host, Url};

use crate::document::nearest;

/// Why a word is not taken, and what to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub help: String,
}

impl Wrong {
    pub(super) fn new<T>(what: impl Into<String>, help: impl Into<String>) -> Result<T, Self> {
        Err(Self { what: what.into(), help: help.into() })
    }
}

/// A day from which every schedule that ever runs is found; fixed, so that no verdict changes with time.
const ANY_DAY: DateTime = jiff::civil::date(2024, 1, 1).at(0, 0, 0, 0);

const CRON_HELP: &str = "write `second minute hour day month weekday`, such as \"0 */15 * * * *\" for every \
                         quarter of an hour or \"0 0 6 * * MON-FRI\" for six o'clock on weekdays";

/// Reads a cron schedule of five or six fields, or a word such as `@daily`.
///
/// # Errors
/// When it is no schedule, or one that never runs.
pub fn schedule(text: &str) -> Result<Cron, Wrong> {
    if !text.is_ascii() || text.len() > 256 {
        return Wrong::new("this is no cron schedule", CRON_HELP);
    }
    let fields = text.split_whitespace().count();
    if !text.trim_start().starts_with('@') && !(5..=6).contains(&fields) {
        return Wrong::new(format!("a cron schedule has five or six fields, not {fields}"), CRON_HELP);
    }
    let parser = CronParser::builder().seconds(Seconds::Optional).year(Year::Disallowed).build();
    let cron = match parser.parse(text) {
        Ok(cron) => cron,
        Err(CronError::ComponentError(reason) | CronError::IllegalCharacters(reason)) => {
            let reason = reason.trim_end_matches('.');
            return Wrong::new(format!("this is no cron schedule: {reason}"), CRON_HELP);
        }
        Err(_) => return Wrong::new("this is no cron schedule", CRON_HELP),
    };
    if cron.find_next_occurrence(&ANY_DAY, true).is_err() {
        return Wrong::new("this schedule never runs: no such day exists", CRON_HELP);
    }
    Ok(cron)
}

/// Reads the name of a time zone.
///
/// # Errors
/// When the host's time zone database does not know it.
pub fn time_zone(name: &str) -> Result<TimeZone, Wrong> {
    if let Ok(zone) = TimeZone::get(name) {
        return Ok(zone);
    }
    let known: Vec<String> = tz::db().available().map(|name| name.to_string()).collect();
    if known.is_empty() {
        return Wrong::new(
            "this host has no time zone database",
            "install the package `tzdata`, or write \"UTC\"",
        );
    }
    let city = |zone: &&String| zone.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(name));
    let nearest = match known.iter().find(city) {
        Some(zone) => Some(zone.clone()),
        None => nearest(name, known.iter().map(String::as_str)),
    };
    let help = match nearest {
        Some(nearest) => format!("did you mean \"{nearest}\"?"),
        None => "write a name of the IANA database, such as \"Europe/Berlin\" or \"UTC\"".to_owned(),
    };
    Wrong::new(format!("`{name}` is no time zone"), help)
}

/// Reads a duration such as `30s` or `1h 30m`.
///
/// # Errors
/// When it is none, or outside the bounds; the bounds are part of what is allowed.
pub fn duration(text: &str, least: Duration, most: Duration) -> Result<Duration, Wrong> {
    let help = "write a number and a unit: \"30s\", \"500ms\", \"4h\" or \"1h 30m\"";
    let Ok(signed) = text.trim().parse::<SignedDuration>() else {
        return Wrong::new("this is no duration", help);
    };
    match Duration::try_from(signed) {
        Ok(duration) if (least..=most).contains(&duration) => Ok(duration),
        _ => Wrong::new("this duration is out of bounds", format!("write one {}", between(least, most))),
    }
}

fn between(least: Duration, most: Duration) -> String {
    let show = |duration: Duration| match SignedDuration::try_from(duration) {
        Ok(duration) => format!("\"{duration:#}\""),
        Err(_) => format!("{duration:?}"),
    };
    format!("from {} to {}", show(least), show(most))
}

/// Reads the address to listen on; the empty text is none.
///
/// # Errors
/// When it is no IP address with a port.
pub fn listen(text: &str) -> Result<Option<SocketAddr>, Wrong> {
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(address) = text.parse() {
        return Ok(Some(address));
    }
    let port = text.rsplit(':').next().and_then(|port| port.parse::<u16>().ok()).unwrap_or(9464);
    Wrong::new(
        "this is no address to listen on",
        format!(
            "write an IP address and a port, such as \"127.0.0.1:{port}\" or \"[::1]:{port}\", or \"\" for none"
        ),
    )
}

/// Reads where an API is.
///
/// # Errors
/// When it is not https (or http on loopback), or holds more than host, port and path.
pub fn base_url(text: &str) -> Result<Url, Wrong> {
    if text.contains('@') {
        return Wrong::new(
            "a base_url cannot hold a user or a password",
            "write the address alone; the log-in belongs in client_id and client_secret, by reference",
        );
    }
    let lower = text.to_ascii_lowercase();
    let strange = text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\');
    if strange || !(lower.starts_with("https://") || lower.starts_with("http://")) {
        let rest = if lower.starts_with("https:") { text.get(6..).unwrap_or_default() } else { text };
        let host = rest.trim_start_matches(['/', '\\']);
        let help = if host.is_empty() || host.contains("://") || strange && host == text {
            "write an address that starts with https://".to_owned()
        } else {
            format!("write \"https://{host}\"")
        };
        return Wrong::new("this is no https address", help);
    }
    let mut url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => {
            return Wrong::new(
                format!("this is no address: {error}"),
                "write https://HOST, with a port or path if need be",
            );
        }
    };
    if url.scheme() == "http" && !is_loopback(&url) {
        return Wrong::new(
            "plain http is accepted for loopback addresses only",
            format!("write \"https{}\"", text.get(4..).unwrap_or_default()),
        );
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Wrong::new("a base_url cannot hold `?` or `#`", "write the address up to there");
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
