use super::*;
use crate::report::exit::exit_code;

fn add_alice() -> [Change; 1] {
    [add("alice", Cause::Roster, vec![via_catalog(12)])]
}

fn changed() -> GroupReport {
    group("changed", "", 3).changes(add_alice()).results([(Outcome::Applied, None)])
}

fn failed() -> GroupReport {
    group("failed", "", 3).changes(add_alice()).results([(Outcome::Failed, None)])
}

fn held() -> GroupReport {
    group("held", "", 3).withheld(Why::Held, add_alice())
}

fn unread() -> GroupReport {
    group("unread", "", 0).unreadable("503")
}

fn withheld(why: Why) -> GroupReport {
    group("withheld", "", 3).withheld(why, add_alice())
}

/// The exit codes of `plan`, `plan --exit-code` and `apply`.
fn codes_of(provider: ProviderReport) -> [u8; 3] {
    let world = World::new();
    let plan = world.report(Command::Plan, vec![provider]);
    let apply = Report { command: Command::Apply, ..plan.clone() };
    [exit_code(&plan, false), exit_code(&plan, true), exit_code(&apply, false)]
}

fn codes(groups: Vec<GroupReport>) -> [u8; 3] {
    codes_of(provider("emporix", groups))
}

#[test]
fn each_finding_has_its_code() {
    assert_eq!(codes(vec![group("quiet", "", 3)]), [0, 0, 0]);
    assert_eq!(codes(vec![changed()]), [0, 2, 0]);
    assert_eq!(codes(vec![failed()]), [0, 2, 4]);
    assert_eq!(codes(vec![held()]), [0, 3, 3]);
    assert_eq!(codes(vec![unread()]), [5, 5, 5]);
    assert_eq!(codes(vec![withheld(Why::UnidentifiedPerson)]), [0, 3, 3]);
    assert_eq!(codes(vec![withheld(Why::Observe)]), [0, 2, 0]);
    assert_eq!(codes(vec![withheld(Why::Suspended)]), [0, 2, 3]);
    assert_eq!(codes(vec![group("g", "", 3).problem("unidentified-person", "zoe")]), [0, 3, 3]);
    assert_eq!(codes(vec![group("g", "", 3).problem("wrong-user-type", "zoe")]), [0, 0, 0]);
}

#[test]
fn what_concerns_a_whole_provider_counts_without_any_change() {
    let quiet = || provider("emporix", vec![group("quiet", "", 3)]);
    assert_eq!(codes_of(quiet().outcome(suspended())), [0, 0, 3]);
    assert_eq!(codes_of(quiet().outcome(ProviderOutcome::Unreadable { error: "503".to_owned() })), [5, 5, 5]);
    let failed = provider("emporix", vec![failed()]);
    assert_eq!(codes_of(failed.outcome(ProviderOutcome::Unreadable { error: "503".to_owned() })), [5, 5, 4]);
    assert_eq!(codes_of(quiet().held(rule(Rule::NameMoved, Some("quiet"), None, None))), [0, 3, 3]);
}

#[test]
fn of_several_codes_the_gravest_wins() {
    assert_eq!(codes(vec![changed(), failed(), held(), unread()]), [5, 3, 4]);
    assert_eq!(codes(vec![changed(), held(), unread()]), [5, 3, 3]);
    assert_eq!(codes(vec![changed(), unread()]), [5, 5, 5]);
}

#[test]
fn an_unknown_or_missing_result_is_no_success() {
    let unknown = group("g", "", 3).changes(add_alice()).results([(Outcome::Unknown, None)]);
    assert_eq!(codes(vec![unknown])[2], 4);
    assert_eq!(codes(vec![group("g", "", 3).changes(add_alice())])[2], 4);
    let late = group("g", "", 3).changes(add_alice()).results([(Outcome::Held, None)]);
    assert_eq!(codes(vec![late])[2], 3);
}
