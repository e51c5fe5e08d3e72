//! A TOML file, read so that everything wrong in it is found at once.
//!
//! ```text
//! Source::read -> lower(source, complaints, |root: Table| ...) -> whatever the closure makes of it
//! ```
//!
//! Serde is not used: it stops at the first error and loses the places of values in tagged types.

mod nearest;
mod parse;
mod source;
mod table;
#[cfg(test)]
mod tests;
mod value;

pub use nearest::nearest;
pub use parse::lower;
pub use source::{MAX_BYTES, Source};
pub use table::Table;
pub use value::{Item, Value, Written};
