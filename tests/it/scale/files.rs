//! The made-up company as a roster and a configuration would write it, and as the sandbox has it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use jiff::civil::Date;
use rosterd::sandbox::{Sandbox, company, emporix, solvexia};

use super::model;
use super::world::{At, Group, MANAGED, OTHERS, Person, Reference, User, Who, World, email, handle, login};

/// Writes configuration and roster below a folder.
pub fn write(world: &World, sandbox: &Sandbox, timezone: &str, folder: &Path) {
    let roster = folder.join("roster");
    fs::create_dir_all(roster.join("lists")).unwrap();
    fs::write(folder.join("rosterd.toml"), configuration(sandbox, timezone)).unwrap();
    let people: String = world.people.iter().enumerate().map(|(index, it)| person(index, it)).collect();
    fs::write(roster.join("people.toml"), people).unwrap();
    let teams: String = world.teams.iter().enumerate().map(|(index, it)| team(index, it)).collect();
    fs::write(roster.join("teams.toml"), teams).unwrap();
    for at in At::ALL {
        let groups = world.groups.iter().filter(|group| group.at == at);
        let groups: String = groups.map(group).collect();
        fs::write(roster.join(format!("{}.toml", at.name())), groups).unwrap();
    }
    for group in world.groups.iter().filter(|group| !group.listed.is_empty()) {
        let lines: String = group.listed.iter().map(|it| line(group.at, it)).collect();
        fs::write(roster.join(list_of(group)), format!("# Generated.\n{lines}")).unwrap();
    }
}

fn person(index: usize, person: &Person) -> String {
    let mut text = format!("[people.{}]\n", handle(index));
    writeln!(text, "email = \"{}\"", email(index).to_lowercase()).unwrap();
    let ids = At::ALL.into_iter().filter_map(|at| match person.is_looked_up(at) {
        false => Some(format!("{} = \"{}\"", at.name(), at.user_id(User::Person(index)))),
        true if at == At::Finance => {
            Some(format!("finance = {{ login = \"{}\" }}", login(index).to_lowercase()))
        }
        true => None,
    });
    let ids: Vec<String> = ids.collect();
    if !ids.is_empty() {
        writeln!(text, "ids = {{ {} }}", ids.join(", ")).unwrap();
    }
    if let Some(until) = person.until {
        writeln!(text, "until = {until}").unwrap();
    }
    text
}

fn team(index: usize, members: &[Reference]) -> String {
    format!("[teams.{}]\nmembers = {}\n", team_name(index), list(At::Shop, members))
}

fn team_name(index: usize) -> String {
    format!("t{index:02}")
}

fn group(group: &Group) -> String {
    let mut text = format!("[groups.{}.{}]\n", group.at.name(), group.handle());
    if group.by_name {
        writeln!(text, "name = \"{}\"", group.at.group_name(group.number)).unwrap();
    } else {
        writeln!(text, "id = \"{}\"", group.id()).unwrap();
    }
    writeln!(text, "members = {}", list(group.at, &group.members)).unwrap();
    if !group.except.is_empty() {
        writeln!(text, "except = {}", list(group.at, &group.except)).unwrap();
    }
    if !group.listed.is_empty() {
        writeln!(text, "members_from = \"{}\"", list_of(group)).unwrap();
    }
    if group.for_customers {
        text.push_str("user_type = \"CUSTOMER\"\n");
    }
    if group.include {
        text.push_str("membership = \"include\"\n");
    }
    if model::after(group).is_empty() {
        text.push_str("allow_empty = true\n");
    }
    text
}

fn list_of(group: &Group) -> String {
    format!("lists/{}.txt", group.handle())
}

fn list(at: At, members: &[Reference]) -> String {
    let members: Vec<String> = members.iter().map(|it| reference(at, it)).collect();
    format!("[\n  {},\n]", members.join(",\n  "))
}

fn reference(at: At, reference: &Reference) -> String {
    let Reference { who, from, until } = reference;
    let named = match who {
        Who::Person(person) => format!("\"{}\"", handle(*person)),
        Who::Team(team) => format!("\"@{}\"", team_name(*team)),
        Who::Id(user) => format!("\"{}\"", at.user_id(*user)),
    };
    let key = if matches!(who, Who::Id(_)) { "id" } else { "who" };
    let date =
        |key: &str, date: &Option<Date>| date.map(|date| format!(", {key} = {date}")).unwrap_or_default();
    match (key, from, until) {
        ("who", None, None) => named,
        _ => format!("{{ {key} = {named}{}{} }}", date("from", from), date("until", until)),
    }
}

fn line(at: At, reference: &Reference) -> String {
    match reference.who {
        Who::Person(person) => format!("{}\n", handle(person)),
        Who::Team(team) => format!("  @{}   # a team\n", team_name(team)),
        Who::Id(user) => format!("id:{}\n", at.user_id(user)),
    }
}

fn configuration(sandbox: &Sandbox, timezone: &str) -> String {
    let (shop, travel, finance) = (sandbox.emporix(), sandbox.company(), sandbox.solvexia());
    let client = "client_id = { env = \"CLIENT\" }\nclient_secret = { env = \"SECRET\" }";
    let client = |at: At| client.replace("CLIENT", &client_of(at)).replace("SECRET", &secret_of(at));
    format!(
        "roster = \"roster/\"\n[daemon]\ntimezone = \"{timezone}\"\n\
         [guard]\nmax_removals = \"off\"\nmax_removal_percent = \"off\"\nmax_leavers = \"off\"\nadopt = \"enforce\"\n\
         [providers.shop]\nkind = \"emporix\"\nbase_url = \"{}\"\ntenant = \"{}\"\n{}\n\
         [providers.travel]\nkind = \"company-v3\"\nbase_url = \"{}\"\ncompany_id = \"{}\"\n{}\n\
         [providers.finance]\nkind = \"solvexia\"\nbase_url = \"{}\"\n{}\n",
        shop.url(),
        shop.tenant(),
        client(At::Shop),
        travel.url(),
        travel.company_id(),
        client(At::Travel),
        finance.url(),
        client(At::Finance),
    )
}

fn client_of(at: At) -> String {
    format!("{}_CLIENT", at.name().to_uppercase())
}

fn secret_of(at: At) -> String {
    format!("{}_SECRET", at.name().to_uppercase())
}

/// What the configuration's references to secrets lead to.
pub fn secrets(sandbox: &Sandbox) -> BTreeMap<String, String> {
    let (shop, travel, finance) = (sandbox.emporix(), sandbox.company(), sandbox.solvexia());
    let all = [
        (At::Shop, shop.client_id(), shop.client_secret()),
        (At::Travel, travel.client_id(), travel.client_secret()),
        (At::Finance, finance.client_id(), finance.client_secret()),
    ];
    let pairs = all.into_iter().flat_map(|(at, client, secret)| {
        [(client_of(at), client.to_owned()), (secret_of(at), secret.to_owned())]
    });
    pairs.collect()
}

/// Fills the sandbox: everybody, the managed groups as they are live, and others with anybody in them.
pub fn seed(world: &World, sandbox: &Sandbox, seed: u64) {
    for user in World::accounts(false) {
        add_employee(sandbox, user);
    }
    for user in World::accounts(true) {
        let id = At::Shop.user_id(user);
        sandbox.emporix().add_user(emporix::User::customer(&id, &format!("{id}@customers.example")));
    }
    // Groups come in no order that the roster has.
    for number in (0..MANAGED + OTHERS).rev() {
        let customers =
            world.groups.iter().any(|it| it.at == At::Shop && it.number == number && it.for_customers);
        let shop = emporix::Group::new(&At::Shop.group_id(number), &At::Shop.group_name(number));
        sandbox.emporix().add_group(if customers { shop.for_customers() } else { shop });
        let (id, name) = (At::Travel.group_id(number), At::Travel.group_name(number));
        sandbox.company().add_group(company::Group::new(&id, &name));
        sandbox.solvexia().add_group(&At::Finance.group_id(number), &At::Finance.group_name(number));
    }
    for group in &world.groups {
        group.live.iter().for_each(|user| join(sandbox, group.at, &group.id(), *user));
    }
    let mut rng = fastrand::Rng::with_seed(seed);
    let accounts: Vec<User> = World::accounts(false).collect();
    for (at, number) in At::ALL.into_iter().flat_map(|at| (MANAGED..MANAGED + OTHERS).map(move |it| (at, it)))
    {
        for _ in 0..rng.usize(0..60) {
            join(sandbox, at, &at.group_id(number), *rng.choice(&accounts).unwrap());
        }
    }
}

fn add_employee(sandbox: &Sandbox, user: User) {
    let (mail, name) = match user {
        User::Person(person) => (email(person), login(person)),
        User::Stranger(number) | User::Customer(number) => {
            (format!("stranger{number}@elsewhere.example"), format!("stranger{number}"))
        }
    };
    sandbox.emporix().add_user(emporix::User::employee(&At::Shop.user_id(user), &mail));
    sandbox.company().add_user(company::User::new(&At::Travel.user_id(user), &mail));
    sandbox.solvexia().add_user(solvexia::User::new(&At::Finance.user_id(user), &name));
}

fn join(sandbox: &Sandbox, at: At, group: &str, user: User) {
    let user = at.user_id(user);
    match at {
        At::Finance => sandbox.solvexia().join(group, &user),
        At::Shop => sandbox.emporix().join(group, &user),
        At::Travel => sandbox.company().join(group, &user),
    }
}

/// Every group of a provider with its members, managed or not.
pub fn memberships(sandbox: &Sandbox, at: At) -> BTreeMap<String, BTreeSet<String>> {
    match at {
        At::Finance => sandbox.solvexia().memberships(),
        At::Shop => sandbox.emporix().memberships(),
        At::Travel => sandbox.company().memberships(),
    }
}
