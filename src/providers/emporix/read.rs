//! Reading: which calls, in which order, and what their answers make together.
//!
//! ```text
//! at once   groups of the roster -> ids | users, if surely needed, or a look at their first page
//!           | member lists that are surely needed
//! then      the rest, the cheaper way
//! then      both witnesses compared, doubtful groups read once more
//! ```
//!
//! A file of its own because the adapter reads in more ways than it writes.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::choose::{UserList, Way, cheaper, pages};
use super::client::{self, Client};
use super::groups::{self, Located, LocatedGroup};
use super::users::{ByUsers, Users};
use super::wire::{Member, User};
use crate::core::diff::WRONG_TYPE;
use crate::core::model::{
    Binding, Found, GroupId, Live, LiveGroup, LookupKey, PersonHandle, Remark, Scope, ScopedGroup, UserId,
    UserType,
};
use crate::providers::pages::Page;
use crate::providers::{Fault, FaultKind};

/// Member lists, as far as they could be read.
type Lists = BTreeMap<GroupId, Result<Vec<Member>, Fault>>;

/// Reads what the scope asks for.
///
/// # Errors
/// When the credentials are not taken, or a list that every group depends on cannot be read.
pub async fn read(client: &Client, scope: &Scope) -> Result<Live, Fault> {
    let start = Start::of(scope, client.page_size());
    let (located, users, first_users, lists) = tokio::try_join!(
        groups::locate(client, scope),
        list_users(client, start.users),
        look_at_users(client, start.look),
        member_lists(client, start.lists),
    )?;
    let mut reading =
        Reading { client, scope, located, lists, users: None, first_users, by_users: None, user_count: None };
    reading.keep(users);
    reading.finish().await?;
    reading.settle_contradictions().await?;
    Ok(reading.into_live())
}

/// What is surely needed, before anything is known but the scope.
struct Start {
    users: bool,
    /// The first page of users, which tells whether the others are worth reading.
    look: bool,
    lists: BTreeSet<GroupId>,
}

impl Start {
    fn of(scope: &Scope, page_size: usize) -> Self {
        let employee = |group: &&ScopedGroup| group.user_type == UserType::Employee;
        let needed = finds_people(scope);
        // A group bound by name counts as one page: it has at least one, so that a user list that is
        // cheaper now stays so when the name is resolved.
        let pages = scope.groups.iter().filter(employee).map(|group| match bound(group) {
            Some(id) => member_pages(scope, id, page_size),
            None => 1,
        });
        let way = cheaper(pages.sum(), user_list(scope, needed, page_size), scope.hints.by_groups_due);
        let all_bound = scope.groups.iter().filter(employee).all(|group| bound(group).is_some());
        let by_groups = scope.hints.by_groups_due || (way == Way::ByGroups && all_bound);
        let surely = |group: &&ScopedGroup| by_groups || group.user_type == UserType::Customer;
        Self {
            users: needed || way == Way::ByUsers,
            look: way == Way::Look,
            lists: scope.groups.iter().filter(surely).filter_map(bound).cloned().collect(),
        }
    }
}

/// Everything read so far.
struct Reading<'a> {
    client: &'a Client,
    scope: &'a Scope,
    located: Located,
    lists: Lists,
    users: Option<Users>,
    /// Their first page, while it is not decided whether to read the others.
    first_users: Option<Page<User>>,
    /// The memberships of the scope's groups of employees, as the users tell them.
    by_users: Option<ByUsers>,
    /// From the first page, when no other was read.
    user_count: Option<usize>,
}

impl Reading<'_> {
    fn keep(&mut self, users: Option<Users>) {
        self.by_users = users.as_ref().map(|users| users.memberships(&self.employee_ids()));
        self.users = users;
    }

    /// Reads what the start left open.
    async fn finish(&mut self) -> Result<(), Fault> {
        let way = self.choose().await?;
        let complete = self.by_users.as_ref().is_some_and(|by_users| by_users.complete);
        let by_users = way == Way::ByUsers && complete;
        let rest = self.scope.groups.iter().filter_map(|group| {
            let located = self.located.get(&group.handle)?.as_ref().ok()?;
            // Customers are in no user list; neither is whoever sits in a group that is for customers.
            let employees =
                group.user_type == UserType::Employee && !located.user_type.contradicts(UserType::Employee);
            let told = self.lists.contains_key(&located.id) || (by_users && employees);
            (!told).then(|| located.id.clone())
        });
        let more = member_lists(self.client, rest.collect()).await?;
        self.lists.extend(more);
        Ok(())
    }

    /// Chooses the way for the groups of employees, and reads the users if that is it.
    async fn choose(&mut self) -> Result<Way, Fault> {
        let due = self.scope.hints.by_groups_due;
        if self.users.is_some() {
            return Ok(if due { Way::Both } else { Way::ByUsers });
        }
        let size = self.client.page_size();
        let open = self.employee_ids();
        let open = open.iter().filter(|id| !self.lists.contains_key(*id));
        let group_pages = open.map(|id| member_pages(self.scope, id, size)).sum();
        let mut first = None;
        let mut way = cheaper(group_pages, user_list(self.scope, false, size), due);
        if way == Way::Look {
            let page = match self.first_users.take() {
                Some(page) => page,
                None => self.client.first_users().await?,
            };
            self.user_count = page.total;
            way = match client::pages_left(&page) {
                Some(left) => cheaper(group_pages, UserList::Pages(left), due),
                None => Way::ByGroups,
            };
            first = Some(page);
        }
        if way == Way::ByUsers {
            let users = Users::new(self.client.all_users(first).await?);
            self.keep(Some(users));
        }
        Ok(way)
    }

    /// Compares groups whose members came from both lists. Where they contradict each other, somebody
    /// may have changed something between the two reads: both are read once more, and a group about
    /// which they still disagree is not believed.
    async fn settle_contradictions(&mut self) -> Result<(), Fault> {
        let doubtful = self.contradictions();
        if doubtful.is_empty() {
            return Ok(());
        }
        let ids: BTreeSet<GroupId> = doubtful.into_keys().collect();
        let (users, lists) =
            tokio::try_join!(list_users(self.client, true), member_lists(self.client, ids.clone()))?;
        self.keep(users);
        self.lists.extend(lists);
        for (id, reason) in self.contradictions().into_iter().filter(|(id, _)| ids.contains(id)) {
            self.lists.insert(id, Err(Fault::new(FaultKind::Unreadable, reason)));
        }
        Ok(())
    }

    fn contradictions(&self) -> BTreeMap<GroupId, String> {
        let (Some(users), Some(by_users)) = (&self.users, &self.by_users) else { return BTreeMap::new() };
        let reason = |(id, by_users): (&GroupId, &BTreeSet<UserId>)| {
            let members = self.lists.get(id)?.as_ref().ok()?;
            Some((id.clone(), users.contradiction(by_users, members)?))
        };
        by_users.members.iter().filter_map(reason).collect()
    }

    fn employee_ids(&self) -> BTreeSet<GroupId> {
        let groups = self.scope.groups.iter().filter(|group| group.user_type == UserType::Employee);
        let located = groups.filter_map(|group| self.located.get(&group.handle)?.as_ref().ok());
        located.map(|group| group.id.clone()).collect()
    }

    /// Files the answers under the handles of the roster.
    fn into_live(mut self) -> Live {
        let scope = self.scope;
        // Without an email to look for, the users may not have been read.
        let nobody = Users::new(Vec::new());
        let found = self.users.as_ref().unwrap_or(&nobody).find(&scope.lookups);
        let users = self.users.as_ref().map(Users::count).or(self.user_count);
        let accounts = self.users.as_ref().map(Users::accounts);
        let mut live = Live { found, users, accounts, by_groups: true, ..Live::default() };
        for group in &scope.groups {
            match self.located.remove(&group.handle) {
                None => {}
                // It has no member list that could have been read.
                Some(Err(why)) => drop(live.unread.insert(group.handle.clone(), why)),
                Some(Ok(located)) => {
                    live.by_groups &= matches!(self.lists.get(&located.id), Some(Ok(_)));
                    match self.live_group(group, located, &live.found) {
                        Ok(read) => drop(live.groups.insert(group.handle.clone(), read)),
                        Err(fault) => drop(live.unread.insert(group.handle.clone(), fault.detail)),
                    }
                }
            }
        }
        live.by_groups &= !live.groups.is_empty();
        live
    }

    /// Makes one group out of what was read. Its member list, where there is one, is the better witness.
    fn live_group(
        &mut self,
        group: &ScopedGroup,
        located: LocatedGroup,
        found: &BTreeMap<PersonHandle, Found>,
    ) -> Result<LiveGroup, Fault> {
        let mut remarks: Vec<Remark> = own_type(group, &located).into_iter().collect();
        let listed = self.lists.remove(&located.id).transpose()?;
        let members: BTreeSet<UserId> = match listed {
            Some(listed) => {
                remarks.extend(member_types(group, &listed));
                listed.into_iter().map(|member| member.user).collect()
            }
            None => {
                self.by_users.as_mut().and_then(|read| read.members.remove(&located.id)).ok_or_else(|| {
                    Fault::new(FaultKind::Unreadable, format!("nothing said who is in group {}", located.id))
                })?
            }
        };
        remarks.extend(self.users.iter().flat_map(|users| users.locked(found, &members)));
        Ok(LiveGroup { id: located.id, name: located.name, members, remarks })
    }
}

fn own_type(group: &ScopedGroup, located: &LocatedGroup) -> Option<Remark> {
    located.user_type.contradicts(group.user_type).then(|| Remark {
        code: WRONG_TYPE,
        user: None,
        detail: format!(
            "the group is for {} at Emporix, the roster says {}; correct `user_type`",
            located.user_type.as_str(),
            group.user_type.as_str()
        ),
    })
}

/// Adding somebody again under another type changes nothing and answers 204 (seed 000), so that the
/// type of a member is only ever seen here.
fn member_types<'a>(group: &'a ScopedGroup, members: &'a [Member]) -> impl Iterator<Item = Remark> + 'a {
    let wrong = members.iter().filter(|member| member.user_type.contradicts(group.user_type));
    wrong.map(|member| Remark {
        code: WRONG_TYPE,
        user: Some(member.user.clone()),
        detail: format!(
            "{} is a member as {}, the group is for {}",
            member.user,
            member.user_type.as_str(),
            group.user_type.as_str()
        ),
    })
}

fn finds_people(scope: &Scope) -> bool {
    scope.lookups.iter().any(|lookup| matches!(lookup.key, LookupKey::Email(_)))
}

fn bound(group: &ScopedGroup) -> Option<&GroupId> {
    match &group.binding {
        Binding::Id(id) | Binding::Seen(id) => Some(id),
        Binding::Name(_) => None,
    }
}

fn member_pages(scope: &Scope, id: &GroupId, page_size: usize) -> usize {
    scope.hints.members.get(id).map_or(1, |members| pages(*members, page_size))
}

fn user_list(scope: &Scope, needed: bool, page_size: usize) -> UserList {
    match scope.hints.users {
        _ if needed => UserList::ReadAnyway,
        Some(users) => UserList::Pages(pages(users, page_size)),
        None => UserList::Unknown,
    }
}

async fn list_users(client: &Client, wanted: bool) -> Result<Option<Users>, Fault> {
    Ok(if wanted { Some(Users::new(client.all_users(None).await?)) } else { None })
}

async fn look_at_users(client: &Client, wanted: bool) -> Result<Option<Page<User>>, Fault> {
    Ok(if wanted { Some(client.first_users().await?) } else { None })
}

/// Reads the member lists of some groups. What goes wrong in one group is that group's affair, except
/// for credentials that are not taken: those are not tried again for every group.
async fn member_lists(client: &Client, groups: BTreeSet<GroupId>) -> Result<Lists, Fault> {
    stream::iter(groups)
        .map(|group| async move {
            match client.members(&group).await {
                Err(fault) if fault.kind == FaultKind::Auth => Err(fault),
                members => Ok((group, members)),
            }
        })
        .buffer_unordered(client.concurrency())
        .try_collect()
        .await
}
