//! What must be so once it is quiet: the managed groups equal the roster, but for what was refused for good
//! or is held, and then for a reason that can be worked out here.

use std::collections::BTreeSet;

use serde_json::Value;

use super::facts::{Act, Facts};
use super::spec::{Room, Spec, provider};
use crate::support::split;

/// Every difference at the end of an act that nothing excuses.
pub fn wrong(facts: &Facts, number: usize) -> Vec<String> {
    let act = &facts.acts[number];
    let Some(report) = act.runs.last().and_then(|ran| ran.report.clone()) else {
        return vec!["the last run printed no report".to_owned()];
    };
    let end = End { facts, number, act, spec: &act.spec, report };
    act.spec.managed().flat_map(|room| end.differences(room)).collect()
}

struct End<'a> {
    facts: &'a Facts,
    number: usize,
    act: &'a Act,
    spec: &'a Spec,
    report: Value,
}

impl End<'_> {
    fn live(&self, path: &str) -> &BTreeSet<String> {
        static NOBODY: BTreeSet<String> = BTreeSet::new();
        self.act.ends.get(path).unwrap_or(&NOBODY)
    }

    fn differences(&self, room: &Room) -> Vec<String> {
        let (live, wanted) = (self.live(&room.path), self.spec.wanted(room));
        let mut wrong = Vec::new();
        for who in wanted.difference(live) {
            if let Err(why) = self.may_be_missing(room, who) {
                wrong.push(format!("{who} is missing in {}: {why}", room.path));
            }
        }
        for who in live.difference(&wanted).filter(|_| room.exact) {
            if let Err(why) = self.may_stay(room, who) {
                wrong.push(format!("{who} is still in {}: {why}", room.path));
            }
        }
        wrong
    }

    fn may_be_missing(&self, room: &Room, who: &str) -> Result<(), String> {
        let at = provider(&room.path);
        if !self.spec.has_account(who, at) {
            return Ok(());
        }
        if self.spec.refused.contains(&(room.path.clone(), who.to_owned())) {
            return self.stands_where_it_stood(room, who);
        }
        let rules = self.rules(room);
        let is_beside = self.spec.beside(&room.path).iter().any(|path| self.live(path).contains(who));
        let excused = rules.iter().any(|rule| match rule.as_str() {
            // An addition that is refused each time takes up a place in each plan.
            "max_members" => {
                let refused = self.spec.refused.iter().filter(|(path, _)| *path == room.path).count();
                room.max.is_some_and(|max| self.live(&room.path).len() + refused >= max)
            }
            "exclusive" | "separation" => is_beside || self.may_be_beside(room),
            "fight" => self.facts.made(&room.path, who) >= 3 || self.spec.limits.hold_all,
            _ => self.spec.limits.hold_all,
        });
        let is_held = self.withheld(room, who, "add").is_some();
        if is_beside && self.was_not_sent(room, who, "add", "was not seen to be free") {
            return Ok(());
        }
        if excused && is_held { Ok(()) } else { Err(format!("held {is_held} by {rules:?}")) }
    }

    /// A group of another provider, of some of whose members nobody can say who they are.
    fn may_be_beside(&self, room: &Room) -> bool {
        let at = provider(&room.path);
        self.spec.beside(&room.path).iter().any(|path| provider(path) != at)
    }

    /// Whoever was refused in a move is back where they were.
    fn stands_where_it_stood(&self, room: &Room, who: &str) -> Result<(), String> {
        let beside = self.spec.beside(&room.path);
        let at = provider(&room.path);
        let left = |path: &&&str| {
            provider(path) == at
                && self.facts.ours().any(|turn| {
                    turn.act == self.number && !turn.joined && turn.path == **path && turn.who == who
                })
        };
        if beside.iter().any(|path| left(&path)) && !beside.iter().any(|path| self.live(path).contains(who)) {
            return Err("it was refused, and nothing was given back".to_owned());
        }
        Ok(())
    }

    /// The rules that the last report says hold something in this group.
    fn rules(&self, room: &Room) -> Vec<String> {
        let (at, handle) = split(&room.path);
        let held = self.report["providers"].as_array().into_iter().flatten();
        let held = held.filter(|part| part["provider"] == at);
        let held = held.flat_map(|part| part["held"].as_array().into_iter().flatten());
        let here = held
            .filter(|held| held["group"].is_null() || held["group"] == handle || self.spec.limits.hold_all);
        here.filter_map(|held| held["rule"].as_str().map(str::to_owned)).collect()
    }

    /// Why the last report withholds a change.
    fn withheld(&self, room: &Room, who: &str, action: &str) -> Option<String> {
        let change = self.change(room, who, action, "withheld")?;
        change["why"].as_str().map(str::to_owned)
    }

    /// Whether the last run kept back a change that the guard had let through, and said so.
    fn was_not_sent(&self, room: &Room, who: &str, action: &str, why: &str) -> bool {
        let change = self.change(room, who, action, "changes");
        change.and_then(|change| change["detail"].as_str()).is_some_and(|detail| detail.contains(why))
    }

    /// What the last report says of a change, among its changes or what it withholds.
    fn change(&self, room: &Room, who: &str, action: &str, list: &str) -> Option<&Value> {
        let (at, handle) = split(&room.path);
        let mut parts = self.report["providers"].as_array().into_iter().flatten();
        let part = parts.find(|part| part["provider"] == at)?;
        let group = part["groups"].as_array()?.iter().find(|group| group["group"] == handle)?;
        group[list].as_array()?.iter().find(|change| {
            change["action"] == action && self.facts.is_id(at, who, change["id"].as_str().unwrap_or_default())
        })
    }

    fn may_stay(&self, room: &Room, who: &str) -> Result<(), String> {
        let Some(why) = self.withheld(room, who, "remove") else {
            let kept = self.was_not_sent(room, who, "remove", "left empty or too small");
            let stay = self.live(&room.path).len() - self.unwanted(room).count();
            let too_few = stay < room.min.unwrap_or(1).max(1);
            return if kept && too_few {
                Ok(())
            } else {
                Err("and the report says nothing of it".to_owned())
            };
        };
        if why == "unidentified-person" {
            // Who was never looked for there is not known there either.
            return if self.spec.is_unsure(room) {
                Ok(())
            } else {
                Err("everybody here is identified".to_owned())
            };
        }
        let rules = self.rules(room);
        let is_on_trip = self.spec.limits.hold_all && !rules.is_empty();
        if is_on_trip
            || rules.iter().any(|rule| self.holds(rule, room, who))
            || self.waits_for_a_refused_move(room, who)
        {
            return Ok(());
        }
        Err(format!("withheld as {why} by {rules:?}, which none of it explains"))
    }

    /// Who was refused elsewhere stays, and so does who waits for a place elsewhere.
    fn waits_for_a_refused_move(&self, room: &Room, who: &str) -> bool {
        let beside = self.spec.beside(&room.path);
        beside.iter().any(|path| self.spec.refused.contains(&((*path).to_owned(), who.to_owned())))
    }

    /// Members that should go, and that nothing else holds.
    fn unwanted<'a>(&'a self, room: &'a Room) -> impl Iterator<Item = &'a String> {
        let wanted = self.spec.wanted(room);
        let live = self.live(&room.path).iter().filter(move |who| !wanted.contains(*who) && room.exact);
        live.filter(|who| !self.is_protected(who))
    }

    fn is_protected(&self, who: &str) -> bool {
        self.spec.limits.protected.as_deref() == Some(who)
    }

    fn holds(&self, rule: &str, room: &Room, who: &str) -> bool {
        let limits = &self.spec.limits;
        let left = self.unwanted(room).count();
        match rule {
            "protected" => self.is_protected(who),
            "adopt" => limits.hold_first,
            "shrunken" => self.facts.has_shrunken(&room.path, self.number),
            "last_member" => !room.allow_empty && self.live(&room.path).is_disjoint(&self.spec.wanted(room)),
            "max_removal_percent" => {
                let removed = self.facts.counted_removals(|path| path == room.path);
                let of = self.live(&room.path).len() + removed;
                let all = left + removed;
                limits.percent.is_some_and(|percent| all > 1 && all * 100 > percent * of)
            }
            "max_removals" => {
                let at = provider(&room.path);
                let removed = self.facts.counted_removals(|path| provider(path) == at);
                let left: usize = self
                    .spec
                    .managed()
                    .filter(|it| provider(&it.path) == at)
                    .map(|it| self.unwanted(it).count())
                    .sum();
                limits.removals.is_some_and(|most| left + removed > most)
            }
            "max_leavers" => {
                let mut leavers = self.facts.leavers();
                let left = self.spec.managed().flat_map(|room| self.unwanted(room));
                leavers.extend(left.filter(|who| self.spec.is_leaver(who)).cloned());
                limits.leavers.is_some_and(|most| leavers.len() > most) && self.spec.is_leaver(who)
            }
            "must_contain" => room.must.as_ref().is_some_and(|must| {
                !self.live(&room.path).contains(must) || !self.spec.wanted(room).contains(must)
            }),
            "min_members" => room.min.is_some_and(|min| self.live(&room.path).len() - left < min),
            "exclusive" | "separation" => {
                let beside = self.spec.beside(&room.path);
                beside.iter().any(|path| self.spec.wanted(self.spec.room(path)).contains(who))
            }
            _ => false,
        }
    }
}
