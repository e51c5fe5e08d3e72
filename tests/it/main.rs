//! Whole runs of the real binary against the sandbox, and laws of the source.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod adapters;
mod apply;
mod check;
mod commands;
mod control;
mod corpora;
mod crash;
mod daemon;
mod demo;
mod disk;
mod docs;
mod endurance;
mod example;
mod faults;
mod fights;
mod git;
mod guard;
mod hostile;
mod lies;
mod plan;
mod policies;
mod scale;
mod secrets;
mod support;
mod tidy;
mod tokens;
mod undo;
mod worlds;
