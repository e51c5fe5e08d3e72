use std::fs::Permissions;

use secrecy::ExposeSecret;

use super::*;

const SECRET: &str = "s3cr3t-of-the-test";

fn reference(source: SecretSource) -> SecretRef {
    SecretRef { source, set_at: "rosterd.toml:30".into() }
}

fn token(source: SecretSource) -> Credentials {
    Credentials::Token(reference(source))
}

fn no_env(_: &str) -> Option<String> {
    None
}

/// A file of a mode, in a folder that lives as long as the test.
fn file(content: impl AsRef<[u8]>, mode: u32) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    (folder, path)
}

fn read(path: &Path) -> Result<String, String> {
    match token(SecretSource::File(path.to_owned())).resolve(&no_env) {
        Ok(Secrets::Token(token)) => Ok(token.expose_secret().to_owned()),
        Ok(Secrets::Client { .. }) => panic!("a token was asked for"),
        Err(errors) => Err(errors[0].text.replace(&path.display().to_string(), "FILE")),
    }
}

#[test]
fn both_halves_of_a_client_are_followed() {
    let (_folder, path) = file(format!("{SECRET}\n"), 0o600);
    let credentials = Credentials::Client {
        id: reference(SecretSource::Env("CLIENT_ID".into())),
        secret: reference(SecretSource::File(path)),
    };
    let env = |name: &str| (name == "CLIENT_ID").then(|| "the-client".to_owned());
    let Ok(Secrets::Client { id, secret }) = credentials.resolve(&env) else { panic!("both are there") };
    assert_eq!((id.expose_secret(), secret.expose_secret()), ("the-client", SECRET));
}

#[test]
fn both_halves_complain_at_once() {
    let credentials = Credentials::Client {
        id: reference(SecretSource::Env("CLIENT_ID".into())),
        secret: reference(SecretSource::Credential("client-secret".into())),
    };
    let errors = credentials.resolve(&no_env).unwrap_err();
    let shown: Vec<_> = errors.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    rosterd.toml:30: `client_id`: the environment variable `CLIENT_ID` is not set
    rosterd.toml:30: `client_secret`: `$CREDENTIALS_DIRECTORY` is not set, so there is no credential `client-secret`: start rosterd from systemd with `LoadCredential=client-secret:/path`, or write { env = "NAME" } or { file = "PATH" }
    "#);
}

#[test]
fn an_empty_variable_is_no_secret() {
    for empty in ["", "\n", "  "] {
        let errors = token(SecretSource::Env("TOKEN".into())).resolve(&|_| Some(empty.into())).unwrap_err();
        assert_eq!(errors[0].text, "`token`: the environment variable `TOKEN` is empty");
    }
}

#[test]
fn a_credential_is_a_file_in_the_directory_of_systemd() {
    let (folder, _path) = file(SECRET, 0o400);
    let env = |name: &str| (name == "CREDENTIALS_DIRECTORY").then(|| folder.path().display().to_string());
    let found = token(SecretSource::Credential("secret".into())).resolve(&env).unwrap();
    let Secrets::Token(found) = found else { panic!("a token was asked for") };
    assert_eq!(found.expose_secret(), SECRET);
    let missing = token(SecretSource::Credential("other".into())).resolve(&env).unwrap_err();
    assert!(missing[0].text.ends_with("/other` does not exist"), "{}", missing[0].text);
}

#[test]
fn one_trailing_newline_goes_and_nothing_else() {
    for (content, secret) in [("a\n", "a"), ("a\r\n", "a"), ("a", "a"), (" a ", " a ")] {
        let (_folder, path) = file(content, 0o600);
        assert_eq!(read(&path).as_deref(), Ok(secret));
    }
    let (_folder, path) = file("a\n\n", 0o600);
    assert_eq!(
        read(&path).unwrap_err(),
        "`token`: the secret file `FILE` holds more than one line, or a control character: write the secret alone"
    );
}

#[test]
fn a_file_that_others_can_reach_is_refused() {
    for mode in [0o604, 0o602, 0o601, 0o644, 0o777] {
        let (_folder, path) = file(SECRET, mode);
        assert_eq!(
            read(&path).unwrap_err(),
            "`token`: the secret file `FILE` is open to every user of this host: run `chmod o= FILE`"
        );
    }
    for mode in [0o600, 0o400, 0o440, 0o640] {
        let (_folder, path) = file(SECRET, mode);
        assert_eq!(read(&path).as_deref(), Ok(SECRET), "mode {mode:o}");
    }
}

#[test]
fn a_file_that_cannot_be_a_secret_is_refused() {
    let (folder, path) = file("", 0o600);
    assert_eq!(read(&path).unwrap_err(), "`token`: the secret file `FILE` is empty");
    assert_eq!(read(folder.path()).unwrap_err(), "`token`: the secret file `FILE` is not a regular file");
    let (_folder, path) = file([0xff, 0xfe], 0o600);
    assert_eq!(read(&path).unwrap_err(), "`token`: the secret file `FILE` is not UTF-8 text");
    let (_folder, path) = file(vec![b'x'; 64 * 1024], 0o600);
    assert_eq!(read(&path).map(|secret| secret.len()), Ok(64 * 1024));
    let (_folder, path) = file(vec![b'x'; 64 * 1024 + 1], 0o600);
    assert_eq!(
        read(&path).unwrap_err(),
        "`token`: the secret file `FILE` is larger than 64 KiB, which no secret is"
    );
    fs::remove_file(&path).unwrap();
    assert_eq!(read(&path).unwrap_err(), "`token`: the secret file `FILE` does not exist");
}

#[test]
fn nothing_secret_is_printed() {
    let env = |_: &str| Some(SECRET.to_owned());
    let credentials = Credentials::Client {
        id: reference(SecretSource::Env("A".into())),
        secret: reference(SecretSource::Env("B".into())),
    };
    let secrets = credentials.resolve(&env).unwrap();
    assert_eq!(format!("{secrets:?}"), "Secrets(REDACTED)");
    let Secrets::Client { id, secret } = secrets else { panic!("a client was asked for") };
    assert!(!format!("{id:?} {secret:?}").contains(SECRET));

    let errors = token(SecretSource::Env("A".into())).resolve(&|_| Some(format!("{SECRET}\n{SECRET}")));
    assert!(!format!("{errors:?}").contains(SECRET));
}
