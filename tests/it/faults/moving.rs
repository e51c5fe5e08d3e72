//! Somebody else changes things while they are read.

use rosterd::sandbox::{Edit, Effect, Fault};

use super::{GROUPS, all_as_wanted, three};
use crate::support::{Group, Person, World, split};

/// Three members on three pages. Ids grow in the order in which people are named, and pages are sorted by them.
fn paged(provider: &str, group: &str) -> World {
    World::new()
        .people(["ann", "bob", "cem", "dan"])
        .provider(provider, "page_size = 1")
        .group(Group::at(group).live(["bob", "cem", "dan"]).wanted(["bob", "cem", "dan"]))
}

fn member_reads(world: &World, group: &str, effect: Effect) -> Fault {
    let tail = if group.starts_with("travel") { "members" } else { "users" };
    Fault::new(effect).reads().path(&format!("/{}/{tail}", world.group_id(group)))
}

const PAGED: [(&str, &str); 2] = [("emporix", "emporix/buyers"), ("travel", "travel/approvers")];

#[test]
fn a_list_that_shifts_between_pages_is_read_again() {
    for (provider, group) in PAGED {
        let world = paged(provider, group);
        // The total stands still, and whoever was on the first page comes again on the second: one is missed.
        let (id, first, last) = (world.group_id(group), world.id(provider, "ann"), world.id(provider, "dan"));
        let edits = vec![Edit::leave(&id, &last), Edit::join(&id, &first)];
        world.fail(provider, member_reads(&world, group, Effect::EditAfter(edits)));

        world.rosterd(["apply", "--yes"]).success();
        assert_eq!(world.faults_waiting(), 0);
        assert_eq!(world.members(group), ["bob", "cem", "dan"], "{group}");
        let mut writes = world.writes().0;
        writes.sort();
        assert_eq!(writes.len(), 2, "one comes back, one goes, and nobody else is touched: {writes:?}");
        assert!(writes.iter().any(|write| write.contains("+dan")), "{writes:?}");
        assert!(writes.iter().any(|write| write.contains("-ann")), "{writes:?}");
    }
}

#[test]
fn a_member_who_leaves_between_pages_moves_the_total() {
    for (provider, group) in PAGED {
        let world = paged(provider, group);
        let edits = vec![Edit::leave(&world.group_id(group), &world.id(provider, "bob"))];
        world.fail(provider, member_reads(&world, group, Effect::EditAfter(edits)));

        world.rosterd(["apply", "--yes"]).success();
        assert_eq!(world.faults_waiting(), 0);
        assert_eq!(world.members(group), ["bob", "cem", "dan"], "{group}");
        assert_eq!(world.writes().len(), 1, "only bob comes back: {}", world.writes());
    }
}

#[test]
fn a_group_that_changes_under_every_reading_is_left_alone() {
    for (provider, group) in PAGED {
        let world = paged(provider, group);
        world.wanted(group).remove("cem");
        let (id, user) = (world.group_id(group), world.id(provider, "ann"));
        let list = format!("/{id}/");
        let mut inside = false;
        world.fail_by(provider, move |seen| {
            let is_page = !seen.write && seen.path.contains(&list);
            is_page.then(|| {
                inside = !inside;
                let edit = if inside { Edit::join(&id, &user) } else { Edit::leave(&id, &user) };
                Effect::EditBefore(vec![edit])
            })
        });
        let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(5);
        assert_eq!(run.group(group)["outcome"], "unreadable");
        assert_eq!(world.writes(), []);
    }
}

#[test]
fn what_somebody_else_did_meanwhile_is_no_failure() {
    for (provider, group) in GROUPS {
        let world = three();
        let (id, bob, cem) = (world.group_id(group), world.id(provider, "bob"), world.id(provider, "cem"));
        // The very same changes, made by somebody else after they were planned.
        let edits = vec![Edit::leave(&id, &bob), Edit::join(&id, &cem)];
        world.fail(provider, Fault::new(Effect::EditBefore(edits)).writes());

        world.rosterd(["apply", "--yes"]).success();
        assert_eq!(world.faults_waiting(), 0);
        all_as_wanted(&world);
    }
}

#[test]
fn what_is_undone_at_once_is_reported_as_failed() {
    for (provider, group) in GROUPS {
        let world = three();
        let edits = vec![Edit::leave(&world.group_id(group), &world.id(provider, "cem"))];
        world.fail(provider, Fault::new(Effect::EditAfter(edits)).writes());

        let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(4);
        let failed: Vec<String> =
            world.results(&run).into_iter().filter(|line| !line.ends_with("applied")).collect();
        assert_eq!(failed, [format!("{group} add cem failed")]);
        assert_eq!(run.detail(group, "cem"), "accepted, but the member is not there when read again");
        world.rosterd(["apply", "--yes"]).success();
        all_as_wanted(&world);
    }
}

#[test]
fn a_member_whom_the_user_list_hides_is_seen_in_the_member_list() {
    let world = World::new()
        .people(["ann", "bob", "cem"])
        .person(Person::new("eve").stranger())
        .group(Group::at("emporix/buyers").live(["ann", "bob", "eve"]).wanted(["ann", "bob"]));
    let eve = world.id("emporix", "eve");
    world.sandbox().emporix().hide_users(&[&eve]);

    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob"]);
}

#[test]
fn an_addition_and_a_removal_are_verified_where_the_user_list_lies() {
    // Reading by users would call this addition failed: the user list does not know eve.
    let world = World::new()
        .people(["ann", "bob"])
        .person(Person::new("eve").stranger())
        .group(Group::at("emporix/buyers").live(["ann", "bob"]).wanted(["ann", "bob"]));
    world.rosterd(["apply", "--yes"]).success();
    let eve = world.id("emporix", "eve");
    world.sandbox().emporix().hide_users(&[&eve]);
    world.wanted("emporix/buyers").add(&format!("{{ id = \"{eve}\" }}"));

    world.rosterd(["apply", "--yes"]).success().says("1 added");
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob", "eve"]);
    let (provider, _) = split("emporix/buyers");
    world.forget_requests();
    world.rosterd(["apply", "--yes"]).success();
    assert!(
        world.seen(provider).iter().all(|seen| !seen.write),
        "a second apply adds her again: {}",
        world.writes()
    );
}
