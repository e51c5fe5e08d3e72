use insta::assert_snapshot;
use jiff::civil::date;

use super::*;
use crate::report::RosterProblem;
use crate::report::text::render;

fn plan(providers: Vec<ProviderReport>) -> String {
    render(&World::new().report(Command::Plan, providers), false)
}

fn apply(providers: Vec<ProviderReport>) -> String {
    render(&World::new().report(Command::Apply, providers), false)
}

fn substitute() -> Because {
    let until = Some(date(2026, 12, 31));
    Because { until, reason: Some("covers for bob".into()), ..because(GROUPS, 8) }
}

fn approvers() -> GroupReport {
    let held = ["77d0", "8812", "9a03"].map(|id| remove(id, Cause::First));
    group("approvers", "Approvers", 4).withheld(Why::Held, held)
}

#[test]
fn a_plan_reads_as_the_contract_shows_it() {
    let managers = group("catalog-managers", "Catalog managers", 13).changes([
        add("alice", Cause::Roster, vec![via_catalog(12)]),
        add("dave", Cause::Roster, vec![substitute()]),
        remove("9f31c2", Cause::Drift),
    ]);
    let sales = group("sales", "Sales Team", 5)
        .problem(
            "unidentified-person",
            "zoe cannot be identified at finance (no user with login acme.zoe): removals in this group are withheld",
        )
        .withheld(Why::UnidentifiedPerson, [remove("u-9", Cause::Drift)]);
    let limit = rule(Rule::MaxRemovalPercent, Some("approvers"), Some("30 %"), Some("3 of 4"));
    let text = plan(vec![
        provider("emporix", vec![managers, group("quiet", "Quiet", 390)]),
        provider("finance", vec![sales]),
        provider("travel", vec![approvers()]).held(limit),
    ]);
    assert_snapshot!(text, @r#"
    rosterd plan   roster 4f2c1ab   3 providers, 4 groups, 413 memberships

    emporix · Catalog managers (catalog-managers)   13 members, +2 −1
      + alice      roster/teams.toml:12 via @catalog
      + dave       roster/groups.toml:8 until 2026-12-31, covers for bob
      − u:9f31c2   drift: added outside rosterd after 2026-11-20 03:00

    finance · Sales Team (sales)                    5 members, −1 withheld
      − u:u-9   drift: added outside rosterd after 2026-11-20 03:00   withheld: may be someone who cannot be identified
      ! zoe cannot be identified at finance (no user with login acme.zoe): removals in this group are withheld

    travel · Approvers (approvers)                  HELD: removes 3 of 4 members, limit 30 % (rosterd.toml:11)
      − u:77d0   first: member before rosterd managed this group
      − u:8812   first: member before rosterd managed this group
      − u:9a03   first: member before rosterd managed this group
      to let exactly this through: rosterd approve 3f9c2a1b4d5e --reason "…"

    2 to add, 1 to remove, 3 held, 1 withheld, 1 group unchanged; 21 reads, 6 writes
    "#);
}

#[test]
fn every_cause_of_an_addition_has_its_words() {
    let bounded = Because { from: Some(date(2026, 12, 1)), ..substitute() };
    let nested = Because { via: Arc::new(["catalog".into(), "leads".into()]), ..because(TEAMS, 3) };
    let changes = [
        add("ann", Cause::First, vec![because(GROUPS, 2)]),
        add("bea", Cause::Drift, vec![via_catalog(12)]),
        add("christopher", Cause::Date, vec![bounded]),
        add("dan", Cause::Roster, vec![nested, because(GROUPS, 4), because(GROUPS, 5)]),
        add("eve", Cause::Roster, vec![]),
    ];
    assert_snapshot!(plan(vec![provider("emporix", vec![group("buyers", "", 1).changes(changes)])]), @r#"
    rosterd plan   roster 4f2c1ab   1 provider, 1 group, 6 memberships

    emporix · buyers   1 member, +5
      + ann           roster/groups.toml:2
      + bea           roster/teams.toml:12 via @catalog; drift: removed outside rosterd after 2026-11-20 03:00
      + christopher   roster/groups.toml:8 from 2026-12-01 until 2026-12-31, covers for bob; date: from 2026-12-01
      + dan           roster/teams.toml:3 via @catalog > @leads (and 2 more)
      + eve

    5 to add, 0 to remove, 0 held, 0 withheld, 0 groups unchanged; 7 reads, 2 writes
    "#);
}

#[test]
fn every_cause_of_a_removal_has_its_words() {
    let until = |day| Because { until: Some(day), ..because(GROUPS, 8) };
    let changes = [
        remove("9f31c2", Cause::First),
        remove("9f31c3", Cause::Roster),
        remove_person("dave", Cause::Roster, vec![because(GROUPS, 9)]),
        remove_person("zoe", Cause::Leaver, vec![]),
        remove_person("gone", Cause::Leaver, vec![]),
        remove_person("alice", Cause::Date, vec![until(date(2026, 11, 30))]),
        remove_person("bob", Cause::Date, vec![until(date(2026, 12, 6)), until(date(2026, 12, 5))]),
        remove_person(
            "carl",
            Cause::Date,
            vec![Because { from: Some(date(2026, 12, 6)), ..because(GROUPS, 7) }],
        ),
        remove_person("dora", Cause::Date, vec![]),
    ];
    assert_snapshot!(plan(vec![provider("emporix", vec![group("buyers", "Buyers", 20).changes(changes)])]), @r#"
    rosterd plan   roster 4f2c1ab   1 provider, 1 group, 11 memberships

    emporix · Buyers (buyers)   20 members, −9
      − u:9f31c2   first: member before rosterd managed this group
      − u:9f31c3   roster: no longer named
      − dave       roster: excepted; see roster/groups.toml:9
      − zoe        leaver: zoe left; last day 2026-11-30
      − gone       leaver: no longer in the roster
      − alice      date: until 2026-11-30 passed; see roster/groups.toml:8
      − bob        date: until 2026-12-05 passed; see roster/groups.toml:8
      − carl       date: from 2026-12-06; see roster/groups.toml:7 from 2026-12-06
      − dora       date: a bound passed

    0 to add, 9 to remove, 0 held, 0 withheld, 0 groups unchanged; 7 reads, 2 writes
    "#);
}

#[test]
fn a_drift_in_a_group_that_no_apply_has_seen_tells_no_time() {
    let mut buyers = group("buyers", "Buyers", 2).changes([remove("9f31c2", Cause::Drift)]);
    buyers.plan.last_applied = None;
    let text = plan(vec![provider("emporix", vec![buyers])]);
    assert!(text.contains("drift: added outside rosterd\n"), "{text}");
}

#[test]
fn holds_of_a_group_stand_with_it_and_those_of_a_provider_before_its_groups() {
    let leavers = group("leavers", "", 9)
        .changes([add("alice", Cause::Roster, vec![via_catalog(12)])])
        .withheld(Why::Held, [remove_person("zoe", Cause::Leaver, vec![])]);
    let text = plan(vec![
        provider("travel", vec![approvers(), leavers])
            .held(rule(Rule::Adopt, Some("approvers"), None, None))
            .held(rule(Rule::LastMember, Some("approvers"), None, None))
            .held(rule(Rule::NameMoved, Some("elsewhere"), None, None))
            .held(rule(Rule::MaxRemovals, None, Some("25"), Some("31")))
            .held(rule(Rule::MaxLeavers, None, Some("5"), Some("7")))
            .held(rule(Rule::Protected, None, None, Some("breakglass"))),
    ]);
    assert_snapshot!(text, @r#"
    rosterd plan   roster 4f2c1ab   1 provider, 2 groups, 14 memberships

    travel   HELD: elsewhere: its name means another group than the last time, so additions wait too
    travel   HELD: more removals than allowed: 31, limit 25 (rosterd.toml:11)
    travel   HELD: more people leave than allowed: 7, limit 5 (rosterd.toml:11)
    travel   HELD: protected people are never removed, and no approval changes that: breakglass
    travel · Approvers (approvers)   HELD: removes members that were there before rosterd managed this group; HELD: removes the last member, and the group has no allow_empty = true
      − u:77d0   first: member before rosterd managed this group
      − u:8812   first: member before rosterd managed this group
      − u:9a03   first: member before rosterd managed this group
    travel · leavers                 9 members, +1, −1 HELD
      + alice   roster/teams.toml:12 via @catalog
      − zoe     leaver: zoe left; last day 2026-11-30   held
      to let exactly what is held in approvers and leavers through: rosterd approve 3f9c2a1b4d5e --reason "…"

    1 to add, 0 to remove, 4 held, 0 withheld, 0 groups unchanged; 7 reads, 2 writes
    "#);
}

#[test]
fn no_approval_is_offered_where_only_protected_people_are_held() {
    let text =
        plan(vec![provider("travel", vec![approvers()]).held(rule(Rule::Protected, None, None, None))]);
    assert!(text.contains("no approval changes that") && !text.contains("rosterd approve"), "{text}");
}

#[test]
fn what_cannot_be_read_is_said_and_left_alone() {
    let sales = group("sales", "", 0).unreadable("the total moved from 120 to 119 while reading");
    let down = ProviderOutcome::Unreadable { error: "503 from https://api.travel.example".to_owned() };
    let text = plan(vec![
        provider("finance", vec![sales, group("quiet", "Quiet", 3)]),
        provider("travel", vec![]).outcome(down),
    ]);
    assert_snapshot!(text, @r#"
    rosterd plan   roster 4f2c1ab   2 providers, 2 groups, 3 memberships

    finance · sales   UNREADABLE: the total moved from 120 to 119 while reading; left alone

    travel   UNREADABLE: 503 from https://api.travel.example; left alone

    0 to add, 0 to remove, 0 held, 0 withheld, 1 group unchanged, 2 unreadable; 14 reads, 4 writes
    "#);
}

#[test]
fn what_is_suspended_or_observed_is_shown_and_not_sent() {
    let changes = || [add("alice", Cause::Drift, vec![via_catalog(12)]), remove("9f31c2", Cause::Drift)];
    let left = remove_person("zoe", Cause::Leaver, Vec::new());
    let waiting = group("buyers", "Buyers", 3).withheld(Why::Suspended, changes().into_iter().chain([left]));
    let text = plan(vec![
        provider("emporix", vec![waiting]).outcome(suspended()),
        provider("travel", vec![group("payers", "Payers", 3).withheld(Why::Observe, changes())]),
    ]);
    assert_snapshot!(text, @r#"
    rosterd plan   roster 4f2c1ab   2 providers, 2 groups, 6 memberships

    emporix   SUSPENDED: nothing is changed here until 2026-12-06 04:00 (ann, migration); waiting: 3 changes; people who left and still have access: zoe
    emporix · Buyers (buyers)   3 members, +1 −2 suspended
      + alice      roster/teams.toml:12 via @catalog; drift: removed outside rosterd after 2026-11-20 03:00
      − u:9f31c2   drift: added outside rosterd after 2026-11-20 03:00
      − zoe        leaver: zoe left; last day 2026-11-30

    travel   OBSERVED: nothing is changed here; reported only: 2 changes
    travel · Payers (payers)    3 members, +1 −1 observed
      + alice      roster/teams.toml:12 via @catalog; drift: removed outside rosterd after 2026-11-20 03:00
      − u:9f31c2   drift: added outside rosterd after 2026-11-20 03:00

    0 to add, 0 to remove, 0 held, 5 withheld, 0 groups unchanged; 14 reads, 4 writes
    "#);
}

#[test]
fn an_apply_says_what_became_of_each_change() {
    let alice = || vec![via_catalog(12)];
    let zoe = Change { id: None, ..add("zoe", Cause::Roster, alice()) };
    let buyers = group("buyers", "Buyers", 3)
        .changes([
            add("alice", Cause::Roster, alice()),
            add("dave", Cause::Roster, alice()),
            add("erin", Cause::Roster, alice()),
            remove("9f31c2", Cause::Drift),
            remove("9f31c3", Cause::Drift),
        ])
        .results([
            (Outcome::Applied, None),
            (Outcome::Failed, Some("user is locked (support id 8841)")),
            (Outcome::Held, Some("the old place is not free")),
            (Outcome::Unknown, Some("the group could not be read again")),
        ])
        .withheld(Why::UnidentifiedPerson, [zoe, remove("9f31c4", Cause::Drift)])
        .withheld(Why::Held, [remove("9f31c5", Cause::First)]);
    let adopt = rule(Rule::Adopt, Some("buyers"), None, None);
    assert_snapshot!(apply(vec![provider("emporix", vec![buyers]).held(adopt)]), @r#"
    rosterd apply   roster 4f2c1ab   1 provider, 1 group, 4 memberships

    emporix · Buyers (buyers)   3 members, +3 −2, +1 −1 withheld; HELD: removes members that were there before rosterd managed this group
      ✓ + alice      roster/teams.toml:12 via @catalog
      ✗ + dave       roster/teams.toml:12 via @catalog   failed: user is locked (support id 8841)
      · + erin       roster/teams.toml:12 via @catalog   held: the old place is not free
      ? − u:9f31c2   drift: added outside rosterd after 2026-11-20 03:00   unknown: the group could not be read again
      ? − u:9f31c3   drift: added outside rosterd after 2026-11-20 03:00   unknown: no outcome was recorded; the next run reads the group and settles it
        + zoe        roster/teams.toml:12 via @catalog   withheld: cannot be identified
        − u:9f31c4   drift: added outside rosterd after 2026-11-20 03:00   withheld: may be someone who cannot be identified
        − u:9f31c5   first: member before rosterd managed this group   held
      to let exactly this through: rosterd approve 3f9c2a1b4d5e --reason "…"

    1 added, 0 removed, 1 failed, 2 unknown, 1 held, 3 withheld, 0 groups unchanged; 7 reads, 2 writes
    "#);
}

#[test]
fn nothing_to_do_is_said_in_one_line() {
    let quiet = |handle| group(handle, "", 2);
    assert_snapshot!(plan(vec![provider("emporix", vec![quiet("a"), quiet("b")])]), @r#"
    rosterd plan   roster 4f2c1ab   1 provider, 2 groups, 4 memberships

    Nothing to do: 2 groups are as the roster says.
    "#);
    let one = apply(vec![provider("emporix", vec![quiet("a")])]);
    assert!(one.ends_with("\nNothing to do: 1 group is as the roster says.\n"), "{one}");
    let waiting = plan(vec![provider("emporix", vec![quiet("a")]).outcome(suspended())]);
    assert!(!waiting.contains("Nothing to do"), "{waiting}");
}

#[test]
fn colours_are_written_only_when_asked_for_and_change_no_text() {
    let world = World::new();
    let buyers = group("buyers", "Buyers", 3).changes([add("alice", Cause::Drift, vec![via_catalog(12)])]);
    let limit = rule(Rule::MaxRemovals, None, Some("25"), Some("31"));
    let report = world.report(Command::Apply, vec![provider("emporix", vec![buyers]).held(limit)]);
    let (plain, colored) = (render(&report, false), render(&report, true));
    assert!(!plain.contains('\u{1b}'));
    assert!(colored.contains("\u{1b}[32m+\u{1b}[0m alice"), "{colored:?}");
    assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
}

#[test]
fn a_very_long_name_does_not_push_the_others_aside() {
    let change = || [remove("9f31c2", Cause::Drift)];
    let long = "x".repeat(150);
    let text = plan(vec![provider(
        "emporix",
        vec![group("a", &long, 1).changes(change()), group("b", "Buyers", 1).changes(change())],
    )]);
    assert!(text.contains("emporix · Buyers (b)   1 member, −1\n"), "{text}");
}

#[test]
fn what_lets_a_hold_through_stands_with_it() {
    let later = || group("z-later", "", 2).changes([remove("9f31c2", Cause::Drift)]);
    let limit = |group| rule(Rule::MaxRemovalPercent, Some(group), Some("30 %"), Some("3 of 4"));
    let text = plan(vec![provider("travel", vec![approvers(), later()]).held(limit("approvers"))]);
    let line = "  to let exactly this through: rosterd approve 3f9c2a1b4d5e --reason \"…\"";
    let at = |wanted: &str| text.lines().position(|line| line.starts_with(wanted)).unwrap();
    assert_eq!(at(line), at("travel · z-later") - 1, "{text}");

    let held = |handle: &str| group(handle, "", 4).withheld(Why::Held, [remove("77d0", Cause::First)]);
    let many = |handles: &[&str]| {
        let groups = handles.iter().map(|handle| held(handle)).chain([later()]).collect();
        plan(vec![provider("travel", groups).held(rule(Rule::MaxRemovals, None, Some("2"), Some("9")))])
    };
    let two = many(&["a", "b"]);
    assert!(two.contains("to let exactly what is held in a and b through: rosterd approve"), "{two}");
    assert_eq!(two.matches("rosterd approve").count(), 1, "one approval covers both");
    assert!(many(&["a", "b", "c"]).contains("what is held in a, b and c through"));
    assert!(many(&["a", "b", "c", "d", "e", "f"]).contains("what is held in these 6 groups through"));
}

#[test]
fn a_protected_person_is_in_no_approval_of_another_group() {
    let held = |handle: &str| group(handle, "", 4).withheld(Why::Held, [remove("77d0", Cause::First)]);
    let travel = provider("travel", vec![held("a"), held("b")])
        .held(rule(Rule::Adopt, Some("a"), None, Some("1")))
        .held(rule(Rule::Protected, Some("b"), None, Some("1")));
    let text = plan(vec![travel]);
    let at = |wanted: &str| text.lines().position(|line| line.trim_start().starts_with(wanted)).unwrap();
    assert!(at("to let exactly this through") < at("travel · b"), "{text}");
}

#[test]
fn what_concerns_everything_stands_below_the_first_line() {
    let world = World::new();
    let buyers = group("buyers", "", 1).changes([add("ann", Cause::First, vec![because(GROUPS, 2)])]);
    let mut report = world.report(Command::Plan, vec![provider("emporix", vec![buyers])]);
    let detail =
        "commit 4f2c1ab is not signed by a key in signers\n\u{1b}[2J; commit 1bd0aa7 is in force".to_owned();
    report.problem = Some(RosterProblem { code: "unsigned", detail });
    assert_snapshot!(render(&report, false), @r#"
    rosterd plan   roster 4f2c1ab   1 provider, 1 group, 2 memberships
    NOT THE HEAD: commit 4f2c1ab is not signed by a key in signers\u{a}\u{1b}[2J; commit 1bd0aa7 is in force

    emporix · buyers   1 member, +1
      + ann   roster/groups.toml:2

    1 to add, 0 to remove, 0 held, 0 withheld, 0 groups unchanged; 7 reads, 2 writes
    "#);
    report.broken_trail = Some("the audit trail is broken at 2026-11.jsonl:4: it is empty".to_owned());
    let lines: Vec<String> = render(&report, false).lines().map(str::to_owned).collect();
    assert_eq!(lines[1], "BROKEN: the audit trail is broken at 2026-11.jsonl:4: it is empty");
    assert!(lines[2].starts_with("NOT THE HEAD: ") && lines[3].is_empty(), "{lines:?}");
}
