//! As much of the customer service as a look-up by email takes (official). Only `id` and `contactEmail` of its
//! rows are certain; the other fields are inferred.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{User, UserType, refusal::Refusal, wire, world::World};
use crate::sandbox::exchange::{Answer, Call};

impl World {
    /// The total comes in a header named `Count`; `pageNumber` needs `pageSize` next to it.
    pub(super) fn list_customers(&self, call: &Call) -> Result<Answer, Refusal> {
        if call.method != Method::GET {
            return Err(Refusal::no_such_method());
        }
        self.need(call, "customer.customer_read")?;
        call.without_body()?;
        call.only_query(&["q", "pageNumber", "pageSize"])?;
        if call.query.contains_key("pageNumber") && !call.query.contains_key("pageSize") {
            return Err(Refusal::bad_request("pageNumber needs pageSize"));
        }
        let number = wire::positive(call, "pageNumber", 1)?;
        let asked = wire::positive(call, "pageSize", 60)?;
        let size = self.page_clamp.map_or(asked, |most| asked.min(most.max(1)));
        let email = call.query.get("q").map(|text| searched_email(text)).transpose()?;
        let customers = self.users.values().map(|account| &account.user);
        let found: Vec<&User> = customers
            .filter(|user| user.kind == UserType::Customer)
            .filter(|user| email.is_none_or(|email| user.email.eq_ignore_ascii_case(email)))
            .collect();
        let total = found.len().to_string();
        let start = (number - 1).saturating_mul(size);
        let rows: Vec<Value> = found.into_iter().skip(start).take(size).map(row).collect();
        Ok(Answer::json(StatusCode::OK, rows.into()).with("count", &total))
    }
}

fn searched_email(query: &str) -> Result<&str, Refusal> {
    let email = query.strip_prefix("contactEmail:");
    email.ok_or_else(|| Refusal::bad_request("q must be contactEmail:<email>"))
}

fn row(user: &User) -> Value {
    json!({
        "id": user.id,
        "customerNumber": user.number,
        "contactEmail": user.email,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "active": !user.locked,
    })
}
