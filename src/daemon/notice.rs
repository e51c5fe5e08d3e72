//! Webhooks.

use crate::situation::Situation;

/// Tells people when a state begins and when it ends.
#[derive(Debug, Default)]
pub struct Notices {}

impl Notices {
    /// Takes note of what is going on.
    pub fn show(&self, _situation: &Situation) {}
}
