//! `rosterd plan`: what it says of every difference between the roster and what is live.

mod formats;
mod hostile;
mod modest;
mod people;

use insta::assert_snapshot;
use jiff::ToSpan as _;

use crate::support::{Group, World, noon};

#[test]
fn every_change_names_its_place_and_the_teams_that_lead_to_it() {
    let world = World::new()
        .guard("max_removal_percent", "\"off\"")
        .people(["ann", "bob", "cem", "dan"])
        .strangers(["mallory"])
        .team("leads", ["ann"])
        .team("catalog", ["@leads", "bob"])
        .group(Group::at("emporix/buyers").live(["dan", "mallory"]).wanted(["@catalog", "cem"]))
        .group(Group::at("travel/approvers").live(["ann"]).wanted(["@leads", "bob"]))
        .group(Group::at("finance/payers").in_sync(["cem"]));
    assert_snapshot!(world.rosterd(["plan"]).success().text(), @r"
    rosterd plan   roster REVISION   3 providers, 3 groups, 6 memberships

    emporix · Buyers (buyers)        2 members, +3 −2
      + ann                      roster/teams.toml:4 via @catalog > @leads
      + bob                      roster/teams.toml:9 via @catalog
      + cem                      roster/groups.toml:6
      − dan                      first: member before rosterd managed this group
      − u:00u4uk00000000005417   first: member before rosterd managed this group

    travel · Approvers (approvers)   1 member, +1
      + bob   roster/groups.toml:12

    4 to add, 2 to remove, 0 held, 0 withheld, 1 group unchanged; 12 reads, 6 writes
    ");
    world.rosterd(["plan", "--exit-code"]).exits(2);
}

#[test]
fn bounds_in_time_count_by_the_day() {
    let ([yesterday, today, tomorrow], zone) = days();
    let world = World::new().daemon(&zone).people(["ann", "bob", "cem", "dan", "eve"]).group(
        Group::at("emporix/buyers").live(["bob", "cem"]).wanted([
            "ann".to_owned(),
            // The last day is still a day of membership, the first day already one.
            format!("{{ who = \"bob\", until = {today} }}"),
            format!("{{ who = \"cem\", until = {yesterday}, reason = \"covered for dan\" }}"),
            format!("{{ who = \"dan\", from = {today}, until = {tomorrow}, reason = \"covers for bob\" }}"),
            format!("{{ who = \"eve\", from = {tomorrow} }}"),
        ]),
    );
    let text = world.rosterd(["plan"]).success().text();
    assert_snapshot!(text.replace(&today, "TODAY").replace(&tomorrow, "TOMORROW"), @r"
    rosterd plan   roster REVISION   3 providers, 1 group, 3 memberships

    emporix · Buyers (buyers)   2 members, +2 −1
      + ann   roster/groups.toml:5
      + dan   roster/groups.toml:8 from TODAY until TOMORROW, covers for bob
      − cem   first: member before rosterd managed this group

    2 to add, 1 to remove, 0 held, 0 withheld, 0 groups unchanged; 4 reads, 3 writes
    ");
}

#[test]
fn what_changed_at_the_provider_is_called_drift_once_an_apply_has_been() {
    let world = World::new()
        .people(["ann", "bob", "cem", "dan"])
        .group(Group::at("finance/payers").in_sync(["ann", "bob", "cem"]));
    world.rosterd(["apply", "--yes"]).success();

    world.live("finance/payers").add("dan").remove("bob");
    assert_snapshot!(world.rosterd(["plan"]).success().text(), @r"
    rosterd plan   roster REVISION   3 providers, 1 group, 3 memberships

    finance · Payers (payers)   3 members, +1 −1
      + bob   roster/groups.toml:6; drift: removed outside rosterd after DAY HH:MM
      − dan   drift: added outside rosterd after DAY HH:MM

    1 to add, 1 to remove, 0 held, 0 withheld, 0 groups unchanged; 4 reads, 2 writes
    ");

    // Wanted by the roster too, from now on: no difference is left.
    world.wanted("finance/payers").add("dan").remove("bob");
    world.rosterd(["plan", "--exit-code"]).success().says("Nothing to do");

    // And what the roster gives up is no drift.
    world.wanted("finance/payers").remove("dan");
    assert_snapshot!(world.rosterd(["plan"]).success().text(), @r"
    rosterd plan   roster REVISION   3 providers, 1 group, 2 memberships

    finance · Payers (payers)   3 members, −1
      − dan   drift: added outside rosterd after DAY HH:MM

    0 to add, 1 to remove, 0 held, 0 withheld, 0 groups unchanged; 3 reads, 1 write
    ");
}

#[test]
fn an_include_group_adds_and_never_removes() {
    let ([yesterday, ..], zone) = days();
    let vips = Group::at("emporix/vips").live(["bob", "mallory"]).wanted(["ann", "bob"]);
    let world = World::new()
        .daemon(&zone)
        .people(["ann", "bob"])
        .strangers(["mallory"])
        .group(vips.with("membership = \"include\""));
    assert_snapshot!(world.rosterd(["plan"]).success().text(), @r"
    rosterd plan   roster REVISION   3 providers, 1 group, 3 memberships

    emporix · Vips (vips)   2 members, +1
      + ann   roster/groups.toml:5

    1 to add, 0 to remove, 0 held, 0 withheld, 0 groups unchanged; 4 reads, 1 write
    ");
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members("emporix/vips"), ["ann", "bob", "mallory"]);

    // Nor a leaver, who is worth a word.
    world.set_person("bob", &format!("until = {yesterday}"));
    assert_snapshot!(world.rosterd(["plan", "--exit-code"]).success().text(), @r"
    rosterd plan   roster REVISION   3 providers, 1 group, 3 memberships

    emporix · Vips (vips)
      ! bob (00u4uk00000000002417) left and is still a member; rosterd removes nobody from an include group

    0 to add, 0 to remove, 0 held, 0 withheld, 0 groups unchanged; 3 reads, 0 writes
    ");
}

#[test]
fn raw_ids_and_exceptions() {
    let world = World::new()
        .people(["ann", "bob"])
        .strangers(["auditor"])
        .team("all", ["ann", "bob"])
        .group(Group::at("finance/payers").live(["bob"]).wanted(["@all"]).with("except = [\"bob\"]"));
    let auditor = world.id("finance", "auditor");
    let ann = world.id("finance", "ann");
    world.wanted("finance/payers").add(&format!("{{ id = \"{auditor}\" }}"));
    assert_snapshot!(world.rosterd(["plan"]).success().text(), @r"
    rosterd plan   roster REVISION   3 providers, 1 group, 2 memberships

    finance · Payers (payers)   1 member, +2 −1
      + ann     roster/teams.toml:4 via @all
      + u:u-3   roster/groups.toml:6
      − bob     first: member before rosterd managed this group

    2 to add, 1 to remove, 0 held, 0 withheld, 0 groups unchanged; 6 reads, 3 writes
    ");

    // A raw id that belongs to somebody is that person: excepted here.
    world.set_person("ann", &format!("ids = {{ finance = \"{ann}\" }}"));
    world
        .wanted("finance/payers")
        .set([format!("{{ id = \"{ann}\" }}"), format!("{{ id = \"{auditor}\" }}")]);
    world.wanted("finance/payers").without("except").with("except = [\"ann\"]");
    let json = world.rosterd(["plan", "--format", "json"]).success().json();
    let added = json.pointer("/providers/1/groups/0/changes").unwrap().as_array().unwrap();
    let added: Vec<_> = added.iter().filter(|change| change["action"] == "add").collect();
    assert_eq!(added.len(), 1, "{json}");
    assert_eq!(added[0]["id"], auditor);
}

#[test]
fn a_group_name_must_mean_exactly_one_group() {
    let world = World::new()
        .people(["ann"])
        .group(Group::at("emporix/buyers").named("Buyers").live([""; 0]).wanted(["ann"]).by_name())
        .group(Group::at("emporix/namesake").named("Buyers").unmanaged())
        .group(Group::at("finance/payers").wanted(["ann"]).by_name())
        .group(Group::at("travel/drivers").wanted(["ann"]).by_name());
    world.sandbox().solvexia().rename_group(&world.group_id("finance/payers"), "Payers 2");

    // The others are planned all the same.
    let run = world.rosterd(["plan", "--exit-code"]).exits(5);
    assert_snapshot!(run.text(), @r#"
    rosterd plan   roster REVISION   3 providers, 3 groups, 1 membership

    emporix · Buyers (buyers)    UNREADABLE: 2 groups have the name "Buyers": bind it by one `id` of 1gr5e52e-6e27-4ac5-9471-000000000001, 1gr5e52e-6e27-4ac5-9471-000000000002; left alone

    finance · Payers (payers)    UNREADABLE: there is no group named `Payers`; left alone

    travel · Drivers (drivers)   0 members, +1
      + ann   roster/groups.toml:15

    1 to add, 0 to remove, 0 held, 0 withheld, 0 groups unchanged, 2 unreadable; 10 reads, 1 write
    "#);
    let json = world.rosterd(["plan", "--format", "json"]).exits(5).json();
    assert_eq!(json.pointer("/providers/0/groups/0/outcome").unwrap(), "unreadable", "{json}");
    assert_eq!(json.pointer("/providers/0/groups/0/changes").unwrap().as_array().unwrap().len(), 0);
    assert_eq!(json.pointer("/summary/unreadable").unwrap(), 2);
}

#[test]
fn an_emporix_name_is_found_in_any_language() {
    let world = World::new()
        .people(["ann"])
        .group(Group::at("emporix/buyers").named("Einkauf").wanted(["ann"]).by_name());
    let shop = world.sandbox().emporix();
    shop.rename_group(&world.group_id("emporix/buyers"), "en", "Purchasing");
    shop.rename_group(&world.group_id("emporix/buyers"), "de", "Einkauf");
    world.rosterd(["plan", "--exit-code"]).exits(2).says("+ ann");
}

/// Yesterday, today and tomorrow where it is about noon, and the line of `[daemon]` that says where.
fn days() -> ([String; 3], String) {
    let (today, zone) = noon();
    let days = [today.saturating_sub(1.day()), today, today.saturating_add(1.day())];
    (days.map(|day| day.to_string()), format!("timezone = {zone:?}"))
}
