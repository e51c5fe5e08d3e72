//! The TOML as written: every name and value with its place, nothing looked up yet.
//!
//! What is wrong in itself is complained about here: types, unknown keys, handles, dates. What is wrong
//! because of something else in the roster is for `check`.

mod groups;
mod people;
mod policies;
mod references;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;

use crate::complaint::{At, Complaints};
use crate::core::model::UserType;
use crate::core::roster::{Bounds, Membership, Place};
use crate::document::{Source, Table, lower};

/// All TOML files of a roster.
#[derive(Debug, Default)]
pub(super) struct Written {
    sources: BTreeMap<u32, Source>,
    pub(super) people: Vec<Person>,
    pub(super) teams: Vec<Team>,
    pub(super) groups: Vec<Group>,
    /// The providers named by `[groups.PROVIDER]`, once a file.
    pub(super) providers: Vec<(String, Mark)>,
    pub(super) separations: Vec<Separation>,
}

/// Where something was written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    file: u32,
    start: u32,
    end: u32,
}

#[derive(Debug)]
pub(super) struct Person {
    pub(super) handle: String,
    pub(super) mark: Mark,
    pub(super) name: Option<String>,
    pub(super) email: Option<(String, Mark)>,
    pub(super) ids: Vec<Identity>,
    pub(super) until: Option<Date>,
}

/// An entry of `ids`.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) provider: String,
    pub(super) provider_mark: Mark,
    /// None when it was complained about.
    pub(super) known_as: Option<(KnownAs, Mark)>,
}

#[derive(Debug)]
pub(super) enum KnownAs {
    Id(String),
    Login(String),
}

#[derive(Debug)]
pub(super) struct Team {
    pub(super) handle: String,
    pub(super) mark: Mark,
    pub(super) members: Vec<Reference>,
}

#[derive(Debug)]
pub(super) struct Group {
    pub(super) provider: String,
    pub(super) handle: String,
    pub(super) mark: Mark,
    /// None when it was complained about.
    pub(super) binding: Option<(Binding, Mark)>,
    pub(super) user_type: Option<(UserType, Mark)>,
    pub(super) membership: Membership,
    pub(super) members: Vec<Reference>,
    pub(super) members_from: Option<(String, Mark)>,
    /// Something stands in `members`, or something was wrong with a list.
    pub(super) has_members: bool,
    pub(super) except: Vec<Reference>,
    pub(super) allow_empty: bool,
    pub(super) policies: Policies,
}

#[derive(Debug, Default)]
pub(super) struct Policies {
    pub(super) must_contain: Vec<Reference>,
    pub(super) min_members: Option<(usize, Mark)>,
    pub(super) max_members: Option<(usize, Mark)>,
    pub(super) exclusive: Option<(String, Mark)>,
}

/// One `[[separation]]`.
#[derive(Debug)]
pub(super) struct Separation {
    pub(super) mark: Mark,
    /// As written, `provider/group`.
    pub(super) groups: Vec<(String, Mark)>,
    /// No entry was complained about.
    pub(super) is_whole: bool,
}

#[derive(Debug)]
pub(super) enum Binding {
    Id(String),
    Name(String),
}

#[derive(Debug)]
pub(super) struct Reference {
    pub(super) whom: Whom,
    pub(super) mark: Mark,
    pub(super) bounds: Bounds,
    pub(super) reason: Option<Arc<str>>,
}

#[derive(Debug)]
pub(super) enum Whom {
    Person(Box<str>),
    Team(Box<str>),
    Id(Box<str>),
}

impl Written {
    /// Adds a file under its number in [`crate::core::roster::Roster::files`].
    pub(super) fn add(&mut self, source: Source, file: u32, complaints: &mut Complaints) {
        lower(&source, complaints, |root| self.lower(root, Marks { file }));
        self.sources.insert(file, source);
    }

    /// The place for a complaint.
    pub(super) fn at(&self, mark: Mark) -> At {
        match self.sources.get(&mark.file) {
            Some(source) => source.at(mark.start as usize..mark.end as usize),
            None => At { file: "?".into(), spot: None },
        }
    }

    /// The place for the roster.
    pub(super) fn place(&self, mark: Mark) -> Place {
        let line = self.sources.get(&mark.file).map_or(0, |source| source.line_of(mark.start as usize));
        Place { file: mark.file, line: u32::try_from(line).unwrap_or(u32::MAX) }
    }

    /// The place of a reference to somebody, as exactly as it can be told; list files are not kept.
    pub(super) fn mark_at(&self, place: Place, names: impl Fn(&Whom) -> bool) -> Option<Mark> {
        let teams = self.teams.iter().flat_map(|team| &team.members);
        let groups = self.groups.iter().flat_map(|group| &group.members);
        let here =
            |reference: &&Reference| reference.mark.file == place.file && self.place(reference.mark) == place;
        teams.chain(groups).filter(here).find(|reference| names(&reference.whom)).map(|it| it.mark)
    }

    fn lower(&mut self, mut root: Table<'_>, marks: Marks) {
        if let Some(table) = root.table("people") {
            self.people.extend(people::lower(table, marks));
        }
        if let Some(table) = root.table("teams") {
            self.teams.extend(groups::lower_teams(table, marks));
        }
        if let Some(table) = root.table("groups") {
            groups::lower(table, marks, self);
        }
        self.separations.extend(policies::lower_separations(&mut root, marks));
        root.finish();
    }
}

/// Makes marks for one file.
#[derive(Debug, Clone, Copy)]
struct Marks {
    file: u32,
}

impl Marks {
    /// Files are capped far below what 32 bits can count.
    fn mark(self, span: &Range<usize>) -> Mark {
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Mark { file: self.file, start: narrow(span.start), end: narrow(span.end) }
    }
}

/// Complains about a handle that could not be told from other text, or not be written in a list file.
fn check_handle(what: &str, handle: &str, span: &Range<usize>, table: &Table<'_>) {
    let allowed = |c: char| c.is_alphanumeric() || "._-+@".contains(c);
    let message = match handle.chars().find(|c| !allowed(*c)) {
        _ if handle.is_empty() => format!("the handle of a {what} cannot be empty"),
        _ if handle.starts_with('@') => format!("the handle of a {what} cannot begin with `@`: `{handle}`"),
        Some(c) => format!("the handle of a {what} cannot hold {c:?}: `{handle}`"),
        None => return,
    };
    table.complain(
        span,
        message,
        "use letters, digits, `.`, `_`, `-`, `+`, and `@` after the first character",
    );
}
