//! That every person whom a group names can be identified at the group's provider.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::Kinds;
use super::groups::Groups;
use super::names::as_key;
use crate::complaint::{Complaint, Complaints};
use crate::core::model::{PersonHandle, ProviderName, TeamHandle, UserType};
use crate::core::roster::{Bounds, Group, Member, Person, Team, Who};
use crate::providers::KindName;
use crate::roster::file::{self, Mark, Written};

/// A checked roster in its parts, and the places of what is in it.
pub(super) struct Check<'a> {
    pub(super) written: &'a Written,
    pub(super) people: &'a BTreeMap<PersonHandle, Person>,
    pub(super) teams: &'a BTreeMap<TeamHandle, Team>,
    pub(super) groups: &'a Groups,
    pub(super) kinds: Kinds<'a>,
}

/// The people whom a group of one sort cannot name, and the teams already searched for them.
struct Wanting<'a> {
    people: HashSet<&'a PersonHandle>,
    searched: HashSet<&'a TeamHandle>,
}

impl<'a> Check<'a> {
    /// Complains once a person and provider, whatever number of groups name the person.
    pub(super) fn run(&self, complaints: &mut Complaints) {
        let mut written = HashMap::new();
        for person in &self.written.people {
            written.entry(person.handle.as_str()).or_insert(person);
        }
        for (provider, groups) in self.groups {
            let Some(kind) = self.kinds.of(provider.as_str()) else { continue };
            let mut employees = self.wanting(&written, provider, kind, UserType::Employee);
            let mut customers = self.wanting(&written, provider, kind, UserType::Customer);
            let mut told = BTreeSet::new();
            for (handle, (mark, group)) in groups {
                let wanting = match group.user_type {
                    UserType::Employee => &mut employees,
                    UserType::Customer => &mut customers,
                };
                let need = help(kind, group.user_type, provider);
                for (person, through) in self.named(group, wanting) {
                    if let Some(person) = written.get(person.as_str())
                        && told.insert(&person.handle)
                    {
                        let group = (format!("{provider}/{handle}"), *mark);
                        complaints.push(self.complain(person, provider, &group, through).help(&need));
                    }
                }
            }
        }
    }

    fn wanting(
        &self,
        written: &HashMap<&str, &file::Person>,
        provider: &ProviderName,
        kind: KindName,
        user_type: UserType,
    ) -> Wanting<'a> {
        let people = self.people.keys().filter(|handle| {
            let person = written.get(handle.as_str());
            person.is_some_and(|person| !can_be_identified(person, provider, kind, user_type))
        });
        Wanting { people: people.collect(), searched: HashSet::new() }
    }

    /// The wanting people whom a group names, each with the team that leads to them.
    fn named(
        &self,
        group: &'a Group,
        wanting: &mut Wanting<'a>,
    ) -> Vec<(&'a PersonHandle, Option<&'a TeamHandle>)> {
        if wanting.people.is_empty() {
            return Vec::new();
        }
        let always = |member: &&Member| member.bounds == Bounds::default();
        let mut excepted = HashSet::new();
        let except = group.except.iter().filter(always);
        self.search(except, &mut HashSet::new(), |person, _| {
            excepted.insert(person);
        });
        let mut named = Vec::new();
        let found = |person, through| {
            if wanting.people.contains(person) && !excepted.contains(person) {
                named.push((person, through));
            }
        };
        // A team in which nobody is excepted need not be searched again for another group.
        let mut afresh = HashSet::new();
        let searched = if group.except.is_empty() { &mut wanting.searched } else { &mut afresh };
        self.search(group.members.iter(), searched, found);
        named
    }

    /// Everybody whom references name, directly or through teams that were not searched before.
    fn search(
        &self,
        members: impl Iterator<Item = &'a Member>,
        searched: &mut HashSet<&'a TeamHandle>,
        mut found: impl FnMut(&'a PersonHandle, Option<&'a TeamHandle>),
    ) {
        for member in members {
            let mut open = match &member.who {
                Who::Person(person) => {
                    found(person, None);
                    continue;
                }
                Who::Team(team) => vec![team],
                Who::Id(_) => continue,
            };
            while let Some(team) = open.pop() {
                if !searched.insert(team) {
                    continue;
                }
                for member in self.teams.get(team).map_or(&[][..], |team| &team.members) {
                    match &member.who {
                        Who::Person(person) => found(person, Some(team)),
                        Who::Team(team) => open.push(team),
                        Who::Id(_) => {}
                    }
                }
            }
        }
    }

    fn complain(
        &self,
        person: &file::Person,
        provider: &ProviderName,
        (group, group_mark): &(String, Mark),
        through: Option<&TeamHandle>,
    ) -> Complaint {
        let message =
            format!("`{}` cannot be identified at `{provider}`, but is named by `{group}`", person.handle);
        let label = match through {
            Some(team) => format!("named by this group, through `@{team}`"),
            None => "named by this group".to_owned(),
        };
        Complaint::new(self.written.at(person.mark), message).also(self.written.at(*group_mark), label)
    }
}

/// Whether something is written that the provider knows the person by, or that was complained about.
fn can_be_identified(
    person: &file::Person,
    provider: &ProviderName,
    kind: KindName,
    user_type: UserType,
) -> bool {
    let customer = kind.has_user_types() && user_type == UserType::Customer;
    person.ids.iter().any(|identity| identity.provider == provider.as_str())
        || (kind.finds_by_email() && !customer && person.email.is_some())
}

fn help(kind: KindName, user_type: UserType, provider: &ProviderName) -> String {
    let provider = as_key(provider.as_str());
    let id = format!("ids = {{ {provider} = \"…\" }}");
    if kind.has_user_types() && user_type == UserType::Customer {
        format!("write {id}: customers are in no list that could be searched")
    } else if kind.finds_by_email() {
        format!("write email = \"…\" to be found by, or {id}")
    } else {
        format!("write {id}, or ids = {{ {provider} = {{ login = \"…\" }} }}")
    }
}
