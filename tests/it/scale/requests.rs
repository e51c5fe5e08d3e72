//! How many requests it takes at least, worked out from the made-up company; and how many came.

use std::collections::BTreeSet;

use rosterd::sandbox::{Sandbox, Seen};

use super::model;
use super::world::{At, Group, MANAGED, OTHERS, PEOPLE, User, World};

/// Items a page, ids in a filter, members in a PATCH.
const PAGE: usize = 100;

/// Requests by what they were for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    pub logins: usize,
    /// For lists of groups.
    pub groups: usize,
    /// For lists of users.
    pub users: usize,
    /// For lists of the members of a group.
    pub members: usize,
    /// For single accounts.
    pub accounts: usize,
    pub writes: usize,
    /// For anything else.
    pub others: usize,
}

impl Requests {
    pub fn reads(self) -> usize {
        self.logins + self.groups + self.users + self.members + self.accounts
    }
}

/// What came in at a provider, which then forgets it.
pub fn came(sandbox: &Sandbox, at: At) -> Requests {
    let seen = match at {
        At::Finance => take(sandbox.solvexia()),
        At::Shop => take(sandbox.emporix()),
        At::Travel => take(sandbox.company()),
    };
    let mut came = Requests::default();
    for request in seen {
        *place(&mut came, &request) += 1;
    }
    came
}

fn take<A>(server: &rosterd::sandbox::Served<A>) -> Vec<Seen> {
    let seen = server.requests();
    server.clear_requests();
    seen
}

fn place<'a>(came: &'a mut Requests, request: &Seen) -> &'a mut usize {
    let path: Vec<&str> = request.path.trim_start_matches('/').split('/').collect();
    match path.as_slice() {
        _ if request.login => &mut came.logins,
        _ if request.write => &mut came.writes,
        ["api", "v1", "usergroups"]
        | ["iam", _, "groups"]
        | ["v3", "companies", _, "user-groups", "list"] => &mut came.groups,
        ["api", "v1", "users"] | ["iam", _, "users"] | ["v3", "users", "list"] => &mut came.users,
        ["api", "v1", "users", _] | ["iam", _, "users", _] => &mut came.accounts,
        ["api", "v1", "usergroups", _, "users"]
        | ["iam", _, "groups", _, "users"]
        | ["v3", "companies", _, "user-groups", _, "members"] => &mut came.members,
        _ => &mut came.others,
    }
}

/// The pages of a list: an empty one takes one too.
fn pages(items: usize) -> usize {
    items.div_ceil(PAGE).max(1)
}

/// A first plan: nobody has been found yet, and no group was ever read.
pub fn first_plan(world: &World, at: At) -> Requests {
    let all: Vec<&Group> = world.groups.iter().filter(|group| group.at == at).collect();
    let users = match at {
        // One list that has no pages.
        At::Finance => 1,
        // Whoever is found by email is found in the list of all employees.
        At::Shop => pages(World::accounts(false).count()),
        // So many emails fit into one filter.
        At::Travel => to_find(world, at).div_ceil(PAGE) + looks(&all, |user| !is_found(world, at, user)),
    };
    // Once a day every group is read through its own list, also where the users would tell.
    Requests {
        logins: 1,
        groups: group_lists(at),
        users,
        members: member_lists(at, &all, |group| group.live.len()),
        accounts: accounts(at, &all),
        ..Requests::default()
    }
}

/// An apply that knows who is who.
pub fn apply(world: &World, at: At) -> Requests {
    let all: Vec<&Group> = world.groups.iter().filter(|group| group.at == at).collect();
    let changed: Vec<&Group> = all.iter().copied().filter(|group| changes(group) > 0).collect();
    // Where nobody stays, an addition must be seen to stand before the first removal.
    let replaced: Vec<&Group> = changed.iter().copied().filter(|group| is_replaced(group)).collect();
    let mut requests = known_plan(at, &all, |group| group.live.len());
    requests.accounts = accounts(at, &all);
    // Nobody is looked up by email any more, so all are looked at by id.
    requests.users += if at == At::Travel { looks(&all, |_| true) } else { 0 };
    let added = |group: &Group| group.live.len() + model::enters(group).len();
    let after = |group: &Group| model::after(group).len();
    for (users, members) in [read_again(at, &replaced, added), read_again(at, &changed, after)] {
        requests.users += users;
        requests.members += members;
    }
    requests.writes = all.iter().map(|group| writes(group)).sum();
    requests
}

/// A plan after an apply: everybody is known, and so is the size of every group.
pub fn last_plan(world: &World, at: At) -> Requests {
    let all: Vec<&Group> = world.groups.iter().filter(|group| group.at == at).collect();
    known_plan(at, &all, |group| model::after(group).len())
}

fn known_plan(at: At, all: &[&Group], size: impl Fn(&Group) -> usize) -> Requests {
    let (users, members) = cheaper(at, all, size);
    Requests { logins: 1, groups: group_lists(at), users, members, ..Requests::default() }
}

/// Everybody who enters some group.
fn entering(groups: &[&Group]) -> BTreeSet<User> {
    groups.iter().flat_map(|group| model::enters(group)).collect()
}

/// Accounts that are looked at one by one: at Finance no list tells whether they are active; at Shop the list of
/// users is read anyway, and tells of everybody.
fn accounts(at: At, groups: &[&Group]) -> usize {
    if at == At::Finance { entering(groups).len() } else { 0 }
}

/// Lists of users by id at Travel; three who are known are in each.
fn looks(groups: &[&Group], is_open: impl Fn(User) -> bool) -> usize {
    entering(groups).into_iter().filter(|user| is_open(*user)).count().div_ceil(PAGE - 3)
}

/// Whether somebody was found by email in this plan.
fn is_found(world: &World, at: At, user: User) -> bool {
    matches!(user, User::Person(person) if world.people[person].is_looked_up(at))
}

/// Every managed group and its name come with the list of all groups, since some are bound by name.
fn group_lists(at: At) -> usize {
    match at {
        At::Finance => 1,
        At::Shop | At::Travel => pages(MANAGED + OTHERS),
    }
}

/// Pages of users and of members, of the two ways at Emporix the one with fewer.
fn cheaper(at: At, groups: &[&Group], size: impl Fn(&Group) -> usize) -> (usize, usize) {
    let (customers, employees): (Vec<&Group>, Vec<&Group>) =
        groups.iter().copied().partition(|group| group.for_customers);
    let by_groups = member_lists(at, &employees, &size);
    let by_users = pages(World::accounts(false).count());
    if at == At::Shop && by_users < by_groups {
        return (by_users, member_lists(at, &customers, &size));
    }
    (0, by_groups + member_lists(at, &customers, &size))
}

fn member_lists(at: At, groups: &[&Group], size: impl Fn(&Group) -> usize) -> usize {
    let lists = groups.iter().map(|group| if at == At::Finance { 1 } else { pages(size(group)) });
    lists.sum()
}

/// Reading groups after their changes: whole, or at company v3 only those who were changed.
fn read_again(at: At, groups: &[&Group], size: impl Fn(&Group) -> usize) -> (usize, usize) {
    if at != At::Travel {
        return cheaper(at, groups, size);
    }
    let asked = groups.iter().map(|group| pages(size(group)).min(pages(changes(group))));
    (0, asked.sum())
}

/// People who are looked up: those without an id whom a group names on any day and, since an id that a group
/// names may be theirs, those whom that group excepts and those who leave one day.
fn to_find(world: &World, at: At) -> usize {
    let groups: Vec<&Group> = world.groups.iter().filter(|group| group.at == at).collect();
    let leaves = |person: usize| world.people[person].until.is_some() && groups.iter().any(|it| has_ids(it));
    let is_named = |person: usize| {
        groups.iter().any(|group| {
            let excepted = has_ids(group) && model::ever_names(world, &group.except, person);
            let members = [&group.members, &group.listed];
            excepted || members.into_iter().any(|list| model::ever_names(world, list, person))
        })
    };
    let people = (0..PEOPLE).filter(|person| world.people[*person].is_looked_up(at));
    people.filter(|person| is_named(*person) || leaves(*person)).count()
}

/// Whether a group names an id that may turn out to be that of somebody who is excepted.
fn has_ids(group: &Group) -> bool {
    let mut named = group.members.iter().chain(&group.listed);
    named.any(|it| matches!(it.who, super::world::Who::Id(User::Person(_) | User::Stranger(_))))
}

fn changes(group: &Group) -> usize {
    model::enters(group).len() + model::leaves(group).len()
}

/// Everybody who was there leaves, and the group may not become empty.
fn is_replaced(group: &Group) -> bool {
    let leaves = model::leaves(group).len();
    leaves > 0 && leaves == group.live.len() && !model::after(group).is_empty()
}

/// One call a change, or a hundred changes a call in either direction.
fn writes(group: &Group) -> usize {
    let (enters, leaves) = (model::enters(group).len(), model::leaves(group).len());
    match group.at {
        At::Travel => enters.div_ceil(PAGE) + leaves.div_ceil(PAGE),
        At::Finance | At::Shop => enters + leaves,
    }
}
