//! How people read and type the id of a run.
//!
//! Ids begin with the time (UUID version 7), so those of runs that began together, as one apply over several providers
//! begins them, begin alike for many digits. Their ends are random.

/// The fewest characters that name a run, but for a whole id.
pub const MIN_CHARACTERS: usize = 8;

/// How many characters the last part of an id has.
const LAST_PART: usize = 12;

/// The last part of an id, which tells it from all others; the whole of one that has another form.
#[must_use]
pub fn short(run: &str) -> &str {
    match run.rsplit_once('-') {
        Some((_, last)) if last.len() == LAST_PART => last,
        _ => run,
    }
}

/// Whether what a person typed names the run: the whole id, its beginning or its end.
#[must_use]
pub fn is_named_by(run: &str, typed: &str) -> bool {
    let is_part = typed.chars().count() >= MIN_CHARACTERS && (run.starts_with(typed) || run.ends_with(typed));
    run == typed || is_part
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "01a2019a-ebdb-717f-aa19-203a6b608839";

    #[test]
    fn a_run_is_told_by_its_end() {
        assert_eq!(short(RUN), "203a6b608839");
        assert_eq!(short("run-1"), "run-1");
        assert_eq!(short(""), "");
        assert!(is_named_by(RUN, short(RUN)));
    }

    #[test]
    fn either_end_names_it() {
        for typed in [RUN, "01a2019a", "01a2019a-ebdb", "6b608839", "aa19-203a6b608839"] {
            assert!(is_named_by(RUN, typed), "{typed}");
        }
        for typed in ["01a2019", "b608839", "ebdb-717f-aa19", "", "01a2019b", "x01a2019a-ebdb"] {
            assert!(!is_named_by(RUN, typed), "{typed}");
        }
        assert!(is_named_by("run-1", "run-1"), "a whole id may be short");
    }
}
