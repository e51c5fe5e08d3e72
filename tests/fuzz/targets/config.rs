//! `rosterd.toml`.

use std::collections::BTreeMap;
use std::fs;

use rosterd::config;

use super::{LONGEST, folder, places};

/// Loads it twice: it says the same both times, and takes nothing that would send secrets in the clear.
pub(super) fn run(bytes: &[u8]) {
    if bytes.len() > LONGEST {
        return;
    }
    let folder = folder();
    let file = folder.path().join("rosterd.toml");
    fs::write(&file, bytes).expect("files can be written");
    let loading = config::load(&file);
    let name = file.display().to_string();
    places::check(&loading.complaints, &BTreeMap::from([(name.as_str(), bytes)]));
    assert_eq!(loading.config.is_some(), loading.complaints.is_empty(), "it is taken, or something is wrong");
    assert_eq!(config::load(&file).complaints, loading.complaints);

    let Some(config) = loading.config else { return };
    for (name, provider) in &config.providers {
        let url = &provider.base_url;
        let host = url.host_str().unwrap_or_default();
        let loopback = host == "localhost" || host.starts_with("127.") || host == "[::1]";
        assert!(url.scheme() == "https" || loopback, "{name} is reached in the clear at {url}");
        assert!(url.username().is_empty() && url.password().is_none(), "a password in the address of {name}");
        assert!(config.providers.values().filter(|other| other.target() == provider.target()).count() == 1);
    }
}
