//! What the network and the providers get wrong, and what rosterd makes of it.

mod down;
mod moving;
mod passing;
mod redirects;
mod unreadable;
mod writes;

use crate::support::{Group, World};

/// At each provider one person to add and one to remove.
fn three() -> World {
    World::new()
        .people(["ann", "bob", "cem"])
        .group(Group::at("emporix/buyers").live(["ann", "bob"]).wanted(["ann", "cem"]))
        .group(Group::at("travel/approvers").live(["ann", "bob"]).wanted(["ann", "cem"]))
        .group(Group::at("finance/payers").live(["ann", "bob"]).wanted(["ann", "cem"]))
}

/// The group of each provider in [`three`].
const GROUPS: [(&str, &str); 3] =
    [("emporix", "emporix/buyers"), ("travel", "travel/approvers"), ("finance", "finance/payers")];

/// Every group of [`three`] is as the roster says.
#[track_caller]
fn all_as_wanted(world: &World) {
    for (_, group) in GROUPS {
        assert_eq!(world.members(group), ["ann", "cem"], "{group}");
    }
}
