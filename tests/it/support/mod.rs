//! Tests tell a story in data: a [`World`] of people, groups and a roster, the real binary run in it, and
//! what came of it.
//!
//! ```ignore
//! let world = World::new().people(["ann", "bob"]).group(Group::at("emporix/buyers").live(["ann"]));
//! world.wanted("emporix/buyers").add("bob");
//! world.rosterd(["apply", "--yes"]).success();
//! assert_snapshot!(world.writes(), @"PUT emporix/buyers +bob -> 201");
//! assert_eq!(world.members("emporix/buyers"), ["ann", "bob"]);
//! ```
//!
//! Everything is named by handles: a group is `provider/handle`, a person has an account at each of the three
//! providers (`emporix`, `travel`, `finance`), and ids of the providers are turned back into handles wherever
//! a test looks. The roster and the configuration are written anew before each run, from what the story says
//! at that moment; a file written with [`World::write`] stays as it is.

mod book;
mod files;
mod live;
mod me;
mod noon;
mod report;
mod run;
mod running;
mod seed;
mod seen;
mod shown;
mod terminal;
mod trouble;
mod world;

pub use book::{Group, Person};
pub use me::{me, me_through_sudo};
pub use noon::noon;
pub use run::{Run, json_lines};
pub use running::Running;
pub use shown::{Metrics, ask};
pub use trouble::{Halted, until};
pub use world::World;

/// The three providers of every world.
pub const PROVIDERS: [&str; 3] = ["emporix", "travel", "finance"];

/// `provider/handle`, taken apart.
pub fn split(group: &str) -> (&str, &str) {
    group.split_once('/').unwrap_or_else(|| panic!("{group:?} should be PROVIDER/GROUP"))
}
