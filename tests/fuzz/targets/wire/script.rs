//! The answers of one input, in a form that can be written by hand.
//!
//! ```text
//! > 200 X-Total-Count: 2; content-type: application/json
//! [{"id": "u-1"}]
//! > 403 cut
//! {"message": "no"}
//! ```
//!
//! The first request gets the first answer and so on; once they are used up, they come again without the first,
//! which is the one to the log-in. Input of another form is one body that follows a token.

use std::collections::BTreeSet;

use serde_json::Value;

/// Between two answers.
const MARK: &[u8] = b"> ";

/// One answer.
#[derive(Clone)]
pub(super) struct Answer {
    /// From 200 to 599.
    pub(super) status: u16,
    /// Lines of its head, as they are.
    pub(super) headers: Vec<Vec<u8>>,
    pub(super) body: Vec<u8>,
    /// The connection ends in the middle of the body.
    pub(super) is_cut: bool,
}

/// All answers of one input.
#[derive(Clone)]
pub(super) struct Script {
    pub(super) answers: Vec<Answer>,
}

impl Script {
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let Some(bytes) = bytes.strip_prefix(MARK) else {
            let token = br#"{"access_token": "tok-1", "token_type": "Bearer", "expires_in": 300}"#;
            return Self { answers: vec![ok(token), ok(bytes)] };
        };
        let mut answers = Vec::new();
        let mut start = 0;
        for (at, window) in bytes.windows(MARK.len() + 1).enumerate() {
            if window == b"\n> " {
                answers.push(answer(&bytes[start..at]));
                start = at + window.len();
            }
        }
        answers.push(answer(bytes.get(start..).unwrap_or_default()));
        Self { answers }
    }

    /// The answer to a request, counted from 0.
    pub(super) fn answer(&self, number: usize) -> &Answer {
        let again = self.answers.len().max(2) - 1;
        let index = if number < self.answers.len() { number } else { 1 + (number - 1) % again };
        self.answers.get(index).unwrap_or(&self.answers[0])
    }

    /// Every string of every answer that is JSON, in lower case.
    pub(super) fn strings(&self) -> BTreeSet<String> {
        let mut strings = BTreeSet::new();
        for answer in &self.answers {
            if let Ok(body) = serde_json::from_slice(&answer.body) {
                collect(&body, &mut strings);
            }
        }
        strings
    }

    /// Whether a successful answer, or a head, holds this in whatever spelling.
    pub(super) fn grants(&self, text: &str) -> bool {
        let holds = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(text);
        self.answers.iter().any(|answer| {
            let body = answer.status < 300 && (holds(&answer.body) || answer.body.contains(&b'\\'));
            body || answer.headers.iter().any(|line| holds(line))
        })
    }
}

fn ok(body: &[u8]) -> Answer {
    Answer { status: 200, headers: Vec::new(), body: body.to_vec(), is_cut: false }
}

/// One answer: its first line is the head, the rest the body.
fn answer(bytes: &[u8]) -> Answer {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (head, body) = (&bytes[..end], bytes.get(end + 1..).unwrap_or_default());
    let mut words = head.splitn(2, |byte| *byte == b' ');
    let status = words.next().and_then(|word| std::str::from_utf8(word).ok()?.parse::<u16>().ok());
    let rest = words.next().unwrap_or_default();
    let headers: Vec<Vec<u8>> = rest
        .split(|byte| *byte == b';')
        .map(|line| line.trim_ascii().to_vec())
        .filter(|line| line.contains(&b':') && !line.to_ascii_lowercase().starts_with(b"content-length"))
        .collect();
    let is_cut = rest.split(|byte| *byte == b' ').any(|word| word == b"cut");
    Answer { status: status.unwrap_or(200).clamp(200, 599), headers, body: body.to_vec(), is_cut }
}

fn collect(value: &Value, strings: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => drop(strings.insert(text.to_lowercase())),
        Value::Array(items) => items.iter().for_each(|item| collect(item, strings)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, strings)),
        Value::Null | Value::Bool(_) | Value::Number(_) => (),
    }
}
