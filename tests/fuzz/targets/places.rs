//! What holds of every complaint: its place lies in the text, and what it shows is harmless.

use std::collections::BTreeMap;

use rosterd::clean::is_hidden;
use rosterd::complaint::{At, Complaints};

/// Checks every complaint about some files, given by the names under which they are shown.
pub(super) fn check(complaints: &Complaints, files: &BTreeMap<&str, &[u8]>) {
    for complaint in complaints {
        check_place(&complaint.at, files);
        if let Some((at, _)) = &complaint.also {
            check_place(at, files);
        }
    }
    let plain = complaints.render(false);
    assert!(plain.chars().all(|c| c == '\n' || is_shown(c)), "hidden characters in {plain:?}");
    let coloured = complaints.render(true);
    assert_eq!(without_colours(&coloured), plain, "colours change nothing but colours");
}

fn check_place(at: &At, files: &BTreeMap<&str, &[u8]>) {
    let Some(spot) = &at.spot else { return };
    let text = files.get(&*at.file).unwrap_or_else(|| panic!("a place in an unknown file: {at}"));
    let text = String::from_utf8_lossy(text);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let line = text.split('\n').nth(spot.line.checked_sub(1).expect("lines count from 1"));
    let line = line.unwrap_or_else(|| panic!("{at} lies behind the end of the text"));
    let columns = line.chars().count() + 1;
    assert!((1..=columns).contains(&spot.column), "{at} lies behind the end of its line of {columns}");
    if let Some(excerpt) = &spot.excerpt {
        assert!(excerpt.text.get(excerpt.marked.clone()).is_some(), "{at} marks {:?}", excerpt.marked);
        assert!(excerpt.text.chars().all(is_shown), "{:?}", excerpt.text);
    }
}

/// Not hidden, or what a complaint puts in the place of what is.
fn is_shown(character: char) -> bool {
    character == '\u{fffd}' || !is_hidden(character)
}

/// Takes out `ESC [ … m`, and nothing else.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_, rest)| rest))
}
