use insta::assert_snapshot;

use super::*;
use crate::report::markdown::render;

#[test]
fn a_plan_is_a_summary_and_a_table_for_each_group() {
    let managers = group("catalog-managers", "Catalog managers", 13)
        .changes([add("alice", Cause::Drift, vec![via_catalog(12)]), remove("9f31c2", Cause::Drift)]);
    let sales = group("sales", "", 5).problem("unidentified-person", "zoe cannot be identified at finance");
    let approvers = group("approvers", "Approvers", 4).withheld(Why::Held, [remove("77d0", Cause::First)]);
    let limit = rule(Rule::MaxRemovalPercent, Some("approvers"), Some("30 %"), Some("3 of 4"));
    let down = ProviderOutcome::Unreadable { error: "503 from https://api.example".to_owned() };
    let world = World::new();
    let report = world.report(
        Command::Plan,
        vec![
            provider("emporix", vec![managers]),
            provider("finance", vec![sales]),
            provider("travel", vec![approvers]).held(limit),
            provider("down", vec![]).outcome(down),
        ],
    );
    assert_snapshot!(render(&report), @r#"
    ### rosterd plan, roster <code>4f2c1ab</code>

    **1 to add, 1 to remove, 1 held, 0 withheld, 0 groups unchanged, 1 unreadable; 28 reads, 8 writes**

    4 providers, 3 groups, 22 memberships

    <b><code>emporix</code> · <code>Catalog managers</code></b> (<code>catalog-managers</code>): 13 members, +1 −1

    | | who | why |
    |---|---|---|
    | + | <code>alice</code> | <code>roster/teams.toml:12 via &#64;catalog; drift: removed outside rosterd after 2026-11-20 03:00</code> |
    | − | <code>u:9f31c2</code> | <code>drift: added outside rosterd after 2026-11-20 03:00</code> |

    <b><code>finance</code> · <code>sales</code></b>

    - ⚠ <code>zoe cannot be identified at finance</code>

    <b><code>travel</code> · <code>Approvers</code></b> (<code>approvers</code>) — <b>HELD</b>: <code>removes 3 of 4 members, limit 30 % &#40;rosterd.toml:11&#41;</code>

    | | who | why |
    |---|---|---|
    | − | <code>u:77d0</code> | <code>first: member before rosterd managed this group</code> |

    To let exactly this through: <code>rosterd approve 3f9c2a1b4d5e --reason &#34;…&#34;</code>

    <code>down</code>: <b>UNREADABLE</b>: <code>503 from https&#58;//api.example; left alone</code>
    "#);
}

#[test]
fn an_apply_says_what_became_of_each_change() {
    let buyers = group("buyers", "Buyers", 3)
        .changes([add("alice", Cause::First, vec![]), add("dave", Cause::Roster, vec![via_catalog(12)])])
        .results([(Outcome::Applied, None), (Outcome::Failed, Some("user is locked (support id 8841)"))]);
    let world = World::new();
    assert_snapshot!(render(&world.report(Command::Apply, vec![provider("emporix", vec![buyers])])), @r#"
    ### rosterd apply, roster <code>4f2c1ab</code>

    **1 added, 0 removed, 1 failed, 0 unknown, 0 held, 0 withheld, 0 groups unchanged; 7 reads, 2 writes**

    1 provider, 1 group, 5 memberships

    <b><code>emporix</code> · <code>Buyers</code></b> (<code>buyers</code>): 3 members, +2

    | | who | why |
    |---|---|---|
    | ✓ + | <code>alice</code> |  |
    | ✗ + | <code>dave</code> | <code>roster/teams.toml:12 via &#64;catalog</code><br><code>failed: user is locked &#40;support id 8841&#41;</code> |
    "#);
}

#[test]
fn a_long_table_is_folded() {
    let world = World::new();
    let rendered = |rows: usize| {
        let changes = (0..rows).map(|index| remove(&format!("id-{index}"), Cause::Drift));
        let buyers = group("buyers", "Buyers", 40).changes(changes);
        render(&world.report(Command::Plan, vec![provider("emporix", vec![buyers])]))
    };
    assert!(!rendered(10).contains("<details>"));
    let long = rendered(11);
    // Without the empty lines the table within would be shown as it is written.
    assert!(long.contains("40 members, −11</summary>\n\n| | who | why |"), "{long}");
    assert!(long.contains(" |\n\n</details>\n"), "{long}");
}

#[test]
fn nothing_to_do_is_said_in_one_line() {
    let world = World::new();
    let text = render(&world.report(Command::Plan, vec![provider("emporix", vec![group("a", "", 2)])]));
    assert_snapshot!(text, @r#"
    ### rosterd plan, roster <code>4f2c1ab</code>

    **Nothing to do: 1 group is as the roster says.**

    1 provider, 1 group, 2 memberships
    "#);
}
