use proptest::prelude::*;

use crate::config::mask::{is_credential_name, is_variable_name, mask};

const SECRET: &str = "Tr0ub4dor";

#[test]
fn a_configuration_without_literals_stays_as_it_is() {
    let text = r#"
# https://docs.example/?page=1 is only a comment, but a query all the same
[providers.token-service]
kind = "emporix"
base_url = "https://api.example:8443/path"
client_id = { env = "EMPORIX_CLIENT_ID" }
client_secret = { credential = "emporix-client-secret" }
token.file = "/run/secrets/tök en"
[roster_git]
url = "ssh://git@git.example/roster.git"
"#;
    assert_eq!(mask(text), text.replace("page=1", "******"));
}

#[test]
fn literals_become_stars_of_their_length() {
    for (text, masked) in [
        (r#"client_secret = "Tr0ub4dor""#, r#"client_secret = "*********""#),
        (r"client_secret = 'Tr0ub4dor'", r#"client_secret = "*********""#),
        (r#"client_secret = "Tr0\"b4dor""#, r#"client_secret = "**********""#),
        ("client_secret = \"\"\"\nTr0ub4dor\n\"\"\"", "client_secret = \"\"\"\n*********\n\"\"\""),
        // A star for a character, however many bytes it has: columns count characters.
        ("client_secret = \"Trö\u{1f511}\"", "client_secret = \"****\""),
        ("url = \"ssh://gït:Trö@host/\"", "url = \"ssh://*******@host/\""),
        ("token = 12345678", "token = \"******\""),
        ("token = 7", "token = 0"),
        ("token = 2026-01-01", "token = \"********\""),
        (r#"token = ["Tr0ub4dor"]"#, r#"token = ["*********"]"#),
        (r#"client-secret = { value = "Tr0ub4dor" }"#, r#"client-secret = { value = "*********" }"#),
        (r#"client_secret = { env = "Tr0ub4dor!" }"#, r#"client_secret = { env = "**********" }"#),
        (r#"clientSecret.raw = "Tr0ub4dor""#, r#"clientSecret.raw = "*********""#),
        (r#"providers.a.api_key = "Tr0ub4dor""#, r#"providers.a.api_key = "*********""#),
        (r#"client_secrt = "Tr0ub4dor""#, r#"client_secrt = "*********""#),
        (r"max_removal = 10", r"max_removal = 10"),
        (r#"base_url = "https://me:Tr0ub4dor@host/""#, r#"base_url = "https://************@host/""#),
        (r#"base_url = "https://me:Tr0/ub4dor@host/""#, r#"base_url = "https://*************@host/""#),
        (r#"url = "ssh://git:Tr0ub4dor@host/""#, r#"url = "ssh://*************@host/""#),
        (r#"base_url = "https://host/?key=Tr0ub4dor""#, r#"base_url = "https://host/?*************""#),
    ] {
        assert_eq!(mask(text), masked);
    }
}

#[test]
fn what_does_not_parse_is_masked_too() {
    for text in [
        "client_secret = Tr0ub4dor",
        "client_secret = \"Tr0ub4dor",
        "client_secret =\n  \"Tr0ub4dor\"\nkind = \"emporix\"",
        "client_secret: Tr0ub4dor",
        "client_secret \"Tr0ub4dor\"",
        "client_secret = \"\"\"\nTr0ub4dor\nTr0ub4dor==\n",
        "client_s,ecret = \"Tr0ub4dor\"",
        "kind = \"emporix\", client_secret = \"Tr0ub4dor\"",
        "client_secret = { env = \"Tr0ub4dor!",
        "client_secret = { env = \"NAME\", token = \"Tr0ub4dor",
        "client_secret\n= \"Tr0ub4dor\"",
        "client_secret = [\n  Tr0ub4dor\n  Tr0ub4dor",
        "client_secret = { \"Tr0ub4dor\" }",
        "client_id = { env = \"X\" }, client_secret = \"Tr0ub4dor\"",
        "kind = = \"emporix\"\nclient_secret = \"Tr0ub4dor\"",
        "base_url = https://me:Tr0ub4dor@host",
    ] {
        let masked = mask(text);
        assert!(!masked.contains("Tr0ub4dor"), "{masked}");
        assert_eq!(masked.lines().count(), text.lines().count());
    }
    for harmless in [
        "kind = \nclient_secret = { env = \"SECRET_NAME\" }\nschedule = \"x\"",
        "kind = \nclient_secret.env = \"SECRET_NAME\"",
        "[providers.\"a\"\ntoken = { file = \"/run/token\"",
        "protected = [\n  \"ann\"\n  \"bob\"\n]\n[guard\nmax_removals = 3",
    ] {
        assert_eq!(mask(harmless), harmless);
    }
}

#[test]
fn names_are_short_and_plain() {
    for name in ["EMPORIX_CLIENT_ID", "x1"] {
        assert!(is_variable_name(name) && is_credential_name(name), "{name}");
    }
    for name in ["emporix-client-secret", "a.b", "1x"] {
        assert!(!is_variable_name(name) && is_credential_name(name), "{name}");
    }
    for name in ["", ".", "..", "../x", "a/b", "a b", "a=b", "ä"] {
        assert!(!is_variable_name(name) && !is_credential_name(name), "{name}");
    }
}

proptest! {
    #[test]
    fn any_text_keeps_its_length_and_lines(text in "\\PC{0,20}(client_secret|token|url)?( |=|\n|:)*[\"'{\\[]*\\PC{0,20}\n?\\PC{0,9}") {
        let masked = mask(&text);
        prop_assert_eq!(masked.chars().count(), text.chars().count());
        prop_assert_eq!(masked.lines().count(), text.lines().count());
    }

    #[test]
    fn no_literal_survives(before in "[ a-z=\"'{}\\[\\]#.\n]{0,30}", after in "[ a-z=\"'{}\\[\\]#.\n]{0,30}") {
        let text = format!("{before}\nclient_secret = \"{SECRET}\"\n{after}");
        prop_assert!(!mask(&text).contains(SECRET));
    }
}
