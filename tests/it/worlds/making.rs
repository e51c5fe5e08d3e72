//! Worlds out of a seed: small, and full of corners.

use std::collections::BTreeSet;

use fastrand::Rng;

use super::spec::{Apart, Deed, Limits, Line, Room, Someone, Spec, provider};
use crate::support::PROVIDERS;

const PEOPLE: [&str; 9] = ["ann", "bob", "cem", "dan", "eve", "fay", "gus", "hal", "ivy"];
const STRANGERS: [&str; 4] = ["uma", "vic", "wim", "zoe"];
const HANDLES: [&str; 4] = ["buyers", "clerks", "makers", "sellers"];

/// One in so many.
fn one_in(random: &mut Rng, many: u32) -> bool {
    random.u32(..many) == 0
}

/// Some of these, about this part of a hundred.
fn some(random: &mut Rng, of: &[String], percent: u32) -> BTreeSet<String> {
    of.iter().filter(|_| random.u32(..100) < percent).cloned().collect()
}

fn any<'a>(random: &mut Rng, of: &'a [String]) -> &'a String {
    &of[random.usize(..of.len())]
}

/// The world as rosterd first finds it.
pub fn first(random: &mut Rng) -> Spec {
    let count = random.usize(5..=PEOPLE.len());
    let someone = |(index, handle): (usize, &&str)| {
        let missing_at = (index > 0 && one_in(random, 14)).then(|| PROVIDERS[random.usize(..3)]);
        Someone { handle: (*handle).to_owned(), missing_at, gone: index > 1 && one_in(random, 6) }
    };
    let people: Vec<Someone> = PEOPLE[..count].iter().enumerate().map(someone).collect();
    let mut spec = Spec {
        people,
        strangers: STRANGERS[..random.usize(1..=4)].iter().map(|&who| who.to_owned()).collect(),
        forgotten: BTreeSet::new(),
        teams: Vec::new(),
        rooms: Vec::new(),
        apart: Vec::new(),
        limits: limits(random),
        refused: BTreeSet::new(),
        meanwhile: Vec::new(),
        later: None,
    };
    let handles: Vec<String> = spec.people.iter().map(|person| person.handle.clone()).collect();
    for (number, team) in ["one", "two"].iter().enumerate() {
        let mut members: Vec<String> = some(random, &handles, 35).into_iter().collect();
        if members.is_empty() {
            members.push(handles[0].clone());
        }
        if number == 1 && random.bool() {
            members.push("@one".to_owned());
        }
        spec.teams.push(((*team).to_owned(), members));
    }
    rooms(random, &mut spec);
    apart(random, &mut spec, &handles);
    policies(random, &mut spec);
    live(random, &mut spec);
    on_the_way(random, &mut spec);
    one_a_day(random, &mut spec);
    spec.meanwhile = deeds(random, &spec, 3);
    refused(random, &mut spec);
    spec
}

fn limits(random: &mut Rng) -> Limits {
    Limits {
        removals: [None, Some(1), Some(2), Some(4), Some(25)][random.usize(..5)],
        percent: [None, Some(30), Some(50), Some(100)][random.usize(..4)],
        leavers: [None, Some(1), Some(5)][random.usize(..3)],
        hold_first: one_in(random, 3),
        hold_all: one_in(random, 8),
        protected: one_in(random, 4).then(|| PEOPLE[random.usize(..2)].to_owned()),
    }
}

fn rooms(random: &mut Rng, spec: &mut Spec) {
    let handles: Vec<String> = spec.people.iter().map(|person| person.handle.clone()).collect();
    for at in PROVIDERS {
        for handle in &HANDLES[..random.usize(1..=3)] {
            let mut members = Vec::new();
            while members.is_empty() || random.u32(..10) < 6 {
                let line = match random.u8(..8) {
                    0 | 1 => Line::Team(spec.teams[random.usize(..2)].0.clone()),
                    2 => Line::Bounded(any(random, &handles).clone(), random.bool()),
                    _ => Line::Person(any(random, &handles).clone()),
                };
                if !members.contains(&line) {
                    members.push(line);
                }
            }
            let room = Room { members, ..Room::at(&format!("{at}/{handle}")) };
            let except = if one_in(random, 6) { vec![any(random, &handles).clone()] } else { Vec::new() };
            spec.rooms.push(Room { exact: !one_in(random, 6), by_name: one_in(random, 6), except, ..room });
        }
        if random.bool() {
            spec.rooms.push(Room { managed: false, ..Room::at(&format!("{at}/others")) });
        }
    }
}

impl Room {
    fn at(path: &str) -> Room {
        Room {
            path: path.to_owned(),
            managed: true,
            exact: true,
            by_name: false,
            members: Vec::new(),
            except: Vec::new(),
            live: BTreeSet::new(),
            min: None,
            max: None,
            must: None,
            allow_empty: false,
        }
    }
}

/// Groups that are kept apart: each person is named in one of them at most, on any day.
fn apart(random: &mut Rng, spec: &mut Spec, handles: &[String]) {
    let mut free: Vec<String> = spec.managed().map(|room| room.path.clone()).collect();
    for exclusive in [true, false] {
        if one_in(random, if exclusive { 4 } else { 2 }) {
            continue;
        }
        let has_others = |path: &String| free.iter().filter(|it| provider(it) == provider(path)).count() > 1;
        let firsts: Vec<String> = free.iter().filter(|it| !exclusive || has_others(it)).cloned().collect();
        if firsts.is_empty() {
            continue;
        }
        let first = any(random, &firsts).clone();
        free.retain(|path| *path != first);
        let fits = |path: &String| !exclusive || provider(path) == provider(&first);
        let mut rooms = vec![first.clone()];
        rooms.extend(free.iter().filter(|path| fits(path)).take(if exclusive { 2 } else { 1 }).cloned());
        if rooms.len() < 2 {
            continue;
        }
        free.retain(|path| !rooms.contains(path));
        let mut members: Vec<Vec<Line>> = vec![Vec::new(); rooms.len()];
        for handle in handles {
            let into = random.usize(..=rooms.len());
            if let Some(members) = members.get_mut(into) {
                members.push(Line::Person(handle.clone()));
            }
        }
        for (path, members) in rooms.iter().zip(members) {
            let room = spec.rooms.iter_mut().find(|room| room.path == *path).expect("it was made");
            room.allow_empty = members.is_empty();
            room.except.clear();
            room.members = members;
        }
        spec.apart.push(Apart { rooms, exclusive });
    }
}

fn policies(random: &mut Rng, spec: &mut Spec) {
    let named: Vec<Vec<String>> =
        spec.rooms.iter().map(|room| spec.named(room).into_iter().collect()).collect();
    for (room, named) in spec.rooms.iter_mut().zip(named) {
        if !room.managed || named.is_empty() {
            continue;
        }
        room.allow_empty |= one_in(random, 8);
        room.min = one_in(random, 6).then(|| random.usize(1..=named.len()));
        room.max = one_in(random, 6).then_some(named.len());
        room.must = one_in(random, 6).then(|| any(random, &named).clone());
    }
}

fn live(random: &mut Rng, spec: &mut Spec) {
    let everybody = everybody(spec);
    let near = random.bool();
    for index in 0..spec.rooms.len() {
        let room = &spec.rooms[index];
        let at = provider(&room.path);
        // Near to what is wanted, or anything at all.
        let mut live = if near { spec.wanted(room) } else { some(random, &everybody, 40) };
        if near {
            live.retain(|_| !one_in(random, 4));
            live.extend(some(random, &everybody, 15));
        }
        live.retain(|who| spec.has_account(who, at));
        spec.rooms[index].live = live;
    }
}

/// Whoever is to move from one group to another of a provider is in the first, and may be refused in the second.
fn on_the_way(random: &mut Rng, spec: &mut Spec) {
    for set in spec.apart.clone() {
        let [from, to, ..] = set.rooms.as_slice() else { continue };
        let mut wanted: Vec<String> = spec.wanted(spec.room(to)).into_iter().collect();
        wanted.retain(|who| spec.has_account(who, provider(to)));
        if provider(from) != provider(to) || wanted.is_empty() || one_in(random, 3) {
            continue;
        }
        let who = any(random, &wanted).clone();
        // Nobody else is in their way: what is held there moves nobody.
        for path in &set.rooms {
            let mut live = spec.wanted(spec.room(path));
            live.retain(|other| *other != who && spec.has_account(other, provider(path)));
            live.extend((path == from).then(|| who.clone()));
            spec.rooms
                .iter_mut()
                .filter(|room| room.path == *path)
                .for_each(|room| room.live.clone_from(&live));
        }
        if random.bool() {
            spec.limits.hold_first = false;
            spec.limits.hold_all = false;
            spec.refused.insert((to.clone(), who));
        }
    }
}

/// In some worlds a small group has one member too many now and another one later: to remove each of them is
/// allowed, to remove both within a day is not.
fn one_a_day(random: &mut Rng, spec: &mut Spec) {
    let [one, other, ..] = spec.strangers.as_slice() else { return };
    let (one, other) = (one.clone(), other.clone());
    let fits = |room: &&Room| {
        let is_small = (1..=4).contains(&spec.wanted(room).len());
        room.exact && is_small && !spec.is_unsure(room) && spec.beside(&room.path).is_empty()
    };
    let paths: Vec<String> = spec.managed().filter(fits).map(|room| room.path.clone()).collect();
    if paths.is_empty() || !one_in(random, 3) {
        return;
    }
    let path = any(random, &paths).clone();
    let wanted = spec.wanted(spec.room(&path));
    let room = spec.rooms.iter_mut().find(|room| room.path == path).expect("it was found");
    *room = Room { live: wanted, min: None, max: None, must: None, ..room.clone() };
    room.live.insert(one);
    spec.limits.removals = None;
    spec.limits.percent = Some(30);
    spec.limits.hold_first = false;
    spec.limits.hold_all = false;
    spec.later = Some(Deed { path, who: other, joins: true });
}

fn everybody(spec: &Spec) -> Vec<String> {
    spec.people.iter().map(|person| person.handle.clone()).chain(spec.strangers.iter().cloned()).collect()
}

/// What others do. Nobody else moves people between groups that are kept apart: what is read there and what
/// stands could differ without anybody's fault.
pub fn deeds(random: &mut Rng, spec: &Spec, most: usize) -> Vec<Deed> {
    let everybody = everybody(spec);
    let mut deeds: Vec<Deed> = Vec::new();
    for _ in 0..random.usize(..=most) {
        let room = &spec.rooms[random.usize(..spec.rooms.len())];
        let who = any(random, &everybody).clone();
        let is_new = !deeds.iter().any(|deed| deed.path == room.path && deed.who == who);
        if is_new && spec.beside(&room.path).is_empty() && spec.has_account(&who, provider(&room.path)) {
            deeds.push(Deed { path: room.path.clone(), who, joins: random.u8(..3) > 0 });
        }
    }
    deeds
}

/// A membership of the roster that somebody else ends again and again, in some worlds.
pub fn rival(random: &mut Rng, spec: &Spec) -> Option<Deed> {
    if !one_in(random, 6) {
        return None;
    }
    let rooms: Vec<&Room> = spec.managed().filter(|room| spec.beside(&room.path).is_empty()).collect();
    let room = rooms.get(random.usize(..rooms.len().max(1)))?;
    let who = spec.wanted(room).into_iter().find(|who| spec.has_account(who, provider(&room.path)))?;
    Some(Deed { path: room.path.clone(), who, joins: false })
}

/// Additions that the provider never takes.
fn refused(random: &mut Rng, spec: &mut Spec) {
    let mut missing: Vec<(String, String)> = Vec::new();
    for room in spec.managed() {
        let mut absent = spec.wanted(room);
        absent.retain(|who| !room.live.contains(who) && spec.has_account(who, provider(&room.path)));
        missing.extend(absent.into_iter().map(|who| (room.path.clone(), who)));
    }
    let is_move = |(path, who): &&(String, String)| {
        let mut beside = spec.beside(path).into_iter().map(|path| spec.room(path));
        beside.any(|room| provider(&room.path) == provider(path) && room.live.contains(who))
    };
    let moves: Vec<(String, String)> = missing.iter().filter(is_move).cloned().collect();
    for of in [missing, moves] {
        if !of.is_empty() && random.bool() {
            spec.refused.insert(of[random.usize(..of.len())].clone());
        }
    }
}

/// The same world a while later: the roster has changed.
pub fn later(random: &mut Rng, before: &Spec) -> Spec {
    let mut spec = before.clone();
    let may_go = |person: &&Someone| {
        let named = |members: &[String]| members.iter().any(|member| *member != person.handle);
        let alone = |room: &&Room| {
            room.members.iter().all(
                |line| matches!(line, Line::Person(who) | Line::Bounded(who, _) if *who == person.handle),
            )
        };
        before.limits.protected.as_ref() != Some(&person.handle)
            && before.teams.iter().all(|(_, members)| named(members))
            && !before.managed().any(|room| alone(&room))
    };
    let may_go: Vec<String> =
        before.people.iter().filter(may_go).map(|person| person.handle.clone()).collect();
    if !may_go.is_empty() && random.bool() {
        forget(&mut spec, any(random, &may_go));
    }
    let handles: Vec<String> = spec.people.iter().map(|person| person.handle.clone()).collect();
    for index in 0..spec.rooms.len() {
        let room = &spec.rooms[index];
        let is_free = room.managed && spec.beside(&room.path).is_empty();
        let who = any(random, &handles).clone();
        if is_free && one_in(random, 3) && spec.person(&who).is_some() {
            let room = &mut spec.rooms[index];
            let line = Line::Person(who);
            if !room.members.contains(&line) {
                room.members.push(line);
            } else if room.members.len() > 1 {
                room.members.retain(|known| *known != line);
            }
        }
    }
    move_somebody(random, &mut spec);
    for index in 0..spec.rooms.len() {
        let named = spec.named(&spec.rooms[index]);
        let room = &mut spec.rooms[index];
        room.must = room.must.take().filter(|must| named.contains(must));
        room.min = room.min.map(|min| min.min(named.len())).filter(|min| *min > 0);
        room.max = room.max.map(|max| max.max(named.len()));
    }
    spec.meanwhile = deeds(random, &spec, 2);
    spec
}

fn forget(spec: &mut Spec, who: &str) {
    spec.forgotten.insert(who.to_owned());
    for (_, members) in &mut spec.teams {
        members.retain(|member| member != who);
    }
    for room in &mut spec.rooms {
        room.members.retain(|line| !matches!(line, Line::Person(it) | Line::Bounded(it, _) if it == who));
        room.except.retain(|it| it != who);
    }
}

/// Somebody moves from one group to another that is kept apart from it, and may be refused there for good.
fn move_somebody(random: &mut Rng, spec: &mut Spec) {
    for set in spec.apart.clone() {
        let (from, to) = (&set.rooms[0], &set.rooms[1]);
        let source = spec.room(from);
        let may_move = |line: &&Line| match line {
            Line::Person(who) => {
                let person = spec.person(who).filter(|person| !person.gone);
                person.is_some() && [from, to].iter().all(|path| spec.has_account(who, provider(path)))
            }
            Line::Team(_) | Line::Bounded(..) => false,
        };
        let lines: Vec<Line> = source.members.iter().filter(may_move).cloned().collect();
        if source.members.len() < 2 || lines.is_empty() {
            continue;
        }
        let line = lines[random.usize(..lines.len())].clone();
        if let Line::Person(who) = &line
            && random.bool()
        {
            spec.refused.insert((to.clone(), who.clone()));
        }
        for room in &mut spec.rooms {
            if room.path == *from {
                room.members.retain(|known| *known != line);
            } else if room.path == *to {
                room.members.push(line.clone());
            }
        }
    }
}
