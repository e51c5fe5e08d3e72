//! A roster out of a branch: a local bare repository that gets pushes of every kind, and the real binary following it.

use std::fs;

use crate::support::{Group, World};

mod daemon;
mod hostile;
mod named;
mod pushes;
mod remotes;
mod rewritten;
mod signed;
mod slow;
mod unreachable;
mod upstream;

use upstream::Upstream;

/// A world with one group, whose roster is in a repository.
fn world() -> World {
    let world = World::new().people(["ann", "bob", "cleo"]);
    world.group(Group::at("emporix/buyers").live(["ann"]).wanted(["ann", "bob"]))
}

/// The commit whose files are in force, and everything that is laid out.
fn checkouts(world: &World) -> Vec<String> {
    let mut found = Vec::new();
    for branch in fs::read_dir(world.path("state/git")).into_iter().flatten().flatten() {
        for commit in fs::read_dir(branch.path().join("checkouts")).unwrap() {
            found.push(commit.unwrap().file_name().into_string().unwrap());
        }
    }
    found.sort();
    found
}
