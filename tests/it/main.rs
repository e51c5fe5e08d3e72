//! Whole runs of the real binary against the sandbox, and laws of the source.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod adapters;
mod apply;
mod check;
mod commands;
mod crash;
mod demo;
mod example;
mod faults;
mod git;
mod guard;
mod plan;
mod scale;
mod secrets;
mod support;
mod tidy;
mod tokens;
