//! Names, ids, and what a provider says is live.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

/// Declares a shared string type whose values differ in meaning, not in form.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text as it was written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

/// Adds the conversion from any text, for names that are checked where they are read.
macro_rules! unchecked {
    ($name:ident) => {
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                String::deserialize(from).map(|text| Self::from(text.as_str()))
            }
        }
    };
}

name!(
    /// The name of a configured provider, `emporix` in `[providers.emporix]`.
    ProviderName
);
name!(
    /// The handle of a person of the roster.
    PersonHandle
);
name!(
    /// The handle of a team of the roster, without `@`.
    TeamHandle
);
name!(
    /// The handle of a group of the roster, unique within its provider.
    GroupHandle
);
name!(
    /// What a provider is connected to: kind, base URL, and tenant or company. State is keyed by it.
    Target
);
unchecked!(ProviderName);
unchecked!(PersonHandle);
unchecked!(TeamHandle);
unchecked!(GroupHandle);
unchecked!(Target);

name!(
    /// A provider's id of a group: never empty or blank, never `.` or `..`.
    GroupId
);
name!(
    /// A provider's id of a user: never empty or blank, never `.` or `..`.
    UserId
);

/// An id that could not be one segment of a path, so that a call would reach further than meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id cannot be {0}")]
pub struct BadId(&'static str);

fn check_id(id: &str) -> Result<(), BadId> {
    match id {
        "." | ".." => Err(BadId("`.` or `..`")),
        _ if id.trim().is_empty() => Err(BadId("empty")),
        _ if id.chars().any(char::is_control) => Err(BadId("text with control characters")),
        _ => Ok(()),
    }
}

macro_rules! checked {
    ($name:ident) => {
        impl $name {
            /// Takes an id as a provider or a roster wrote it.
            ///
            /// # Errors
            /// When the id is empty, blank, `.`, `..`, or holds control characters.
            pub fn new(id: &str) -> Result<Self, BadId> {
                check_id(id).map(|()| Self(id.into()))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Self::new(&String::deserialize(from)?).map_err(serde::de::Error::custom)
            }
        }
    };
}
checked!(GroupId);
checked!(UserId);

/// Who a group is for. Emporix tells employees from customers; other providers ignore it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum UserType {
    /// A dashboard user.
    #[default]
    Employee,
    /// A customer of the shop.
    Customer,
}

impl UserType {
    /// As Emporix and the roster write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Employee => "EMPLOYEE",
            Self::Customer => "CUSTOMER",
        }
    }
}

/// What a read asks a provider for.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// The groups to read.
    pub groups: Vec<ScopedGroup>,
    /// The people to find.
    pub lookups: Vec<Lookup>,
    /// What is known of sizes, so that the cheaper of two ways can be taken.
    pub hints: Hints,
}

/// One group that a read asks for.
#[derive(Debug, Clone)]
pub struct ScopedGroup {
    /// The roster's name for it; the answer is filed under it.
    pub handle: GroupHandle,
    /// How the provider knows it.
    pub binding: Binding,
    /// Who it is for.
    pub user_type: UserType,
    /// When given, only these users matter, and an adapter may read no others.
    pub only: Option<BTreeSet<UserId>>,
}

/// How a group of the roster is tied to a group of the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binding {
    /// By the provider's id.
    Id(GroupId),
    /// By its exact name, which must be unique at the provider.
    Name(String),
    /// By an id that this run has already seen to exist: it need not be looked up again.
    Seen(GroupId),
}

/// A person to find at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// Who.
    pub person: PersonHandle,
    /// By what.
    pub key: LookupKey,
}

/// What a person is found by; both compare without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LookupKey {
    /// The email address.
    Email(String),
    /// The login name.
    Login(String),
}

/// What earlier reads said of sizes.
#[derive(Debug, Clone, Default)]
pub struct Hints {
    /// Members of a group when it was last read.
    pub members: BTreeMap<GroupId, usize>,
    /// Users of the provider when they were last listed.
    pub users: Option<usize>,
    /// No read by groups within a day: a member missing from the user list would not be seen.
    pub by_groups_due: bool,
}

/// What a provider said. What did not come whole is in `unread`, never half in `groups`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Live {
    /// The groups that were read whole.
    pub groups: BTreeMap<GroupHandle, LiveGroup>,
    /// The groups that were not, with the reason.
    pub unread: BTreeMap<GroupHandle, String>,
    /// What became of each lookup.
    pub found: BTreeMap<PersonHandle, Found>,
    /// Users of the provider, when they were listed.
    pub users: Option<usize>,
    /// Every user that there is, where a list of them was read in which nobody was found missing: who is not in it
    /// cannot be added.
    pub users_known: Option<BTreeSet<UserId>>,
    /// The accounts that the read showed, each with what speaks against adding it; none where it showed none.
    pub accounts: Option<BTreeMap<UserId, Option<Remark>>>,
    /// Whether every group of the scope was read through its own member list.
    pub by_groups: bool,
}

/// One group as the provider has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveGroup {
    /// Its id.
    pub id: GroupId,
    /// Its name, as the provider wrote it: data, to be cleaned before it is shown.
    pub name: String,
    /// Its members; only those asked for when the scope named some.
    pub members: BTreeSet<UserId>,
    /// What the adapter noticed while reading.
    pub remarks: Vec<Remark>,
}

/// Something an adapter noticed that a person should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// A stable word, `wrong-user-type`.
    pub code: &'static str,
    /// Whom it is about.
    pub user: Option<UserId>,
    /// What was seen.
    pub detail: String,
}

/// Somebody who is to be added to a group for users of this type.
pub type Addition = (UserId, UserType);

/// What a look at accounts brought that are about to be added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looked {
    /// What speaks against an addition.
    pub against: BTreeMap<Addition, Remark>,
    /// Accounts that could not be looked at, and why.
    pub unseen: BTreeMap<UserId, String>,
}

/// What became of a lookup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// One user matches.
    One(UserId),
    /// None does.
    None,
    /// Several do, so none is meant.
    Many(Vec<UserId>),
    /// The provider refused to look; its message.
    Refused(String),
}
