//! Text that others wrote, made harmless where it is shown.
//!
//! Names, ids and messages come from providers and rosters. Shown as they are, they could move the
//! cursor, recolour the screen, reverse the order of letters or start a link. Here they become visible,
//! never active. What is cleaned is for eyes only: it is never compared and never sent.

use std::borrow::Cow;

#[cfg(test)]
mod tests;

/// How much of a name is shown.
const NAME_LIMIT: usize = 200;
/// How much of a message is shown: it often ends in the support id, which must not be cut off.
const MESSAGE_LIMIT: usize = 1000;
/// How many lines of a longer text are shown.
const LINES_LIMIT: usize = 40;

/// A name or an id as one harmless line of at most 200 characters.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    clean_to(text, NAME_LIMIT)
}

/// A sentence, of a provider or about one, as one harmless line of at most 1000 characters.
#[must_use]
pub fn clean_message(text: &str) -> Cow<'_, str> {
    clean_to(text, MESSAGE_LIMIT)
}

/// What rosterd says in several lines, with words of others in it: each line harmless, and at most 40 of them.
#[must_use]
pub fn clean_lines(text: &str) -> Vec<String> {
    let mut lines = text.lines().map(str::trim_end).skip_while(|line| line.is_empty());
    let mut shown: Vec<String> =
        lines.by_ref().take(LINES_LIMIT).map(|line| clean_message(line).into_owned()).collect();
    let more = lines.filter(|line| !line.is_empty()).count();
    if more > 0 {
        shown.push(format!("… and {more} lines more"));
    }
    while shown.last().is_some_and(String::is_empty) {
        shown.pop();
    }
    shown
}

/// A word of a command that somebody may copy into a shell: clean, and within quotes unless every character is one
/// that no shell acts on.
#[must_use]
pub fn shell(text: &str) -> Cow<'_, str> {
    let is_safe =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':' | '@' | ',' | '+');
    let cleaned = clean(text);
    if !cleaned.is_empty() && cleaned.chars().all(is_safe) {
        return cleaned;
    }
    Cow::Owned(format!("'{}'", cleaned.replace('\'', "'\\''")))
}

/// Whether a character is invisible or acts on the text around it.
///
/// Controls, separators of lines and paragraphs, all of Unicode's `Default_Ignorable_Code_Point` (bidirectional
/// overrides and isolates, zero-width characters, fillers, variation selectors, tags), annotations, blanks
/// that look like nothing, and what stands for bytes that were no text.
#[must_use]
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fdd0}'..='\u{fdef}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{ffff}'
            | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Escapes what markdown and HTML would act on, in text that is clean already.
///
/// Character references rather than backslashes, because those also hold where markdown is not read.
/// Forges look for mentions and issue numbers in what comes out of markdown, which no escape prevents:
/// put the result within `<code>`, where they do not look.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    for (at, character) in text.char_indices() {
        if acts_in_markdown(&text[..at], character, &text[at + character.len_utf8()..]) {
            out.push_str("&#");
            out.push_str(&u32::from(character).to_string());
            out.push(';');
        } else {
            out.push(character);
        }
    }
    out
}

/// Keeps what Slack and Teams act on from acting, in text that is clean already: mentions of people and of whole
/// channels, and links that say another place than they lead to.
///
/// Both know these three references, and Slack no others, nor backslashes; what is bold or in italics deceives nobody.
#[must_use]
pub fn chat(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    // Markdown has a link only where nothing stands between the two, and nobody misses the blank.
    text.replace("](", "] (")
}

/// Most characters act anywhere; some only begin a list or a heading, or are part of a bare link.
fn acts_in_markdown(before: &str, character: char, after: &str) -> bool {
    match character {
        '&' | '<' | '>' | '"' | '\'' | '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#'
        | '!' | '|' | '~' | '@' | '$' | '^' => true,
        '-' | '+' | '=' => before.trim().is_empty(),
        ':' => after.starts_with("//"),
        '.' => before.trim().bytes().all(|byte| byte.is_ascii_digit()) || ends_in_www(before),
        _ => false,
    }
}

fn ends_in_www(before: &str) -> bool {
    before.len() >= 3 && before.as_bytes()[before.len() - 3..].eq_ignore_ascii_case(b"www")
}

fn clean_to(text: &str, limit: usize) -> Cow<'_, str> {
    if text.len() <= limit && !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut shown = 0;
    // Where the text can still be cut so that the ellipsis fits.
    let mut cut = 0;
    for character in text.chars() {
        let start = out.len();
        if is_hidden(character) {
            out.extend(character.escape_unicode());
            shown += out.len() - start;
        } else {
            out.push(character);
            shown += 1;
        }
        if shown > limit {
            out.truncate(cut);
            out.push('…');
            break;
        }
        if shown < limit {
            cut = out.len();
        }
    }
    Cow::Owned(out)
}
