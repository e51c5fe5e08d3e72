//! Groups that are kept apart: what each addition needs done first, and what keeps it from being made.
//!
//! Nobody is added to a group while they are live, or planned, in another one of its set. Within a
//! provider the old place is freed first, in the same run. What another provider has is only looked at: an
//! addition waits there until a later run sees the place free, so that no provider waits for another.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Apart, ApartRule, Side, apart};
use crate::core::model::{GroupHandle, Live, PersonHandle, ProviderName, UserId};
use crate::core::plan::{Action, Cause, Change, GroupPlan, Owed, Plan};
use crate::core::remembered::Remembered;
use crate::core::roster::{Place, Roster, Who};
use crate::core::wanted::Identities;

mod owed;

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
    pub gives_back: Vec<Return>,
}

/// A membership that is made again when an addition is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    /// The membership.
    pub place: Free,
    /// The groups of this provider that its group is kept apart from.
    pub apart: Vec<GroupHandle>,
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
            // What an earlier move is owed is only a part of what is found.
            if !ways.is_empty() || !group.demands.ways.is_empty() {
                found.push((at, number, ways));
            }
        }
    }
    let owed: Vec<Vec<Owed>> = seen.iter().map(|seen| finder.owed(seen)).collect();
    for (seen, owed) in seen.iter_mut().zip(owed) {
        seen.plan.owed = owed;
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
        let beside = self.beside(provider, &group.group);
        if beside.is_empty() {
            return BTreeMap::new();
        }
        let additions = group.changes.iter().filter(|change| change.action == Action::Add);
        let ways = additions.filter_map(|change| {
            let id = change.id.as_ref()?;
            let owed = group.demands.ways.get(id).map(|way| way.gives_back.clone()).unwrap_or_default();
            let owed = owed.into_iter().map(|owed| owed.place).collect();
            let mut looking = Looking { provider, change, id, blocks: Vec::new(), frees: Vec::new() };
            for (rule, place, side) in &beside {
                self.look(&mut looking, rule, *place, *side);
            }
            self.spread(&mut looking, &group.group);
            let Looking { blocks, mut frees, .. } = looking;
            // What rosterd never made is given back last. The same order for every addition of a person.
            frees.sort_by(|(one_cause, one), (other_cause, other)| {
                let key = |cause: &Cause, free: &Free| (is_foreign(*cause), free.group.clone());
                key(one_cause, one).cmp(&key(other_cause, other))
            });
            let frees: Vec<Free> = frees.into_iter().map(|(_, free)| free).collect();
            let gives_back = self.given_back(provider, change, owed, &frees);
            let way = Way { blocks, frees, gives_back };
            (way != Way::default()).then(|| (id.clone(), way))
        });
        ways.collect()
    }

    /// Looks at one other group of a set.
    fn look(&self, looking: &mut Looking<'a>, rule: &ApartRule, place: Place, other: Side<'a>) {
        let here = looking.provider == other.provider;
        let person = looking.change.person.as_ref();
        if !here && person.is_none() {
            // An id means nobody at another provider.
            return;
        }
        let who = looking.who();
        let name = if here { other.group.to_string() } else { format!("{}/{}", other.provider, other.group) };
        let set_at = || self.roster.show(place).into();
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
                    let free = Free { group, user, rule, place, set_at: set_at() };
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

    /// Somebody who is in two places that are kept apart gives up both: one of them is given back, should the
    /// addition be refused, and then nobody may be in the other.
    fn spread(&self, looking: &mut Looking<'a>, target: &GroupHandle) {
        let mut next = 0;
        while let Some((_, free)) = looking.frees.get(next).cloned() {
            for (rule, place, other) in self.beside(looking.provider, &free.group) {
                let room = self.rooms.get(&(other.provider, other.group));
                let Some(room) = room.filter(|_| other.provider == looking.provider && other.group != target)
                else {
                    continue;
                };
                if let Some(cause) = room.removes.get(&free.user) {
                    let (group, user) = (other.group.clone(), free.user.clone());
                    let set_at = self.roster.show(place).into();
                    looking.free(*cause, Free { group, user, rule: rule.clone(), place, set_at });
                }
            }
            next += 1;
        }
    }

    /// What is given back when the addition is refused: what an interrupted move owes, then what is freed
    /// now. Left out are places that are kept apart from each other, or from one where the person stays.
    fn given_back(
        &self,
        provider: &ProviderName,
        change: &Change,
        owed: Vec<Free>,
        frees: &[Free],
    ) -> Vec<Return> {
        let is_freed = |side: Side<'_>, id: &UserId| {
            side.provider == provider
                && frees.iter().any(|free| free.group == *side.group && free.user == *id)
        };
        let mut kept: Vec<Return> = Vec::new();
        for place in owed.into_iter().chain(frees.iter().cloned()) {
            let beside = self.beside(provider, &place.group);
            let stays = |side: Side<'a>| {
                let Some(room) = self.rooms.get(&(side.provider, side.group)) else { return false };
                let mut ids = change.person.as_ref().map_or_else(Vec::new, |person| room.ids_of(person));
                ids.extend((side.provider == provider).then_some(&place.user));
                ids.iter().any(|id| room.members.contains(*id) && !is_freed(side, id))
            };
            let here = beside.iter().filter(|(_, _, side)| side.provider == provider);
            let apart: Vec<GroupHandle> = here.map(|(_, _, side)| side.group.clone()).collect();
            let is_kept = |group: &GroupHandle| kept.iter().any(|kept| kept.place.group == *group);
            let stays = beside.iter().any(|(_, _, side)| stays(*side));
            if !stays && !is_kept(&place.group) && !apart.iter().any(is_kept) {
                kept.push(Return { place, apart });
            }
        }
        kept
    }

    /// The groups that a group is kept apart from, each with the rule and the place that says so.
    fn beside(&self, provider: &ProviderName, group: &GroupHandle) -> Vec<(&'a ApartRule, Place, Side<'a>)> {
        let sets = self.sets.get(&(provider, group)).into_iter().flatten();
        let sides = sets.flat_map(|(set, own)| {
            let others =
                set.groups.iter().filter(|side| (side.provider, side.group) != (own.provider, own.group));
            others.map(|side| (&set.rule, own.place, *side))
        });
        sides.collect()
    }
}

/// Whether rosterd never made the membership that ends for this cause.
fn is_foreign(cause: Cause) -> bool {
    matches!(cause, Cause::Drift | Cause::First)
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
