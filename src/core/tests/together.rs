//! Worlds side by side, each a provider of one roster.

use super::world::World;
use crate::core::guard::{self, Case, Judged};
use crate::core::plan::Plan;
use crate::core::policy::findings;
use crate::core::policy::ways::{self, Seen};
use crate::core::wanted::Identities;

/// Judges worlds side by side, as a run does: policies may span them.
pub fn judge(worlds: &[&World], approvals: &[String]) -> Vec<Judged> {
    let mut roster = worlds[0].roster.clone();
    for world in &worlds[1..] {
        roster.groups.extend(world.roster.groups.clone());
        roster.separations.extend(world.roster.separations.clone());
    }
    let identities: Vec<Identities> = worlds.iter().map(|world| world.identities()).collect();
    let mut plans: Vec<Plan> = worlds.iter().map(|world| world.plan()).collect();
    ways::find(&roster, &mut seen(worlds, &identities, plans.iter_mut()));
    let cases = worlds.iter().zip(plans).map(|(world, plan)| {
        let World { limits, mode, remembered, .. } = world;
        Case { plan, limits, mode: *mode, remembered }
    });
    let mut judged = guard::judge(cases.collect(), approvals);
    findings::find(&roster, &mut seen(worlds, &identities, judged.iter_mut().map(|it| &mut it.plan)));
    judged
}

fn seen<'a>(
    worlds: &'a [&World],
    identities: &'a [Identities],
    plans: impl Iterator<Item = &'a mut Plan>,
) -> Vec<Seen<'a>> {
    let worlds = worlds.iter().zip(identities).zip(plans);
    let seen = worlds.map(|((world, identities), plan)| Seen {
        live: &world.live,
        identities,
        remembered: &world.remembered,
        plan,
    });
    seen.collect()
}
