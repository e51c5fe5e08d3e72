//! What a world is made of, and what its roster means: worked out here once more, from the contract alone.

use std::collections::BTreeSet;

/// Somebody of the roster.
#[derive(Clone, Debug)]
pub struct Someone {
    pub handle: String,
    /// The one provider where they have no account.
    pub missing_at: Option<&'static str>,
    /// Whether their last day has passed.
    pub gone: bool,
}

/// A line of a member list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    Person(String),
    Team(String),
    /// Bounded in time; whether it holds today.
    Bounded(String, bool),
}

/// A group at a provider.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they are drawn one by one")]
pub struct Room {
    pub path: String,
    pub managed: bool,
    pub exact: bool,
    pub by_name: bool,
    pub members: Vec<Line>,
    pub except: Vec<String>,
    pub live: BTreeSet<String>,
    pub min: Option<usize>,
    pub max: Option<usize>,
    pub must: Option<String>,
    pub allow_empty: bool,
}

/// Groups that nobody may share.
#[derive(Clone, Debug)]
pub struct Apart {
    pub rooms: Vec<String>,
    /// `exclusive`, within one provider; else a `[[separation]]`.
    pub exclusive: bool,
}

/// What the configuration allows.
#[derive(Clone, Debug)]
pub struct Limits {
    pub removals: Option<usize>,
    pub percent: Option<usize>,
    pub leavers: Option<usize>,
    pub hold_first: bool,
    pub hold_all: bool,
    pub protected: Option<String>,
}

/// One membership that somebody else begins or ends.
#[derive(Clone, Debug)]
pub struct Deed {
    pub path: String,
    pub who: String,
    pub joins: bool,
}

/// A roster, and what is there when rosterd first looks at it.
#[derive(Clone, Debug)]
pub struct Spec {
    pub people: Vec<Someone>,
    pub strangers: Vec<String>,
    /// People whom the roster knew once.
    pub forgotten: BTreeSet<String>,
    pub teams: Vec<(String, Vec<String>)>,
    pub rooms: Vec<Room>,
    pub apart: Vec<Apart>,
    pub limits: Limits,
    /// Additions that the provider will never take: group and person.
    pub refused: BTreeSet<(String, String)>,
    /// What others do while rosterd is at work.
    pub meanwhile: Vec<Deed>,
    /// What somebody else does before the second act.
    pub later: Option<Deed>,
}

/// The provider of a group.
pub fn provider(path: &str) -> &str {
    crate::support::split(path).0
}

impl Line {
    /// As it stands in the roster.
    pub fn toml(&self) -> String {
        match self {
            Line::Person(person) => person.clone(),
            Line::Team(team) => format!("@{team}"),
            Line::Bounded(person, true) => format!("{{ who = \"{person}\", until = 2999-12-31 }}"),
            Line::Bounded(person, false) => format!("{{ who = \"{person}\", from = 2999-01-01 }}"),
        }
    }
}

impl Spec {
    /// The group of this path.
    pub fn room(&self, path: &str) -> &Room {
        self.rooms.iter().find(|room| room.path == path).unwrap_or_else(|| panic!("no group {path}"))
    }

    /// Groups of the roster.
    pub fn managed(&self) -> impl Iterator<Item = &Room> {
        self.rooms.iter().filter(|room| room.managed)
    }

    /// Somebody of the roster.
    pub fn person(&self, handle: &str) -> Option<&Someone> {
        self.people.iter().find(|person| person.handle == handle && !self.forgotten.contains(handle))
    }

    /// Whether this person, of the roster or not, has an account there.
    pub fn has_account(&self, who: &str, provider: &str) -> bool {
        self.people.iter().all(|person| person.handle != who || person.missing_at != Some(provider))
    }

    /// Everybody whom a group names, on any day.
    pub fn named(&self, room: &Room) -> BTreeSet<String> {
        self.expand(room, &|_| true)
    }

    /// Who should be in a group today.
    pub fn wanted(&self, room: &Room) -> BTreeSet<String> {
        let mut wanted = self.expand(room, &|line| !matches!(line, Line::Bounded(_, false)));
        wanted.retain(|who| self.person(who).is_some_and(|person| !person.gone));
        wanted
    }

    fn expand(&self, room: &Room, counts: &dyn Fn(&Line) -> bool) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for line in room.members.iter().filter(|line| counts(line)) {
            match line {
                Line::Person(person) | Line::Bounded(person, _) => drop(all.insert(person.clone())),
                Line::Team(team) => self.team(team, &mut all),
            }
        }
        all.retain(|who| !room.except.contains(who));
        all
    }

    fn team(&self, name: &str, all: &mut BTreeSet<String>) {
        for member in self.teams.iter().filter(|(team, _)| team == name).flat_map(|(_, members)| members) {
            match member.strip_prefix('@') {
                Some(team) => self.team(team, all),
                None => drop(all.insert(member.clone())),
            }
        }
    }

    /// Whether somebody whom the group should have cannot be found at its provider.
    pub fn is_unsure(&self, room: &Room) -> bool {
        self.wanted(room).iter().any(|who| !self.has_account(who, provider(&room.path)))
    }

    /// Whether this member may be nobody but a certain person of the roster.
    pub fn is_known(&self, who: &str, provider: &str) -> bool {
        self.person(who).is_some() && self.has_account(who, provider)
    }

    /// Whether somebody left everything: the last day has passed, or the roster does not know them any more.
    pub fn is_leaver(&self, who: &str) -> bool {
        self.forgotten.contains(who) || self.person(who).is_some_and(|person| person.gone)
    }

    /// The groups that this one is kept apart from.
    pub fn beside(&self, path: &str) -> BTreeSet<&str> {
        let sets = self.apart.iter().filter(|set| set.rooms.iter().any(|room| room == path));
        sets.flat_map(|set| &set.rooms).map(String::as_str).filter(|room| *room != path).collect()
    }

    /// Whether any group of this provider is kept apart from another one.
    pub fn has_moves_at(&self, at: &str) -> bool {
        self.apart.iter().flat_map(|set| &set.rooms).any(|path| provider(path) == at)
    }
}
