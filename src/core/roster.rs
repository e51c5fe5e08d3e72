//! The desired state as meant: people, teams and groups, each with the place it was written.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::model::{
    GroupHandle, GroupId, LookupKey, PersonHandle, ProviderName, TeamHandle, UserId, UserType,
};

/// A checked roster. Every name in it is defined, and no team contains itself.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    /// What tells this content from any other.
    pub revision: Arc<str>,
    /// The files it was read from, relative to its root; [`Place::file`] counts in here.
    pub files: Vec<Arc<str>>,
    /// What stands before a file's name when it is shown, `roster/`; empty for a single file.
    pub shown_root: Arc<str>,
    /// Everybody who has a handle.
    pub people: BTreeMap<PersonHandle, Person>,
    /// Named sets of people and teams.
    pub teams: BTreeMap<TeamHandle, Team>,
    /// The managed groups of each provider.
    pub groups: BTreeMap<ProviderName, BTreeMap<GroupHandle, Group>>,
    /// Groups of which nobody may be in two.
    pub separations: Vec<Separation>,
}

/// Where something was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Index into [`Roster::files`].
    pub file: u32,
    /// Line, from 1.
    pub line: u32,
}

/// Somebody with a handle.
#[derive(Debug, Clone, Default)]
pub struct Person {
    /// Full name, for people who read plans.
    pub name: Option<String>,
    /// What Emporix and company v3 are searched for.
    pub email: Option<String>,
    /// What is known per provider.
    pub ids: BTreeMap<ProviderName, PersonId>,
    /// Last day; afterwards the person is a member of nothing.
    pub until: Option<Date>,
    /// Where the person was written.
    pub place: Place,
}

/// How a person is known at one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonId {
    /// The provider's id.
    Id(UserId),
    /// A login name that the provider is searched for.
    Login(String),
}

/// A named set.
#[derive(Debug, Clone, Default)]
pub struct Team {
    /// Who is in it.
    pub members: Vec<Member>,
    /// Where it was written.
    pub place: Place,
}

/// One reference in a list of members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who is meant.
    pub who: Who,
    /// When.
    pub bounds: Bounds,
    /// Why, in the author's words.
    pub reason: Option<Arc<str>>,
    /// Where it was written.
    pub place: Place,
}

/// Whom a reference means.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// A person of the roster.
    Person(PersonHandle),
    /// Everybody in a team.
    Team(TeamHandle),
    /// A provider's own id.
    Id(UserId),
}

/// A span of days, both ends included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bounds {
    /// First day.
    pub from: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
}

impl Bounds {
    /// Whether the day lies within.
    #[must_use]
    pub fn contains(self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// The days that lie within both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            from: self.from.max(other.from),
            until: match (self.until, other.until) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            },
        }
    }
}

/// A managed group.
#[derive(Debug, Clone)]
pub struct Group {
    /// How the provider knows it.
    pub binding: GroupBinding,
    /// Who it is for.
    pub user_type: UserType,
    /// Whether others are removed.
    pub membership: Membership,
    /// Who should be in it: `members` and the lines of `members_from`.
    pub members: Vec<Member>,
    /// Who should not, whatever `members` says.
    pub except: Vec<Member>,
    /// Whether it may become empty.
    pub allow_empty: bool,
    /// What is demanded of it besides.
    pub policies: Policies,
    /// Where it was written.
    pub place: Place,
}

/// What the roster demands of a group besides who is in it.
#[derive(Debug, Clone, Default)]
pub struct Policies {
    /// Who must be in it.
    pub must_contain: Vec<Member>,
    /// How many must be in it at least.
    pub min_members: Option<Placed<usize>>,
    /// How many may be in it at most.
    pub max_members: Option<Placed<usize>>,
    /// A label: nobody may be in two groups of it at one provider.
    pub exclusive: Option<Placed<Arc<str>>>,
}

/// A value and where it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub place: Place,
}

/// Groups of any providers, of which nobody may be in two.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Separation {
    /// The groups.
    pub groups: Vec<(ProviderName, GroupHandle)>,
    /// Where it was written.
    pub place: Place,
}

/// How the roster ties a group to a group of the provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupBinding {
    /// By the provider's id.
    Id(GroupId),
    /// By its exact name.
    Name(String),
}

/// What the roster says about members it does not name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Membership {
    /// They are removed.
    #[default]
    Exact,
    /// They stay.
    Include,
}

impl Roster {
    /// The place as a reader of the roster would write it: `teams.toml`, 12.
    #[must_use]
    pub fn locate(&self, place: Place) -> (Arc<str>, u32) {
        let file = self.files.get(place.file as usize).cloned().unwrap_or_else(|| "?".into());
        (file, place.line)
    }

    /// The place as an administrator finds it from where the configuration is: `roster/teams.toml:12`.
    #[must_use]
    pub fn show(&self, place: Place) -> String {
        let (file, line) = self.locate(place);
        format!("{}{file}:{line}", self.shown_root)
    }
}

impl Roster {
    /// Whether a person's last day lies before `day`.
    #[must_use]
    pub fn has_left(&self, person: &PersonHandle, day: Date) -> bool {
        self.people.get(person).and_then(|person| person.until).is_some_and(|until| until < day)
    }
}

impl Person {
    /// What this person is searched for at a provider, when no id is written.
    #[must_use]
    pub fn lookup(&self, provider: &ProviderName, finds_by_email: bool) -> Option<LookupKey> {
        match self.ids.get(provider) {
            Some(PersonId::Login(login)) => Some(LookupKey::Login(login.clone())),
            None if finds_by_email => self.email.clone().map(LookupKey::Email),
            Some(PersonId::Id(_)) | None => None,
        }
    }
}
