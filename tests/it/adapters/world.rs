//! Worlds drawn by proptest: who is in which group, how the roster names the groups, and how the pages fall.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use rosterd::core::model::{
    Binding, Found, GroupHandle, Hints, Lookup, LookupKey, PersonHandle, Scope, ScopedGroup, UserId,
};
use rosterd::providers::KindName;

use super::server::{group_id, user_id, user_type};

#[derive(Clone, Debug)]
pub struct World {
    pub users: usize,
    pub groups: Vec<Group>,
    /// Asked for, and what the server gives at most.
    pub page_size: usize,
    pub clamp: Option<usize>,
    pub concurrency: usize,
    /// Whether earlier reads left true sizes.
    pub hinted: bool,
    pub by_groups_due: bool,
    /// People who are looked up, by the number of their account; some have none.
    pub lookups: BTreeSet<usize>,
}

#[derive(Clone, Debug)]
pub struct Group {
    pub members: BTreeSet<usize>,
    pub customers: bool,
    pub bound: Bound,
}

/// How the scope names a group.
#[derive(Clone, Debug, PartialEq)]
pub enum Bound {
    Id,
    Name,
    Seen,
    /// Seen, and only these users matter.
    Only(BTreeSet<usize>),
    /// By a name that another group has as well.
    SharedName,
    /// It is not in the scope.
    Unnamed,
}

/// Any world.
pub fn worlds() -> impl Strategy<Value = World> {
    (1..40_usize).prop_flat_map(|users| {
        let drawn = (vec(groups(users), 1..7), 1..12_usize, proptest::option::of(1..9_usize), 1..6_usize);
        let known = (any::<bool>(), any::<bool>(), btree_set(0..users + 3, 0..6));
        (drawn, known).prop_map(
            move |((groups, page_size, clamp, concurrency), (hinted, by_groups_due, lookups))| World {
                users,
                groups,
                page_size,
                clamp,
                concurrency,
                hinted,
                by_groups_due,
                lookups,
            },
        )
    })
}

fn groups(users: usize) -> impl Strategy<Value = Group> {
    let bound = prop_oneof![
        4 => Just(Bound::Id),
        3 => Just(Bound::Name),
        3 => Just(Bound::Seen),
        2 => btree_set(0..users, 0..users).prop_map(Bound::Only),
        1 => Just(Bound::SharedName),
        1 => Just(Bound::Unnamed),
    ];
    (btree_set(0..users, 0..=users), proptest::bool::weighted(0.2), bound)
        .prop_map(|(members, customers, bound)| Group { members, customers, bound })
}

impl World {
    /// Only Emporix tells customers from employees.
    pub fn is_for_customers(&self, kind: KindName, group: usize) -> bool {
        kind.has_user_types() && self.groups[group].customers
    }

    /// The id of a user as a member of a group.
    pub fn user(&self, kind: KindName, group: usize, user: usize) -> UserId {
        user_id(kind, user, self.is_for_customers(kind, group))
    }

    pub fn name_of(&self, group: usize) -> String {
        match self.groups[group].bound {
            Bound::SharedName => "One of several".to_owned(),
            _ => format!("Group {group}"),
        }
    }

    /// Whether the name says which group is meant.
    pub fn can_be_found(&self, group: usize) -> bool {
        let shared = self.groups.iter().filter(|other| other.bound == Bound::SharedName).count();
        self.groups[group].bound != Bound::SharedName || shared == 1
    }

    /// What a run would ask for, a group that is not there at all among it.
    pub fn scope(&self, kind: KindName) -> Scope {
        let known = self.groups.iter().enumerate().filter(|(_, group)| group.bound != Bound::Unnamed);
        let known = known.map(|(number, group)| {
            let id = group_id(kind, number);
            let only =
                |users: &BTreeSet<usize>| users.iter().map(|user| self.user(kind, number, *user)).collect();
            let (binding, only) = match &group.bound {
                Bound::Id => (Binding::Id(id), None),
                Bound::Name | Bound::SharedName => (Binding::Name(self.name_of(number)), None),
                Bound::Seen | Bound::Unnamed => (Binding::Seen(id), None),
                Bound::Only(users) => (Binding::Seen(id), Some(only(users))),
            };
            let user_type = user_type(self.is_for_customers(kind, number));
            ScopedGroup { handle: handle(number), binding, user_type, only }
        });
        let missing = ScopedGroup {
            handle: handle(self.groups.len()),
            binding: Binding::Id(group_id(kind, self.groups.len())),
            user_type: user_type(false),
            only: None,
        };
        let groups = known.chain([missing]).collect();
        Scope { groups, lookups: self.lookups(kind), hints: self.hints(kind) }
    }

    fn lookups(&self, kind: KindName) -> Vec<Lookup> {
        let key = |user: &usize| match kind {
            KindName::SolveXia => LookupKey::Login(format!("uSER{user}")),
            KindName::Emporix | KindName::CompanyV3 => LookupKey::Email(format!("uSER{user}@Acme.example")),
        };
        self.lookups.iter().map(|user| Lookup { person: person(*user), key: key(user) }).collect()
    }

    fn hints(&self, kind: KindName) -> Hints {
        let sizes = self.groups.iter().enumerate();
        let sizes = sizes.map(|(number, group)| (group_id(kind, number), group.members.len()));
        let members = if self.hinted { sizes.collect() } else { BTreeMap::new() };
        let users = self.hinted.then_some(self.users);
        Hints { members, users, by_groups_due: self.by_groups_due }
    }

    /// What becomes of the look-ups.
    pub fn found(&self, kind: KindName) -> BTreeMap<PersonHandle, Found> {
        let found = |user: usize| {
            if user < self.users { Found::One(user_id(kind, user, false)) } else { Found::None }
        };
        self.lookups.iter().map(|user| (person(*user), found(*user))).collect()
    }
}

pub fn handle(group: usize) -> GroupHandle {
    GroupHandle::from(format!("group-{group}").as_str())
}

fn person(user: usize) -> PersonHandle {
    PersonHandle::from(format!("person-{user}").as_str())
}
