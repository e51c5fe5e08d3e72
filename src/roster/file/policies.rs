//! What a group has besides its members: `must_contain`, `min_members`, `max_members`, `exclusive`; and
//! `[[separation]]`

use super::{Mark, Marks, Policies, Separation, references};
use crate::document::{Table, Value};

pub(super) fn lower(table: &mut Table<'_>, marks: Marks) -> Policies {
    Policies {
        must_contain: references::lower(&table.array("must_contain").unwrap_or_default(), marks),
        min_members: count(table, "min_members", 0, marks),
        max_members: count(table, "max_members", 1, marks),
        exclusive: label(table, marks),
    }
}

pub(super) fn lower_separations(root: &mut Table<'_>, marks: Marks) -> Vec<Separation> {
    let mut separations = Vec::new();
    for value in root.array("separation").unwrap_or_default() {
        let Some(mut table) = value.table() else { continue };
        if !table.contains("groups") {
            table.missing("groups", "write groups = [\"provider/group\", \"provider/group\"]");
        }
        let entries = table.array("groups");
        let mark = marks.mark(&table.span());
        table.finish();
        let Some(entries) = entries else { continue };
        let groups = entries.iter().filter_map(Value::string);
        let groups: Vec<_> = groups.map(|group| (group.value.to_owned(), marks.mark(&group.span))).collect();
        separations.push(Separation { mark, is_whole: groups.len() == entries.len(), groups });
    }
    separations
}

fn count(table: &mut Table<'_>, key: &'static str, least: i64, marks: Marks) -> Option<(usize, Mark)> {
    let written = table.integer(key, least..=i64::MAX)?;
    Some((usize::try_from(written.value).unwrap_or(usize::MAX), marks.mark(&written.span)))
}

fn label(table: &mut Table<'_>, marks: Marks) -> Option<(String, Mark)> {
    let label = table.string("exclusive")?;
    if label.trim().is_empty() || label.chars().any(char::is_control) {
        let message = "a label cannot be empty or hold control characters";
        table.complain(&label.span, message, "write one word for all groups of which a person may be in one");
    }
    Some((label.value.to_owned(), marks.mark(&label.span)))
}
