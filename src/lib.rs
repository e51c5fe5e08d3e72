//! rosterd keeps group memberships exactly as a reviewed roster says.
//!
//! Data flows one way, and each folder uses only what stands before it:
//!
//! ```text
//! config, roster -> wanted -> (live) -> plan -> guard -> apply -> verify -> journal, state -> report
//! ```
//!
//! Start with [`run`]: one run in a page. Then [`core`], which decides everything and does nothing;
//! [`providers`], the only HTTP clients; [`config`] and [`roster`], which turn TOML into what is meant or
//! into [`complaint`]s; [`journal`] and [`state`], what is kept; [`apply`], the only writer; [`report`],
//! what people and scripts see; [`cli`] and [`commands`], which put it together. [`sandbox`] is a fake of
//! all three providers for the demo and the tests; it shares no code with [`providers`].
//!
//! What never happens here: a removal that rests on a read that was not whole; a call that names a whole
//! group or a whole user; a change that the guard did not approve or the journal does not know.

pub mod apply;
pub mod clean;
pub mod cli;
pub mod commands;
pub mod complaint;
pub mod config;
pub mod core;
pub mod daemon;
pub mod document;
pub mod following;
pub mod git;
pub mod journal;
pub mod logging;
pub mod providers;
pub mod report;
pub mod roster;
pub mod run;
pub mod sandbox;
pub mod setup;
pub mod situation;
pub mod state;
pub mod stores;
pub mod web;
pub mod who;
