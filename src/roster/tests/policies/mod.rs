//! Policies as they are written, and what of them can never hold.

mod forms;
mod members;
mod separations;

use super::roster;

const PEOPLE: &str = r#"
[people.ann]
ids = { finance = "u-1", emporix = "e-1", travel = "0b5c2f0e-9f0c-4a4e-8e06-c01491314101" }
[people.bob]
ids = { finance = "u-2", emporix = "e-2", travel = "0b5c2f0e-9f0c-4a4e-8e06-c01491314102" }
until = 2020-01-01
[people.cem]
ids = { finance = "u-3", emporix = "e-3", travel = "0b5c2f0e-9f0c-4a4e-8e06-c01491314103" }
[teams.all]
members = ["ann", "bob", "cem"]
[teams.later]
members = [{ who = "ann", from = 2090-01-01 }]
"#;

/// What is said of people and a roster of one file.
fn told(groups: &str) -> String {
    roster! { "g.toml" => groups, "people.toml" => PEOPLE }.told()
}
