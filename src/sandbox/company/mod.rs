//! Company v3 user groups. Only the PATCH of members writes; every other POST reads.

mod bodies;
mod groups;
mod members;
mod refusal;
mod routes;
mod stamp;
#[cfg(test)]
mod tests;
mod users;
mod world;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::server::Served;

pub use world::World;

/// The server of this API.
pub type Company = Served<World>;

/// The company of the sandbox.
pub const COMPANY: &str = "7c9d1a52-3b0e-4f6a-9a41-0d5c2e8f6b10";
/// Its client.
pub const CLIENT_ID: &str = "sandbox-company-client";
/// Obviously no secret.
pub const CLIENT_SECRET: &str = "sandbox-company-not-a-secret";

/// A user id of this form.
#[must_use]
pub fn user_id(number: u64) -> String {
    format!("0f3b9a7e-1c2d-4e5f-8a6b-{:012x}", number & 0xffff_ffff_ffff)
}

/// A group id of this form.
#[must_use]
pub fn group_id(number: u64) -> String {
    format!("a1f0c6d2-5e47-4b8e-8c3d-{:012x}", number & 0xffff_ffff_ffff)
}

/// A user to seed; active, and of the sandbox's company unless told otherwise.
#[derive(Clone, Debug)]
pub struct User {
    pub(super) id: String,
    pub(super) email: String,
    pub(super) company: String,
    pub(super) external_id: Option<String>,
    pub(super) employee_id: Option<String>,
    pub(super) active: bool,
}

impl User {
    /// A user; the id should be a UUID, others cannot be asked for.
    #[must_use]
    pub fn new(id: &str, email: &str) -> User {
        User {
            id: id.to_owned(),
            email: email.to_owned(),
            company: COMPANY.to_owned(),
            external_id: None,
            employee_id: None,
            active: true,
        }
    }

    /// No longer active.
    #[must_use]
    pub fn inactive(mut self) -> User {
        self.active = false;
        self
    }

    /// Of another company.
    #[must_use]
    pub fn of_company(mut self, company: &str) -> User {
        company.clone_into(&mut self.company);
        self
    }

    /// With the partner's own id.
    #[must_use]
    pub fn external(mut self, id: &str) -> User {
        self.external_id = Some(id.to_owned());
        self
    }

    /// With an employee id.
    #[must_use]
    pub fn employee(mut self, id: &str) -> User {
        self.employee_id = Some(id.to_owned());
        self
    }
}

/// A group to seed, of the sandbox's company unless told otherwise.
#[derive(Clone, Debug)]
pub struct Group {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) company: String,
    pub(super) unmodifiable: bool,
}

impl Group {
    /// A group; the id should be a UUID, others cannot be asked for.
    #[must_use]
    pub fn new(id: &str, name: &str) -> Group {
        Group { id: id.to_owned(), name: name.to_owned(), company: COMPANY.to_owned(), unmodifiable: false }
    }

    /// Of another company.
    #[must_use]
    pub fn of_company(mut self, company: &str) -> Group {
        company.clone_into(&mut self.company);
        self
    }

    /// Made by the platform. Its members may change all the same (seed 003).
    #[must_use]
    pub fn unmodifiable(mut self) -> Group {
        self.unmodifiable = true;
        self
    }
}

/// What a PATCH does when one of its users cannot be taken; no document says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadMember {
    /// The whole call is refused.
    RefusesAll,
    /// The others are taken, and the call is answered as refused.
    RefusesOne,
    /// The others are taken, and the call is answered as done.
    IsSkipped,
}

/// What no published document settles, and what a test may want otherwise.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one open question of its own")]
pub struct Settings {
    /// The field that removes members.
    pub remove_field: String,
    /// Whether a field that is not known is ignored by PATCH rather than refused.
    pub ignore_unknown_fields: bool,
    /// Whether PATCH insists on `userIdsToAdd`, as seed 003 calls it required.
    pub require_add_field: bool,
    /// The most ids in one PATCH.
    pub most_ids: usize,
    /// What one bad id does to the others.
    pub bad_member: BadMember,
    /// How it is refused: 404 or 400.
    pub bad_member_status: u16,
    /// Pages hold so many items at most, whatever was asked; None: no limit.
    pub page_clamp: Option<usize>,
    /// Whether the draft operation `POST /v3/users/list` is refused with 403.
    pub refuse_user_list: bool,
    /// Whether its rows hold the id alone, as in the only documented example.
    pub bare_user_list: bool,
    /// Whether `expires_in` is left out of the token, which the documents allow.
    pub hide_expiry: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            remove_field: "userIdsToRemove".to_owned(),
            ignore_unknown_fields: false,
            require_add_field: false,
            most_ids: 100,
            bad_member: BadMember::RefusesAll,
            bad_member_status: 404,
            page_clamp: None,
            refuse_user_list: false,
            bare_user_list: false,
            hide_expiry: false,
        }
    }
}

impl Company {
    /// The company in every path.
    #[must_use]
    pub fn company_id(&self) -> &'static str {
        COMPANY
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

    /// Every group with its members, of every company.
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

    /// Changes the email of an account.
    pub fn change_email(&self, user: &str, email: &str) {
        self.world().change_email(user, email);
    }

    /// Makes an account active or not.
    pub fn set_active(&self, user: &str, active: bool) {
        self.world().set_active(user, active);
    }

    /// Removes an account with its memberships.
    pub fn delete_user(&self, user: &str) {
        self.world().delete_user(user);
    }

    /// Changes the settings.
    pub fn set(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.world().settings);
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

    /// Every token that was handed out is void, as after the secret was rotated.
    pub fn revoke_tokens(&self) {
        self.world().tokens.revoke();
    }
}
