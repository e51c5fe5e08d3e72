//! What a plan says of policies to scripts and in pull requests.

use insta::assert_snapshot;
use serde_json::json;

use super::{promotion, refuse};

#[test]
fn scripts_read_the_rule_the_group_and_the_place() {
    let world = promotion().guard("adopt", "\"hold\"");
    let run = world.rosterd(["plan", "--format", "json"]).success();
    let held = run.provider("emporix")["held"].clone();
    assert_eq!(
        held[1],
        json!({
            "rule": "exclusive",
            "group": "buyer",
            "found": "ann is in requester as long as that removal waits",
            "set_at": "roster/groups.toml:16",
        })
    );
    let waiting = run.group("emporix/buyer")["withheld"][0].clone();
    assert_eq!(
        (&waiting["action"], &waiting["person"], &waiting["why"]),
        (&json!("add"), &json!("ann"), &json!("held"))
    );
    assert_eq!(waiting["because"][0]["file"], "groups.toml");
    let leaves = json!([{ "group": "requester", "rule": "exclusive", "set_at": "roster/groups.toml:16" }]);
    assert_eq!(waiting["leaves"], leaves);
    assert_eq!(run.json()["summary"]["held"], 2);
}

#[test]
fn a_pull_request_shows_what_waits_and_why() {
    let world = promotion().guard("adopt", "\"hold\"");
    assert_snapshot!(world.rosterd(["plan", "--format", "markdown"]).success().text(), @r##"
    ### rosterd plan, roster <code>REVISION</code>

    **0 to add, 0 to remove, 2 held, 0 withheld, 0 groups unchanged; 5 reads, 0 writes**

    3 providers, 2 groups, 3 memberships

    <b><code>emporix</code> · <code>buyer</code></b> (<code>buyer</code>) — <b>HELD</b>: <code>waits, a person is in one group of a label at a time: ann is in requester as long as that removal waits &#40;roster/groups.toml:16&#41;</code>

    | | who | why |
    |---|---|---|
    | + | <code>ann</code> | <code>roster/groups.toml:13; leaves requester first &#40;roster/groups.toml:16&#41;</code> |

    <b><code>emporix</code> · <code>requester</code></b> (<code>requester</code>) — <b>HELD</b>: <code>removes members that were there before rosterd managed this group: 1 &#40;rosterd.toml:4&#41;</code>

    | | who | why |
    |---|---|---|
    | − | <code>ann</code> | <code>first: member before rosterd managed this group</code> |

    To let exactly this through: <code>rosterd approve DIGEST --reason &#34;…&#34;</code>
    "##);
}

#[test]
fn a_refused_move_is_told_with_the_words_of_the_provider() {
    let world = promotion();
    refuse(&world);
    world.rosterd(["apply", "--yes"]).exits(4);
    let run = world.rosterd(["plan", "--format", "json"]).success();
    let codes = |path: &str| run.group(path)["problems"][0]["code"].clone();
    assert_eq!(
        (codes("emporix/buyer"), codes("emporix/requester")),
        (json!("move-refused"), json!("move-refused"))
    );
    let detail = run.group("emporix/buyer")["problems"][0]["detail"].as_str().unwrap_or_default().to_owned();
    assert!(detail.contains("is not tried again until the roster changes: "), "{detail}");
    assert_eq!(run.json()["summary"]["held"], 2);
    assert_eq!(run.json()["summary"]["writes"], 0);
}
