//! Groups: what they are tied to, and whom they name.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::Kinds;
use super::ids::{group_id, user_id};
use super::names::Names;
use super::people::{no_provider, twice};
use crate::complaint::{Complaint, Complaints};
use crate::core::model::{GroupHandle, ProviderName, UserType};
use crate::core::roster::{Group, GroupBinding, Member, Membership, Placed, Policies, Who};
use crate::providers::KindName;
use crate::roster::file::{self, Binding, Mark, Reference, Whom, Written};
use crate::roster::{Files, lists};

/// The groups of each provider, each with the place of its handle.
pub(super) type Groups = BTreeMap<ProviderName, BTreeMap<GroupHandle, (Mark, Group)>>;

/// Groups, by the names of provider and group, of which something was complained about.
pub(super) type Unsure = BTreeSet<(String, String)>;

/// What a group is checked against.
pub(super) struct Check<'a> {
    pub(super) written: &'a Written,
    pub(super) names: &'a Names<'a>,
    pub(super) kinds: Kinds<'a>,
    pub(super) root: &'a Path,
}

/// Which group a provider's group belongs to, by the provider's name and what it is bound by.
type Bound<'a> = BTreeMap<(&'a str, GroupBinding), (&'a str, Mark)>;

impl<'a> Check<'a> {
    /// Every group, under the handle that was defined first; and those of which something was complained
    /// about, so that nobody can say whom they name.
    pub(super) fn groups(&self, files: &mut Files<'_>, complaints: &mut Complaints) -> (Groups, Unsure) {
        for (provider, mark) in &self.written.providers {
            if self.kinds.lacks(provider) {
                complaints.push(no_provider(self.written, *mark, provider, self.kinds));
            }
        }
        let mut groups = Groups::new();
        let mut bound = Bound::new();
        let mut unsure = Unsure::new();
        for written in &self.written.groups {
            let before = complaints.len();
            let group = self.group(written, files, &mut bound, complaints);
            if complaints.len() > before {
                unsure.insert((written.provider.clone(), written.handle.clone()));
            }
            let provider = groups.entry(ProviderName::from(&*written.provider)).or_default();
            match provider.entry(GroupHandle::from(&*written.handle)) {
                Entry::Vacant(entry) => {
                    entry.insert((written.mark, group));
                }
                Entry::Occupied(entry) => {
                    let what = format!("the group `{}/{}`", written.provider, written.handle);
                    complaints.push(twice(self.written, &what, written.mark, entry.get().0));
                }
            }
        }
        (groups, unsure)
    }

    fn group(
        &self,
        written: &'a file::Group,
        files: &mut Files<'_>,
        bound: &mut Bound<'a>,
        complaints: &mut Complaints,
    ) -> Group {
        let kind = self.kinds.of(&written.provider);
        let binding = self.binding(written, kind, bound, complaints);
        let user_type = self.user_type(written, kind, complaints);
        let mut members = self.members(&written.members, kind, complaints);
        let mut has_members = written.has_members;
        if let Some((path, mark)) = &written.members_from {
            let list = lists::List { path, at: || self.written.at(*mark), names: self.names, kind };
            let (listed, any) = list.read(files, self.root, complaints);
            has_members |= any;
            if members.is_empty() {
                members = listed;
            } else {
                members.extend(listed);
            }
        }
        if written.membership == Membership::Exact && !has_members && !written.allow_empty {
            let message = format!(
                "`{}/{}` has no members, so everybody would be removed",
                written.provider, written.handle
            );
            let complaint = Complaint::new(self.written.at(written.mark), message);
            complaints.push(complaint.help("name its members, or write allow_empty = true if that is meant"));
        }
        Group {
            binding,
            user_type,
            membership: written.membership,
            members,
            except: self.members(&written.except, kind, complaints),
            allow_empty: written.allow_empty,
            policies: self.policies(written, kind, complaints),
            place: self.written.place(written.mark),
        }
    }

    fn policies(&self, group: &file::Group, kind: Option<KindName>, complaints: &mut Complaints) -> Policies {
        let file::Policies { must_contain, min_members, max_members, exclusive } = &group.policies;
        let placed = |(count, mark): (usize, Mark)| Placed { value: count, place: self.written.place(mark) };
        let label = |(label, mark): &(String, Mark)| Placed {
            value: label.as_str().into(),
            place: self.written.place(*mark),
        };
        Policies {
            must_contain: self.members(must_contain, kind, complaints),
            min_members: min_members.map(placed),
            max_members: max_members.map(placed),
            exclusive: exclusive.as_ref().map(label),
        }
    }

    /// What the group is bound by. Its handle stands in for what was complained about: such a roster is
    /// refused, but the rest of the group is still to be checked.
    fn binding(
        &self,
        group: &'a file::Group,
        kind: Option<KindName>,
        bound: &mut Bound<'a>,
        complaints: &mut Complaints,
    ) -> GroupBinding {
        let stand_in = || GroupBinding::Name(group.handle.clone());
        let Some((written, mark)) = &group.binding else { return stand_in() };
        let binding = match written {
            Binding::Name(name) => GroupBinding::Name(name.clone()),
            Binding::Id(id) => match group_id(id, kind) {
                Ok(id) => GroupBinding::Id(id),
                Err((message, help)) => {
                    complaints.push(Complaint::new(self.written.at(*mark), message).help(help));
                    return stand_in();
                }
            },
        };
        match bound.entry((&group.provider, binding.clone())) {
            Entry::Vacant(entry) => {
                entry.insert((&group.handle, *mark));
            }
            Entry::Occupied(entry) => {
                let (first, first_mark) = *entry.get();
                let message =
                    format!("`{first}` and `{}` are one group at `{}`", group.handle, group.provider);
                let complaint = Complaint::new(self.written.at(*mark), message)
                    .also(self.written.at(first_mark), format!("`{first}` is bound to it here"))
                    .help("make them one group of the roster, or correct one of the two");
                complaints.push(complaint);
            }
        }
        binding
    }

    fn user_type(
        &self,
        group: &file::Group,
        kind: Option<KindName>,
        complaints: &mut Complaints,
    ) -> UserType {
        let Some((user_type, mark)) = group.user_type else { return UserType::default() };
        if let Some(kind) = kind.filter(|kind| !kind.has_user_types()) {
            let message = format!(
                "`user_type` means nothing at `{}`, which is of the kind {}",
                group.provider,
                kind.as_str()
            );
            complaints.push(Complaint::new(self.written.at(mark), message).help("remove it"));
        }
        user_type
    }

    fn members(
        &self,
        references: &[Reference],
        kind: Option<KindName>,
        complaints: &mut Complaints,
    ) -> Vec<Member> {
        let mut members = Vec::with_capacity(references.len());
        for Reference { whom, mark, bounds, reason } in references {
            let found = match whom {
                Whom::Person(name) => self.names.person(name).map(Who::Person),
                Whom::Team(name) => self.names.team(name).map(Who::Team),
                Whom::Id(id) => user_id(id, kind).map(Who::Id).map_err(Some),
            };
            match found {
                Ok(who) => {
                    let place = self.written.place(*mark);
                    members.push(Member { who, bounds: *bounds, reason: reason.clone(), place });
                }
                Err(wrong) => complaints.extend(
                    wrong.map(|(message, help)| Complaint::new(self.written.at(*mark), message).help(help)),
                ),
            }
        }
        members
    }
}
