//! Days that do not end during a test.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};

/// The day where it is about noon, and the name of a time zone there.
pub fn noon() -> (Date, String) {
    let now = Timestamp::now();
    let hour = now.to_zoned(TimeZone::UTC).hour();
    let east = 12 - hour;
    let zone = TimeZone::fixed(Offset::constant(east));
    // The names of these zones count westward.
    let name = format!("Etc/GMT{:+}", -i16::from(east));
    (now.to_zoned(zone).date(), name)
}
