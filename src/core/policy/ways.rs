//! Groups that are kept apart: what each addition needs done first, and what keeps it from being made.
//!
//! Nobody is added to a group while they are live, or planned, in another one of its set. Within a
//! provider the old place is freed first, in the same run. What another provider has is only looked at: an
//! addition waits there until a later run sees the place free, so that no provider waits for another.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Apart, ApartRule, Side, apart};
use crate::core::model::{GroupHandle, Live, PersonHandle, ProviderName, UserId};
use crate::core::plan::{Action, Cause, Change, GroupPlan, Plan};
use crate::core::remembered::Remembered;
use crate::core::roster::{Place, Roster, Who};
use crate::core::wanted::Identities;

/// What one provider of a run said and what is planned there.
pub struct Seen<'a> {
    /// What it said.
    pub live: &'a Live,
    /// Who is who there.
    pub identities: &'a Identities,
    /// What earlier runs left.
    pub remembered: &'a Remembered,
    /// The plan.
    pub plan: &'a mut Plan,
}

/// What an addition needs done first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Way {
    /// What keeps it from being made in this run.
    pub blocks: Vec<Block>,
    /// Memberships that are ended first, those that rosterd made before others.
    pub frees: Vec<Free>,
    /// Which memberships are made again when the addition is refused: no two of them are kept apart.
    pub gives_back: Vec<Free>,
}

/// Something that keeps an addition from being made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Which rule keeps the groups apart.
    pub rule: ApartRule,
    /// Where the roster says so.
    pub set_at: Arc<str>,
    /// What is the case: `alice is in travel/approvers`.
    pub why: String,
}

/// A membership that must end before another can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Free {
    /// The group.
    pub group: GroupHandle,
    /// The user there.
    pub user: UserId,
    /// Which rule keeps the groups apart.
    pub rule: ApartRule,
    /// Where the roster says so.
    pub place: Place,
    /// The same, as it is shown.
    pub set_at: Arc<str>,
}

/// Finds the way of every addition that is planned, and writes it into the plans.
pub fn find(roster: &Roster, seen: &mut [Seen<'_>]) {
    let sets = apart(roster);
    if sets.is_empty() {
        return;
    }
    let mut found: Vec<(usize, usize, BTreeMap<UserId, Way>)> = Vec::new();
    let finder = Finder::new(roster, &sets, seen);
    for (at, seen) in seen.iter().enumerate() {
        for (number, group) in seen.plan.groups.iter().enumerate() {
            let ways = finder.ways(seen, group);
            if !ways.is_empty() {
                found.push((at, number, ways));
            }
        }
    }
    for (at, number, ways) in found {
        if let Some(group) = seen.get_mut(at).and_then(|seen| seen.plan.groups.get_mut(number)) {
            group.demands.ways = ways;
        }
    }
}

/// A provider and one of its groups.
type Key<'a> = (&'a ProviderName, &'a GroupHandle);

struct Finder<'a> {
    roster: &'a Roster,
    /// The sets that each group is in, with its place in them.
    sets: BTreeMap<Key<'a>, Vec<(&'a Apart<'a>, Side<'a>)>>,
    /// Every group of a set that was read whole.
    rooms: BTreeMap<Key<'a>, Room<'a>>,
}

/// A group that is kept apart from others, as it is and as it is planned.
struct Room<'a> {
    identities: &'a Identities,
    remembered: &'a Remembered,
    members: &'a BTreeSet<UserId>,
    adds: BTreeSet<&'a UserId>,
    removes: BTreeMap<&'a UserId, Cause>,
    /// Of some members nobody can say who they are.
    has_strangers: bool,
}

/// One addition whose way is looked for.
struct Looking<'a> {
    provider: &'a ProviderName,
    change: &'a Change,
    id: &'a UserId,
    blocks: Vec<Block>,
    /// With the causes for which they end.
    frees: Vec<(Cause, Free)>,
}

impl<'a> Finder<'a> {
    fn new(roster: &'a Roster, sets: &'a [Apart<'a>], seen: &'a [Seen<'a>]) -> Self {
        let mut finder = Self { roster, sets: BTreeMap::new(), rooms: BTreeMap::new() };
        for set in sets {
            for side in &set.groups {
                let key = (side.provider, side.group);
                finder.sets.entry(key).or_default().push((set, *side));
                let seen = seen.iter().find(|seen| seen.plan.provider == *side.provider);
                if let Some(room) = seen.and_then(|seen| Room::of(roster, key, seen)) {
                    finder.rooms.entry(key).or_insert(room);
                }
            }
        }
        finder
    }

    fn ways(&self, seen: &'a Seen<'_>, group: &'a GroupPlan) -> BTreeMap<UserId, Way> {
        let provider = &seen.plan.provider;
        let Some(sets) = self.sets.get(&(provider, &group.group)) else { return BTreeMap::new() };
        let additions = group.changes.iter().filter(|change| change.action == Action::Add);
        let ways = additions.filter_map(|change| {
            let id = change.id.as_ref()?;
            let owed = group.demands.ways.get(id).map(|way| way.gives_back.clone());
            let mut looking = Looking { provider, change, id, blocks: Vec::new(), frees: Vec::new() };
            for (set, own) in sets {
                let is_own = |side: &&Side<'_>| side.group == own.group && side.provider == own.provider;
                for side in set.groups.iter().filter(|side| !is_own(side)) {
                    self.look(&mut looking, &set.rule, *own, *side);
                }
            }
            let Looking { blocks, mut frees, .. } = looking;
            // What rosterd never made is given back last.
            frees.sort_by_key(|(cause, _)| matches!(cause, Cause::Drift | Cause::First));
            let frees: Vec<Free> = frees.into_iter().map(|(_, free)| free).collect();
            let gives_back = self.given_back(provider, owed.unwrap_or_default(), &frees);
            let way = Way { blocks, frees, gives_back };
            (way != Way::default()).then(|| (id.clone(), way))
        });
        ways.collect()
    }

    /// Looks at one other group of a set.
    fn look(&self, looking: &mut Looking<'a>, rule: &ApartRule, own: Side<'_>, other: Side<'a>) {
        let here = looking.provider == other.provider;
        let person = looking.change.person.as_ref();
        if !here && person.is_none() {
            // An id means nobody at another provider.
            return;
        }
        let who = looking.who();
        let name = if here { other.group.to_string() } else { format!("{}/{}", other.provider, other.group) };
        let set_at = || self.roster.show(own.place).into();
        let block = |why: String| Block { rule: rule.clone(), set_at: set_at(), why };
        let Some(room) = self.rooms.get(&(other.provider, other.group)) else {
            return looking.blocks.push(block(format!("{name} was not read in this run")));
        };
        let mut ids = person.map_or_else(Vec::new, |person| room.ids_of(person));
        if here && !ids.contains(&looking.id) {
            ids.push(looking.id);
        }
        for id in ids {
            match (room.members.contains(id), room.removes.get(id)) {
                (true, Some(cause)) if here => {
                    let (group, user, rule) = (other.group.clone(), id.clone(), rule.clone());
                    let free = Free { group, user, rule, place: own.place, set_at: set_at() };
                    looking.free(*cause, free);
                }
                (true, Some(_)) => {
                    let why = format!("{who} is in {name} until a run has seen that place free");
                    looking.blocks.push(block(why));
                }
                (true, None) => looking.blocks.push(block(format!("{who} is in {name} and stays there"))),
                (false, _) if room.adds.contains(id) => {
                    looking.blocks.push(block(format!("{who} is wanted in {name} too")));
                }
                (false, _) => {}
            }
        }
        let is_nobody = |person: &&PersonHandle| !here && room.identities.id_of(person).is_err();
        if let Some(person) = person.filter(is_nobody)
            && room.has_strangers
        {
            let why = format!("{person} is not identified at {} and may be in {name}", other.provider);
            looking.blocks.push(block(why));
        }
    }

    /// What is given back when the addition is refused: what an interrupted move owes, then what is freed
    /// now, without places that are kept apart from each other.
    fn given_back(&self, provider: &ProviderName, owed: Vec<Free>, frees: &[Free]) -> Vec<Free> {
        let are_apart = |one: &GroupHandle, other: &GroupHandle| {
            let sets = self.sets.get(&(provider, one)).into_iter().flatten();
            let mut others = sets.flat_map(|(set, _)| &set.groups);
            others.any(|side| side.provider == provider && side.group == other)
        };
        let mut kept: Vec<Free> = Vec::new();
        for free in owed.into_iter().chain(frees.iter().cloned()) {
            if !kept.iter().any(|it| it.group == free.group || are_apart(&it.group, &free.group)) {
                kept.push(free);
            }
        }
        kept
    }
}

impl Looking<'_> {
    fn who(&self) -> String {
        self.change.person.as_ref().map_or_else(|| self.id.to_string(), ToString::to_string)
    }

    fn free(&mut self, cause: Cause, free: Free) {
        let known = |(_, known): &(Cause, Free)| known.group == free.group && known.user == free.user;
        if !self.frees.iter().any(known) {
            self.frees.push((cause, free));
        }
    }
}

impl<'a> Room<'a> {
    /// None for a group that was not read whole; it need not be planned in this run.
    fn of(roster: &Roster, (provider, handle): Key<'_>, seen: &'a Seen<'_>) -> Option<Self> {
        let plan = seen.plan.groups.iter().find(|plan| plan.group == *handle);
        if plan.is_some_and(|plan| plan.unreadable.is_some()) || seen.live.unread.contains_key(handle) {
            return None;
        }
        let Seen { identities, remembered, .. } = *seen;
        let members = &seen.live.groups.get(handle)?.members;
        let changes = || plan.into_iter().flat_map(|plan| &plan.changes);
        let of = |action| changes().filter(move |change| change.action == action);
        let group = roster.groups.get(provider).and_then(|groups| groups.get(handle));
        let written =
            group.into_iter().flat_map(|group| &group.members).filter_map(|member| match &member.who {
                Who::Id(id) => Some(id),
                Who::Person(_) | Who::Team(_) => None,
            });
        let written: BTreeSet<&UserId> = written.collect();
        let is_stranger = |id: &UserId| identities.owner(id).is_none() && !written.contains(id);
        Some(Self {
            identities,
            remembered,
            members,
            adds: of(Action::Add).filter_map(|change| change.id.as_ref()).collect(),
            removes: of(Action::Remove).filter_map(|it| Some((it.id.as_ref()?, it.cause))).collect(),
            has_strangers: members.iter().any(is_stranger),
        })
    }

    /// The ids by which a person is, or last was, known.
    fn ids_of(&self, person: &PersonHandle) -> Vec<&'a UserId> {
        let known = self.identities.id_of(person).ok();
        let last = self.remembered.identities.get(person).map(|identity| &identity.id);
        // An id that is somebody else's by now says nothing of this person.
        let last = last.filter(|id| self.identities.owner(id).is_none_or(|owner| owner == person));
        let mut ids: Vec<&UserId> = known.into_iter().collect();
        ids.extend(last.filter(|last| known != Some(last)));
        ids
    }
}
