//! A run that is still under way while the story goes on.

use std::process::Command;

use super::run::{Run, Started};
use super::world::World;

/// See the module. It dies when this is dropped.
pub struct Running<'a> {
    pub(super) world: &'a World,
    pub(super) started: Started,
}

impl Running<'_> {
    /// Its process id.
    pub fn id(&self) -> u32 {
        self.started.id().expect("it runs")
    }

    /// Sends it a signal: `TERM`, `INT`, `HUP`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.id().to_string()]).status();
        assert!(sent.expect("kill is there").success(), "SIG{name} reached it");
    }

    /// Whether it ended by itself; what it left is still there for [`Running::end`].
    pub fn has_ended(&mut self) -> bool {
        let _entered = self.world.runtime().enter();
        self.started.has_ended()
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        self.started.so_far().1
    }

    /// What it printed so far, but for its log.
    pub fn printed(&self) -> String {
        self.started.so_far().0
    }

    /// Ends it with SIGKILL, as a crash would.
    pub fn kill(mut self) {
        self.world.runtime().block_on(self.started.kill());
    }

    /// Waits for its end.
    pub fn end(self) -> Run {
        self.world.runtime().block_on(self.started.end())
    }
}
