//! Text to tables, with every syntax error.

use std::cell::RefCell;
use std::ops::Range;

use toml::de::{DeTable, Error};

use super::Source;
use super::table::{Reading, Table, root, tables_in};
use crate::complaint::{Complaint, Complaints};

/// Syntax errors told of one file. One slip can be followed by many that it caused.
const MOST: usize = 20;

/// What the parser says of a key that is there twice.
const DUPLICATE: &str = "duplicate key";

/// Parses a source as TOML and hands its root to the closure. What is left of a file with syntax errors
/// is handed over too, so that everything is found at once; what is said about a line that already has
/// a syntax error is left out, since the one follows from the other.
pub fn lower<T>(source: &Source, complaints: &mut Complaints, read: impl FnOnce(Table<'_>) -> T) -> T {
    let (document, errors) = DeTable::parse_recoverable(source.text());
    let shown = RefCell::new(Complaints::default());
    let result = read(root(Reading { source, complaints: &shown }, document.get_ref()));
    let errors = without_followers(source, errors);
    let syntax: Vec<_> =
        errors.iter().take(MOST).map(|error| complain(source, document.get_ref(), error)).collect();
    let broken: Vec<_> = syntax.iter().filter_map(line).collect();
    let mut shown = shown.into_inner();
    shown.retain(|other| {
        other.at.file != *source.name() || line(other).is_none_or(|line| !broken.contains(&line))
    });
    complaints.append(shown);
    complaints.extend(syntax);
    if errors.len() > MOST {
        let message = format!("{} more syntax errors, not shown", errors.len() - MOST);
        complaints.push(Complaint::about(source.name(), message).help("mend the first ones and check again"));
    }
    result
}

/// Leaves out the keys that are there twice only because their table is.
fn without_followers(source: &Source, mut errors: Vec<Error>) -> Vec<Error> {
    let mut second_table: Option<usize> = None;
    errors.retain(|error| {
        let Some(span) = error.span().filter(|_| error.message() == DUPLICATE) else { return true };
        let between = second_table.and_then(|end| source.text().get(end..span.start));
        if between.is_some_and(|between| !between.contains("\n[")) {
            return false;
        }
        second_table = in_header(source, span.start).then_some(span.end);
        true
    });
    errors
}

/// Whether a place is on a line that opens a table.
fn in_header(source: &Source, offset: usize) -> bool {
    let before = source.text().get(..offset).unwrap_or("");
    before.rsplit('\n').next().is_some_and(|line| line.trim_start().starts_with('['))
}

fn line(complaint: &Complaint) -> Option<usize> {
    complaint.at.spot.as_ref().map(|spot| spot.line)
}

fn complain(source: &Source, document: &DeTable<'_>, error: &Error) -> Complaint {
    let end = source.text().trim_end().len();
    let span = error.span().unwrap_or(end..end);
    if error.message() == DUPLICATE {
        return duplicate(source, document, span);
    }
    let (what, expected) = match error.message().split_once(", expected ") {
        Some((what, expected)) => (what, Some(expected)),
        None => (error.message(), None),
    };
    let complaint = Complaint::new(source.at(span), format!("this is not TOML: {what}"));
    complaint.help(match expected {
        Some("nothing") => "remove this".to_owned(),
        Some(expected) => format!("expected here: {expected}"),
        None => "see https://toml.io for how to write it".to_owned(),
    })
}

fn duplicate(source: &Source, document: &DeTable<'_>, span: Range<usize>) -> Complaint {
    let key = source.text().get(span.clone()).unwrap_or("");
    let first = first_header(source, &span).or_else(|| first_key(document, &plain(key), span.start));
    let complaint = Complaint::new(source.at(span), format!("`{}` is defined twice", plain(key)))
        .help("keep one of the two");
    match first {
        Some(first) => complaint.also(source.at(first), "first defined here"),
        None => complaint,
    }
}

/// The key without its quotes.
fn plain(key: &str) -> String {
    key.trim_matches(['"', '\'']).to_owned()
}

/// For a key in a header: where the text before the header defines the same path. The parser puts the
/// second place over the first, so the document no longer has it.
fn first_header(source: &Source, span: &Range<usize>) -> Option<Range<usize>> {
    let text = source.text();
    let line_start = text.get(..span.start)?.rfind('\n').map_or(0, |end| end + 1);
    let line = text.get(line_start..)?.split('\n').next()?;
    if !line.trim_start().starts_with('[') {
        return None;
    }
    let (header, _) = DeTable::parse_recoverable(line);
    let (before, _) = DeTable::parse_recoverable(text.get(..line_start)?);
    let (mut header, mut before) = (header.get_ref(), before.get_ref());
    loop {
        let (wanted, inner) = header.iter().next()?;
        let (key, found) = before.get_key_value(wanted.get_ref().as_ref())?;
        if line_start + wanted.span().start == span.start {
            return Some(key.span());
        }
        header = tables_in(inner.get_ref()).last().copied()?;
        before = tables_in(found.get_ref()).last().copied()?;
    }
}

/// For a key in a table: the last place before it where the document has a key of this name.
fn first_key(document: &DeTable<'_>, name: &str, before: usize) -> Option<Range<usize>> {
    let mut best: Option<Range<usize>> = None;
    let mut open = vec![document];
    while let Some(table) = open.pop() {
        for (key, value) in table {
            let span = key.span();
            let earlier = span.start < before && best.as_ref().is_none_or(|best| best.start < span.start);
            if key.get_ref() == name && earlier {
                best = Some(span);
            }
            open.extend(tables_in(value.get_ref()));
        }
    }
    best
}
