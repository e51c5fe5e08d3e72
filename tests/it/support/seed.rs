//! Accounts and groups at the three providers.

use rosterd::sandbox::{company, emporix, solvexia};

use super::book::{Group, Person};
use super::split;
use super::world::World;

impl World {
    pub(super) fn make_account(&self, provider: &str, number: u64, person: &Person) -> String {
        let Person { handle, email, ids, customer, .. } = person;
        let email = email.clone().unwrap_or_else(|| format!("{handle}@acme.example"));
        let id = ids.get(provider).cloned();
        match provider {
            "emporix" => {
                let id = id.unwrap_or_else(|| emporix::user_id(number));
                let made = if *customer { emporix::User::customer } else { emporix::User::employee };
                self.sandbox().emporix().add_user(made(&id, &email));
                id
            }
            "travel" => {
                let id = id.unwrap_or_else(|| company::user_id(number));
                self.sandbox().company().add_user(company::User::new(&id, &email));
                id
            }
            "finance" => {
                let id = id.unwrap_or_else(|| solvexia::user_id(number));
                let login = format!("acme.{handle}");
                self.sandbox().solvexia().add_user(solvexia::User::new(&id, &login).email(&email));
                id
            }
            other => panic!("there is no provider {other}"),
        }
    }

    pub(super) fn make_group(&self, number: u64, group: &Group) -> String {
        let id = group.id.clone();
        match split(&group.path).0 {
            "emporix" => {
                let id = id.unwrap_or_else(|| emporix::group_id(number));
                let made = emporix::Group::new(&id, &group.name);
                let made = if group.customers { made.for_customers() } else { made };
                self.sandbox().emporix().add_group(made);
                id
            }
            "travel" => {
                let id = id.unwrap_or_else(|| company::group_id(number));
                self.sandbox().company().add_group(company::Group::new(&id, &group.name));
                id
            }
            "finance" => {
                let id = id.unwrap_or_else(|| solvexia::group_id(number));
                self.sandbox().solvexia().add_group(&id, &group.name);
                id
            }
            other => panic!("there is no provider {other}"),
        }
    }
}
