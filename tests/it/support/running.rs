//! A run that is still under way while the story goes on.

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

    /// Whether it ended by itself; what it left is still there for [`Running::end`].
    pub fn has_ended(&mut self) -> bool {
        let _entered = self.world.runtime().enter();
        self.started.has_ended()
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
