//! What can wake a run. It is shown, and never changes what a run does.

use std::fmt;

use serde::Serialize;

/// Why a run began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wake {
    /// The daemon started.
    Start,
    /// The schedule said so.
    Schedule,
    /// A `from` was reached, or an `until` passed.
    Date,
    /// The roster or the configuration changed.
    Change,
    /// Somebody asked, or decided something.
    Operator,
}

impl fmt::Display for Wake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Start => "start",
            Self::Schedule => "schedule",
            Self::Date => "date",
            Self::Change => "change",
            Self::Operator => "operator",
        })
    }
}
