use proptest::prelude::*;

use super::{GOOD, but, config, told};
use crate::complaint::Complaints;
use crate::config::load::parse;
use crate::document::Source;

#[test]
fn what_is_not_written_has_its_default() {
    let config = config(&but(&[("[daemon]\ntimezone = \"Europe/Berlin\"\n", "")]));
    assert_eq!(config.daemon.schedule, "0 */15 * * * *");
    assert_eq!(config.daemon.timezone.iana_name(), Some("UTC"));
    assert_eq!(config.daemon.listen.unwrap().to_string(), "127.0.0.1:9464");
    assert!(!config.daemon.dry_run && !config.allow_dirty);
    assert!(config.roster_git.is_none());
}

#[test]
fn what_is_written_is_taken() {
    let daemon = "[daemon]\nschedule = \"@hourly\"\nlisten = \"\"\ndry_run = true\n";
    let config = config(&but(&[("[daemon]\n", daemon), ("roster = ", "allow_dirty = true\nroster = ")]));
    assert_eq!(config.daemon.schedule, "@hourly");
    assert_eq!(config.daemon.timezone.iana_name(), Some("Europe/Berlin"));
    assert_eq!(config.daemon.listen, None);
    assert!(config.daemon.dry_run && config.allow_dirty);
}

#[test]
fn unknown_keys_come_with_the_nearest() {
    let text = but(&[
        ("roster = ", "rooster = 1\nroster = "),
        ("timezone", "timezon = \"UTC\"\ntimezone"),
        ("max_removals = 10", "max_removal = 10"),
    ]);
    insta::assert_snapshot!(told(&text), @r#"
    error: unknown key `rooster`
     --> rosterd.toml:1:1
      |
    1 | rooster = 1
      | ^^^^^^^
      |
    help: did you mean `roster`?

    error: unknown key `timezon` in `daemon`
     --> rosterd.toml:5:1
      |
    5 | timezon = "***"
      | ^^^^^^^
      |
    help: did you mean `timezone`?

    error: unknown key `max_removal` in `guard`
     --> rosterd.toml:9:1
      |
    9 | max_removal = 10
      | ^^^^^^^^^^^
      |
    help: did you mean `max_removals`?

    3 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn an_empty_file_is_told_what_it_needs() {
    insta::assert_snapshot!(told(""), @r#"
    error: the key `roster` is missing
     --> rosterd.toml:1:1
      |
    1 |
      | ^
      |
    help: write the path of a file or of a directory: roster = "roster/"

    error: the key `providers` is missing
     --> rosterd.toml:1:1
      |
    1 |
      | ^
      |
    help: write a section for each connection: [providers.NAME] and kind = "emporix"

    2 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn words_of_the_daemon_are_checked() {
    let text = but(&[(
        "timezone = \"Europe/Berlin\"",
        "timezone = \"Berlin\"\nschedule = \"hourly\"\nlisten = \"localhost:80\"\ndry_run = \"no\"",
    )]);
    insta::assert_snapshot!(told(&text), @r#"
    error: `daemon.timezone`: `Berlin` is no time zone
     --> rosterd.toml:4:12
      |
    4 | timezone = "Berlin"
      |            ^^^^^^^^
      |
    help: did you mean "Europe/Berlin"?

    error: `daemon.schedule`: a cron schedule has five or six fields, not 1
     --> rosterd.toml:5:12
      |
    5 | schedule = "hourly"
      |            ^^^^^^^^
      |
    help: write `second minute hour day month weekday`, such as "0 */15 * * * *" for every quarter of an hour or "0 0 6 * * MON-FRI" for six o'clock on weekdays

    error: `daemon.listen`: this is no address to listen on
     --> rosterd.toml:6:10
      |
    6 | listen = "localhost:80"
      |          ^^^^^^^^^^^^^^
      |
    help: write an IP address and a port, such as "127.0.0.1:80" or "[::1]:80", or "" for none

    error: `daemon.dry_run` must be true or false, not a string
     --> rosterd.toml:7:11
      |
    7 | dry_run = "no"
      |           ^^^^
      |
    help: write true or false, without quotes

    4 errors in 1 file; nothing was changed
    "#);
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC*") {
        let _ = told(&text);
    }

    #[test]
    fn no_damage_panics(at in 0..GOOD.len(), damage in "[\\PC\n\"'{}\\[\\]=.,#]{0,4}", cut in 0..20usize) {
        let end = (at + cut).min(GOOD.len());
        let _ = told(&format!("{}{damage}{}", &GOOD[..at], &GOOD[end..]));
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut complaints = Complaints::default();
        if let Some(source) = Source::from_bytes("rosterd.toml", bytes, &mut complaints) {
            let _ = parse("rosterd.toml".as_ref(), &source, complaints).complaints.render(true);
        }
    }
}
