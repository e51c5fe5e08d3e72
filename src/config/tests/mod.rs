use std::path::Path;

use crate::complaint::Complaints;
use crate::config::load::parse;
use crate::config::{Config, Loading};
use crate::document::Source;

mod branch;
mod examples;
mod finding;
mod guards;
mod masked;
mod notify;
mod providers;
mod secrets;
mod sections;
mod words;

/// A configuration with nothing wrong in it.
const GOOD: &str = r#"roster = "roster/"

[daemon]
timezone = "Europe/Berlin"

[guard]
max_removals = 10

[providers.emporix]
kind = "emporix"
tenant = "acme"
client_id = { env = "EMPORIX_CLIENT_ID" }
client_secret = { env = "EMPORIX_CLIENT_SECRET" }

[providers.travel]
kind = "company-v3"
base_url = "https://api.travel.example"
company_id = "2f0c7c1e-0f9e-4a4e-9f0c-3f5d1f7a9b11"
client_id = { env = "TRAVEL_CLIENT_ID" }
client_secret = { env = "TRAVEL_CLIENT_SECRET" }

[providers.finance]
kind = "solvexia"
base_url = "https://app.solvexia.com"
token = { env = "SOLVEXIA_TOKEN" }
"#;

/// The good one with some of its text replaced; each of the texts has to be there.
fn but(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(GOOD.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "the good configuration has no {old}");
        text.replacen(old, new, 1)
    })
}

fn loaded(text: &str) -> Loading {
    let source = Source::new("rosterd.toml", text.to_owned());
    parse(Path::new("rosterd.toml"), &source, Complaints::default())
}

/// What people read about a configuration.
fn told(text: &str) -> String {
    let loading = loaded(text);
    assert_eq!(loading.config.is_none(), !loading.complaints.is_empty());
    loading.complaints.render(false)
}

fn config(text: &str) -> Config {
    let loading = loaded(text);
    assert!(loading.complaints.is_empty(), "{}", loading.complaints);
    loading.config.unwrap()
}
