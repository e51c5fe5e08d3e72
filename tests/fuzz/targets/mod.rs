//! What is fuzzed: every reader of text that rosterd did not write itself, through its real entry points.
//!
//! A target takes any bytes and panics where rosterd panics, or where it breaks a promise that holds for every
//! input. `tests/it/corpora` calls the targets over the corpora; `cargo fuzz` calls them for as long as it is left.

mod config;
mod journal;
mod places;
mod roster;
mod wire;

/// One reader.
pub struct Target {
    /// Its name, and that of the folder of its corpus.
    pub name: &'static str,
    /// Feeds it.
    pub run: fn(&[u8]),
}

/// All of them.
pub const ALL: [Target; 7] = [
    Target { name: "config", run: config::run },
    Target { name: "roster", run: roster::run },
    Target { name: "list", run: roster::run_list },
    Target { name: "journal", run: journal::run },
    Target { name: "emporix", run: wire::run_emporix },
    Target { name: "company-v3", run: wire::run_company_v3 },
    Target { name: "solvexia", run: wire::run_solvexia },
];

/// Longer inputs find nothing that shorter ones do not, and cost more. How long ones fare is tested on its own.
const LONGEST: usize = 64 * 1024;

/// The target of a name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Target> {
    ALL.iter().find(|target| target.name == name)
}

/// A folder of its own, in memory where the system has such a place.
fn folder() -> tempfile::TempDir {
    let memory = std::path::Path::new("/dev/shm");
    let made = tempfile::Builder::new().prefix("rosterd-fuzz").tempdir_in(memory);
    made.or_else(|_| tempfile::tempdir()).expect("a folder can be made")
}
