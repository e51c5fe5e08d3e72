//! Who is who at a provider: look-ups, identities, and people who are gone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::expand::{self, Subject};
use super::model::{Found, GroupHandle, Lookup, LookupKey, PersonHandle, ProviderName, UserId};
use super::remembered::{Identity, Remembered};
use super::roster::{GroupBinding, PersonId, Roster, Who};

/// What is known of people's ids at one provider.
#[derive(Debug, Clone, Default)]
pub struct Identities {
    // Asked once for each membership, and hashed for that.
    known: HashMap<PersonHandle, UserId>,
    unknown: BTreeMap<PersonHandle, Unidentified>,
    owners: HashMap<UserId, PersonHandle>,
    last_owners: BTreeMap<UserId, PersonHandle>,
    disputed: BTreeMap<UserId, Unidentified>,
    refused: BTreeSet<PersonHandle>,
}

/// Why a person has no id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unidentified {
    /// A stable word: `unidentified-person`, `identity-changed`, `shared-id`.
    pub code: &'static str,
    /// What was found instead, and what to do.
    pub detail: String,
}

impl Identities {
    /// Judges what look-ups found. More than one match identifies nobody; an id found for two people
    /// is neither's; a person found under another id than the last time is nobody until a person looks.
    #[must_use]
    pub fn judge(
        roster: &Roster,
        provider: &ProviderName,
        found: &BTreeMap<PersonHandle, Found>,
        remembered: &BTreeMap<PersonHandle, Identity>,
    ) -> Self {
        let mut all = Self::default();
        for (handle, person) in &roster.people {
            if let Some(PersonId::Id(id)) = person.ids.get(provider) {
                all.known.insert(handle.clone(), id.clone());
            } else if let Some(found) = found.get(handle) {
                let key = person.lookup(provider, true);
                all.take(handle, key.as_ref(), found, remembered.get(handle));
            }
        }
        all.settle_owners(provider);
        all.settle_last_owners(roster, remembered);
        all
    }

    /// The id of a person, or why there is none.
    ///
    /// # Errors
    /// When the person could not be identified, or was not looked for.
    pub fn id_of(&self, person: &PersonHandle) -> Result<&UserId, Unidentified> {
        self.known.get(person).ok_or_else(|| {
            self.unknown.get(person).cloned().unwrap_or_else(|| {
                not_found(
                    "neither an id nor anything to be found by is known here; write one under ids".into(),
                )
            })
        })
    }

    /// Whose id this is, as far as this run knows.
    #[must_use]
    pub fn owner(&self, id: &UserId) -> Option<&PersonHandle> {
        self.owners.get(id)
    }

    /// Whose id this was when it was last found, for ids that are nobody's now.
    #[must_use]
    pub fn last_owner(&self, id: &UserId) -> Option<&PersonHandle> {
        self.last_owners.get(id)
    }

    /// Whether the id may be somebody's whom this run could not identify.
    #[must_use]
    pub fn is_disputed(&self, id: &UserId) -> bool {
        self.disputed.contains_key(id)
    }

    /// Why the id may be somebody's whom this run could not identify, when it may.
    #[must_use]
    pub fn dispute(&self, id: &UserId) -> Option<&Unidentified> {
        self.disputed.get(id)
    }

    /// Whether the provider refused to look for the person, who may then be any member.
    #[must_use]
    pub fn was_refused(&self, person: &PersonHandle) -> bool {
        self.refused.contains(person)
    }

    /// Everybody who is identified, in no order.
    pub fn known(&self) -> impl Iterator<Item = (&PersonHandle, &UserId)> {
        self.known.iter()
    }

    fn take(
        &mut self,
        person: &PersonHandle,
        key: Option<&LookupKey>,
        found: &Found,
        last: Option<&Identity>,
    ) {
        let searched = key.map_or_else(String::new, describe);
        let (why, disputed) = match found {
            Found::One(id) => match last.filter(|last| last.id != *id && same_key(key, last)) {
                None => {
                    self.known.insert(person.clone(), id.clone());
                    return;
                }
                Some(last) => (changed(person, &last.id, id, &searched), vec![id.clone(), last.id.clone()]),
            },
            Found::None => (not_found(format!("no user with {searched}")), Vec::new()),
            Found::Many(ids) => {
                let all = ids.iter().map(UserId::as_str).collect::<Vec<_>>().join(", ");
                let why = format!("several users with {searched}: {all}; write the right id under ids");
                (not_found(why), ids.clone())
            }
            Found::Refused(detail) => {
                self.refused.insert(person.clone());
                (not_found(format!("the look-up of {searched} was refused: {detail}")), Vec::new())
            }
        };
        for id in disputed {
            self.disputed.entry(id).or_insert_with(|| why.clone());
        }
        self.unknown.insert(person.clone(), why);
    }

    /// Files every known id under its person; an id of two people is neither's.
    fn settle_owners(&mut self, provider: &ProviderName) {
        let mut claims: Vec<(UserId, PersonHandle)> =
            self.known.iter().map(|(person, id)| (id.clone(), person.clone())).collect();
        claims.sort_unstable();
        self.owners.reserve(claims.len());
        for claims in claims.chunk_by(|(one, _), (other, _)| one == other) {
            match claims {
                [(id, person)] if !self.disputed.contains_key(id) => {
                    self.owners.insert(id.clone(), person.clone());
                }
                [_] | [] => {}
                several => self.share(provider, several),
            }
        }
    }

    fn share(&mut self, provider: &ProviderName, claims: &[(UserId, PersonHandle)]) {
        let Some((id, _)) = claims.first() else { return };
        let all = claims.iter().map(|(_, person)| person.as_str()).collect::<Vec<_>>().join(" and ");
        let detail = format!("{all} are one user at {provider}, {id}: correct the roster");
        let why = Unidentified { code: "shared-id", detail };
        for (_, person) in claims {
            self.known.remove(person);
            self.unknown.insert(person.clone(), why.clone());
        }
        self.disputed.entry(id.clone()).or_insert(why);
    }

    /// Whom ids that are nobody's now last belonged to; of several, somebody who is in the roster.
    fn settle_last_owners(&mut self, roster: &Roster, remembered: &BTreeMap<PersonHandle, Identity>) {
        for (person, identity) in remembered.iter().filter(|(_, it)| !self.owners.contains_key(&it.id)) {
            let known = self.last_owners.get(&identity.id);
            if known.is_none_or(|known| !roster.people.contains_key(known)) {
                self.last_owners.insert(identity.id.clone(), person.clone());
            }
        }
    }
}

fn changed(person: &PersonHandle, was: &UserId, is: &UserId, searched: &str) -> Unidentified {
    let detail =
        format!("{person} was {was} and is now found as {is} ({searched}): write the right id under ids");
    Unidentified { code: "identity-changed", detail }
}

fn not_found(detail: String) -> Unidentified {
    Unidentified { code: "unidentified-person", detail }
}

fn describe(key: &LookupKey) -> String {
    match key {
        LookupKey::Email(email) => format!("email {email}"),
        LookupKey::Login(login) => format!("login {login}"),
    }
}

/// The form in which keys are compared and remembered.
#[must_use]
pub fn fold(key: &LookupKey) -> String {
    match key {
        LookupKey::Email(text) | LookupKey::Login(text) => text.trim().to_lowercase(),
    }
}

/// A key that was changed in the roster was changed by a person who looked.
fn same_key(key: Option<&LookupKey>, last: &Identity) -> bool {
    match (key, &last.key) {
        (Some(key), Some(last)) => fold(key) == *last,
        _ => true,
    }
}

/// Whom a provider must be asked for: people that its groups name on any day, and protected people.
/// Where raw ids stand, people who are excepted and people who may have left are looked for too, since
/// such an id may be theirs.
#[must_use]
pub fn lookups(
    roster: &Roster,
    provider: &ProviderName,
    finds_by_email: bool,
    protected: &BTreeSet<PersonHandle>,
    scope: &dyn Fn(&GroupHandle) -> bool,
) -> Vec<Lookup> {
    let mut people: BTreeSet<PersonHandle> = protected.clone();
    let nobody: expand::Owner<'_> = &|_| None;
    let groups = roster.groups.get(provider).into_iter().flatten();
    let mut any_raw_ids = false;
    for (_, group) in groups.filter(|(handle, _)| scope(handle)) {
        let named = expand::ever(roster, group, nobody);
        let has_raw_ids = named.keys().any(|subject| matches!(subject, Subject::Id(_)));
        people.extend(named.into_keys().filter_map(person));
        if has_raw_ids {
            people.extend(expand::excepted(roster, group, nobody).into_keys().filter_map(person));
        }
        any_raw_ids |= has_raw_ids;
    }
    people.extend(separated(roster, provider, scope));
    if any_raw_ids {
        let leaving = roster.people.iter().filter(|(_, person)| person.until.is_some());
        people.extend(leaving.map(|(handle, _)| handle.clone()));
    }
    lookups_of(roster, provider, finds_by_email, people.iter())
}

/// Look-ups of every person of the roster, for a provider that finds all in the calls that find one.
/// Whoever is known by name need not be shown, or withheld, as a stranger.
#[must_use]
pub fn all_lookups(roster: &Roster, provider: &ProviderName, finds_by_email: bool) -> Vec<Lookup> {
    lookups_of(roster, provider, finds_by_email, roster.people.keys())
}

/// Look-ups of these people, as far as there is something to look for.
pub fn lookups_of<'a>(
    roster: &Roster,
    provider: &ProviderName,
    finds_by_email: bool,
    people: impl Iterator<Item = &'a PersonHandle>,
) -> Vec<Lookup> {
    let key = |person: &PersonHandle| roster.people.get(person)?.lookup(provider, finds_by_email);
    people.filter_map(|person| Some(Lookup { key: key(person)?, person: person.clone() })).collect()
}

/// People of the roster under whose ids groups have members that a run may remove. Whether an id is still theirs
/// is asked even when no group names them any more: an id that is not must wait for a person.
#[must_use]
pub fn members_known<'a>(roster: &Roster, remembered: &'a Remembered) -> BTreeSet<&'a PersonHandle> {
    let records = remembered.groups.values();
    let members: BTreeSet<&UserId> = records.flat_map(|it| it.owned.iter().chain(&it.first)).collect();
    let people = remembered.identities.iter();
    let known = people
        .filter(|(person, identity)| members.contains(&identity.id) && roster.people.contains_key(*person));
    known.map(|(person, _)| person).collect()
}

/// People whom groups of other providers name that are separated from groups of this one: whether they are
/// members here decides whether they may be members there.
fn separated(
    roster: &Roster,
    provider: &ProviderName,
    scope: &dyn Fn(&GroupHandle) -> bool,
) -> BTreeSet<PersonHandle> {
    let mut people = BTreeSet::new();
    let is_here = |(at, group): &(ProviderName, GroupHandle)| at == provider && scope(group);
    for separation in roster.separations.iter().filter(|it| it.groups.iter().any(is_here)) {
        for (at, group) in separation.groups.iter().filter(|(at, _)| at != provider) {
            let group = roster.groups.get(at).and_then(|groups| groups.get(group));
            let named = group.map(|group| expand::ever(roster, group, &|_| None)).unwrap_or_default();
            people.extend(named.into_keys().filter_map(person));
        }
    }
    people
}

fn person(subject: Subject) -> Option<PersonHandle> {
    match subject {
        Subject::Person(person) => Some(person),
        Subject::Id(_) => None,
    }
}

/// People who are remembered and gone: their handle is not in the roster, and none of the ids or keys
/// last known for them belongs to anyone present. A renamed handle or a changed id is no leaver.
#[must_use]
pub fn gone(
    roster: &Roster,
    remembered: &BTreeMap<ProviderName, BTreeMap<PersonHandle, Identity>>,
    identities: &BTreeMap<ProviderName, Identities>,
) -> BTreeSet<PersonHandle> {
    let present = Present::new(roster, remembered, identities);
    let mut gone = BTreeSet::new();
    let mut stays = BTreeSet::new();
    for (provider, people) in remembered {
        for (person, identity) in people {
            if roster.people.contains_key(person) {
                continue;
            }
            let there = present.has(provider, identity);
            if there {
                stays.insert(person.clone())
            } else {
                gone.insert(person.clone())
            };
        }
    }
    gone.retain(|person| !stays.contains(person));
    gone
}

/// What belongs to somebody who is in the roster.
struct Present {
    ids: BTreeSet<(ProviderName, UserId)>,
    keys: BTreeSet<String>,
}

impl Present {
    fn new(
        roster: &Roster,
        remembered: &BTreeMap<ProviderName, BTreeMap<PersonHandle, Identity>>,
        identities: &BTreeMap<ProviderName, Identities>,
    ) -> Self {
        let mut ids = BTreeSet::new();
        let mut keys = BTreeSet::new();
        for person in roster.people.values() {
            keys.extend(person.email.iter().map(|email| email.trim().to_lowercase()));
            for (provider, id) in &person.ids {
                match id {
                    PersonId::Id(id) => drop(ids.insert((provider.clone(), id.clone()))),
                    PersonId::Login(login) => drop(keys.insert(login.trim().to_lowercase())),
                }
            }
        }
        for (provider, identities) in identities {
            ids.extend(identities.owners.keys().map(|id| (provider.clone(), id.clone())));
        }
        for (provider, people) in remembered {
            let here = people.iter().filter(|(person, _)| roster.people.contains_key(*person));
            ids.extend(here.map(|(_, identity)| (provider.clone(), identity.id.clone())));
        }
        for (provider, groups) in &roster.groups {
            for member in groups.values().flat_map(|group| &group.members) {
                if let Who::Id(id) = &member.who {
                    ids.insert((provider.clone(), id.clone()));
                }
            }
        }
        Self { ids, keys }
    }

    fn has(&self, provider: &ProviderName, identity: &Identity) -> bool {
        identity.key.as_ref().is_some_and(|key| self.keys.contains(key))
            || self.ids.contains(&(provider.clone(), identity.id.clone()))
    }
}

/// The name by which a group is bound, when it is bound by one.
#[must_use]
pub fn bound_name(binding: &GroupBinding) -> Option<&str> {
    match binding {
        GroupBinding::Name(name) => Some(name),
        GroupBinding::Id(_) => None,
    }
}
