use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;

use super::{GOOD, but, config, told};
use crate::config::load;
use crate::providers::secret::{Credentials, SecretSource};

const SECRET: &str = "hunter2hunter2";
const REFERENCE: &str = "{ env = \"EMPORIX_CLIENT_SECRET\" }";

#[test]
fn references_keep_their_place() {
    let text = but(&[(REFERENCE, "{ credential = \"emporix-client-secret\" }")]);
    let Credentials::Client { id, secret } = &config(&text).providers["emporix"].credentials else {
        panic!("emporix has a client")
    };
    assert_eq!(id.source, SecretSource::Env("EMPORIX_CLIENT_ID".into()));
    assert_eq!(secret.source, SecretSource::Credential("emporix-client-secret".into()));
    assert_eq!(secret.set_at, "rosterd.toml:13");
}

#[test]
fn a_literal_secret_is_told_how_to_be_a_reference_and_not_shown() {
    let shown = told(&but(&[(REFERENCE, "\"hunter2hunter2\"")]));
    assert!(!shown.contains(SECRET));
    insta::assert_snapshot!(shown, @r#"
    error: `providers.emporix.client_secret` must be a reference to a secret, never the secret itself
      --> rosterd.toml:13:17
       |
    13 | client_secret = "**************"
       |                 ^^^^^^^^^^^^^^^^
       |
    help: write where the secret is: { env = "NAME" }, { credential = "NAME" } or { file = "PATH" }; and renew the secret if this was one

    1 error in 1 file; nothing was changed
    "#);
}

#[test]
fn a_reference_has_one_known_key() {
    let text = but(&[
        (REFERENCE, "{ env = \"A\", file = \"b\" }"),
        ("{ env = \"EMPORIX_CLIENT_ID\" }", "{}"),
        ("{ env = \"TRAVEL_CLIENT_ID\" }", "{ enw = \"A\" }"),
        ("{ env = \"TRAVEL_CLIENT_SECRET\" }", "{ credential = \"../x\" }"),
        ("{ env = \"SOLVEXIA_TOKEN\" }", "{ env = \"hunter2-hunter2\" }"),
    ]);
    insta::assert_snapshot!(told(&text), @r#"
    error: `providers.emporix.client_id` does not say where the secret is
      --> rosterd.toml:12:13
       |
    12 | client_id = {}
       |             ^^
       |
    help: write where the secret is: { env = "NAME" }, { credential = "NAME" } or { file = "PATH" }

    error: `providers.emporix.client_secret` says in 2 ways where the secret is, and needs one
      --> rosterd.toml:13:17
       |
    13 | client_secret = { env = "A", file = "b" }
       |                 ^^^^^^^^^^^^^^^^^^^^^^^^^
       |
    help: write where the secret is: { env = "NAME" }, { credential = "NAME" } or { file = "PATH" }

    error: unknown key `enw` in `providers.travel.client_id`
      --> rosterd.toml:19:15
       |
    19 | client_id = { enw = "*" }
       |               ^^^
       |
    help: did you mean `env`?

    error: this is no name of a credential
      --> rosterd.toml:20:32
       |
    20 | client_secret = { credential = "****" }
       |                                ^^^^^^
       |
    help: write the name before the colon in `LoadCredential=`: letters, digits, `.`, `_` and `-`

    error: this is no name of an environment variable
      --> rosterd.toml:25:17
       |
    25 | token = { env = "***************" }
       |                 ^^^^^^^^^^^^^^^^^
       |
    help: write letters, digits and `_`, such as { env = "EMPORIX_CLIENT_SECRET" }

    5 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn a_token_replaces_the_client_pair() {
    let text = but(&[("token = ", "client_id = { env = \"A\" }\ntoken = ")]);
    insta::assert_snapshot!(told(&text), @r#"
    error: `client_id` and `token` are two ways to log in, and one is needed
      --> rosterd.toml:25:1
       |
    25 | client_id = { env = "A" }
       | ^^^^^^^^^
       |
    help: remove `token`, or remove `client_id` and `client_secret`

    1 error in 1 file; nothing was changed
    "#);
}

#[test]
fn a_secret_file_that_others_can_read_is_refused_and_an_absent_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (path, secret) = (folder.path().join("rosterd.toml"), folder.path().join("secret"));
    fs::write(&path, but(&[(REFERENCE, "{ file = \"secret\" }")])).unwrap();
    assert!(load(&path).complaints.is_empty());
    fs::write(&secret, SECRET).unwrap();
    fs::set_permissions(&secret, Permissions::from_mode(0o600)).unwrap();
    assert!(load(&path).complaints.is_empty());
    fs::set_permissions(&secret, Permissions::from_mode(0o644)).unwrap();
    let shown = load(&path).complaints.to_string().replace(&folder.path().display().to_string(), "FOLDER");
    insta::assert_snapshot!(shown, @r#"
    error: this secret file is open to every user of this host
      --> FOLDER/rosterd.toml:13:26
       |
    13 | client_secret = { file = "secret" }
       |                          ^^^^^^^^
       |
    help: run `chmod o= FOLDER/secret`

    1 error in 1 file; nothing was changed
    "#);
}

#[test]
fn no_mistake_shows_a_literal() {
    for literal in [
        "\"hunter2hunter2\"",
        "'hunter2hunter2'",
        "hunter2hunter2",
        "\"hunter2hunter2",
        "[\"hunter2hunter2\"]",
        "{ value = \"hunter2hunter2\" }",
        "{ env = \"hunter2hunter2!\" }",
        "{ env = \"hunter2hunter2!",
        "{ env = [\"hunter2hunter2\"] }",
        "{ \"hunter2hunter2\" }",
        "\"\"\"\nhunter2hunter2\n\"\"\"",
        "\"\"\"\nhunter2hunter2\n",
        "\n\"hunter2hunter2\"",
        "\"A\"\nclient_secret = \"hunter2hunter2\"",
        "\"\\qhunter2hunter2\"",
        "\"hunter2hunter2\" client = \"hunter2hunter2\"",
        "''#\"hunter2hunter2\"",
        "{ env = \"\" } # was hunter2hunter2",
        "{ env = \"A\", env = \"B\" } # \"hunter2hunter2\"",
        "{ env = \"A\", en = 1 } # hunter2hunter2",
        "[\"\", # hunter2hunter2\n]",
        "\n# client_secret = \"hunter2hunter2\u{1}\"",
    ] {
        let shown = told(&but(&[(REFERENCE, literal)]));
        assert!(!shown.contains(SECRET) && !shown.contains("hunter2"), "{literal}\n{shown}");
        let shown = format!("{:?}", super::loaded(&but(&[(REFERENCE, literal)])));
        assert!(!shown.contains("hunter2"), "{literal}\n{shown}");
    }
    for key in
        ["clientSecret", "client-secret", "secret", "password", "api_key", "\"client secret\"", "tokn.token"]
    {
        let shown = told(&but(&[("tenant", &format!("{key} = \"{SECRET}\"\ntenant"))]));
        assert!(!shown.contains(SECRET) && shown.contains("unknown key"), "{key}\n{shown}");
    }
}

proptest! {
    #[test]
    fn no_damage_around_a_literal_shows_it(at in 0..GOOD.len(), damage in "[ a-z\n\"'{}\\[\\]=.,#]{0,6}") {
        let damaged = format!("{}{damage}{}", &GOOD[..at], &GOOD[at..]);
        let text = damaged.replace(REFERENCE, &format!("\"{SECRET}\""));
        prop_assert!(!told(&text).contains(SECRET));
    }
}
