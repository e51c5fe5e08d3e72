//! Emporix IAM: groups, memberships, dashboard users, and as much of the customer service as a look-up by
//! email needs. The operations that empty groups and remove accounts are there and do their damage, so that a
//! test sees who calls them.

mod customers;
mod groups;
mod refusal;
mod routes;
#[cfg(test)]
mod tests;
mod users;
mod wire;
mod world;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::server::Served;

pub use world::World;

/// The server of this API.
pub type Emporix = Served<World>;

/// The tenant of the sandbox.
pub const TENANT: &str = "sandboxshop";
/// Its client.
pub const CLIENT_ID: &str = "sandbox-emporix-client";
/// Obviously no secret.
pub const CLIENT_SECRET: &str = "sandbox-emporix-not-a-secret";

/// A user id that looks like the documented ones: `00u7hq2LmZpWc9T4x417` (seed 002).
#[must_use]
pub fn user_id(number: u64) -> String {
    format!("00u4uk{number:011}417")
}

/// A group id that looks like a UUID and is none (official).
#[must_use]
pub fn group_id(number: u64) -> String {
    format!("1gr5e52e-6e27-4ac5-9471-{number:012}")
}

/// What users a group was made for, and what a user is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserType {
    /// Someone with a dashboard account.
    Employee,
    /// Someone who buys.
    Customer,
}

impl UserType {
    pub(super) fn parse(text: &str) -> Option<UserType> {
        match text {
            "EMPLOYEE" => Some(UserType::Employee),
            "CUSTOMER" => Some(UserType::Customer),
            _ => None,
        }
    }

    pub(super) fn text(self) -> &'static str {
        match self {
            UserType::Employee => "EMPLOYEE",
            UserType::Customer => "CUSTOMER",
        }
    }
}

/// A user to seed.
#[derive(Clone, Debug)]
pub struct User {
    pub(super) id: String,
    pub(super) email: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
    /// Of dashboard users that are older than the field, it differs from the id (seed 002).
    pub(super) number: String,
    pub(super) kind: UserType,
    pub(super) locked: bool,
}

impl User {
    /// A dashboard user.
    #[must_use]
    pub fn employee(id: &str, email: &str) -> User {
        let name = email.split('@').next().unwrap_or_default();
        let (first_name, last_name) = name.split_once('.').unwrap_or((name, "Example"));
        User {
            id: id.to_owned(),
            email: email.to_owned(),
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            number: id.to_owned(),
            kind: UserType::Employee,
            locked: false,
        }
    }

    /// A customer.
    #[must_use]
    pub fn customer(id: &str, email: &str) -> User {
        User { kind: UserType::Customer, ..User::employee(id, email) }
    }

    /// With this name rather than one made from the email.
    #[must_use]
    pub fn named(mut self, first: &str, last: &str) -> User {
        first.clone_into(&mut self.first_name);
        last.clone_into(&mut self.last_name);
        self
    }

    /// Cannot log in to the dashboard.
    #[must_use]
    pub fn locked(mut self) -> User {
        self.locked = true;
        self
    }

    /// With a `backofficeUserNumber` other than the id.
    #[must_use]
    pub fn numbered(mut self, number: &str) -> User {
        number.clone_into(&mut self.number);
        self
    }
}

/// A group to seed; for employees unless told otherwise.
#[derive(Clone, Debug)]
pub struct Group {
    pub(super) id: String,
    pub(super) name: BTreeMap<String, String>,
    pub(super) kind: UserType,
    pub(super) code: Option<String>,
    pub(super) vendor: Option<String>,
    pub(super) legal_entity: Option<String>,
    pub(super) predefined: bool,
}

impl Group {
    /// A group with an English name.
    #[must_use]
    pub fn new(id: &str, name: &str) -> Group {
        Group {
            id: id.to_owned(),
            name: BTreeMap::from([("en".to_owned(), name.to_owned())]),
            kind: UserType::Employee,
            code: None,
            vendor: None,
            legal_entity: None,
            predefined: false,
        }
    }

    /// With its name in one more language.
    #[must_use]
    pub fn translated(mut self, language: &str, name: &str) -> Group {
        self.name.insert(language.to_owned(), name.to_owned());
        self
    }

    /// For customers.
    #[must_use]
    pub fn for_customers(mut self) -> Group {
        self.kind = UserType::Customer;
        self
    }

    /// Of a vendor: an employee's groups must share one.
    #[must_use]
    pub fn of_vendor(mut self, vendor: &str) -> Group {
        self.vendor = Some(vendor.to_owned());
        self
    }

    /// One of the predefined customer groups (Admin, Buyer, Requester) of a legal entity, of which a customer
    /// can be in one only.
    #[must_use]
    pub fn predefined(mut self, legal_entity: &str, code: &str) -> Group {
        self.kind = UserType::Customer;
        self.legal_entity = Some(legal_entity.to_owned());
        self.code = Some(code.to_owned());
        self.predefined = true;
        self
    }
}

impl Emporix {
    /// The tenant in every path.
    #[must_use]
    pub fn tenant(&self) -> &'static str {
        TENANT
    }

    /// The client that may log in.
    #[must_use]
    pub fn client_id(&self) -> &'static str {
        CLIENT_ID
    }

    /// Its secret, obviously none.
    #[must_use]
    pub fn client_secret(&self) -> &'static str {
        CLIENT_SECRET
    }

    /// Takes another secret from now on, and no longer the first. Tokens stay good.
    pub fn rotate_secret(&self, secret: &str) {
        secret.clone_into(&mut self.world().client_secret);
    }

    /// Makes an account, or replaces one without touching its memberships.
    pub fn add_user(&self, user: User) {
        self.world().add_user(user);
    }

    /// Makes a group, or replaces one without touching its memberships.
    pub fn add_group(&self, group: Group) {
        self.world().add_group(group);
    }

    /// Puts a user into a group, whatever the rules say; nothing if either is unknown.
    pub fn join(&self, group: &str, user: &str) {
        self.world().join(group, user);
    }

    /// Takes a user out of a group.
    pub fn leave(&self, group: &str, user: &str) {
        self.world().leave(group, user);
    }

    /// The ids of the members; none of an unknown group.
    #[must_use]
    pub fn members(&self, group: &str) -> BTreeSet<String> {
        self.memberships().remove(group).unwrap_or_default()
    }

    /// Every group with its members.
    #[must_use]
    pub fn memberships(&self) -> BTreeMap<String, BTreeSet<String>> {
        self.world().memberships()
    }

    /// Changes a name in one language.
    pub fn rename_group(&self, group: &str, language: &str, name: &str) {
        self.world().rename_group(group, language, name);
    }

    /// Removes a group with its memberships.
    pub fn delete_group(&self, group: &str) {
        self.world().delete_group(group);
    }

    /// Changes the email of an account.
    pub fn change_email(&self, user: &str, email: &str) {
        self.world().change_email(user, email);
    }

    /// Locks or unlocks an account.
    pub fn lock_user(&self, user: &str, locked: bool) {
        self.world().lock_user(user, locked);
    }

    /// Removes an account with its memberships.
    pub fn delete_user(&self, user: &str) {
        self.world().delete_user(user);
    }

    /// Pages hold so many items at most, whatever was asked; None: no limit.
    pub fn clamp_pages(&self, most: Option<usize>) {
        self.world().page_clamp = most;
    }

    /// Leaves these employees out of `GET /users`, though they are members and can be read one by one.
    pub fn hide_users(&self, users: &[&str]) {
        self.world().hidden = users.iter().map(|&user| user.to_owned()).collect();
    }

    /// The scopes that the client may have; a token gets no other.
    pub fn allow_scopes(&self, scopes: &str) {
        self.world().client_scopes = crate::sandbox::tokens::scopes(scopes);
    }

    /// How long tokens live from now on, in whole seconds.
    pub fn token_lifetime(&self, lifetime: Duration) {
        self.world().tokens.set_lifetime(lifetime);
    }

    /// The tokens that were handed out and are not known to have run out, to look for where they must not be.
    #[must_use]
    pub fn tokens(&self) -> Vec<String> {
        self.world().tokens.handed_out()
    }

    /// Every token that was handed out is void.
    pub fn revoke_tokens(&self) {
        self.world().tokens.revoke();
    }
}
