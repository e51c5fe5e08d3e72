//! Members of a group, and the one call that changes them.

use std::collections::HashSet;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    BadMember, COMPANY, Settings,
    bodies::{ListMembers, MemberFilter, MemberKey, Moment, Order, body, check_id},
    refusal::Refusal,
    stamp,
    world::{World, moment},
};
use crate::sandbox::exchange::{Answer, Call};

impl World {
    pub(super) fn list_members(&self, call: &Call, group: &str) -> Result<Answer, Refusal> {
        let asked: ListMembers = body(call)?;
        let (start, size) = asked.pagination.bounds(self.settings.page_clamp)?;
        let filters: Vec<Filter<'_>> =
            asked.filters.iter().map(Filter::checked).collect::<Result<_, Refusal>>()?;
        let room = self.room(group)?;
        let mut members: Vec<(u64, &String)> = room
            .members
            .iter()
            .map(|(&serial, user)| (serial, user))
            .filter(|(serial, user)| {
                filters.is_empty() || filters.iter().any(|filter| filter.holds(*serial, user))
            })
            .collect();
        match &asked.sort_params {
            Some(sort) => {
                let MemberKey::AddedAt = sort.sort_by;
                if sort.sort_order == Order::Descending {
                    members.reverse();
                }
            }
            // No order is promised without one, so it is not one that somebody might rely on.
            None => members.sort_by_key(|(_, user)| *user),
        }
        let total = members.len();
        let row = |(serial, user): (u64, &String)| json!({ "userId": user, "addedAt": { "iso8601": stamp::text(moment(serial)) } });
        let rows: Vec<Value> = members.into_iter().skip(start).take(size).map(row).collect();
        let body = json!({ "members": rows, "pagination": { "totalNumResults": total } });
        Ok(Answer::json(StatusCode::OK, body))
    }

    /// 200 without a body. Adding a member again and removing a stranger change nothing and are no error
    /// (inferred). Adding and removing in one call is described nowhere, so it is refused.
    pub(super) fn patch_members(&mut self, call: &Call, group: &str) -> Result<Answer, Refusal> {
        call.only_query(&[])?;
        let Value::Object(fields) = call.json()? else {
            return Err(Refusal::invalid("the body must be an object"));
        };
        let change = Change::checked(&fields, &self.settings)?;
        self.room(group)?;
        let cannot_enter = change.add.iter().filter(|user| !self.can_enter(user));
        let cannot_leave = change.remove.iter().filter(|user| !self.is_ours(user));
        let bad: Vec<&String> = cannot_enter.chain(cannot_leave).copied().collect();
        let refusal = self.refusal_of(&bad);
        if let Some(refusal) = refusal {
            match self.settings.bad_member {
                BadMember::RefusesAll => return Err(refusal),
                BadMember::RefusesOne => {
                    self.carry_out(group, &change);
                    return Err(refusal);
                }
                BadMember::IsSkipped => {}
            }
        }
        self.carry_out(group, &change);
        Ok(Answer::empty(StatusCode::OK))
    }

    fn carry_out(&mut self, group: &str, change: &Change<'_>) {
        let Change { add, remove } = change;
        for user in add {
            if self.can_enter(user) {
                self.join(group, user);
            }
        }
        for user in remove {
            self.leave(group, user);
        }
    }

    /// Users being added must be active, too (inferred).
    fn can_enter(&self, user: &str) -> bool {
        self.is_ours(user) && self.users.get(user).is_some_and(|account| account.user.active)
    }

    /// Users being added must belong to the company of the group (seed 003).
    fn is_ours(&self, user: &str) -> bool {
        self.users.get(user).is_some_and(|account| account.user.company == COMPANY)
    }

    fn refusal_of(&self, bad: &[&String]) -> Option<Refusal> {
        if bad.is_empty() {
            return None;
        }
        let unknown = Refusal::not_found("User not found");
        let refusal = match self.settings.bad_member_status {
            404 => unknown,
            _ => Refusal::invalid("User not found"),
        };
        Some(bad.iter().fold(refusal, |refusal, user| refusal.about("userId", user)))
    }
}

/// One filter; its conditions hold together, of several filters one is enough.
struct Filter<'a> {
    after: Option<jiff::Timestamp>,
    before: Option<jiff::Timestamp>,
    users: Option<HashSet<&'a str>>,
}

impl Filter<'_> {
    fn checked(filter: &MemberFilter) -> Result<Filter<'_>, Refusal> {
        let MemberFilter { added_after, added_before, user_ids } = filter;
        for id in user_ids.iter().flatten() {
            check_id("userIds", id)?;
        }
        Ok(Filter {
            after: added_after.as_ref().map(instant).transpose()?,
            before: added_before.as_ref().map(instant).transpose()?,
            users: user_ids.as_ref().map(|ids| ids.iter().map(String::as_str).collect()),
        })
    }

    /// After is inclusive, before exclusive (official).
    fn holds(&self, serial: u64, user: &str) -> bool {
        let added = moment(serial);
        self.after.is_none_or(|after| added >= after)
            && self.before.is_none_or(|before| added < before)
            && self.users.as_ref().is_none_or(|users| users.contains(user))
    }
}

fn instant(moment: &Moment) -> Result<jiff::Timestamp, Refusal> {
    let text = &moment.iso8601;
    stamp::parse(text).ok_or_else(|| Refusal::invalid("not a timestamp").about("iso8601", text))
}

/// What a PATCH asks for.
struct Change<'a> {
    add: Vec<&'a String>,
    remove: Vec<&'a String>,
}

impl<'a> Change<'a> {
    fn checked(fields: &'a Map<String, Value>, settings: &Settings) -> Result<Change<'a>, Refusal> {
        let known = |name: &str| name == "userIdsToAdd" || name == settings.remove_field;
        if let Some(name) = fields.keys().find(|name| !known(name))
            && !settings.ignore_unknown_fields
        {
            return Err(Refusal::invalid(format!("field '{name}' is not known")).about(name, "unknown"));
        }
        if fields.is_empty() || (settings.require_add_field && !fields.contains_key("userIdsToAdd")) {
            return Err(Refusal::invalid("userIdsToAdd is missing").about("userIdsToAdd", "missing"));
        }
        let change =
            Change { add: ids(fields, "userIdsToAdd")?, remove: ids(fields, &settings.remove_field)? };
        if !change.add.is_empty() && !change.remove.is_empty() {
            return Err(Refusal::invalid("adding and removing in one call is described nowhere"));
        }
        if change.add.len() + change.remove.len() > settings.most_ids {
            return Err(Refusal::invalid(format!("more than {} ids", settings.most_ids)));
        }
        Ok(change)
    }
}

fn ids<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<Vec<&'a String>, Refusal> {
    let Some(value) = fields.get(name) else { return Ok(Vec::new()) };
    let Value::Array(rows) = value else {
        return Err(Refusal::invalid(format!("{name} must be a list")).about(name, "not a list"));
    };
    let mut ids = Vec::new();
    for row in rows {
        let Value::String(id) = row else {
            return Err(Refusal::invalid(format!("{name} must hold texts")).about(name, &row.to_string()));
        };
        check_id(name, id)?;
        ids.push(id);
    }
    Ok(ids)
}
