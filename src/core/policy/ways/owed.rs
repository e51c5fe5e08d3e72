//! Places that earlier runs freed for moves that are not made yet: beside what they may be given back.

use super::{Finder, Room, Seen};
use crate::core::model::{ProviderName, UserId};
use crate::core::plan::Owed;
use crate::core::policy::Side;

/// The word for somebody whom nothing finds.
const NOT_FOUND: &str = "unidentified-person";

impl<'a> Finder<'a> {
    /// Places that are owed, each with what keeps it from being given back. Whoever is in another one of this provider
    /// that is kept apart from it has been put elsewhere meanwhile, and is owed nothing now.
    pub(super) fn owed(&self, seen: &Seen<'_>) -> Vec<Owed> {
        let provider = &seen.plan.provider;
        let here = |side: &Side<'_>| side.provider == provider;
        let owed = seen.plan.owed.iter().filter_map(|owed| {
            let sides: Vec<Side<'_>> =
                self.beside(provider, &owed.place.group).into_iter().map(|(.., side)| side).collect();
            if sides.iter().filter(|side| here(side)).any(|side| self.has(*side, provider, owed)) {
                return None;
            }
            let is_nobody = seen.live.users_known.as_ref().is_some_and(|it| !it.contains(&owed.place.user));
            let nobody = is_nobody.then(|| format!("{} is nobody at {provider}", owed.place.user));
            let unsure = || is_somebody_else(seen, owed);
            let block = || sides.iter().find_map(|side| self.bars(*side, provider, owed));
            let apart = sides.iter().filter(|side| here(side)).map(|side| side.group.clone()).collect();
            Some(Owed {
                apart,
                block: owed.block.clone().or(nobody).or_else(unsure).or_else(block),
                ..owed.clone()
            })
        });
        owed.collect()
    }

    /// Whether whoever is owed a place is in another one.
    fn has(&self, side: Side<'a>, provider: &ProviderName, owed: &Owed) -> bool {
        let Some(room) = self.rooms.get(&(side.provider, side.group)) else { return false };
        room.ids_of_owner(owed, side.provider == provider).iter().any(|id| room.members.contains(*id))
    }

    /// Why nobody can be let in beside another place, as far as this provider's plan does not say.
    fn bars(&self, side: Side<'a>, provider: &ProviderName, owed: &Owed) -> Option<String> {
        let (here, person) = (side.provider == provider, owed.person.as_ref());
        let name = if here { side.group.to_string() } else { format!("{}/{}", side.provider, side.group) };
        let Some(room) = self.rooms.get(&(side.provider, side.group)) else {
            return (here || person.is_some()).then(|| format!("{name} was not read in this run"));
        };
        let person = person.filter(|_| !here)?;
        let ids = room.ids_of(person);
        match () {
            () if ids.iter().any(|id| room.members.contains(*id)) => Some(format!("{person} is in {name}")),
            () if ids.iter().any(|id| room.adds.contains(*id)) => {
                Some(format!("{person} is wanted in {name} too"))
            }
            () if room.identities.id_of(person).is_err() && room.has_strangers => {
                Some(format!("{person} is not identified at {} and may be in {name}", side.provider))
            }
            () => None,
        }
    }
}

/// Why the id may be somebody else's by now.
fn is_somebody_else(seen: &Seen<'_>, owed: &Owed) -> Option<String> {
    let person = owed.person.as_ref()?;
    if let Some(owner) = seen.identities.owner(&owed.place.user).filter(|owner| *owner != person) {
        return Some(format!("{} is {owner}'s", owed.place.user));
    }
    // Whom nothing finds is still meant by the id last known.
    seen.identities.id_of(person).err().filter(|why| why.code != NOT_FOUND).map(|why| why.detail)
}

impl Room<'_> {
    /// The ids by which whoever is owed a place may be known.
    fn ids_of_owner<'b>(&'b self, owed: &'b Owed, here: bool) -> Vec<&'b UserId> {
        let mut ids: Vec<&UserId> = owed.person.as_ref().map_or_else(Vec::new, |person| self.ids_of(person));
        if here {
            ids.extend([&owed.place.user, &owed.of.0]);
        }
        ids
    }
}
