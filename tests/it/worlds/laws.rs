//! What must never happen, whatever happens: read from what the providers saw and what the journal says.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Facts, Intent, Turn};
use super::spec::{Room, Spec, provider};
use crate::support::PROVIDERS;

/// Every law that was broken, in words.
pub fn broken(facts: &Facts) -> Vec<String> {
    let mut broken = Vec::new();
    let all: [(&str, Law); 16] = [
        ("only groups of the roster are touched", outside),
        ("nobody whom the roster wants is removed on the way", wanted_removed),
        ("nobody else is added", unwanted_added),
        ("nobody is removed from an include group", include_removed),
        ("protected people stay", protected_removed),
        ("nobody is removed who may be somebody nobody could identify", unsure_removed),
        ("members from before are held", first_removed),
        ("limits hold over all runs", limits_passed),
        ("nobody removes the last member, or one too many", too_few),
        ("nobody is in two groups that are kept apart", together),
        ("a place that was freed in vain is given back in the same run", not_given_back),
        ("what is sent is in the journal first", unknown_to_journal),
        ("what is said to be applied stood", never_stood),
        ("nothing is sent again before it is settled", sent_unsettled),
        ("additions come before removals, and single changes alone", order),
        ("what others undid three times is not made again", fought_on),
    ];
    for (law, check) in all {
        broken.extend(check(facts).into_iter().map(|how| format!("{law}: {how}")));
    }
    broken
}

type Law = fn(&Facts) -> Vec<String>;

fn tell<'a>(turns: impl Iterator<Item = &'a Turn>) -> Vec<String> {
    turns.map(Turn::told).collect()
}

fn outside(facts: &Facts) -> Vec<String> {
    let is_outside = |turn: &&Turn| !facts.spec(turn).managed().any(|room| room.path == turn.path);
    tell(facts.ours().filter(is_outside))
}

/// Removals by rosterd, each with its group and the roster in force.
fn removals(facts: &Facts) -> impl Iterator<Item = (&Turn, &Room, &Spec)> {
    let ours = facts.ours().filter(|turn| !turn.joined);
    ours.filter_map(|turn| {
        let spec = facts.spec(turn);
        spec.managed().find(|room| room.path == turn.path).map(|room| (turn, room, spec))
    })
}

fn told_where(facts: &Facts, wrong: impl Fn(&Turn, &Room, &Spec) -> bool) -> Vec<String> {
    tell(removals(facts).filter(|(turn, room, spec)| wrong(turn, room, spec)).map(|(turn, ..)| turn))
}

fn wanted_removed(facts: &Facts) -> Vec<String> {
    told_where(facts, |turn, room, spec| spec.wanted(room).contains(&turn.who))
}

fn include_removed(facts: &Facts) -> Vec<String> {
    told_where(facts, |_, room, _| !room.exact)
}

fn protected_removed(facts: &Facts) -> Vec<String> {
    told_where(facts, |turn, _, spec| spec.limits.protected.as_ref() == Some(&turn.who))
}

fn unsure_removed(facts: &Facts) -> Vec<String> {
    told_where(facts, |turn, room, spec| {
        spec.is_unsure(room) && !spec.is_known(&turn.who, provider(&room.path))
    })
}

/// Only who was there before may come back unwanted: into the place that a refused move left.
fn unwanted_added(facts: &Facts) -> Vec<String> {
    let is_unwanted = |turn: &&Turn| {
        let spec = facts.spec(turn);
        let Some(room) = spec.managed().find(|room| room.path == turn.path) else { return false };
        let gives_back =
            spec.beside(&turn.path).iter().any(|to| spec.wanted(spec.room(to)).contains(&turn.who));
        turn.joined && !spec.wanted(room).contains(&turn.who) && !gives_back
    };
    tell(facts.ours().filter(is_unwanted))
}

fn first_removed(facts: &Facts) -> Vec<String> {
    let first = &facts.acts[0].spec;
    told_where(facts, |turn, room, spec| {
        let was_there = facts.initial.get(&room.path).is_some_and(|members| members.contains(&turn.who));
        let was_wanted = first.wanted(first.room(&room.path)).contains(&turn.who);
        spec.limits.hold_first && was_there && !was_wanted && !facts.others_touched(&room.path, &turn.who)
    })
}

/// How many were in a group at most, counting those whom rosterd removed until then.
fn most_members(facts: &Facts, path: &str) -> usize {
    let mut size = facts.initial.get(path).map_or(0, BTreeSet::len);
    let (mut removed, mut most) = (0, size);
    for turn in facts.turns.iter().filter(|turn| turn.path == path) {
        if turn.joined {
            size += 1;
        } else {
            size -= 1;
            removed += usize::from(turn.is_ours());
        }
        most = most.max(size + removed);
    }
    most
}

fn limits_passed(facts: &Facts) -> Vec<String> {
    let limits = &facts.acts[0].spec.limits;
    let is_leaver = |turn: &Turn| facts.intent(turn).is_some_and(|intent| intent.cause == "leaver");
    // Somebody put them in again before rosterd looked: to the journal nothing came of it.
    let undone = |turn: &Turn| {
        facts.intent(turn).is_some_and(Intent::has_failed) && facts.others_touched(&turn.path, &turn.who)
    };
    let mut broken = Vec::new();
    let mut by_room: BTreeMap<&str, usize> = BTreeMap::new();
    let mut by_provider: BTreeMap<&str, usize> = BTreeMap::new();
    let mut leavers = BTreeSet::new();
    for (turn, room, spec) in removals(facts).filter(|(turn, ..)| !undone(turn)) {
        if is_leaver(turn) {
            leavers.insert(&turn.who);
            if !spec.is_leaver(&turn.who) {
                broken.push(format!("{} was no leaver", turn.told()));
            }
        } else {
            *by_room.entry(&room.path).or_default() += 1;
            *by_provider.entry(provider(&room.path)).or_default() += 1;
        }
    }
    for (at, count) in by_provider {
        if limits.removals.is_some_and(|most| count > most) {
            broken.push(format!("{count} removals at {at}, max_removals {:?}", limits.removals));
        }
    }
    for (path, count) in by_room {
        let of = most_members(facts, path);
        if limits.percent.is_some_and(|percent| count > 1 && count * 100 > percent * of) {
            broken.push(format!("{count} of {of} removed from {path}, limit {:?} %", limits.percent));
        }
    }
    if limits.leavers.is_some_and(|most| leavers.len() > most) {
        broken.push(format!("{leavers:?} left, max_leavers {:?}", limits.leavers));
    }
    broken
}

/// Replays a group, and asks after each removal by rosterd.
fn too_few(facts: &Facts) -> Vec<String> {
    let mut live = facts.initial.clone();
    let mut broken = Vec::new();
    for turn in &facts.turns {
        let members = live.entry(turn.path.clone()).or_default();
        if turn.joined {
            members.insert(turn.who.clone());
        } else {
            members.remove(&turn.who);
        }
        let spec = facts.spec(turn);
        let Some(room) = spec.managed().find(|room| room.path == turn.path) else { continue };
        if turn.joined || !turn.is_ours() || facts.others_left(&turn.path, turn.act) {
            continue;
        }
        // Whom the roster wants today was about to be added, and may have been refused.
        let is_lost = |must: &String| !members.contains(must) && !spec.wanted(room).contains(must);
        let missing = room.must.as_ref().is_some_and(is_lost);
        let is_moving = !spec.beside(&turn.path).is_empty();
        let fewer = room.min.is_some_and(|min| members.len() < min) || missing;
        if members.is_empty() && !room.allow_empty || fewer && !is_moving {
            broken.push(format!("{} leaves {members:?}", turn.told()));
        }
    }
    broken
}

fn together(facts: &Facts) -> Vec<String> {
    let mut live = facts.initial.clone();
    let mut broken = Vec::new();
    for turn in &facts.turns {
        let beside = facts.spec(turn).beside(&turn.path);
        let is_in = |path: &&&str| live.get(**path).is_some_and(|members| members.contains(&turn.who));
        if turn.is_ours()
            && turn.joined
            && let Some(other) = beside.iter().find(is_in)
        {
            broken.push(format!("{} while in {other}", turn.told()));
        }
        let members = live.entry(turn.path.clone()).or_default();
        if turn.joined {
            members.insert(turn.who.clone());
        } else {
            members.remove(&turn.who);
        }
    }
    broken
}

/// A run that came to its end, and freed a place for an addition that was refused.
fn not_given_back(facts: &Facts) -> Vec<String> {
    let mut broken = Vec::new();
    let refused =
        facts.intents.iter().filter(|it| it.adds() && it.has_failed() && facts.ended.contains(&it.run));
    for to in refused {
        let (path, who) = to.place();
        let beside = facts.acts[0].spec.beside(path);
        let here = |it: &&Intent| it.run == to.run && it.key.1 == who && beside.contains(it.place().0);
        let mut freed = facts.intents.iter().filter(here).filter(|it| !it.adds() && it.is_applied());
        if freed.next().is_some() && !facts.intents.iter().filter(here).any(Intent::adds) {
            broken.push(format!("{} {:?}", to.seq, to.key));
        }
    }
    broken
}

fn unknown_to_journal(facts: &Facts) -> Vec<String> {
    let mut broken = Vec::new();
    let mut done: BTreeMap<_, usize> = BTreeMap::new();
    for turn in facts.ours() {
        let count = done.entry(turn.key()).or_default();
        *count += 1;
        let known = facts.intents.iter().filter(|intent| intent.key == turn.key() && intent.at <= turn.at);
        if known.count() < *count {
            broken.push(turn.told());
        }
    }
    broken
}

fn never_stood(facts: &Facts) -> Vec<String> {
    let mut broken = Vec::new();
    for intent in &facts.intents {
        let (path, who, adds) = &intent.key;
        // A run that settles what a crash left believes a list that is said to be empty.
        if !*adds && facts.has_lied(provider(path)) {
            continue;
        }
        for (_, at, _) in intent.outcomes.iter().filter(|(.., result)| result == "applied") {
            let mut is_in = facts.initial.get(path).is_some_and(|members| members.contains(who));
            let mut stood = false;
            for turn in facts.turns.iter().filter(|turn| turn.path == *path && turn.who == *who) {
                if turn.at > *at {
                    break;
                }
                // What was the case until now, was it so after the intent?
                stood |= turn.at >= intent.at && is_in == *adds;
                is_in = turn.joined;
            }
            if !stood && is_in != *adds {
                broken.push(format!("{} {path} {who} add {adds}", intent.seq));
            }
        }
    }
    broken
}

fn sent_unsettled(facts: &Facts) -> Vec<String> {
    let mut broken = Vec::new();
    for intent in &facts.intents {
        let same = |earlier: &&Intent| {
            let ((path, who, _), (of, whom, _)) = (&earlier.key, &intent.key);
            earlier.seq < intent.seq && earlier.run != intent.run && path == of && who == whom
        };
        let is_open = |earlier: &&Intent| !earlier.outcomes.iter().any(|(seq, ..)| *seq < intent.seq);
        let earlier = facts.intents.iter().filter(same);
        broken.extend(
            earlier.filter(is_open).map(|it| format!("{} after {} {:?}", intent.seq, it.seq, it.key)),
        );
    }
    broken
}

/// Within one act, since another roster may say something else of the membership.
fn fought_on(facts: &Facts) -> Vec<String> {
    let mut broken = Vec::new();
    let mut stood: BTreeSet<(usize, &str, &str)> = BTreeSet::new();
    let mut undone: BTreeMap<(usize, &str, &str), usize> = BTreeMap::new();
    for turn in &facts.turns {
        let membership = (turn.act, turn.path.as_str(), turn.who.as_str());
        if turn.is_ours() && turn.joined {
            if undone.get(&membership).is_some_and(|times| *times >= 3) {
                broken.push(turn.told());
            }
            if facts.intent(turn).is_some_and(Intent::is_applied) {
                stood.insert(membership);
            }
        } else if !turn.joined && stood.remove(&membership) && !turn.is_ours() {
            *undone.entry(membership).or_default() += 1;
        }
    }
    broken
}

/// Within a run, where nobody moves between groups.
fn order(facts: &Facts) -> Vec<String> {
    let mut broken = Vec::new();
    for act in &facts.acts {
        for ran in &act.runs {
            broken.extend(ran.odd.iter().map(|line| format!("{line} is no single change")));
            for at in PROVIDERS.iter().filter(|at| !act.spec.has_moves_at(at)) {
                let here = ran.sent.iter().filter(|sent| provider(&sent.path) == *at);
                let after = here.skip_while(|sent| sent.adds).find(|sent| sent.adds);
                broken.extend(
                    after.map(|sent| format!("+{} {} was sent after a removal", sent.who, sent.path)),
                );
            }
        }
    }
    broken
}
