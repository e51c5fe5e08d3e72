//! Timestamps of this API: objects with an `iso8601` text whose seconds are optional and whose hour may be 24
//! (official).

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

/// The moment of a text of the documented pattern; None for any other text.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_once('T')?;
    let (clock, offset) =
        if let Some(clock) = rest.strip_suffix('Z') { (clock, 0) } else { with_offset(rest)? };
    let mut parts = clock.split(':');
    let hours = two_digits(parts.next()?, 24)?;
    let minutes = two_digits(parts.next()?, 59)?;
    let seconds = parts.next().map_or(Some(0), |text| two_digits(text, 59))?;
    if parts.next().is_some() || date.len() != 10 {
        return None;
    }
    let midnight = date.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let since = (hours * 60 + minutes) * 60 + seconds - offset;
    midnight.checked_add(SignedDuration::from_secs(since)).ok()
}

/// To the minute, as the documents show it: `2026-01-09T10:15Z`.
pub(super) fn text(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%MZ").to_string()
}

/// The clock in front of an offset, and the offset in seconds.
fn with_offset(text: &str) -> Option<(&str, i64)> {
    let (clock, offset) = text.split_at_checked(text.rfind(['+', '-'])?)?;
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    let seconds = (two_digits(hours, 14)? * 60 + two_digits(minutes, 59)?) * 60;
    Some((clock, if offset.starts_with('-') { -seconds } else { seconds }))
}

fn two_digits(text: &str, most: i64) -> Option<i64> {
    let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|&number: &i64| digits && number <= most)
}
