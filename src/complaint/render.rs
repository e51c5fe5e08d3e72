//! Complaints as text, drawn by annotate-snippets.
//!
//! It is given one line at a time, never a whole file: it looks at every line of its source.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use super::{At, Complaint, Excerpt};
use crate::clean::is_hidden;

/// Makes text from a file or a provider harmless to show on one line: every control character, line
/// end and invisible or direction-changing character becomes one visible character.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| shown(c) == c) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().map(shown).collect())
    }
}

pub(super) fn render(complaints: &[Complaint], more: usize, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for complaint in complaints {
        text.push_str(&renderer.render(&groups(complaint)));
        text.push_str("\n\n");
    }
    if more > 0 {
        let _ = writeln!(text, "{more} more errors are not shown\n");
    }
    text
}

/// The last line, for a command that ends with its complaints.
pub(super) fn count(complaints: &[Complaint], more: usize) -> String {
    let files: BTreeSet<_> = complaints.iter().map(|complaint| &complaint.at.file).collect();
    let (errors, files) = (complaints.len() + more, files.len());
    format!(
        "{errors} error{} in {files} file{}; nothing was changed\n",
        if errors == 1 { "" } else { "s" },
        if files == 1 { "" } else { "s" },
    )
}

fn groups(complaint: &Complaint) -> Vec<Group<'_>> {
    let Complaint { at, message, help, also } = complaint;
    let title = Level::ERROR.primary_title(visible(message));
    let mut groups = vec![Group::with_title(title).elements(elements(at))];
    if let Some((at, label)) = also {
        let title = Level::NOTE.secondary_title(visible(label));
        groups.push(Group::with_title(title).elements(elements(at)));
    }
    if let Some(help) = help {
        groups.push(Group::with_title(Level::HELP.secondary_title(visible(help))));
    }
    groups
}

/// The place, and the line it is on. The column of a line that is not whole is written by us: it counts
/// the characters of the whole line.
fn elements(at: &At) -> Vec<Element<'_>> {
    let origin = Origin::path(visible(&at.file));
    let Some(spot) = &at.spot else {
        return vec![origin.into()];
    };
    let origin = origin.line(spot.line).char_column(spot.column);
    let Some(Excerpt { text, marked }) = &spot.excerpt else {
        return vec![origin.into()];
    };
    let snippet = Snippet::source(text.as_ref())
        .line_start(spot.line)
        .annotation(AnnotationKind::Primary.span(marked.clone()));
    let before = text.get(..marked.start).unwrap_or("").chars().count();
    if before + 1 == spot.column {
        vec![snippet.path(visible(&at.file)).into()]
    } else {
        vec![origin.into(), snippet.into()]
    }
}

/// One visible character for any character.
pub(crate) fn shown(c: char) -> char {
    match c {
        '\t' => ' ',
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        hidden if is_hidden(hidden) => '\u{fffd}',
        _ => c,
    }
}
