//! What the configuration allows, with the place that says so; and the rules by name.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::core::model::{GroupHandle, PersonHandle};
use crate::core::policy::ApartRule;

/// The rules of one provider, with the place that sets each.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Removals in one run and in any 24 hours.
    pub max_removals: Limit,
    /// Percent of one group's members, in one run and in any 24 hours.
    pub max_removal_percent: Limit,
    /// People who leave everything, over all providers, in one run and in any 24 hours.
    pub max_leavers: Limit,
    /// What happens to members that were there before rosterd managed a group.
    pub adopt: Setting<Adopt>,
    /// What else stops when a rule trips.
    pub on_trip: Setting<OnTrip>,
    /// People who are never removed from anything.
    pub protected: Setting<BTreeSet<PersonHandle>>,
}

/// A value and where it was set: `rosterd.toml:11`, or `default`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it was set.
    pub set_at: Arc<str>,
}

/// A number that is not to be passed; none for `"off"`.
pub type Limit = Setting<Option<u32>>;

/// What happens to members that were there before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Adopt {
    /// Their removals are held.
    #[default]
    Hold,
    /// They are removed like any other.
    Enforce,
}

/// What else stops when a rule trips.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnTrip {
    /// Nothing; additions go on.
    #[default]
    HoldRemovals,
    /// Additions of the provider too.
    HoldAll,
}

/// Whether a provider's plan is carried out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// It is.
    #[default]
    Enforce,
    /// It is only reported.
    Observe,
    /// It waits: a person has suspended the provider for a while. No configuration says so.
    Suspended,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_removals: Setting::default_of(Some(25)),
            max_removal_percent: Setting::default_of(Some(30)),
            max_leavers: Setting::default_of(Some(5)),
            adopt: Setting::default_of(Adopt::default()),
            on_trip: Setting::default_of(OnTrip::default()),
            protected: Setting::default_of(BTreeSet::new()),
        }
    }
}

impl<T> Setting<T> {
    /// A value that nobody wrote.
    #[must_use]
    pub fn default_of(value: T) -> Self {
        Self { value, set_at: "default".into() }
    }
}

/// One rule that holds changes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub rule: Rule,
    /// In which group, when the rule is about one.
    pub group: Option<GroupHandle>,
    /// What it allows: `30 %`, `25`.
    pub limit: Option<String>,
    /// What it found: `3 of 4`.
    pub found: Option<String>,
    /// Where it is set.
    pub set_at: Option<Arc<str>>,
}

/// The rules, as scripts know them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A protected person's removal. No approval lets it through.
    Protected,
    /// An addition that somebody else undoes again and again. A person resumes it, no approval does.
    Fight,
    /// A name that means another group than the last time: additions are held too.
    NameMoved,
    /// A group that is far smaller than it was, though rosterd did not make it so.
    Shrunken,
    /// Members that were there before rosterd managed the group.
    Adopt,
    /// Somebody who must be in the group would not be.
    MustContain,
    /// Fewer members than the group must have.
    MinMembers,
    /// The last member of a group.
    LastMember,
    /// Percent of one group's members.
    MaxRemovalPercent,
    /// Removals of one provider.
    MaxRemovals,
    /// People who leave everything.
    MaxLeavers,
    /// More members than the group may have: additions wait.
    MaxMembers,
    /// A person is in one group of a label at a time: an addition waits for a place that is not freed.
    Exclusive,
    /// Nobody may be in both groups: an addition waits for a place that is not freed.
    Separation,
}

impl Rule {
    /// Whether an approval lets through what the rule holds. What the roster forbids outright only the roster
    /// allows.
    #[must_use]
    pub fn is_approvable(self) -> bool {
        match self {
            Self::NameMoved
            | Self::Shrunken
            | Self::Adopt
            | Self::MustContain
            | Self::MinMembers
            | Self::LastMember
            | Self::MaxRemovalPercent
            | Self::MaxRemovals
            | Self::MaxLeavers => true,
            Self::Protected | Self::Fight | Self::MaxMembers | Self::Exclusive | Self::Separation => false,
        }
    }

    /// Whether the rule follows from what others hold, and is told again once they let go.
    pub(super) fn is_derived(self) -> bool {
        matches!(self, Self::MaxMembers | Self::Exclusive | Self::Separation)
    }
}

impl From<&ApartRule> for Rule {
    fn from(rule: &ApartRule) -> Self {
        match rule {
            ApartRule::Exclusive(_) => Self::Exclusive,
            ApartRule::Separation => Self::Separation,
        }
    }
}
