//! JSON of groups and users, paging and languages.

use serde_json::{Map, Value, json};

use super::{
    UserType,
    refusal::Refusal,
    world::{Account, Room, World},
};
use crate::sandbox::exchange::{Answer, Call};

/// The tenant's languages; another one answers 400 (official example).
const LANGUAGES: [&str; 3] = ["en", "de", "fr"];

/// How localized fields are to be shown.
pub(super) enum Shown {
    /// As maps of translations: `*`, and no header, of which the documents only show maps.
    Maps,
    /// As strings, in the first of these languages that there is.
    In(Vec<String>),
}

impl Shown {
    pub(super) fn asked_by(call: &Call) -> Result<Shown, Refusal> {
        let header = call.header("accept-language").unwrap_or_default().trim();
        if header.is_empty() || header == "*" {
            return Ok(Shown::Maps);
        }
        let first_part = |part: &str| part.split(';').next().unwrap_or_default().trim().to_owned();
        let languages: Vec<String> = header.split(',').map(first_part).collect();
        match languages.iter().find(|language| !LANGUAGES.contains(&language.as_str())) {
            None => Ok(Shown::In(languages)),
            Some(language) => Err(Refusal::bad_request("Language header validation failed")
                .with_detail(format!("Following languages are not supported: '{language}'"))),
        }
    }
}

/// A group as it is read.
pub(super) fn group(room: &Room, shown: &Shown) -> Value {
    let group = &room.group;
    let name = match shown {
        Shown::Maps => json!(group.name),
        Shown::In(languages) => {
            json!(languages.iter().find_map(|language| group.name.get(language)).map_or("", String::as_str))
        }
    };
    let description = match shown {
        Shown::Maps => json!({ "en": "A group of the sandbox" }),
        Shown::In(_) => json!("A group of the sandbox"),
    };
    let mut body = json!({
        "id": group.id,
        "name": name,
        "description": description,
        "accessControls": [],
        "templates": [],
        "userType": group.kind.text(),
        "metadata": {
            "version": 1,
            "createdAt": "2026-01-08T09:12:44.120Z",
            "modifiedAt": "2026-02-11T16:40:02.901Z",
        },
    });
    if let Some(code) = &group.code {
        body["code"] = json!(code);
    }
    if let Some(vendor) = &group.vendor {
        body["vendorId"] = json!(vendor);
    }
    if let Some(entity) = &group.legal_entity {
        body["b2b"] = json!({ "legalEntityId": entity });
    }
    body
}

/// A dashboard user as it is read.
pub(super) fn user(world: &World, account: &Account, expanded: bool) -> Value {
    let user = &account.user;
    let mut body = json!({
        "id": user.id,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "backofficeUserNumber": user.number,
        "preferredSite": "main",
        "preferredCurrency": "EUR",
        "preferredLanguage": "en",
        "department": "sandbox",
        "validFrom": "2025-10-02T07:20:11Z",
        "isAccountLocked": user.locked,
        "contactEmail": user.email,
        "status": "ACTIVE",
        "groupIds": account.groups,
        "lastLogin": "2026-02-12T08:01:55.410Z",
    });
    if expanded {
        let rooms = account.groups.iter().filter_map(|id| world.groups.get(id));
        let groups = rooms.map(|room| {
            let Value::Object(mut fields) = group(room, &Shown::Maps) else { return Value::Null };
            let named = ["id", "name", "description", "code", "userType"];
            fields.retain(|name, _| named.contains(&name.as_str()));
            Value::Object(fields)
        });
        body["groups"] = groups.collect();
    }
    body
}

/// One page of a list.
pub(super) struct Page {
    start: usize,
    size: usize,
    wants_total: bool,
}

impl Page {
    /// `pageNumber` and `pageSize` from 1, by default 1 and 60; the total only on request.
    pub(super) fn asked_by(call: &Call, clamp: Option<usize>) -> Result<Page, Refusal> {
        let number = positive(call, "pageNumber", 1)?;
        let asked = positive(call, "pageSize", 60)?;
        let size = clamp.map_or(asked, |most| asked.min(most.max(1)));
        let wants_total = match call.header("x-total-count").map(str::to_ascii_lowercase).as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(Refusal::bad_request("X-Total-Count must be true or false")),
        };
        Ok(Page { start: (number - 1).saturating_mul(size), size, wants_total })
    }

    /// The page out of these rows, of which only those in it are made.
    pub(super) fn of<T>(
        &self,
        total: usize,
        rows: impl Iterator<Item = T>,
        make: impl Fn(T) -> Value,
    ) -> Answer {
        let body: Vec<Value> = rows.skip(self.start).take(self.size).map(make).collect();
        let answer = Answer::json(axum::http::StatusCode::OK, Value::Array(body));
        if self.wants_total { answer.with("x-total-count", &total.to_string()) } else { answer }
    }
}

pub(super) fn positive(call: &Call, name: &str, default: usize) -> Result<usize, Refusal> {
    let Some(text) = call.query.get(name) else { return Ok(default) };
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|&number: &usize| digits && number >= 1);
    number.ok_or_else(|| Refusal::bad_request(format!("{name} must be a number from 1")))
}

/// `expand=groups`, or nothing.
pub(super) fn expanded(call: &Call) -> Result<bool, Refusal> {
    match call.query.get("expand").map(String::as_str) {
        None => Ok(false),
        Some("groups") => Ok(true),
        Some(_) => Err(Refusal::bad_request("expand must be groups")),
    }
}

/// A user type in a query.
pub(super) fn user_type(call: &Call) -> Result<Option<UserType>, Refusal> {
    let Some(text) = call.query.get("userType") else { return Ok(None) };
    match UserType::parse(text) {
        Some(kind) => Ok(Some(kind)),
        None => Err(Refusal::bad_request(format!("'{text}' is not supported"))),
    }
}

/// The fields of a JSON body that has exactly these.
pub(super) fn fields(
    call: &Call,
    required: &[&str],
    optional: &[&str],
) -> Result<Map<String, Value>, Refusal> {
    call.only_query(&[])?;
    let Value::Object(fields) = call.json()? else {
        return Err(Refusal::bad_request("The body must be an object"));
    };
    if let Some(missing) = required.iter().find(|&&name| !fields.contains_key(name)) {
        return Err(Refusal::bad_request(format!("Field '{missing}' is missing")));
    }
    let known = |name: &str| required.contains(&name) || optional.contains(&name);
    match fields.keys().find(|name| !known(name)) {
        Some(name) => Err(Refusal::bad_request(format!("Field '{name}' is not known"))),
        None => Ok(fields),
    }
}

/// A text field that must not be empty.
pub(super) fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<&'a str, Refusal> {
    let text = fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    text.ok_or_else(|| Refusal::bad_request(format!("Field '{name}' must be a text")))
}
