use std::time::Duration;

use super::{GOOD, but, config, told};
use crate::core::guard::Mode;
use crate::providers::{Connection, Kind};

#[test]
fn each_kind_is_read() {
    let config = config(GOOD);
    let [emporix, finance, travel] = ["emporix", "finance", "travel"].map(|name| &config.providers[name]);
    assert_eq!(emporix.target().as_str(), "emporix https://api.emporix.io acme");
    assert_eq!(finance.target().as_str(), "solvexia https://app.solvexia.com");
    let company = "company-v3 https://api.travel.example 2f0c7c1e-0f9e-4a4e-9f0c-3f5d1f7a9b11";
    assert_eq!(travel.target().as_str(), company);
    let Kind::CompanyV3(kind) = &travel.kind else { panic!("travel is a company") };
    assert_eq!(kind.remove_field, "userIdsToRemove");
    for provider in [emporix, finance, travel] {
        assert_eq!(provider.connection, Connection::default());
        assert_eq!((provider.mode, &provider.schedule), (Mode::Enforce, &None));
    }
}

#[test]
fn every_key_of_a_provider_is_taken() {
    let keys = "tenant = \"acme\"\nbase_url = \"http://127.0.0.1:8080/emporix/\"\nschedule = \"*/5 * * * *\"\nmode = \"observe\"\n\
                timeout = \"1m 30s\"\nconcurrency = 4\nrequests_per_second = 2.5\npage_size = 50\nretry_budget = \"5s\"";
    let config =
        config(&but(&[("tenant = \"acme\"", keys), ("company_id", "remove_field = \"gone\"\ncompany_id")]));
    let emporix = &config.providers["emporix"];
    assert_eq!(emporix.base_url.as_str(), "http://127.0.0.1:8080/emporix");
    assert_eq!(emporix.schedule.as_deref(), Some("*/5 * * * *"));
    assert_eq!(emporix.mode, Mode::Observe);
    let expected = Connection {
        timeout: Duration::from_secs(90),
        concurrency: 4,
        requests_per_second: Some(2.5),
        page_size: 50,
        retry_budget: Duration::from_secs(5),
    };
    assert_eq!(emporix.connection, expected);
    let Kind::CompanyV3(kind) = &config.providers["travel"].kind else { panic!("travel is a company") };
    assert_eq!(kind.remove_field, "gone");
}

#[test]
fn a_section_without_keys_is_told_what_it_needs() {
    let bare = "[providers.a]\n[providers.b]\nkind = \"emporix\"\n[providers.c]\nkind = \"company-v3\"\n[providers.d]\nkind = \"solvexia\"\n";
    insta::assert_snapshot!(told(&format!("roster = \"roster/\"\n{bare}")), @r#"
    error: `providers.a` has no key `kind`
     --> rosterd.toml:2:1
      |
    2 | [providers.a]
      | ^^^^^^^^^^^^^
      |
    help: write kind = "emporix", "company-v3" or "solvexia"

    error: `providers.a` has no key `client_id`
     --> rosterd.toml:2:1
      |
    2 | [providers.a]
      | ^^^^^^^^^^^^^
      |
    help: write client_id = { env = "NAME" }, or { credential = … } or { file = … }

    error: `providers.a` has no key `client_secret`
     --> rosterd.toml:2:1
      |
    2 | [providers.a]
      | ^^^^^^^^^^^^^
      |
    help: write client_secret = { env = "NAME" }, or { credential = … } or { file = … }

    error: `providers.b` has no key `client_id`
     --> rosterd.toml:3:1
      |
    3 | [providers.b]
      | ^^^^^^^^^^^^^
      |
    help: write client_id = { env = "NAME" }, or { credential = … } or { file = … }

    error: `providers.b` has no key `client_secret`
     --> rosterd.toml:3:1
      |
    3 | [providers.b]
      | ^^^^^^^^^^^^^
      |
    help: write client_secret = { env = "NAME" }, or { credential = … } or { file = … }

    error: `providers.b` has no key `tenant`
     --> rosterd.toml:3:1
      |
    3 | [providers.b]
      | ^^^^^^^^^^^^^
      |
    help: write tenant = "NAME", the Emporix tenant in lower case

    error: `providers.c` has no key `base_url`
     --> rosterd.toml:5:1
      |
    5 | [providers.c]
      | ^^^^^^^^^^^^^
      |
    help: write base_url = "https://HOST", as the vendor gave it to you

    error: `providers.c` has no key `client_id`
     --> rosterd.toml:5:1
      |
    5 | [providers.c]
      | ^^^^^^^^^^^^^
      |
    help: write client_id = { env = "NAME" }, or { credential = … } or { file = … }

    error: `providers.c` has no key `client_secret`
     --> rosterd.toml:5:1
      |
    5 | [providers.c]
      | ^^^^^^^^^^^^^
      |
    help: write client_secret = { env = "NAME" }, or { credential = … } or { file = … }

    error: `providers.c` has no key `company_id`
     --> rosterd.toml:5:1
      |
    5 | [providers.c]
      | ^^^^^^^^^^^^^
      |
    help: write company_id = "UUID", the company's id

    error: `providers.d` has no key `base_url`
     --> rosterd.toml:7:1
      |
    7 | [providers.d]
      | ^^^^^^^^^^^^^
      |
    help: write base_url = "https://ENVIRONMENT.solvexia.com"

    error: `providers.d` has no key `client_id`
     --> rosterd.toml:7:1
      |
    7 | [providers.d]
      | ^^^^^^^^^^^^^
      |
    help: write client_id = { env = "NAME" } and client_secret = { env = "NAME" }, or token = { env = "NAME" }

    12 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn keys_of_another_kind_are_named_as_such() {
    let text = but(&[
        ("tenant = \"acme\"", "tenant = \"acme\"\ncompany_id = \"x\"\ntoken = { env = \"TOKEN\" }"),
        (
            "token = { env = \"SOLVEXIA_TOKEN\" }",
            "token = { env = \"SOLVEXIA_TOKEN\" }\ntenant = \"acme\"\nremove_field = \"x\"",
        ),
    ]);
    insta::assert_snapshot!(told(&text), @r#"
    error: `company_id` belongs to kind "company-v3", and this is "emporix"
      --> rosterd.toml:12:1
       |
    12 | company_id = "x"
       | ^^^^^^^^^^
       |
    help: remove it, or change `kind`

    error: `token` belongs to kind "solvexia", and this is "emporix"
      --> rosterd.toml:13:1
       |
    13 | token = { env = "TOKEN" }
       | ^^^^^
       |
    help: remove it, or change `kind`

    error: `tenant` belongs to kind "emporix", and this is "solvexia"
      --> rosterd.toml:28:1
       |
    28 | tenant = "acme"
       | ^^^^^^
       |
    help: remove it, or change `kind`

    error: `remove_field` belongs to kind "company-v3", and this is "solvexia"
      --> rosterd.toml:29:1
       |
    29 | remove_field = "x"
       | ^^^^^^^^^^^^
       |
    help: remove it, or change `kind`

    4 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn a_bad_kind_or_name_is_told() {
    let text = but(&[("\"emporix\"", "\"emporiks\""), ("[providers.travel]", "[providers.\"tra/vel\"]")]);
    insta::assert_snapshot!(told(&text), @r#"
    error: `providers.emporix.kind` cannot be "emporiks"
      --> rosterd.toml:10:8
       |
    10 | kind = "emporiks"
       |        ^^^^^^^^^^
       |
    help: did you mean "emporix"?

    error: this is no name of a provider
      --> rosterd.toml:15:12
       |
    15 | [providers."tra/vel"]
       |            ^^^^^^^^^
       |
    help: write letters, digits, `.`, `_` and `-`, at most 64 of them, and no `-` first

    2 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn a_name_that_a_command_would_take_for_an_option_is_none() {
    assert!(told(&but(&[("[providers.travel]", "[providers.-x]")])).contains("no name of a provider"));
}

#[test]
fn what_an_adapter_refuses_is_told_at_its_key() {
    let text = but(&[
        ("\"acme\"", "\"Acme\""),
        (
            "company_id = \"2f0c7c1e-0f9e-4a4e-9f0c-3f5d1f7a9b11\"",
            "company_id = \"2f0c\"\nremove_field = \"userIdsToAdd\"",
        ),
    ]);
    insta::assert_snapshot!(told(&text), @r#"
    error: `Acme` cannot be a tenant
      --> rosterd.toml:11:10
       |
    11 | tenant = "Acme"
       |          ^^^^^^
       |
    help: write 3 to 16 lower-case letters and digits, a letter first

    error: company_id `2f0c` is not a UUID
      --> rosterd.toml:18:14
       |
    18 | company_id = "2f0c"
       |              ^^^^^^
       |
    help: write it as in `2f0c7c1e-0f9e-4a4e-9f0c-3f5d1f7a9b11`

    error: remove_field cannot be `userIdsToAdd`: every removal would add the member again
      --> rosterd.toml:19:16
       |
    19 | remove_field = "userIdsToAdd"
       |                ^^^^^^^^^^^^^^
       |
    help: leave it out for `userIdsToRemove`

    3 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn numbers_and_durations_have_bounds() {
    let keys = "tenant = \"acme\"\ntimeout = 30\nconcurrency = 0\nrequests_per_second = nan\npage_size = -1\nretry_budget = \"2h\"\nmode = \"dry\"\nschedule = \"often\"";
    insta::assert_snapshot!(told(&but(&[("tenant = \"acme\"", keys)])), @r#"
    error: `providers.emporix.timeout` is a duration and needs a unit
      --> rosterd.toml:12:11
       |
    12 | timeout = 30
       |           ^^
       |
    help: write "30s" for seconds

    error: `providers.emporix.concurrency` is out of range
      --> rosterd.toml:13:15
       |
    13 | concurrency = 0
       |               ^
       |
    help: write a whole number from 1 to 256, without quotes

    error: `providers.emporix.requests_per_second` is out of range
      --> rosterd.toml:14:23
       |
    14 | requests_per_second = nan
       |                       ^^^
       |
    help: write a number from 0.001 to 10000, without quotes

    error: `providers.emporix.page_size` is out of range
      --> rosterd.toml:15:13
       |
    15 | page_size = -1
       |             ^^
       |
    help: write a whole number from 1 to 1000, without quotes

    error: `providers.emporix.retry_budget`: this duration is out of bounds
      --> rosterd.toml:16:16
       |
    16 | retry_budget = "2h"
       |                ^^^^
       |
    help: write one from "1ms" to "1h"

    error: `providers.emporix.mode` cannot be "dry"
      --> rosterd.toml:17:8
       |
    17 | mode = "dry"
       |        ^^^^^
       |
    help: write "enforce" or "observe"

    error: `providers.emporix.schedule`: a cron schedule has five or six fields, not 1
      --> rosterd.toml:18:12
       |
    18 | schedule = "often"
       |            ^^^^^^^
       |
    help: write `second minute hour day month weekday`, such as "0 */15 * * * *" for every quarter of an hour or "0 0 6 * * MON-FRI" for six o'clock on weekdays

    7 errors in 1 file; nothing was changed
    "#);
}

#[test]
fn one_target_belongs_to_one_provider() {
    let again = "[providers.again]\nkind = \"company-v3\"\nbase_url = \"https://API.travel.example:443/\"\n\
                 company_id = \"2F0C7C1E-0F9E-4A4E-9F0C-3F5D1F7A9B11\"\nclient_id = { env = \"A\" }\nclient_secret = { env = \"B\" }\n";
    insta::assert_snapshot!(told(&format!("{GOOD}{again}")), @"
    error: two providers have one target
      --> rosterd.toml:26:12
       |
    26 | [providers.again]
       |            ^^^^^
       |
    note: the same kind, base_url, and tenant or company stand here
      --> rosterd.toml:15:12
       |
    15 | [providers.travel]
       |            ^^^^^^
    help: remove one of the two, and name its groups under the other in the roster

    1 error in 1 file; nothing was changed
    ");
    let other = again.replace("2F0C7C1E", "3F0C7C1E");
    assert_eq!(config(&format!("{GOOD}{other}")).providers.len(), 4);
}

#[test]
fn addresses_are_told_at_their_value() {
    let text = but(&[("https://api.travel", "http://api.travel"), ("https://app", "https://me:hunter2@app")]);
    insta::assert_snapshot!(told(&text), @r#"
    error: `providers.travel.base_url`: plain http is accepted for loopback addresses only
      --> rosterd.toml:17:12
       |
    17 | base_url = "http://api.travel.example"
       |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
    help: write "https://api.travel.example"

    error: `providers.finance.base_url`: a base_url cannot hold a user or a password
      --> rosterd.toml:24:12
       |
    24 | base_url = "https://**********@app.solvexia.com"
       |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
    help: write the address alone; the log-in belongs in client_id and client_secret, by reference

    2 errors in 1 file; nothing was changed
    "#);
}
