//! Who should be in a group on a day, and why.

use super::world::{World, date, reference, user};
use crate::core::expand::{self, Expansion, Subject};
use crate::core::model::{PersonHandle, TeamHandle, UserId};
use crate::core::plan::Because;
use crate::core::roster::{Place, Team};

fn on(world: &World, day: &str) -> Expansion {
    let group = &world.roster.groups[&world.provider]["g"];
    let identities = world.identities();
    expand::members(&world.roster, group, date(day), &|id: &UserId| identities.owner(id).cloned())
}

fn names(world: &World, day: &str) -> Vec<String> {
    on(world, day).into_keys().map(name).collect()
}

fn name(subject: Subject) -> String {
    match subject {
        Subject::Person(person) => person.to_string(),
        Subject::Id(id) => format!("id:{id}"),
    }
}

fn reasons<'a>(expansion: &'a Expansion, person: &str) -> &'a [Because] {
    &expansion[&Subject::Person(person.into())]
}

fn via(because: &Because) -> Vec<&str> {
    because.via.iter().map(TeamHandle::as_str).collect()
}

#[test]
fn every_reason_is_kept_with_its_way_and_its_words() {
    let world = World::new()
        .people(&["alice"])
        .team("catalog", &["@leads # runs the shop"])
        .team("leads", &["alice"])
        .group("g", &["alice # by name", "@catalog", "@leads 2026-11-01.."]);
    let all = on(&world, "2026-11-21");
    let alice = reasons(&all, "alice");
    let told: Vec<_> = alice.iter().map(|it| (via(it), it.reason.as_deref(), it.from)).collect();
    assert_eq!(
        told,
        [
            (vec![], Some("by name"), None),
            (vec!["catalog", "leads"], Some("runs the shop"), None),
            (vec!["leads"], None, Some(date("2026-11-01"))),
        ]
    );
}

#[test]
fn a_bound_includes_both_its_ends() {
    let world = World::new().people(&["dave"]).group("g", &["dave 2026-12-01..2026-12-31"]);
    for (day, is_in) in
        [("2026-11-30", false), ("2026-12-01", true), ("2026-12-31", true), ("2027-01-01", false)]
    {
        assert_eq!(!names(&world, day).is_empty(), is_in, "{day}");
    }
}

#[test]
fn bounds_on_the_way_narrow_each_other() {
    let world = World::new()
        .people(&["dave"])
        .team("outer", &["@inner 2026-12-05..2026-12-25"])
        .team("inner", &["dave ..2026-12-20"])
        .group("g", &["@outer 2026-12-10.."]);
    for (day, is_in) in
        [("2026-12-09", false), ("2026-12-10", true), ("2026-12-20", true), ("2026-12-21", false)]
    {
        assert_eq!(!names(&world, day).is_empty(), is_in, "{day}");
    }
    let all = on(&world, "2026-12-15");
    let because = &reasons(&all, "dave")[0];
    assert_eq!((because.from, because.until), (Some(date("2026-12-10")), Some(date("2026-12-20"))));
}

#[test]
fn bounds_that_never_meet_name_nobody() {
    let world =
        World::new().people(&["dave"]).team("t", &["dave ..2026-11-10"]).group("g", &["@t 2026-11-20.."]);
    for day in ["2026-11-10", "2026-11-15", "2026-11-20"] {
        assert_eq!(names(&world, day), [""; 0], "{day}");
    }
}

#[test]
fn who_left_is_a_member_of_nothing() {
    let world = World::new()
        .people(&["bob"])
        .until("bob", "2026-11-30")
        .team("t", &["bob"])
        .group("g", &["bob", "@t", "id:u-bob"]);
    assert_eq!(names(&world, "2026-11-30"), ["bob"], "the last day is a day of membership");
    assert_eq!(names(&world, "2026-12-01"), [""; 0]);
}

#[test]
fn a_raw_id_of_a_person_is_that_person() {
    let world =
        World::new().people(&["alice", "bob"]).group("g", &["alice", "id:u-alice", "id:u-bob", "id:u-9"]);
    let all = on(&world, "2026-11-21");
    assert_eq!(all.keys().cloned().map(name).collect::<Vec<_>>(), ["alice", "bob", "id:u-9"]);
    assert_eq!(reasons(&all, "alice").len(), 2, "both lines are reasons");
}

#[test]
fn a_raw_id_has_bounds_like_any_reference() {
    let world = World::new().group("g", &["id:u-9 ..2026-11-20"]);
    assert_eq!(names(&world, "2026-11-20"), ["id:u-9"]);
    assert_eq!(names(&world, "2026-11-21"), [""; 0]);
}

#[test]
fn exceptions_take_out_people_teams_and_ids_within_their_bounds() {
    let base = World::new()
        .people(&["alice", "bob", "carol"])
        .team("leads", &["bob", "carol"])
        .group("g", &["alice", "@leads", "id:u-9"]);
    let left = |except: &[&str]| names(&base.clone().except("g", except), "2026-11-21");
    assert_eq!(left(&["@leads"]), ["alice", "id:u-9"]);
    assert_eq!(left(&["id:u-alice"]), ["bob", "carol", "id:u-9"], "an id of a person excepts the person");
    assert_eq!(left(&["id:u-9", "id:u-unheard-of"]), ["alice", "bob", "carol"]);
    assert_eq!(left(&["carol ..2026-11-20", "bob 2026-11-21.."]), ["alice", "carol", "id:u-9"]);
}

#[test]
fn an_exception_by_handle_takes_out_the_raw_id() {
    let world = World::new().people(&["carol"]).group("g", &["id:u-carol", "id:u-9"]).except("g", &["carol"]);
    assert_eq!(names(&world, "2026-11-21"), ["id:u-9"]);
}

#[test]
fn a_team_reached_by_two_ways_with_different_bounds_gives_both_reasons() {
    let world = World::new()
        .people(&["dave"])
        .team("t", &["dave"])
        .group("g", &["@t ..2026-11-30", "@t ..2026-12-31"]);
    assert_eq!(names(&world, "2026-12-15"), ["dave"]);
    assert_eq!(reasons(&on(&world, "2026-11-21"), "dave").len(), 2);
}

#[test]
fn ever_heeds_no_date_and_no_exception() {
    let world = World::new()
        .people(&["alice", "bob"])
        .until("bob", "2020-01-01")
        .group("g", &["alice 2030-01-01..", "bob"])
        .except("g", &["alice"]);
    let group = &world.roster.groups[&world.provider]["g"];
    let ever: Vec<_> = expand::ever(&world.roster, group, &|_| None).into_keys().map(name).collect();
    assert_eq!(ever, ["alice", "bob"]);
}

#[test]
fn diamonds_cost_nothing() {
    // Two ways on each of sixty levels: 2^60 ways to the one person, with and without bounds of their own.
    for bounds in [["", ""], [" ..2026-12-30", " ..2026-12-31"]] {
        let mut world = World::new().people(&["alice"]).group("g", &["@t0"]);
        for level in 0..60 {
            let (left, right) = (format!("l{level}"), format!("r{level}"));
            let next = if level == 59 { "alice".to_owned() } else { format!("@t{}", level + 1) };
            let ways = [format!("@{left}{}", bounds[0]), format!("@{right}{}", bounds[1])];
            world = world
                .team(&format!("t{level}"), &[&ways[0], &ways[1]])
                .team(&left, &[&next])
                .team(&right, &[&next]);
        }
        assert_eq!(names(&world, "2026-11-21"), ["alice"]);
    }
}

#[test]
fn different_bounds_on_every_level_of_a_diamond_do_not_multiply() {
    // Each level narrows by days of its own, so that the bounds of the ways are all different.
    let mut world = World::new().people(&["alice"]).group("g", &["@t0"]);
    let (mut from, mut until) = (date("2020-01-01"), date("2040-01-01"));
    for level in 0..2_000 {
        let next = if level == 1_999 { "alice".to_owned() } else { format!("@t{}", level + 1) };
        (from, until) = (from.tomorrow().unwrap(), until.yesterday().unwrap());
        let ways = [format!("{next} {from}.."), format!("{next} ..{until}")];
        world = world.team(&format!("t{level}"), &[&ways[0], &ways[1]]);
    }
    assert_eq!(names(&world, "2030-01-01"), ["alice"]);
    assert!(reasons(&on(&world, "2030-01-01"), "alice").len() <= 16);
}

#[test]
fn a_chain_of_ten_thousand_teams_keeps_the_ends_of_its_way() {
    const DEPTH: usize = 10_000;
    let mut world = World::new().group("g", &["@t0"]);
    for level in 0..DEPTH {
        let person = format!("p{level}");
        let mut members = vec![reference(&person, 1)];
        if level + 1 < DEPTH {
            members.push(reference(&format!("@t{}", level + 1), 2));
        }
        world = world.people(&[&person]);
        let team = Team { members, place: Place::default() };
        world.roster.teams.insert(format!("t{level}").as_str().into(), team);
    }
    let all = on(&world, "2026-11-21");
    assert_eq!(all.len(), DEPTH);
    assert_eq!(via(&reasons(&all, "p15")[0]).len(), 16, "a way of sixteen teams is whole");
    let last = format!("p{}", DEPTH - 1);
    let way = via(&reasons(&all, &last)[0]);
    assert_eq!(&way[..8], ["t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7"]);
    assert_eq!(way[8], "…");
    assert_eq!(&way[9..], ["t9992", "t9993", "t9994", "t9995", "t9996", "t9997", "t9998", "t9999"]);
}

#[test]
fn a_team_that_contains_itself_ends() {
    // The roster's check refuses it; the walk must end all the same.
    let world = World::new()
        .people(&["alice"])
        .team("t", &["@t", "@u", "alice"])
        .team("u", &["@t"])
        .group("g", &["@t"]);
    assert_eq!(names(&world, "2026-11-21"), ["alice"]);
}

#[test]
fn what_is_not_defined_names_nobody() {
    let world = World::new().group("g", &["@nowhere"]);
    assert_eq!(names(&world, "2026-11-21"), [""; 0]);
}

#[test]
fn only_the_owner_of_the_provider_counts() {
    let world = World::new().people(&["alice"]).group("g", &["id:u-alice"]);
    let group = &world.roster.groups[&world.provider]["g"];
    let nobody: Vec<_> =
        expand::members(&world.roster, group, date("2026-11-21"), &|_| None).into_keys().collect();
    assert_eq!(nobody, [Subject::Id(user("u-alice"))]);
    let bob: PersonHandle = "bob".into();
    let bobs: Vec<_> = expand::members(&world.roster, group, date("2026-11-21"), &|_| Some(bob.clone()))
        .into_keys()
        .collect();
    assert_eq!(bobs, [Subject::Person(bob.clone())]);
}
