use insta::assert_snapshot;
use jiff::civil::date;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::report::json::{render, render_line, render_value};

fn parsed(report: &Report<'_>) -> Value {
    serde_json::from_str(&render(report).unwrap()).unwrap()
}

#[test]
fn a_plan_has_the_keys_of_the_contract_in_their_order() {
    let managers = group("catalog-managers", "Catalog managers", 13)
        .changes([add("alice", Cause::Roster, vec![via_catalog(12)]), remove("9f31c2", Cause::Drift)])
        .withheld(Why::UnidentifiedPerson, [remove("77d0", Cause::Drift)])
        .problem("unidentified-person", "zoe cannot be identified");
    let emporix = provider("emporix", vec![managers])
        .held(rule(Rule::Adopt, Some("sales"), None, None))
        .held(rule(Rule::MaxRemovalPercent, Some("approvers"), Some("30 %"), Some("3 of 4")));
    let world = World::new();
    assert_snapshot!(render(&world.report(Command::Plan, vec![emporix])).unwrap(), @r#"
    {
      "version": 1,
      "roster": {
        "revision": "sha256:4f2c1ab93d0c",
        "people": 3,
        "teams": 1,
        "groups": 3
      },
      "providers": [
        {
          "provider": "emporix",
          "kind": "emporix",
          "outcome": "planned",
          "digest": "3f9c2a1b4d5e6f708192a3b4c5d6e7f8",
          "held": [
            {
              "rule": "adopt",
              "group": "sales"
            },
            {
              "rule": "max_removal_percent",
              "group": "approvers",
              "limit": "30 %",
              "found": "3 of 4",
              "set_at": "rosterd.toml:11"
            }
          ],
          "groups": [
            {
              "group": "catalog-managers",
              "id": "5ac8",
              "name": "Catalog managers",
              "members_now": 13,
              "members_after": 13,
              "changes": [
                {
                  "action": "add",
                  "person": "alice",
                  "id": "id-of-alice",
                  "cause": "roster",
                  "because": [
                    {
                      "file": "teams.toml",
                      "line": 12,
                      "via": [
                        "catalog"
                      ]
                    }
                  ]
                },
                {
                  "action": "remove",
                  "person": null,
                  "id": "9f31c2",
                  "cause": "drift",
                  "because": []
                }
              ],
              "withheld": [
                {
                  "action": "remove",
                  "person": null,
                  "id": "77d0",
                  "cause": "drift",
                  "because": [],
                  "why": "unidentified-person"
                }
              ],
              "problems": [
                {
                  "code": "unidentified-person",
                  "detail": "zoe cannot be identified"
                }
              ]
            }
          ]
        }
      ],
      "summary": {
        "add": 1,
        "remove": 1,
        "held": 0,
        "withheld": 1,
        "unchanged_groups": 0,
        "reads": 7,
        "writes": 2,
        "unreadable": 0
      }
    }
    "#);
}

#[test]
fn an_apply_adds_results_to_what_was_sent_and_to_what_was_held() {
    let buyers = group("buyers", "Buyers", 3)
        .changes([
            add("alice", Cause::Roster, vec![]),
            remove("9f31c2", Cause::Drift),
            remove("9f31c3", Cause::Drift),
        ])
        .results([(Outcome::Applied, None), (Outcome::Failed, Some("locked (support id 8841)"))])
        .withheld(Why::Held, [remove("77d0", Cause::First)])
        .withheld(Why::Observe, [remove("77d1", Cause::Drift)]);
    let world = World::new();
    let value = parsed(&world.report(Command::Apply, vec![provider("emporix", vec![buyers])]));
    let group = &value["providers"][0]["groups"][0];
    assert_eq!(group["changes"][0]["result"], "applied");
    assert_eq!(group["changes"][0]["detail"], Value::Null);
    assert_eq!(group["changes"][1]["result"], "failed");
    assert_eq!(group["changes"][1]["detail"], "locked (support id 8841)");
    assert_eq!(group["changes"][2]["result"], "unknown");
    assert_eq!(group["withheld"][0]["result"], "held");
    assert_eq!(group["withheld"][1].get("result"), None);
    assert_snapshot!(value["summary"], @r#"{"add":1,"applied":1,"failed":1,"held":1,"reads":7,"remove":2,"unchanged_groups":0,"unknown":1,"unreadable":0,"withheld":1,"writes":2}"#);
}

#[test]
fn bounds_and_reasons_appear_only_where_they_were_written() {
    let bounded = Because {
        from: Some(date(2026, 12, 1)),
        until: Some(date(2026, 12, 31)),
        reason: Some("covers for bob".into()),
        ..because(GROUPS, 8)
    };
    let world = World::new();
    let buyers = group("buyers", "", 1).changes([add("dave", Cause::Date, vec![bounded, via_catalog(3)])]);
    let value = parsed(&world.report(Command::Plan, vec![provider("emporix", vec![buyers])]));
    assert_snapshot!(value["providers"][0]["groups"][0]["changes"][0]["because"], @r#"[{"file":"groups.toml","from":"2026-12-01","line":8,"reason":"covers for bob","until":"2026-12-31","via":[]},{"file":"teams.toml","line":3,"via":["catalog"]}]"#);
}

#[test]
fn what_could_not_be_read_has_no_members_and_no_changes() {
    let down = ProviderOutcome::Unreadable { error: "503".to_owned() };
    let world = World::new();
    let report = world.report(
        Command::Plan,
        vec![
            provider("emporix", vec![group("a", "", 0).unreadable("the total moved"), group("b", "", 4)]),
            provider("travel", vec![group("c", "", 0)]).outcome(down),
        ],
    );
    let value = parsed(&report);
    let unread = &value["providers"][0]["groups"][0];
    assert_eq!((&unread["outcome"], &unread["error"]), (&"unreadable".into(), &"the total moved".into()));
    assert_eq!((&unread["members_now"], &unread["changes"]), (&Value::Null, &Value::Array(vec![])));
    assert_eq!(value["providers"][0]["groups"][1].get("outcome"), None);
    assert_eq!(value["providers"][1]["outcome"], "unreadable");
    assert_eq!(value["providers"][1]["error"], "503");
    assert_eq!(value["providers"][1]["groups"][0]["members_now"], Value::Null);
    assert_eq!(
        (&value["summary"]["unreadable"], &value["summary"]["unchanged_groups"]),
        (&2.into(), &1.into())
    );
}

#[test]
fn a_suspended_provider_says_so_and_its_changes_are_withheld() {
    let changes = [remove("77d0", Cause::Drift), remove_person("zoe", Cause::Leaver, Vec::new())];
    let buyers = group("buyers", "", 1).withheld(Why::Suspended, changes);
    let world = World::new();
    let suspended = provider("emporix", vec![buyers]).outcome(suspended());
    let value = parsed(&world.report(Command::Plan, vec![suspended]));
    let found = &value["providers"][0];
    assert_eq!(found["outcome"], "suspended");
    assert_eq!((&found["until"], &found["by"]), (&"2026-12-06T03:00:00Z".into(), &"ann".into()));
    assert_eq!((&found["reason"], &found["leavers"]), (&"migration".into(), &vec!["zoe"].into()));
    assert_eq!(value["providers"][0]["groups"][0]["withheld"][0]["why"], "suspended");
    assert_eq!((&value["summary"]["withheld"], &value["summary"]["held"]), (&2.into(), &0.into()));
}

proptest! {
    #[test]
    fn any_text_comes_back_the_same(text in any::<String>()) {
        let shown = render_value(&[&text]).unwrap();
        prop_assert_eq!(serde_json::from_str::<Vec<String>>(&shown).unwrap(), vec![text.clone()]);
        let line = render_line(&[&text]).unwrap();
        prop_assert_eq!(line.find('\n'), Some(line.len() - 1));
        prop_assert_eq!(serde_json::from_str::<Vec<String>>(&line).unwrap(), vec![text]);
    }

    #[test]
    fn text_full_of_invisible_characters_is_ascii_and_comes_back(
        text in "[a\\x00-\\x1f\\x7f-\\u{9f}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2066}-\u{2069}\u{e0000}-\u{e007f}]{0,40}"
    ) {
        let shown = render_value(&[&text]).unwrap();
        prop_assert!(shown.replace('\n', "").chars().all(|character| !character.is_control() && character.is_ascii()), "{shown:?}");
        prop_assert_eq!(serde_json::from_str::<Vec<String>>(&shown).unwrap(), vec![text]);
    }
}
