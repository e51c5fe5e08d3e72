//! Looking at accounts that are about to be added: in the list of users where one was read or is the cheaper way,
//! else one by one.
//!
//! Customers are in no list of IAM. Of an id in a group of customers it shows whether it is an employee's, and no
//! more.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt};

use super::choose::pages;
use super::client::{self, Client};
use super::users::{Users, against};
use crate::core::diff::{UNKNOWN, WRONG_TYPE};
use crate::core::model::{Addition, Hints, Live, Looked, Remark, UserId, UserType};
use crate::providers::Fault;

/// As many accounts are looked at one by one without a thought for the list of users.
const FEW: usize = 2;

/// What is known of accounts.
#[derive(Default)]
struct Known {
    /// Employees, with what speaks against adding them.
    employees: BTreeMap<UserId, Option<Remark>>,
    /// Ids by which an employee is found who has another.
    numbers: BTreeMap<UserId, UserId>,
    /// Why some could not be looked at.
    unseen: BTreeMap<UserId, String>,
    /// Whether all employees are there whom the list of users shows.
    is_whole: bool,
}

/// Looks at everybody whom the read did not show.
pub async fn look_at(client: &Client, live: &Live, hints: &Hints, additions: &BTreeSet<Addition>) -> Looked {
    let mut known = Known { is_whole: live.accounts.is_some(), ..Known::default() };
    let listed = |user: &UserId| live.accounts.as_ref().and_then(|accounts| accounts.get_key_value(user));
    let shown = additions.iter().filter_map(|(user, _)| listed(user));
    known.employees = shown.map(|(user, remark)| (user.clone(), remark.clone())).collect();
    known.list_if_cheaper(client, hints, additions).await;
    known.ask(client, additions).await;
    known.settle_strangers(client, additions).await;
    known.judge(additions)
}

impl Known {
    /// Whom a single look could still tell something of. The list tells of all employees but those it hides, and of
    /// customers that they are none.
    fn open<'a>(&self, additions: &'a BTreeSet<Addition>) -> BTreeSet<&'a UserId> {
        let open = additions.iter().filter(|(user, user_type)| {
            let is_known = self.employees.contains_key(user) || self.unseen.contains_key(user);
            let tells_nothing = self.is_whole && *user_type == UserType::Customer;
            !(is_known || tells_nothing)
        });
        open.map(|(user, _)| user).collect()
    }

    /// Reads the list of users where that takes fewer calls than looking at each.
    async fn list_if_cheaper(&mut self, client: &Client, hints: &Hints, additions: &BTreeSet<Addition>) {
        let open = self.open(additions);
        if self.is_whole || open.len() <= FEW {
            return;
        }
        let list = match hints.users {
            Some(users) if pages(users, client.page_size()) >= open.len() => return,
            Some(_) => client.all_users(None).await,
            None => match client.first_users().await {
                Ok(first) if client::pages_left(&first).is_some_and(|left| left < open.len()) => {
                    client.all_users(Some(first)).await
                }
                Ok(first) => {
                    self.take(&Users::new(first.items), &open);
                    return;
                }
                Err(fault) => Err(fault),
            },
        };
        self.keep(list.map(Users::new), &open);
    }

    fn keep(&mut self, list: Result<Users, Fault>, open: &BTreeSet<&UserId>) {
        match list {
            Ok(users) => {
                self.take(&users, open);
                self.is_whole = true;
            }
            Err(fault) => {
                let unseen = open.iter().map(|user| ((*user).clone(), fault.detail.clone()));
                self.unseen.extend(unseen);
            }
        }
    }

    fn take(&mut self, users: &Users, open: &BTreeSet<&UserId>) {
        let shown = open.iter().filter_map(|user| Some(((*user).clone(), users.get(user).map(against)?)));
        self.employees.extend(shown);
    }

    /// Looks at everybody who is left, one by one.
    async fn ask(&mut self, client: &Client, additions: &BTreeSet<Addition>) {
        let asked: Vec<UserId> = self.open(additions).into_iter().cloned().collect();
        let asked = asked.into_iter().map(|user| async move {
            let answer = client.user(&user).await;
            (user, answer)
        });
        let mut answers = stream::iter(asked).buffer_unordered(client.concurrency());
        while let Some((user, answer)) = answers.next().await {
            match answer {
                Ok(Some(found)) if found.id == user => {
                    self.employees.insert(user, against(&found));
                }
                Ok(Some(other)) => drop(self.numbers.insert(user, other.id)),
                Ok(None) => {}
                Err(fault) => drop(self.unseen.insert(user, fault.detail)),
            }
        }
    }

    /// Whom a single look did not find may be an old user, who is found by a number that is not the id: the list
    /// shows them by their ids.
    async fn settle_strangers(&mut self, client: &Client, additions: &BTreeSet<Addition>) {
        let strangers = additions.iter().filter(|(user, user_type)| {
            let is_known = self.employees.contains_key(user) || self.unseen.contains_key(user);
            *user_type == UserType::Employee && !is_known
        });
        let strangers: BTreeSet<&UserId> = strangers.map(|(user, _)| user).collect();
        if !self.is_whole && !strangers.is_empty() {
            self.keep(client.all_users(None).await.map(Users::new), &strangers);
        }
    }

    fn judge(self, additions: &BTreeSet<Addition>) -> Looked {
        let Self { employees, numbers, unseen, .. } = self;
        let against = additions.iter().filter_map(|addition| {
            let (user, user_type) = addition;
            let remark = match (employees.get(user), user_type) {
                (Some(remark), UserType::Employee) => remark.clone()?,
                (Some(_), UserType::Customer) => wrong_type(user),
                (None, UserType::Employee) if !unseen.contains_key(user) => stranger(user, numbers.get(user)),
                (None, _) => return None,
            };
            Some((addition.clone(), remark))
        });
        Looked { against: against.collect(), unseen }
    }
}

fn wrong_type(user: &UserId) -> Remark {
    let detail = format!(
        "{user} is an employee at Emporix, and the group is for {}; correct the id or `user_type`",
        UserType::Customer.as_str()
    );
    Remark { code: WRONG_TYPE, user: Some(user.clone()), detail }
}

fn stranger(user: &UserId, other: Option<&UserId>) -> Remark {
    let detail = match other {
        Some(other) => {
            format!("{user} is the backofficeUserNumber of the employee {other}; write that id instead")
        }
        None => format!(
            "{user} is no employee at Emporix; correct the id, or put it into a group for {} if it is a customer's",
            UserType::Customer.as_str()
        ),
    };
    Remark { code: UNKNOWN, user: Some(user.clone()), detail }
}
