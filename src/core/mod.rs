//! Pure: no IO, no clock, no async. Time and live state come in as arguments.
//!
//! In reading order: what there is ([`model`], [`roster`]), who should be where
//! ([`expand`], [`wanted`], [`calendar`]), what is demanded of groups besides ([`policy`]), what would change ([`plan`], [`diff`]), what is
//! taken back ([`undo`]), what is in doubt ([`shrunken`], [`fights`]), what is allowed ([`guard`], [`digest`]), how it is sent
//! ([`moves`], [`call`]) and whether it stands ([`verify`]),
//! and what is kept of it ([`record`], [`remembered`], [`summary`]), and how a run is named ([`run_id`]).

pub mod calendar;
pub mod call;
pub mod diff;
pub mod digest;
pub mod expand;
pub mod fights;
pub mod guard;
pub mod model;
pub mod moves;
pub mod plan;
pub mod policy;
pub mod record;
pub mod remembered;
pub mod roster;
pub mod run_id;
pub mod shrunken;
pub mod summary;
pub mod undo;
pub mod verify;
pub mod wanted;

#[cfg(test)]
pub(crate) mod tests;
