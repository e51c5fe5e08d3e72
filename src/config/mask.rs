//! Takes literal secrets out of a configuration before anything else looks at it.
//!
//! A literal secret is a mistake, and a complaint about it, or about anything else on its line, shows the
//! line. So the text is masked first and only the masked text is parsed and shown: what is not there
//! cannot be printed. Stars take the place of characters one for one, so that lines and columns stay right.

use std::ops::Range;

use secrecy::zeroize::Zeroizing;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The keys whose values are no secrets; in [`ADDRESS_KEYS`] passwords are masked on their own.
pub const PUBLIC_KEYS: [&str; 32] = [
    "roster",
    "allow_dirty",
    "schedule",
    "timezone",
    "listen",
    "dry_run",
    "jitter",
    "log_level",
    "events",
    "format",
    "max_removals",
    "max_removal_percent",
    "max_leavers",
    "adopt",
    "on_trip",
    "protected",
    "branch",
    "path",
    "interval",
    "user",
    "known_hosts",
    "allowed_signers",
    "kind",
    "tenant",
    "company_id",
    "remove_field",
    "mode",
    "timeout",
    "concurrency",
    "requests_per_second",
    "page_size",
    "retry_budget",
];

/// The sections of the configuration, and of a provider.
const SECTIONS: [&str; 5] = ["daemon", "guard", "notify", "roster_git", "providers"];

/// The keys whose values are addresses.
const ADDRESS_KEYS: [&str; 2] = ["base_url", "url"];

/// Stands for a byte that is to go. No text has it.
const GONE: u8 = 0xff;

/// The text without what looks like a secret in it.
pub fn mask(text: &str) -> String {
    let mut bytes = Zeroizing::new(text.as_bytes().to_vec());
    for span in in_urls(text) {
        star(&mut bytes, span);
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut values = Values::default();
    in_sections(table.get_ref(), &mut values);
    for span in in_comments(text, &values) {
        star(&mut bytes, span);
    }
    for span in values.hidden {
        replace_scalar(&mut bytes, span);
    }
    if !errors.is_empty() {
        // What does not parse may not have reached the table.
        for span in in_broken_lines(text) {
            star(&mut bytes, span);
        }
    }
    bytes.retain(|byte| *byte != GONE);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether a text can be the name of a variable; anything else may be the secret itself.
pub fn is_variable_name(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (1..=128).contains(&text.len())
        && text.chars().all(allowed)
        && !text.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether a text can be the name of a credential, which is the name of a file in one directory.
pub fn is_credential_name(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    (1..=128).contains(&text.len()) && text.chars().all(allowed) && !text.starts_with('.')
}

/// Whether a key promises a secret, in any spelling.
fn is_secret_key(key: &str) -> bool {
    let key: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
    let key = key.to_ascii_lowercase();
    let words =
        ["secret", "token", "password", "passwd", "passphrase", "apikey", "clientid", "authorization"];
    words.iter().any(|word| key.contains(word)) || matches!(key.as_str(), "key" | "pass" | "auth" | "bearer")
}

/// Where values stand that are secrets or refer to one.
#[derive(Default)]
struct Values {
    /// May be a secret themselves.
    hidden: Vec<Range<usize>>,
    /// Names in references.
    references: Vec<Range<usize>>,
}

/// The names of providers are free, so none of them promises a secret.
fn in_sections(root: &DeTable<'_>, values: &mut Values) {
    for (key, value) in root {
        match value.get_ref() {
            DeValue::Table(providers) if key.get_ref() == "providers" => {
                for provider in providers.values() {
                    within(provider, values);
                }
            }
            // Whoever knows the address of a webhook can write there.
            DeValue::Array(webhooks) if key.get_ref() == "notify" => {
                for entry in webhooks.iter().filter_map(|entry| entry.get_ref().as_table()).flatten() {
                    let (key, value) = entry;
                    if key.get_ref() == "url" {
                        hidden(value, true, values);
                    } else {
                        at(key.get_ref(), value, values);
                    }
                }
            }
            _ => at(key.get_ref(), value, values),
        }
    }
}

/// A key that is not known may be that of a secret, misspelt.
fn at(key: &str, value: &Spanned<DeValue<'_>>, values: &mut Values) {
    if is_public(key) || SECTIONS.contains(&key) {
        within(value, values);
    } else {
        hidden(value, is_secret_key(key), values);
    }
}

fn within(value: &Spanned<DeValue<'_>>, values: &mut Values) {
    match value.get_ref() {
        DeValue::Table(table) => {
            for (key, value) in table {
                at(key.get_ref(), value, values);
            }
        }
        DeValue::Array(array) => array.iter().for_each(|value| within(value, values)),
        _ => {}
    }
}

/// Marks every string except the names in a reference, and where a secret belongs other values too.
fn hidden(value: &Spanned<DeValue<'_>>, is_secret: bool, values: &mut Values) {
    match value.get_ref() {
        DeValue::Table(table) => {
            for (key, value) in table {
                let named = value.get_ref().as_str().is_some_and(|name| match key.get_ref().as_ref() {
                    "file" => true,
                    "env" => is_variable_name(name),
                    "credential" => is_credential_name(name),
                    _ => false,
                });
                if named {
                    values.references.push(value.span());
                } else {
                    hidden(value, is_secret || is_secret_key(key.get_ref()), values);
                }
            }
        }
        DeValue::Array(array) => array.iter().for_each(|value| hidden(value, is_secret, values)),
        DeValue::Boolean(_) => {}
        DeValue::String(_) => values.hidden.push(value.span()),
        _ if is_secret => values.hidden.push(value.span()),
        _ => {}
    }
}

/// Marks comments that may hold a secret: behind a value that is one or refers to one, where a literal may have been
/// put aside, and those that set one themselves.
fn in_comments(text: &str, values: &Values) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    for value in values.hidden.iter().chain(&values.references) {
        let rest = text.get(value.end..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let comment = rest.trim_start_matches([' ', '\t', ',', ']', '}']);
        if comment.starts_with('#') {
            let end = value.end + rest.len();
            spans.push(end - comment.len() + 1..end);
        }
    }
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let written = line.trim_start().trim_start_matches(['#', ' ']);
        if let (true, Some((key, value))) = (line.trim_start().starts_with('#'), written.split_once('=')) {
            let last = key.trim().rsplit('.').next().unwrap_or(key);
            if is_secret_key(key) && after_reference(last, value.trim_start()).is_none() {
                spans.push(start + line.len() - value.len()..start + line.len());
            }
        }
        start += line.len();
    }
    spans
}

/// No URL is longer. What is goes whole, so that the time that this takes grows with the text alone.
const LONGEST_URL: usize = 2048;

/// Marks passwords and queries of URLs, wherever they stand.
fn in_urls(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut marked = 0;
    for (scheme_end, _) in text.match_indices("://") {
        if scheme_end < marked {
            continue;
        }
        let (before, rest) = text.split_at(scheme_end);
        let start = scheme_end + 3;
        let rest = rest.get(3..).unwrap_or_default();
        let run =
            rest.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')).next().unwrap_or_default();
        if run.len() > LONGEST_URL {
            marked = start + run.len();
            spans.push(start..marked);
            continue;
        }
        if let Some(length) = user_info(run, before.ends_with("ssh")) {
            spans.push(start..start + length);
        }
        if let Some(query) = run.find('?') {
            spans.push(start + query + 1..start + run.len());
        }
    }
    spans
}

/// How much of what follows `://` is, or may be, a user and a password. The user of an ssh URL is none.
fn user_info(run: &str, is_ssh: bool) -> Option<usize> {
    let last = run.rfind('@')?;
    let authority = run.split(['/', '?', '#']).next().unwrap_or(run);
    if authority.contains('@') {
        let user = run.get(..last).unwrap_or_default();
        return (!is_ssh || user.contains(':')).then_some(last);
    }
    // `https://user:pa/ss@host`: the slash was not encoded, so that the password looks like a port and a path.
    let (_, port) = authority.rsplit_once(':')?;
    (!port.chars().all(|c| c.is_ascii_digit())).then_some(last)
}

/// Marks what may be a secret in a text that does not parse. There a key can be damaged too, so it is the
/// other way round: what follows a key that is not known to be harmless is marked, and so is what goes on
/// on the lines after it.
fn in_broken_lines(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut start = 0;
    let mut hiding = false;
    for line in text.split_inclusive('\n') {
        let from = match begins(line.trim_start()) {
            Begins::Nothing => None,
            Begins::Section => {
                hiding = false;
                None
            }
            Begins::Key(key, _) if hiding && !is_known(key) => Some(0),
            Begins::Key(key, value) => {
                let from = harmless(key, value);
                hiding = from.is_some();
                from.map(|from| line.len() - value.len() + from)
            }
            Begins::More => (hiding || line.contains('=')).then_some(0),
        };
        spans.extend(from.map(|from| start + from..start + line.len()));
        start += line.len();
    }
    spans
}

/// What a line begins, in a text that does not parse.
enum Begins<'t> {
    Nothing,
    Section,
    /// A key, and what follows it, its equals sign included.
    Key(&'t str, &'t str),
    /// More of the value on the lines before.
    More,
}

fn begins(line: &str) -> Begins<'_> {
    if line.is_empty() || line.starts_with('#') {
        return Begins::Nothing;
    }
    let header = line.trim_start_matches('[');
    if header.len() < line.len() && header.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let plain = header.starts_with("providers") || !header.contains(['"', '\'']);
        return if plain && !header.contains('=') { Begins::Section } else { Begins::Key("", line) };
    }
    if line.starts_with(['[', ']', '{', '}', ',']) || line.starts_with(['"', '\'']) && !line.contains('=') {
        return Begins::More;
    }
    let end = line.find(|c: char| c.is_whitespace() || matches!(c, '=' | ':')).unwrap_or(line.len());
    let (key, value) = line.split_at(end);
    Begins::Key(key, value)
}

/// Where what may be a secret begins in what follows a key; none when nothing of it may be one.
fn harmless(key: &str, value: &str) -> Option<usize> {
    let last_key = key.rsplit('.').next().unwrap_or(key);
    let assigned = value.trim_start().strip_prefix('=').unwrap_or(value).trim_start();
    let names = if is_public(last_key) && !key.split('.').any(is_secret_key) {
        assigned
    } else if let Some(rest) = after_reference(last_key, assigned) {
        rest
    } else {
        return Some(0);
    };
    // Another key may have slipped onto the line.
    let last = names.rfind(['=', ':']).unwrap_or(0);
    let before = names.get(..last).unwrap_or_default();
    let slipped = before.split(['{', ',', ' ', '.']).any(is_secret_key)
        || before.split(['{', ',', ' ', '.', '=', ':']).any(is_secret_key);
    if slipped {
        return Some(value.len() - names.len());
    }
    // A literal may have been put aside behind a reference.
    let comment = names.find('#').filter(|_| !is_public(last_key));
    comment.map(|at| value.len() - names.len() + at + 1)
}

fn is_known(key: &str) -> bool {
    let last = key.rsplit('.').next().unwrap_or(key);
    is_public(last) || ["client_id", "client_secret", "token", "ssh_key"].contains(&last)
}

fn is_public(key: &str) -> bool {
    PUBLIC_KEYS.contains(&key) || ADDRESS_KEYS.contains(&key)
}

/// What follows the name in a reference, `{ env = "NAME"` or `"NAME"` after `client_id.env =`.
fn after_reference<'t>(last: &str, value: &'t str) -> Option<&'t str> {
    let (key, value) = match value.strip_prefix('{') {
        Some(inner) => inner.split_once('=')?,
        None => (last, value),
    };
    let value = value.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (name, rest) = value.get(1..)?.split_once(quote)?;
    let named = match key.trim() {
        "env" => is_variable_name(name),
        "credential" => is_credential_name(name),
        "file" => !name.is_empty(),
        _ => false,
    };
    named.then_some(rest)
}

/// Puts stars over the span; quotes and blanks stay, so that a broken line stays broken in the same way.
fn star(bytes: &mut [u8], span: Range<usize>) {
    let kept = |byte: u8| matches!(byte, b'"' | b'\'') || byte.is_ascii_whitespace();
    for byte in bytes.get_mut(span).into_iter().flatten().filter(|byte| !kept(**byte)) {
        *byte = if is_later(*byte) { GONE } else { b'*' };
    }
}

/// Makes a whole value, of whatever type, a string of as many stars, so that the text parses as
/// before. Line ends stay; a value that has any is a string in three quotes.
fn replace_scalar(bytes: &mut [u8], span: Range<usize>) {
    let Some(value) = bytes.get_mut(span) else { return };
    let length = value.iter().filter(|byte| !is_later(**byte)).count();
    let quotes = if value.contains(&b'\n') { 3 } else { 1 };
    let mut next = 0;
    for byte in value {
        let at = next;
        next += usize::from(!is_later(*byte));
        *byte = match *byte {
            b'\n' | b'\r' => continue,
            byte if is_later(byte) => GONE,
            _ if length < 2 * quotes => b'0',
            _ if at < quotes || at >= length - quotes => b'"',
            _ => b'*',
        }
    }
}

/// Whether a byte is one of a character that began before it.
fn is_later(byte: u8) -> bool {
    matches!(byte, 0x80..=0xbf | GONE)
}
