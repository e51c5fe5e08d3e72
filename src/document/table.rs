//! A table that remembers which of its keys were asked for, so that the others can be named.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};
use std::rc::Rc;

use jiff::civil::Date;
use toml::de::{DeTable, DeValue};

use super::value::{Value, Written};
use super::{Source, nearest};
use crate::complaint::{Complaint, Complaints};

/// What every part of one document shares.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'d> {
    pub(super) source: &'d Source,
    pub(super) complaints: &'d RefCell<Complaints>,
}

impl Reading<'_> {
    pub(super) fn complain(&self, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        let complain = || Complaint::new(self.source.at(span), message).help(help);
        self.complaints.borrow_mut().push_with(complain);
    }

    pub(super) fn push(&self, complaint: Complaint) {
        self.complaints.borrow_mut().push(complaint);
    }
}

/// A table as it was written.
///
/// A getter is none both for a key that is not there and for a value of another type; the latter it
/// complains about. After all getters, [`Table::finish`] complains about every key nobody asked for.
#[derive(Debug)]
pub struct Table<'d> {
    reading: Reading<'d>,
    inner: &'d DeTable<'d>,
    span: Range<usize>,
    label: Rc<str>,
    asked: BTreeSet<&'static str>,
    all_asked: bool,
}

impl<'d> Table<'d> {
    pub(super) fn new(
        reading: Reading<'d>,
        table: &'d DeTable<'d>,
        span: Range<usize>,
        label: Rc<str>,
    ) -> Self {
        Self { reading, inner: table, span, label, asked: BTreeSet::new(), all_asked: false }
    }

    /// Where it is: its header, or all of an inline table.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// What people call it: "`people.alice`".
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The line, from 1, of a place in this document.
    #[must_use]
    pub fn line_of(&self, span: &Range<usize>) -> usize {
        self.reading.source.line_of(span.start)
    }

    /// The source, for complaints about its places.
    #[must_use]
    pub fn source(&self) -> &'d Source {
        self.reading.source
    }

    /// Whether there is no key in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// Whether the key is there, with a value of whatever type.
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        self.inner.contains_key(key)
    }

    /// Where a key's name is written.
    #[must_use]
    pub fn key_span(&self, key: &str) -> Option<Range<usize>> {
        self.inner.get_key_value(key).map(|(key, _)| key.span())
    }

    /// Whatever the key has.
    pub fn value(&mut self, key: &'static str) -> Option<Value<'d>> {
        self.asked.insert(key);
        self.inner.get(key).map(|value| Value::new(self.reading, value, self.name_of(key).into()))
    }

    /// A string.
    pub fn string(&mut self, key: &'static str) -> Option<Written<&'d str>> {
        self.value(key)?.string()
    }

    /// A truth value.
    pub fn bool(&mut self, key: &'static str) -> Option<Written<bool>> {
        self.value(key)?.bool()
    }

    /// A whole number within a range.
    pub fn integer(&mut self, key: &'static str, range: RangeInclusive<i64>) -> Option<Written<i64>> {
        self.value(key)?.integer(range)
    }

    /// A number within a range, with or without a fraction.
    pub fn float(&mut self, key: &'static str, range: RangeInclusive<f64>) -> Option<Written<f64>> {
        self.value(key)?.float(range)
    }

    /// A date without a time.
    pub fn date(&mut self, key: &'static str) -> Option<Written<Date>> {
        self.value(key)?.date()
    }

    /// A table.
    pub fn table(&mut self, key: &'static str) -> Option<Self> {
        self.value(key)?.table()
    }

    /// An array.
    pub fn array(&mut self, key: &'static str) -> Option<Vec<Value<'d>>> {
        self.value(key)?.array()
    }

    /// An array of strings; entries of another type are complained about and left out.
    pub fn strings(&mut self, key: &'static str) -> Option<Vec<Written<&'d str>>> {
        Some(self.array(key)?.iter().filter_map(Value::string).collect())
    }

    /// One word of a closed list; any other is complained about with the nearest.
    pub fn one_of<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> Option<Written<T>> {
        let written = self.string(key)?;
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == written.value) {
            return Some(written.map(|_| *meaning));
        }
        let message = format!("{} cannot be \"{}\"", self.name_of(key), written.value);
        let help = if let Some(word) = nearest(written.value, words.iter().map(|(word, _)| *word)) {
            format!("did you mean \"{word}\"?")
        } else {
            let words: Vec<_> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            format!("write {}", words.join(" or "))
        };
        self.complain(&written.span, message, help);
        None
    }

    /// Every key with its value, for tables whose keys are names that people choose. All keys count as asked for.
    pub fn entries(&mut self) -> Vec<(Written<&'d str>, Value<'d>)> {
        self.all_asked = true;
        let entries = self.inner.iter().map(|(key, value)| {
            let label = self.name_of(key.get_ref()).into();
            let name: &'d str = key.get_ref();
            (Written { value: name, span: key.span() }, Value::new(self.reading, value, label))
        });
        entries.collect()
    }

    /// Complains that a key is missing, at the table.
    pub fn missing(&self, key: &str, help: impl Into<String>) {
        let message = match self.label.as_ref() {
            "" => format!("the key `{key}` is missing"),
            label => format!("{label} has no key `{key}`"),
        };
        self.complain(&self.span, message, help);
    }

    /// Complains about a place in this document.
    pub fn complain(&self, span: &Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.reading.complain(span.clone(), message, help);
    }

    /// Adds a complaint that was made elsewhere.
    pub fn push(&self, complaint: Complaint) {
        self.reading.push(complaint);
    }

    /// Complains about every key nobody asked for, each with the nearest key that there is.
    pub fn finish(self) {
        if self.all_asked {
            return;
        }
        for (key, _) in self.inner {
            let name: &str = key.get_ref();
            if self.asked.contains(name) {
                continue;
            }
            let message = match self.label.as_ref() {
                "" => format!("unknown key `{name}`"),
                label => format!("unknown key `{name}` in {label}"),
            };
            let help = if let Some(known) = nearest(name, self.asked.iter().copied()) {
                format!("did you mean `{known}`?")
            } else if self.asked.is_empty() {
                "remove it; there are no keys here".to_owned()
            } else {
                let known: Vec<_> = self.asked.iter().map(|key| format!("`{key}`")).collect();
                format!("remove it; the keys here are {}", known.join(", "))
            };
            self.complain(&key.span(), message, help);
        }
    }

    fn name_of(&self, key: &str) -> String {
        match self.label.strip_suffix('`') {
            Some(parent) if self.label.starts_with('`') => format!("{parent}.{key}`"),
            _ if self.label.is_empty() => format!("`{key}`"),
            _ => format!("`{key}` of {}", self.label),
        }
    }
}

/// What a table was parsed into, for the root.
pub(super) fn root<'d>(reading: Reading<'d>, root: &'d DeTable<'d>) -> Table<'d> {
    Table::new(reading, root, 0..0, Rc::default())
}

/// Whether a value is a table or an array of tables, to walk a document.
pub(super) fn tables_in<'d>(value: &'d DeValue<'d>) -> Vec<&'d DeTable<'d>> {
    match value {
        DeValue::Table(table) => vec![table],
        DeValue::Array(values) => values.iter().flat_map(|value| tables_in(value.get_ref())).collect(),
        _ => Vec::new(),
    }
}
