//! Finding people by email: by the hundred through the user list, which is a draft, and one by one
//! where that is refused or not understood. Looking at ids before they are added: by the hundred through the same
//! list, or not at all, since nothing else is asked by id.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::client::{AT_ONCE, Client};
use super::wire::{self, User};
use crate::core::diff::UNKNOWN;
use crate::core::model::{Addition, Found, Live, Looked, Lookup, LookupKey, PersonHandle, Remark, UserId};
use crate::providers::{Fault, FaultKind, KindName};

/// Users who are asked for beside ids of which nothing is known: they show that the list heeds what it is asked.
const WITNESSES: usize = 3;

/// What became of the look-ups.
#[derive(Default)]
pub(super) struct People {
    /// Person by person.
    pub(super) found: BTreeMap<PersonHandle, Found>,
    /// The found users, with what speaks against adding them.
    pub(super) accounts: BTreeMap<UserId, Option<Remark>>,
}

/// What became of each email, in the form in which emails are compared.
type ByEmail = BTreeMap<String, Result<Vec<User>, String>>;

/// Finds everybody. A refusal concerns one person; only trouble that concerns all is an `Err`.
pub(super) async fn find(client: &Client, lookups: &[Lookup]) -> Result<People, Fault> {
    let emails = emails_to_find(lookups);
    let by_email = find_emails(client, &emails).await?;
    let mut people = People::default();
    for lookup in lookups {
        let found = match &lookup.key {
            LookupKey::Login(_) => {
                Found::Refused("users have no logins here; write an email or an id".to_owned())
            }
            LookupKey::Email(email) => match by_email.get(&wire::comparable(email)) {
                Some(Ok(users)) => {
                    people.accounts.extend(users.iter().map(|user| (user.id.clone(), user.against())));
                    found(users)
                }
                Some(Err(why)) => Found::Refused(why.clone()),
                None => Found::Refused("the email is empty".to_owned()),
            },
        };
        people.found.insert(lookup.person.clone(), found);
    }
    Ok(people)
}

/// Looks at everybody whom the read did not show, in as few calls as the list takes ids.
pub(super) async fn look_at(client: &Client, live: &Live, additions: &BTreeSet<Addition>) -> Looked {
    let shown = |user: &UserId| live.accounts.as_ref().is_some_and(|accounts| accounts.contains_key(user));
    let users: BTreeSet<&UserId> =
        additions.iter().map(|(user, _)| user).filter(|user| !shown(user)).collect();
    let users: Vec<&UserId> = users.into_iter().collect();
    let witnesses = witnesses(live, &users);
    let at_once = client.filter_size().saturating_sub(witnesses.len()).max(1);
    let looks = users.chunks(at_once).map(|batch| look_at_some(client, batch, &witnesses));
    let looks =
        stream::iter(looks.collect::<Vec<_>>()).buffer_unordered(client.connection().concurrency.max(1));
    let seen: Vec<Seen> = looks.collect().await;
    let mut looked = Looked::default();
    for (user, seen) in seen.into_iter().flatten() {
        match seen {
            Ok(None) => {}
            Ok(Some(remark)) => {
                let of_user = additions.iter().filter(|(id, _)| *id == user);
                looked.against.extend(of_user.map(|addition| (addition.clone(), remark.clone())));
            }
            Err(why) => drop(looked.unseen.insert(user, why)),
        }
    }
    looked
}

/// Some who are known to be users of the company: people who were found, and members.
fn witnesses<'a>(live: &'a Live, users: &[&UserId]) -> BTreeSet<&'a UserId> {
    let shown = live.accounts.iter().flat_map(BTreeMap::keys);
    let found = live.found.values().filter_map(|found| match found {
        Found::One(id) => Some(id),
        Found::None | Found::Many(_) | Found::Refused(_) => None,
    });
    let members = live.groups.values().flat_map(|group| &group.members);
    let known = shown.chain(found).chain(members);
    known.filter(|user| !users.contains(user)).take(WITNESSES).collect()
}

/// What speaks against each user, or why they could not be looked at.
type Seen = Vec<(UserId, Result<Option<Remark>, String>)>;

async fn look_at_some(client: &Client, batch: &[&UserId], witnesses: &BTreeSet<&UserId>) -> Seen {
    let asked: Vec<&UserId> = batch.iter().chain(witnesses).copied().collect();
    let of_all = |why: &str| batch.iter().map(|user| ((*user).clone(), Err(why.to_owned()))).collect();
    let users = match client.users_by_id(&asked).await {
        Ok(users) => users,
        Err(fault) => return of_all(&fault.detail),
    };
    let find = |id: &UserId| users.iter().find(|user| user.id.as_str() == canonical(id));
    if !asked.iter().any(|id| find(id).is_some()) {
        return of_all("the list of users shows nobody who was asked for by id");
    }
    let judge = |id: &UserId| find(id).map_or_else(|| Some(stranger(client, id)), User::against);
    batch.iter().map(|id| ((*id).clone(), Ok(judge(id)))).collect()
}

fn stranger(client: &Client, id: &UserId) -> Remark {
    let company = client.company();
    let detail = format!("{id} is nobody of the company {company}; correct the roster");
    Remark { code: UNKNOWN, user: Some(id.clone()), detail }
}

fn canonical(id: &UserId) -> String {
    KindName::CompanyV3.canonical_id(id.as_str())
}

fn found(users: &[User]) -> Found {
    let ids: BTreeSet<&UserId> = users.iter().map(|user| &user.id).collect();
    let mut ids: Vec<UserId> = ids.into_iter().cloned().collect();
    match ids.len() {
        0 => Found::None,
        1 => ids.pop().map_or(Found::None, Found::One),
        _ => Found::Many(ids),
    }
}

/// Each email once, as the roster writes it. A blank one is left out: asked for, it might mean everybody.
fn emails_to_find(lookups: &[Lookup]) -> Vec<&str> {
    let mut emails: BTreeMap<String, &str> = BTreeMap::new();
    for lookup in lookups {
        if let LookupKey::Email(email) = &lookup.key
            && !email.trim().is_empty()
        {
            emails.entry(wire::comparable(email)).or_insert(email.trim());
        }
    }
    emails.into_values().collect()
}

async fn find_emails(client: &Client, emails: &[&str]) -> Result<ByEmail, Fault> {
    let batches: Vec<_> =
        emails.chunks(AT_ONCE).map(|batch| async move { (batch, client.users(batch).await) }).collect();
    let at_once = client.connection().concurrency.max(1);
    let mut batches = stream::iter(batches).buffer_unordered(at_once);
    let mut by_email = ByEmail::new();
    let mut left: Vec<&str> = Vec::new();
    while let Some((batch, users)) = batches.next().await {
        match users {
            Ok(users) => match sorted_by_email(batch, users) {
                Some(sorted) => by_email.extend(sorted),
                None => left.extend(batch),
            },
            Err(fault) => match fault.kind {
                FaultKind::Refused | FaultKind::Unreadable => left.extend(batch),
                FaultKind::Auth | FaultKind::Passing | FaultKind::Unknown => return Err(fault),
            },
        }
    }
    let singles: Vec<_> = left.into_iter().map(|email| find_one(client, email)).collect();
    by_email.extend(stream::iter(singles).buffer_unordered(at_once).try_collect::<Vec<_>>().await?);
    Ok(by_email)
}

/// The users of each email; none when one of them has no email that was asked for, because it may be
/// the second match of any.
fn sorted_by_email(batch: &[&str], users: Vec<User>) -> Option<ByEmail> {
    let mut sorted: BTreeMap<String, Vec<User>> =
        batch.iter().map(|email| (wire::comparable(email), Vec::new())).collect();
    for user in users {
        sorted.get_mut(user.email.as_ref()?)?.push(user);
    }
    Some(sorted.into_iter().map(|(email, users)| (email, Ok(users))).collect())
}

async fn find_one(client: &Client, email: &str) -> Result<(String, Result<Vec<User>, String>), Fault> {
    let found = match client.user(email).await {
        Ok(users) => Ok(users),
        Err(fault) => match fault.kind {
            FaultKind::Refused | FaultKind::Unreadable => Err(fault.detail),
            FaultKind::Auth | FaultKind::Passing | FaultKind::Unknown => return Err(fault),
        },
    };
    Ok((wire::comparable(email), found))
}
