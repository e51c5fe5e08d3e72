use std::path::{Path, PathBuf};

use super::config;
use crate::config::mask::{PUBLIC_KEYS, mask};
use crate::config::{Config, load};
use crate::providers::KindName;

fn shipped(name: &str) -> Config {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name);
    let loading = load(&path);
    assert!(loading.complaints.is_empty(), "{}", loading.complaints);
    loading.config.unwrap()
}

#[test]
fn the_configurations_that_come_with_rosterd_load() {
    for name in ["rosterd.toml", "examples/rosterd.toml"] {
        let config = shipped(name);
        let kinds: Vec<_> = config.providers.values().map(|provider| provider.kind.name()).collect();
        assert_eq!(kinds, [KindName::Emporix, KindName::SolveXia, KindName::CompanyV3]);
        assert!(config.roster.is_some_and(|roster| roster.is_dir()));
        assert_eq!(config.daemon.timezone.iana_name(), Some("Europe/Berlin"));
    }
}

/// The annotated configuration shows what it comments out, so a key in it that is no key would mislead.
#[test]
fn what_the_annotated_configuration_comments_out_loads_too() {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "config", "rosterd.toml"].iter().collect();
    let text = std::fs::read_to_string(path).unwrap();
    let in_use: Vec<_> = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest)
                if rest.starts_with("[roster_git]")
                    || rest.starts_with("[[notify]]")
                    || rest.split(" = ").next().is_some_and(is_key) =>
            {
                rest
            }
            _ => line,
        })
        .collect();
    let without_pair =
        |line: &&str| !line.contains("SOLVEXIA_CLIENT_ID") && !line.contains("run/secrets/solvexia");
    let in_use: Vec<_> = in_use.into_iter().filter(without_pair).collect();
    let in_use = in_use.join("\n");
    let secret = ["base_url", "url", "client_id", "client_secret", "token", "ssh_key"];
    for key in PUBLIC_KEYS.iter().chain(&secret) {
        let set = |line: &str| {
            let before = line.trim_start_matches(['#', ' ']).split('=').next();
            before.is_some_and(|before| before.trim() == *key)
        };
        assert!(in_use.lines().any(set), "{key} is not explained");
    }
    // What is said beside a reference is hidden: a literal may have been put aside there.
    let without_words = in_use.lines().map(|line| line.split("  # ").next().unwrap_or(line));
    let without_words = without_words.collect::<Vec<_>>().join("\n");
    assert_eq!(mask(&without_words), without_words, "no key of it is taken for a secret");
    let in_use = in_use.replacen("roster = \"", "# roster = \"", 1);
    let config = config(&in_use);
    assert!(config.roster_git.is_some());
    assert_eq!(config.notify.len(), 1);
    let emporix =
        config.providers.values().find(|provider| provider.kind.name() == KindName::Emporix).unwrap();
    assert_eq!(emporix.connection.requests_per_second, Some(10.0));
    let as_shown = crate::providers::Connection { requests_per_second: Some(10.0), ..Default::default() };
    assert_eq!(emporix.connection, as_shown, "what is commented out is the default");
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.trim_end().chars().all(|c| c.is_ascii_lowercase() || c == '_')
}
