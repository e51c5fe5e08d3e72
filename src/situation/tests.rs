//! What the one line and the whole status say of a roster that is not the newest.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Git, HeldHead, Situation, text};
use crate::complaint::Problem;

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

/// A branch whose commit came into force two hours ago.
fn following(git: Git, problem: Option<&str>) -> Situation {
    let mut situation = Situation::new(None);
    let problem = problem.map(|problem| Problem::plain(problem.to_owned()));
    situation.configuration.found(true, None, now());
    situation.roster.document.found(problem.is_none(), problem, now());
    situation.roster.revision = Some("0123456789abcdef".to_owned());
    let at = Some(now() - SignedDuration::from_hours(2));
    situation.roster.git =
        Some(Git { url: "/srv/roster.git".to_owned(), fetched_at: at, taken_at: at, ..git });
    situation
}

fn shown(situation: &Situation) -> String {
    text::render(situation, &TimeZone::UTC, now())
}

#[test]
fn before_the_first_look_nothing_is_wrong() {
    assert_eq!(Situation::new(None).line(), "starting");
}

#[test]
fn a_held_head_is_held_and_not_said_not_to_check() {
    let held = HeldHead { commit: "fedcba98".repeat(5), digest: "8d01f6a2b3c4".to_owned() };
    let told =
        "the roster's branch was rewritten; to take exactly this head up: rosterd approve 8d01f6a2b3c4";
    let situation = following(Git { held: Some(held), ..Git::default() }, Some(told));
    assert_eq!(situation.line(), "roster 0123456; the head of the roster's branch is held, and not in force");
    let text = shown(&situation);
    assert!(text.contains("what was good before stays in force, since 2026-11-22 12:00 UTC:"), "{text}");
    assert_eq!(text.matches("rosterd approve 8d01f6a2b3c4").count(), 1, "{text}");
    assert!(!text.contains("does not check"), "{text}");
}

#[test]
fn a_remote_that_does_not_answer_is_said_with_the_age_of_what_is_in_force() {
    let error = format!("the roster's branch could not be fetched: {}; and the end of it", "x".repeat(300));
    let situation = following(Git { error: Some(error), ..Git::default() }, None);
    let line = "roster 0123456; the roster's branch could not be fetched since 2026-11-22 10:00 UTC";
    assert_eq!(situation.line(), line);
    let text = shown(&situation);
    assert!(text.contains("; and the end of it"), "nothing is cut off: {text}");
    assert!(text.contains("commit 0123456 is in force, taken up 2 h ago"), "{text}");
    assert!(situation.is_valid(), "what was found last is in force");
}

#[test]
fn lines_of_a_complaint_stay_lines() {
    let problem = "two errors:\n  the first\u{1b}[31m\n  the second";
    let text = shown(&following(Git::default(), Some(problem)));
    assert!(text.contains("\n    two errors:\n      the first\\u{1b}[31m\n      the second\n"), "{text}");
}
