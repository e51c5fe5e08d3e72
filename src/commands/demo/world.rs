//! What stands in the sandbox when the demo begins, and the files that the demo works with.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::sandbox::{Sandbox, company, emporix};

/// The roster of `config/examples`, file by file.
pub const ROSTER: [(&str, &str); 6] = [
    ("people.toml", include_str!("../../../config/examples/roster/people.toml")),
    ("teams.toml", include_str!("../../../config/examples/roster/teams.toml")),
    ("groups/emporix.toml", include_str!("../../../config/examples/roster/groups/emporix.toml")),
    ("groups/travel.toml", include_str!("../../../config/examples/roster/groups/travel.toml")),
    ("groups/finance.toml", include_str!("../../../config/examples/roster/groups/finance.toml")),
    ("lists/vip.txt", include_str!("../../../config/examples/roster/lists/vip.txt")),
];

/// Group ids at the providers; the example roster names them, or their names.
const CATALOG_MANAGERS: &str = "5ac869fc-d548-4ec8-8e06-c01491314101";
const ORDER_VIEWERS: &str = "order-viewers-71";
const VIP: &str = "b8e2a7d4-61c0-4f7b-9a35-0d4c7e1f2a66";
/// The approvers of the travel company.
pub const APPROVERS: &str = "7d2e9a10-4c3b-4b8f-8a6d-1e5f0c9b2a34";
const TRAVELLERS: &str = "1f6b0c52-90ad-4be3-a7f4-35c8e1d2b604";
/// The month-end closers of the finance office.
pub const CLOSERS: &str = "ug-17";
const READERS: &str = "ug-18";

/// Dave's id at the finance office.
pub const DAVE_FINANCE: &str = "u-1241";
/// Somebody who is in the shop and in no roster.
const STRANGER: &str = "00u7grace4T9x417";
/// Carol's id at the travel company.
pub const CAROL_TRAVELS: &str = "33333333-0000-4000-8000-000000000003";

const EMPORIX: [(&str, &str); 7] = [
    ("00u7alice2LmZ417", "alice.smith@acme.example"),
    ("00u7bob5NrYvKd417", "Bob.Miller@acme.example"),
    ("00u7carol8QwE417", "carol.jones@acme.example"),
    ("00u7dave1RtY417", "dave.weber@acme.example"),
    ("00u7erin3UiO417", "erin.novak@acme.example"),
    ("5f1b6c1e8a", "breakglass@acme.example"),
    (STRANGER, "grace.long.gone@acme.example"),
];

const TRAVEL: [(&str, &str); 6] = [
    ("0b5c2f9e-7a34-4c1d-8e52-6f9a1b3c4d5e", "alice.smith@acme.example"),
    ("22222222-0000-4000-8000-000000000002", "bob.miller@acme.example"),
    (CAROL_TRAVELS, "carol.jones@acme.example"),
    ("44444444-0000-4000-8000-000000000004", "dave.weber@acme.example"),
    ("55555555-0000-4000-8000-000000000005", "erin.novak@acme.example"),
    ("c7d1e0aa-3b52-4f0e-9c11-2a6b7d8e9f00", "breakglass@acme.example"),
];

const FINANCE: [(&str, &str); 7] = [
    ("u-1233", "acme.alice"),
    ("u-1234", "acme.bob"),
    ("u-1240", "acme.carol"),
    (DAVE_FINANCE, "ACME.Dave"),
    ("u-1", "acme.breakglass"),
    ("u-9", "auditor"),
    ("u-2040", "acme.reporting"),
];

const LIVE_EMPORIX: [(&str, &[&str]); 3] = [
    (CATALOG_MANAGERS, &["00u7alice2LmZ417", "00u7bob5NrYvKd417", "5f1b6c1e8a", STRANGER]),
    (ORDER_VIEWERS, &["00u7alice2LmZ417", "5f1b6c1e8a"]),
    (VIP, &["87413250"]),
];
const LIVE_TRAVEL: [(&str, &[&str]); 2] = [
    (
        APPROVERS,
        &["0b5c2f9e-7a34-4c1d-8e52-6f9a1b3c4d5e", CAROL_TRAVELS, "c7d1e0aa-3b52-4f0e-9c11-2a6b7d8e9f00"],
    ),
    (TRAVELLERS, &["0b5c2f9e-7a34-4c1d-8e52-6f9a1b3c4d5e", "22222222-0000-4000-8000-000000000002"]),
];
const LIVE_FINANCE: [(&str, &[&str]); 2] =
    [(CLOSERS, &["u-1233", "u-1240", "u-1", "u-9"]), (READERS, &["u-1233", "u-1"])];

/// Puts users, groups and memberships into the sandbox.
pub fn seed(sandbox: &Sandbox) {
    let shop = sandbox.emporix();
    for (id, email) in EMPORIX {
        shop.add_user(emporix::User::employee(id, email));
    }
    for id in ["87413250", "87413377", "87420011"] {
        shop.add_user(emporix::User::customer(id, &format!("{id}@customers.example")));
    }
    shop.add_group(emporix::Group::new(CATALOG_MANAGERS, "Catalog managers"));
    shop.add_group(emporix::Group::new(ORDER_VIEWERS, "Order viewers").translated("de", "Auftragseinsicht"));
    shop.add_group(emporix::Group::new(VIP, "VIP customers").for_customers());
    join(&LIVE_EMPORIX, |group, user| shop.join(group, user));

    let travel = sandbox.company();
    for (id, email) in TRAVEL {
        travel.add_user(company::User::new(id, email));
    }
    travel.add_group(company::Group::new(APPROVERS, "Approvers"));
    travel.add_group(company::Group::new(TRAVELLERS, "Travellers"));
    join(&LIVE_TRAVEL, |group, user| travel.join(group, user));

    let finance = sandbox.solvexia();
    for (id, login) in FINANCE {
        finance.add_user(crate::sandbox::solvexia::User::new(id, login));
    }
    finance.add_group(CLOSERS, "Month-end closers");
    finance.add_group(READERS, "Report Readers");
    join(&LIVE_FINANCE, |group, user| finance.join(group, user));
}

fn join(live: &[(&str, &[&str])], join: impl Fn(&str, &str)) {
    for (group, users) in live {
        for user in *users {
            join(group, user);
        }
    }
}

/// Writes configuration, roster and secrets for the sandbox into `folder`.
pub fn write(folder: &Path, sandbox: &Sandbox) -> io::Result<()> {
    for (name, text) in ROSTER {
        let path = folder.join("roster").join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)?;
    }
    fs::create_dir_all(folder.join("secrets"))?;
    for (name, text) in secrets(sandbox) {
        let path = folder.join("secrets").join(name);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        writeln!(file, "{text}")?;
    }
    fs::write(folder.join("rosterd.toml"), configuration(sandbox))
}

/// Where the daemon of the demo listens: where one usually does, or at any free port.
pub fn listen() -> SocketAddr {
    let usual = SocketAddr::from(([127, 0, 0, 1], 9464));
    let free = || TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    TcpListener::bind(usual).map(|_| usual).or_else(|_| free()).unwrap_or(usual)
}

/// Lets the configuration say when a daemon runs.
pub fn add_daemon(config: &Path, listen: SocketAddr) -> io::Result<()> {
    let text = fs::read_to_string(config)?;
    let daemon =
        format!("[daemon]\nlog_level = \"info\"\nschedule = \"*/10 * * * * *\"\nlisten = \"{listen}\"\n");
    fs::write(config, text.replacen("[daemon]\n", &daemon, 1))
}

fn secrets(sandbox: &Sandbox) -> [(&'static str, &str); 6] {
    let (shop, travel, finance) = (sandbox.emporix(), sandbox.company(), sandbox.solvexia());
    [
        ("emporix-id", shop.client_id()),
        ("emporix-secret", shop.client_secret()),
        ("travel-id", travel.client_id()),
        ("travel-secret", travel.client_secret()),
        ("finance-id", finance.client_id()),
        ("finance-secret", finance.client_secret()),
    ]
}

fn configuration(sandbox: &Sandbox) -> String {
    let (shop, travel, finance) = (sandbox.emporix(), sandbox.company(), sandbox.solvexia());
    format!(
        r#"roster = "roster/"

[daemon]
timezone = "Europe/Berlin"

[guard]
protected = ["breakglass"]

[providers.emporix]
kind          = "emporix"
base_url      = "{}"
tenant        = "{}"
client_id     = {{ file = "secrets/emporix-id" }}
client_secret = {{ file = "secrets/emporix-secret" }}

[providers.travel]
kind          = "company-v3"
base_url      = "{}"
company_id    = "{}"
client_id     = {{ file = "secrets/travel-id" }}
client_secret = {{ file = "secrets/travel-secret" }}

[providers.finance]
kind          = "solvexia"
base_url      = "{}"
client_id     = {{ file = "secrets/finance-id" }}
client_secret = {{ file = "secrets/finance-secret" }}
"#,
        shop.url(),
        shop.tenant(),
        travel.url(),
        travel.company_id(),
        finance.url(),
    )
}
