//! One provider of the sandbox with many groups, and a roster that wants one change in either direction in
//! each.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use rosterd::providers::KindName;
use rosterd::sandbox::{Sandbox, Seen, company, emporix, solvexia};

pub const GROUPS: usize = 200;
pub const USERS: usize = 6_000;
const MEMBERS: usize = 30;

/// The sandbox with the groups at one of its providers.
pub struct One {
    pub kind: KindName,
    pub sandbox: Sandbox,
}

impl One {
    pub async fn start(kind: KindName, groups: usize) -> Self {
        let one = Self { kind, sandbox: Sandbox::start().await.unwrap() };
        one.sandbox.solvexia().token_lifetime(std::time::Duration::from_hours(1));
        for user in 0..USERS {
            let (id, name) = (one.user(user), format!("user{user}"));
            match kind {
                KindName::Emporix => {
                    one.sandbox
                        .emporix()
                        .add_user(emporix::User::employee(&id, &format!("{name}@acme.example")));
                }
                KindName::CompanyV3 => {
                    one.sandbox.company().add_user(company::User::new(&id, &format!("{name}@acme.example")));
                }
                KindName::SolveXia => one.sandbox.solvexia().add_user(solvexia::User::new(&id, &name)),
            }
        }
        for group in 0..groups {
            one.add_group(group);
        }
        one
    }

    fn add_group(&self, group: usize) {
        let (id, name) = (self.group(group), format!("Group {group}"));
        match self.kind {
            KindName::Emporix => self.sandbox.emporix().add_group(emporix::Group::new(&id, &name)),
            KindName::CompanyV3 => self.sandbox.company().add_group(company::Group::new(&id, &name)),
            KindName::SolveXia => self.sandbox.solvexia().add_group(&id, &name),
        }
        for member in 0..MEMBERS {
            let user = self.user(group + member);
            match self.kind {
                KindName::Emporix => self.sandbox.emporix().join(&id, &user),
                KindName::CompanyV3 => self.sandbox.company().join(&id, &user),
                KindName::SolveXia => self.sandbox.solvexia().join(&id, &user),
            }
        }
    }

    fn user(&self, number: usize) -> String {
        match self.kind {
            KindName::Emporix => emporix::user_id(number as u64),
            KindName::CompanyV3 => company::user_id(number as u64),
            KindName::SolveXia => solvexia::user_id(number as u64),
        }
    }

    fn group(&self, number: usize) -> String {
        match self.kind {
            KindName::Emporix => emporix::group_id(number as u64),
            KindName::CompanyV3 => company::group_id(number as u64),
            KindName::SolveXia => solvexia::group_id(number as u64),
        }
    }

    /// How long each call takes from now on.
    pub fn latency(&self, latency: std::time::Duration) {
        match self.kind {
            KindName::Emporix => self.sandbox.emporix().latency(latency),
            KindName::CompanyV3 => self.sandbox.company().latency(latency),
            KindName::SolveXia => self.sandbox.solvexia().latency(latency),
        }
    }

    pub fn url(&self) -> &str {
        match self.kind {
            KindName::Emporix => self.sandbox.emporix().url(),
            KindName::CompanyV3 => self.sandbox.company().url(),
            KindName::SolveXia => self.sandbox.solvexia().url(),
        }
    }

    /// What came in since the last time this was asked.
    pub fn take_requests(&self) -> Vec<Seen> {
        match self.kind {
            KindName::Emporix => take(self.sandbox.emporix()),
            KindName::CompanyV3 => take(self.sandbox.company()),
            KindName::SolveXia => take(self.sandbox.solvexia()),
        }
    }

    /// Writes a configuration and a roster in which each group has lost a member and won one.
    pub fn write(&self, folder: &Path, groups: usize) {
        let (kind, more, id, secret) = match self.kind {
            KindName::Emporix => {
                let shop = self.sandbox.emporix();
                ("emporix", format!("tenant = \"{}\"", shop.tenant()), shop.client_id(), shop.client_secret())
            }
            KindName::CompanyV3 => {
                let travel = self.sandbox.company();
                let company = format!("company_id = \"{}\"", travel.company_id());
                ("company-v3", company, travel.client_id(), travel.client_secret())
            }
            KindName::SolveXia => {
                let finance = self.sandbox.solvexia();
                ("solvexia", String::new(), finance.client_id(), finance.client_secret())
            }
        };
        let secret_file = |name: &str, text: &str| {
            use std::os::unix::fs::PermissionsExt as _;
            let path = folder.join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
        };
        secret_file("id", id);
        secret_file("secret", secret);
        let configuration = format!(
            "roster = \"roster.toml\"\n[guard]\nmax_removals = \"off\"\nadopt = \"enforce\"\n\
             [providers.p]\nkind = \"{kind}\"\nbase_url = \"{}\"\n{more}\n\
             client_id = {{ file = \"id\" }}\nclient_secret = {{ file = \"secret\" }}\n",
            self.url()
        );
        fs::write(folder.join("rosterd.toml"), configuration).unwrap();
        let mut roster = String::new();
        for group in 0..groups {
            let members = (1..=MEMBERS).map(|member| format!("{{ id = \"{}\" }}", self.user(group + member)));
            let members = members.collect::<Vec<_>>().join(", ");
            let id = self.group(group);
            writeln!(roster, "[groups.p.g{group}]\nid = \"{id}\"\nmembers = [{members}]").unwrap();
        }
        fs::write(folder.join("roster.toml"), roster).unwrap();
    }
}

fn take<A>(server: &rosterd::sandbox::Served<A>) -> Vec<Seen> {
    let seen = server.requests();
    server.clear_requests();
    seen
}
