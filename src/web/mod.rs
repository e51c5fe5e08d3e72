//! What is shown over HTTP, and never changed through it.

pub mod metrics;
