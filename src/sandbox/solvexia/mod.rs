//! SolveXia user groups. Every list comes whole; nothing takes query parameters.

mod groups;
mod permissions;
mod refusal;
mod routes;
#[cfg(test)]
mod tests;
mod world;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{server::Served, tokens::scopes};

pub use world::World;

/// The server of this API.
pub type Solvexia = Served<World>;

/// The client of the sandbox.
pub const CLIENT_ID: &str = "sandbox-solvexia-client";
/// Obviously no secret.
pub const CLIENT_SECRET: &str = "sandbox-solvexia-not-a-secret";

/// A user id of this form.
#[must_use]
pub fn user_id(number: u64) -> String {
    format!("u-{number}")
}

/// A group id of this form.
#[must_use]
pub fn group_id(number: u64) -> String {
    format!("ug-{number}")
}

/// A user to seed.
#[derive(Clone, Debug)]
pub struct User {
    pub(super) id: String,
    pub(super) login: String,
    pub(super) email: String,
    pub(super) status: String,
}

impl User {
    /// An active user, with an email made from the login unless told otherwise.
    #[must_use]
    pub fn new(id: &str, login: &str) -> User {
        User {
            id: id.to_owned(),
            login: login.to_owned(),
            email: format!("{login}@example.com"),
            status: "Active".to_owned(),
        }
    }

    /// With this email.
    #[must_use]
    pub fn email(mut self, email: &str) -> User {
        email.clone_into(&mut self.email);
        self
    }

    /// With this `accountStatus`: `Active`, `Suspended`, `Locked`, or something new.
    #[must_use]
    pub fn status(mut self, status: &str) -> User {
        status.clone_into(&mut self.status);
        self
    }
}

impl Solvexia {
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

    /// Makes an account, or replaces one without touching its memberships.
    pub fn add_user(&self, user: User) {
        self.world().add_user(user);
    }

    /// Makes a group, or renames one.
    pub fn add_group(&self, id: &str, name: &str) {
        self.world().add_group(id, name);
    }

    /// Puts a user into a group; nothing if either is unknown.
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

    /// Changes a name.
    pub fn rename_group(&self, group: &str, name: &str) {
        self.world().rename_group(group, name);
    }

    /// Removes a group with its memberships.
    pub fn delete_group(&self, group: &str) {
        self.world().delete_group(group);
    }

    /// Changes the login of an account.
    pub fn change_login(&self, user: &str, login: &str) {
        self.world().change_login(user, login);
    }

    /// Changes the `accountStatus`.
    pub fn set_status(&self, user: &str, status: &str) {
        self.world().set_status(user, status);
    }

    /// Removes an account with its memberships.
    pub fn delete_user(&self, user: &str) {
        self.world().delete_user(user);
    }

    /// Whether adding a member again is refused with 409 rather than answered like the first time.
    pub fn refuse_double_add(&self, refuse: bool) {
        self.world().refuse_double_add = refuse;
    }

    /// Whether the token that still lives is handed out again with the time that is left, as the fraction in
    /// the documented `expires_in` suggests. On at the start.
    pub fn reuse_tokens(&self, reuse: bool) {
        self.world().reuse_tokens = reuse;
    }

    /// The scopes that the client may ask for.
    pub fn allow_scopes(&self, allowed: &str) {
        self.world().client_scopes = scopes(allowed);
    }

    /// How long tokens live from now on; 9.4173 s at the start, the documented example.
    pub fn token_lifetime(&self, lifetime: Duration) {
        self.world().tokens.set_lifetime(lifetime);
    }

    /// A token that does not expire, for a configuration without a client.
    #[must_use]
    pub fn static_token(&self, granted: &str) -> String {
        self.world().tokens.issue_forever(scopes(granted))
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
