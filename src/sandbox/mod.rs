//! A stateful sandbox of the three APIs on loopback, for `demo` and for tests.
//!
//! It is written from the published contracts alone and shares no code with `providers` or `core`, so that no
//! mistake agrees with itself. Where the documents are silent it does what the contracts of the three call
//! inferred, and a setting does otherwise. It is stricter than the real servers wherever that shows a mistake
//! of the client: fields and parameters that nobody documented are refused.
//!
//! ```text
//! gate (sockets) -> server (log, faults) -> emporix | company | solvexia (one world each, behind one lock)
//! ```

pub mod company;
mod diary;
pub mod emporix;
mod exchange;
mod fault;
mod gate;
mod log;
mod mishap;
mod server;
pub mod solvexia;
#[cfg(test)]
mod tests;
mod tokens;
pub mod weather;

use std::{
    io,
    sync::{Mutex, MutexGuard, PoisonError},
};

pub use company::Company;
pub use diary::{By, Memberships, Turn};
pub use emporix::Emporix;
pub use fault::{Edit, Effect, Fault, Reply, ReplyBody, RetryAfter};
pub use log::Seen;
pub use server::Served;
pub use solvexia::Solvexia;
pub use weather::Weather;

/// Three servers on ports of their own. They stop when it is dropped.
pub struct Sandbox {
    emporix: Emporix,
    company: Company,
    solvexia: Solvexia,
}

impl Sandbox {
    /// Starts on the current tokio runtime, with nothing in any of the three.
    #[expect(clippy::unused_async, reason = "a caller without a runtime cannot compile this")]
    pub async fn start() -> io::Result<Sandbox> {
        Ok(Sandbox {
            emporix: Served::start(emporix::World::new())?,
            company: Served::start(company::World::new())?,
            solvexia: Served::start(solvexia::World::new())?,
        })
    }

    /// Emporix.
    #[must_use]
    pub fn emporix(&self) -> &Emporix {
        &self.emporix
    }

    /// Company v3.
    #[must_use]
    pub fn company(&self) -> &Company {
        &self.company
    }

    /// SolveXia.
    #[must_use]
    pub fn solvexia(&self) -> &Solvexia {
        &self.solvexia
    }

    /// Stops all three, and waits until their ports take no more connections.
    pub async fn stop(self) {
        let Sandbox { emporix, company, solvexia } = self;
        emporix.stop().await;
        company.stop().await;
        solvexia.stop().await;
    }
}

/// A panic of another test thread must not hide what happened: the state behind each lock is always whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
