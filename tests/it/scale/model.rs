//! Who should be where, asked in the most naive way: of everybody, one by one. It shares nothing with what
//! it checks.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::world::{Group, Reference, User, Who, World};

/// Who should be in a group today.
pub fn wanted(world: &World, group: &Group) -> BTreeSet<User> {
    let named: Vec<Reference> = group.members.iter().chain(&group.listed).copied().collect();
    let should_be_in = |user: &User| {
        !has_left(world, *user) && names(world, &named, *user) && !names(world, &group.except, *user)
    };
    World::accounts(group.for_customers).filter(should_be_in).collect()
}

/// Who has to enter.
pub fn enters(group: &Group) -> BTreeSet<User> {
    group.wanted.difference(&group.live).copied().collect()
}

/// Who has to leave.
pub fn leaves(group: &Group) -> BTreeSet<User> {
    if group.include {
        return BTreeSet::new();
    }
    group.live.difference(&group.wanted).copied().collect()
}

/// Who is there when all is done.
pub fn after(group: &Group) -> BTreeSet<User> {
    if group.include { group.wanted.union(&group.live).copied().collect() } else { group.wanted.clone() }
}

/// Whether any list names this person on any day, through teams or not.
pub fn ever_names(world: &World, list: &[Reference], person: usize) -> bool {
    list.iter().any(|reference| match reference.who {
        Who::Person(named) => named == person,
        Who::Team(team) => ever_names(world, &world.teams[team], person),
        // An id says by itself whose it is.
        Who::Id(_) => false,
    })
}

fn has_left(world: &World, user: User) -> bool {
    match user {
        User::Person(person) => world.people[person].until.is_some_and(|until| until < world.today),
        User::Stranger(_) | User::Customer(_) => false,
    }
}

fn names(world: &World, list: &[Reference], user: User) -> bool {
    list.iter().filter(|reference| is_in_force(reference, world.today)).any(|reference| match reference.who {
        Who::Person(person) => user == User::Person(person),
        Who::Id(other) => user == other,
        Who::Team(team) => names(world, &world.teams[team], user),
    })
}

fn is_in_force(reference: &Reference, today: Date) -> bool {
    let begun = reference.from.is_none_or(|from| from <= today);
    let ended = reference.until.is_some_and(|until| until < today);
    begun && !ended
}
