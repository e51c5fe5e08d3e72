//! What the roster demands of groups besides who is in them.
//!
//! [`always`] tells what contradicts itself on every day, for `check`. On the day itself, [`demands`] puts
//! the policies of one group beside what is live, [`ways`] finds what additions to groups that are kept apart
//! need done first, [`recall`] brings in what earlier moves left, [`waiting`] keeps
//! whoever is to move to a group that does not take them now, [`partners`] takes whoever moves to or from a
//! group along that alone was asked for, and [`findings`] says what is broken and is not being mended.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::model::{GroupHandle, PersonHandle, ProviderName, UserId};
use super::roster::{PersonId, Place, Roster};

pub mod always;
pub mod demands;
pub mod findings;
pub mod partners;
pub mod recall;
pub mod waiting;
pub mod ways;

/// Groups of which nobody may be in two: a `[[separation]]`, or one `exclusive` label of one provider.
#[derive(Debug, Clone)]
pub struct Apart<'a> {
    /// Which of the two.
    pub rule: ApartRule,
    /// The groups, each with the place that puts it here.
    pub groups: Vec<Side<'a>>,
}

/// Why groups are kept apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ApartRule {
    /// They carry this `exclusive` label.
    Exclusive(Arc<str>),
    /// A `[[separation]]` names them.
    Separation,
}

/// One group that is kept apart from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Side<'a> {
    /// Its provider.
    pub provider: &'a ProviderName,
    /// The group.
    pub group: &'a GroupHandle,
    /// Where the roster says so.
    pub place: Place,
}

/// Everything that the roster keeps apart.
#[must_use]
pub fn apart(roster: &Roster) -> Vec<Apart<'_>> {
    let mut labels: BTreeMap<(&ProviderName, &Arc<str>), Vec<Side<'_>>> = BTreeMap::new();
    for (provider, groups) in &roster.groups {
        for (group, written) in groups {
            if let Some(label) = &written.policies.exclusive {
                let side = Side { provider, group, place: label.place };
                labels.entry((provider, &label.value)).or_default().push(side);
            }
        }
    }
    let exclusive = labels
        .into_iter()
        .map(|((_, label), groups)| Apart { rule: ApartRule::Exclusive(Arc::clone(label)), groups });
    let separations = roster.separations.iter().map(|separation| {
        let side = |(provider, group): &'_ (ProviderName, GroupHandle)| -> Option<Side<'_>> {
            let (provider, groups) = roster.groups.get_key_value(provider)?;
            let (group, _) = groups.get_key_value(group)?;
            Some(Side { provider, group, place: separation.place })
        };
        Apart { rule: ApartRule::Separation, groups: separation.groups.iter().filter_map(side).collect() }
    });
    exclusive.chain(separations).filter(|apart| apart.groups.len() > 1).collect()
}

/// Every group that is kept apart from one of these: what is planned for them rests on it, at whatever
/// provider it is.
#[must_use]
pub fn beside<'a>(
    roster: &'a Roster,
    is_one: &dyn Fn(&ProviderName, &GroupHandle) -> bool,
) -> BTreeSet<(&'a ProviderName, &'a GroupHandle)> {
    let sets = apart(roster).into_iter();
    let sets = sets.filter(|set| set.groups.iter().any(|side| is_one(side.provider, side.group)));
    sets.flat_map(|set| set.groups).map(|side| (side.provider, side.group)).collect()
}

/// Whose ids the roster says are whose, at one provider.
#[must_use]
pub fn written_owners(roster: &Roster, provider: &ProviderName) -> BTreeMap<UserId, PersonHandle> {
    let ids = roster.people.iter().filter_map(|(handle, person)| match person.ids.get(provider)? {
        PersonId::Id(id) => Some((id.clone(), handle.clone())),
        PersonId::Login(_) => None,
    });
    ids.collect()
}
