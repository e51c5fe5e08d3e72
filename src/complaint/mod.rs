//! What is wrong with a file that a person wrote: where, what, and what to write instead.
//!
//! Text out of files is data: [`visible`] makes it harmless wherever a complaint shows it.

mod problem;
mod render;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

pub use problem::Problem;
pub(crate) use render::shown;
pub use render::visible;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// Where.
    pub at: At,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// A second place that belongs to it, and how: "first defined here".
    pub also: Option<(At, String)>,
}

/// A place in a file, or a file as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    /// The file as it is shown to people.
    pub file: Arc<str>,
    /// Where in it; none when the file could not be read, say.
    pub spot: Option<Spot>,
}

/// A place within a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The line, or the part of a long one around the spot; none when it must not be shown.
    pub excerpt: Option<Excerpt>,
}

/// What is shown of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// Harmless text, without a line end.
    pub text: Box<str>,
    /// The bytes of it that are meant.
    pub marked: std::ops::Range<usize>,
}

/// Everything that is wrong. Of a very long list only the first are kept, and the others counted: nobody
/// reads them, and they would fill the memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Complaints {
    kept: Vec<Complaint>,
    more: usize,
}

/// Complaints kept.
const MOST: usize = 10_000;

impl Complaint {
    /// A complaint about a place.
    pub fn new(at: At, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), help: None, also: None }
    }

    /// A complaint about a file or directory as a whole.
    pub fn about(file: &str, message: impl Into<String>) -> Self {
        Self::new(At { file: file.into(), spot: None }, message)
    }

    /// A complaint about a file as a whole is shown where that file is named, as what it is there.
    #[must_use]
    pub fn named_at(self, at: At, what: &str) -> Self {
        if self.at.spot.is_some() {
            return self;
        }
        Self { at, message: format!("{what} {}", self.message), ..self }
    }

    /// Says what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Names a second place, and what it has to do with this.
    #[must_use]
    pub fn also(mut self, at: At, label: impl Into<String>) -> Self {
        self.also = Some((at, label.into()));
        self
    }
}

impl At {
    fn order(&self) -> (&str, usize, usize) {
        let (line, column) = self.spot.as_ref().map_or((0, 0), |spot| (spot.line, spot.column));
        (&self.file, line, column)
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&visible(&self.file))?;
        match &self.spot {
            Some(spot) => write!(f, ":{}:{}", spot.line, spot.column),
            None => Ok(()),
        }
    }
}

impl Complaints {
    /// Adds one.
    pub fn push(&mut self, complaint: Complaint) {
        self.push_with(|| complaint);
    }

    /// Adds one that is made only if it is kept.
    pub fn push_with(&mut self, make: impl FnOnce() -> Complaint) {
        if self.kept.len() < MOST {
            self.kept.push(make());
        } else {
            self.more += 1;
        }
    }

    /// Adds all of another list.
    pub fn append(&mut self, other: Self) {
        let Self { kept, more } = other;
        self.extend(kept);
        self.more += more;
    }

    /// Leaves out those that are not wanted.
    pub fn retain(&mut self, wanted: impl FnMut(&Complaint) -> bool) {
        self.kept.retain(wanted);
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.len() + self.more
    }

    /// Those that are kept, in the order they are in.
    pub fn iter(&self) -> std::slice::Iter<'_, Complaint> {
        self.kept.iter()
    }

    /// Puts them in the order of files and places; complaints about one place keep their order. What is
    /// said twice, because a list is used twice, stays once.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.kept.sort_by(|a, b| a.at.order().cmp(&b.at.order()));
        self.kept.dedup();
        self
    }

    /// The value, when nothing is wrong; else everything that is, sorted.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self.sorted()) }
    }

    /// For people: each with its place, its line and what to write instead, then a line that counts them.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        render::render(&self.kept, self.more, colour) + &render::count(&self.kept, self.more)
    }

    /// The same without the line that counts them, which says that nothing was changed: for where a command goes on.
    #[must_use]
    pub fn render_without_end(&self, colour: bool) -> String {
        render::render(&self.kept, self.more, colour)
    }
}

impl Extend<Complaint> for Complaints {
    fn extend<I: IntoIterator<Item = Complaint>>(&mut self, more: I) {
        more.into_iter().for_each(|complaint| self.push(complaint));
    }
}

impl FromIterator<Complaint> for Complaints {
    fn from_iter<I: IntoIterator<Item = Complaint>>(all: I) -> Self {
        let mut complaints = Self::default();
        complaints.extend(all);
        complaints
    }
}

impl IntoIterator for Complaints {
    type Item = Complaint;
    type IntoIter = std::vec::IntoIter<Complaint>;

    fn into_iter(self) -> Self::IntoIter {
        self.kept.into_iter()
    }
}

impl<'a> IntoIterator for &'a Complaints {
    type Item = &'a Complaint;
    type IntoIter = std::slice::Iter<'a, Complaint>;

    fn into_iter(self) -> Self::IntoIter {
        self.kept.iter()
    }
}

impl From<Complaint> for Complaints {
    fn from(one: Complaint) -> Self {
        Self { kept: vec![one], more: 0 }
    }
}

impl fmt::Display for Complaints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.render(false).trim_end())
    }
}

impl std::error::Error for Complaints {}
