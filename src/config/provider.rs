//! `[providers.NAME]`.

use std::collections::BTreeMap;
use std::time::Duration;

use url::Url;

use super::file::{self, Origin};
use super::values;
use super::{Protected, guard, reference};
use crate::complaint::At;
use crate::core::guard::{Limits, Mode};
use crate::core::model::{ProviderName, Target};
use crate::document::Table;
use crate::providers::secret::Credentials;
use crate::providers::{Connection, Kind, KindName, ProviderConfig, company_v3, emporix};

/// What the sections of all providers say.
#[derive(Default)]
pub struct All {
    /// Every name, with its kind where that is known.
    pub known: BTreeMap<ProviderName, Option<KindName>>,
    /// Those that are complete.
    pub configs: BTreeMap<ProviderName, ProviderConfig>,
    /// What they are connected to, in the order of the file.
    pub targets: Vec<(Target, At)>,
}

/// The keys that only some kinds have.
const KEYS_OF_KINDS: [(&str, KindName); 4] = [
    ("tenant", KindName::Emporix),
    ("company_id", KindName::CompanyV3),
    ("remove_field", KindName::CompanyV3),
    ("token", KindName::SolveXia),
];

/// Longest name of a provider; it is shown in every line of a plan.
const LONGEST_NAME: usize = 64;

/// Reads every section, in the order of the file.
pub fn read_all(
    mut section: Table<'_>,
    origin: &Origin,
    general: &Limits,
    protected: &mut Vec<Protected>,
) -> All {
    let mut all = All::default();
    let mut entries = section.entries();
    entries.sort_by_key(|(name, _)| name.span.start);
    for (name, value) in entries {
        if !is_name(name.value) {
            section.complain(
                &name.span,
                "this is no name of a provider",
                format!("write letters, digits, `.`, `_` and `-`, at most {LONGEST_NAME} of them, and no `-` first"),
            );
        }
        let Some(mut table) = value.table() else { continue };
        let name_of = ProviderName::from(name.value);
        let at = table.source().at(name.span);
        let kind = kind(&mut table);
        all.known.insert(name_of.clone(), kind);
        if let Some(config) = provider(table, kind, name_of.clone(), origin, general, protected) {
            all.targets.push((config.target(), at));
            all.configs.insert(name_of, config);
        }
    }
    section.finish();
    all
}

fn is_name(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=LONGEST_NAME).contains(&text.len())
        && text.chars().all(allowed)
        && text.chars().any(|c| c != '.')
        && !text.starts_with('-')
}

fn kind(table: &mut Table<'_>) -> Option<KindName> {
    let words = KindName::ALL.map(|kind| (kind.as_str(), kind));
    if !table.contains("kind") {
        table.missing("kind", "write kind = \"emporix\", \"company-v3\" or \"solvexia\"");
    }
    table.one_of("kind", &words).map(|kind| kind.value)
}

/// Everything in the section is read, whatever is missing, so that everything wrong in it is found.
fn provider(
    mut table: Table<'_>,
    kind: Option<KindName>,
    name: ProviderName,
    origin: &Origin,
    general: &Limits,
    protected: &mut Vec<Protected>,
) -> Option<ProviderConfig> {
    let base_url = base_url(&mut table, kind);
    let credentials = credentials(&mut table, kind, origin);
    let specific = kind.and_then(|kind| specific(&mut table, kind));
    refuse_keys_of_others(&mut table, kind);
    let connection = connection(&mut table);
    let schedule = file::schedule(&mut table);
    let modes = [("enforce", Mode::Enforce), ("observe", Mode::Observe)];
    let mode = table.one_of("mode", &modes).map(|mode| mode.value).unwrap_or_default();
    let mut limits = general.clone();
    if let Some(table) = table.table("guard") {
        guard::read(table, origin, guard::Scope::Provider, &mut limits, protected);
    }
    table.finish();
    Some(ProviderConfig {
        name,
        kind: specific?,
        base_url: base_url?,
        credentials: credentials?,
        connection,
        schedule,
        mode,
        limits,
    })
}

/// Only Emporix has one address for everybody. The company API has no production address that its
/// documents agree on, and SolveXia's names the environment.
fn base_url(table: &mut Table<'_>, kind: Option<KindName>) -> Option<Url> {
    if table.contains("base_url") {
        return file::word(table, "base_url", values::base_url);
    }
    table.value("base_url");
    match kind? {
        KindName::Emporix => values::base_url("https://api.emporix.io").ok(),
        KindName::CompanyV3 => {
            table.missing("base_url", "write base_url = \"https://HOST\", as the vendor gave it to you");
            None
        }
        KindName::SolveXia => {
            table.missing("base_url", "write base_url = \"https://ENVIRONMENT.solvexia.com\"");
            None
        }
    }
}

fn specific(table: &mut Table<'_>, kind: KindName) -> Option<Kind> {
    match kind {
        KindName::Emporix => {
            let tenant =
                required(table, "tenant", "write tenant = \"NAME\", the Emporix tenant in lower case")?;
            checked(table, "tenant", emporix::config::Config::new(&tenant)).map(Kind::Emporix)
        }
        KindName::CompanyV3 => {
            let company = required(table, "company_id", "write company_id = \"UUID\", the company's id");
            let field = table.string("remove_field").map(|field| field.value.to_owned());
            // Checked one by one, so that both are complained about.
            let nil = uuid::Uuid::nil().to_string();
            let field = company_v3::config::Config::new(&nil, field.as_deref());
            let field = checked(table, "remove_field", field);
            let company = checked(table, "company_id", company_v3::config::Config::new(&company?, None));
            Some(Kind::CompanyV3(company_v3::config::Config {
                company_id: company?.company_id,
                remove_field: field?.remove_field,
            }))
        }
        KindName::SolveXia => Some(Kind::SolveXia),
    }
}

fn required(table: &mut Table<'_>, key: &'static str, help: &str) -> Option<String> {
    if !table.contains(key) {
        table.missing(key, help);
    }
    table.string(key).map(|written| written.value.to_owned())
}

/// What an adapter says about its own keys: what is wrong, then what to write.
fn checked<T>(table: &mut Table<'_>, key: &'static str, read: Result<T, String>) -> Option<T> {
    match read {
        Ok(config) => Some(config),
        Err(text) => {
            let split = text.split_once("; ").or_else(|| text.rsplit_once(": "));
            let (what, help) = split.unwrap_or((&text, "write it as the provider gave it to you"));
            let span = table.value(key).map_or_else(|| table.span(), |value| value.span());
            table.complain(&span, what, help);
            None
        }
    }
}

fn refuse_keys_of_others(table: &mut Table<'_>, kind: Option<KindName>) {
    for (key, owner) in KEYS_OF_KINDS {
        let Some(span) = table.key_span(key) else { continue };
        table.value(key);
        if let Some(kind) = kind.filter(|kind| *kind != owner) {
            let message =
                format!("`{key}` belongs to kind \"{}\", and this is \"{}\"", owner.as_str(), kind.as_str());
            table.complain(&span, message, "remove it, or change `kind`");
        }
    }
}

fn credentials(table: &mut Table<'_>, kind: Option<KindName>, origin: &Origin) -> Option<Credentials> {
    let with_token = table.contains("token") && kind.is_none_or(|kind| kind == KindName::SolveXia);
    if with_token {
        let token = reference::read(table, "token", origin);
        for key in ["client_id", "client_secret"] {
            if let Some(span) = table.key_span(key) {
                let message = format!("`{key}` and `token` are two ways to log in, and one is needed");
                table.complain(&span, message, "remove `token`, or remove `client_id` and `client_secret`");
            }
            reference::read(table, key, origin);
        }
        return token.map(Credentials::Token);
    }
    let has_token = kind == Some(KindName::SolveXia);
    if has_token && !table.contains("client_id") && !table.contains("client_secret") {
        table.missing(
            "client_id",
            "write client_id = { env = \"NAME\" } and client_secret = { env = \"NAME\" }, or token = { env = \"NAME\" }",
        );
    } else {
        for key in ["client_id", "client_secret"] {
            if !table.contains(key) {
                table.missing(
                    key,
                    format!("write {key} = {{ env = \"NAME\" }}, or {{ credential = … }} or {{ file = … }}"),
                );
            }
        }
    }
    let id = reference::read(table, "client_id", origin);
    let secret = reference::read(table, "client_secret", origin);
    Some(Credentials::Client { id: id?, secret: secret? })
}

fn connection(table: &mut Table<'_>) -> Connection {
    let default = Connection::default();
    let (least, most) = (Duration::from_millis(1), Duration::from_hours(1));
    let timeout = file::duration(table, "timeout", least, most);
    let retry_budget = file::duration(table, "retry_budget", least, most);
    let concurrency = table.integer("concurrency", 1..=256);
    let page_size = table.integer("page_size", 1..=1000);
    let requests_per_second = table.float("requests_per_second", 0.001..=10_000.0);
    let size = |number: Option<i64>, default| number.and_then(|n| usize::try_from(n).ok()).unwrap_or(default);
    Connection {
        timeout: timeout.unwrap_or(default.timeout),
        concurrency: size(concurrency.map(|written| written.value), default.concurrency),
        requests_per_second: requests_per_second.map(|written| written.value),
        page_size: size(page_size.map(|written| written.value), default.page_size),
        retry_budget: retry_budget.unwrap_or(default.retry_budget),
    }
}
