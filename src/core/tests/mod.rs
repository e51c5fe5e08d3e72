//! The core as an administrator would notice it: small worlds, what would be done in them, and laws that
//! hold in all of them.

mod approvals;
mod calls;
mod causes;
mod cuts;
mod expansion;
mod fights;
mod holds;
mod identities;
mod laws;
mod model;
mod plans;
pub(crate) mod policies;
mod records;
mod shrunken;
mod sketch;
mod together;
mod undo;
pub(crate) mod world;
