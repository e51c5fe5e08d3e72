//! One value as it was written.

use std::ops::{Deref, Range};
use std::rc::Rc;

use jiff::civil::Date;
use toml::Spanned;
use toml::de::DeValue;
use toml::value::Datetime;

use super::table::{Reading, Table};

/// A value with the bytes it was written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written<T> {
    /// What was written.
    pub value: T,
    /// Where: bytes of the source.
    pub span: Range<usize>,
}

impl<T> Written<T> {
    /// The same place with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Written<U> {
        Written { value: change(self.value), span: self.span }
    }
}

impl<T> Deref for Written<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// A value whose type is not settled yet: its getters complain when it is another.
#[derive(Debug, Clone)]
pub struct Value<'d> {
    pub(super) reading: Reading<'d>,
    pub(super) inner: &'d DeValue<'d>,
    pub(super) span: Range<usize>,
    /// What people call it: "`people.alice.email`", "an entry of `members`".
    pub(super) label: Rc<str>,
}

/// A value by its type, for keys that take several.
#[derive(Debug)]
pub enum Item<'d> {
    /// A string.
    Text(Written<&'d str>),
    /// A table.
    Table(Table<'d>),
    /// A whole number.
    Integer(Written<i64>),
    /// A truth value.
    Bool(Written<bool>),
    /// An array.
    Array(Vec<Value<'d>>),
    /// A date without a time.
    Date(Written<Date>),
    /// Anything else: a fraction, a date with a time, a number out of every range.
    Other(Value<'d>),
}

impl<'d> Value<'d> {
    pub(super) fn new(reading: Reading<'d>, value: &'d Spanned<DeValue<'d>>, label: Rc<str>) -> Self {
        Self { reading, inner: value.get_ref(), span: value.span(), label }
    }

    /// Where it is.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// By its type; complains about nothing.
    #[must_use]
    pub fn item(self) -> Item<'d> {
        match self.inner {
            DeValue::String(text) => Item::Text(self.written(text.as_ref())),
            DeValue::Boolean(value) => Item::Bool(self.written(*value)),
            DeValue::Table(table) => Item::Table(Table::new(self.reading, table, self.span, self.label)),
            DeValue::Array(_) => Item::Array(self.entries()),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Item::Integer(self.written(number)),
                Err(_) => Item::Other(self),
            },
            DeValue::Datetime(moment) => match civil_date(moment) {
                Some(date) => Item::Date(self.written(date)),
                None => Item::Other(self),
            },
            DeValue::Float(_) => Item::Other(self),
        }
    }

    /// A string.
    #[must_use]
    pub fn string(&self) -> Option<Written<&'d str>> {
        match self.inner {
            DeValue::String(text) => Some(self.written(text.as_ref())),
            _ => self.wrong("a string", "write a text in quotes: \"…\""),
        }
    }

    /// A truth value.
    #[must_use]
    pub fn bool(&self) -> Option<Written<bool>> {
        match self.inner {
            DeValue::Boolean(value) => Some(self.written(*value)),
            _ => self.wrong("true or false", "write true or false, without quotes"),
        }
    }

    /// A whole number within a range.
    #[must_use]
    pub fn integer(&self, range: std::ops::RangeInclusive<i64>) -> Option<Written<i64>> {
        let expected = match (*range.start(), *range.end()) {
            (start, i64::MAX) => format!("a whole number of at least {start}"),
            (start, end) => format!("a whole number from {start} to {end}"),
        };
        let help = format!("write {expected}, without quotes");
        let DeValue::Integer(number) = self.inner else {
            return self.wrong(&expected, &help);
        };
        match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) if range.contains(&number) => Some(self.written(number)),
            _ => {
                self.complain(format!("{} is out of range", self.label), help);
                None
            }
        }
    }

    /// A number within a range, with or without a fraction.
    #[must_use]
    pub fn float(&self, range: std::ops::RangeInclusive<f64>) -> Option<Written<f64>> {
        let expected = format!("a number from {} to {}", range.start(), range.end());
        let help = format!("write {expected}, without quotes");
        let number = match self.inner {
            DeValue::Float(number) => number.as_str().parse().ok(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
            DeValue::Integer(_) => None,
            _ => return self.wrong(&expected, &help),
        };
        if let Some(number) = number.filter(|number| range.contains(number)) {
            return Some(self.written(number));
        }
        self.complain(format!("{} is out of range", self.label), help);
        None
    }

    /// A date without a time.
    #[must_use]
    pub fn date(&self) -> Option<Written<Date>> {
        const HELP: &str = "write year-month-day: 2026-11-30";
        match self.inner {
            DeValue::Datetime(moment) => match civil_date(moment) {
                Some(date) => Some(self.written(date)),
                None => self.wrong("a date", HELP),
            },
            DeValue::String(text) => {
                let help = match text.trim().parse::<Date>() {
                    Ok(date) => format!("write it without quotes: {date}"),
                    Err(_) => format!("{HELP}, without quotes"),
                };
                self.wrong("a date", &help)
            }
            _ => self.wrong("a date", HELP),
        }
    }

    /// A table.
    #[must_use]
    pub fn table(&self) -> Option<Table<'d>> {
        match self.inner {
            DeValue::Table(table) => {
                Some(Table::new(self.reading, table, self.span.clone(), Rc::clone(&self.label)))
            }
            _ => self.wrong("a table", "write a table: { key = value }"),
        }
    }

    /// An array.
    #[must_use]
    pub fn array(&self) -> Option<Vec<Self>> {
        match self.inner {
            DeValue::Array(_) => Some(self.entries()),
            _ => self.wrong("an array", "write a list in brackets: [ … ]"),
        }
    }

    /// Complains about this value.
    pub fn complain(&self, message: impl Into<String>, help: impl Into<String>) {
        self.reading.complain(self.span.clone(), message, help);
    }

    /// What people call this value.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    fn entries(&self) -> Vec<Self> {
        let DeValue::Array(values) = self.inner else { return Vec::new() };
        let label = if self.label.starts_with("an entry of ") {
            Rc::clone(&self.label)
        } else {
            format!("an entry of {}", self.label).into()
        };
        values.iter().map(|value| Self::new(self.reading, value, Rc::clone(&label))).collect()
    }

    fn written<T>(&self, value: T) -> Written<T> {
        Written { value, span: self.span.clone() }
    }

    fn wrong<T>(&self, expected: &str, help: &str) -> Option<T> {
        let found = match self.inner {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(Datetime { date: Some(_), time: None, .. }) => "a date",
            DeValue::Datetime(Datetime { date: None, .. }) => "a time",
            DeValue::Datetime(_) => "a date with a time",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        self.complain(format!("{} must be {expected}, not {found}", self.label), help);
        None
    }
}

fn civil_date(moment: &Datetime) -> Option<Date> {
    let Datetime { date: Some(date), time: None, offset: None } = moment else { return None };
    let (year, month) = (i16::try_from(date.year).ok()?, i8::try_from(date.month).ok()?);
    Date::new(year, month, i8::try_from(date.day).ok()?).ok()
}
