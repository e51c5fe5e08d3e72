//! Reads that look whole and are not true, and changes that a provider would not take: no removal rests on the
//! first, and no plan promises the second.

mod bodies;
mod findings;
mod ids;
mod looks;
mod nulls;
mod shrunken;
