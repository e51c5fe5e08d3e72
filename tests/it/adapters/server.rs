//! One of the three providers of the sandbox, and rosterd's adapter for it, behind the same few words.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use rosterd::core::guard::{Limits, Mode};
use rosterd::core::model::{GroupId, UserId, UserType};
use rosterd::providers::secret::{Credentials, SecretRef, SecretSource, Secrets};
use rosterd::providers::{
    self, Access, Connection, Kind, KindName, Provider, ProviderConfig, company_v3,
    emporix as emporix_adapter,
};
use rosterd::sandbox::{Edit, Effect, Sandbox, Seen, company, emporix, solvexia};
use secrecy::SecretString;

use super::world::World;

/// Members by group, both by the ids of the provider.
pub type Memberships = BTreeMap<String, BTreeSet<String>>;

pub struct Server {
    sandbox: Sandbox,
    kind: KindName,
}

impl Server {
    /// A sandbox with a world in it.
    pub async fn of(kind: KindName, world: &World) -> Self {
        let server = Self { sandbox: Sandbox::start().await.unwrap(), kind };
        server.sandbox.solvexia().token_lifetime(Duration::from_hours(1));
        server.sandbox.emporix().clamp_pages(world.clamp);
        server.sandbox.company().set(|settings| settings.page_clamp = world.clamp);
        for user in 0..world.users {
            server.add_user(user);
        }
        for (number, group) in world.groups.iter().enumerate() {
            server.add_group(number, &world.name_of(number), world.is_for_customers(kind, number));
            for user in &group.members {
                server.join(number, &world.user(kind, number, *user));
            }
        }
        server
    }

    fn add_user(&self, user: usize) {
        let id = |customer| user_id(self.kind, user, customer);
        let email = format!("User{user}@acme.example");
        match self.kind {
            KindName::Emporix => {
                self.sandbox.emporix().add_user(emporix::User::employee(id(false).as_str(), &email));
                self.sandbox.emporix().add_user(emporix::User::customer(id(true).as_str(), &email));
            }
            KindName::CompanyV3 => {
                self.sandbox.company().add_user(company::User::new(id(false).as_str(), &email));
            }
            KindName::SolveXia => {
                self.sandbox
                    .solvexia()
                    .add_user(solvexia::User::new(id(false).as_str(), &format!("User{user}")));
            }
        }
    }

    fn add_group(&self, number: usize, name: &str, for_customers: bool) {
        let id = group_id(self.kind, number);
        match self.kind {
            KindName::Emporix => {
                let group = emporix::Group::new(id.as_str(), name);
                let group = if for_customers { group.for_customers() } else { group };
                self.sandbox.emporix().add_group(group);
            }
            KindName::CompanyV3 => self.sandbox.company().add_group(company::Group::new(id.as_str(), name)),
            KindName::SolveXia => self.sandbox.solvexia().add_group(id.as_str(), name),
        }
    }

    fn join(&self, group: usize, user: &UserId) {
        let group = group_id(self.kind, group);
        match self.kind {
            KindName::Emporix => self.sandbox.emporix().join(group.as_str(), user.as_str()),
            KindName::CompanyV3 => self.sandbox.company().join(group.as_str(), user.as_str()),
            KindName::SolveXia => self.sandbox.solvexia().join(group.as_str(), user.as_str()),
        }
    }

    /// Every group with its members.
    pub fn memberships(&self) -> Memberships {
        match self.kind {
            KindName::Emporix => self.sandbox.emporix().memberships(),
            KindName::CompanyV3 => self.sandbox.company().memberships(),
            KindName::SolveXia => self.sandbox.solvexia().memberships(),
        }
    }

    /// Asks this for the fate of each call but those for a token.
    pub fn fail_by(&self, mut chooser: impl FnMut() -> Option<Effect> + Send + 'static) {
        let chooser = move |seen: &Seen| if seen.login { None } else { chooser() };
        match self.kind {
            KindName::Emporix => self.sandbox.emporix().fail_by(chooser),
            KindName::CompanyV3 => self.sandbox.company().fail_by(chooser),
            KindName::SolveXia => self.sandbox.solvexia().fail_by(chooser),
        }
    }

    /// An adapter that is connected to it and has sent nothing.
    pub fn adapter(&self, world: &World) -> Arc<dyn Provider> {
        let (shop, travel, finance) =
            (self.sandbox.emporix(), self.sandbox.company(), self.sandbox.solvexia());
        let (url, id, secret) = match self.kind {
            KindName::Emporix => (shop.url(), shop.client_id(), shop.client_secret()),
            KindName::CompanyV3 => (travel.url(), travel.client_id(), travel.client_secret()),
            KindName::SolveXia => (finance.url(), finance.client_id(), finance.client_secret()),
        };
        let unused = SecretRef { source: SecretSource::Env("UNUSED".to_owned()), set_at: "test".to_owned() };
        let config = ProviderConfig {
            name: "tested".into(),
            kind: self.kind_with_target(),
            base_url: url.parse().unwrap(),
            credentials: Credentials::Client { id: unused.clone(), secret: unused },
            connection: Connection {
                concurrency: world.concurrency,
                page_size: world.page_size,
                // Faults are to be seen, not waited for.
                retry_budget: Duration::ZERO,
                ..Connection::default()
            },
            schedule: None,
            mode: Mode::Enforce,
            limits: Limits::default(),
        };
        let secrets = Secrets::Client { id: SecretString::from(id), secret: SecretString::from(secret) };
        providers::build(&config, secrets, Access::Write).unwrap()
    }

    fn kind_with_target(&self) -> Kind {
        match self.kind {
            KindName::Emporix => {
                let tenant = self.sandbox.emporix().tenant();
                Kind::Emporix(emporix_adapter::config::Config::new(tenant).unwrap())
            }
            KindName::CompanyV3 => {
                let company = self.sandbox.company().company_id();
                Kind::CompanyV3(company_v3::config::Config::new(company, None).unwrap())
            }
            KindName::SolveXia => Kind::SolveXia,
        }
    }
}

/// What somebody else does to one membership.
pub fn edit(kind: KindName, group: usize, user: &UserId, joins: bool) -> Edit {
    let group = group_id(kind, group);
    if joins { Edit::join(group.as_str(), user.as_str()) } else { Edit::leave(group.as_str(), user.as_str()) }
}

pub fn group_id(kind: KindName, number: usize) -> GroupId {
    let number = number as u64 + 1;
    let id = match kind {
        KindName::Emporix => emporix::group_id(number),
        KindName::CompanyV3 => company::group_id(number),
        KindName::SolveXia => solvexia::group_id(number),
    };
    GroupId::new(&id).unwrap()
}

pub fn user_id(kind: KindName, number: usize, customer: bool) -> UserId {
    let number = number as u64 + if customer { 50_001 } else { 1 };
    let id = match kind {
        KindName::Emporix => emporix::user_id(number),
        KindName::CompanyV3 => company::user_id(number),
        KindName::SolveXia => solvexia::user_id(number),
    };
    UserId::new(&id).unwrap()
}

/// Who a group of this world is for, in the words of the core.
pub fn user_type(customers: bool) -> UserType {
    if customers { UserType::Customer } else { UserType::Employee }
}
