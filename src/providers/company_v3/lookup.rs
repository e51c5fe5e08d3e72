//! Finding people by email: by the hundred through the user list, which is a draft, and one by one
//! where that is refused or not understood.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::client::{AT_ONCE, Client};
use super::wire::{self, User};
use crate::core::model::{Found, Lookup, LookupKey, PersonHandle, UserId};
use crate::providers::{Fault, FaultKind};

/// What became of the look-ups.
#[derive(Default)]
pub(super) struct People {
    /// Person by person.
    pub(super) found: BTreeMap<PersonHandle, Found>,
    /// Those of the found users whose accounts are switched off.
    pub(super) inactive: BTreeSet<UserId>,
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
                    people
                        .inactive
                        .extend(users.iter().filter(|user| user.inactive).map(|user| user.id.clone()));
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
