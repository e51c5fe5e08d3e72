//! `[[notify]]`, and the jitter of schedules.

use jiff::SignedDuration;

use super::{GOOD, but, config, told};
use crate::config::{Event, Form};
use crate::providers::secret::SecretSource;

const ADDRESS: &str = "https://hooks.example/services/T0/B0/hunter2hunter2";

/// The good configuration with this webhook after it.
fn with(webhook: &str) -> String {
    format!("{GOOD}\n[[notify]]\n{webhook}\n")
}

#[test]
fn a_webhook_hears_of_everything_unless_it_says_otherwise() {
    let text = with("url = { env = \"HOOK\" }");
    let all = config(&text).notify;
    assert_eq!(all[0].url.source, SecretSource::Env("HOOK".into()));
    assert_eq!((all[0].events.len(), all[0].form), (5, Form::Json));

    let some = with("url = { env = \"HOOK\" }\nevents = [\"held\", \"recovered\"]\nformat = \"text\"");
    let some = &config(&some).notify[0];
    assert_eq!(some.events.iter().copied().collect::<Vec<_>>(), [Event::Held, Event::Recovered]);
    assert_eq!(some.form, Form::Text);
}

#[test]
fn an_address_that_is_written_out_is_an_error_and_is_not_shown() {
    let shown = told(&with(&format!("url = \"{ADDRESS}\"")));
    assert!(!shown.contains("hunter2") && !shown.contains("hooks.example"), "{shown}");
    assert!(
        shown.contains("must be a reference to a secret") && shown.contains("{ env = \"NAME\" }"),
        "{shown}"
    );
}

#[test]
fn an_address_is_not_shown_by_another_mistake_beside_it_either() {
    for mistake in ["events = \"held\"", "format = 3", "evnts = []", "oops oops"] {
        let shown = told(&with(&format!("url = \"{ADDRESS}\"\n{mistake}")));
        assert!(!shown.contains("hunter2"), "{shown}");
        let shown = told(&with(&format!("url = \"{ADDRESS}\" {mistake}")));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn a_webhook_needs_an_address_and_knows_its_words() {
    let shown = told(&with("events = [\"held\", \"heald\"]\nformat = \"xml\"\nform = \"text\""));
    for part in ["`url`", "`heald` is no event", "roster-invalid", "xml", "`form`"] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
}

#[test]
fn the_jitter_is_a_duration_of_an_hour_at_most() {
    let at = |jitter: &str| but(&[("[daemon]", &format!("[daemon]\njitter = {jitter}"))]);
    assert_eq!(config(&at("\"30s\"")).daemon.jitter, SignedDuration::from_secs(30));
    assert_eq!(config(GOOD).daemon.jitter, SignedDuration::ZERO);
    for wrong in ["\"2h\"", "30", "\"often\"", "\"-1s\""] {
        assert!(told(&at(wrong)).contains("jitter"), "{wrong}");
    }
}
