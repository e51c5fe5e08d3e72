//! Member lists: one reference a line. A list may have a million lines, so what is not wrong is not copied.

use std::ops::Range;
use std::path::Path;

use super::Files;
use super::check::{Names, user_id};
use super::walk::{Refused, Stamp, Stamped, confine};
use crate::complaint::{At, Complaint, Complaints};
use crate::core::roster::{Bounds, Member, Place, Who};
use crate::document::Source;
use crate::providers::KindName;

/// A list that a group takes its members from.
pub(super) struct List<'a, F> {
    /// As the group writes it.
    pub(super) path: &'a str,
    /// Where the group writes it.
    pub(super) at: F,
    pub(super) names: &'a Names<'a>,
    pub(super) kind: Option<KindName>,
}

/// One line: its text without comment and blanks, and where that is.
struct Line<'a> {
    text: &'a str,
    start: usize,
    number: u32,
}

impl<F: Fn() -> At> List<'_, F> {
    /// The members, and whether the list names anybody; a list that was complained about counts as if
    /// it did.
    pub(super) fn read(
        &self,
        files: &mut Files<'_>,
        root: &Path,
        complaints: &mut Complaints,
    ) -> (Vec<Member>, bool) {
        let (name, path) = match confine(root, self.path) {
            Ok(found) => found,
            Err(refused) => {
                complaints.push(self.refuse(&refused));
                return (Vec::new(), true);
            }
        };
        let stamp = Stamp::of(&path).ok();
        let mut wrong = Complaints::default();
        let Some((source, number)) = files.take(&name, &path, &mut wrong) else {
            complaints
                .extend(wrong.into_iter().map(|complaint| complaint.named_at((self.at)(), "this list")));
            return (Vec::new(), true);
        };
        if let Some(stamp) = stamp {
            files.lists.entry(name.into()).or_insert(Stamped { path, stamp });
        }
        if !source.text().ends_with('\n') {
            let end = source.text().len();
            let message = "the last line does not end: the list may have been cut off";
            let complaint = Complaint::new(source.at(end..end), message);
            complaints.push(complaint.help("end the last line with a line end, when the list is whole"));
            return (self.lines(&source, number, complaints).0, true);
        }
        self.lines(&source, number, complaints)
    }

    fn refuse(&self, refused: &Refused) -> Complaint {
        match refused {
            Refused::Outside => Complaint::new((self.at)(), "this list lies outside the roster")
                .help("write a path relative to the roster's root, and inside it"),
            Refused::Unreadable(error) => {
                Complaint::new((self.at)(), format!("this list cannot be read: {error}"))
                    .help("write a path relative to the roster's root, not to this file")
            }
        }
    }

    fn lines(&self, source: &Source, file: u32, complaints: &mut Complaints) -> (Vec<Member>, bool) {
        let text = source.text();
        // Counting first is cheaper than a list of members that grows, and takes half the memory.
        let mut members = Vec::with_capacity(text.bytes().filter(|byte| *byte == b'\n').count());
        let mut any = false;
        let (mut start, mut number) = (0, 0);
        for whole in text.split_inclusive('\n') {
            number += 1;
            let line = content(whole, start, number);
            start += whole.len();
            if line.text.is_empty() {
                continue;
            }
            any = true;
            if let Some(who) = self.who(&line, source, complaints) {
                let place = Place { file, line: line.number };
                members.push(Member { who, bounds: Bounds::default(), reason: None, place });
            }
        }
        (members, any)
    }

    fn who(&self, line: &Line<'_>, source: &Source, complaints: &mut Complaints) -> Option<Who> {
        let found = if let Some(team) = line.text.strip_prefix('@') {
            self.names.team(team).map(Who::Team)
        } else if let Some(id) = line.text.strip_prefix("id:") {
            let alone = !id.trim_start().contains(char::is_whitespace);
            if alone { user_id(id, self.kind).map(Who::Id).map_err(Some) } else { Err(None) }
        } else {
            self.names.person(line.text).map(Who::Person)
        };
        let wrong = match found {
            Ok(who) => return Some(who),
            Err(_) if line.text.contains(char::is_whitespace) => {
                let message = "there is more than one reference on this line".to_owned();
                Some((message, "write one a line: alice, @team or id:…; a comment begins with #".to_owned()))
            }
            Err(wrong) => wrong,
        };
        complaints
            .extend(wrong.map(|(message, help)| Complaint::new(source.at(line.span()), message).help(help)));
        None
    }
}

impl Line<'_> {
    fn span(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }
}

/// What stands on a line. A `#` begins a comment at the start of a line or after a blank, since an id
/// may hold one.
fn content(whole: &str, start: usize, number: u32) -> Line<'_> {
    let mut end = whole.len();
    for (at, _) in whole.match_indices('#') {
        if whole.get(..at).and_then(|before| before.chars().next_back()).is_none_or(char::is_whitespace) {
            end = at;
            break;
        }
    }
    let text = whole.get(..end).unwrap_or(whole);
    let trimmed = text.trim_start();
    Line { text: trimmed.trim_end(), start: start + text.len() - trimmed.len(), number }
}
