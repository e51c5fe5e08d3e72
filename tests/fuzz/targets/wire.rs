//! The three wire formats: each adapter, whole, against a server that answers with the bytes of the input.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rosterd::clean::{clean_message, is_hidden};
use rosterd::config;
use rosterd::core::call::{Changes, GroupChanges, SentGroup};
use rosterd::core::model::{
    Binding, Found, GroupId, Hints, Live, Lookup, LookupKey, Scope, ScopedGroup, UserId, UserType,
};
use rosterd::providers::secret::Secrets;
use rosterd::providers::{self, Access, Fault, Provider, ProviderConfig};
use script::Script;
use server::Server;

use super::{LONGEST, folder};

mod script;
mod server;

/// What the adapter logs in with. It must be in no fault.
pub(super) const SECRET: &str = "zx9kq7-the-client-secret";
/// A read that takes longer hangs: no time passes at the server.
const LONGEST_READ: Duration = Duration::from_secs(20);

/// A company and groups whose ids are those of the corpus.
const COMPANY: &str = "2f0c7c1e-0f9e-4a4e-9f0c-3f5d1f7a9b11";
const GROUPS: [&str; 2] = ["0b5c2f0e-9f0c-4a4e-8e06-c01491314101", "0b5c2f0e-9f0c-4a4e-8e06-c01491314102"];

pub(super) fn run_emporix(bytes: &[u8]) {
    run(bytes, "kind = \"emporix\"\ntenant = \"acme\"");
}

pub(super) fn run_company_v3(bytes: &[u8]) {
    run(bytes, &format!("kind = \"company-v3\"\ncompany_id = \"{COMPANY}\""));
}

pub(super) fn run_solvexia(bytes: &[u8]) {
    run(bytes, "kind = \"solvexia\"");
}

/// Reads and writes everything once with these answers.
#[expect(clippy::disallowed_methods, reason = "a test of the adapter itself")]
fn run(bytes: &[u8], kind: &str) {
    if bytes.len() > LONGEST {
        return;
    }
    let script = Script::parse(bytes);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let all = async {
        let server = Server::start(script.clone()).await;
        let adapter = adapter(kind, &server.url());
        for scope in scopes() {
            let read = tokio::time::timeout(LONGEST_READ, adapter.read(&scope)).await;
            match read.expect("a read comes to its end") {
                Ok(live) => check(&script, &scope, &live),
                Err(fault) => check_fault(&script, &fault),
            }
        }
        for call in adapter.calls(&changes()) {
            let sent = tokio::time::timeout(LONGEST_READ, adapter.send(&call, None)).await;
            if let Err(fault) = sent.expect("a write comes to its end") {
                check_fault(&script, &fault);
            }
        }
    };
    runtime.block_on(all);
}

fn adapter(kind: &str, url: &str) -> Arc<dyn Provider> {
    let mut config = configured(kind, url);
    config.connection.retry_budget = Duration::ZERO;
    config.connection.timeout = Duration::from_secs(2);
    config.connection.concurrency = 1;
    config.connection.page_size = 3;
    let secrets = Secrets::Client { id: "the-client".into(), secret: SECRET.into() };
    providers::build(&config, secrets, Access::Write).expect("a client can be made")
}

fn configured(kind: &str, url: &str) -> ProviderConfig {
    let folder = folder();
    let file = folder.path().join("rosterd.toml");
    let text = format!(
        "roster = \"r.toml\"\n[providers.it]\n{kind}\nbase_url = \"{url}\"\n\
         client_id = {{ env = \"ID\" }}\nclient_secret = {{ env = \"SECRET\" }}\n"
    );
    std::fs::write(&file, text).expect("files can be written");
    let loading = config::load(Path::new(&file));
    let config = loading.config.unwrap_or_else(|| panic!("{}", loading.complaints));
    config.providers.into_values().next().expect("there is one")
}

/// Read by users, by groups, and by some members alone: every way that an adapter has.
fn scopes() -> [Scope; 3] {
    let group = |handle: &str, binding| ScopedGroup {
        handle: handle.into(),
        binding,
        user_type: UserType::Employee,
        only: None,
    };
    let id = |id: &str| GroupId::new(id).expect("a fine id");
    let lookup = |person: &str, key| Lookup { person: person.into(), key };
    let whole = Scope {
        groups: vec![group("one", Binding::Id(id(GROUPS[0]))), group("two", Binding::Name("Buyers".into()))],
        lookups: vec![
            lookup("ann", LookupKey::Email("ann@acme.example".into())),
            lookup("bob", LookupKey::Login("acme.bob".into())),
        ],
        hints: Hints::default(),
    };
    let by_groups = Scope { hints: Hints { by_groups_due: true, ..Hints::default() }, ..whole.clone() };
    let only = Some(BTreeSet::from([UserId::new("u-1").expect("a fine id")]));
    let seen = ScopedGroup { only, ..group("three", Binding::Seen(id(GROUPS[1]))) };
    [whole, by_groups, Scope { groups: vec![seen], ..Scope::default() }]
}

fn changes() -> Changes {
    let sent = SentGroup {
        handle: "one".into(),
        id: GroupId::new(GROUPS[0]).expect("a fine id"),
        user_type: UserType::Employee,
    };
    let users = |ids: &[&str]| ids.iter().map(|id| UserId::new(id).expect("a fine id")).collect();
    Changes {
        groups: vec![GroupChanges {
            group: Arc::new(sent),
            add: users(&["u-1", "u-2"]),
            remove: users(&["u-3"]),
        }],
    }
}

/// What was read was asked for, came whole or not at all, and was said by the server.
fn check(script: &Script, scope: &Scope, live: &Live) {
    let asked: BTreeSet<_> = scope.groups.iter().map(|group| &group.handle).collect();
    for handle in live.groups.keys().chain(live.unread.keys()) {
        assert!(asked.contains(handle), "{handle} was never asked for");
    }
    assert!(live.groups.keys().all(|handle| !live.unread.contains_key(handle)), "read, and unread");
    assert_eq!(live.groups.len() + live.unread.len(), asked.len(), "nothing is said of some");
    let said = script.strings();
    let is_said = |id: &UserId| {
        assert!(said.contains(&id.as_str().to_lowercase()), "no answer holds the id {id:?}");
    };
    live.groups.values().flat_map(|group| &group.members).for_each(is_said);
    for found in live.found.values() {
        match found {
            Found::One(id) => is_said(id),
            Found::Many(ids) => ids.iter().for_each(is_said),
            Found::Refused(why) => check_words(script, why),
            Found::None => (),
        }
    }
    live.unread.values().for_each(|why| check_words(script, why));
}

fn check_fault(script: &Script, fault: &Fault) {
    check_words(script, &fault.detail);
}

/// Whatever the provider repeats, the secret is not in what is said of it.
fn check_words(script: &Script, words: &str) {
    assert!(!words.trim().is_empty(), "a fault without words");
    assert!(!clean_message(words).contains(is_hidden));
    // Where a successful answer holds it, it is the provider's own data: an id or a name.
    if !script.grants(SECRET) {
        assert!(!words.contains(SECRET), "the secret is in {words:?}");
    }
}
