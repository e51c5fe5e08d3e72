use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{GOOD, loaded, told};
use crate::complaint::Complaints;
use crate::config::load::find_among;
use crate::config::{check_protected, load};
use crate::core::model::PersonHandle;
use crate::core::roster::{Person, Roster};
use crate::providers::KindName;

#[test]
fn the_first_place_that_is_named_or_there_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().join("there.toml");
    std::fs::write(&there, "").unwrap();
    let absent = folder.path().join("absent.toml");
    let places = [absent.clone(), there.clone()];
    let named = Path::new("named.toml");

    assert_eq!(find_among(Some(named), Some("variable.toml".into()), &places), Ok(named.to_owned()));
    assert_eq!(find_among(None, Some("variable.toml".into()), &places), Ok("variable.toml".into()));
    assert_eq!(find_among(None, Some("".into()), &places), Ok(there.clone()));
    assert_eq!(find_among(None, None, &places), Ok(there));
    let error = find_among(None, None, &["a.toml".into(), "/b/c.toml".into()]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no configuration: `$ROSTERD_CONFIG` is not set, and there is no `a.toml` and no `/b/c.toml`; \
         name one with --config FILE"
    );
}

#[test]
fn a_configuration_that_is_not_there_is_a_complaint() {
    insta::assert_snapshot!(load(Path::new("no/such/rosterd.toml")).complaints, @"
    error: cannot be read: No such file or directory (os error 2)
    --> no/such/rosterd.toml
     |
    help: rosterd must be able to read this file; see its path and its mode

    1 error in 1 file; nothing was changed
    ");
}

#[test]
fn paths_are_relative_to_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rosterd.toml");
    std::fs::create_dir(folder.path().join("roster")).unwrap();
    let token = "{ file = \"secrets/token\" }";
    let text = GOOD.replace("{ env = \"SOLVEXIA_TOKEN\" }", token).replace("\"roster/\"", "\"roster\"");
    std::fs::write(&path, text).unwrap();
    let loading = load(&path);
    let config = loading.config.unwrap();
    assert_eq!(config.file, path);
    assert_eq!(config.roster, Some(folder.path().join("roster")));
    assert_eq!(config.roster_shown, "roster/");
    let credentials = format!("{:?}", config.providers["finance"].credentials);
    let secret = folder.path().join("secrets/token");
    assert!(credentials.contains(&secret.display().to_string()), "{credentials}");
    assert!(credentials.contains("rosterd.toml:25"), "{credentials}");
}

#[test]
fn the_root_that_is_shown_is_a_directory_or_nothing() {
    for (written, shown) in [
        ("roster/", "roster/"),
        ("../r/", "../r/"),
        ("roster.toml", ""),
        ("conf/roster.toml", "conf/"),
        ("/", "/"),
    ] {
        let loading = loaded(&GOOD.replace("\"roster/\"", &format!("{written:?}")));
        assert_eq!(loading.roster_shown, shown, "{written}");
        assert_eq!(loading.roster, Some(PathBuf::from(written)));
    }
}

#[test]
fn what_can_be_known_of_a_bad_configuration_is_known() {
    let text = GOOD.replace("tenant = \"acme\"", "").replace("\"solvexia\"", "\"saml\"");
    let loading = loaded(&text);
    assert!(loading.config.is_none());
    assert_eq!(loading.roster, Some("roster/".into()));
    let known: Vec<_> =
        loading.known.iter().map(|(name, kind)| (name.as_str(), kind.map(KindName::as_str))).collect();
    assert_eq!(known, [("emporix", Some("emporix")), ("finance", None), ("travel", Some("company-v3"))]);
}

#[test]
fn a_protected_name_that_the_roster_does_not_know_is_a_complaint() {
    let text = GOOD.replace("max_removals = 10", "protected = [\"breakgas\", \"ann\", \"zoe\"]");
    let text = format!("{text}guard.protected = [\"breakglas\"]\n");
    let mut roster = Roster { shown_root: Arc::from("roster/"), ..Roster::default() };
    for handle in ["breakglass", "ann"] {
        roster.people.insert(PersonHandle::from(handle), Person::default());
    }
    let loading = loaded(&text);
    assert_eq!(loading.complaints, Complaints::default());
    insta::assert_snapshot!(check_protected(&loading.protected, &roster), @r#"
    error: the roster has no person `breakgas`
     --> rosterd.toml:7:14
      |
    7 | protected = ["breakgas", "ann", "zoe"]
      |              ^^^^^^^^^^
      |
    help: did you mean "breakglass"?

    error: the roster has no person `zoe`
     --> rosterd.toml:7:33
      |
    7 | protected = ["breakgas", "ann", "zoe"]
      |                                 ^^^^^
      |
    help: add this person to the roster, or take the name out of `protected`

    error: the roster has no person `breakglas`
      --> rosterd.toml:26:20
       |
    26 | guard.protected = ["breakglas"]
       |                    ^^^^^^^^^^^
       |
    help: did you mean "breakglass"?

    3 errors in 1 file; nothing was changed
    "#);
}

#[test]
#[expect(clippy::too_many_lines, reason = "what people read is shown whole")]
fn every_mistake_is_told_at_once() {
    let text = r#"roster = ""
dryrun = true

[daemon]
schedule = "0 0 0 30 2 *"
timezone = "Europe/Berln"
listen = "localhost"

[guard]
max_removals = 0

[providers.emporix]
kind = "emporx"
client_secret = "hunter2hunter2"

[providers.travel]
kind = "company-v3"
base_url = "http://api.travel.example"
company_id = "acme"
timeout = 30
client_id = { env = "TRAVEL_CLIENT_ID" }
"#;
    insta::assert_snapshot!(told(text), @r#"
    error: `roster` names no file
     --> rosterd.toml:1:10
      |
    1 | roster = ""
      |          ^^
      |
    help: write the path of a file or of a directory: roster = "roster/"

    error: unknown key `dryrun`
     --> rosterd.toml:2:1
      |
    2 | dryrun = true
      | ^^^^^^
      |
    help: remove it; the keys here are `allow_dirty`, `daemon`, `guard`, `notify`, `providers`, `roster`, `roster_git`

    error: `daemon.schedule`: this schedule never runs: no such day exists
     --> rosterd.toml:5:12
      |
    5 | schedule = "0 0 0 30 2 *"
      |            ^^^^^^^^^^^^^^
      |
    help: write `second minute hour day month weekday`, such as "0 */15 * * * *" for every quarter of an hour or "0 0 6 * * MON-FRI" for six o'clock on weekdays

    error: `daemon.timezone`: `Europe/Berln` is no time zone
     --> rosterd.toml:6:12
      |
    6 | timezone = "Europe/Berln"
      |            ^^^^^^^^^^^^^^
      |
    help: did you mean "Europe/Berlin"?

    error: `daemon.listen`: this is no address to listen on
     --> rosterd.toml:7:10
      |
    7 | listen = "localhost"
      |          ^^^^^^^^^^^
      |
    help: write an IP address and a port, such as "127.0.0.1:9464" or "[::1]:9464", or "" for none

    error: `guard.max_removals` cannot be 0, which could mean no limit as well as no removal
      --> rosterd.toml:10:16
       |
    10 | max_removals = 0
       |                ^
       |
    help: write "off" for no limit; to remove nothing at a provider, give it mode = "observe"

    error: `providers.emporix` has no key `client_id`
      --> rosterd.toml:12:1
       |
    12 | [providers.emporix]
       | ^^^^^^^^^^^^^^^^^^^
       |
    help: write client_id = { env = "NAME" }, or { credential = … } or { file = … }

    error: `providers.emporix.kind` cannot be "emporx"
      --> rosterd.toml:13:8
       |
    13 | kind = "emporx"
       |        ^^^^^^^^
       |
    help: did you mean "emporix"?

    error: `providers.emporix.client_secret` must be a reference to a secret, never the secret itself
      --> rosterd.toml:14:17
       |
    14 | client_secret = "**************"
       |                 ^^^^^^^^^^^^^^^^
       |
    help: write where the secret is: { env = "NAME" }, { credential = "NAME" } or { file = "PATH" }; and renew the secret if this was one

    error: `providers.travel` has no key `client_secret`
      --> rosterd.toml:16:1
       |
    16 | [providers.travel]
       | ^^^^^^^^^^^^^^^^^^
       |
    help: write client_secret = { env = "NAME" }, or { credential = … } or { file = … }

    error: `providers.travel.base_url`: plain http is accepted for loopback addresses only
      --> rosterd.toml:18:12
       |
    18 | base_url = "http://api.travel.example"
       |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
    help: write "https://api.travel.example"

    error: company_id `acme` is not a UUID
      --> rosterd.toml:19:14
       |
    19 | company_id = "acme"
       |              ^^^^^^
       |
    help: write it as in `2f0c7c1e-0f9e-4a4e-9f0c-3f5d1f7a9b11`

    error: `providers.travel.timeout` is a duration and needs a unit
      --> rosterd.toml:20:11
       |
    20 | timeout = 30
       |           ^^
       |
    help: write "30s" for seconds

    13 errors in 1 file; nothing was changed
    "#);
}
