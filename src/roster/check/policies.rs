//! Policies that contradict the roster they stand in, whatever the day.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::groups::Unsure;
use crate::complaint::{At, Complaint, Complaints, Spot};
use crate::core::expand::Subject;
use crate::core::model::{GroupHandle, ProviderName};
use crate::core::plan::Because;
use crate::core::policy::always::{self, Clash, Named};
use crate::core::policy::{self, Apart, ApartRule, Side};
use crate::core::roster::{Group, Place, Roster, Separation};
use crate::document::nearest;
use crate::roster::Files;
use crate::roster::file::{self, Mark, Whom, Written};

/// Complaints about one policy, and people named in one of them: nobody corrects a longer list by hand.
const MOST_CLASHES: usize = 100;
const MOST_NAMED: usize = 3;
/// Complaints up to which a name that is not there is compared with all that are.
const MOST_SUGGESTED: usize = 100;

/// What policies are checked against.
pub(super) struct Check<'a, 'f> {
    pub(super) written: &'a Written,
    pub(super) files: &'a Files<'f>,
    /// Groups of which nobody can say whom they name.
    pub(super) unsure: Unsure,
    /// Every reference in a team was understood.
    pub(super) teams_are_sure: bool,
}

impl Check<'_, '_> {
    /// Complains, and puts the separations into the roster.
    pub(super) fn run(&self, roster: &mut Roster, complaints: &mut Complaints) {
        for written in &self.written.groups {
            self.counts(written, complaints);
            let group = roster.groups.get(written.provider.as_str());
            if let Some(group) = group.and_then(|groups| groups.get(written.handle.as_str()))
                && group.place == self.written.place(written.mark)
                && self.is_sure(&written.provider, &written.handle)
            {
                self.members(roster, written, group, complaints);
            }
        }
        for written in &self.written.separations {
            let separation = self.separation(roster, written, complaints);
            roster.separations.push(separation);
        }
        for apart in policy::apart(roster) {
            let is_sure = |side: &Side<'_>| self.is_sure(side.provider.as_str(), side.group.as_str());
            if apart.groups.iter().all(is_sure) {
                self.clashes(roster, &apart, complaints);
            }
        }
    }

    fn is_sure(&self, provider: &str, group: &str) -> bool {
        self.teams_are_sure && !self.unsure.contains(&(provider.to_owned(), group.to_owned()))
    }

    fn counts(&self, group: &file::Group, complaints: &mut Complaints) {
        if let (Some((min, _)), Some((max, mark))) = (group.policies.min_members, group.policies.max_members)
            && min > max
        {
            let message = format!("`max_members` is {max}, but `min_members` is {min}");
            let min_mark = group.policies.min_members.map_or(group.mark, |(_, mark)| mark);
            let complaint = Complaint::new(self.written.at(mark), message)
                .also(self.written.at(min_mark), "at least so many are asked for here")
                .help("correct one of the two");
            complaints.push(complaint);
        }
    }

    /// What a group demands and its own lists can never give.
    fn members(&self, roster: &Roster, written: &file::Group, group: &Group, complaints: &mut Complaints) {
        let policies = &written.policies;
        let counted = policies.min_members.is_some() || policies.max_members.is_some();
        if group.policies.must_contain.is_empty() && !counted {
            return;
        }
        let provider = ProviderName::from(&*written.provider);
        let owners = policy::written_owners(roster, &provider);
        let named = Named::of(roster, group, &owners);
        let name = format!("{}/{}", written.provider, written.handle);
        for (member, reference) in group.policies.must_contain.iter().zip(&policies.must_contain) {
            let subjects = always::required(roster, member, &owners);
            let missing: Vec<_> = subjects.iter().filter(|subject| !named.ever_has(subject)).collect();
            if !missing.is_empty() {
                let message = format!("`{name}` must contain {}, but never names them", some(&missing));
                let complaint = Complaint::new(self.written.at(reference.mark), message)
                    .also(self.written.at(written.mark), "the group is defined here")
                    .help("name them in `members`, and not in `except`; or remove them here");
                complaints.push(complaint);
            }
        }
        if let Some((min, mark)) = policies.min_members
            && !always::is_open(group)
            && named.most() < min
        {
            let message =
                format!("`{name}` must have {min} members, but never names more than {}", named.most());
            let complaint = Complaint::new(self.written.at(mark), message);
            complaints.push(complaint.help("name more members, or ask for fewer"));
        }
        if let Some((max, mark)) = policies.max_members
            && named.least(roster) > max
        {
            let message =
                format!("`{name}` may have {max} members, but names {} on every day", named.least(roster));
            let complaint = Complaint::new(self.written.at(mark), message);
            complaints.push(complaint.help("name fewer members, or allow more"));
        }
    }

    /// A separation, as far as its groups are there.
    fn separation(
        &self,
        roster: &Roster,
        written: &file::Separation,
        complaints: &mut Complaints,
    ) -> Separation {
        let mut groups: Vec<(ProviderName, GroupHandle)> = Vec::new();
        for (name, mark) in &written.groups {
            match find(roster, name) {
                Some(group) if groups.contains(&group) => {
                    let message = format!("`{name}` is named twice in one separation");
                    let complaint = Complaint::new(self.written.at(*mark), message);
                    complaints.push(complaint.help("remove one, or name the group that is meant"));
                }
                Some(group) => groups.push(group),
                None => {
                    let suggests = complaints.len() < MOST_SUGGESTED;
                    complaints.extend(self.no_group(roster, name, *mark, suggests));
                }
            }
        }
        if written.is_whole && written.groups.len() < 2 {
            let message = "a separation is between two groups at least";
            let complaint = Complaint::new(self.written.at(written.mark), message);
            complaints.push(complaint.help("write groups = [\"provider/group\", \"provider/group\"]"));
        }
        Separation { groups, place: self.written.place(written.mark) }
    }

    /// What is said of a group that is not there; nothing when a file that may define it was left out.
    fn no_group(&self, roster: &Roster, name: &str, mark: Mark, suggests: bool) -> Option<Complaint> {
        if self.files.incomplete {
            return None;
        }
        let known = roster
            .groups
            .iter()
            .filter(|_| suggests)
            .flat_map(|(provider, groups)| groups.keys().map(move |group| format!("{provider}/{group}")));
        let known: Vec<String> = known.collect();
        let help = match (nearest(name, known.iter().map(String::as_str)), name.split_once('/')) {
            (Some(near), _) => format!("did you mean \"{near}\"?"),
            (None, Some((provider, group))) => format!("define it with [groups.{provider}.{group}]"),
            (None, None) => "write the provider too, as in \"finance/payers\"".to_owned(),
        };
        let message = format!("there is no group `{name}`");
        Some(Complaint::new(self.written.at(mark), message).help(help))
    }

    /// Everybody who is in two groups that are kept apart.
    fn clashes(&self, roster: &Roster, apart: &Apart<'_>, complaints: &mut Complaints) {
        let clashes = always::clashes(roster, apart);
        for clash in clashes.iter().take(MOST_CLASHES) {
            complaints.push(self.clash(apart, clash));
        }
        if let (Some(more), Some(last)) = (clashes.len().checked_sub(MOST_CLASHES + 1), clashes.last()) {
            let (side, because) = &last.second;
            let message = format!("so are {} more in `{}/{}`", more + 1, side.provider, side.group);
            complaints.push(Complaint::new(self.at(because.place, &last.subject), message));
        }
    }

    fn clash(&self, apart: &Apart<'_>, clash: &Clash<'_>) -> Complaint {
        let Clash { subject, first: (first, first_because), second: (second, because) } = clash;
        let (one, other) =
            (format!("{}/{}", first.provider, first.group), format!("{}/{}", second.provider, second.group));
        let kept = match &apart.rule {
            ApartRule::Exclusive(label) => format!("of which `exclusive = \"{label}\"` allows one"),
            ApartRule::Separation => {
                format!("which are separated ({})", self.shown(second.place))
            }
        };
        let message = format!("{} is in both `{one}` and `{other}`, {kept}", who(subject));
        let label = format!("named by `{one}` here{}", way(first_because));
        Complaint::new(self.at(because.place, subject), message)
            .also(self.at(first_because.place, subject), label)
            .help("take them out of one of the two; an `except` does it too")
    }

    /// A place of a list file has no column: lists are not kept.
    fn at(&self, place: Place, subject: &Subject) -> At {
        let names = |whom: &Whom| match (whom, subject) {
            (Whom::Person(name), Subject::Person(person)) => **name == *person.as_str(),
            (Whom::Id(written), Subject::Id(id)) => written.eq_ignore_ascii_case(id.as_str()),
            (Whom::Id(_), Subject::Person(_)) => true,
            (Whom::Team(_), _) | (Whom::Person(_), Subject::Id(_)) => false,
        };
        if let Some(mark) = self.written.mark_at(place, names) {
            return self.written.at(mark);
        }
        let name = self.files.names.get(place.file as usize).cloned().unwrap_or_else(|| "?".into());
        let file: Arc<str> = format!("{}{name}", self.files.shown_root).into();
        At { file, spot: Some(Spot { line: place.line as usize, column: 1, excerpt: None }) }
    }

    fn shown(&self, place: Place) -> String {
        let name = self.files.names.get(place.file as usize).cloned().unwrap_or_else(|| "?".into());
        format!("{}{name}:{}", self.files.shown_root, place.line)
    }
}

/// The group that is written `provider/group`.
fn find(roster: &Roster, name: &str) -> Option<(ProviderName, GroupHandle)> {
    let (provider, group) = name.split_once('/')?;
    let (provider, groups) = roster.groups.get_key_value(provider)?;
    let (group, _) = groups.get_key_value(group)?;
    Some((provider.clone(), group.clone()))
}

fn who(subject: &Subject) -> String {
    match subject {
        Subject::Person(person) => format!("`{person}`"),
        Subject::Id(id) => format!("the id `{id}`"),
    }
}

/// The first few, each once.
fn some(subjects: &[&Subject]) -> String {
    let named: BTreeSet<String> = subjects.iter().map(|subject| who(subject)).collect();
    let more = named.len().saturating_sub(MOST_NAMED);
    let named: Vec<String> = named.into_iter().take(MOST_NAMED).collect();
    let named = named.join(", ");
    if more == 0 { named } else { format!("{named} and {more} more") }
}

fn way(because: &Because) -> String {
    match because.via.last() {
        Some(team) => format!(", through `@{team}`"),
        None => String::new(),
    }
}
