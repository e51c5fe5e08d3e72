//! A spec as servers, files and accounts.

use rosterd::sandbox::{Edit, Seen, Turn};

use super::spec::{Deed, Limits, Line, Room, Someone, Spec, provider};
use crate::support::{Group, PROVIDERS, Person, World, split};

/// A world whose answers come too late has this patience, others the usual one.
pub const SHORT: &str = "timeout = \"3s\"";

/// Builds it, with everybody and everything where the spec says.
pub fn stage(spec: &Spec, lines: &[String]) -> World {
    let mut world = World::new();
    for someone in &spec.people {
        world = world.person(account(someone));
    }
    world = world.strangers(&spec.strangers);
    for room in &spec.rooms {
        let group = Group::at(&room.path).live(&room.live);
        let group = if room.managed { group } else { group.unmanaged() };
        world = world.group(if room.by_name { group.by_name() } else { group });
    }
    for (provider, line) in
        PROVIDERS.iter().flat_map(|provider| lines.iter().map(move |line| (provider, line)))
    {
        world.set_provider(provider, line);
    }
    limits(&world, &spec.limits);
    separations(&world, spec);
    write(&world, spec);
    world.sandbox().emporix().keep_diary();
    world.sandbox().company().keep_diary();
    world.sandbox().solvexia().keep_diary();
    world
}

fn account(someone: &Someone) -> Person {
    let person = Person::new(&someone.handle);
    let person = match someone.missing_at {
        None => person,
        Some("emporix") => person.only_at(["travel", "finance"]),
        Some("travel") => person.only_at(["emporix", "finance"]),
        Some(_) => person.only_at(["emporix", "travel"]),
    };
    if someone.gone { person.with("until = 2020-01-31") } else { person }
}

fn limits(world: &World, limits: &Limits) {
    let number = |limit: Option<usize>| limit.map_or_else(|| "\"off\"".to_owned(), |limit| limit.to_string());
    world.set_guard("max_removals", &number(limits.removals));
    world.set_guard("max_removal_percent", &number(limits.percent));
    world.set_guard("max_leavers", &number(limits.leavers));
    world.set_guard("adopt", if limits.hold_first { "\"hold\"" } else { "\"enforce\"" });
    world.set_guard("on_trip", if limits.hold_all { "\"hold-all\"" } else { "\"hold-removals\"" });
    if let Some(protected) = &limits.protected {
        world.set_guard("protected", &format!("[{protected:?}]"));
    }
}

fn separations(world: &World, spec: &Spec) {
    let sets = spec.apart.iter().filter(|set| !set.exclusive);
    let lines = sets.map(|set| format!("[[separation]]\ngroups = {:?}\n", set.rooms));
    let lines = lines.collect::<Vec<_>>().concat();
    if !lines.is_empty() {
        world.write("roster/apart.toml", &lines);
    }
}

/// Writes what the roster says of groups and teams, or says by now.
pub fn write(world: &World, spec: &Spec) {
    for who in &spec.forgotten {
        world.forget(who);
    }
    for (team, members) in &spec.teams {
        world.set_team(team, members);
    }
    for room in spec.managed() {
        let mut wanted = world.wanted(&room.path).set(room.members.iter().map(Line::toml));
        for key in
            ["membership", "except", "min_members", "max_members", "must_contain", "allow_empty", "exclusive"]
        {
            wanted = wanted.without(key);
        }
        for line in rules(spec, room) {
            wanted = wanted.with(&line);
        }
    }
}

fn rules(spec: &Spec, room: &Room) -> Vec<String> {
    let mut lines = Vec::new();
    if !room.exact {
        lines.push("membership = \"include\"".to_owned());
    }
    if !room.except.is_empty() {
        lines.push(format!("except = {:?}", room.except));
    }
    lines.extend(room.min.map(|min| format!("min_members = {min}")));
    lines.extend(room.max.map(|max| format!("max_members = {max}")));
    lines.extend(room.must.as_ref().map(|must| format!("must_contain = [{must:?}]")));
    if room.allow_empty {
        lines.push("allow_empty = true".to_owned());
    }
    if spec.apart.iter().any(|set| set.exclusive && set.rooms.contains(&room.path)) {
        lines.push("exclusive = \"role\"".to_owned());
    }
    lines
}

/// What others do at a provider, by ids.
pub fn edits(world: &World, deeds: &[Deed], at: &str) -> Vec<Edit> {
    let here = deeds.iter().filter(|deed| provider(&deed.path) == at);
    let edits = here.map(|deed| {
        let (group, user) = (world.group_id(&deed.path), world.id(at, &deed.who));
        if deed.joins { Edit::join(&group, &user) } else { Edit::leave(&group, &user) }
    });
    edits.collect()
}

/// Whether a call adds this user to this group, alone or with others.
pub fn adds(seen: &Seen, group: &str, user: &str) -> bool {
    let in_body = || {
        let fields = seen.body.as_ref().and_then(|body| body.as_object());
        let mut added = fields.into_iter().flatten().filter(|(field, _)| *field != "userIdsToRemove");
        added.any(|(_, value)| {
            value == user || value.as_array().is_some_and(|ids| ids.iter().any(|id| id == user))
        })
    };
    let segments: Vec<&str> = seen.path.split('/').collect();
    seen.write
        && seen.method != "DELETE"
        && segments.contains(&group)
        && (segments.contains(&user) || in_body())
}

/// The diary of a provider.
pub fn diary(world: &World, at: &str) -> Vec<Turn> {
    let sandbox = world.sandbox();
    match at {
        "emporix" => sandbox.emporix().diary(),
        "travel" => sandbox.company().diary(),
        _ => sandbox.solvexia().diary(),
    }
}

/// `provider/handle` of a group id.
pub fn path(world: &World, spec: &Spec, at: &str, group: &str) -> String {
    let mut here = spec.rooms.iter().filter(|room| split(&room.path).0 == at);
    let room = here.find(|room| world.group_id(&room.path) == group);
    room.map_or_else(|| format!("{at}/{group}"), |room| room.path.clone())
}
