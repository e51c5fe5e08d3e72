//! What lets the changes of one run through, until somebody closes it.

use std::fmt;
use std::sync::OnceLock;

use tokio_util::sync::CancellationToken;

use super::{Fault, FaultKind};

/// Lets the changes of one run through. Once it is closed, it stays so: calls in flight finish, no other is sent.
/// Reads need no leave, since what was sent has to be looked at.
#[derive(Debug, Default)]
pub struct Gate {
    closed: CancellationToken,
    why: OnceLock<Closed>,
}

/// Why nothing more is sent in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// Somebody suspended the provider.
    Suspended,
    /// A dry run is configured.
    DryRun,
    /// The provider is only observed by now.
    Observed,
    /// The configuration does not name this provider any more.
    Gone,
    /// rosterd is told to stop.
    Stopping,
}

impl Gate {
    /// Lets nothing more through. What closed it first is what counts.
    pub fn close(&self, why: Closed) {
        let _ = self.why.set(why);
        self.closed.cancel();
    }

    /// Why it is closed; none while it is open.
    #[must_use]
    pub fn why(&self) -> Option<Closed> {
        self.why.get().copied()
    }

    /// The fault with which a change ends that is not sent any more.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        self.why().map(|why| Fault::new(FaultKind::Passing, why.to_string()).unsent())
    }

    /// Waits until it is closed.
    pub async fn closed(&self) {
        self.closed.cancelled().await;
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Suspended => "the provider was suspended meanwhile",
            Self::DryRun => "a dry run was configured meanwhile",
            Self::Observed => "the provider is only observed by now",
            Self::Gone => "the configuration does not name this provider any more",
            Self::Stopping => "rosterd was stopping",
        })
    }
}

#[cfg(test)]
mod tests;
