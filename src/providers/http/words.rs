//! Failures in words: what happened and where, and never a query, a header or a body.

use std::error::Error;
use std::time::Duration;

use reqwest::StatusCode;
use url::Url;

use crate::providers::retry::{Failure, Trouble};

/// Of a long message of a provider, what is handed on of its beginning and of its end, where its ids stand.
const BEGINNING: usize = 380;
const END: usize = 120;
/// What rustls says of a certificate that it does not take. Trying again would not change that.
const DISTRUSTED: &str = "invalid peer certificate";
/// Shorter secrets are not looked for in messages: hiding every `a` would hide the message.
const SHORTEST_SECRET: usize = 6;

/// A request that got no answer.
pub(super) fn not_answered(error: &reqwest::Error, place: &str, timeout: Duration) -> Failure {
    let distrusted = error.is_connect() && innermost(error).starts_with(DISTRUSTED);
    let trouble = if error.is_builder() || distrusted {
        Trouble::Refused
    } else if error.is_connect() {
        Trouble::NotReached
    } else {
        Trouble::Lost
    };
    let cause = match trouble {
        Trouble::NotReached if error.is_timeout() => "no connection in time".to_owned(),
        _ if distrusted => {
            format!("{}; this host trusts no such certificate, so nothing was sent", innermost(error))
        }
        _ if error.is_timeout() => format!("no answer within {} s", timeout.as_secs_f64()),
        _ => innermost(error),
    };
    Failure::new(trouble, format!("{cause} ({place})"))
}

/// The cause at the end of the chain; the errors around it repeat the URL or say less.
pub(super) fn innermost(error: &reqwest::Error) -> String {
    let Some(mut cause) = error.source() else {
        return "the request could not be sent".to_owned();
    };
    while let Some(next) = cause.source() {
        cause = next;
    }
    match cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind) {
        Some(std::io::ErrorKind::ConnectionRefused) => "connection refused".to_owned(),
        Some(std::io::ErrorKind::ConnectionReset) => "connection reset".to_owned(),
        _ => tidy(&cause.to_string(), &[]),
    }
}

/// A 3xx: where it points to, as far as its host.
pub(super) fn redirected(status: StatusCode, target: Option<&Url>, place: &str) -> String {
    let host = target.and_then(Url::host_str).unwrap_or("an unreadable address");
    format!(
        "answered with a redirect to {host}, which is not followed; is base_url right? ({}, {place})",
        status.as_u16()
    )
}

/// Makes a provider's message one short line without any of the secrets.
pub(super) fn tidy(message: &str, secrets: &[&str]) -> String {
    let mut message = message.to_owned();
    for secret in secrets.iter().filter(|secret| secret.len() >= SHORTEST_SECRET) {
        for spelling in spellings(secret) {
            message = message.replace(&spelling, "[hidden]");
        }
    }
    let line: String =
        message.split(|c: char| c.is_whitespace() || c.is_control()).fold(String::new(), |mut line, word| {
            if !word.is_empty() {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
            }
            line
        });
    shortened(line)
}

/// A long text without its middle.
fn shortened(text: String) -> String {
    let characters = text.chars().count();
    if characters <= BEGINNING + END {
        return text;
    }
    let at = |nth: usize| text.char_indices().nth(nth).map_or(text.len(), |(at, _)| at);
    format!("{}…{}", &text[..at(BEGINNING)], &text[at(characters - END)..])
}

/// A secret as it is, and as it is written in a form and in JSON: whoever repeats what a log-in sent may
/// repeat the bytes.
fn spellings(secret: &str) -> [String; 3] {
    let form = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let json = serde_json::Value::from(secret).to_string();
    [secret.to_owned(), form, json.trim_matches('"').to_owned()]
}
