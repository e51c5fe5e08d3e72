//! What a plan does not do: change, adopt, ask for more than it needs.

use insta::assert_snapshot;

use crate::support::{Group, PROVIDERS, World};

#[test]
fn a_plan_changes_nothing_and_asks_for_scopes_that_read() {
    let world = World::new()
        .people(["ann", "bob"])
        .group(Group::at("emporix/buyers").live(["bob"]).wanted(["ann"]))
        .group(Group::at("travel/drivers").live(["bob"]).wanted(["ann"]))
        .group(Group::at("finance/payers").live(["bob"]).wanted(["ann"]));
    let before = world.dump();
    world.rosterd(["plan", "--exit-code"]).exits(2);

    assert_eq!(world.dump(), before);
    assert_eq!(world.writes(), []);
    assert_snapshot!(scopes(&world), @r"
    emporix: iam.group_read iam.user_read
    travel:
    finance: user_read usergroup_read
    ");
    assert_eq!(world.journal_text(), "", "a plan is no event of the audit trail");

    world.forget_requests();
    world.rosterd(["apply", "--yes"]).success();
    assert_snapshot!(scopes(&world), @r"
    emporix: iam.assignment_manage iam.group_read iam.user_read
    travel:
    finance: user_read usergroup
    ");
}

#[test]
fn a_plan_adopts_nothing() {
    let world = World::new()
        .guard("adopt", "\"hold\"")
        .people(["ann"])
        .strangers(["mallory"])
        .group(Group::at("emporix/buyers").in_sync(["ann"]));
    world.rosterd(["plan", "--exit-code"]).success();

    // Nothing was managed yet, so whoever comes now was there before.
    world.live("emporix/buyers").add("mallory");
    world.rosterd(["plan", "--exit-code"]).exits(3).says("first: member before rosterd managed this group");

    world.live("emporix/buyers").remove("mallory");
    world.rosterd(["apply", "--yes"]).success();
    world.live("emporix/buyers").add("mallory");
    world.rosterd(["plan", "--exit-code"]).exits(2).says("drift: added outside rosterd");
}

#[test]
fn only_the_providers_that_were_asked_for_get_requests_or_need_secrets() {
    let world = World::new()
        .people(["ann"])
        .group(Group::at("emporix/buyers").wanted(["ann"]))
        .group(Group::at("emporix/sellers").wanted(["ann"]))
        .group(Group::at("travel/drivers").wanted(["ann"]))
        .group(Group::at("finance/payers").wanted(["ann"]));
    std::fs::remove_file(world.path("secrets/travel-secret")).unwrap();
    std::fs::remove_file(world.path("secrets/finance-secret")).unwrap();

    world.rosterd(["plan", "--provider", "emporix"]).success().says("2 to add");
    assert!(!world.requests("emporix").is_empty());
    assert_eq!(world.requests("travel"), []);
    assert_eq!(world.requests("finance"), []);

    world.forget_requests();
    world.rosterd(["apply", "--yes", "--group", "emporix/sellers"]).success();
    assert_eq!(world.writes(), ["PUT emporix/sellers +ann -> 201"]);
    assert_eq!(world.members("emporix/buyers"), [""; 0]);
    assert!(
        !world.requests("emporix").iter().any(|line| line.contains("{emporix/buyers}")),
        "not read either"
    );
}

#[test]
fn two_providers_may_be_asked_for() {
    let world = World::new()
        .people(["ann"])
        .group(Group::at("emporix/buyers").wanted(["ann"]))
        .group(Group::at("travel/drivers").wanted(["ann"]))
        .group(Group::at("finance/payers").wanted(["ann"]));
    world.rosterd(["plan", "--provider", "travel", "--provider", "emporix"]).success().says("2 to add");
    assert_eq!(world.requests("finance"), []);
}

#[test]
fn where_a_provider_is_only_observed_nothing_is_changed() {
    let world = World::new()
        .provider("finance", "mode = \"observe\"")
        .people(["ann", "bob"])
        .group(Group::at("finance/payers").live(["bob"]).wanted(["ann"]))
        .group(Group::at("emporix/buyers").wanted(["ann"]));
    assert_snapshot!(world.rosterd(["plan"]).success().text(), @r"
    rosterd plan   roster REVISION   3 providers, 2 groups, 2 memberships

    emporix · Buyers (buyers)   0 members, +1
      + ann   roster/groups.toml:10

    finance   OBSERVED: nothing is changed here; reported only: 2 changes
    finance · Payers (payers)   1 member, +1 −1 observed
      + ann   roster/groups.toml:5
      − bob   first: member before rosterd managed this group

    1 to add, 0 to remove, 0 held, 2 withheld, 0 groups unchanged; 8 reads, 1 write
    ");
    world.rosterd(["plan", "--exit-code", "--provider", "finance"]).exits(2);

    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.writes(), ["PUT emporix/buyers +ann -> 201"]);
    let json = world.rosterd(["plan", "--format", "json"]).success().json();
    assert_eq!(json.pointer("/providers/1/groups/0/withheld/0/why").unwrap(), "observe");
}

/// The scopes of the tokens that the requests came with, by provider.
fn scopes(world: &World) -> String {
    let mut lines = Vec::new();
    for provider in PROVIDERS {
        let seen = world.seen(provider);
        let scopes = seen.iter().filter(|seen| !seen.login).filter_map(|seen| seen.scope.clone());
        let distinct: std::collections::BTreeSet<String> = scopes.collect();
        lines.extend(distinct.into_iter().map(|scope| format!("{provider}: {scope}").trim_end().to_owned()));
    }
    lines.join("\n")
}
