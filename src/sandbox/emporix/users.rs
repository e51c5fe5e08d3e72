//! Management dashboard users. `/users/{…}` is keyed by `backofficeUserNumber` (seed 002).

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    User, UserType,
    groups::group_ids,
    refusal::Refusal,
    user_id,
    wire::{self, Page},
    world::{Account, World},
};
use crate::sandbox::exchange::{Answer, Call};

/// Required of a user that is changed, and with `contactEmail` of a new one.
const REQUIRED: [&str; 7] = [
    "firstName",
    "lastName",
    "preferredSite",
    "preferredCurrency",
    "preferredLanguage",
    "department",
    "groupIds",
];

impl World {
    /// Employees only: any other type answers 400 (official example), though the text names customers.
    pub(super) fn list_users(&self, call: &Call) -> Result<Answer, Refusal> {
        self.need(call, "iam.user_read")?;
        call.without_body()?;
        call.only_query(&["pageNumber", "pageSize", "expand", "userType"])?;
        if call.query.get("userType").is_some_and(|kind| kind != "EMPLOYEE") {
            return Err(Refusal::bad_request("This user type is not supported yet for the user search")
                .with_detail("Wrong user type."));
        }
        let page = Page::asked_by(call, self.page_clamp)?;
        let expanded = wire::expanded(call)?;
        if !wants_json(call) {
            return Ok(Answer::text(StatusCode::OK, "application/xml", "<users/>"));
        }
        let employees: Vec<&Account> = self.employees().collect();
        Ok(page.of(employees.len(), employees.into_iter(), |account| wire::user(self, account, expanded)))
    }

    pub(super) fn list_vendor_users(&self, call: &Call, vendor: &str) -> Result<Answer, Refusal> {
        self.need(call, "iam.user_read")?;
        call.without_body()?;
        call.only_query(&[])?;
        if !wants_json(call) {
            return Ok(Answer::text(StatusCode::OK, "application/xml", "<users/>"));
        }
        let of_vendor = |account: &&Account| {
            let mut rooms = account.groups.iter().filter_map(|id| self.groups.get(id));
            rooms.any(|room| room.group.vendor.as_deref() == Some(vendor))
        };
        let users: Vec<Value> =
            self.employees().filter(of_vendor).map(|account| wire::user(self, account, false)).collect();
        let total = users.len().to_string();
        Ok(Answer::json(StatusCode::OK, users.into()).with("x-total-count", &total))
    }

    pub(super) fn get_user(&self, call: &Call, number: &str) -> Result<Answer, Refusal> {
        self.need(call, "iam.user_read")?;
        call.without_body()?;
        call.only_query(&["expand"])?;
        let expanded = wire::expanded(call)?;
        let account = self.by_number(number).ok_or_else(|| Refusal::no_user(number))?;
        Ok(Answer::json(StatusCode::OK, wire::user(self, account, expanded)))
    }

    pub(super) fn create_user(&mut self, call: &Call) -> Result<Answer, Refusal> {
        self.need(call, "iam.user_create")?;
        let mut required = REQUIRED.to_vec();
        required.push("contactEmail");
        let fields = wire::fields(call, &required, &[])?;
        let groups = group_ids(self, &fields["groupIds"])?;
        let mut free = 900_000_000 + self.users.len() as u64;
        while self.users.contains_key(&user_id(free)) {
            free += 1;
        }
        let id = user_id(free);
        let email = wire::text(&fields, "contactEmail")?;
        let (first, last) = (wire::text(&fields, "firstName")?, wire::text(&fields, "lastName")?);
        self.add_user(User::employee(&id, email).named(first, last));
        for group in groups {
            self.join(&group, &id);
        }
        Ok(Answer::json(StatusCode::CREATED, json!({ "id": id })))
    }

    /// Drops the user from every group, then applies `groupIds`; overwrites the profile too (seed 002).
    pub(super) fn put_user(&mut self, call: &Call, number: &str) -> Result<Answer, Refusal> {
        self.need(call, "iam.user_update")?;
        let mut required = REQUIRED.to_vec();
        required.push("backofficeUserNumber");
        let fields = wire::fields(call, &required, &[])?;
        let groups = group_ids(self, &fields["groupIds"])?;
        let (first, last) = (wire::text(&fields, "firstName")?, wire::text(&fields, "lastName")?);
        let account = self.by_number(number).ok_or_else(|| Refusal::no_user(number))?;
        let user = account.user.clone().named(first, last);
        let id = user.id.clone();
        self.leave_all(&id);
        self.add_user(user);
        for group in groups {
            self.join(&group, &id);
        }
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }

    /// Removes all access. No 404 is documented.
    pub(super) fn delete_account(&mut self, call: &Call, number: &str) -> Result<Answer, Refusal> {
        self.need(call, "iam.user_delete")?;
        call.without_body()?;
        call.only_query(&["forceDelete"])?;
        let id = self.by_number(number).map(|account| account.user.id.clone());
        if let Some(id) = id {
            self.delete_user(&id);
        }
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }

    fn employees(&self) -> impl Iterator<Item = &Account> {
        self.users.values().filter(|account| {
            account.user.kind == UserType::Employee && !self.hidden.contains(&account.user.id)
        })
    }

    fn by_number(&self, number: &str) -> Option<&Account> {
        let account = self.users.get(self.numbers.get(number)?)?;
        (account.user.kind == UserType::Employee).then_some(account)
    }
}

/// The user lists declare XML too: who does not ask for JSON may get either (seed 002), and gets XML here.
fn wants_json(call: &Call) -> bool {
    call.header("accept").is_some_and(|accepted| accepted.contains("application/json"))
}
