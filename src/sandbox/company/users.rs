//! Finding users, in the two ways that the documents offer.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    User,
    bodies::{ListUsers, StatusFilter, UserFilter, body, check_id},
    refusal::Refusal,
    world::World,
};
use crate::sandbox::exchange::{Answer, Call};

impl World {
    /// `GET /v2/users`: a company, and at least one thing to look for. Emails match without regard to case.
    pub(super) fn find_users(&self, call: &Call) -> Result<Answer, Refusal> {
        call.without_body()?;
        call.only_query(&["companyId", "tmcId", "email", "externalId", "employeeId", "includeInactive"])?;
        let query = |name: &str| call.query.get(name).map(String::as_str);
        let Some(company) = query("companyId") else {
            return Err(Refusal::invalid("companyId or tmcId is missing").about("companyId", "missing"));
        };
        self.check_company(company)?;
        let inactive_too = match query("includeInactive") {
            None | Some("false") => false,
            Some("true") => true,
            Some(other) => {
                return Err(
                    Refusal::invalid("includeInactive must be true or false").about("includeInactive", other)
                );
            }
        };
        let (email, external, employee) = (query("email"), query("externalId"), query("employeeId"));
        if email.is_none() && external.is_none() && employee.is_none() {
            return Err(Refusal::invalid("email, externalId or employeeId is missing"));
        }
        let found: Vec<Value> = self
            .candidates(email.as_slice())
            .filter(|user| user.company == company && (user.active || inactive_too))
            .filter(|user| external.is_none_or(|id| user.external_id.as_deref() == Some(id)))
            .filter(|user| employee.is_none_or(|id| user.employee_id.as_deref() == Some(id)))
            .map(summary)
            .collect();
        Ok(Answer::json(StatusCode::OK, json!({ "length": found.len(), "elements": found })))
    }

    /// `POST /v3/users/list`, a draft operation. Conditions inside one filter hold together, of several
    /// filters one is enough.
    pub(super) fn list_users(&self, call: &Call) -> Result<Answer, Refusal> {
        if self.settings.refuse_user_list {
            return Err(Refusal::forbidden("Permission missing"));
        }
        let asked: ListUsers = body(call)?;
        let (start, size) = asked.pagination.bounds(self.settings.page_clamp)?;
        self.check_company(&asked.company_id.id)?;
        let mut ids = BTreeSet::new();
        for filter in &asked.filters {
            ids.extend(self.matches(filter)?);
        }
        let text = asked.search_text.as_ref().map(|text| text.to_lowercase());
        let users: Vec<&User> = if asked.filters.is_empty() {
            self.candidates(&[]).collect()
        } else {
            ids.into_iter().filter_map(|id| Some(&self.users.get(id)?.user)).collect()
        };
        let found: Vec<&User> = users
            .into_iter()
            .filter(|user| user.company == asked.company_id.id)
            .filter(|user| match asked.user_status_filter {
                StatusFilter::All => true,
                StatusFilter::Active => user.active,
                StatusFilter::Inactive => !user.active,
            })
            .filter(|user| text.as_ref().is_none_or(|text| user.email.to_lowercase().contains(text)))
            .collect();
        let total = found.len();
        let bare = self.settings.bare_user_list;
        let row = |user: &User| if bare { json!({ "id": user.id }) } else { summary(user) };
        let rows: Vec<Value> = found.into_iter().skip(start).take(size).map(row).collect();
        let body = json!({ "users": rows, "pagination": { "totalNumResults": total } });
        Ok(Answer::json(StatusCode::OK, body))
    }

    fn matches<'a>(&'a self, filter: &UserFilter) -> Result<BTreeSet<&'a str>, Refusal> {
        let UserFilter { user_ids, emails, external_ids } = filter;
        for id in user_ids.iter().flatten() {
            check_id("userIds", &id.id)?;
        }
        let emails: Option<Vec<&str>> = emails.as_ref().map(|list| list.iter().map(String::as_str).collect());
        let candidates: Vec<&User> = match &emails {
            Some(emails) if emails.is_empty() => Vec::new(),
            _ => self.candidates(emails.as_deref().unwrap_or_default()).collect(),
        };
        let has_id =
            |user: &User| user_ids.as_ref().is_none_or(|list| list.iter().any(|id| id.id == user.id));
        let has_external = |user: &User| {
            external_ids
                .as_ref()
                .is_none_or(|list| user.external_id.as_ref().is_some_and(|external| list.contains(external)))
        };
        let found = candidates.into_iter().filter(|user| has_id(user) && has_external(user));
        Ok(found.map(|user| user.id.as_str()).collect())
    }

    /// Users with one of these emails, by the index; every user where none is given.
    fn candidates<'a>(&'a self, emails: &[&str]) -> Box<dyn Iterator<Item = &'a User> + 'a> {
        if emails.is_empty() {
            return Box::new(self.users.values().map(|account| &account.user));
        }
        let found: BTreeSet<&String> =
            emails.iter().filter_map(|email| self.emails.get(&email.to_lowercase())).flatten().collect();
        Box::new(found.into_iter().filter_map(|id| Some(&self.users.get(id)?.user)))
    }
}

fn summary(user: &User) -> Value {
    let mut body = json!({
        "id": user.id,
        "email": user.email,
        "persona": "EMPLOYEE",
        "isActive": user.active,
    });
    if let Some(id) = &user.external_id {
        body["externalId"] = json!(id);
    }
    body
}
