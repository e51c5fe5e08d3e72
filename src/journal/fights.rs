//! Who undid what, told from the intents of the last days and from every line about a fight. Pure.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::record::{Intent, Line, Reason, Record, RunEvent};
use super::windows::verdicts;
use crate::core::fights::{self, Event, MOST_UNDONE, Past, Pasts};
use crate::core::model::{GroupId, Target, UserId};
use crate::core::verify;

/// What is known of memberships that somebody else undid. An intent shows that a whole read found the membership
/// not as it should be; only one whose last outcome is that it stood can be undone. `lines` must reach back as far
/// as the window of fights, `decided` are all lines about fights.
#[must_use]
pub fn fights(lines: &[Line], decided: &[Line], target: &Target, now: Timestamp) -> Pasts {
    let verdicts = verdicts(lines);
    let tried = lines.iter().filter_map(|line| match &line.record {
        Record::Intent(intent) if intent.target == *target => {
            Some((line, intent, verdicts.get(&line.seq) == Some(&verify::Outcome::Applied)))
        }
        _ => None,
    });
    let often = often(tried.clone());
    let mut events: Vec<(&Line, Event)> = Vec::new();
    for (line, intent, stood) in tried.filter(|(_, intent, _)| often.contains_key(&key(intent))) {
        events.push((line, Event::Tried { action: intent.action, stood }));
    }
    for line in decided {
        if let Record::Fight(fight) = &line.record {
            let stops = fight.event == RunEvent::Begin;
            let said = fight.because.iter().map(said).collect();
            events.push((line, if stops { Event::Stopped(said) } else { Event::Resumed }));
        }
    }
    events.sort_by_key(|(line, _)| line.seq);
    let mut pasts: Pasts = BTreeMap::new();
    for (line, event) in events {
        let (group, person, key) = match &line.record {
            Record::Intent(it) => (&it.group, &it.person, (it.group_id.clone(), it.id.clone())),
            Record::Fight(it) => (&it.group, &it.person, (it.group_id.clone(), it.id.clone())),
            _ => continue,
        };
        let past = pasts.entry(key).or_insert_with(|| Past::new(group.clone(), person.clone()));
        past.take(line.at, event);
    }
    let since = now.checked_sub(fights::WINDOW).unwrap_or(Timestamp::MIN);
    for past in pasts.values_mut() {
        past.forget_before(since);
    }
    pasts.retain(|_, past| past.matters());
    pasts
}

/// Memberships with enough changes that stood: of very many, few.
fn often<'a>(tried: impl Iterator<Item = (&'a Line, &'a Intent, bool)>) -> HashMap<Key<'a>, usize> {
    let mut times = HashMap::new();
    for (_, intent, _) in tried.filter(|(.., stood)| *stood) {
        *times.entry(key(intent)).or_default() += 1;
    }
    times.retain(|_, times| *times >= MOST_UNDONE);
    times
}

type Key<'a> = (&'a GroupId, &'a UserId);

fn key(intent: &Intent) -> Key<'_> {
    (&intent.group_id, &intent.id)
}

fn said(reason: &Reason) -> fights::Reason {
    let Reason { file: _, line: _, via, from, until, reason } = reason;
    fights::Reason { via: via.clone(), from: *from, until: *until, reason: reason.clone() }
}
