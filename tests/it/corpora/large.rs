//! Large inputs: what they cost grows with their size, not with its square.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use rosterd::{config, roster};

/// Each takes a second or two in a test build; where the cost grew with the square, minutes.
const LONGEST: Duration = Duration::from_mins(1);
/// Bytes of each input, about.
const SIZE: usize = 200_000;

/// So many pieces of text that they come to about [`SIZE`] bytes.
fn many(mut piece: impl FnMut(&mut String, usize)) -> String {
    let mut text = String::new();
    for number in 0.. {
        if text.len() >= SIZE {
            break;
        }
        piece(&mut text, number);
    }
    text
}

fn again(piece: &str) -> String {
    piece.repeat(SIZE / piece.len())
}

/// Fails where an input takes too long.
#[track_caller]
fn quick(what: &str, run: impl FnOnce()) {
    let (started, worked) = (Instant::now(), worked());
    run();
    let taken = match (worked, self::worked()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => started.elapsed(),
    };
    assert!(taken < LONGEST, "{what} took {taken:?}");
}

/// How long this thread was at work so far, however busy the machine is; none where the kernel does not count it.
fn worked() -> Option<Duration> {
    let counted = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(counted.split_whitespace().next()?.parse().ok()?))
}

#[test]
fn a_large_configuration_takes_no_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rosterd.toml");
    for (what, text) in [
        ("beginnings of addresses", format!("roster = '{}'\n", again("://"))),
        ("one address with users without end", format!("roster = 'https://{}'\n", again("a:b@"))),
        ("one line of equals signs", format!("kind = x{}\n", again("="))),
        ("one line of keys", format!("kind = {}\n!", again("a= "))),
        ("one line of colons", format!("kind = {}\n!", again("a:"))),
        ("one line of the same key", format!("a = {{{}}}\n", again("a=1,"))),
        ("the same table", again("[a]\n")),
        ("open brackets", format!("a = {}", again("["))),
        ("unknown keys", many(|text, number| writeln!(text, "k{number} = 1").unwrap())),
        ("literal secrets", again("token = 'x'\n")),
    ] {
        std::fs::write(&file, text).unwrap();
        quick(what, || assert!(config::load(&file).config.is_none(), "{what}"));
    }
}

#[test]
fn a_large_roster_takes_no_time() {
    let folder = tempfile::tempdir().unwrap();
    let person = "[people.a]\nemail = 'a@acme.example'\n";
    let buyers = "[groups.emporix.buyers]\nid = '1'\n";
    let groups = many(|text, number| {
        writeln!(text, "[groups.emporix.g{number}]\nid = '{number}'\nmembers = ['a']").unwrap();
    });
    let unknown = many(|text, number| write!(text, "'emporix/h{number}',").unwrap());
    let nobody = many(|text, number| write!(text, "'q{number}',").unwrap());
    for (what, text) in [
        ("undefined members on one line", format!("{buyers}members = [{nobody}]\n")),
        ("an undefined group a word", format!("{person}{groups}[[separation]]\ngroups = [{unknown}]\n")),
        ("one person", again("[people.a]\nids = { emporix = 'x' }\n")),
        ("one id", many(|text, number| writeln!(text, "[people.p{number}]\nids.emporix = 'x'").unwrap())),
        (
            "a ring of teams",
            many(|text, number| writeln!(text, "[teams.t{number}]\nmembers = ['@t{}']", number + 1).unwrap()),
        ),
        ("numbers in a list", format!("[teams.t]\nmembers = [{}]\n", again("1, "))),
    ] {
        std::fs::write(folder.path().join("r.toml"), text).unwrap();
        quick(what, || assert!(roster::load(folder.path(), "", None).is_err(), "{what}"));
    }
}
